"""Routes that bypass FastAPI's dependency handling, and the dispatcher in front of them."""
