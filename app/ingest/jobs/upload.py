"""File uploads: accepted types, and spooling to disk."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request

from app.db.driver_errors import is_disk_full
from app.errors import OutOfSpace, Unparsable, UnsupportedMediaType
from app.ingest.row_parsing.name_parsing import make_single_line
from app.web.http.negotiation import check_content_coding

ACCEPTED_TYPES = (
    "text/csv",
    "text/tab-separated-values",
    "application/gzip",
    "application/zip",
    "application/octet-stream",
)
"""The types listed in the API reference; others are accepted too, as the content decides."""

ACCEPTED_CODINGS = ("gzip", "x-gzip")
"""The accepted values of Content-Encoding; a file is stored as sent, compressed or not."""

_WRITE_BYTES = 1_048_576
_FILE_NAME = re.compile(r'filename="?([^";]+)"?')


@asynccontextmanager
async def spool_upload(request: Request, folder: Path) -> AsyncIterator[Path]:
    """Yield the request's body as a file in `folder`, deleted at the end unless it was moved."""
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        raise UnsupportedMediaType(
            "send the file as the body itself, not as a form: curl --data-binary @FILE",
            headers={"accept-post": ", ".join(ACCEPTED_TYPES)},
        )
    check_content_coding(request, ACCEPTED_CODINGS)
    with _report_disk_full():
        path, file = await asyncio.to_thread(_create_file, folder)
    try:
        with _report_disk_full(), file:
            await _write_body(request, file)
        yield path
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


def get_upload_name(request: Request) -> str | None:
    """Return the file name in Content-Disposition, which may contain a version."""
    found = _FILE_NAME.search(request.headers.get("content-disposition", ""))
    return make_single_line(found[1], 200) or None if found else None


@contextmanager
def _report_disk_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise OutOfSpace("no space is left for uploaded files; send it again later") from error


def _create_file(folder: Path) -> tuple[Path, BinaryIO]:
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=folder, suffix=".part")
    return Path(name), open(handle, "wb")  # noqa: PTH123


async def _write_body(request: Request, file: BinaryIO) -> None:
    pending = bytearray()
    size = 0
    async for chunk in request.stream():
        pending += chunk
        size += len(chunk)
        if len(pending) >= _WRITE_BYTES:
            await asyncio.to_thread(file.write, bytes(pending))
            pending.clear()
    if not size:
        raise Unparsable("the body is empty: send the file as the body")
    await asyncio.to_thread(file.write, bytes(pending))
