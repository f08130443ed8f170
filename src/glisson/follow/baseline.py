"""The choice of targets at baseline, checked: how many, how many per organ, how large, treated before."""

import polars as pl

from glisson.case import Level
from glisson.follow.lesions import TINY
from glisson.follow.measurements import checked_measurements, rows_in_words
from glisson.follow.quality import TableFinding
from glisson.follow.rules import number

SUBJECT = ["patient", "reader"]


def baseline_findings(measurements: pl.DataFrame) -> tuple[TableFinding, ...]:
    """What RECIST 1.1 says against the lesions that each reader chose at baseline, each with its rows.

    Nothing here stops a computation: the choice is the reader's, and the finding says what it breaks.

    Args:
        measurements: of ``MEASUREMENTS``.

    References:
        Eisenhauer 2009 as in secondary pages; EORTC, RECIST 1.1 questions and clarifications.
    """
    start = checked_measurements(measurements).filter(pl.col("baseline"))
    targets = start.filter(pl.col("role") == "target")
    found = {
        "too-many-targets": (_too_many(targets, SUBJECT, "recist11-targets"), f"more than {_n('recist11-targets')} targets"),
        "too-many-in-organ": (
            _too_many(targets.with_columns(organ=_organ()), [*SUBJECT, "organ"], "recist11-targets-per-organ"),
            f"more than {_n('recist11-targets-per-organ')} targets in one organ (all lymph nodes together are one)",
        ),
        "target-not-measured": (targets.filter(pl.col("diameter_mm").is_null()), "a target without a diameter"),
        "target-too-small": (_too_small(targets), "a target below the smallest measurable size for its slice thickness"),
        "target-node-too-small": (_node_too_small(targets), f"a target node below {_n('recist11-target-node-mm')} mm short axis"),
        "non-target-node-normal": (
            _normal_node(start), f"a non-target node below {_n('recist11-non-target-node-mm')} mm short axis is normal",
        ),
        "target-treated-before": (
            _treated(targets, progressed=False), "a target treated locally before that has not progressed since",
        ),
        "target-treated-unknown": (
            _treated(targets, progressed=None), "a target treated locally before; cannot say whether it progressed since",
        ),
        "slice-unknown": (_slice_unknown(targets), "cannot say whether the target is measurable: slice thickness not known"),
        "organ-unknown": (targets.filter(pl.col("organ").is_null()), "cannot say how many targets per organ: organ not known"),
    }  # fmt: skip
    quiet = ("slice-unknown", "organ-unknown")
    return tuple(
        TableFinding(
            f"baseline-{code}", Level.NOTE if code in quiet else Level.WARNING,
            f"{says}: {rows_in_words(rows['row'])}", tuple(rows["row"]),
        )
        for code, (rows, says) in found.items()
        if rows.height
    )  # fmt: skip


def _n(name: str) -> str:
    return f"{number(name):g}"


def _organ() -> pl.Expr:
    return pl.when("node").then(pl.lit("lymph nodes")).otherwise("organ")


def _too_many(targets: pl.DataFrame, key: list[str], limit: str) -> pl.DataFrame:
    """Targets of a group that holds more than the limit; an unknown organ is no group."""
    many = targets.drop_nulls(key).group_by(key).len().filter(pl.col("len") > number(limit))
    return targets.join(many, on=key, how="semi").sort("row")


def _too_small(targets: pl.DataFrame) -> pl.DataFrame:
    """10 mm with slices up to 5 mm (or unknown), else twice the slice."""
    slice_mm = pl.col("slice_mm").fill_null(0.0)
    thick = slice_mm > number("recist11-thin-slice-mm") + TINY
    least = pl.when(thick).then(slice_mm * number("recist11-thick-slice-factor")).otherwise(number("recist11-target-mm"))
    return targets.filter(~pl.col("node") & (pl.col("diameter_mm") < least - TINY))


def _node_too_small(targets: pl.DataFrame) -> pl.DataFrame:
    return targets.filter(pl.col("node") & (pl.col("diameter_mm") < number("recist11-target-node-mm") - TINY))


def _normal_node(start: pl.DataFrame) -> pl.DataFrame:
    small = pl.col("diameter_mm") < number("recist11-non-target-node-mm") - TINY
    return start.filter((pl.col("role") == "non-target") & pl.col("node") & small)


def _treated(targets: pl.DataFrame, *, progressed: bool | None) -> pl.DataFrame:
    since = pl.col("progressed_since").is_null() if progressed is None else pl.col("progressed_since").eq(progressed)
    return targets.filter(pl.col("prior_local_therapy").fill_null(False) & since)


def _slice_unknown(targets: pl.DataFrame) -> pl.DataFrame:
    return targets.filter(~pl.col("node") & pl.col("slice_mm").is_null() & pl.col("diameter_mm").is_not_null())
