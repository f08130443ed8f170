"""EASL: the sum of enhancing areas, each the product of the two viable diameters."""

import polars as pl

from glisson.follow.amounts import EASL
from glisson.follow.recist import responses
from glisson.follow.rules import Rules


def easl(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None) -> pl.DataFrame:
    """Responses by enhancing areas (mm²), one row per patient, reader and follow-up visit.

    A lesion needs ``viable_mm`` and ``viable_perpendicular_mm``; one that did not enhance at baseline counts by the product of
    its two diameters. PR from -50 % of the baseline, PD from +25 % of the smallest sum.

    Raises:
        BadInput: the table cannot be used; the message names rows.

    References:
        The thresholds as in ``knowledge/response/criteria.yaml``.
    """
    return responses(measurements, statements, measure=EASL, rules=rules or Rules())
