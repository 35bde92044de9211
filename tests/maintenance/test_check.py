"""Checks: damage of every kind is found."""

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table, insert, select, text

from app.db.snapshot import run_on_snapshot
from app.models.datasets import datasets
from app.models.events import event_texts, events
from app.values.tokenizer import EventTokens
from tests.api.desk import Desk
from tests.maintenance.conftest import findings, findings_after, findings_at

LATER = 1 << 57
"""A position far beyond every used one."""

# The damage, the kind of record, and its finding; {name} is the hexadecimal id of a record.
DAMAGES = [
    (
        "UPDATE event_documents SET document = replace(document, 'Renamed', 'Other')",
        "event",
        "its document disagrees with its content and claims: /participants",
    ),
    (
        "UPDATE event_documents SET document = replace(document, '\"tags\"', '\"tag\"')",
        "event",
        "its content cannot be read: KeyError 'tags'",
    ),
    ("UPDATE event_documents SET revision = 99 WHERE id = '{event}'", "event", "at revision"),
    ("DELETE FROM events WHERE id = '{event}'", "event", "but is not a current event"),
    ("DELETE FROM event_documents WHERE id = '{event}'", "event", "is not a current event"),
    ("UPDATE events SET title = 'Other' WHERE id = '{event}'", "event", "row disagrees in title"),
    ("UPDATE events SET cell_5 = 1 WHERE id = '{event}'", "event", "row disagrees in cell_5"),
    ("UPDATE events SET x = 0.5 WHERE id = '{event}'", "event", "row disagrees in x"),
    ("UPDATE events SET order_key = 7 WHERE id = '{event}'", "event", "in order_key"),
    ("UPDATE events SET order_key = 7", "event", "two events have this order key"),
    ("UPDATE events SET updated_at = 1 WHERE id = '{event}'", "event", "its document disagrees"),
    ("UPDATE events SET from_position = 1", "event", "come from two changes"),
    ("DELETE FROM participants WHERE actor = 'PRK'", "event", "its rows in participants disagree"),
    ("UPDATE participants SET roles = 0", "event", "its rows in participants disagree"),
    (
        "UPDATE event_terms SET term = 'z' WHERE term = 'a'",
        "event",
        "its rows in event_terms disagree",
    ),
    (
        "UPDATE known_statuses SET verification = 'x'",
        "event",
        "its rows in known_statuses disagree",
    ),
    ("UPDATE event_texts SET from_position = 1, rowid = 5 WHERE event_id = '{event}'", "event", ""),
    ("UPDATE claims SET stance = 'affirms' WHERE id = '{claim}'", "claim", "disagrees in stance"),
    ("UPDATE claims SET revision = 3 WHERE id = '{claim}'", "claim", "disagrees with its row"),
    ("DELETE FROM claims WHERE id = '{claim}'", "event", "/claims/denying"),
    ("DELETE FROM claims WHERE id = '{claim}'", "claim", "has no document of revision"),
    ("UPDATE relations SET type = 'enables'", "relation", "its row disagrees in type"),
    ("UPDATE relations SET document = ' ' || document", "relation", "document disagrees with its"),
    ("DELETE FROM relations WHERE id = '{relation}'", "relation", "has no document of revision"),
    ("DELETE FROM changes WHERE id = '{event}' AND revision = 2", "event", "are not 1 to"),
    (
        "DELETE FROM changes WHERE id = '{claim}'",
        "claim",
        "has a document without a change in the feed",
    ),
    ("UPDATE changes SET revision = 7 WHERE id = '{third}' AND revision = 2", "event", "not 1 to"),
    (
        f"UPDATE changes SET position = {LATER} WHERE revision = 1 AND kind = 'event'",
        "feed",
        "beyond the number",
    ),
    (
        "UPDATE changes SET position = 1 WHERE revision = 1 AND kind = 'event'",
        "feed",
        "two changes have this",
    ),
    ("DELETE FROM past_event_documents WHERE revision = 2", "event", "no document of revision 2"),
    ("DELETE FROM past_events WHERE id = '{third}'", "event", "have different spans"),
    ("DELETE FROM past_claims WHERE id = '{claim}'", "claim", "has no document of revision"),
    ("UPDATE past_relations SET until_position = until_position + 1", "relation", "disagree on"),
    ("UPDATE past_participants SET until_position = 1", "event", "where the event did not change"),
    ("UPDATE past_participants SET until_position = from_position", "event", "two states at once"),
    ("UPDATE past_event_terms SET until_position = 9", "event", "past_event_terms begins or ends"),
    (
        "UPDATE past_known_statuses SET until_position = until_position + 1",
        "event",
        "past_known_statuses begins",
    ),
    (
        "UPDATE past_event_texts SET until_position = until_position + 1",
        "event",
        "past_event_texts begins",
    ),
    ("UPDATE actors SET name = 'Other' WHERE slug = 'person'", "actor", "row disagrees in name"),
    ("UPDATE actors SET revision = 9 WHERE slug = 'person'", "actor", "of another revision"),
    ("UPDATE actor_names SET folded = 'x' WHERE folded = 'renamed'", "actor", "its search names"),
    ("DELETE FROM actor_codes WHERE actor = 'person'", "actor", "its search codes"),
    ("UPDATE sources SET reliability = 'F' WHERE slug = 'daily'", "source", "in reliability"),
    ("UPDATE sources SET owner = 'daily' WHERE slug = 'weekly'", "source", "disagrees in owner"),
    ("UPDATE datasets SET is_private = 0", "dataset", "its row disagrees in is_private"),
    ("DELETE FROM past_actors WHERE slug = 'person'", "actor", "no document of revision 1, 2"),
    ("UPDATE actors SET from_position = 1 WHERE slug = 'person'", "actor", "disagree on when"),
    (
        "DELETE FROM changes WHERE slug = 'weekly'",
        "source",
        "a document without a change in the feed",
    ),
    ("UPDATE changes SET slug = 'nobody' WHERE slug = 'weekly'", "source", "is in the feed, but"),
    ("UPDATE changes SET operation = 'merged' WHERE slug = 'weekly'", "source", "was merged"),
    ("UPDATE past_actor_names SET until_position = 1", "actor", "past_actor_names begins"),
    ("UPDATE past_actor_codes SET until_position = 1", "actor", "holds two states at once"),
    ("UPDATE past_datasets SET until_position = 1", "dataset", "disagree on when"),
    (
        "UPDATE participants SET actor = 'nobody' WHERE actor = 'person'",
        "actor",
        "participants.actor, but never",
    ),
    ("UPDATE claims SET origin = 'nobody'", "source", "in claims.origin, but never existed"),
    ("UPDATE source_rows SET row = 'other'", "source-row", "its hash is not that of its row"),
    ("UPDATE event_documents SET dataset = 'other'", "event", "to another dataset"),
]


