"""Survival of a table as a page: curves with the rows below them, medians, tests and models."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from glisson import __version__
from glisson.case import Level, Result
from glisson.errors import BadInput
from glisson.report.back_pages import findings_block, provenance_blocks
from glisson.report.cohort_words import NONE, months, p_value, percent, ratio
from glisson.report.document import Block, Cell, Column, Document, Figure, HeadlineItem, Headlines, Section, table
from glisson.report.figures.cohort_survival import (
    IncidenceCurve,
    IncidencePlot,
    SurvivalCurve,
    SurvivalPlot,
    draw_incidence,
    draw_survival,
    incidence_rows,
    survival_rows,
)
from glisson.report.figures.style import drawing
from glisson.report.follow_write import write_document, write_numbers
from glisson.report.inputs import ReportFiles
from glisson.report.pages import DISCLAIMER
from glisson.report.words import instant

Value = Mapping[str, Any]
ALL = "all"
MOST_BANDS = 2
"""Curves with their intervals; of more the intervals stand in the table."""
FREE, INCIDENCE = "Free of every event", "Cumulative incidence"


def write_survival_page(folder: Path, *, result: Result, made_at: datetime) -> ReportFiles:
    """Writes ``survival.html``, ``survival.pdf`` and ``figures/``; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        result: of kind "survival", with its curves.
        made_at: instant of the page, with its zone.

    Raises:
        BadInput: a Result without curves, or ``made_at`` without a time zone.
    """
    if "curves" not in result.value:
        raise BadInput("a Result of survival without its curves", do="ask for them: SurvivalWanted(curves=True)")
    with tempfile.TemporaryDirectory(prefix="glisson-survival-") as name:
        drawn = Path(name)
        with drawing():
            figures = draw_table(drawn, result)
        return write_document(folder, "survival", build_survival_document(result, figures, made_at=made_at), drawn, made_at)


def build_survival_document(result: Result, figures: Sequence[Figure], *, made_at: datetime) -> Document:
    """The page from a Result of kind "survival" and its figures."""
    value = result.value
    groups = value["curves"]["groups"]
    loud = findings_block([result], (), (Level.STOP, Level.WARNING))
    sections = [Section("At a glance", (Headlines(tuple(_headlines(value))), loud))]
    if groups:
        sections.append(Section("Curves", (*figures, _medians(groups, value["curves"]["unit"]), *_times(value))))
    if tests := [value[name] for name in ("log_rank", "log_rank_cause", "gray") if name in value]:
        sections.append(Section("Tests", (_tests(tests),)))
    sections += [Section(title, (block,)) for title, block in _models(value)]
    sections.append(Section("Provenance", provenance_blocks([result])))
    return Document(
        case="Survival of a table", subtitle=f"{value['used']} of {value['rows']} rows used", made_at=instant(made_at), simulated=False,
        disclaimer=DISCLAIMER, version=__version__, sections=tuple(sections), kicker="Survival",
    )  # fmt: skip


def draw_table(folder: Path, result: Result) -> list[Figure]:
    """Curve of everyone, curves of the groups, and incidences where causes compete."""
    curves = result.value["curves"]
    figures = []
    ours = [one for one in curves["groups"] if one["group"] == ALL]
    parts = [one for one in curves["groups"] if one["group"] != ALL]
    for stem, chosen in (("survival", ours), ("survival-groups", parts)):
        if chosen:
            figures.append(_survival(folder, stem, chosen, result))
    if ours and "incidence" in ours[0]:
        every = [_incidence_curve(ours[0], one, f"cause {one['cause']}", bands=True) for one in ours[0]["incidence"]]
        figures.append(_incidence(folder, "incidence", every, result, None))
        place = _place(result, curves)
        if parts and place is not None:
            bands = len(parts) <= MOST_BANDS
            named = [_incidence_curve(one, one["incidence"][place], one["group"], bands=bands) for one in parts]
            figures.append(_incidence(folder, "incidence-groups", named, result, curves["causes"][place]))
    return figures


def _place(result: Result, curves: Value) -> int | None:
    cause = result.parameters["cause"]
    return curves["causes"].index(cause) if cause in curves["causes"] else None


def _survival(folder: Path, stem: str, chosen: Sequence[Value], result: Result) -> Figure:
    curves, test = result.value["curves"], result.value.get("log_rank")
    plot = SurvivalPlot(
        endpoint=FREE if len(curves["causes"]) > 1 else "Survival",
        curves=tuple(_curve(one, bands=len(chosen) <= MOST_BANDS) for one in chosen), ticks=tuple(curves["axis"]),
        since=curves["since"], unit=curves["unit"], log_rank_p=test["p"] if test and len(chosen) > 1 else None,
        interval=result.parameters["interval"], confidence_fraction=result.parameters["confidence_fraction"],
    )  # fmt: skip
    draw_survival(folder / stem, plot)
    write_numbers(folder / f"{stem}.csv", survival_rows(plot))
    words = f"{plot.endpoint} by Kaplan-Meier, {_whose(chosen)}"
    below = f"Ticks: censored. Below: at risk, and censored so far. Numbers: {stem}.csv."
    return Figure(
        f"{stem}.svg", f"{words}.", f"{words} ({100 * plot.confidence_fraction:g} % intervals, {plot.interval}). {below}"
    )


def _whose(chosen: Sequence[Value]) -> str:
    return "everyone" if chosen[0]["group"] == ALL else f"by group ({', '.join(one['group'] for one in chosen)})"


def _curve(one: Value, *, bands: bool) -> SurvivalCurve:
    curve, empty = one["curve"], ()
    return SurvivalCurve(
        name=_name(one), time=tuple(curve["time"]), survival=tuple(curve["survival"]),
        low=tuple(curve["low"]) if bands else empty, high=tuple(curve["high"]) if bands else empty,
        censored_at=tuple(time for time, count in zip(curve["time"], curve["censored"], strict=True) if count > 0),
        at_risk=tuple(one["at_risk"]), censored=tuple(one["censored"]), rows=one["rows"], events=one["events"],
        median=(one["median"]["time"], one["median"]["low"], one["median"]["high"]),
    )  # fmt: skip


def _incidence_curve(one: Value, found: Value, name: str, *, bands: bool) -> IncidenceCurve:
    empty: tuple[float | None, ...] = ()
    return IncidenceCurve(
        name=name,
        time=tuple(found["time"]),
        incidence=tuple(found["incidence"]),
        low=tuple(found["low"]) if bands else empty,
        high=tuple(found["high"]) if bands else empty,
        at_risk=tuple(one["at_risk"]),
        events=tuple(found["events_at_ticks"]),
        rows=one["rows"],
        total=found["events"],
    )


def _incidence(folder: Path, stem: str, drawn: Sequence[IncidenceCurve], result: Result, cause: int | None) -> Figure:
    curves, test = result.value["curves"], result.value.get("gray")
    plot = IncidencePlot(
        endpoint=INCIDENCE if cause is None else f"{INCIDENCE} of cause {cause}", curves=tuple(drawn), ticks=tuple(curves["axis"]),
        since=curves["since"], unit=curves["unit"], gray_p=test["p"] if test and cause is not None else None,
        interval=result.parameters["interval"], confidence_fraction=result.parameters["confidence_fraction"],
    )  # fmt: skip
    draw_incidence(folder / stem, plot)
    write_numbers(folder / f"{stem}.csv", incidence_rows(plot))
    words = f"{plot.endpoint} (Aalen-Johansen), the other causes competing"
    return Figure(f"{stem}.svg", f"{words}.", f"{words}. Below: at risk, and events so far. Numbers: {stem}.csv.")


def _headlines(value: Value) -> list[HeadlineItem]:
    items = [HeadlineItem(str(value["used"]), "rows", f"used, of {value['rows']}")]
    if "overall" not in value:
        return items
    overall, unit = value["overall"], value["curves"]["unit"]
    items.append(HeadlineItem(str(overall["events"]), "events", ""))
    median = overall["median"]
    said = "not reached" if median["time"] is None else f"{median['time']:.1f}"
    items.append(HeadlineItem(said, "" if median["time"] is None else unit, "median, Kaplan-Meier", months(median)))
    if (p := value.get("log_rank", {}).get("p")) is not None:
        items.append(HeadlineItem(p_value(p), "", "P, log-rank, descriptive"))
    return items


def _medians(groups: Sequence[Value], unit: str) -> Block:
    rows = [[Cell(_name(one)), Cell(str(one["rows"])), Cell(str(one["events"])), Cell(months(one["median"]))] for one in groups]
    columns = (Column("", align="left"), Column("Rows"), Column("Events"), Column(f"Median, {unit} (interval)", align="left"))
    return table("Medians", columns, rows, f"Interval type: {groups[0]['median']['interval']}.")


def _times(value: Value) -> list[Block]:
    shown = [{"group": "everyone"} | value["overall"], *value.get("groups", [])]
    rows = [
        [Cell(one["group"]), Cell(f"{row['time']:g}"), Cell(f"{row['at_risk']:g}"), Cell(percent(row, "survival"))]
        for one in shown
        for row in one["at_times"]
    ]
    columns = (
        Column("", align="left"),
        Column(f"At, {value['curves']['unit']}"),
        Column("At risk"),
        Column("Survival, %", align="left"),
    )
    return [table("Survival at stated times", columns, rows)]


def _tests(tests: Sequence[Value]) -> Block:
    rows = [[Cell(one["test"]), Cell(_statistic(one)), Cell(str(one["degrees"])), Cell(p_value(one["p"]))] for one in tests]
    columns = (Column("Test", align="left"), Column("Chi-square"), Column("Degrees of freedom"), Column("P"))
    return table("Tests of the groups", columns, rows, "P values are descriptive.")


def _statistic(test: Value) -> str:
    return NONE if test["p"] is None else f"{test['statistic']:.2f}"


def _name(one: Value) -> str:
    return "everyone" if one["group"] == ALL else str(one["group"])


def _models(value: Value) -> list[tuple[str, Block]]:
    found = []
    for name, title, effect in (("cox", "Cox model", "HR"), ("fine_gray", "Fine-Gray model", "Subdistribution HR")):
        if name in value and value[name]["terms"]:
            found.append((title, _terms(value[name], effect, ratio)))
    return found


def _terms(model: Value, effect: str, words: Callable[[Value | None], str]) -> Block:
    rows = [
        [Cell(one["name"]), Cell(words(one.get("alone"))), Cell(words(one["together"])), Cell(p_value(one["together"]["p"]))]
        for one in model["terms"]
    ]
    columns = (
        Column("Term", align="left"),
        Column(f"{effect}, alone", align="left"),
        Column(f"{effect}, together", align="left"),
        Column("P"),
    )
    return table("Covariates", columns, rows)
