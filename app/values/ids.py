"""Record ids: UUIDv7 for new records, UUIDv5 for imported ones.

The order key of an event is its earliest day and 41 bits of the hash of its id, in one 63-bit
number.
"""

import threading
from collections.abc import Callable
from hashlib import blake2b
from uuid import UUID, uuid5

NAMESPACE = UUID("34be3f8f-f61a-5020-93f9-5b2153961843")
"""UUIDv5 of https://annals.example/ns/records in the URL namespace of RFC 9562."""

HASH_BITS = 41
_LARGEST_BIGINT = 2**63 - 1
_RAND_A_BITS = 12
_RAND_B_BITS = 62
_LARGEST_COUNTER = 2**_RAND_A_BITS - 1


def make_uuid7(milliseconds: int, random_bits: int) -> UUID:
    """Return the UUIDv7 (RFC 9562) of a Unix time and 74 random bits, 12 of them in `rand_a`."""
    if not 0 <= milliseconds < 2**48:
        raise ValueError(f"{milliseconds} milliseconds since the epoch do not fit a UUIDv7")
    rand_a = random_bits >> _RAND_B_BITS & _LARGEST_COUNTER
    rand_b = random_bits & 2**_RAND_B_BITS - 1
    return UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)


class IdMaker:
    """A source of UUIDv7s that always increase, even if the clock stops or goes back.

    `clock` returns milliseconds since the epoch, `random(n)` n random bits. Within a millisecond
    `rand_a` counts up from a random start (RFC 9562 §6.2, method 1); when the counter is exhausted,
    the next millisecond is used early. Threads may share one maker.
    """

    def __init__(self, clock: Callable[[], int], random: Callable[[int], int]) -> None:
        self._clock = clock
        self._random = random
        self._milliseconds = -1
        self._counter = 0
        self._lock = threading.Lock()

    def make(self) -> UUID:
        """Return the next id."""
        with self._lock:
            self._advance()
            return make_uuid7(
                self._milliseconds, self._counter << _RAND_B_BITS | self._random(_RAND_B_BITS)
            )

    def _advance(self) -> None:
        now = self._clock()
        if now <= self._milliseconds and self._counter < _LARGEST_COUNTER:
            self._counter += 1
            return
        self._milliseconds = max(now, self._milliseconds + 1)
        self._counter = self._random(_RAND_A_BITS - 1)


def make_record_id(dataset: str, external_id: str) -> UUID:
    r"""Return the id of a record with an external id: UUIDv5 of "{dataset}\ {external_id}".

    The namespace is `NAMESPACE`; the name is the dataset's slug, one line feed (U+000A) and the
    external id as given, encoded in UTF-8.
    """
    return uuid5(NAMESPACE, f"{dataset}\n{external_id}")


def make_claim_id(event: UUID, key: str) -> UUID:
    r"""Return the id of an imported claim: UUIDv5 in `NAMESPACE` of "{event}\ {key}".

    The name is the event's id in lower-case hexadecimal with hyphens, one line feed and the claim's
    key in its event.
    """
    return uuid5(NAMESPACE, f"{event}\n{key}")


def make_slug_id(noun: str, slug: str) -> UUID:
    """Return the id of an actor, a source or a dataset in the feed: UUIDv5 of its slug.

    Its namespace is the UUIDv5 in `NAMESPACE` of "actor", "source" or "dataset".
    """
    return uuid5(uuid5(NAMESPACE, noun), slug)


def list_slug_ids(slug: str) -> list[UUID]:
    """Return the ids of all records that may have this slug: actor, source and dataset."""
    return [make_slug_id(noun, slug) for noun in ("actor", "source", "dataset")]


def compute_order_hash(id: UUID) -> int:
    """Return the top 41 bits of the 8-byte BLAKE2b digest of the id's 16 bytes."""
    return int.from_bytes(blake2b(id.bytes, digest_size=8).digest(), "big") >> (64 - HASH_BITS)


def compute_order_key(earliest_day: int, id: UUID) -> int:
    """Return the event's place in the order of dates: a day, then the hash of its id."""
    return earliest_day << HASH_BITS | compute_order_hash(id)


def compute_day_floor(day: int) -> int:
    """Return the least order key of `day`; for an open end, a BIGINT above all order keys."""
    return min(day << HASH_BITS, _LARGEST_BIGINT)
