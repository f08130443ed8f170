"""``learn meta``: studies of a table, or published figures, pooled."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from glisson.actions.literature.columns import note, numbers, plain
from glisson.case import Finding, Level, Result
from glisson.errors import BadInput, OutOfScope

if TYPE_CHECKING:
    import polars as pl

    from glisson.learn.literature.effects import Effects
    from glisson.learn.literature.pool import Pooled

COLUMNS: dict[str, tuple[str, ...]] = {
    "hazard ratio": ("ratio", "low", "high"),
    "ratio": ("ratio", "low", "high"),
    "odds ratio": ("events", "of", "control_events", "control_of"),
    "risk ratio": ("events", "of", "control_events", "control_of"),
    "risk difference": ("events", "of", "control_events", "control_of"),
    "proportion": ("count", "of"),
    "median": ("median", "low", "high"),
    "Peto": ("observed_minus_expected", "variance"),
    "generic": ("estimate", "variance"),
}
"""Which columns each measure reads; ``columns`` of the request names others."""


@dataclass(frozen=True)
class MetaWanted:
    """What to pool and how.

    Attributes:
        measure: a key of ``COLUMNS``.
        method: "fixed", "DL", "REML", "ML" or "PM".
        test: "normal", "Hartung-Knapp" or "Hartung-Knapp, never narrower".
        transform: of proportions: "logit", "arcsine", "double arcsine" or "raw".
        label: column with the names of studies.
        order: column of the cumulative analysis, as year.
        moderators: columns of a meta-regression.
        columns: column of the table by name of the measure, where they differ.
        confidence_fraction: of intervals.
    """

    measure: str = "hazard ratio"
    method: str = "REML"
    test: str = "normal"
    transform: str = "logit"
    label: str = "study"
    order: str = ""
    moderators: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    confidence_fraction: float = 0.95


def meta_of_table(path: Path, wanted: MetaWanted | None = None) -> Result:
    """Meta-analysis of a table with one row per study.

    Args:
        path: CSV, Parquet, XPT or SAS file.
        wanted: what to pool and how.

    Raises:
        BadInput: no such file, column or number.
        OutOfScope: too few studies for what is asked.
    """
    from glisson.records.tables import read_table

    asked = wanted or MetaWanted()
    if asked.measure not in COLUMNS:
        raise BadInput(f"measure '{asked.measure}'", allowed=", ".join(COLUMNS))
    if strange := [name for name in asked.columns if name not in COLUMNS[asked.measure]]:
        raise BadInput(f"no '{strange[0]}' in {asked.measure}", allowed=", ".join(COLUMNS[asked.measure]))
    table = read_table(path)
    found = _effects(table, asked)
    order = numbers(table, asked.order) if asked.order else None
    moderators = {name: numbers(table, name) for name in asked.moderators}
    if (order or moderators) and len(found) < table.height:
        raise BadInput("studies without events cannot be placed by moderators or order", do="leave their rows out of the table")
    value, findings = _meta(found, asked, moderators, order)
    if asked.measure == "proportion":
        value["mixed_logit"] = _mixed(table, asked)
    return Result(
        kind="meta-analysis", method=value["words"], parameters=_parameters(asked),
        inputs={path.name: hashlib.sha256(path.read_bytes()).hexdigest()}, value=value, findings=findings,
    )  # fmt: skip


def meta_of_arms(names: Sequence[str], wanted: MetaWanted | None = None) -> Result:
    """Meta-analysis of published hazard ratios of the library; figures that measure different things are refused.

    Raises:
        BadInput: an unknown figure, or one without a ratio and its interval.
        OutOfScope: two figures that may not be pooled.
    """
    from glisson.learn.literature.comparable import require_poolable
    from glisson.learn.literature.effects import ratios_with_intervals
    from glisson.learn.literature.figure import figure

    asked = wanted or MetaWanted()
    if not names:
        raise BadInput("no published figure is named", do="give ids with commas; glisson learn arms lists them")
    found = [figure(name) for name in names]
    unknown = require_poolable(found)
    ratios = [one.ratio for one in found if one.ratio and None not in one.ratio]
    if len(ratios) < len(found):
        silent = next(one.id for one in found if not one.ratio or None in one.ratio)
        raise BadInput(f"no hazard ratio with its interval is printed for {silent}", do="glisson learn arms shows what is")
    r, low, high = (cast("list[float]", list(column)) for column in zip(*ratios, strict=True))
    pooled = ratios_with_intervals(ratio=r, low=low, high=high, labels=[f"{one.study} ({one.endpoint})" for one in found])
    value, findings = _meta(pooled, asked, {}, None)
    findings += tuple(note("not-stated", f"taken to be the same, but not stated: {words}", Level.WARNING) for words in unknown)
    findings += tuple(note("caution", f"{one.study}: {one.caution}", Level.WARNING) for one in found if one.caution)
    value["figures"] = [plain(asdict(one)) for one in found]
    return Result(
        kind="meta-analysis", method=value["words"], parameters={"arms": list(names)} | _parameters(asked), value=value,
        findings=findings, sources=tuple(sorted({one.source for one in found})),
    )  # fmt: skip


def _effects(table: "pl.DataFrame", asked: MetaWanted) -> "Effects":
    from glisson.learn.literature import effects as e
    from glisson.learn.literature.proportions import proportions

    given = [numbers(table, asked.columns.get(name, name)) for name in COLUMNS[asked.measure]]
    how: dict[str, Any] = dict(zip(COLUMNS[asked.measure], given, strict=True))
    if asked.label != "study" and asked.label not in table.columns:
        raise BadInput(f"no column '{asked.label}' with the names of studies", allowed=", ".join(table.columns[:30]))
    how["labels"] = [str(one) for one in table[asked.label]] if asked.label in table.columns else None
    if asked.measure in e.MEASURES:
        return e.two_by_two(**how, measure=asked.measure)
    if asked.measure == "proportion":
        return proportions(**how, transform=cast("Any", asked.transform))
    if asked.measure == "median":
        return e.medians_with_intervals(**how, confidence_fraction=asked.confidence_fraction)
    if asked.measure == "Peto":
        return e.peto(**how)
    if asked.measure == "generic":
        return e.effects(how["estimate"], how["variance"], labels=how["labels"])
    return e.ratios_with_intervals(**how, measure=f"log {asked.measure}", confidence_fraction=asked.confidence_fraction)


def _meta(
    found: "Effects", asked: MetaWanted, moderators: Mapping[str, Sequence[float]], order: Sequence[float] | None
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    from glisson.learn.literature.pool import pool, prediction_interval
    from glisson.learn.literature.proportions import back

    pooled = pool(
        found, method=cast(Any, asked.method), test=cast(Any, asked.test), moderators=moderators or None,
        confidence_fraction=asked.confidence_fraction,
    )  # fmt: skip
    notes = [note("studies", words, Level.WARNING) for words in found.notes]
    terms = [
        {"name": name, "estimate": float(pooled.estimate[i]), "standard_error": float(pooled.standard_error[i]),
         "low": float(pooled.low[i]), "high": float(pooled.high[i]), "p": float(pooled.p_value[i])}
        for i, name in enumerate(pooled.names)
    ]  # fmt: skip
    value: dict[str, Any] = {
        "words": pooled.words, "measure": found.measure, "scale": found.scale, "studies": len(found), "terms": terms,
        "heterogeneity": plain(asdict(pooled.heterogeneity)), "moderators_p": pooled.moderators_p,
    }  # fmt: skip
    if not moderators:
        ends = [float(pooled.estimate[0]), float(pooled.low[0]), float(pooled.high[0])]
        value["mean"] = dict(
            zip(("estimate", "low", "high"), map(float, back(ends, scale=found.scale, sizes=found.sizes)), strict=True)
        )
        prediction = prediction_interval(pooled)
        value["prediction"] = (
            None if prediction is None else [float(x) for x in back(prediction, scale=found.scale, sizes=found.sizes)]
        )
        value |= _around(pooled, order, notes)
    return value, tuple(notes)


def _around(pooled: "Pooled", order: Sequence[float] | None, notes: list[Finding]) -> dict[str, Any]:
    """Forest, funnel, sensitivity and asymmetry; what cannot be had is said."""
    from glisson.learn.literature.sensitivity import cumulative, forest_table, leave_one_out
    from glisson.learn.literature.small_study import FEW, egger, funnel_table, trim_and_fill

    value: dict[str, Any] = {
        "forest": forest_table(pooled).to_dicts(), "cumulative": _in_order(pooled, cumulative(pooled, order=order).to_dicts(), order),
        "funnel": funnel_table(pooled).to_dicts(), "leave_one_out": None, "egger": None, "trim_and_fill": None,
    }  # fmt: skip
    try:
        every = list(range(len(pooled.effects)))
        rows = leave_one_out(pooled).to_dicts()
        value["leave_one_out"] = [_back(pooled, row, [one for one in every if one != i]) for i, row in enumerate(rows)]
        asymmetry = egger(pooled)
        filled = trim_and_fill(pooled)
    except OutOfScope as error:
        notes.append(note("too-few", str(error)))
        return value
    if asymmetry.few:
        notes.append(
            note("few-studies", f"fewer than {FEW} studies: tests of asymmetry have too little power to reassure", Level.WARNING)
        )
    value["egger"] = plain(asdict(asymmetry))
    value["trim_and_fill"] = {
        "missing": filled.missing, "side": filled.side, "estimator": filled.estimator, "estimate": float(filled.pooled.estimate[0]),
        "low": float(filled.pooled.low[0]), "high": float(filled.pooled.high[0]),
    }  # fmt: skip
    value["funnel"] = funnel_table(pooled, filled).to_dicts()
    return value


def _in_order(pooled: "Pooled", rows: Sequence[dict[str, Any]], order: Sequence[float] | None) -> list[dict[str, Any]]:
    places = list(range(len(rows)))
    places = places if order is None else sorted(places, key=lambda place: order[place])
    return [_back(pooled, row, places[: number + 1]) for number, row in enumerate(rows)]


def _back(pooled: "Pooled", row: dict[str, Any], studies: list[int]) -> dict[str, Any]:
    """A row with its mean also as the quantity itself, by the sizes of the studies that went into it."""
    from glisson.learn.literature.proportions import back

    sizes = pooled.effects.sizes
    ends = back([row[name] for name in ("estimate", "low", "high")], scale=pooled.effects.scale,
                sizes=None if sizes is None else sizes[studies])  # fmt: skip
    return row | dict(zip(("shown", "shown_low", "shown_high"), map(float, ends), strict=True))


def _mixed(table: "pl.DataFrame", asked: MetaWanted) -> dict[str, Any] | None:
    from glisson.learn.literature.mixed_logit import mixed_logit

    count, of = (numbers(table, asked.columns.get(name, name)) for name in COLUMNS["proportion"])
    try:
        return cast(
            "dict[str, Any]", plain(asdict(mixed_logit(count=count, of=of, confidence_fraction=asked.confidence_fraction)))
        )
    except OutOfScope:
        return None


def _parameters(asked: MetaWanted) -> dict[str, Any]:
    return cast("dict[str, Any]", plain(asdict(asked)))
