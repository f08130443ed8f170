"""Survival curves by Kaplan and Meier, and cumulative incidence with competing events, as a journal prints them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import Files, Row, count_words, interval_words, journal, number, p_statement
from glisson.report.figures.cohort_statement import StepFigure, Steps
from glisson.report.figures.cohort_steps import draw_steps
from glisson.report.figures.style import PAGE_WIDTH_mm

Bounds = tuple[float | None, float | None, float | None]
"""Estimate, lower and upper end; ``None``: not reached."""
Ends = tuple[float | None, ...]


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan-Meier curve.

    Attributes:
        name: of the group.
        time: ends of follow-up, ascending.
        survival: after each time, fraction.
        low, high: of the interval, fractions; ``None`` where it does not exist; empty: no interval is drawn.
        censored_at: times at which somebody's follow-up ended without the event.
        at_risk: at each tick of the plot.
        censored: until each tick, cumulative.
        rows, events: people (or their weight) and events.
        median: with its interval; ``None`` inside: not reached; ``None``: not stated.
    """

    name: str
    time: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    censored_at: tuple[float, ...]
    at_risk: tuple[float, ...]
    censored: tuple[float, ...]
    rows: float
    events: float
    median: Bounds | None = None


@dataclass(frozen=True)
class SurvivalPlot:
    """Survival of one or several groups.

    Attributes:
        endpoint: name of the y axis, as "Overall survival".
        ticks: times of the rows below the axis, the first 0.
        since: origin of time, as "first session".
        unit: of time.
        log_rank_p: stated as descriptive; ``None``: none.
        interval: type of the intervals, as "log-log"; it is printed.
        p_note: word behind the p value.
        notes: more lines.
        until: end of the axis; ``None``: where the last follow-up ends; where it cuts curves, the figure says so.
        width_mm: of the page, or ``COLUMN_WIDTH_mm``.
    """

    endpoint: str
    curves: tuple[SurvivalCurve, ...]
    ticks: tuple[float, ...]
    since: str
    unit: str = "months"
    log_rank_p: float | None = None
    interval: str = "log-log"
    confidence_fraction: float = 0.95
    p_note: str = "descriptive"
    test: str = "log-rank"
    notes: tuple[str, ...] = ()
    until: float | None = None
    width_mm: float = PAGE_WIDTH_mm


