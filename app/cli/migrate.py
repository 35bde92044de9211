"""`annals migrate`: the schema and the vocabulary of this program."""

import secrets

from app.cli.session import DatabaseUrl, read_settings, run_with_records


def migrate(database_url: DatabaseUrl = None) -> None:
    """Create or upgrade the schema, and add the actors and types of the vocabulary.

    Existing records stay as they are, such as an actor that was edited. Several may run at once.
    """
    from app.auth.server_secret import SECRET_BYTES, load_server_secret
    from app.db import migrations
    from app.db.database import Database
    from app.db.transaction import Transaction
    from app.record.reference_records.name_keys import add_missing_name_keys
    from app.resources.actors.seeding import seed_actors
    from app.resources.vocab.service import seed_event_types

    settings = read_settings(database_url=database_url)
    before, after = migrations.migrate(settings.database_url)
    print(f"schema: at {after}" + ("" if before == after else f", was {before or 'empty'}"))
    fresh = secrets.token_bytes(SECRET_BYTES)

    def seed(write: Transaction) -> None:
        load_server_secret(write, fresh)
        seed_event_types(write)
        seed_actors(write)
        add_missing_name_keys(write)

    async def work(database: Database) -> None:
        await database.write(seed)

    run_with_records(settings, work)
    print("vocabulary: states, organisations and event types are in place")
