"""Positions in the change feed: epoch, transaction and ordinal in one number.

63 bits: 6 for the epoch, which rises when a database is restored; 40 for the transaction; 17 for
the ordinal of the change in it. So positions compare as numbers, on both databases.
"""

TRANSACTION_SHIFT = 17
EPOCH_SHIFT = 57
LARGEST_ORDINAL = (1 << TRANSACTION_SHIFT) - 1


def transaction_base(epoch: int, transaction: int) -> int:
    """Return the position before a transaction's first change."""
    return (epoch << EPOCH_SHIFT) | (transaction << TRANSACTION_SHIFT)


def transaction_start(position: int) -> int:
    """Return the first position of the transaction that made this change."""
    return position & ~LARGEST_ORDINAL


def transaction_end(position: int) -> int:
    """Return the last position of the transaction that made this change."""
    return position | LARGEST_ORDINAL
