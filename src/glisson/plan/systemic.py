"""Cycles of a regimen: days, doses by body surface or weight, and what genotype and bilirubin mean for the first dose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from glisson.errors import BadInput, MissingFact
from glisson.knowledge.regimens import DrugDose, Modification, Regimen, dpyd_scores, modifications
from glisson.knowledge.schema import Cited
from glisson.plan.calendar import cycle_days


@dataclass(frozen=True)
class Given:
    """One drug of a regimen as it comes out for a body.

    Attributes:
        drug, how, days, hours, times_a_day: as in the regimen.
        first: True for a dose of the first cycle only.
        printed: low and high dose of the source in its unit; ``None``: no source here states it.
        dose_mg: low and high, of one giving, after the centre's fraction; ``None``: cannot say.
        fraction: that a person decided; 1 where none.
        claim: the cited dose.
        missing: what would have to be known.
    """

    drug: str
    how: str
    days: tuple[int, ...]
    hours: float | None
    times_a_day: int
    first: bool
    printed: tuple[float, float] | None
    dose_mg: tuple[float, float] | None
    fraction: float
    claim: Cited | None
    missing: tuple[str, ...]


def dose_mg(*, value: float, unit: str, surface_m2: float | None, weight_kg: float | None, fraction: float = 1.0) -> float | None:
    """A dose in mg: by surface, by weight, or as it is; ``None`` where the body is not known.

    Args:
        value: in ``unit``.
        unit: "mg/m2", "mg/kg" or "mg".
        surface_m2: body surface, after a cap where the centre has one.
        weight_kg: body weight.
        fraction: of the full dose, above 0 to 1.

    Raises:
        BadInput: another unit, a negative dose, or a fraction outside its range.

    >>> dose_mg(value=180, unit="mg/m2", surface_m2=1.8, weight_kg=None)
    324.0
    >>> dose_mg(value=5, unit="mg/kg", surface_m2=None, weight_kg=70, fraction=1.0)
    350.0
    """
    if value < 0 or not 0 < fraction <= 1:
        raise BadInput(
            f"a dose of {value:g} {unit} at {fraction:g} of it", allowed="0 or more, and above 0 to 1 of it (0.7 is 30 % less)"
        )
    factors: dict[str, float | None] = {"mg/m2": surface_m2, "mg/kg": weight_kg, "mg": 1.0}
    if unit not in factors:
        raise BadInput(f"a dose in '{unit}'", allowed=", ".join(factors))
    factor = factors[unit]
    return None if factor is None else value * factor * fraction


def doses(
    regimen: Regimen, *, surface_m2: float | None, weight_kg: float | None, fractions: Mapping[str, float] | None = None
) -> tuple[Given, ...]:
    """Every drug of a regimen for one body.

    Raises:
        BadInput: a fraction of a drug that the regimen does not hold.
    """
    chosen = dict(fractions or {})
    drugs = {dose.drug for dose in regimen.doses}
    for name in chosen:
        if name not in drugs:
            raise BadInput(f"'{name}' is no drug of {regimen.name}", allowed=", ".join(sorted(drugs)))
    size = {"surface_m2": surface_m2, "weight_kg": weight_kg}
    found = []
    for dose in regimen.doses:
        fraction = chosen.get(dose.drug, 1.0)
        if dose.first is not None:
            found.append(_given(dose, dose.first, size, fraction, first=True))
        if dose.dose is not None or dose.first is None:
            found.append(_given(dose, dose.dose, size, fraction))
    return tuple(found)


def _given(
    dose: DrugDose, claim: Cited | None, size: Mapping[str, float | None], fraction: float, *, first: bool = False
) -> Given:
    printed, result = None, None
    missing: tuple[str, ...] = ("a published dose",) if claim is None else ()
    if claim is not None:
        pair = claim.value if isinstance(claim.value, list | tuple) else (claim.value, claim.value)
        printed = (float(pair[0]), float(pair[1]))
        low, high = (dose_mg(value=v, unit=claim.unit, fraction=fraction, **size) for v in printed)
        result = (low, high) if low is not None and high is not None else None
        if result is None:
            missing = ("weight_kg and height_cm",) if claim.unit == "mg/m2" else ("weight_kg",)
    return Given(dose.drug, dose.how, dose.days, dose.hours, dose.times_a_day, first, printed, result, fraction, claim, missing)


@dataclass(frozen=True)
class Cycle:
    """One cycle: its days of giving, by drug, and the day after its last one."""

    number: int
    first_day: date
    giving_days: dict[str, tuple[date, ...]]
    ends: date


def cycles(regimen: Regimen, *, first_day: date, number: int, moved: Mapping[int, date] | None = None) -> tuple[Cycle, ...]:
    """The calendar of a regimen.

    Raises:
        MissingFact: no source here states the length of its cycle.
        BadInput: a moved cycle out of order.
    """
    if regimen.cycle_days is None:
        raise MissingFact(
            f"calendar of {regimen.name}",
            missing=["the length of its cycle, which no source here states"],
            do="enter its days as sessions",
        )
    starts = cycle_days(first_day=first_day, number=number, interval_days=regimen.cycle_days, moved=moved)
    ends = [*starts[1:], starts[-1] + timedelta(days=regimen.cycle_days)]
    found = []
    for cycle, (start, end) in enumerate(zip(starts, ends, strict=True), start=1):
        giving: dict[str, tuple[date, ...]] = {}
        for dose in regimen.doses:
            days = {*giving.get(dose.drug, ()), *(start + timedelta(days=day - 1) for day in dose.days)}
            giving[dose.drug] = tuple(sorted(days))
        found.append(Cycle(cycle, start, giving, end))
    return tuple(found)


@dataclass(frozen=True)
class Advice:
    """What one source says for this patient: ``applies`` is "yes", "perhaps" (the phenotype spans it) or "cannot say"."""

    modification: Modification
    applies: str


def advice(
    drugs: set[str],
    *,
    dpyd_score: float | None = None,
    dpyd: str | None = None,
    ugt1a1: str | None = None,
    bilirubin_over_uln: float | None = None,
) -> tuple[Advice, ...]:
    """Every statement on the first dose of these drugs that may hold for the patient; side by side, none chosen.

    Args:
        drugs: of the regimen.
        dpyd_score: activity score, 0 to 2; stands before ``dpyd``.
        dpyd: "normal", "intermediate", "poor".
        ugt1a1: likewise.
        bilirubin_over_uln: bilirubin over its upper limit of normal.

    Raises:
        BadInput: an activity score that is not 0, 0.5, 1, 1.5 or 2.

    >>> [(a.modification.by, a.modification.advice) for a in advice({"irinotecan"}, ugt1a1="poor") if a.applies == "yes"]
    [('DPWG 2022', 'start with 70 %, raise by neutrophils')]
    """
    if dpyd_score is not None and dpyd_score not in (0, 0.5, 1, 1.5, 2):
        raise BadInput(f"DPYD activity score {dpyd_score:g}", allowed="0, 0.5, 1, 1.5, 2")
    found = []
    for entry in modifications():
        if not drugs & set(entry.drugs):
            continue
        if entry.scores is not None:
            answer = _by_score(entry.scores, dpyd_score, dpyd)
        elif entry.answers:
            answer = "cannot say" if ugt1a1 is None else "yes" if ugt1a1 in entry.answers else "no"
        else:
            answer = _by_bilirubin(entry.uln, bilirubin_over_uln)
        if answer != "no":
            found.append(Advice(entry, answer))
    return tuple(found)


def _by_score(scores: tuple[float, float], score: float | None, phenotype: str | None) -> str:
    low, high = scores
    if score is not None:
        return "yes" if low <= score <= high else "no"
    if phenotype is None:
        return "cannot say"
    first, last = dpyd_scores()[phenotype]
    if low <= first and last <= high:
        return "yes"
    return "perhaps" if low <= last and first <= high else "no"


def _by_bilirubin(bounds: tuple[float, float] | None, ratio: float | None) -> str:
    if ratio is None or bounds is None:
        return "cannot say"
    return "yes" if bounds[0] < ratio <= bounds[1] or (bounds[0] == 0 and ratio == 0) else "no"
