"""Links between records: references, relations, merges and their propagation."""
