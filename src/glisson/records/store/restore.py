"""From a backup or an export to a registry again, of either kind, and from an older schema to the newest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glisson.errors import BadInput
from glisson.records.store.backup import COPY, LINES, backup, copy_file, opened, read_head, require_sound
from glisson.records.store.chain import Head
from glisson.records.store.clock import Clock
from glisson.records.store.database import Database
from glisson.records.store.erasure import finish_erasures
from glisson.records.store.exchange import export_lines, import_lines
from glisson.records.store.keys import Keys
from glisson.records.store.migrate import build, require_empty, revision
from glisson.records.store.schema import REVISIONS
from glisson.records.store.verify import verify
from glisson.whole_file import write_whole


def restore(source: Path, place: str | Path, keys: Keys, clock: Clock) -> None:
    """A backup's folder, or an export in JSON lines, into an empty place of either kind: verified, and whole or not at all.

    Cases that were erased after the backup are erased again, as far as the list beside the keys file names them.

    Raises:
        BadInput: the place is not empty, the backup is broken or does not reach its head, or the keys are not its keys.
    """
    known = [read_head(source, keys).head] if source.is_dir() else []
    target = Database(place)
    if target.file is None:
        with opened(target):
            _fill(target, source, keys, known)
    else:
        if target.file.exists():
            raise BadInput(f"'{target.file.name}' exists", do="give a place where nothing is")
        write_whole(target.file, lambda part: _fill_file(part, source, keys, known))
    with opened(Database(place)) as restored, restored.reading() as connection:
        newest = revision(connection) == REVISIONS[-1]
    if newest:
        with opened(Database(place)) as restored:
            finish_erasures(restored, keys, clock)


def _fill_file(part: Path, source: Path, keys: Keys, known: list[Head]) -> None:
    if (source / COPY).is_file():
        copy_file(source / COPY, part)
        with opened(Database(part)) as target, target.reading() as connection:
            require_sound(verify(connection, keys if revision(connection) == REVISIONS[-1] else None, known))
    else:
        with opened(Database(part)) as target:
            _fill(target, source, keys, known)


def _fill(target: Database, source: Path, keys: Keys, known: list[Head]) -> None:
    with _lines(source) as lines, target.writing() as connection:
        require_empty(connection)
        import_lines(connection, keys, lines)
        require_sound(verify(connection, keys, known))


@contextmanager
def _lines(source: Path) -> Iterator[Iterator[str]]:
    if (source / COPY).is_file():
        with opened(Database(source / COPY)) as copy, copy.reading() as connection:
            yield export_lines(connection)
    else:
        try:
            file = (source / LINES if source.is_dir() else source).open(encoding="utf-8")
        except OSError:
            raise BadInput(
                f"'{source.name}' holds no copy of a registry", do="give the folder of a backup, or an export"
            ) from None
        with file:
            yield iter(file)


def migrate_registry(place: str | Path, keys: Keys | None, clock: Clock, backup_folder: Path) -> str:
    """Bring a registry to the newest schema, after a backup into ``backup_folder``; hands back the schema it had.

    Raises:
        BadInput: no registry, one that is the newest already, or of a newer program.
    """
    with opened(Database(place)) as database:
        with database.reading() as connection:
            found = revision(connection)
        if found not in REVISIONS[:-1]:
            raise BadInput(f"a registry of schema {found} cannot be migrated", allowed=", ".join(REVISIONS[:-1]), do="open it")
        backup(database, keys, clock, backup_folder)
        with database.writing() as connection:
            build(connection)
    return found
