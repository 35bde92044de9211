"""Annals: a REST API that keeps geopolitical events with the claims they rest on."""
