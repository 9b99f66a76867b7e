"""Runs migrations on the connection that `governance.adapters.db.migrate` hands over."""

from alembic import context

from governance.adapters.db.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
