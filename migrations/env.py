"""The environment of Alembic, which uses the connection that `app/db/migrations.py` passes on."""

from alembic import context

from app.db.ddl import is_comparable
from app.models.schema import metadata

connection = context.config.attributes["connection"]

context.configure(
    connection=connection,
    target_metadata=metadata,
    include_object=lambda _object, name, *_kind: is_comparable(name, connection),
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
