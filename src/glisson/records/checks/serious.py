"""Serious adverse events as their own listing, with the reporting clock."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from glisson.errors import BadInput
from glisson.records.forms import FormEntry, current_entries
from glisson.records.forms.entry import instant_of

Clock = Literal["reported in time", "reported late", "due", "overdue", "cannot say"]


@dataclass(frozen=True)
class SeriousEvent:
    """One line of the listing.

    Attributes:
        entry: id of the adverse event.
        case, site: whose.
        term, grade, ctcae: as entered.
        started_on: onset.
        criteria: why it is serious.
        relation, expected, outcome: as entered; ``None``: not said.
        aware_at: the centre became aware; the clock starts here.
        due_at: the report is due; ``None`` where nobody said when the centre became aware.
        reported_at: the report.
        clock: where it stands.
        late_h: hours by which the report was, or now is, late.
    """

    entry: str
    case: str
    site: str
    term: str
    grade: int | None
    ctcae: str | None
    started_on: date | None
    criteria: tuple[str, ...]
    relation: tuple[str, ...]
    expected: bool | None
    outcome: str | None
    aware_at: datetime | None
    due_at: datetime | None
    reported_at: datetime | None
    clock: Clock
    late_h: float

    @property
    def overdue(self) -> bool:
        """Not reported, and the time is over."""
        return self.clock == "overdue"


def serious_events(entries: Iterable[FormEntry], *, now: datetime, hours: float) -> list[SeriousEvent]:
    """Serious adverse events of some cases, the most urgent first.

    Args:
        entries: of any number of cases; replaced ones are left out.
        now: with offset.
        hours: from awareness to report, as the study's protocol says; there is no default.

    Raises:
        BadInput: ``now`` without an offset, or no positive number of hours.
    """
    if now.tzinfo is None:
        raise BadInput("the time now has no offset", do="give an aware datetime")
    if not hours > 0:
        raise BadInput(f"a reporting time of {hours:g} hours", allowed="above 0")
    rows = [
        _row(entry, now, timedelta(hours=hours))
        for entry in current_entries(entries)
        if entry.form == "adverse_event" and entry.yes("serious")
    ]
    return sorted(rows, key=lambda row: (row.reported_at is not None, row.due_at.timestamp() if row.due_at else 0.0, row.entry))


def _row(entry: FormEntry, now: datetime, allowed: timedelta) -> SeriousEvent:
    aware, reported = instant_of(entry.get("aware_at")), instant_of(entry.get("reported_at"))
    due = aware + allowed if aware else None
    late = max(((reported or now) - due).total_seconds() / 3600, 0.0) if due else 0.0
    grade = entry.number("grade")
    return SeriousEvent(
        entry=entry.id,
        case=entry.case,
        site=entry.site,
        term=str(entry.get("term") or ""),
        grade=None if grade is None else int(grade),
        ctcae=entry.get("ctcae"),
        started_on=entry.day("started_on"),
        criteria=entry.words("serious_criteria"),
        relation=entry.words("relation"),
        expected=entry.yes("expected"),
        outcome=entry.get("outcome"),
        aware_at=aware,
        due_at=due,
        reported_at=reported,
        clock=_clock(due, reported, now),
        late_h=late,
    )


def _clock(due: datetime | None, reported: datetime | None, now: datetime) -> Clock:
    if due is None:
        return "cannot say"
    if reported is not None:
        return "reported in time" if reported <= due else "reported late"
    return "due" if now <= due else "overdue"
