"""Survival of a table as a figure needs it: every step, the rows below the axis, incidences where causes compete."""

from typing import Any

import numpy as np

from glisson.learn.cohort.competing import cumulative_incidence
from glisson.learn.cohort.groups import groups
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.reading import risk_table, survival_quantile
from glisson.learn.cohort.screen import Screened
from glisson.learn.cohort.study import Options
from glisson.learn.cohort.table import SurvivalData, one_cause, rows

ALL = "all"
MOST_TICKS = 8


def curves_to_draw(screened: Screened, options: Options) -> dict[str, Any]:
    """Curves of everyone and of each group, as plain values.

    Args:
        screened: the usable part of a table.
        options: interval type and confidence.

    Returns:
        ``axis`` (times of the rows below it), ``causes``, and ``groups``, the first of everyone: group, rows, events, curve (time,
        survival, low, high, censored), at_risk, censored, median, and incidence by cause where causes compete.
    """
    data = screened.data
    if not len(data):
        return {"axis": [], "causes": [], "groups": []}
    causes = sorted(int(code) for code in np.unique(data.event) if code > 0)
    axis = even_ticks(float(np.max(data.time)))
    parts = [(ALL, data)]
    if screened.group is not None:
        known = np.array([label is not None for label in screened.group], dtype=bool)
        by, mine = groups([label for label in screened.group if label is not None]), rows(data, known)
        parts += [(name, rows(mine, by.number == number)) for number, name in enumerate(by.names)]
    return {"axis": list(axis), "causes": causes, "groups": [_group(name, part, causes, axis, options) for name, part in parts]}


def even_ticks(longest: float) -> tuple[float, ...]:
    """Round times from 0 to the last follow-up, at most nine.

    >>> even_ticks(31.0), even_ticks(2358.0)[:3]
    ((0.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0), (0.0, 500.0, 1000.0))
    """
    if not longest > 0:
        return (0.0,)
    size = 10.0 ** np.floor(np.log10(longest / MOST_TICKS))
    step = next(size * part for part in (1.0, 2.0, 5.0, 10.0) if longest / (size * part) <= MOST_TICKS)
    return tuple(float(f"{step * place:.6g}") for place in range(int(longest / step + 1e-9) + 1))


def _group(name: str, data: SurvivalData, causes: list[int], axis: tuple[float, ...], options: Options) -> dict[str, Any]:
    curve = kaplan_meier(data, interval=options.interval, confidence_fraction=options.confidence_fraction)
    below, median = risk_table(data, axis), survival_quantile(curve)
    found: dict[str, Any] = {
        "group": name, "rows": len(data), "events": int((data.event > 0).sum()),
        "curve": {
            "time": curve.time.tolist(), "censored": curve.censored.tolist(),
            **{key: _plain(getattr(curve, key)) for key in ("survival", "low", "high")},
        },
        "at_risk": below["at_risk"].to_list(), "censored": below["censored"].to_list(),
        "median": {"time": median.time, "low": median.low, "high": median.high, "interval": median.interval},
    }  # fmt: skip
    if len(causes) > 1:
        found["incidence"] = [_incidence(data, cause, axis, options) for cause in causes]
    return found


def _incidence(data: SurvivalData, cause: int, axis: tuple[float, ...], options: Options) -> dict[str, Any]:
    found = cumulative_incidence(data, cause=cause, interval=options.interval, confidence_fraction=options.confidence_fraction)
    return {
        "cause": cause, "events": int((data.event == cause).sum()), "time": found.time.tolist(),
        **{key: _plain(getattr(found, key)) for key in ("incidence", "low", "high")},
        "events_at_ticks": risk_table(one_cause(data, cause), axis)["events"].to_list(),
    }  # fmt: skip


def _plain(values: Any) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]
