"""Time-to-event endpoints from named sources: Table 4, whose every row carries its definition.

Each endpoint is worked out for all patients at once. Events and censors come only from the sources that its definition names
(``glisson.knowledge.endpoints``); what the definition leaves open is an option of ``EndpointRules`` and is printed with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from glisson.errors import BadInput
from glisson.follow.course import Course
from glisson.follow.decide import cannot_say, decide
from glisson.knowledge.endpoints import EndpointDefinition, endpoint_definition, endpoint_definitions, month_days, response_fact

ENDPOINTS: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "endpoint": pl.String(),
    "origin_name": pl.String(),
    "origin": pl.Date(),
    "entry": pl.Date(),
    "entry_days": pl.Int64(),
    "event": pl.Int64(),
    "date": pl.Date(),
    "days": pl.Int64(),
    "months": pl.Float64(),
    "source": pl.String(),
    "ended_by": pl.String(),
    "definition": pl.String(),
}
"""One row per patient and endpoint. ``event``: 0 censored, 1 event, 2 competing event, null: cannot say (no day of origin).

``source`` is the named source that decided, ``ended_by`` why the observation ended there. ``entry_days``: from origin to the
day from which the patient was under observation (delayed entry); a row with ``days`` not above it was never at risk.
"""

Progression = Literal["computed", "called", "either"]
Clinical = Literal["ignored", "event"]
NewTherapy = Literal["ignored", "censors", "event"]
DeathCensored = Literal["at death", "at last assessment"]
_OPTIONS: dict[str, tuple[str, ...]] = {
    "progression": ("computed", "called", "either"),
    "clinical_progression": ("ignored", "event"),
    "new_therapy": ("ignored", "censors", "event"),
    "deaths_censored": ("at death", "at last assessment"),
}


@dataclass(frozen=True)
class MissedVisits:
    """An event after so many missed visits in a row is not counted: censored at the last adequate assessment before them.

    Attributes:
        interval_days: planned time between two assessments.
        missed: visits missed in a row.
        tolerance_days: how late an assessment may be.
    """

    interval_days: int
    missed: int = 2
    tolerance_days: int = 14

    def __post_init__(self) -> None:
        if self.interval_days < 1 or self.missed < 1 or self.tolerance_days < 0:
            raise BadInput("interval and number of missed visits", allowed="1 or more; tolerance 0 or more")

    @property
    def longest_gap_days(self) -> int:
        """Longest time without assessment before an event that still counts.

        >>> MissedVisits(interval_days=84).longest_gap_days
        182
        """
        return self.missed * self.interval_days + self.tolerance_days


@dataclass(frozen=True)
class EndpointRules:
    """What a definition leaves open. Every choice is printed with every number.

    Attributes:
        origin: the day from which time counts (``glisson.follow.course.ORIGIN_NAMES``).
        cut_off: last day of data; a patient seen later counts as alive on it, later events are not known.
        progression: "computed" by the criterion, "called" by a person, or "either", whichever is first.
        clinical_progression: without imaging: "ignored", or an "event".
        new_therapy: another anticancer therapy, in endpoints of progression: "ignored", "censors" at the last adequate assessment
            up to its first day, or counts as "event".
        missed_visits: ``None``: a gap does not matter.
        deaths_censored: where an endpoint censors deaths: "at death", or "at last assessment".
        entry: origin from which the patient was under observation, for delayed entry; ``None``: from the start.
        first_day: number of the day of origin: 0, or 1 as in CDISC tables.
    """

    origin: str = "first session"
    cut_off: date | None = None
    progression: Progression = "computed"
    clinical_progression: Clinical = "ignored"
    new_therapy: NewTherapy = "ignored"
    missed_visits: MissedVisits | None = None
    deaths_censored: DeathCensored = "at death"
    entry: str | None = None
    first_day: Literal[0, 1] = 0

    def __post_init__(self) -> None:
        for name, allowed in _OPTIONS.items():
            if getattr(self, name) not in allowed:
                raise BadInput(f"{name} '{getattr(self, name)}'", allowed=", ".join(allowed))
        if self.first_day not in (0, 1):
            raise BadInput(f"first_day {self.first_day}", allowed="0 or 1")


def endpoints(course: Course, *, names: Sequence[str] | None = None, rules: EndpointRules | None = None) -> pl.DataFrame:
    """Time and event of every patient for each endpoint; columns of ``ENDPOINTS``.

    On one day an event goes before a competing event, and both before censoring. An event on the first day of another therapy
    counts. A patient of whom nothing is known after the origin is censored on it. One without origin gets no time and "cannot
    say"; so does everyone where an endpoint needs responses (of the liver) that the course does not have.

    Args:
        course: patients, origins and named sources.
        names: as in ``endpoint_definitions``; all that need no response if ``None``.
        rules: see ``EndpointRules``.

    Raises:
        BadInput: an unknown or ambiguous name ("hepatic PFS" has three meanings), an unknown origin, or a death before the origin.
    """
    rules = rules or EndpointRules()
    wanted = [endpoint_definition(name) for name in names] if names is not None else _usual()
    tables = [_one(course, definition, rules) for definition in wanted]
    return pl.concat([pl.DataFrame(schema=ENDPOINTS), *tables])


def duration_of_response(course: Course, first: pl.DataFrame, *, rules: EndpointRules | None = None) -> pl.DataFrame:
    """Duration of response of responders; columns of ``ENDPOINTS``.

    Args:
        course: as for ``endpoints``.
        first: ``patient`` and ``date`` of the first response that counts, for one reader and criterion (``first_counted``).
        rules: the origin is the first response, whatever they say.
    """
    return endpoints(course.of_responders(first), names=["duration of response"], rules=rules)


def definition_words(definition: EndpointDefinition, rules: EndpointRules, called: str | None) -> str:
    """The definition with every choice that was made: printed with every number."""
    origin = definition.origin or rules.origin
    said = [f"{definition.value}. Time from {origin}"]
    if rules.entry:
        said.append(f"delayed entry at {rules.entry}")
    if definition.stream == "assessments":
        said.append(_progression_words(rules, called))
    if definition.ends:
        said.append(f"deaths censored {rules.deaths_censored}")
    said.append(f"data to {rules.cut_off.isoformat()}" if rules.cut_off else "no cut-off date")
    said.append(f"months of {month_days():g} days, day of origin is day {rules.first_day}")
    return "; ".join(said)


def _progression_words(rules: EndpointRules, called: str | None) -> str:
    computed = called or "no criterion (not computed)"
    entered = "imaging as people entered it"
    either = f"{computed} or {entered}, whichever is first"
    how = {"computed": computed, "called": entered, "either": either}[rules.progression]
    therapy = {
        "ignored": "another therapy does not end the observation",
        "censors": "censored at the last adequate assessment before another therapy",
        "event": "another therapy is an event",
    }[rules.new_therapy]
    gap = rules.missed_visits
    missed = (
        f"an event after {gap.missed} missed visits (more than {gap.longest_gap_days} days) is censored at the last adequate assessment"
        if gap
        else "missed visits do not matter"
    )
    clinical = "an event" if rules.clinical_progression == "event" else "ignored"
    return f"progression by {how}; clinical progression {clinical}; {therapy}; {missed}"


def _usual() -> list[EndpointDefinition]:
    return [definition for definition in endpoint_definitions().values() if definition.origin != "first response"]


def _one(course: Course, definition: EndpointDefinition, rules: EndpointRules) -> pl.DataFrame:
    name = definition.origin or rules.origin
    days = course.origin(name).rename({"reference": "origin"})
    entry = course.origin(rules.entry).rename({"reference": "entry"}) if rules.entry else days.select("patient", entry="origin")
    called = course.liver_called if definition.in_liver else course.called
    if called is None and definition.stream == "assessments" and rules.progression == "computed":
        decided = cannot_say(days, "no responses of the liver" if definition.in_liver else "no responses")
    else:
        decided = decide(course, definition, rules, days)
    elapsed = (pl.col("date") - pl.col("origin")).dt.total_days() + rules.first_day
    entered = pl.max_horizontal("origin", "entry")
    return (
        decided.join(entry, on="patient", how="left")
        .with_columns(entry=pl.when(pl.col("origin").is_not_null() & pl.col("entry").is_not_null()).then(entered))
        .with_columns(
            endpoint=pl.lit(definition.name),
            origin_name=pl.lit(name),
            entry_days=(pl.col("entry") - pl.col("origin")).dt.total_days(),
            days=elapsed,
            months=elapsed / month_days(),
            definition=pl.lit(definition_words(definition, rules, called)),
        )
        .select(*ENDPOINTS)
        .cast(ENDPOINTS)  # type: ignore[arg-type]
    )


def published_missed_visits(interval_days: int) -> MissedVisits:
    """The rule with the published number of missed visits.

    >>> published_missed_visits(84).missed
    2
    """
    return MissedVisits(interval_days=interval_days, missed=int(response_fact("missed-visits").value))
