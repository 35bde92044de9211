"""Records named by two concurrent imports: each is created once."""

import asyncio
from functools import partial

from sqlalchemy import func, select

from app.db.database import Database
from app.ingest.mapping.detection import find_format
from app.ingest.writing.create_named_records import ensure_dataset
from app.models.datasets import datasets
from app.values.caller import OPERATOR

TIMES = 30
AT_ONCE = 4


async def test_a_dataset_is_made_once(database: Database) -> None:
    facts = find_format("ucdp-ged").dataset
    slugs = [f"made-{number}" for number in range(TIMES)]
    for slug in slugs:
        make = partial(ensure_dataset, caller=OPERATOR, facts=facts, slug=slug)
        await asyncio.gather(*(database.write(make) for _ in range(AT_ONCE)))
    count = select(func.count()).where(datasets.c.slug.in_(slugs))
    assert await database.read(lambda connection: connection.scalar(count)) == TIMES
