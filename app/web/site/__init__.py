"""HTML pages: the front page, the API reference and their assets."""
