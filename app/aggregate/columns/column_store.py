"""Columns in files: one folder for each position, mapped by every process that counts."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
from numpy.lib.format import write_array

from app.aggregate.columns.event_columns import DERIVED, IDS, LISTS, NUMBERS, TEXTS, EventColumns

LAYOUT = 2
"""The version of the set of columns; files of another version are not read."""

_ABOUT = "about.json"
_COLUMNS = (*IDS, *NUMBERS, *TEXTS, *DERIVED, *LISTS)


def save_columns(folder: Path, epoch: int, position: int, columns: EventColumns) -> None:
    """Write columns that hold all changes before `position`, and remove older files.

    A process that has older files mapped keeps them until it unmaps them.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    growing = folder / f".{position:016x}"
    shutil.rmtree(growing, ignore_errors=True)
    growing.mkdir(mode=0o700)
    try:
        for name in _COLUMNS:
            _save_column(growing / f"{name}.npy", columns.columns[name])
        (growing / _ABOUT).write_bytes(orjson.dumps({"epoch": epoch, "values": columns.values}))
    except OSError:
        # The disk may be full, and half a file would keep it so.
        shutil.rmtree(growing, ignore_errors=True)
        raise
    done = folder / _make_folder_name(position)
    shutil.rmtree(done, ignore_errors=True)
    growing.rename(done)
    for other in _list_saved(folder):
        if other != done:
            shutil.rmtree(other, ignore_errors=True)


def _save_column(path: Path, column: np.ndarray[Any, Any]) -> None:
    """Write a column through Python's file object: NumPy's does not report a full disk."""
    with path.open("wb") as file:
        write_array(_WriteOnlyFile(file.write), column, allow_pickle=False)


@dataclass(frozen=True)
class _WriteOnlyFile:
    """A file that NumPy does not recognize as one of the operating system."""

    write: Callable[[bytes], int]


def load_columns(folder: Path, newer_than: int = -1) -> tuple[int, int, EventColumns] | None:
    """Return the epoch, position and columns of the newest files newer than that position."""
    for saved in sorted(_list_saved(folder), reverse=True):
        position = int(saved.name.partition("-")[2], 16)
        if position <= newer_than:
            return None
        try:
            about = orjson.loads((saved / _ABOUT).read_bytes())
            columns = {name: np.load(saved / f"{name}.npy", mmap_mode="r") for name in _COLUMNS}
        except FileNotFoundError:  # replaced meanwhile
            continue
        return about["epoch"], position, EventColumns(columns, about["values"])
    return None


def remove_columns(folder: Path, position: int) -> None:
    """Remove the files of that position."""
    shutil.rmtree(folder / _make_folder_name(position), ignore_errors=True)


def _make_folder_name(position: int) -> str:
    return f"{LAYOUT}-{position:016x}"


def _list_saved(folder: Path) -> Iterator[Path]:
    return folder.glob(f"{LAYOUT}-*")
