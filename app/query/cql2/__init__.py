"""CQL2 (OGC 21-065r2) as text and as JSON: parsed into one tree, lowered to one condition."""
