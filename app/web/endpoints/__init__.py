"""Endpoints that resources share: lists, single records, histories and writes."""
