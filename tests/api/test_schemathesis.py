"""Requests that the OpenAPI document allows or forbids, answered as it says.

In a test run each database gets some seconds; the long run is made with, for example,
`ANNALS_FUZZ_EXAMPLES=50 ANNALS_FUZZ_SEEDS=1,2,3 pytest tests/api/test_schemathesis.py`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from schemathesis.python.asgi import shutdown_lifespans

from app.main import create_app
from app.settings import Settings
from tests.api.desk import DATABASES, database_of
from tests.api.fuzzing import Effort, load, run
from tests.api.specimens import populate_apart

SECONDS = 40
EXAMPLES = int(os.environ.get("ANNALS_FUZZ_EXAMPLES", "0"))
SEEDS = [int(seed) for seed in os.environ.get("ANNALS_FUZZ_SEEDS", "1").split(",")]


@pytest.fixture(params=DATABASES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A database of each kind, with some records of every noun."""
    with database_of(request, tmp_path, request.param) as url:
        settings = Settings(database_url=url, spool_dir=tmp_path / "spool")
        populate_apart(settings)
        yield settings
        shutdown_lifespans()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("phases", "examples", "seconds"),
    [(("stateful",), 10, None), (("examples", "coverage", "fuzzing"), 3, SECONDS)],
    ids=["chains", "cases"],
)
@pytest.mark.filterwarnings("default")  # those of the libraries that make the cases
def test_nothing_is_found(
    settings: Settings, phases: tuple[str, ...], examples: int, seconds: int | None, seed: int
) -> None:
    long = Effort(EXAMPLES, None, phases)
    effort = long if EXAMPLES else Effort(examples, seconds, phases)
    found = run(load(create_app(settings), seed, effort))
    assert not found.errors
    assert not found.failures, "\n\n".join(
        f"{check}, {operation}\n{text}" for (check, operation), text in found.failures.items()
    )
    assert found.phases.keys() >= {"EXAMPLES", "COVERAGE"} or "STATEFUL_TESTING" in found.phases
    assert not any(status >= 500 for status in found.statuses)
