"""Volumetric response: the sum of the targets' volumes, with thresholds as parameters."""

import polars as pl

from glisson.follow.amounts import VOLUMETRIC
from glisson.follow.recist import responses
from glisson.follow.rules import Rules


def volumetric(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None) -> pl.DataFrame:
    """Responses by volumes (mL), one row per patient, reader and follow-up visit.

    The thresholds in ``rules.volumetric`` are by default those of spheres that lose 30 % or gain 20 % of their diameter:
    -65.7 % and +72.8 %.

    Raises:
        BadInput: the table cannot be used; the message names rows.
    """
    return responses(measurements, statements, measure=VOLUMETRIC, rules=rules or Rules())
