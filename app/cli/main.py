"""The command `annals`, its subcommands and its exit codes.

0: done, 1: failed, 2: wrong usage, 130: interrupted.
"""

import os
import sys
from typing import Annotated

import typer

from app.cli.backup import backup, restore
from app.cli.check import check
from app.cli.demo import demo
from app.cli.export import export
from app.cli.import_file import import_file
from app.cli.key import key
from app.cli.match import match
from app.cli.migrate import migrate
from app.cli.openapi import openapi
from app.cli.purge import purge
from app.cli.serve import serve
from app.errors import AnnalsError
from app.version import VERSION

FAILED = 1
INTERRUPTED = 130

app = typer.Typer(name="annals", no_args_is_help=True, pretty_exceptions_enable=False)


def _show_version(wanted: bool) -> None:
    if not wanted:
        return
    print(VERSION)
    raise typer.Exit


@app.callback()
def annals(
    show_version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version."),
    ] = False,
) -> None:
    """Keep a record of political events, with the claims that affirm or deny them."""


app.command()(serve)
app.command()(migrate)
app.command()(demo)
app.command("import")(import_file)
app.command()(export)
app.command()(check)
app.command()(backup)
app.command()(restore)
app.command()(purge)
app.command()(match)
app.command()(openapi)
app.add_typer(key, name="key")


def main() -> None:
    """Run the command that the command line names, and end the process."""
    try:
        app()
    except AnnalsError as error:
        print(f"annals: {error.detail}", file=sys.stderr)
        for fault in error.faults if len(error.faults) > 1 else ():
            place = fault.parameter or fault.pointer
            print(f"  {place}: {fault.detail}" if place else f"  {fault.detail}", file=sys.stderr)
        sys.exit(FAILED)
    except BrokenPipeError:
        # The reader of the output has left; flushing the buffer would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except OSError as error:
        print(f"annals: {error}", file=sys.stderr)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
