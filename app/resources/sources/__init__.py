"""Sources: the publishers whose texts carry the claims."""
