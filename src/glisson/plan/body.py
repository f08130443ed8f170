"""Weight, body surface and bilirubin of a case, as plans of drugs use them: with the day they were measured, and never guessed."""

from dataclasses import dataclass
from datetime import date, datetime

from glisson.case import Case, Observation
from glisson.errors import BadInput
from glisson.knowledge.limits import fact
from glisson.plan.bsa import body_surface_area_m2

LOWEST_umol_per_L = 5.0
"""Below this a bilirubin is more often one in mg/dL than a true one: it is used only with its upper limit of normal beside it."""


@dataclass(frozen=True)
class Body:
    """Weight and surface; ``None``: not on record."""

    weight_kg: float | None
    height_cm: float | None
    surface_m2: float | None
    measured_at: str | None

    @property
    def missing(self) -> tuple[str, ...]:
        """What a dose by surface lacks."""
        return tuple(name for name in ("weight_kg", "height_cm") if getattr(self, name) is None)

    def row(self) -> dict[str, float | str | None]:
        """As a value of JSON."""
        return {
            "weight_kg": self.weight_kg,
            "height_cm": self.height_cm,
            "surface_m2": self.surface_m2,
            "measured_at": self.measured_at,
        }


def body_of(case: Case) -> Body:
    """The latest weight and height, and the body surface from them.

    Raises:
        BadInput: a weight or height outside its range, most often grams or metres.
    """
    weight, height = case.observed("weight_kg"), case.observed("height_cm")
    kilograms = weight.value if weight else None
    centimetres = height.value if height else None
    surface = None
    if kilograms is not None:
        require_weight(kilograms)
    if kilograms is not None and centimetres is not None:
        surface = body_surface_area_m2(weight_kg=kilograms, height_m=centimetres / 100.0)
    return Body(kilograms, centimetres, surface, day_of(weight))


def require_weight(weight_kg: float) -> None:
    """Refuses a weight that cannot be one in kilograms.

    Raises:
        BadInput: says the range and the most likely slip.
    """
    if not 20 <= weight_kg <= 350:
        hint = f"{weight_kg:g} g would be {weight_kg / 1000:g} kg" if weight_kg > 350 else "give the weight in kg"
        raise BadInput(f"weight {weight_kg:g} kg", allowed="20 to 350 kg", do=hint)


def day_of(entry: Observation | None) -> str | None:
    """The day of an observation as text."""
    return None if entry is None or entry.at is None else as_day(entry.at).isoformat()


def as_day(moment: date | datetime) -> date:
    """The calendar day of a moment, where it was."""
    return moment.date() if isinstance(moment, datetime) else moment


def bilirubin_of(case: Case) -> Observation | None:
    """The latest bilirubin with a value; ``None``: not on record.

    Raises:
        BadInput: a value that looks like one in mg/dL.
    """
    found = case.observed("bilirubin_umol_per_L")
    if found is None or found.value is None:
        return None
    likely_mg = f"{found.value:g} mg/dL is {found.value * float(fact('bilirubin-conversion').value):.0f} µmol/L"
    if found.upper_normal is not None and found.upper_normal < LOWEST_umol_per_L:
        raise BadInput(
            f"bilirubin {found.value:g} µmol/L with an upper limit of normal of {found.upper_normal:g} µmol/L",
            allowed="both in µmol/L", do=f"if they are in mg/dL, convert both: {likely_mg}",
        )  # fmt: skip
    if found.value < LOWEST_umol_per_L and found.upper_normal is None:
        raise BadInput(
            f"bilirubin {found.value:g} µmol/L, which looks like a value in mg/dL",
            allowed=f"{LOWEST_umol_per_L:g} µmol/L or more, or a lower one with its 'upper_normal' in µmol/L",
            do=f"if it is in mg/dL, convert it: {likely_mg}; if it is so low, enter the laboratory's upper_normal beside it",
        )
    return found


def mg_per_dL(bilirubin_umol_per_L: float) -> float:
    """Bilirubin in mg/dL.

    >>> round(mg_per_dL(51.312), 3)
    3.0
    """
    return bilirubin_umol_per_L / float(fact("bilirubin-conversion").value)
