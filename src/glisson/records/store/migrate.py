"""From one schema to the next, by Alembic's revisions, inside the caller's transaction: a broken migration leaves nothing."""

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from glisson.errors import BadInput
from glisson.records.store import schema

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


def require_empty(connection: Connection) -> None:
    """Refuse a database that holds a registry already.

    Raises:
        BadInput: it does.
    """
    if set(inspect(connection).get_table_names()) & {*schema.metadata.tables, "alembic_version"}:
        raise BadInput("this database holds a registry, or tables of the same names", do="open it, or give another place")


def require_newest(connection: Connection) -> None:
    """Refuse a database that this program cannot use as it is.

    Raises:
        BadInput: no registry, a schema of an older program (migrate), or of a newer one.
    """
    found = revision(connection)
    newest = schema.REVISIONS[-1]
    if found is None:
        raise BadInput("this database holds no registry", do="make one with: glisson records init")
    if found not in schema.REVISIONS:
        raise BadInput(
            f"the registry has schema {found}, which is newer than this program",
            allowed=f"up to {newest}",
            do="use a newer glisson",
        )
    if found != newest:
        raise BadInput(
            f"the registry has schema {found}; this program needs {newest}",
            do="migrate it (glisson.records.store.migrate_registry; a backup is made first)",
        )
