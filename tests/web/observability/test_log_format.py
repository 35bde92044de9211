"""The format of log lines."""

import json
import subprocess
import sys

import pytest

REQUESTS = """
import structlog
from app.web.observability import configure_logs
write_line = configure_logs("json")
fields = {"route": "/v1/events", "status": 200, "key": None}
write_line("request", fields)
structlog.get_logger("annals").info("request", **fields)
"""
SCRIPT = """
import structlog
from app.web.observability import configure_logs
configure_logs("{log_format}")
log = structlog.get_logger("annals")
log.debug("not written")
try:
    password = "hunter2" + "x" * 3
    raise ValueError("cause")
except ValueError as error:
    log.error("failed", route="/v1/events", exc_info=error)
"""


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_errors_are_written_with_their_cause_and_without_variables(log_format: str) -> None:
    script = SCRIPT.format(log_format=log_format)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "ValueError: cause" in run.stderr
    assert "hunter2xxx" not in run.stderr
    assert "not written" not in run.stderr
    assert run.stdout == ""
    if log_format == "json":
        line = json.loads(run.stderr)
        assert (line["event"], line["level"], line["route"]) == ("failed", "error", "/v1/events")
        assert line["timestamp"].endswith("Z")


def test_the_line_of_a_request_looks_like_all_others() -> None:
    run = subprocess.run([sys.executable, "-c", REQUESTS], capture_output=True, check=True)
    quick, usual = (json.loads(line) for line in run.stderr.splitlines())
    assert quick.pop("timestamp") <= usual.pop("timestamp")
    assert list(quick.items()) == list(usual.items())
