"""Claims: statements that affirm or deny an event, or state a value of it."""
