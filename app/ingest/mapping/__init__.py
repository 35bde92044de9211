"""Mapping of rows to records, in this process or in a child process."""
