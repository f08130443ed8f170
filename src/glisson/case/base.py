"""What every part of a Case shares: strict keys, and two times on every entry."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints

from glisson.errors import BadInput
from glisson.units import parse_instant


class Noun(BaseModel):
    """Frozen; unknown keys are refused; numbers are not guessed from text."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")


Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
"""Lower-case name of a thing inside a case: letters, digits, dot, dash, underscore."""


def _moment(value: Any) -> Any:
    """Text to a date or a zone-aware instant; a clock time without an offset is refused."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value) if len(value) == len("2026-03-02") else parse_instant(value, what="time")
    except (BadInput, ValueError) as error:
        raise ValueError(str(error)) from None


Instant = Annotated[AwareDatetime, BeforeValidator(_moment)]
"""A point in time with its offset from UTC."""

Moment = Annotated[AwareDatetime | date, BeforeValidator(_moment)]
"""A point in time with its offset, or a calendar day."""


class Entry(Noun):
    """One fact on a case. ``at``: when it was true. ``recorded_at``: when it was written down. ``replaces``: id it corrects."""

    id: Identifier | None = None
    at: Moment | None = None
    recorded_at: Instant | None = None
    replaces: Identifier | None = None
    note: str | None = None


def when(entry: Entry) -> datetime | date | None:
    """The time by which an entry became known: when it was recorded, else when it was true."""
    return entry.recorded_at or entry.at
