"""mRECIST: the viable part, which enhances in the arterial phase, of lesions that enhanced at baseline; RECIST for all others."""

import polars as pl

from glisson.follow.amounts import MRECIST
from glisson.follow.recist import responses
from glisson.follow.rules import Rules


def mrecist(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None) -> pl.DataFrame:
    """Responses by viable diameters, one row per patient, reader and follow-up visit.

    A lesion with ``viable_mm`` at baseline counts by it for good (0: no enhancement is left); one without counts by its
    diameter. PD has no absolute bar unless ``rules.mrecist`` sets one. Made for hepatocellular carcinoma; colorectal
    metastases often enhance little, so it is a second reading there.

    Raises:
        BadInput: the table cannot be used; the message names rows.

    References:
        PMC9747269, table 11; van Roekel, doctoral thesis, page 51 (fall back to RECIST).
    """
    return responses(measurements, statements, measure=MRECIST, rules=rules or Rules())
