"""Imports that still name an actor or a source merged into another."""

from app.db.database import Database
from app.db.transaction import Transaction
from app.resources.actors.schemas import ActorCreate
from app.resources.actors.service import create_actor, merge_actor
from app.resources.sources.schemas import SourceCreate
from app.resources.sources.service import create_source, merge_source
from app.values.caller import OPERATOR
from tests.ingest.conftest import Import, Read
from tests.ingest.rows import RAMI, row_of


async def test_a_row_names_who_answers_now(load: Import, read: Read, database: Database) -> None:
    await load([row_of()])
    before = await read(RAMI)
    actor = next(each["actor"] for each in before["participants"] if not each["actor"].isupper())
    source = next(claim["origin"] or claim["source"] for claim in before["items"].values())

    def work(write: Transaction) -> None:
        person = ActorCreate(slug="heir", kind="armed-group", name="Heir")
        create_actor(write, OPERATOR, person)
        paper = SourceCreate(slug="paper", kind="newspaper", name="Paper", reliability="B")
        create_source(write, OPERATOR, paper)
        merge_actor(write, OPERATOR, actor, "heir")
        merge_source(write, OPERATOR, source, "paper")

    await database.write(work)
    merged = await read(RAMI)
    assert "heir" in {each["actor"] for each in merged["participants"]}
    unchanged = await load([row_of()])
    assert (unchanged.rows.unchanged, unchanged.rows.created) == (1, 0)
    report = await load([row_of(best="7", high="9")])
    assert (report.rows.updated, report.rows.conflicted) == (1, 0)
    after = await read(RAMI)
    assert after["participants"] == merged["participants"]
    assert after["fatalities"]["best"] == 7
    publishers = {slug for each in after["items"].values() for slug in (each["source"],)}
    assert source not in publishers
