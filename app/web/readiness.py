"""What `/readyz` looks at: the database, its schema, and how far the change feed is behind."""

from sqlalchemy import Text, column, literal, select, table

from app.db.database import Database
from app.db.feed_positions import TRANSACTION_SHIFT
from app.db.migrations import find_newest_revision
from app.db.sql.feed_sql import first_unsettled_position, first_unstarted_position
from app.db.statements import Statement
from app.errors import Unavailable
from app.web.health import ReadinessChecks, ReadinessResult

_PING = Statement(select(literal(1)))
_REVISION = Statement(select(column("version_num", Text)).select_from(table("alembic_version")))
_FEED = Statement(
    select(first_unsettled_position().label("settled"), first_unstarted_position().label("started"))
)


def make_readiness_checks(database: Database) -> ReadinessChecks:
    """What the service needs of one database."""

    async def check_database() -> ReadinessResult:
        try:
            await database.fetch(_PING, {})
        except Unavailable as absent:
            return ReadinessResult(ok=False, detail=absent.detail)
        return ReadinessResult(ok=True, detail="answers")

    async def check_schema() -> ReadinessResult:
        needed = find_newest_revision()
        ((found,),) = await database.fetch(_REVISION, {})
        same = found == needed
        return ReadinessResult(
            ok=same, detail=f"at {found}" + ("" if same else f", needs {needed}")
        )

    async def check_feed() -> ReadinessResult:
        ((settled, started),) = await database.fetch(_FEED, {})
        behind = (started - settled) >> TRANSACTION_SHIFT
        return ReadinessResult(ok=True, detail=f"{behind} transactions not settled yet")

    checks = {"database": check_database, "schema": check_schema, "feed": check_feed}
    return ReadinessChecks(checks, lambda: database.writes)