@dataclass(frozen=True)
class IncidenceCurve:
    """Cumulative incidence of one cause in one group.

    Attributes:
        name: of cause and group.
        time, incidence, low, high: steps, fractions.
        at_risk: at each tick, free of every cause.
        events: of this cause until each tick, cumulative.
        rows, total: people, and events of this cause.
        stated: incidence with its interval at the plot's ``stated_at``.
    """

    name: str
    time: tuple[float, ...]
    incidence: tuple[float, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    at_risk: tuple[float, ...]
    events: tuple[float, ...]
    rows: float
    total: float
    stated: Bounds | None = None


@dataclass(frozen=True)
class IncidencePlot:
    """Cumulative incidence of causes or groups, the other causes competing.

    Attributes:
        endpoint: name of the y axis, as "Cumulative incidence of hepatic progression".
        gray_p: of Gray's test, stated as descriptive; ``None``: none.
        stated_at: time at which the incidences are stated; ``None``: nowhere.
    """

    endpoint: str
    curves: tuple[IncidenceCurve, ...]
    ticks: tuple[float, ...]
    since: str
    unit: str = "months"
    gray_p: float | None = None
    stated_at: float | None = None
    interval: str = "log-log"
    confidence_fraction: float = 0.95
    p_note: str = "descriptive"
    test: str = "Gray's test"
    notes: tuple[str, ...] = ()
    until: float | None = None
    width_mm: float = PAGE_WIDTH_mm


@journal()
def draw_survival(stem: Path, plot: SurvivalPlot) -> Files:
    """Survival with people at risk and censored below the axis, medians and their intervals in the plot.

    Raises:
        BadInput: no curve, no tick, or rows that do not fit the ticks.
    """
    _require(plot.curves, plot.ticks)
    level = f"{100 * plot.confidence_fraction:g} % CI"
    heads = ("events / n", f"median, {plot.unit} ({level})") if _medians(plot) else ("events / n",)
    steps = tuple(_survival_steps(curve, _medians(plot)) for curve in plot.curves)
    lines = _lines(plot, plot.log_rank_p)
    if any(curve.median is not None and None in curve.median for curve in plot.curves):
        lines = (*lines[:-1], lines[-1] + "; NR: not reached")
    figure = StepFigure(
        steps, plot.ticks, 1.0, 1.0, f"{plot.unit} from {plot.since}", plot.endpoint, "Number at risk (cumulative censored)", heads,
        lines, plot.width_mm, plot.until,
    )  # fmt: skip
    return draw_steps(figure).save(stem)


@journal()
def draw_incidence(stem: Path, plot: IncidencePlot) -> Files:
    """Cumulative incidence with people at risk and events so far below the axis.

    Raises:
        BadInput: no curve, no tick, or rows that do not fit the ticks.
    """
    _require(plot.curves, plot.ticks)
    level = f"{100 * plot.confidence_fraction:g} % CI"
    heads: tuple[str, ...] = ("events / n",)
    if plot.stated_at is not None:
        heads = (*heads, f"% at {plot.stated_at:g} {plot.unit} ({level})")
    steps = tuple(_incidence_steps(curve, plot.stated_at is not None) for curve in plot.curves)
    reached = max((y for curve in steps for y in (*curve.y, *(h for h in curve.high if h is not None))), default=0.0)
    top = next(limit for limit in (0.2, 0.4, 0.6, 0.8, 1.0, 2.0) if reached <= limit)
    figure = StepFigure(
        steps, plot.ticks, 0.0, min(top, 1.0), f"{plot.unit} from {plot.since}", plot.endpoint, "Number at risk (cumulative events)",
        heads, _lines(plot, plot.gray_p), plot.width_mm, plot.until,
    )  # fmt: skip
    return draw_steps(figure).save(stem)


def _require(curves: tuple[SurvivalCurve, ...] | tuple[IncidenceCurve, ...], ticks: tuple[float, ...]) -> None:
    if not curves or not ticks:
        raise BadInput("a plot without curves or ticks", allowed="at least one curve and the tick 0")
    for curve in curves:
        second = curve.censored if isinstance(curve, SurvivalCurve) else curve.events
        if len(curve.at_risk) != len(ticks) or len(second) != len(ticks):
            raise BadInput(
                f"{len(curve.at_risk)} and {len(second)} numbers below {len(ticks)} ticks", allowed="one number per tick"
            )


def _medians(plot: SurvivalPlot) -> bool:
    return any(curve.median is not None for curve in plot.curves)


def _lines(plot: SurvivalPlot | IncidencePlot, p: float | None) -> tuple[str, ...]:
    """What stands below the statement: the test, the notes, the type of the intervals, and whether the axis cuts something."""
    first = () if p is None else (p_statement(plot.test, p) + (f" ({plot.p_note})" if plot.p_note else ""),)
    last = max((time for curve in plot.curves for time in curve.time[-1:]), default=0.0)
    cut = (f"shown until {plot.until:g} {plot.unit}",) if plot.until is not None and last > plot.until else ()
    return (*first, *plot.notes, *cut, f"intervals: {plot.interval}")


def _survival_steps(curve: SurvivalCurve, medians: bool) -> Steps:
    said = interval_words(*curve.median, digits=1, missing="NR") if curve.median is not None else "–"
    if curve.median is not None and curve.median[1:] == (None, None):
        said = f"{number(curve.median[0], 1, 'NR')} (NR–NR)"
    cells = tuple(f"{count_words(n)} ({count_words(c)})" for n, c in zip(curve.at_risk, curve.censored, strict=True))
    return Steps(
        curve.name, curve.time, curve.survival, curve.low, curve.high, curve.censored_at, cells,
        (f"{count_words(curve.events)} / {count_words(curve.rows)}", *((said,) if medians else ())),
        curve.median[0] if curve.median is not None else None,
    )  # fmt: skip


def _incidence_steps(curve: IncidenceCurve, stated: bool) -> Steps:
    said = "–"
    if curve.stated is not None:
        said = interval_words(*(None if part is None else 100 * part for part in curve.stated), digits=1)
    cells = tuple(f"{count_words(n)} ({count_words(c)})" for n, c in zip(curve.at_risk, curve.events, strict=True))
    return Steps(
        curve.name, curve.time, curve.incidence, curve.low, curve.high, (), cells,
        (f"{count_words(curve.total)} / {count_words(curve.rows)}", *((said,) if stated else ())),
    )  # fmt: skip


def survival_rows(plot: SurvivalPlot) -> list[Row]:
    """The table behind the figure: every step, the numbers below the axis, the medians with their interval in time."""
    rows: list[Row] = []
    for curve in plot.curves:
        rows += _steps_rows(curve.name, curve.time, curve.survival, (curve.low, curve.high))
        for tick, n, c in zip(plot.ticks, curve.at_risk, curve.censored, strict=True):
            rows.append(_row("at risk", curve.name, time=tick, at_risk=n, cumulative=c))
        if curve.median is not None:
            rows.append(_row("median", curve.name, time=curve.median[0], time_low=curve.median[1], time_high=curve.median[2]))
    return rows


def incidence_rows(plot: IncidencePlot) -> list[Row]:
    """The table behind the figure: every step, the numbers below the axis, what is stated."""
    rows: list[Row] = []
    for curve in plot.curves:
        rows += _steps_rows(curve.name, curve.time, curve.incidence, (curve.low, curve.high))
        for tick, n, c in zip(plot.ticks, curve.at_risk, curve.events, strict=True):
            rows.append(_row("at risk", curve.name, time=tick, at_risk=n, cumulative=c))
        if curve.stated is not None:
            value, low, high = curve.stated
            rows.append(_row("stated", curve.name, time=plot.stated_at, fraction=value, low=low, high=high))
    return rows


def _steps_rows(name: str, time: Sequence[float], values: Sequence[float], ends: tuple[Ends, Ends]) -> list[Row]:
    low, high = (end or (None,) * len(time) for end in ends)
    steps = zip(time, values, low, high, strict=True)
    return [_row("curve", name, time=t, fraction=y, low=a, high=b) for t, y, a, b in steps]


def _row(part: str, group: str, **numbers: float | None) -> Row:
    names = ("time", "fraction", "low", "high", "time_low", "time_high", "at_risk", "cumulative")
    return {"part": part, "group": group, **{name: numbers.get(name) for name in names}}
