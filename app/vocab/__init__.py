"""Code lists as data files, the loader that checks them, and the one code layer."""
