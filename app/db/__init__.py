"""The engines, the transaction, types and functions: the only place where a dialect is named."""
