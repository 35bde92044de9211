"""`annals openapi`: the OpenAPI document of this program, without a server or a database."""

import json


def openapi() -> None:
    """Write the OpenAPI document, as `/openapi.json` serves it, to standard output."""
    print(render_document(), end="")


def render_document() -> str:
    """Render the document as it is kept beside the source: indented, so that diffs are short."""
    from uvicorn.importer import import_from_string

    from app.settings import Settings

    # By its name, as `annals serve` has it: a command does not know the application.
    document = import_from_string("app.main:create_app")(Settings()).openapi()
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"
