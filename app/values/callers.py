"""Who is asking: what a key, or its absence, allows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """One asker: `datasets` are the private datasets it may see, None for all of them."""

    key_id: str | None
    name: str | None
    scopes: frozenset[str]
    datasets: frozenset[str] | None

    @property
    def sees_all(self) -> bool:
        """Whether no dataset is hidden from this caller."""
        return self.key_id is not None and (self.datasets is None or "admin" in self.scopes)

    def may(self, scope: str) -> bool:
        """Whether this caller holds `scope`; `admin` implies all others."""
        return scope in self.scopes or "admin" in self.scopes


ANONYMOUS = Caller(key_id=None, name=None, scopes=frozenset(), datasets=frozenset())
OPERATOR = Caller(key_id="operator", name="operator", scopes=frozenset({"admin"}), datasets=None)
"""The person at the command line, who holds the database itself."""
