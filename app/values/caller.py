"""Callers: the rights that a key, or the lack of one, gives."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Caller:
    """A client of the API and its rights.

    `datasets` are those that its key was made for, None if it was made for all. The caller sees the
    private ones among them; with such a key it writes to no others.
    """

    key_id: str | None
    name: str | None
    scopes: frozenset[str]
    datasets: frozenset[str] | None

    @property
    def is_restricted(self) -> bool:
        """True if the key is limited to some datasets; a key with `admin` never is."""
        return self.datasets is not None and "admin" not in self.scopes

    @cached_property
    def sees_all(self) -> bool:
        """True if no dataset is hidden from this caller."""
        return not self.is_restricted

    def can_write(self, dataset: str | None) -> bool:
        """Return whether the caller may change records of a dataset, or, for None, shared ones."""
        return not self.is_restricted or dataset in (self.datasets or ())

    def has_scope(self, scope: str) -> bool:
        """Return whether the caller has a scope; `admin` implies all others."""
        return scope in self.scopes or "admin" in self.scopes


ANONYMOUS = Caller(key_id=None, name=None, scopes=frozenset(), datasets=frozenset())
OPERATOR = Caller(key_id="operator", name="operator", scopes=frozenset({"admin"}), datasets=None)
"""The person at the command line, who has access to the database itself."""
