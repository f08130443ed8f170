"""Erasing a case: its key goes, its envelopes and the chain stay."""

from sqlalchemy import select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.database import Database
from glisson.records.store.entry import StoredEntry
from glisson.records.store.keys import Keys
from glisson.records.store.reading import Opener
from glisson.records.store.writing import Appender, Clock


def erase(database: Database, keys: Keys, clock: Clock, case: str, author: str) -> StoredEntry:
    """Destroy the key of ``case`` and record it, in one transaction; then have the database drop what it held of the key.

    Raises:
        BadInput: no such case, or erased already.
    """
    with database.writing() as connection:
        appender = Appender.begin(connection, keys, clock)
        table = schema.cases.c
        row = connection.execute(select(table.site, table.wrapped_key).where(table.pseudonym == case)).one_or_none()
        if row is None or row.wrapped_key is None:
            raise BadInput(f"case {case} was erased already" if row else f"no case {case}", do="list the cases")
        if database.sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        entry = Opener(keys).entry(appender.erase(case, row.site, author), None)
    database.scrub()
    return entry
