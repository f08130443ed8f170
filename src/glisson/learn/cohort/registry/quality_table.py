"""Quality of life: how many answered at each visit, change from the baseline with interval, and how many got better or worse."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from glisson.case import Finding, Level
from glisson.follow.qol import completion
from glisson.follow.qol_change import Deterioration, Threshold, changes, time_to_deterioration, usual_threshold
from glisson.knowledge.quality_of_life import change_fact, scale
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.reading import survival_quantile
from glisson.learn.cohort.registry.comparison import Comparison, comparison, rows_of
from glisson.learn.cohort.registry.described import exact_share, numbers
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.table import survival_data

CALLED = ("improved", "stable", "worse")


@dataclass(frozen=True, eq=False)
class _Quality:
    """Scored questionnaires with their baseline marked, and the visits after it in their order."""

    scores: pl.DataFrame
    visits: tuple[str, ...]
    changes: pl.DataFrame
    threshold: Threshold


def quality_table(tables: RegistryTables, protocol: Protocol) -> Section:
    """Completion, scores and change of ``protocol.quality_scales`` at every visit at which somebody was due.

    The baseline of a patient is the last questionnaire up to the first session; without one no change can be said.

    Returns:
        ``completion`` by visit, ``scales`` (each with baseline, ``visits`` by group, time to deterioration), ``threshold`` with its
        source, and how many visits are of no schedule.

    Raises:
        BadInput: an unknown scale, or a patient's visit twice.
    """
    for name in protocol.quality_scales:
        scale(name)
    if tables.quality.is_empty() or "QL" not in tables.quality.columns:
        return cannot_say("Quality of life", "no questionnaire is on record")
    who = comparison(tables, protocol)
    quality = _read(tables, protocol)
    deaths = tables.course.source("death")
    value = {
        "title": "Quality of life (EORTC QLQ-C30)",
        "group_variable": who.label or None,
        "of_no_group": who.of_no_group,
        "groups": who.heads(),
        "completion": _completion(tables, quality),
        "baseline": int(quality.scores["baseline"].sum()),
        "baseline_and_later": _with_both(quality.scores),
        "threshold": {"points": quality.threshold.points, "source": quality.threshold.source, "place": change_fact("change-default").place},
        "interval": f"{protocol.confidence_fraction * 100:g} %: of means by the t distribution, of shares exact (Clopper-Pearson)",
        "scales": [_scale(name, quality, who, protocol, deaths) for name in protocol.quality_scales],
        "note": "Those who answer later are not those who began: a mean change says nothing of patients who died or did not answer.",
    }  # fmt: skip
    return Section(value, tuple(_findings(quality, value)))


def with_baseline(quality: pl.DataFrame) -> pl.DataFrame:
    """The questionnaires with ``baseline``: true for the last of each patient up to the first session (months 0)."""
    before = quality.filter((pl.col("months") <= 0).fill_null(False) & (pl.col("answered") > 0))
    last = before.sort("months").group_by("patient", maintain_order=True).last().select("patient", "visit", baseline=pl.lit(True))
    return quality.join(last, on=["patient", "visit"], how="left", maintain_order="left").with_columns(
        pl.col("baseline").fill_null(False)
    )


def _read(tables: RegistryTables, protocol: Protocol) -> _Quality:
    scores = with_baseline(tables.quality)
    due = tables.quality_expected.group_by("visit").agg(pl.col("months").median()).sort("months", "visit")
    later = tuple(due.filter(pl.col("months") > 0)["visit"].to_list())
    threshold = usual_threshold()
    found = changes(scores, threshold=threshold, names=protocol.quality_scales)
    return _Quality(scores, later, found, threshold)


def baseline_and_later(tables: RegistryTables) -> tuple[int, int]:
    """How many patients have a baseline questionnaire, and how many of them a later one as well, for the flow diagram."""
    if tables.quality.is_empty():
        return 0, 0
    scores = with_baseline(tables.quality)
    return int(scores["baseline"].sum()), _with_both(scores)


def _with_both(scores: pl.DataFrame) -> int:
    later = scores.filter((pl.col("months") > 0).fill_null(False) & (pl.col("answered") > 0))
    return int(scores.filter("baseline").join(later, on="patient", how="semi").height)


def _completion(tables: RegistryTables, quality: _Quality) -> list[dict[str, Any]]:
    """Expected, received, complete at every visit, in the order of the visits."""
    counted = completion(tables.quality, tables.quality_expected)
    order = tables.quality_expected.group_by("visit").agg(pl.col("months").median())
    rows = counted.join(order, on="visit", how="left").sort("months", "visit", nulls_last=True)
    names = ("visit", "months", "expected", "received", "complete", "not_expected", "received_fraction", "complete_fraction")
    return [{name: row[name] for name in names} for row in rows.iter_rows(named=True)]


def _scale(name: str, quality: _Quality, who: Comparison, protocol: Protocol, deaths: pl.DataFrame) -> dict[str, Any]:
    known = scale(name)
    base = quality.scores.filter("baseline")
    mine = quality.changes.filter(pl.col("scale") == name)
    return {
        "scale": name,
        "name": known.name,
        "more_is_better": known.more_is_better,
        "baseline": {group: numbers(rows_of(base, members)[name]) for group, members in who.members.items()},
        "visits": [{"visit": visit, "groups": _at_visit(mine.filter(pl.col("visit") == visit), who, protocol)} for visit in quality.visits],
        "deterioration": {group: _deterioration(name, quality, members, protocol, deaths) for group, members in who.members.items()},
    }  # fmt: skip


def _at_visit(mine: pl.DataFrame, who: Comparison, protocol: Protocol) -> dict[str, Any]:
    return {group: _change(rows_of(mine, members), protocol) for group, members in who.members.items()}


def _change(mine: pl.DataFrame, protocol: Protocol) -> dict[str, Any]:
    """Score and change at one visit, of those with a score at the baseline and there."""
    both = mine.filter(pl.col("change").is_not_null())
    calls = {call: exact_share(int((both["called"] == call).sum()), both.height, protocol.confidence_fraction) for call in CALLED}
    return {
        "n": both.height,
        "score": numbers(both["score"]),
        "change": _mean(both["change"], protocol.confidence_fraction),
        **calls,
    }


def _mean(values: pl.Series, confidence_fraction: float) -> dict[str, Any]:
    """Mean with its interval by the t distribution; no interval of fewer than two values, or of equal ones."""
    from scipy.stats import t

    found = numbers(values)
    low = high = None
    if found["n"] > 1 and found["sd"]:
        half = float(t.ppf(0.5 + confidence_fraction / 2, found["n"] - 1)) * found["sd"] / found["n"] ** 0.5
        low, high = found["mean"] - half, found["mean"] + half
    return {"mean": found["mean"], "sd": found["sd"], "low": low, "high": high}


def _deterioration(name: str, quality: _Quality, members: pl.Series, protocol: Protocol, deaths: pl.DataFrame) -> dict[str, Any]:
    """Time to the first visit that is worse by the threshold; median with interval, ``None``: not reached or cannot say."""
    rule = Deterioration(quality.threshold)
    scores = rows_of(quality.scores, members)
    asked = scores.filter(pl.col("date").is_not_null())
    found = time_to_deterioration(asked, scale_name=name, rule=rule, deaths=deaths)
    known = found.filter(pl.col("event").is_not_null() & (pl.col("days") > 0).fill_null(False))
    about: dict[str, Any] = {
        "definition": rule.definition(name),
        "patients": known.height,
        "events": int((known["event"] == 1).sum()),
    }
    if not about["events"]:
        return {**about, "median_months": None, "low": None, "high": None}
    curve = kaplan_meier(
        survival_data(known["months"].to_numpy(), known["event"].to_numpy()),
        interval=protocol.interval, confidence_fraction=protocol.confidence_fraction,
    )  # fmt: skip
    median = survival_quantile(curve)
    return {**about, "median_months": median.time, "low": median.low, "high": median.high}


def _findings(quality: _Quality, value: dict[str, Any]) -> list[Finding]:
    few = [row["visit"] for row in value["completion"] if row["expected"] and row["received_fraction"] < 0.5]
    lost = quality.scores["patient"].n_unique() - int(quality.scores["baseline"].sum())
    said = []
    if few:
        said.append(("low-completion", f"fewer than half of those due answered at {', '.join(few)}: change there may say little"))
    if lost:
        said.append(("no-baseline", f"{lost} patients answered without a baseline questionnaire: no change can be said of them"))
    return [Finding(code=code, level=Level.WARNING, text=f"quality of life: {text}") for code, text in said]
