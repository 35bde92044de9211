"""Who is asking: what a key, or its absence, allows it to see and to write."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """One asker: `datasets` are those that its key was made for, None for all of them.

    Private ones among them it may see; a key that was made for some writes to no others.
    """

    key_id: str | None
    name: str | None
    scopes: frozenset[str]
    datasets: frozenset[str] | None

    @property
    def is_restricted(self) -> bool:
        """Whether its key is held to some datasets; one that has `admin` never is."""
        return self.datasets is not None and "admin" not in self.scopes

    @property
    def sees_all(self) -> bool:
        """Whether no dataset is hidden from this caller."""
        return not self.is_restricted

    def can_write(self, dataset: str | None) -> bool:
        """Whether records of this dataset, or for None shared ones, are its to make and change."""
        return not self.is_restricted or dataset in (self.datasets or ())

    def has_scope(self, scope: str) -> bool:
        """Whether this caller holds `scope`; `admin` implies all others."""
        return scope in self.scopes or "admin" in self.scopes


ANONYMOUS = Caller(key_id=None, name=None, scopes=frozenset(), datasets=frozenset())
OPERATOR = Caller(key_id="operator", name="operator", scopes=frozenset({"admin"}), datasets=None)
"""The person at the command line, who holds the database itself."""
