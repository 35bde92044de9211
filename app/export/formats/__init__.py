"""The export formats, one file each, found by name."""
