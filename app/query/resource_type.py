"""Resource types: the tables, orders and visibility of records that can be listed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Table


@dataclass(frozen=True, eq=False)
class ResourceType:
    """A kind of record that can be listed.

    `documents` is the table of the stored documents; for most resource types it is the same
    table. Each of `sorts` is an order that ends in a column unique to the record. A record is
    visible to callers that may see every dataset in the columns `visible_by`; null is public.
    """

    name: str
    table: Table
    past: Table | None
    documents: Table
    past_documents: Table | None
    key: str
    sorts: Mapping[str, tuple[str, ...]]
    default_sort: str
    visible_by: tuple[str, ...] = ("dataset",)

    @property
    def past_table(self) -> Table:
        """The table of replaced rows."""
        assert self.past is not None, f"{self.name} keeps no past"
        return self.past

    @property
    def past_of_documents(self) -> Table:
        """The table of replaced documents."""
        return self.past_documents if self.past_documents is not None else self.past_table

    def documents_of(self, *, past: bool) -> Table | None:
        """Return the table of the documents, if it is another one."""
        if self.documents is self.table:
            return None
        return self.past_documents if past else self.documents
