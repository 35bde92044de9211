"""A process with one more export format and one more import format in the packages.

It takes an empty folder and the URL of a database to create, and prints JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from httpx2 import ASGITransport, AsyncClient

from app.cli.main import main
from app.export import formats as export_formats
from app.ingest import formats as import_formats
from app.settings import Settings

ADDED = Path(__file__).parent


def run_command(*arguments: str) -> int:
    """Run `annals` and return its exit code."""
    sys.argv = ["annals", *arguments]
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


async def ask_api(url: str, folder: Path) -> dict[str, Any]:
    """Return the formats of the reference, and the events as the API writes them."""
    from app.main import create_app

    app = create_app(Settings(database_url=url, spool_dir=folder / "spool"))
    transport = ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url="http://annals.test") as client,
    ):
        operation = (await client.get("/openapi.json")).json()["paths"]["/v1/events"]["get"]
        answers = [
            await client.get("/v1/events.lines"),
            await client.get("/v1/events?format=lines"),
            await client.get("/v1/events", headers={"Accept": "text/x-lines"}),
        ]
        (parameter,) = [each for each in operation["parameters"] if each["name"] == "format"]
        return {
            "parameter": json.dumps(parameter["schema"]),
            "content": list(operation["responses"]["200"]["content"]),
            "types": [answer.headers["content-type"] for answer in answers],
            "answers": [answer.text for answer in answers],
        }


def main_program(folder: Path, url: str) -> None:
    """Add the formats, import a file of the new one, and export it in the other."""
    export_formats.__path__.append(str(ADDED / "exports"))
    import_formats.__path__.append(str(ADDED / "imports"))
    source, output = folder / "titles.txt", folder / "events.lines"
    source.write_text("TITLES\nid,day,title\n1,2024-06-18,A visit\n", encoding="utf-8")
    database = ("--database-url", url)
    codes = [
        run_command("migrate", *database),
        run_command("import", str(source), *database),
        run_command("export", "--output", str(output), *database),
    ]
    told = {"codes": codes, "file": output.read_text(encoding="utf-8")}
    sys.stdout.write(json.dumps({**told, **asyncio.run(ask_api(url, folder))}))


if __name__ == "__main__":
    main_program(Path(sys.argv[1]), sys.argv[2])
