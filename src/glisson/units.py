"""Quantities as people write them, parsed once at a door into the canonical unit of the house.

Canonical units: GBq, Bq/mL, Gy, g, mL, mm, h, fraction (0 to 1). Names carry them (``activity_GBq``).
"""

import re
from datetime import datetime
from types import MappingProxyType

from glisson.errors import BadInput

_NUMBER = re.compile(r"^\s*([+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s].*?)?\s*$")

ACTIVITY_GBq = MappingProxyType(
    {"Bq": 1e-9, "kBq": 1e-6, "MBq": 1e-3, "GBq": 1.0, "TBq": 1e3, "Ci": 37.0, "mCi": 0.037, "uCi": 3.7e-5, "µCi": 3.7e-5}
)
MASS_g = MappingProxyType({"mg": 1e-3, "g": 1.0, "kg": 1e3})
VOLUME_mL = MappingProxyType({"mm3": 1e-3, "mL": 1.0, "ml": 1.0, "cm3": 1.0, "cc": 1.0, "L": 1e3, "l": 1e3})
DOSE_Gy = MappingProxyType({"mGy": 1e-3, "cGy": 1e-2, "Gy": 1.0})
LENGTH_mm = MappingProxyType({"mm": 1.0, "cm": 10.0, "m": 1000.0})
TIME_h = MappingProxyType({"s": 1 / 3600, "min": 1 / 60, "h": 1.0, "d": 24.0})
FRACTION = MappingProxyType({"%": 0.01, "fraction": 1.0})


def parse_quantity(text: str, units: MappingProxyType[str, float], *, what: str) -> float:
    """The number in ``text`` in the canonical unit of ``units``. A unit is always asked for, never guessed.

    >>> parse_quantity("3 GBq", ACTIVITY_GBq, what="vial activity")
    3.0
    >>> round(parse_quantity("16.5 mCi", ACTIVITY_GBq, what="lung limit"), 4)
    0.6105

    Raises:
        BadInput: no number, no unit, or a unit that is not in ``units``.
    """
    match = _NUMBER.match(text)
    allowed = f"a number and one of {', '.join(units)}"
    if match is None:
        raise BadInput(f"{what}: '{text}' is not a number with a unit", allowed=allowed)
    number, unit = match.groups()
    if not unit:
        raise BadInput(f"{what}: '{text}' has no unit", allowed=allowed, do="write the unit")
    if unit not in units:
        raise BadInput(f"{what}: '{unit}' is not a unit of this quantity", allowed=allowed)
    return float(number.replace(",", ".")) * units[unit]


def parse_instant(text: str, *, what: str) -> datetime:
    """A point in time with its zone.

    >>> parse_instant("2026-03-02T09:30:00+01:00", what="injection").isoformat()
    '2026-03-02T09:30:00+01:00'

    Raises:
        BadInput: not ISO 8601, or no offset.
    """
    allowed = "ISO 8601 with its offset, as 2026-03-02T09:30:00+01:00"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{what}: '{text}' is not a date and time", allowed=allowed) from None
    if instant.tzinfo is None:
        raise BadInput(f"{what}: '{text}' has no time zone", allowed=allowed, do="add the offset from UTC")
    return instant
