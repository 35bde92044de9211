"""How alike two events are, and why: the pure part of finding the same event in two datasets."""
