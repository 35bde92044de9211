"""Matches: events of other datasets that may be the same as one, each with an explained score."""
