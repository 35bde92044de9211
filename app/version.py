"""The version of Annals, for the package, the command line and the API."""

VERSION = "0.1.0"
