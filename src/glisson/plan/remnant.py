"""Future liver remnant: volumes from masks, the standardised remnant, its growth, and what each source asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from glisson.errors import BadInput
from glisson.knowledge.procedures import Minimum, procedure_number, procedure_numbers, remnant_minima
from glisson.voxels import Image
from glisson.voxels.regions import intersect, subtract, union, volume_outside_mL

FORMULAS = {"Vauthey": "standard-vauthey", "Urata": "standard-urata"}
"""Formulas of the standard liver volume, the one of the standardised remnant first."""


@dataclass(frozen=True)
class RemnantVolumes:
    """Volumes in mL. ``functional_mL``: the liver without its tumours; ``remnant_mL``: what stays of that after the resection."""

    liver_mL: float
    tumour_mL: float
    functional_mL: float
    remnant_mL: float
    tumour_in_remnant_mL: float
    remnant_outside_liver_mL: float
    tumour_outside_liver_mL: float

    @property
    def measured_fraction(self) -> float:
        """Remnant over the measured liver without tumours."""
        return self.remnant_mL / self.functional_mL


def remnant_volumes(
    *, liver: Image, tumours: Sequence[Image], remnant: Image | None = None, resected: Image | None = None
) -> RemnantVolumes:
    """Volumes from the liver, its tumours and either what stays or what is taken.

    Args:
        liver: mask.
        tumours: masks, any number.
        remnant: what stays; or
        resected: what is taken, which leaves the rest of the liver.

    Raises:
        GridMismatch: masks on different grids.
        BadInput: neither or both of remnant and resected, an empty liver, or a remnant that holds none of it.
    """
    if (remnant is None) == (resected is None):
        raise BadInput("a remnant needs one of what stays and what is taken", do="give --remnant or --resected, not both")
    if liver.volume_mL <= 0:
        raise BadInput("the mask of the liver is empty", do="check its contour")
    drawn = remnant if remnant is not None else subtract(liver, *([resected] if resected is not None else []))
    stays = intersect(liver, drawn)
    tumour = union(*tumours) if tumours else None
    inside = intersect(liver, tumour) if tumour is not None else None
    functional = subtract(liver, inside) if inside is not None else liver
    kept = subtract(stays, inside) if inside is not None else stays
    if functional.volume_mL <= 0 or kept.volume_mL <= 0:
        raise BadInput(
            "nothing of the liver stays", do="check the contours of the remnant, of the part to be taken and of the liver"
        )
    return RemnantVolumes(
        liver_mL=liver.volume_mL,
        tumour_mL=inside.volume_mL if inside is not None else 0.0,
        functional_mL=functional.volume_mL,
        remnant_mL=kept.volume_mL,
        tumour_in_remnant_mL=intersect(stays, inside).volume_mL if inside is not None else 0.0,
        remnant_outside_liver_mL=volume_outside_mL(drawn, liver),
        tumour_outside_liver_mL=volume_outside_mL(tumour, liver) if tumour is not None else 0.0,
    )


def standard_liver_mL(*, surface_m2: float, formula: str = "Vauthey") -> float:
    """Standard liver volume in mL from the body surface.

    Args:
        surface_m2: 0.6 to 3.5.
        formula: "Vauthey" (1267.28 BSA - 794) or "Urata" (706.2 BSA + 2.4).

    Raises:
        BadInput: a surface outside its range, most often not in m2; an unknown formula.

    References:
        Kawaguchi 2019, standard liver volume.

    >>> round(standard_liver_mL(surface_m2=1.8), 1), round(standard_liver_mL(surface_m2=1.8, formula="Urata"), 2)
    (1487.1, 1273.56)
    """
    if formula not in FORMULAS:
        raise BadInput(f"unknown formula '{formula}'", allowed=", ".join(FORMULAS))
    if not 0.6 <= surface_m2 <= 3.5:
        raise BadInput(f"body surface {surface_m2:g} m2", allowed="0.6 to 3.5 m2")
    slope, offset = procedure_numbers("remnant", FORMULAS[formula])
    volume = slope * surface_m2 + offset
    if volume <= 0:
        raise BadInput(f"{formula}'s formula gives {volume:.0f} mL at {surface_m2:g} m2", do="it was made for larger bodies")
    return volume


def kinetic_growth_per_week(*, before_fraction: float, after_fraction: float, days: float) -> float:
    """Growth of the standardised remnant per week since the embolization, as a fraction of the standard volume.

    Args:
        before_fraction: standardised remnant before, 0 to 1.
        after_fraction: at the first volumetry after it.
        days: from the embolization to that volumetry; above 0.

    Raises:
        BadInput: no time between them, or percent in place of fractions.

    References:
        Shindoh 2013.

    >>> round(kinetic_growth_per_week(before_fraction=0.20, after_fraction=0.28, days=28), 4)
    0.02
    """
    if days <= 0:
        raise BadInput(f"{days:g} days from the embolization to the volumetry", allowed="above 0: the volumetry comes after it")
    for value in (before_fraction, after_fraction):
        if not 0 < value <= 1.5:
            raise BadInput(f"a remnant of {value:g}", allowed="a fraction of the standard volume, as 0.28 for 28 %")
    return (after_fraction - before_fraction) / (days / 7.0)


@dataclass(frozen=True)
class Volumetry:
    """A remnant volume and its day."""

    day: date
    remnant_mL: float


@dataclass(frozen=True)
class Growth:
    """Growth after an embolization against the published cuts; each answer "met", "not met"."""

    embolized_at: date
    before: Volumetry
    after: Volumetry
    before_fraction: float
    after_fraction: float
    growth_fraction: float
    per_week: float
    answers: dict[str, str]


def growth_after(*, embolized_at: date, volumes: Sequence[Volumetry], standard_mL: float) -> Growth | None:
    """Growth from the last volumetry up to the embolization to the first one after it; ``None`` where one of them is not on record."""
    ordered = sorted(volumes, key=lambda v: v.day)
    before = [v for v in ordered if v.day <= embolized_at]
    after = [v for v in ordered if v.day > embolized_at]
    if not before or not after:
        return None
    first, later = before[-1], after[0]
    low, high = first.remnant_mL / standard_mL, later.remnant_mL / standard_mL
    rate = kinetic_growth_per_week(before_fraction=low, after_fraction=high, days=(later.day - embolized_at).days)
    grown = high - low
    cuts = {"after-embolization": high, "hypertrophy": grown, "kinetic-growth": rate}
    answers = {name: "met" if value >= procedure_number("remnant", name) else "not met" for name, value in cuts.items()}
    return Growth(embolized_at, first, later, low, high, grown, rate, answers)


@dataclass(frozen=True)
class Reading:
    """One remnant against one rule: "enough", "too little", "between", or "cannot say"."""

    against: str
    value: float | None
    answer: str


def readings(row: Minimum, volumes: RemnantVolumes, surface_m2: float | None) -> tuple[Reading, ...]:
    """What a rule says of each remnant to which it may refer; all of them where its source, as quoted here, names none."""
    values: dict[str, float | None] = {}
    if row.of == "body surface":
        values["per body surface"] = volumes.remnant_mL / surface_m2 if surface_m2 else None
    else:
        for formula in FORMULAS:
            known = surface_m2 is not None
            values[f"standardised ({formula})"] = (
                volumes.remnant_mL / standard_liver_mL(surface_m2=surface_m2, formula=formula) if known and surface_m2 else None
            )
        if row.of == "not said":
            values["measured"] = volumes.measured_fraction
    low, high = row.bounds
    return tuple(Reading(name, value, _answer(value, low, high)) for name, value in values.items())


def _answer(value: float | None, low: float, high: float) -> str:
    """On the border a remnant is enough."""
    if value is None:
        return "cannot say"
    return "enough" if value >= high else "too little" if value < low else "between"


def minima() -> tuple[Minimum, ...]:
    """Every rule, in the order of its table."""
    return remnant_minima()
