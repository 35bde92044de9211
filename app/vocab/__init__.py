"""Code lists as data files, the loader that checks them, and lookups of codes in every scheme."""
