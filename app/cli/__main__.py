"""`python -m app.cli` is `annals`."""

from app.cli.main import main

main()
