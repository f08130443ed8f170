"""Erasing a case: its key goes, its envelopes and the chain stay."""

from contextlib import suppress

from sqlalchemy import Connection, select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.clock import Clock
from glisson.records.store.database import Database
from glisson.records.store.entry import KEY_DROPPED, KEY_LEFT, StoredEntry
from glisson.records.store.keys import Keys
from glisson.records.store.reading import Opener, rows_among
from glisson.records.store.writing import Appender, new_id

KEY_ACTS = "key-"
"""Ids of acts about keys that were left begin so, and are found by it; "." is the sign after "-"."""


class ErasedAlready(BadInput):
    """The case has no key any more."""


def erase(database: Database, keys: Keys, clock: Clock, case: str, author: str, *, hold: bool = False) -> StoredEntry:
    """Destroy the key of ``case`` and record it, in one transaction; then have the database drop what it held of the key.

    The list beside the keys file is written first: an erasure that was interrupted is finished when the registry is next opened.

    Raises:
        BadInput: no such case, or erased already.
    """
    with database.writing() as connection:
        appender = Appender.begin(connection, keys, clock, hold=hold)
        table = schema.cases.c
        row = connection.execute(select(table.site, table.wrapped_key).where(table.pseudonym == case)).one_or_none()
        if row is None or row.wrapped_key is None:
            kind, problem = (BadInput, f"no case {case}") if row is None else (ErasedAlready, f"case {case} was erased already")
            raise kind(problem, do="list the cases")
        keys.note_erased(case, author)
        if database.sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        entry = Opener(keys).entry(appender.erase(case, row.site, author), None)
    drop_keys(database, keys, clock, author)
    return entry


def drop_keys(database: Database, keys: Keys, clock: Clock, author: str, *, wait_s: float = 5.0) -> None:
    """Have the database drop what it still holds of erased keys; what could not be done, or is done at last, is put on record."""
    dropped = database.scrub(wait_s)
    with database.reading() as connection:
        left = left_by(connection)
    if dropped != (left is None):
        with database.writing() as connection:
            appender = Appender.begin(connection, keys, clock, hold=True)
            id = KEY_ACTS + new_id(appender.recorded_at).removeprefix("e-")
            appender.own_act(KEY_DROPPED if dropped else KEY_LEFT, author, id=id)


def left_by(connection: Connection) -> str | None:
    """Whose erasure left a key in the database's own log; None when there is none that is known of."""
    column = schema.entries.c
    acts = select(column.kind, column.author).where(column.id >= KEY_ACTS, column.id < "key.")
    row = connection.execute(
        acts.where(column.kind.in_((KEY_LEFT, KEY_DROPPED))).order_by(column.sequence.desc()).limit(1)
    ).one_or_none()
    return str(row.author) if row is not None and row.kind == KEY_LEFT else None


def finish_erasures(database: Database, keys: Keys, clock: Clock) -> None:
    """Erase the cases that the list beside the keys file names and the database still holds: interrupted, or from a backup.

    It waits for no clock: where that stands before the last entry, the erasure takes the last entry's time.
    """
    listed = keys.erased()
    table = schema.cases.c
    with database.reading() as connection:
        query = select(table.pseudonym).where(table.wrapped_key.is_not(None))
        held = [row.pseudonym for row in rows_among(connection, query, table.pseudonym, listed)]
    for case in held:
        with suppress(ErasedAlready):  # another program may be finishing it too
            erase(database, keys, clock, case, listed[case], hold=True)
    with database.reading() as connection:
        left = left_by(connection)
    if left is not None:
        drop_keys(database, keys, clock, left, wait_s=0.0)
