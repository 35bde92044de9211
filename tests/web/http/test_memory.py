"""A body takes little memory beside itself, whatever is in it."""

import re
import subprocess
import sys

from tests.source import ROOT
from tests.web.http.memory import BODIES

MOST = 20_000_000


def test_bodies_take_little_more_than_themselves() -> None:
    command = [sys.executable, "-m", "tests.web.http.memory"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    took = [int(size) for size in re.findall(r"^took (\d+)$", answer.stdout, re.MULTILINE)]
    assert len(took) == len(BODIES)
    assert max(took) <= MOST
