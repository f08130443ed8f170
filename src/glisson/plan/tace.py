"""Chemoembolization with drug-eluting beads: load, what binds, loss into contrast, order of the lobes. Equations and guards."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.procedures import bead_products, procedure_fact, procedure_number, procedure_numbers

Lobe = Literal["right", "left"]
IRINOTECAN = "irinotecan"
MOST_mg_per_mL = 500.0
"""A load above this is taken for a slip of unit: ten times the published one."""


def binding(drug: str) -> str:
    """Whether a drug binds to drug-eluting beads: "yes", "no" or "cannot say".

    References:
        Krämer: cationic drugs only; not 5-fluorouracil, cisplatin, oxaliplatin. Irinotecan: Sarakbi 2016.

    >>> binding("irinotecan"), binding("oxaliplatin"), binding("other")
    ('yes', 'no', 'cannot say')
    """
    if drug in procedure_fact("tace", "does-not-bind").value:
        return "no"
    return "yes" if drug == IRINOTECAN else "cannot say"


def require_binding(drug: str) -> None:
    """Refuses a drug that does not bind.

    Raises:
        OutOfScope: 5-fluorouracil, cisplatin or oxaliplatin.
    """
    if binding(drug) == "no":
        raise OutOfScope(
            f"{drug} does not bind to drug-eluting beads, which take cationic drugs only (Krämer)", do="name another drug"
        )


@dataclass(frozen=True)
class Load:
    """A dose on a volume of beads.

    Attributes:
        dose_mg, volume_mL: of one embolization.
        concentration_mg_per_mL: dose over volume.
        published_mg_per_mL: load that a source states for this product; ``None``: none does.
        answer: "as published", "above", "below" or "cannot say".
    """

    dose_mg: float
    volume_mL: float
    concentration_mg_per_mL: float
    published_mg_per_mL: float | None
    answer: str


def load(*, dose_mg: float, volume_mL: float, product: str | None) -> Load:
    """The load of one embolization against the one published for the product.

    Args:
        dose_mg: above 0.
        volume_mL: of beads, above 0.
        product: id of the catalogue; a product without a published load answers "cannot say".

    Raises:
        BadInput: a value that is not above 0, or a load ten times the published one and more.

    >>> load(dose_mg=100, volume_mL=2, product="dc-bead").answer
    'as published'
    """
    if not (dose_mg > 0 and volume_mL > 0):
        raise BadInput(f"{dose_mg:g} mg on {volume_mL:g} mL of beads", allowed="both above 0")
    concentration = dose_mg / volume_mL
    if concentration > MOST_mg_per_mL:
        raise BadInput(
            f"{concentration:g} mg on each mL of beads", allowed=f"up to {MOST_mg_per_mL:g} mg/mL", do="check mg and mL"
        )
    known = bead_products().get(product or "")
    published = float(known.facts["load"].value) if known and "load" in known.facts else None
    if published is None:
        answer = "cannot say"
    elif abs(concentration - published) <= 1e-6 * published:
        answer = "as published"
    else:
        answer = "above" if concentration > published else "below"
    return Load(dose_mg, volume_mL, concentration, published, answer)


def left_after_contrast_mg(*, dose_mg: float, over: Literal["now", "day"]) -> tuple[float, float]:
    """What is left on the beads of a dose after loss into contrast medium, least and most, mg.

    Args:
        dose_mg: loaded.
        over: "now": almost at once (4 to 6 %); "day": over 24 h (2.5 to 17 %, beads of 70 to 150 µm).

    References:
        Pereira 2016; Sarakbi 2016.

    >>> left_after_contrast_mg(dose_mg=100, over="now")
    (94.0, 96.0)
    """
    low, high = procedure_numbers("tace", f"contrast-loss-{over}")
    return round(dose_mg * (1.0 - high), 9), round(dose_mg * (1.0 - low), 9)


@dataclass(frozen=True)
class PlannedSession:
    """One session: its day, where it is known, its lobe and its dose."""

    number: int
    day: date | None
    lobe: str
    dose_mg: float | None
    cumulative_mg: float | None


def sessions(
    *,
    extent: Literal["unilobar", "bilobar"],
    number: int,
    first_lobe: Lobe,
    first_day: date | None,
    interval_days: int | None,
    dose_mg: float | None,
) -> tuple[PlannedSession, ...]:
    """The sessions of a course: for both lobes in turn, for one always the same.

    Args:
        extent: lobes.
        number: of sessions, 1 or more.
        first_lobe: of the first; the only one of a unilobar course.
        first_day: ``None``: no day can be said.
        interval_days: from one to the next; ``None``: only the first day can be said.
        dose_mg: of one session.

    >>> [(s.lobe, s.cumulative_mg) for s in sessions(extent="bilobar", number=3, first_lobe="right", first_day=None,
    ...     interval_days=21, dose_mg=100.0)]
    [('right', 100.0), ('left', 200.0), ('right', 300.0)]
    """
    other: Lobe = "left" if first_lobe == "right" else "right"
    found = []
    for place in range(number):
        lobe = other if extent == "bilobar" and place % 2 else first_lobe
        known = first_day is not None and (place == 0 or interval_days is not None)
        day = first_day + timedelta(days=place * (interval_days or 0)) if known and first_day is not None else None
        found.append(PlannedSession(place + 1, day, lobe, dose_mg, (place + 1) * dose_mg if dose_mg is not None else None))
    return tuple(found)


def published_interval_days(extent: str) -> int | None:
    """The published interval between sessions; ``None``: no source here states one for this extent.

    >>> published_interval_days("bilobar"), published_interval_days("unilobar")
    (21, None)
    """
    return int(procedure_number("tace", "bilobar-interval")) if extent == "bilobar" else None


def published_dose_mg(extent: str, drug: str) -> float | None:
    """The published dose of one embolization; ``None``: no source here states one.

    >>> published_dose_mg("bilobar", "irinotecan"), published_dose_mg("unilobar", "irinotecan")
    (100.0, None)
    """
    return procedure_number("tace", "bilobar-dose") if (extent, drug) == ("bilobar", IRINOTECAN) else None
