"""Time of record: the machine's clock; held where it stands a little behind, refused where it stands far behind, and the way out.

The order of the log is that of its numbers. Times of record never run backwards from one entry to the next but at an act of kind
``clock-accepted``: entries before it were written under a clock that stood ahead, and an admin has said that it does so no more. An
entry was recorded at the latest when any later one was; so ``as_of`` is the first part of the log, up to the last entry whose
time of record is not later.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, or_, select

from glisson.errors import BadInput
from glisson.records.store import schema
from glisson.records.store.entry import CLOCK

Clock = Callable[[], datetime]

SKEW = timedelta(minutes=5)
"""Clocks of several machines may differ by so much; entries then share the later time."""
PREFIX = "clock-"
"""Ids of the acts begin so, and are found by it; "." is the sign after "-"."""


class ClockBehind(BadInput):
    """The clock stands well before the last entry."""


def utc_text(instant: datetime) -> str:
    """An instant as text of fixed width in UTC, which sorts by time.

    >>> utc_text(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))
    '2026-03-02T09:30:00.000000+00:00'
    """
    if instant.tzinfo is None:
        raise BadInput("a time without a zone", do="give the offset from UTC")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def time_of_record(now: datetime, last: str | None, *, hold: bool = False) -> str:
    """Time of record of the next entry: the clock's, or that of the last entry where the clock stands behind it.

    Args:
        now: by the clock.
        last: time of record of the last entry, if there is one.
        hold: take the last entry's time however far behind the clock stands.

    Raises:
        ClockBehind: it stands more than ``SKEW`` behind.
    """
    text = utc_text(now)
    if last is None or text >= last:
        return text
    if not hold and is_behind(now, last):
        behind = span(datetime.fromisoformat(last) - now)
        raise ClockBehind(
            f"the clock of this machine stands {behind} before the last entry of the registry; nothing was stored",
            do="set the clock if it is wrong. If it is right, that entry was written under a wrong one: an admin says so with "
            "glisson records accept-clock",
        )
    return last


def is_behind(now: datetime, last: str) -> bool:
    """Whether the clock stands further behind the last entry than clocks may differ."""
    return datetime.fromisoformat(last) - now > SKEW


def ahead_note(now: datetime, last: str | None) -> tuple[str, ...]:
    """What to know where the last entry's time lies ahead of the clock."""
    if last is None or not is_behind(now, last):
        return ()
    ahead = span(datetime.fromisoformat(last) - now)
    return (
        f"the last entry's time of record lies {ahead} ahead of this machine's clock: nothing can be written until one is right",
    )


def span(length: timedelta) -> str:
    """A length of time in words.

    >>> span(timedelta(days=1826, hours=3)), span(timedelta(hours=30)), span(timedelta(minutes=61))
    ('1826 days', '30 hours', '61 minutes')
    """
    minutes = int(length.total_seconds() // 60)
    if minutes >= 3 * 24 * 60:
        return f"{length.days} days"
    return f"{minutes // 60} hours" if minutes >= 3 * 60 else f"{minutes} minutes"


def recorded_by(as_of: datetime | date | None) -> list[ColumnElement[bool]]:
    """Condition on entries: recorded up to an instant, or up to the end of a day in UTC; none without one."""
    if as_of is None:
        return []

    def within(time: ColumnElement[str]) -> ColumnElement[bool]:
        if isinstance(as_of, datetime):
            return time <= utc_text(as_of)
        return time < utc_text(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) + timedelta(days=1))

    acts = schema.entries.alias("clock_acts").c
    accepted = select(func.coalesce(func.max(acts.sequence), 0)).where(_is_act(acts.id, acts.kind), within(acts.recorded_at))
    column = schema.entries.c
    return [or_(within(column.recorded_at), column.sequence <= accepted.scalar_subquery())]


def ahead_of(connection: Connection, now: str) -> tuple[int, int]:
    """How many entries since the last act of this kind have a time of record after ``now``, and the number of the first."""
    column = schema.entries.c
    since = connection.execute(
        select(func.coalesce(func.max(column.sequence), 0)).where(_is_act(column.id, column.kind))
    ).scalar_one()
    query = select(func.count(), func.min(column.sequence)).where(column.recorded_at > now, column.sequence > since)
    count, first = connection.execute(query).one()
    return int(count), int(first or 0)


def _is_act(id: ColumnElement[str], kind: ColumnElement[str]) -> ColumnElement[bool]:
    return (id >= PREFIX) & (id < "clock.") & (kind == CLOCK)
