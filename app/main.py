"""The application: the only file that knows every router, handler and middleware."""

import gc
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from app.aggregate.engine import AggregateEngine
from app.auth.keys import authenticate
from app.auth.server_secret import SECRET_BYTES, load_server_secret
from app.db.connect import connect, now_micros
from app.ingest import routes as imports
from app.ingest.import_options import ImportOptions
from app.ingest.jobs.job_worker import SERVED_BATCH_ROWS, ImportWorker
from app.maintenance.propagation_worker import PropagationWorker
from app.maintenance.publication_worker import PublicationWorker
from app.query.opaque_tokens import TokenSealer
from app.resources.actors import routes as actors
from app.resources.aggregates import routes as aggregates
from app.resources.changes import routes as changes
from app.resources.claims import routes as claims
from app.resources.datasets import routes as datasets
from app.resources.events import routes as events
from app.resources.events.geojson_schemas import EventFeature, EventFeatures
from app.resources.events.schemas import EventCreate
from app.resources.keys import routes as keys
from app.resources.lookup import routes as lookup
from app.resources.matches import routes as matches
from app.resources.merges import routes as merges
from app.resources.questions import routes as questions
from app.resources.relations import routes as relations
from app.resources.rerenderings import routes as rerenderings
from app.resources.sources import routes as sources
from app.resources.vocab import routes as vocab
from app.settings import Settings
from app.version import VERSION
from app.web.application import ApiDescription, install, make_application
from app.web.health import make_readiness_checks
from app.web.observability import configure_logs
from app.web.state import AppState

ROUTE_MODULES = (
    events,
    aggregates,
    claims,
    relations,
    merges,
    matches,
    actors,
    sources,
    lookup,
    datasets,
    changes,
    imports,
    questions,
    rerenderings,
    vocab,
    keys,
)
ABOUT = ApiDescription(
    title="Annals",
    version=VERSION,
    summary="Geopolitical events with the claims they rest on.",
    description="Who says that it happened, who denies it, and when they said so.",
    tags={
        "events": "What happened: search, read, record and change it, and read its past.",
        "aggregates": "Events in numbers: series, facets, maps, networks, and all of it at once.",
        "claims": "Who says of an event that it happened or did not, and what they say of it.",
        "relations": "How one event stands to another, and the graph that this makes.",
        "merges": "Events of one dataset that are the same, merged into one, and that undone.",
        "matches": "Events of other datasets that may be the same, with an explained score.",
        "actors": "States, organisations, armed groups, persons and bodies.",
        "sources": "Who publishes claims, how reliable they are and for whom they speak.",
        "lookup": "Which actor or source a name, a code or an address may mean.",
        "datasets": "What records belong to, with its licence and citation; public or private.",
        "changes": "The feed of all changes, for those who keep a copy.",
        "imports": "Files of other providers, read into records, each with a report.",
        "questions": "Questions that are saved with their moment, to be cited.",
        "rerenderings": "Changes of actors and sources on their way into many events.",
        "vocabularies": "Event types, closed lists, and what foreign codes and names mean.",
        "keys": "The keys that callers show; for admins.",
        "operations": "Whether the service is well, and what its problems mean.",
    },
)


def served_app() -> FastAPI:
    """The application of a process of its own, whose settings are the environment's.

    What is there from the start is never garbage. To look through it again and again, as is done
    while large answers are made, would hold up every request for a tenth of a second.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    return app


def create_app(settings: Settings | None = None, clock: Callable[[], int] = now_micros) -> FastAPI:
    """The application over the database that the settings name."""
    settings = settings or Settings()
    write_line = configure_logs(settings.log_format)
    database = connect(settings, clock=clock)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await database.open()
        fresh = secrets.token_bytes(SECRET_BYTES)
        seal = TokenSealer(await database.write(lambda write: load_server_secret(write, fresh)))
        engine = AggregateEngine(database, settings, seal)
        app.state.annals = AppState(database, seal, settings, clock, engine)
        runner = ImportWorker(database, settings.spool_dir, _make_import_order(settings))
        app.state.imports = runner
        await runner.start()
        await engine.start()
        upkeep = (PropagationWorker(database), PublicationWorker(database))
        for each in upkeep:
            each.start()
        try:
            yield
        finally:
            for each in upkeep:
                await each.stop()
            await engine.stop()
            await runner.stop()
            await database.close()

    app = make_application(ABOUT, lifespan)
    for noun in ROUTE_MODULES:
        app.include_router(noun.router)
    install(
        app,
        settings,
        authenticate=partial(authenticate, database),
        needs=make_readiness_checks(database),
        extra_models=(EventCreate, EventFeature, EventFeatures),
        write_line=write_line,
    )
    return app


def _make_import_order(settings: Settings) -> ImportOptions:
    return ImportOptions(
        most_bytes=settings.upload_limit,
        batch_rows=SERVED_BATCH_ROWS,
        kept_findings=settings.import_findings,
        most_rejected=settings.import_rejections,
    )
