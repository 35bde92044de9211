"""The image and the composition, as far as they can be checked without a Docker engine."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from typing import Any

import pytest
import yaml

from tests.source import ROOT

COMPOSE_FILE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The composition as a document, its merge keys applied."""
    document: dict[str, Any] = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return document


@pytest.fixture(scope="module")
def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in order: (word, the rest of the line)."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in lines]


def test_the_composition_follows_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    done = subprocess.run([*check, COMPOSE_FILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docker_itself_reads_the_composition() -> None:
    if not shutil.which("docker"):
        pytest.skip("no Docker client to read docker-compose.yml with")
    if subprocess.run(
        ["docker", "compose", "version"], capture_output=True, check=False
    ).returncode:
        pytest.skip("the Docker client here has no compose command to read docker-compose.yml with")
    command = ["docker", "compose", "--file", str(COMPOSE_FILE), "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("service", "waits_for"),
    [
        ("postgres", {}),
        ("migrate", {"postgres": "service_healthy"}),
        ("api", {"postgres": "service_healthy", "migrate": "service_completed_successfully"}),
    ],
)
def test_a_service_waits_for_what_it_needs(
    compose: dict[str, Any], service: str, waits_for: dict[str, str]
) -> None:
    depends = compose["services"][service].get("depends_on", {})
    assert {name: need["condition"] for name, need in depends.items()} == waits_for


@pytest.mark.parametrize("service", ["api", "migrate"])
def test_annals_is_told_where_its_database_is(compose: dict[str, Any], service: str) -> None:
    postgres = compose["services"]["postgres"]["environment"]
    where = "annals:${POSTGRES_PASSWORD:-annals}@postgres:5432/annals"
    assert (postgres["POSTGRES_USER"], postgres["POSTGRES_DB"]) == ("annals", "annals")
    assert postgres["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:-annals}"
    url = compose["services"][service]["environment"]["ANNALS_DATABASE_URL"]
    assert url == f"postgresql://{where}"


def test_the_database_survives_and_is_not_published(compose: dict[str, Any]) -> None:
    postgres = compose["services"]["postgres"]
    volume = postgres["volumes"][0].partition(":")[0]
    assert postgres["image"] == "postgres:17"
    assert volume in compose["volumes"]
    assert "healthcheck" in postgres
    assert "ports" not in postgres


def test_the_image_does_not_run_as_root(instructions: list[tuple[str, str]]) -> None:
    assert [rest for word, rest in instructions if word == "USER"] == ["annals"]


def test_the_image_installs_what_the_lock_pins(instructions: list[tuple[str, str]]) -> None:
    installs = [rest for word, rest in instructions if word == "RUN" and "pip install" in rest]
    assert installs == [
        "pip install --require-hashes -r requirements.lock",
        "pip install --no-deps --no-build-isolation .",
    ]


def test_the_image_is_built_on_a_python_that_is_supported(
    instructions: list[tuple[str, str]],
) -> None:
    bases = {rest.split()[0] for word, rest in instructions if word == "FROM"}
    assert bases == {"python:3.13-slim"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "Programming Language :: Python :: 3.13" in project["classifiers"]


def test_the_image_starts_the_server(instructions: list[tuple[str, str]]) -> None:
    given = dict(instructions)
    assert json.loads(given["ENTRYPOINT"]) == ["annals"]
    assert json.loads(given["CMD"]) == ["serve", "--host", "0.0.0.0"]


def test_the_image_tells_whether_it_is_ready(instructions: list[tuple[str, str]]) -> None:
    check = json.loads(re.sub(r"^.*?CMD ", "", dict(instructions)["HEALTHCHECK"]))
    assert check[:2] == ["python", "-c"]
    assert "/readyz" in check[2]
    compile(check[2], "HEALTHCHECK", "exec")


def test_what_the_image_copies_is_let_through(instructions: list[tuple[str, str]]) -> None:
    copies = [
        rest.split()[:-1] for word, rest in instructions if word == "COPY" and "--" not in rest
    ]
    let_through = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), flags=re.MULTILINE)
    assert {name for names in copies for name in names} == set(let_through)