async def test_what_is_whole_is_found_whole(url: str) -> None:
    assert findings_at(url) == []


async def test_what_is_damaged_is_found(url: str, used: dict[str, str]) -> None:
    hexadecimal = {name: UUID(id).hex for name, id in used.items()}
    missed: list[tuple[str, list[str]]] = []

    def work(connection: Connection) -> None:
        unbound(connection)
        for damage, noun, said in DAMAGES:
            undo = connection.begin_nested()
            assert connection.execute(text(damage.format(**hexadecimal))).rowcount, damage
            found = findings(connection)
            undo.rollback()
            if not any(each.startswith(noun) and said in each for each in found):
                missed.append((damage, found))

    assert findings_after(url, work) == []
    assert missed == []


def unbound(connection: Connection) -> None:
    """Insert a second dataset, so that foreign keys accept a test's damage."""
    row = connection.execute(select(datasets).where(datasets.c.slug == "desk")).one()._asdict()
    document = row["document"].replace('"slug":"desk"', '"slug":"other"')
    connection.execute(
        insert(datasets), {**row, "slug": "other", "document": document, "from_position": 0}
    )


@pytest.mark.parametrize("place", [0, 1])
async def test_other_words_are_found(url: str, used: dict[str, str], place: int) -> None:
    def work(connection: Connection) -> None:
        row = connection.execute(select(events).where(events.c.id == UUID(used["event"]))).one()
        key = row.order_key + place
        connection.execute(event_texts.delete().where(event_texts.c.rowid == row.order_key))
        put(connection, event_texts, row.id, key, row.from_position)

    said = "searchable words differ" if not place else "but is not current"
    assert any(said in each for each in findings_after(url, work))


def put(connection: Connection, table: Table, event_id: UUID, key: int, position: int) -> None:
    """Index other words."""
    words = EventTokens(("other",), (), ())
    row = {"event_id": event_id, "rowid": key, "from_position": position, "words": words}
    connection.execute(insert(table), row)


async def test_writers_go_on_while_it_checks(desk: Desk, url: str, used: dict[str, str]) -> None:
    path = f"/v1/events/{used['event']}"

    async def write() -> None:
        for number in range(10):
            await desk.change(f"PATCH {path}", {"title": f"A meeting {number}"})

    checks = [asyncio.to_thread(run_on_snapshot, url, findings) for _ in range(2)]
    assert (await asyncio.gather(write(), *checks))[1:] == [[], []]
