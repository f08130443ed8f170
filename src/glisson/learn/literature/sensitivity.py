"""The same analysis again: without each study, with one study more at a time, and study by study as a table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from glisson.errors import BadInput, OutOfScope
from glisson.learn.literature.effects import Effects, normal_quantile
from glisson.learn.literature.pool import Pooled, pool
from glisson.learn.literature.proportions import back

if TYPE_CHECKING:
    import polars as pl


def leave_one_out(pooled: Pooled) -> "pl.DataFrame":
    """The mean without each study: left_out, estimate, standard_error, low, high, tau2, i2_fraction; on the scale of the effects.

    Raises:
        OutOfScope: with moderators, or fewer than 3 studies.
    """
    import polars as pl

    _require_mean(pooled, 3)
    k = len(pooled.effects)
    rows = [{"left_out": pooled.effects.labels[i]} | _row(pooled, pooled.effects.part(np.arange(k) != i)) for i in range(k)]
    return pl.DataFrame(rows)


def cumulative(pooled: Pooled, *, order: Sequence[float] | None = None) -> "pl.DataFrame":
    """The mean as studies came in: study (the one added), studies, estimate, standard_error, low, high, tau2, i2_fraction.

    Args:
        pooled: an analysis without moderators.
        order: a number by study, as its year, ascending; the order of the table if ``None``.

    Raises:
        BadInput: not one number for each study.
        OutOfScope: with moderators.
    """
    import polars as pl

    _require_mean(pooled, 1)
    k = len(pooled.effects)
    if order is not None and len(order) != k:
        raise BadInput(f"{len(order)} numbers for the order of {k} studies")
    index = np.argsort(np.asarray(order, dtype=np.float64), kind="stable") if order is not None else np.arange(k)
    rows = []
    for number in range(1, k + 1):
        part = pooled.effects.part(index[:number].astype(np.int64))
        rows.append({"study": part.labels[-1], "studies": number} | _row(pooled, part))
    return pl.DataFrame(rows)


def forest_table(pooled: Pooled) -> "pl.DataFrame":
    """Rows of a forest plot: study, estimate, low, high, weight_fraction; brought back from the scale of pooling.

    The last row is the mean, with weight 1; a share by the double arcsine comes back with each study's own size.
    """
    import polars as pl

    _require_mean(pooled, 1)
    e = pooled.effects
    half = normal_quantile(pooled.confidence_fraction) * np.sqrt(e.variance)
    rows = []
    for i, label in enumerate(e.labels):
        ends = np.array([e.estimate[i], e.estimate[i] - half[i], e.estimate[i] + half[i]])
        values = back(ends, scale=e.scale, sizes=None if e.sizes is None else e.sizes[i : i + 1])
        rows.append([label, *map(float, values), float(pooled.weight_fraction[i])])
    ends = back(np.array([pooled.estimate[0], pooled.low[0], pooled.high[0]]), scale=e.scale, sizes=e.sizes)
    rows.append(["mean", *map(float, ends), 1.0])
    return pl.DataFrame(rows, schema=["study", "estimate", "low", "high", "weight_fraction"], orient="row")


def _row(pooled: Pooled, part: Effects) -> dict[str, float]:
    alone = len(part) == 1
    found = pool(
        part, method="fixed" if alone else pooled.method, test="normal" if alone else pooled.test,
        confidence_fraction=pooled.confidence_fraction,
    )  # fmt: skip
    return {
        "estimate": float(found.estimate[0]), "standard_error": float(found.standard_error[0]), "low": float(found.low[0]),
        "high": float(found.high[0]), "tau2": found.heterogeneity.tau2, "i2_fraction": found.heterogeneity.i2_fraction,
    }  # fmt: skip


def _require_mean(pooled: Pooled, least: int) -> None:
    if len(pooled.names) > 1:
        raise OutOfScope("this is for analyses without moderators")
    if len(pooled.effects) < least:
        raise OutOfScope(f"{len(pooled.effects)} studies; {least} are needed")
