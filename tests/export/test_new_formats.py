"""A format is one file: a new one is found, negotiated, documented, exported and imported."""

import json
import subprocess
import sys
from pathlib import Path

from tests.source import ROOT


def test_a_format_is_one_file(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "tests.export.added.program"]
    ended = subprocess.run(
        [*program, str(tmp_path), f"sqlite:///{tmp_path / 'annals.db'}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout.splitlines()[-1])
    assert found["codes"] == [0, 0, 0], ended.stderr
    assert found["file"] == "an event!"
    assert found["answers"] == ["an event!"] * 3
    assert found["types"] == ["text/x-lines"] * 3
    assert "text/x-lines" in found["content"]
    assert '"lines"' in found["parameter"]
