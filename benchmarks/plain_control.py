"""Control (n): a plain server of the same tables, as a tutorial would write it.

Async ORM sessions by dependency, relationships through `selectinload`, pydantic's response
model, no middleware. It reads the tables as they are, so it has fewer fields to show than the
stored document, which only helps it.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, relationship, selectinload

from app.models import actors as actor_tables
from app.models import events as event_tables
from app.models.base import metadata

DATABASE_URL = "MEASURED_DATABASE_URL"
PAGE = 50


class Base(DeclarativeBase):
    """The base class of the models."""

    metadata = metadata


class Actor(Base):
    """One actor."""

    __table__ = actor_tables.actors
    slug: Mapped[Any]
    name: Mapped[Any]


class Participation(Base):
    """An actor in an event."""

    __table__ = event_tables.participants
    event_id: Mapped[Any]
    actor: Mapped[Any]
    roles: Mapped[Any]
    who: Mapped[Actor] = relationship(
        Actor, viewonly=True, primaryjoin=lambda: foreign(Participation.actor) == Actor.slug
    )


class Term(Base):
    """A tag or a foreign code of an event."""

    __table__ = event_tables.event_terms
    event_id: Mapped[Any]
    kind: Mapped[Any]
    term: Mapped[Any]


class Event(Base):
    """One event."""

    __table__ = event_tables.events
    id: Mapped[Any]
    country: Mapped[Any]
    latest_day: Mapped[Any]
    order_key: Mapped[Any]
    participants: Mapped[list[Participation]] = relationship(
        Participation,
        primaryjoin=lambda: Event.id == foreign(Participation.event_id),
        viewonly=True,
    )
    terms: Mapped[list[Term]] = relationship(
        Term, primaryjoin=lambda: Event.id == foreign(Term.event_id), viewonly=True
    )


class Shown(BaseModel):
    """A schema read from a model's attributes."""

    model_config = ConfigDict(from_attributes=True)


class WhoOut(Shown):
    """An actor in a response."""

    slug: str
    name: str
    kind: str


class ParticipantOut(Shown):
    """A participant in a response."""

    roles: int
    who: WhoOut


class TermOut(Shown):
    """A term in a response."""

    kind: str
    term: str


class EventOut(Shown):
    """An event in a response."""

    id: UUID
    dataset: str
    external_id: str | None
    type: str
    category: str
    title: str
    lifecycle: str
    verification: str
    country: str | None
    longitude: float | None
    latitude: float | None
    latest_day: int
    first_made_day: int
    fatalities_best: int
    created_at: int
    updated_at: int
    participants: list[ParticipantOut]
    terms: list[TermOut]


class PageOut(BaseModel):
    """A page of events."""

    items: list[EventOut]


class CountOut(BaseModel):
    """A number of events."""

    value: int


WHOLE = (
    selectinload(Event.participants).joinedload(Participation.who),
    selectinload(Event.terms),
)


def create_plain() -> FastAPI:
    """Create the application over the database that MEASURED_DATABASE_URL names."""
    url = os.environ[DATABASE_URL]
    driver = "sqlite+aiosqlite" if url.startswith("sqlite") else "postgresql+asyncpg"
    engine = create_async_engine(f"{driver}://{url.partition('://')[2]}", pool_size=10)
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.sessions = sessions
        yield
        await engine.dispose()

    app = FastAPI(lifespan=lifespan)

    async def session() -> AsyncIterator[AsyncSession]:
        async with sessions() as opened:
            yield opened

    _add_routes(app, session)
    return app


def _add_routes(app: FastAPI, session: Any) -> None:
    opened = Depends(session)

    @app.get("/events/{event_id}", response_model=EventOut)
    async def get_event(event_id: UUID, session: AsyncSession = opened) -> Any:
        found = await session.execute(select(Event).where(Event.id == event_id).options(*WHOLE))
        event = found.scalar_one_or_none()
        if event is None:
            raise HTTPException(404)
        return event

    @app.get("/events", response_model=PageOut)
    async def list_events(
        country: str | None = None,
        since: date | None = None,
        dyad: Annotated[list[str], Query()] = [],  # noqa: B006
        session: AsyncSession = opened,
    ) -> Any:
        found = select(Event).where(*_build_conditions(country, since, dyad))
        page = found.order_by(Event.order_key.desc()).limit(PAGE).options(*WHOLE)
        return {"items": (await session.execute(page)).scalars().all()}

    @app.get("/count", response_model=CountOut)
    async def count_events(
        country: str | None = None, since: date | None = None, session: AsyncSession = opened
    ) -> Any:
        counting = (
            select(func.count()).select_from(Event).where(*_build_conditions(country, since, []))
        )
        return {"value": (await session.execute(counting)).scalar_one()}


def _build_conditions(country: str | None, since: date | None, dyad: list[str]) -> list[Any]:
    conditions: list[Any] = []
    if country is not None:
        conditions.append(Event.country == country)
    if since is not None:
        conditions.append(Event.latest_day >= since.toordinal())
    conditions += [Event.participants.any(Participation.actor == actor) for actor in dyad]
    return conditions
