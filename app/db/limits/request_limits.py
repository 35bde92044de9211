"""Limits of a request, carried by the context to every read: its share and its time.

The edge sets them once; all reads of the request are limited by them, on both databases and over
columns, without a parameter. Reads that belong to no request (imports, maintenance, the readiness
probe) have no share.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import TypeVar

from app.db.limits.admission import ActiveCaller, Admission, Quotas
from app.db.statements import Statement
from app.db.threads import WORKER_THREADS, raise_if_stopped, run_in_thread
from app.errors import AnnalsError, QuestionTooCostly

CHECKS_ON_TRIAL, CHECKS_WHEN_PROVEN = 1, 4
"""The checks after which a read that could not become a long query gives way to waiting reads."""

DOUBT_SECONDS = 60.0
"""The time for which a statement that was slow once does not count as fast."""

INLINE_ITEMS = 200
"""The most records that are processed on the event loop."""

Item = TypeVar("Item")
Result = TypeVar("Result")
WaitUntilLeft = Callable[[], Awaitable[Exception]]
"""Waits until the caller has left, and returns the error with which its queries then end."""


class RequestUsage:
    """A request: its caller, and the quotas that its reads hold."""

    __slots__ = (
        "_caller",
        "_held",
        "admission",
        "deadline",
        "is_anonymous",
        "is_working",
        "left",
        "name",
        "spent",
    )

    def __init__(
        self, admission: Admission, name: str, is_anonymous: bool, left: WaitUntilLeft | None
    ) -> None:
        self.admission = admission
        self.name = name
        self.is_anonymous = is_anonymous
        self.left = left
        self.deadline: float | None = None
        """The end of its time, once it is a long query."""
        self.spent = 0.0
        self.is_working = False
        self._caller: ActiveCaller | None = None
        self._held: Quotas = ()

    @property
    def seconds(self) -> float:
        """The seconds that its query may take."""
        limits = self.admission.limits
        return limits.anonymous_seconds if self.is_anonymous else limits.keyed_seconds

    async def begin(self, *, on_trial: bool) -> None:
        """Begin a read; a long query holds its quotas already."""
        if self.deadline is not None:
            return
        quotas = self.admission.list_short_quotas(
            self._get_caller(), is_anonymous=self.is_anonymous, on_trial=on_trial
        )
        if self.admission.take(quotas) is not None:
            await self.admission.wait(quotas)
        self._held = quotas

    def end(self) -> None:
        """End a read; a long query keeps its share until it is answered."""
        if self.deadline is None:
            self._give_back()

    def try_become_long(self, now: float) -> AnnalsError | None:
        """Turn into a long query, or return the error that prevents it."""
        quotas = self.admission.list_long_quotas(self._get_caller(), is_anonymous=self.is_anonymous)
        full = self.admission.take(quotas)
        if full is not None:
            return full.refusal()
        self._give_back()
        self._held = quotas
        self.deadline = now + self.seconds - self.spent
        return None

    def is_waited_for(self) -> bool:
        """Return whether a read waits for a quota that this request holds."""
        return self.admission.is_waited_for(self._held)

    def release(self) -> None:
        """Give everything back: later reads are another query."""
        self._give_back()
        self.deadline, self.spent = None, 0.0
        if self._caller is not None:
            self.admission.remove_caller(self.name, self._caller)
            self._caller = None

    def _get_caller(self) -> ActiveCaller:
        if self._caller is None:
            self._caller = self.admission.add_caller(self.name)
        return self._caller

    def _give_back(self) -> None:
        held, self._held = self._held, ()
        if held:
            self.admission.give_back(held)


_CURRENT_REQUEST: ContextVar[RequestUsage | None] = ContextVar("asking", default=None)


@contextmanager
def limit_request(usage: RequestUsage) -> Iterator[None]:
    """Limit the reads within by a request."""
    token = _CURRENT_REQUEST.set(usage)
    try:
        yield
    finally:
        _CURRENT_REQUEST.reset(token)
        usage.release()


def release_request() -> None:
    """Release the limits once the query is answered: the client may read slowly."""
    usage = _CURRENT_REQUEST.get()
    if usage is not None:
        usage.release()


@contextmanager
def join_export_reads() -> Iterator[None]:
    """Make the reads within part of an export: they are no queries of their own."""
    usage = _CURRENT_REQUEST.get()
    if usage is None or usage.is_working:
        yield
        return
    usage.is_working = True
    try:
        yield
    finally:
        usage.is_working = False


class LimitedWork:
    """Work on the database, or on rows read from it, within the time of its request.

    It is cancelled when its time is over, when reads with precedence wait, or when its caller has
    left, and then raises the reason. Work within work is part of it; work of no request has only
    the deadlines of the database. `statement` is given if the work is one statement.
    """

    __slots__ = (
        "_began",
        "_checks",
        "_leave_watcher",
        "_loop",
        "_on_trial",
        "_reason",
        "_request",
        "_statement",
        "_task",
        "_timer",
    )

    def __init__(self, statement: Statement | None = None) -> None:
        self._statement = statement
        self._request: RequestUsage | None = None
        self._leave_watcher: asyncio.Task[None] | None = None
        self._reason: Exception | None = None
        self._checks = 0
        self._on_trial = True

    async def __aenter__(self) -> None:
        """Begin as soon as the share of the caller allows it."""
        usage = _CURRENT_REQUEST.get()
        if usage is None or usage.is_working:
            return
        self._loop = asyncio.get_running_loop()
        if self._statement is not None:
            self._on_trial = not self._statement.is_short(self._loop.time())
        await usage.begin(on_trial=self._on_trial)
        usage.is_working = True
        self._request = usage
        task = asyncio.current_task()
        assert task is not None, "coroutines run in tasks"
        self._task = task
        self._began = self._loop.time()
        self._set_timer(usage)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """End, and raise the reason of a cancellation."""
        if self._request is None:
            return
        self._timer.cancel()
        if self._leave_watcher is not None:
            self._leave_watcher.cancel()
        self._end(self._request, is_answered=kind is None)
        if self._reason is not None:
            is_only_ours = self._task.uncancel() == 0
            # A driver may turn the cancellation into an error of its own.
            if kind is not None and is_only_ours:
                raise self._reason from error

    def _end(self, usage: RequestUsage, *, is_answered: bool) -> None:
        now = self._loop.time()
        took = now - self._began
        usage.is_working = False
        usage.spent += took
        usage.end()
        look = usage.admission.limits.look_seconds
        if self._statement is None:
            return
        if took > 2 * look or self._reason is not None:
            self._statement.mark_long(now + DOUBT_SECONDS)
        elif is_answered and took < look:
            self._statement.mark_short()

    def _set_timer(self, usage: RequestUsage) -> None:
        if usage.deadline is None:
            left = max(usage.admission.limits.look_seconds - usage.spent, 0.0)
            self._timer = self._loop.call_later(left, self._check_progress, usage)
        else:
            self._timer = self._loop.call_at(usage.deadline, self._stop_overdue, usage)
            if usage.left is not None:
                self._leave_watcher = self._loop.create_task(self._watch(usage.left))

    def _check_progress(self, usage: RequestUsage) -> None:
        """Turn a read that exceeds its short time into a long query, or let it continue."""
        refusal = usage.try_become_long(self._loop.time())
        if refusal is None:
            self._set_timer(usage)
            return
        self._checks += 1
        limits = usage.admission.limits
        is_over = self._loop.time() - self._began >= limits.short_seconds
        patience = CHECKS_ON_TRIAL if self._on_trial else CHECKS_WHEN_PROVEN
        if is_over or (self._checks >= patience and usage.is_waited_for()):
            self._stop(refusal)
        else:
            self._timer = self._loop.call_later(limits.look_seconds, self._check_progress, usage)

    def _stop_overdue(self, usage: RequestUsage) -> None:
        self._stop(_make_too_costly(usage))

    async def _watch(self, left: WaitUntilLeft) -> None:
        self._stop(await left())

    def _stop(self, reason: Exception) -> None:
        if self._reason is None:
            self._reason = reason
            self._task.cancel()


async def run_in_worker(work: Callable[[], Result]) -> Result:
    """Run long work in Python in a thread, within the time and share of the query."""
    async with LimitedWork():
        return await run_in_thread(WORKER_THREADS, work)


async def map_in_worker(items: Sequence[Item], make: Callable[[Item], Result]) -> list[Result]:
    """Apply `make` to each item: on the event loop if there are few, in a thread otherwise."""
    if len(items) <= INLINE_ITEMS:
        return [make(item) for item in items]

    def work() -> list[Result]:
        made = []
        for item in items:
            raise_if_stopped()
            made.append(make(item))
        return made

    return await run_in_worker(work)


def _make_too_costly(usage: RequestUsage) -> QuestionTooCostly:
    keyed = usage.admission.limits.keyed_seconds
    more = f"; callers with a key have {keyed:g}" if usage.is_anonymous else ""
    return QuestionTooCostly(
        f"the query was not answered within the {usage.seconds:g} seconds that it may take"
        f"{more}. Ask for less: fewer days (since, until), one dataset, a smaller box, a filter of"
        " fewer parts, a rarer word"
    )
