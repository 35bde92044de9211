"""Datasets: named bodies of records with licence, citation and visibility."""
