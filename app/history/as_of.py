"""The position that `as_of` names: a settled one, so that the response never changes."""

import asyncio
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, select

from app.db.database import Reads
from app.db.feed_positions import transaction_end
from app.db.sql.feed_sql import first_unsettled_position, first_unstarted_position
from app.db.statements import Statement
from app.errors import Fault, Invalid, Unavailable
from app.models.changes import changes
from app.query.opaque_tokens import TokenSealer
from app.query.visibility import VisibleStatement, build_visibility
from app.values.caller import Caller
from app.values.timestamps import parse_timestamp

NOW = "now"
LONGEST_WAIT_SECONDS = 2.0
SHORT_WAIT_SECONDS = 0.25
POLL_SECONDS = 0.02


class AsOfResolver:
    """A resolver of times and positions to settled positions, for one caller."""

    def __init__(self, reads: Reads, seal: TokenSealer, caller: Caller) -> None:
        self._reads = reads
        self._sealer = seal
        self._caller = caller

    async def find_position(self, text: str, now: int) -> int:
        """Return the position that `as_of=text` means; `now` in microseconds since the epoch.

        A position means the end of its transaction, so that no transaction is seen in part.
        """
        if text == NOW:
            # A client that has just written finds its record although others are writing.
            settled, _ = await self._fetch_settled_within(SHORT_WAIT_SECONDS)
            return await self._fetch_last_before(settled)
        if text.startswith("p"):
            return await self._find_given_position(text)
        return await self._find_at_instant(_parse_past_instant(text, now))

    async def fetch_last_settled(self) -> int:
        """Return the position up to which all changes are settled."""
        settled, _ = await self._fetch_bounds()
        return await self._fetch_last_before(settled)

    async def _find_given_position(self, text: str) -> int:
        position = transaction_end(self._sealer.open_position(text, "as_of"))
        settled, _ = await self._fetch_bounds()
        if position >= settled:
            raise _make_error("this position is not settled yet; ask again in a moment")
        return position

    async def _find_at_instant(self, instant: int) -> int:
        later = await self._fetch_first_after(instant)
        if later is None:
            # Writes that are open now may have an earlier time than the instant: wait for them.
            _, is_all = await self._fetch_settled_within(LONGEST_WAIT_SECONDS)
            if not is_all:
                raise Unavailable(
                    "a long write is under way; ask for an earlier moment, or again later",
                    headers={"Retry-After": "5"},
                )
            later = await self._fetch_first_after(instant)
        if later is None:
            later, _ = await self._fetch_bounds()
        return await self._fetch_last_before(later)

    async def _fetch_settled_within(self, seconds: float) -> tuple[int, bool]:
        """Return the settled position after the writes open now, and if they have all ended."""
        settled, started = await self._fetch_bounds()
        waited = 0.0
        while settled < started and waited <= seconds:
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
            settled, _ = await self._fetch_bounds()
        return settled, settled >= started

    async def _fetch_bounds(self) -> tuple[int, int]:
        ((settled, started),) = await self._reads.fetch(_BOUNDS, {})
        return settled, started

    async def _fetch_first_after(self, instant: int) -> int | None:
        ((position,),) = await self._reads.fetch(_FIRST_AFTER, {"instant": instant})
        return position  # type: ignore[no-any-return]

    async def _fetch_last_before(self, position: int) -> int:
        """Return the last visible change before `position`; hidden changes leave no trace."""
        rows = await _LAST.fetch(self._reads, self._caller, {"position": position})
        return transaction_end(rows[0][0]) if rows else 0


def _parse_past_instant(text: str, now: int) -> int:
    try:
        instant = parse_timestamp(text)
    except ValueError as wrong:
        raise _make_error(f"as_of takes an instant, a position or `now`: {wrong}") from None
    if instant > now:
        raise _make_error("this instant lies in the future; the past is all that is settled")
    return instant


def _make_error(detail: str) -> Invalid:
    return Invalid(detail, Fault(code="not-a-moment", detail=detail, parameter="as_of"))


def _select_last(caller: Caller) -> Select[Any]:
    before = changes.c.position < bindparam("position", type_=BigInteger, required=True)
    seen = build_visibility(changes, ("dataset", "to_dataset"), caller)
    last = select(changes.c.position).where(before, *seen).order_by(changes.c.position.desc())
    return last.limit(1)


_BOUNDS = Statement(
    select(first_unsettled_position().label("settled"), first_unstarted_position().label("started"))
)
_FIRST_AFTER = Statement(
    select(func.min(changes.c.position)).where(
        changes.c.at > bindparam("instant", type_=BigInteger, required=True),
        changes.c.position < first_unsettled_position(),
    )
)
_LAST = VisibleStatement(_select_last)
