"""How large a lesion counts: its diameter, its viable diameter, its enhancing area, its volume. One expression per criterion.

Absent is 0; not evaluable, or not measured, is null and never 0.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import polars as pl

from glisson.follow.rules import Rules, Thresholds


@dataclass(frozen=True)
class Measure:
    """What a criterion adds up.

    Attributes:
        code: prefix of its rule codes.
        criterion: name in the tables.
        unit: of the sum, on screens.
        column: ending of the columns that hold its sums: "mm", "mm2", "mL".
        amount: expression over a table of measurements with ``viable_at_baseline``.
        thresholds: of the criterion.
    """

    code: str
    criterion: str
    unit: str
    column: str
    amount: Callable[[Rules], pl.Expr]
    thresholds: Callable[[Rules], Thresholds]


def sphere_mL(diameter_mm: float) -> float:
    """Volume of a sphere, mL.

    >>> round(sphere_mL(10.0), 4)
    0.5236
    """
    return pi / 6 * diameter_mm**3 / 1000


def _by_state(measured: pl.Expr, too_small: float) -> pl.Expr:
    state = pl.col("state")
    return (
        pl.when(state == "absent")
        .then(0.0)
        .when(state == "not evaluable")
        .then(None)
        .when(state == "too small")
        .then(pl.coalesce(measured, pl.lit(too_small)))
        .otherwise(measured)
    )


def diameter(rules: Rules) -> pl.Expr:
    """Longest diameter, of a node the short axis, mm; the stand-in where it is too small to measure."""
    return _by_state(pl.col("diameter_mm"), rules.too_small_mm)


def viable_diameter(rules: Rules) -> pl.Expr:
    """Viable diameter, mm, of a lesion that enhanced at baseline; of any other the diameter."""
    viable = _by_state(pl.col("viable_mm"), rules.too_small_mm)
    return pl.when(pl.col("viable_at_baseline")).then(viable).otherwise(diameter(rules))


def enhancing_area(rules: Rules) -> pl.Expr:
    """Product of the two viable diameters, mm²; of a lesion that did not enhance at baseline that of the two diameters."""
    smallest = rules.too_small_mm**2
    viable = pl.when(pl.col("viable_mm") == 0).then(0.0).otherwise(pl.col("viable_mm") * pl.col("viable_perpendicular_mm"))
    whole = pl.when(pl.col("diameter_mm") == 0).then(0.0).otherwise(pl.col("diameter_mm") * pl.col("perpendicular_mm"))
    return pl.when(pl.col("viable_at_baseline")).then(_by_state(viable, smallest)).otherwise(_by_state(whole, smallest))


def volume(rules: Rules) -> pl.Expr:
    """Volume, mL; a sphere of the stand-in diameter where it is too small to measure."""
    return _by_state(pl.col("volume_mL"), sphere_mL(rules.too_small_mm))


RECIST = Measure("recist11", "RECIST 1.1", "mm", "mm", diameter, lambda rules: rules.recist)
LIVER = Measure("recist11liver", "RECIST 1.1 liver", "mm", "mm", diameter, lambda rules: rules.recist)
MRECIST = Measure("mrecist", "mRECIST", "mm", "mm", viable_diameter, lambda rules: rules.mrecist)
IRECIST = Measure("irecist", "iRECIST", "mm", "mm", diameter, lambda rules: rules.recist)
EASL = Measure("easl", "EASL", "mm²", "mm2", enhancing_area, lambda rules: rules.easl)
VOLUMETRIC = Measure("volumetric", "volumetric", "mL", "mL", volume, lambda rules: rules.volumetric)
