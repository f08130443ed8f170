"""Laboratory: values that look as if entered in the conventional unit, parts above their whole."""

from collections.abc import Iterator
from statistics import median

from glisson.records.checks.course import Course, Hit
from glisson.records.checks.settings import CheckSettings
from glisson.records.forms import FormEntry

BILIRUBIN_g_per_mol = 584.66
CREATININE_g_per_mol = 113.12
FACTORS = {
    "bilirubin_umol_per_L": 1e4 / BILIRUBIN_g_per_mol,
    "creatinine_umol_per_L": 1e4 / CREATININE_g_per_mol,
    "albumin_g_per_L": 10.0,
    "haemoglobin_g_per_L": 10.0,
}
"""What a value in mg/dL (bilirubin, creatinine) or g/dL (albumin, haemoglobin) is multiplied by: 1 mg/dL is 10⁴/M µmol/L."""


def units(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Values that fit the others of this case only after conversion.

    A value is asked about where, multiplied by the factor of its conventional unit, it lies within half and twice the median
    of the others, and as it stands it does not.
    """
    for item, factor in FACTORS.items():
        given = [(entry, value) for entry in course.all("laboratory") if (value := entry.number(item)) is not None]
        for entry, value in given:
            others = [other for another, other in given if another is not entry]
            if others and _like(value * factor, median(others)) and not _like(value, median(others)):
                yield Hit("laboratory.unit", (entry,), item)


def _like(value: float, other: float) -> bool:
    return other / 2 <= value <= 2 * other


def differential(course: Course, _: CheckSettings) -> Iterator[Hit]:
    """Neutrophils and lymphocytes are parts of the leukocytes; a tenth is left for rounding."""
    for entry in course.all("laboratory"):
        if _above(entry):
            yield Hit("laboratory.differential", (entry,))


def _above(entry: FormEntry) -> bool:
    parts = [entry.number("neutrophils_1e9_per_L"), entry.number("lymphocytes_1e9_per_L")]
    whole = entry.number("leukocytes_1e9_per_L")
    return whole is not None and None not in parts and sum(part for part in parts if part is not None) > 1.1 * whole
