"""Merges: several records of the same event in one dataset become one."""
