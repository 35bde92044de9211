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
    description="Events, the claims that affirm or deny them, and the time of each claim.",
    tags={
        "events": "Events: search, read, record and change them, and read their history.",
        "aggregates": "Events in numbers: time series, facets, maps, networks, and a dashboard.",
        "claims": "The statements of sources and speakers that affirm or deny an event.",
        "relations": "Directed links between events, and the graph of them.",
        "merges": "Duplicate events of one dataset, merged into one; merges can be undone.",
        "matches": "Events of other datasets that may be the same, each with an explained score.",
        "actors": "States, organisations, armed groups, persons and bodies.",
        "sources": "The publishers of claims, with their reliability and the actor they speak for.",
        "lookup": "Actors and sources that a name, a code or an address may mean.",
        "datasets": "Bodies of records with a licence and a citation, public or private.",
        "changes": "The feed of all changes, for keeping a copy up to date.",
        "imports": "Imports of providers' files into records, each with a report.",
        "questions": "Saved questions: queries pinned to a point in time, to be cited.",
        "rerenderings": "Changes of actors and sources that are being propagated to many events.",
        "vocabularies": "Event types, closed lists, and the meanings of foreign codes and names.",
        "keys": "API keys, managed by admins.",
        "operations": "The health of the service, and the meaning of its problems.",
    },
)


def create_served_app() -> FastAPI:
    """Create the application of a server process, with settings from the environment.

    Objects that exist after the start are never garbage. Each collection, as happens while large
    answers are made, would scan them and delay every request by a tenth of a second.
    """
    app = create_app()
    gc.collect()
    gc.freeze()
    return app


def create_app(settings: Settings | None = None, clock: Callable[[], int] = now_micros) -> FastAPI:
    """Create the application over the database that the settings name."""
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
        for worker in upkeep:
            worker.start()
        try:
            yield
        finally:
            for worker in upkeep:
                await worker.stop()
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
