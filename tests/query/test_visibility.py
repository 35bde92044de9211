"""Visible statements: one for callers who see all, one for all others."""

import pytest
from sqlalchemy import create_engine, select

from app.models.events import event_documents
from app.models.relations import relations
from app.query.visibility import VisibleStatement, bind_grants, build_visibility
from app.values.caller import ANONYMOUS, OPERATOR, Caller

DIALECT = create_engine("sqlite://").dialect
RESTRICTED = Caller("k", "desk", frozenset({"read"}), frozenset({"b", "a"}))
ADMIN = Caller("k", "admin", frozenset({"admin"}), frozenset({"a"}))
EVERYWHERE = Caller("k", "reader", frozenset({"read"}), None)
EVENTS = VisibleStatement(
    lambda caller: select(event_documents.c.id).where(
        *build_visibility(event_documents, ("dataset",), caller)
    )
)


@pytest.mark.parametrize(
    ("caller", "granted"),
    [
        (ANONYMOUS, {"granted": []}),
        (RESTRICTED, {"granted": ["a", "b"]}),
        (EVERYWHERE, {}),
        (ADMIN, {}),
        (OPERATOR, {}),
    ],
)
def test_a_statement_hides_rows_from_callers_who_do_not_see_all(
    caller: Caller, granted: dict[str, list[str]]
) -> None:
    statement = EVENTS.get_for(caller)
    hides = "is_private" in statement.compile_for(DIALECT).sql
    assert (hides, bind_grants(caller)) == (bool(granted), granted)
    assert statement is EVENTS.get_for(OPERATOR if caller.sees_all else ANONYMOUS)


def test_a_row_needs_all_of_its_datasets_and_is_public_without_one() -> None:
    conditions = build_visibility(relations, ("dataset", "to_dataset"), ANONYMOUS)
    texts = [str(condition.compile(dialect=DIALECT)) for condition in conditions]
    assert [text.split(" NOT IN")[0].lstrip("(") for text in texts] == [
        "relations.dataset",
        "relations.to_dataset",
    ]
