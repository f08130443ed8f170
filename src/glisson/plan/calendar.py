"""Days of repeated things: cycles at an interval, some of them moved, and what comes before what."""

from collections.abc import Mapping
from datetime import date, timedelta

from glisson.errors import BadInput


def cycle_days(
    *, first_day: date, number: int, interval_days: int, moved: Mapping[int, date] | None = None, what: str = "cycle"
) -> tuple[date, ...]:
    """Day 1 of every cycle: each follows the one before at the interval, unless it was moved.

    Args:
        first_day: day 1 of cycle 1.
        number: of cycles.
        interval_days: from one to the next.
        moved: cycle, and its new day; those after it follow.
        what: name in messages.

    Raises:
        BadInput: a moved cycle that does not exist, or one on or before the day of the one before it.

    >>> [d.isoformat() for d in cycle_days(first_day=date(2026, 3, 2), number=3, interval_days=14, moved={2: date(2026, 3, 23)})]
    ['2026-03-02', '2026-03-23', '2026-04-06']
    """
    changes = dict(moved or {})
    for cycle in changes:
        if not 1 <= cycle <= number:
            raise BadInput(f"{what} {cycle} is moved, but there are {number}", allowed=f"1 to {number}")
    days: list[date] = []
    for cycle in range(1, number + 1):
        day = changes.get(cycle) or (days[-1] + timedelta(days=interval_days) if days else first_day)
        if days and day <= days[-1]:
            raise BadInput(
                f"{what} {cycle} on {day}, not after {what} {cycle - 1} on {days[-1]}", do="correct 'moved' in case.yaml"
            )
        days.append(day)
    return tuple(days)


def require_after(later: date, earlier: date | None, *, what: str, after: str) -> None:
    """Refuses a day before another one that it has to follow; an unknown one passes.

    Raises:
        BadInput: names both days.
    """
    if earlier is not None and later < earlier:
        raise BadInput(f"{what} on {later}, before {after} on {earlier}", do="correct one of the two days in case.yaml")
