"""The formats that events leave in, one file each, found by their names."""
