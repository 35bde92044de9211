"""The tables, one file a noun, the past beside the present."""
