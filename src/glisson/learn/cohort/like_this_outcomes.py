"""Outcomes of matched patients, with nothing that rests on, or by subtraction gives, a cell of few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glisson.errors import BadInput
from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.interval import DEFAULT_INTERVAL, IntervalType
from glisson.learn.cohort.kaplan_meier import Curve, kaplan_meier
from glisson.learn.cohort.reading import survival_at, survival_quantile
from glisson.learn.cohort.risk_sets import at_risk
from glisson.learn.cohort.table import Booleans, SurvivalData, any_event, rows


@dataclass(frozen=True)
class Reading:
    """How outcomes are read.

    Attributes:
        times: at which survival is stated, ascending, in the unit of the follow-up.
        minimum: patients below which a cell is not shown.
        interval: type of the pointwise intervals.
        confidence_fraction: of every interval.
    """

    times: tuple[float, ...]
    minimum: int = 5
    interval: IntervalType = DEFAULT_INTERVAL
    confidence_fraction: float = 0.95

    def hides(self, *counts: int) -> bool:
        """Whether one of the counts is a cell of few: 1 to the minimum less one. Nobody is no person."""
        return any(0 < count < self.minimum for count in counts)


def matched_survival(data: SurvivalData, matched: Booleans, reading: Reading) -> dict[str, Any]:
    """Kaplan-Meier median and survival at times of the matched; what would show a cell of few is ``None`` and named in ``withheld``.

    A survival is shown where enough are at risk and where those who died by then, since the time shown before, and among the patients
    who were not matched are none or enough.
    """
    own, rest = rows(any_event(data), matched), rows(any_event(data), ~matched)
    curve = kaplan_meier(own, interval=reading.interval, confidence_fraction=reading.confidence_fraction)
    at_times, shown = _at_times(own, rest, curve, reading)
    total = int((own.event > 0).sum())
    total_rest = int((rest.event > 0).sum())
    counted = not reading.hides(total, len(own) - total, total - shown, total_rest)
    found: dict[str, Any] = {
        "events": total if counted else None,
        "at_times": at_times,
        "median": _median(own, curve, reading) if not reading.hides(total, total_rest) else _no_median(reading),
        "variance": curve.variance,
        "interval": reading.interval,
        "confidence_fraction": reading.confidence_fraction,
    }
    found["withheld"] = [] if counted else ["events"]
    found["withheld"] += [f"survival at {row['time']:g}" for row in at_times if row["withheld"]]
    found["withheld"] += [f"median {end}" for end in found["median"]["withheld"]]
    return found


def _at_times(own: SurvivalData, rest: SurvivalData, curve: Curve, reading: Reading) -> tuple[list[dict[str, Any]], int]:
    """Survival at each time, and the events that the last time shown counts."""
    table = survival_at(curve, reading.times).to_dicts()
    risk = at_risk(own, np.asarray(reading.times, dtype=np.float64))
    found, before = [], 0
    for row, watched in zip(table, risk, strict=True):
        events = int(((own.event > 0) & (own.time <= row["time"])).sum())
        others = int(((rest.event > 0) & (rest.time <= row["time"])).sum())
        hidden = bool(watched < reading.minimum) or reading.hides(events, events - before, others)
        if not hidden:
            before = events
        low = row["low"] if events or hidden else _low_without_event(int(watched), reading.confidence_fraction)
        known = {"at_risk": int(watched), "survival": row["survival"], "low": low, "high": row["high"]}
        shown = dict.fromkeys(known) if hidden else known
        found.append({"time": row["time"]} | shown | {"withheld": hidden})
    return found, before


def _low_without_event(watched: int, confidence_fraction: float) -> float | None:
    """Greenwood's interval has no width before the first event: the exact one of nobody among those still at risk."""
    return exact_proportion(count=watched, of=watched, confidence_fraction=confidence_fraction).low


def _no_median(reading: Reading) -> dict[str, Any]:
    return {"time": None, "low": None, "high": None, "interval": reading.interval, "withheld": ["time", "low", "high"]}


def _median(own: SurvivalData, curve: Curve, reading: Reading) -> dict[str, Any]:
    """Median and its ends to a tenth, each where enough had died by it and enough were at risk; ``None`` is not reached, or withheld."""
    found = survival_quantile(curve)
    withheld = []
    ends: dict[str, float | None] = {}
    for name in ("time", "low", "high"):
        end = getattr(found, name)
        hidden = end is not None and _few_at(own, end, reading)
        if hidden:
            withheld.append(name)
        ends[name] = None if end is None or hidden else round(end, 1)
    if "time" in withheld:
        return _no_median(reading)
    return ends | {"interval": reading.interval, "withheld": withheld}


def _few_at(own: SurvivalData, end: float, reading: Reading) -> bool:
    events = int(((own.event > 0) & (own.time <= end)).sum())
    return events < reading.minimum or float(at_risk(own, np.array([end]))[0]) < reading.minimum


def matched_responses(
    responses: Mapping[str, Sequence[bool | None]], matched: Booleans, reading: Reading
) -> list[dict[str, Any]]:
    """Share of the matched with each response, exact interval; ``withheld`` where a cell, or one of the patients not matched, is of few.

    Raises:
        BadInput: answers for other rows.
    """
    found: list[dict[str, Any]] = []
    for name, answers in responses.items():
        if len(answers) != len(matched):
            raise BadInput(f"{len(answers)} answers of {name} for {len(matched)} patients")
        yes, no = (
            np.array([answer is not None and bool(answer) is asked for answer in answers], dtype=bool) for asked in (True, False)
        )
        cells = [int((which & part).sum()) for part in (matched, ~matched) for which in (yes, no)]
        known, unknown = cells[0] + cells[1], int(matched.sum()) - cells[0] - cells[1]
        if known < reading.minimum or reading.hides(*cells):
            found.append(
                {"response": name, "fraction": None, "low": None, "high": None, "count": None, "of": None, "withheld": True}
            )
            continue
        share = exact_proportion(count=cells[0], of=known, confidence_fraction=reading.confidence_fraction)
        counted = not reading.hides(unknown)
        ends = {end: _rounded(getattr(share, end), whole=counted) for end in ("fraction", "low", "high")}
        counts = {"count": cells[0], "of": known} if counted else {"count": None, "of": None}
        found.append({"response": name} | ends | counts | {"withheld": False})
    return found


def _rounded(value: float | None, *, whole: bool) -> float | None:
    """To the percent where the counts behind it are not shown."""
    return value if whole or value is None else round(value, 2)
