"""Datasets: named bodies of records with a license, a citation and a visibility."""
