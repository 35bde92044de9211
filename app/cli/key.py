"""`annals key`: the API keys."""

import secrets
import sys
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from sqlalchemy import Connection

from app.cli.session import DatabaseUrl, read_settings, run_with_records

key = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")


@key.command()
def create(
    name: Annotated[str, typer.Argument(help="The person or program that will use it.")],
    scope: Annotated[
        list[str], typer.Option(help="What it allows: read, write, import or admin; repeatable.")
    ],
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            help="A dataset it is restricted to: it sees no other private ones and writes to no"
            " others; repeatable. Without it, all.",
            show_default=False,
        ),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Create a key, and print it: it is shown only this once."""
    from app.auth.key_tokens import RANDOM_BYTES
    from app.db.database import Database
    from app.resources.keys.schemas import KeyCreate
    from app.resources.keys.service import create_key
    from app.web.errors.validation_errors import make_body_faults

    given: dict[str, Any] = {"name": name, "scopes": scope, "datasets": dataset or None}
    try:
        wanted = KeyCreate.model_validate(given)
    except ValidationError as wrong:
        faults = make_body_faults(wrong.errors(include_url=False), given, KeyCreate)
        raise typer.BadParameter("; ".join(fault.detail for fault in faults)) from None
    random = secrets.token_bytes(RANDOM_BYTES)

    async def work(database: Database) -> dict[str, Any]:
        return await database.write(lambda write: create_key(write, wanted, random))

    made = run_with_records(read_settings(database_url=database_url), work)
    print(f"key {made['id']}, shown this once:", file=sys.stderr)
    print(made["key"])


@key.command("list")
def list_(database_url: DatabaseUrl = None) -> None:
    """List the keys, newest first; their secrets are not stored."""
    from app.db.database import Database
    from app.resources.keys.service import list_keys, render_key

    def read(connection: Connection) -> list[dict[str, Any]]:
        return [render_key(row) for row in list_keys(connection)]

    async def work(database: Database) -> list[dict[str, Any]]:
        return await database.read(read)

    for shown in run_with_records(read_settings(database_url=database_url), work):
        print("\t".join(_list_cells(shown)))


@key.command()
def revoke(
    id: Annotated[str, typer.Argument(help="The key's id, as `annals key list` shows it.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Revoke a key, for good."""
    from app.db.database import Database
    from app.resources.keys.service import revoke_key

    async def work(database: Database) -> dict[str, Any]:
        return await database.write(lambda write: revoke_key(write, id))

    revoked = run_with_records(read_settings(database_url=database_url), work)
    print(f"key {id} ({revoked['name']}) is revoked since {revoked['revoked_at']}")


def _list_cells(shown: dict[str, Any]) -> list[str]:
    state = f"revoked {shown['revoked_at']}" if shown["revoked_at"] else "valid"
    scopes = ",".join(shown["scopes"])
    return [
        shown["id"],
        shown["name"],
        scopes,
        _describe_datasets(shown),
        shown["created_at"],
        state,
    ]


def _describe_datasets(shown: dict[str, Any]) -> str:
    """Describe the datasets that a key sees, and whether it writes only to them."""
    if shown["datasets"] is None:
        return "all datasets"
    named = ",".join(shown["datasets"]) or "-"
    if "admin" in shown["scopes"]:
        return f"all datasets: admin is not held to {named}"
    writes = not {"write", "import"}.isdisjoint(shown["scopes"])
    return f"{named}: writes to no others" if writes else named
