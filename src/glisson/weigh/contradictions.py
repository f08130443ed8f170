"""What cannot all be true at once, or cannot be true at all: refused before anything is weighed, everything at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta

from glisson.case import Case, Observation, current
from glisson.case.base import Entry
from glisson.errors import BadInput
from glisson.knowledge.guidelines import readings
from glisson.score.bounds import HINTS, require_upper_limit
from glisson.weigh.fact import Fact

Facts = Mapping[str, Fact]


def require_possible(case: Case, *, today: date) -> None:
    """Refuses units and days that cannot be.

    Raises:
        BadInput: names every one: a bilirubin that must be in mg/dL, a limit of normal in another unit, a day in the future, an
            end before its beginning, an entry recorded before it was true, something seen after the death, two values of one day.
    """
    _refuse([*_units(case), *_days(case, today), *_twice(case)])


def require_units(case: Case) -> None:
    """Refuses units that cannot be.

    Raises:
        BadInput: names every one.
    """
    _refuse([*_units(case)])


def require_consistent(facts: Facts) -> None:
    """Refuses facts that exclude each other.

    Raises:
        BadInput: names every pair.
    """
    _refuse([words for words, holds in EXCLUDE if holds(facts)])


def _refuse(found: list[str]) -> None:
    if found:
        raise BadInput("; ".join(found), do="correct case.yaml and run the same command again")


def _units(case: Case) -> Iterator[str]:
    lowest = float(readings()["bilirubin lowest"].value)
    for seen in current(case.observations):
        if seen.what == "bilirubin_umol_per_L" and seen.value is not None and seen.value < lowest:
            yield f"{seen.what} {seen.value:g} is taken for mg/dL ({HINTS[seen.what]})"
        if seen.upper_normal is not None and seen.what in {"bilirubin_umol_per_L", "ast_U_per_L", "alt_U_per_L"}:
            try:
                require_upper_limit(seen.what, seen.upper_normal)
            except BadInput as error:
                yield str(error.problem) + f" (allowed: {error.allowed})"


def _days(case: Case, today: date) -> Iterator[str]:
    entries: list[tuple[str, Entry]] = [(seen.what, seen) for seen in current(case.observations)]
    entries += [(f"treatment '{given.id}'", given) for given in current(case.treatments)]
    entries += [(f"event of kind {event.kind}", event) for event in current(case.events)]
    for name, entry in entries:
        at, recorded, end = _day(entry.at), _day(entry.recorded_at), _day(getattr(entry, "end", None))
        planned = getattr(entry, "planning", None) is not None
        slack = timedelta(days=1) if isinstance(entry.at, datetime) else timedelta()  # the day of another zone may have begun
        if at is not None and at > today + slack and not planned:
            yield f"{name}: its day, {at}, has not come yet"
        if at is not None and recorded is not None and recorded < at and not planned:
            yield f"{name}: recorded on {recorded}, before it was true ({at})"
        if at is not None and end is not None and end < at:
            yield f"{name} ends before it begins"
    died = min(
        (day for event in current(case.events) if event.kind == "death" and (day := _day(event.at)) is not None), default=None
    )
    if died is not None:
        seen = [name for name, entry in entries if (day := _day(entry.at)) is not None and day > died]
        if seen:
            yield f"{seen[0]} lies after the death on {died}" + (f", and {len(seen) - 1} more entries" if len(seen) > 1 else "")


def _twice(case: Case) -> Iterator[str]:
    groups: dict[tuple[str, object], list[Observation]] = defaultdict(list)
    for seen in current(case.observations):
        if seen.site is None and seen.at is not None and seen.visit is None and seen.by is None:
            groups[seen.what, seen.at].append(seen)
    for (what, at), many in groups.items():
        if len({(seen.value, seen.answer) for seen in many if seen.missing is None}) > 1:
            yield f"{what} has two values at {at}; say which one 'replaces' the other"


def _day(value: datetime | date | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value


def _says(facts: Facts, name: str, *words: str) -> bool:
    return bool(facts[name].words) and set(facts[name].words) <= set(words)


def _high(facts: Facts, name: str) -> float:
    """Highest possible value; infinite where nothing is known."""
    high = facts[name].high
    return float("inf") if high is None else high


def _low(facts: Facts, name: str) -> float:
    low = facts[name].low
    return float("-inf") if low is None else low


def _dpyd_differs(facts: Facts) -> bool:
    score, said = facts["dpyd_activity_score"], facts["dpyd"]
    if not (score.known and said.known) or score.low is None:
        return False
    low, high = readings()[f"dpyd {said.value}"].value
    return not low <= score.low <= high


EXCLUDE: tuple[tuple[str, Callable[[Facts], bool]], ...] = (
    ("ras is wild type and kras_g12c is yes", lambda f: _says(f, "ras", "wild type") and _says(f, "kras_g12c", "yes")),
    (
        "disease_extent is liver only and extrahepatic_disease is yes",
        lambda f: _says(f, "disease_extent", "liver only") and _says(f, "extrahepatic_disease", "yes"),
    ),
    (
        "disease_extent is beyond the liver and extrahepatic_disease is no",
        lambda f: _says(f, "disease_extent", "liver dominant", "not liver dominant") and _says(f, "extrahepatic_disease", "no"),
    ),
    (
        "primary_nodes is negative and primary_n is not N0",
        lambda f: _says(f, "primary_nodes", "negative") and _says(f, "primary_n", "N1", "N2"),
    ),
    (
        "primary_nodes is positive and primary_n is N0",
        lambda f: _says(f, "primary_nodes", "positive") and _says(f, "primary_n", "N0"),
    ),
    (
        "no liver_lesions and a largest metastasis above 0",
        lambda f: _high(f, "liver_lesions") < 1 and _low(f, "largest_metastasis_mm") > 0,
    ),
    ("sex is male and pregnant is yes", lambda f: _says(f, "sex", "male") and _says(f, "pregnant", "yes")),
    (
        "resectable is yes and remnant_supply_spared is no",
        lambda f: _says(f, "resectable", "yes") and _says(f, "remnant_supply_spared", "no"),
    ),
    (
        "refractory_to_chemotherapy is yes with no line of systemic therapy",
        lambda f: _says(f, "refractory_to_chemotherapy", "yes") and _high(f, "systemic_lines") < 1,
    ),
    (
        "cumulative_lung_dose_Gy is below expected_lung_dose_Gy",
        lambda f: _high(f, "cumulative_lung_dose_Gy") < _low(f, "expected_lung_dose_Gy"),
    ),
    (
        "more neutrophils and lymphocytes than leukocytes",
        lambda f: (
            _low(f, "neutrophils_1e9_per_L") + max(_low(f, "lymphocytes_1e9_per_L"), 0) > 1.05 * _high(f, "leukocytes_1e9_per_L")
        ),
    ),
    ("dpyd and dpyd_activity_score differ", _dpyd_differs),
)
"""Pairs of facts that exclude each other."""
