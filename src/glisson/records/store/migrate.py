"""From one schema to the next, by Alembic's revisions, inside the caller's transaction: a broken migration leaves nothing."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

FOLDER = Path(__file__).parent / "migrations"


def revision(connection: Connection) -> str | None:
    """Schema of the registry in this database; None when there is none."""
    if "alembic_version" not in inspect(connection).get_table_names():
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return None if found is None else str(found)


def build(connection: Connection, to: str = "head") -> None:
    """Run every migration that is still to run, up to revision ``to``."""
    from alembic.operations import Operations
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(FOLDER))

    def steps(at: Any, _: MigrationContext) -> Any:
        return scripts._upgrade_revs(to, at)  # what Alembic's own 'upgrade' command calls; no public name

    context = MigrationContext.configure(connection, opts={"fn": steps, "script": scripts})
    with Operations.context(context):
        context.run_migrations()
