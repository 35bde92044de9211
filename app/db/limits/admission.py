"""Admission to the database: the reads that one caller, and all callers together, may have at once.

Every query begins as a short read. One that is not answered in its short time becomes a *long
query* while it runs, if the share of its caller allows that, and may take until its deadline.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import AnnalsError, TooManyRequests, Unavailable
from app.settings import Settings

RETRY_HEADERS = {"Retry-After": "2"}


@dataclass(frozen=True)
class RequestLimits:
    """The limits on short reads and long queries: their number at once, and their seconds.

    `long` is for one caller, for all callers without a key, and for all callers with one.
    """

    short: int
    long: tuple[int, int, int]
    anonymous_seconds: float
    keyed_seconds: float
    short_seconds: float
    look_seconds: float = 0.25
    """A read that is not answered by then becomes a long query, or is checked again later."""

    @classmethod
    def from_settings(cls, settings: Settings) -> "RequestLimits":
        """Return the limits of the settings."""
        return cls(
            short=settings.pool_size,
            long=(
                settings.long_questions,
                settings.long_questions_anonymous,
                settings.long_questions_keyed,
            ),
            anonymous_seconds=settings.question_seconds_anonymous,
            keyed_seconds=settings.question_seconds_keyed,
            short_seconds=settings.read_seconds,
        )


class Quota:
    """A number of slots, some of them held; `refusal` makes the error for those refused."""

    __slots__ = ("held", "most", "refusal")

    def __init__(self, most: int, refusal: Callable[[], AnnalsError]) -> None:
        self.held = 0
        self.most = max(most, 1)
        self.refusal = refusal


Quotas = tuple[Quota, ...]


class ActiveCaller:
    """A caller with requests under way, whose number is counted."""

    __slots__ = ("long", "requests", "trials")

    def __init__(self, trials: int, long: int) -> None:
        self.requests = 0
        self.trials = Quota(trials, _make_own_share_error)
        self.long = Quota(long, _make_own_share_error)


@dataclass(eq=False, slots=True)
class _WaitingRead:
    quotas: Quotas
    admitted: asyncio.Future[None]


class Admission:
    """The shares of one process; a caller is known only while it has requests under way.

    Some short reads are reserved for callers with keys. A read whose statement has not proved to
    be fast is on trial, and fewer of these are allowed: many costly queries at once do not delay
    those that are known to be fast.
    """

    def __init__(self, limits: RequestLimits) -> None:
        self.limits = limits
        _, anonymous, keyed = limits.long
        self._short = Quota(limits.short, _make_busy_error)
        self._anonymous = Quota(limits.short * 4 // 5, _make_anonymous_error)
        self._trials = Quota(limits.short // 2, _make_anonymous_error)
        self._long_anonymous = Quota(anonymous, _make_anonymous_error)
        self._long_keyed = Quota(keyed, _make_busy_error)
        self._callers: dict[str, ActiveCaller] = {}
        self._waiting: list[_WaitingRead] = []

    def add_caller(self, name: str) -> ActiveCaller:
        """Add a request to the caller of this name, until `remove_caller`."""
        caller = self._callers.get(name)
        if caller is None:
            own = max(2, self.limits.short * 2 // 5)
            caller = self._callers[name] = ActiveCaller(own, self.limits.long[0])
        caller.requests += 1
        return caller

    def remove_caller(self, name: str, caller: ActiveCaller) -> None:
        """Remove a request of a caller, and forget it after its last one."""
        caller.requests -= 1
        if not caller.requests:
            del self._callers[name]

    def list_short_quotas(
        self, caller: ActiveCaller, *, is_anonymous: bool, on_trial: bool
    ) -> Quotas:
        """List the quotas that a short read takes from."""
        if is_anonymous:
            trial = (caller.trials, self._trials) if on_trial else ()
            return (*trial, self._anonymous, self._short)
        return (caller.trials, self._short) if on_trial else (self._short,)

    def list_long_quotas(self, caller: ActiveCaller, *, is_anonymous: bool) -> Quotas:
        """List the quotas that a long query takes from."""
        return (caller.long, self._long_anonymous if is_anonymous else self._long_keyed)

    def take(self, quotas: Quotas) -> Quota | None:
        """Take one slot of each quota; if one is full, take none, and return that one."""
        for quota in quotas:
            if quota.held >= quota.most:
                return quota
        for quota in quotas:
            quota.held += 1
        return None

    async def wait(self, quotas: Quotas) -> None:
        """Take one slot of each quota, in turn; raise a refusal after too long a wait."""
        waiter = _WaitingRead(quotas, asyncio.get_running_loop().create_future())
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self.limits.short_seconds):
                await waiter.admitted
        except TimeoutError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
                full = next((quota for quota in quotas if quota.held >= quota.most), quotas[0])
                raise full.refusal() from None
        except asyncio.CancelledError:
            if waiter in self._waiting:
                self._waiting.remove(waiter)
            else:
                self.give_back(quotas)
            raise

    def give_back(self, quotas: Quotas) -> None:
        """Give back one slot of each quota, and admit reads that waited for them."""
        for quota in quotas:
            quota.held -= 1
        for waiter in self._waiting.copy():
            # A waiter that is done was cancelled just now, and will remove itself.
            if not waiter.admitted.done() and self.take(waiter.quotas) is None:
                self._waiting.remove(waiter)
                waiter.admitted.set_result(None)

    def is_waited_for(self, quotas: Quotas) -> bool:
        """Return whether a waiting read could begin if these slots were given back."""
        return any(
            all(quota.held - (quota in quotas) < quota.most for quota in waiter.quotas)
            for waiter in self._waiting
        )


def _make_own_share_error() -> AnnalsError:
    return TooManyRequests(
        "you have as many long queries under way as one caller may have; wait until one of them is"
        " answered",
        headers=RETRY_HEADERS,
    )


def _make_anonymous_error() -> AnnalsError:
    return TooManyRequests(
        "callers without a key have as many queries under way as all of them together may have; ask"
        " again in a moment, or with a key",
        headers=RETRY_HEADERS,
    )


def _make_busy_error() -> AnnalsError:
    return Unavailable(
        "as many queries are under way as the server answers at once", headers=RETRY_HEADERS
    )
