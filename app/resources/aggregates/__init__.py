"""The shapes that dashboards ask for: aggregates, facets, grids, networks, and all at once."""
