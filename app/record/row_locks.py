"""Holding actors and sources, so that what is written of them is true when it is committed."""

from typing import Any

from sqlalchemy import Select, Table


def add_row_lock(found: Select[Any], table: Table) -> Select[Any]:
    """The select, which keeps its rows from being renamed, merged or deleted meanwhile.

    Writers do not hinder each other; all lock in one order.
    """
    return found.order_by(table.c.slug).with_for_update(of=table, read=True, key_share=True)
