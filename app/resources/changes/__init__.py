"""The change feed: every change of events, claims and relations, once and in order."""
