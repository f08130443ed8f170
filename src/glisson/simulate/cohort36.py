"""A constructed cohort of 36 with lesions, deaths and last contacts that gives the margins of a published one.

Nobody's data: every diameter and date below is made up so that the counts come out as Stukalova 2022 prints them for 36 patients
after arterial chemo-infusion and chemoembolization: at six months PR 1, SD 29, PD 6; at twelve months SD 21, PD 15; one-year
survival 83.3 %, median survival 22 months. The published categories add up to 36 at both times although patients had died, so PD
seems to hold the deaths: two by six months (6 = 4 + 2) and six by twelve (15 = 9 + 6). No random numbers: the same every time.

References:
    Stukalova 2022 (knowledge source "stukalova-2022"); the reading of its denominators is an inference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from glisson.case import Case, Disease, Event, Observation, Session, Site, SiteKind, Treatment

if TYPE_CHECKING:
    import polars as pl

CRITERION = "RECIST 1.1"
READER = "investigator"
LABEL = "constructed to the margins of Stukalova 2022; not patient data"
PATIENTS = 36
SLICE_mm = 2.5

VISITS: dict[str, int] = {"baseline": -14, "month-3": 91, "month-6": 183, "month-9": 274, "month-12": 360}
"""Name and day after the first session of each scan; a patient who died before has none."""

DEATH_DAY: dict[int, int] = {
    2: 75, 3: 150,
    4: 240, 5: 270, 6: 300, 8: 340,
    7: 420, 9: 445, 10: 470, 11: 490, 12: 515, 13: 540, 14: 560, 15: 585, 16: 605, 17: 630, 1: 645,
    18: 670, 19: 735, 20: 810, 21: 900,
}  # fmt: skip
"""Day of death after the first session, by patient: two by six months, six by twelve, and on day 670 survival falls below half."""

LAST_CONTACT_DAY: dict[int, int] = {22: 650} | {number: 700 + 25 * (number - 23) for number in range(23, PATIENTS + 1)}
"""Last day known to be alive of the others; patient 22 is lost to follow-up."""
LOST = (22,)

PROGRESSION_VISIT: dict[int, str] = {
    1: "month-9", 4: "month-6", 5: "month-6", 6: "month-6", 7: "month-6", 8: "month-9",
    9: "month-9", 10: "month-9", 11: "month-12", 12: "month-12", 13: "month-9", 14: "month-12", 15: "month-12",
}  # fmt: skip
NEW_IN_LIVER, NEW_IN_LUNG, NON_TARGET_GREW = (6, 13), (12, 13), (14,)
"""How some progress: a new lesion in the liver, one in the lung, unequivocal growth of a non-target; the others by the sum."""
PARTIAL_RESPONSE = 1

MARGINS: dict[str, object] = {
    "responses_at_6_months": {"PR": 1, "SD": 29, "PD": 6},
    "responses_at_12_months": {"SD": 21, "PD": 15},
    "survival_at_12_months": 30 / 36,
    "median_survival_months": 22,
    "deaths": "without a scan they count as PD; an earlier PD stands",
    "source": "stukalova-2022",
}
"""What the dates and diameters below come out at."""

STABLE = {"baseline": 1.0, "month-3": 0.94, "month-6": 0.90, "month-9": 0.92, "month-12": 0.95}
PARTIAL = {"baseline": 1.0, "month-3": 0.80, "month-6": 0.60, "month-9": 0.86, "month-12": 0.98}
GROWTH, GROWTH_LATER = 1.45, 1.60
"""Diameters relative to baseline; growth at the visit of progression and after it."""


@dataclass(frozen=True)
class Cohort:
    """The cohort as cases, and its lesions once more as one table.

    Attributes:
        measurements: one row per patient, visit and lesion, in the columns of ``glisson.follow.measurements``.
        cases: lesions, treatments, deaths, last contacts; ``simulated`` is set on every one.
        label: what it is, for the page.
    """

    measurements: pl.DataFrame
    cases: tuple[Case, ...]
    label: str = LABEL


def cohort36() -> Cohort:
    """The constructed cohort; the same rows every time.

    >>> cohort = cohort36()
    >>> len(cohort.cases), sum(event.kind == "death" for case in cohort.cases for event in case.events)
    (36, 21)
    """
    import polars as pl

    rows = [row for number in range(1, PATIENTS + 1) for row in _lesion_rows(number)]
    table = pl.DataFrame(rows).with_columns(pl.lit(None, pl.Float64).alias(name) for name in _NOT_MEASURED)
    table = table.with_columns(prior_local_therapy=pl.lit(False), progressed_since=pl.lit(None, pl.Boolean))
    table = table.with_columns(pl.lit(None, pl.String).alias(name) for name in ("split_from", "merged_into"))
    return Cohort(
        measurements=table.with_columns(slice_mm=pl.lit(SLICE_mm))
        .with_row_index("row", 1)
        .select(*_COLUMNS, pl.col("row").cast(pl.Int64)),
        cases=tuple(_case(number) for number in range(1, PATIENTS + 1)),
    )


_NOT_MEASURED = ("viable_mm", "perpendicular_mm", "viable_perpendicular_mm", "volume_mL")
_COLUMNS = (
    "patient", "reader", "visit", "visit_number", "date", "baseline", "lesion", "role", "organ", "node", "state", "diameter_mm",
    *_NOT_MEASURED, "prior_local_therapy", "progressed_since", "split_from", "merged_into", "slice_mm",
)  # fmt: skip


def _name(number: int) -> str:
    return f"cohort36-{number:02d}"


def _first_session(number: int) -> date:
    return date(2017, 1, 9) + timedelta(days=9 * number)


def _lesion_rows(number: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for place, (visit, day) in enumerate(VISITS.items()):
        if day > DEATH_DAY.get(number, day):
            break
        about = {
            "patient": _name(number),
            "reader": READER,
            "visit": visit,
            "visit_number": float(place),
            "date": _first_session(number) + timedelta(days=day),
            "baseline": visit == "baseline",
            "node": False,
        }
        rows += [about | lesion for lesion in _lesions(number, visit)]
    return rows


def _lesions(number: int, visit: str) -> list[dict[str, object]]:
    factor = _factor(number, visit)
    sizes = [30.0 + 7 * number % 35] + ([18.0 + 5 * number % 20] if number % 3 else [])
    found = [_lesion(f"target-{n}", "target", diameter_mm=round(size * factor, 1)) for n, size in enumerate(sizes, start=1)]
    progressed = _progressed(number, visit)
    if number % 2 == 0:
        grew = progressed and number in NON_TARGET_GREW
        found.append(_lesion("other-1", "non-target", state="unequivocal progression" if grew else "present"))
    if progressed and number in NEW_IN_LIVER:
        found.append(_lesion("new-liver", "new", diameter_mm=14.0))
    if progressed and number in NEW_IN_LUNG:
        found.append(_lesion("new-lung", "new", organ="lung", diameter_mm=12.0))
    return found


def _lesion(
    lesion: str, role: str, *, organ: str = "liver", state: str = "measured", diameter_mm: float | None = None
) -> dict[str, object]:
    return {"lesion": lesion, "role": role, "organ": organ, "state": state, "diameter_mm": diameter_mm}


def _progressed(number: int, visit: str) -> bool:
    """Whether progression was seen at this visit or before."""
    first = PROGRESSION_VISIT.get(number)
    return first is not None and VISITS[visit] >= VISITS[first]


def _factor(number: int, visit: str) -> float:
    if number == PARTIAL_RESPONSE:
        return PARTIAL[visit]
    by_sum = number not in (*NEW_IN_LIVER, *NEW_IN_LUNG, *NON_TARGET_GREW)
    if by_sum and _progressed(number, visit):
        return GROWTH if visit == PROGRESSION_VISIT[number] else GROWTH_LATER
    return STABLE[visit]


def _case(number: int) -> Case:
    first = _first_session(number)
    days = (0, 28) if number % 4 else (0, 28, 56)
    sessions = tuple(
        Session(id=f"session-{n}", kind="procedure", at=first + timedelta(days=day)) for n, day in enumerate(days, start=1)
    )
    return Case(
        id=_name(number),
        simulated=True,
        centre="site-01",
        disease=Disease.COLORECTAL,
        sites=_sites(number),
        treatments=(Treatment(id="tace", kind="TACE", sessions=sessions),),
        observations=_observations(number),
        events=tuple(_events(number, first)),
        note=LABEL,
    )


def _sites(number: int) -> tuple[Site, ...]:
    """The organs and every lesion that was ever seen, in the order in which they appear."""
    lesions = {str(row["lesion"]): row for row in _lesion_rows(number)}
    organs = dict.fromkeys(str(row["organ"]) for row in lesions.values())
    return (
        *(Site(id=organ, kind=SiteKind.ORGAN, organ=organ) for organ in organs),
        *(
            Site.model_validate({"id": name, "kind": SiteKind.LESION, "parent": row["organ"], "role": row["role"]})
            for name, row in lesions.items()
        ),
    )


def _observations(number: int) -> tuple[Observation, ...]:
    rows = _lesion_rows(number)
    seen = [
        Observation.model_validate(
            {
                "what": "longest_diameter_mm",
                "value": row["diameter_mm"],
                "state": None if row["state"] == "measured" else row["state"],
                "site": row["lesion"],
                "visit": row["visit"],
                "at": row["date"],
            }
        )
        for row in rows
    ]
    visits = dict.fromkeys((str(row["visit"]), row["date"]) for row in rows)
    slices = [
        Observation.model_validate({"what": "slice_thickness_mm", "value": SLICE_mm, "visit": visit, "at": day})
        for visit, day in visits
    ]
    return (*seen, *slices)


def _events(number: int, first: date) -> list[Event]:
    """Diagnosis and board decision, then death, or the last contact."""
    found = [
        Event(kind="diagnosis", at=first - timedelta(days=300 + 11 * number)),
        Event(kind="decision", at=first - timedelta(days=21)),
    ]
    if number in DEATH_DAY:
        return [*found, Event(kind="death", at=first + timedelta(days=DEATH_DAY[number]), cause="cancer")]
    last = first + timedelta(days=LAST_CONTACT_DAY[number])
    found.append(Event(kind="last-contact", at=last))
    return [*found, Event(kind="lost-to-follow-up", at=last + timedelta(days=60))] if number in LOST else found
