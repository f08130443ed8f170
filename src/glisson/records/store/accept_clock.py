"""The way out after a write under a clock that stood ahead: an act, after which times of record go on from the true clock."""

from glisson.errors import BadInput
from glisson.records.store.clock import PREFIX, Clock, ahead_of, is_behind, utc_text
from glisson.records.store.database import Database
from glisson.records.store.entry import CLOCK, StoredEntry
from glisson.records.store.keys import Keys
from glisson.records.store.reading import Opener
from glisson.records.store.writing import Appender, new_id


def accept_clock(database: Database, keys: Keys, clock: Clock, *, author: str, reason: str) -> StoredEntry:
    """Put on record that the clock is right and that the last entries were written under one that stood ahead.

    The act names how many entries those are, the first of them, and the time that they reach; nothing of them is changed.

    Raises:
        BadInput: the clock does not stand before the last entry.
    """
    with database.writing() as connection:
        appender = Appender.begin(connection, keys, clock, hold=True)
        present, last = clock(), appender.recorded_at
        if not is_behind(present, last):
            raise BadInput("the clock does not stand before the last entry: there is nothing to accept", do="go on working")
        appender.recorded_at = utc_text(present)
        count, first = ahead_of(connection, appender.recorded_at)
        payload = {"reason": reason, "reached": last, "entries": count, "first": first}
        id = PREFIX + new_id(appender.recorded_at).removeprefix("e-")
        return Opener(keys).entry(appender.own_act(CLOCK, author, id=id, payload=payload), None)
