"""Curves and tests of all sites from their counts, with what coarse times can have moved."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.log_rank import log_rank
from glisson.learn.cohort.screen import Screened
from glisson.learn.cohort.sites.coarse import MOST, expected_limits, incidence_limits, intervals, median_limits, survival_limits
from glisson.learn.cohort.sites.curves import Curves, Ends, entry_times, expanded, is_exact
from glisson.learn.cohort.sites.definition import Definition
from glisson.learn.cohort.study import Options, survival_study
from glisson.learn.cohort.table import SurvivalData, survival_data

Answers = Sequence[tuple[str, Curves]]
DRAWS = 200
SEED = 1


def pool_curves(asked: Definition, answers: Answers) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    """Survival study of the rows that the counts stand for, as of one table, and the limits that coarse times leave."""
    data, group = pooled_rows(asked, answers)
    options = Options(
        times=tuple(sorted(asked.times)), interval=asked.interval, confidence_fraction=asked.confidence_fraction, ties=asked.ties
    )
    screened = Screened(data, group if asked.group else None, pl.DataFrame(), list(range(len(data))), len(data))
    study = survival_study(screened, options)
    value = {key: part for key, part in study.value.items() if key != "set_aside"}
    exact = all(bool(is_exact(content).all()) for _, content in answers)
    value["exact"] = exact
    if exact:
        return value, study.findings
    value["coarsening"] = _coarsening(asked, answers, value)
    text = "times left the sites in intervals: "
    if asked.entry:
        text += "an interval counts at its end; with late entry no limits of what that moves are known"
    elif value["coarsening"] is None:
        text += "most are exact, so that no limits of what the others move were worked out"
    else:
        text += "the rows of an interval are spread around their mean; the limits beside the figures hold every order inside the intervals"
    return value, (*study.findings, Finding(code="coarse-times", level=Level.WARNING, text=text))


def pooled_rows(
    asked: Definition, answers: Answers, *, random: np.random.Generator | None = None
) -> tuple[SurvivalData, list[str | None]]:
    """The rows that the counts of all sites stand for, and their groups; every site a stratum if asked.

    Args:
        asked: the analysis.
        answers: by site.
        random: spreads the rows of each interval at random; evenly if ``None``.
    """
    times, causes, entries = [], [], []
    of_group: list[str | None] = []
    strata: list[str] = []
    late = bool(asked.entry)
    for site, content in answers:
        time, cause, group, stratum = expanded(content.ends, late_entry=late, random=random)
        times.append(time)
        causes.append(cause)
        of_group += group
        strata += [f"{site}: {label}" if asked.by_site else label for label in stratum]
        if late and content.entries is not None:
            entries.append(entry_times(content.ends, content.entries))
    stratified = asked.by_site or bool(asked.strata)
    data = survival_data(
        np.concatenate(times), np.concatenate(causes), entry=np.concatenate(entries) if late else None,
        stratum=strata if stratified else None,
    )  # fmt: skip
    return data, of_group


def _coarsening(asked: Definition, answers: Answers, value: dict[str, Any]) -> dict[str, Any] | None:
    """Limits of survival, median and incidence overall and by group, and of the log-rank test; ``None`` with late entry.

    (Those who enter late make early risk sets small, so that no order is known to be the extreme one.)
    """
    if asked.entry or sum(len(content.ends.rows) for _, content in answers) > MOST:
        return None
    labels: list[str | None] = [None, *(one["group"] for one in value.get("groups", []))]
    times = [row["time"] for row in value["overall"]["at_times"]]
    found: dict[str, Any] = {"groups": [_limits(asked, answers, group, times, value["causes"]) for group in labels]}
    if "log_rank" in value:
        found["log_rank"] = _log_rank(asked, answers, value["log_rank"]) | {"drawn": _drawn(asked, answers)}
    return found


def _drawn(asked: Definition, answers: Answers) -> dict[str, Any]:
    """Middle 95 % of the log-rank statistic when the rows of each interval fall at random around their mean."""
    random = np.random.default_rng(SEED)
    found = []
    for _ in range(DRAWS):
        data, group = pooled_rows(asked, answers, random=random)
        statistic = log_rank(data, groups(group)).statistic
        if statistic is not None:
            found.append(statistic)
    low, high = np.quantile(found, [0.025, 0.975]).tolist() if found else (None, None)
    return {"draws": DRAWS, "seed": SEED, "low": low, "high": high}


def _labelled(ends: Ends, group: str | None) -> Ends:
    """The counts of one group."""
    if group is None:
        return ends
    keep = [place for place, label in enumerate(ends.group) if label == group]
    return Ends(**{name: tuple(getattr(ends, name)[place] for place in keep) for name in Ends.model_fields})


def _limits(
    asked: Definition, answers: Answers, group: str | None, times: Sequence[float], causes: Sequence[int]
) -> dict[str, Any]:
    ends = [_labelled(content.ends, group) for _, content in answers]
    given = intervals(ends, times)
    median = median_limits(given)
    found: dict[str, Any] = {
        "group": group or "all", "median": {"low": median[0], "high": median[1]},
        "survival": [{"time": time} | _ends(survival_limits(given, time)) for time in times],
    }  # fmt: skip
    if len(causes) > 1:
        found["incidence"] = [
            {"cause": cause, "at_times": [{"time": time} | _ends(incidence_limits(given, cause, time)) for time in times]}
            for cause in causes
        ]
    return found


def _ends(limits: tuple[float, float]) -> dict[str, float]:
    return {"low": limits[0], "high": limits[1]}


def _log_rank(asked: Definition, answers: Answers, test: dict[str, Any]) -> dict[str, Any]:
    """Limits of expected events, and with two groups of chi-square and p, were the true times untied."""
    from scipy.stats import chi2

    names = [one["group"] for one in test["groups"]]
    low, high, spread = np.zeros(len(names)), np.zeros(len(names)), np.zeros(2)
    for part in _strata(asked, answers):
        given = intervals(part, ())
        group = np.concatenate([[names.index(label) for label in one.group] for one in part]).astype(np.int64)
        least, most, narrow, wide = expected_limits(given, group, len(names))
        low, high, spread = low + least, high + most, spread + np.array([narrow, wide])
    expected = [{"group": name, "low": float(low[place]), "high": float(high[place])} for place, name in enumerate(names)]
    found: dict[str, Any] = {"expected": expected, "statistic": None, "p": None}
    if len(names) == 2:
        observed = test["groups"][0]["observed"]
        away = [abs(observed - low[0]), abs(observed - high[0])]
        nearest = 0.0 if low[0] <= observed <= high[0] else min(away)
        least_chi = float(nearest**2 / spread[1]) if spread[1] > 0 else 0.0
        most_chi = float(max(away) ** 2 / spread[0]) if spread[0] > 0 else None
        found["statistic"] = {"low": least_chi, "high": most_chi}
        found["p"] = {"low": 0.0 if most_chi is None else float(chi2.sf(most_chi, 1)), "high": float(chi2.sf(least_chi, 1))}
    return found


def _strata(asked: Definition, answers: Answers) -> list[list[Ends]]:
    """Counts of each stratum: over all sites, or of each site where sites are strata."""
    pieces = [[content.ends] for _, content in answers] if asked.by_site else [[content.ends for _, content in answers]]
    labels = sorted({label for _, content in answers for label in content.ends.stratum})
    found = [[_of_stratum(ends, label) for ends in piece] for piece in pieces for label in labels]
    return [[ends for ends in piece if ends.rows] for piece in found if any(ends.rows for ends in piece)]


def _of_stratum(ends: Ends, label: str) -> Ends:
    keep = [place for place, one in enumerate(ends.stratum) if one == label]
    return Ends(**{name: tuple(getattr(ends, name)[place] for place in keep) for name in Ends.model_fields})
