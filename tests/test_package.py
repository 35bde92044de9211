"""The wheel holds everything that the program needs when it is installed."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.version import VERSION
from tests.source import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this checkout with the tools that are installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, folder], cwd=ROOT, check=True, capture_output=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


@pytest.mark.parametrize("package", ["app", "migrations"])
def test_every_file_of_a_package_is_shipped(wheel: zipfile.ZipFile, package: str) -> None:
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / package).rglob("*")
        if path.is_file() and not any(part.startswith((".", "__pyc")) for part in path.parts)
    }
    shipped = {name for name in wheel.namelist() if Path(name).parts[0] == package}
    assert here
    assert shipped == here


def test_the_command_and_the_licence_are_shipped(wheel: zipfile.ZipFile) -> None:
    about = {Path(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
    assert "annals = app.cli.main:main" in wheel.read(about["entry_points.txt"]).decode()
    assert "LICENSE" in about


def test_the_version_stands_in_one_place(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    assert f"\nVersion: {VERSION}\n" in wheel.read(name).decode()
    files = [ROOT / "pyproject.toml", *(ROOT / "app").rglob("*.py")]
    assert [file.name for file in files if f'"{VERSION}"' in file.read_text()] == ["version.py"]
    document = json.loads((ROOT / "openapi.json").read_text())
    assert document["info"]["version"] == VERSION
