"""The one Alembic environment; `core.migrate` runs it once per owner."""

from alembic import context

from core.database import Base
from core.migrate import options

owner = context.config.attributes["owner"]
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, **options(owner))
with context.begin_transaction():
    context.run_migrations()
