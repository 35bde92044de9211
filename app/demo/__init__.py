"""The demo dataset: Russia and North Korea, as records with the claims they rest on."""
