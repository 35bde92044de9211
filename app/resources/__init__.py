"""The nouns: a folder for each URL segment, the same four file names in each."""
