"""Figures of a registry report from its values, each with the numbers behind it; what cannot be drawn is left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from glisson.report.cohort_curves import model_figure, subgroup_figure, survival_figures, weighted_figure
from glisson.report.cohort_dose import dose_figures
from glisson.report.cohort_pages import Pictures
from glisson.report.cohort_patients import PatientPictures, patient_figures
from glisson.report.cohort_words import Names, long_name, percent
from glisson.report.document import Figure
from glisson.report.figures.cohort_balance import Balance, LovePlot, OverlapPlot, draw_love, draw_overlap, love_rows, overlap_rows
from glisson.report.figures.cohort_dose_response import SplinePlot, draw_spline, spline_rows
from glisson.report.figures.cohort_flow import FlowDiagram, FlowEnd, FlowReason, FlowStep, draw_flow, flow_rows
from glisson.report.figures.cohort_harm import HarmPlot, HarmRow, draw_harm, draw_harm_butterfly, harm_rows
from glisson.report.figures.cohort_models import CentrePlot, CentreRow, centre_rows, draw_centres
from glisson.report.figures.cohort_quality import (
    QualityLine,
    QualityPlot,
    QualityPoint,
    QualityScale,
    draw_quality,
    quality_rows,
)
from glisson.report.figures.cohort_response import (
    ResponseBar,
    ResponsePlot,
    ResponseWindow,
    draw_responses,
    response_rows,
)
from glisson.report.figures.cohort_sequences import TreatmentPath, TreatmentSequences, draw_sequences, sequence_rows
from glisson.report.follow_write import write_numbers

Value = Mapping[str, Any]
ALL = "all"


def draw_registry(folder: Path, value: Value, course: PatientPictures | None, progress: Callable[[float, str], None]) -> Pictures:
    """Every figure of the report, by the part that it belongs to."""
    names, pictures = Names(value["variables"]), Pictures()
    groups = value["protocol"]["groups"]
    singles: dict[str, Callable[[Path, Value], list[Figure]]] = {
        "flow": _flow, "sequences": _sequences, "response": _response, "harm": _harm, "quality": _quality,
    }  # fmt: skip
    for name, draw in singles.items():
        if "cannot_say" not in value[name]:
            pictures.add(name, draw(folder, value[name]))
    progress(0.2, "drawing survival")
    for section in value["survival"]:
        pictures.add("survival", survival_figures(folder, section, names, groups), section["id"])
    if "cannot_say" not in (centres := value.get("centres", {"cannot_say": ""})):
        pictures.add("centres", _centres(folder, centres))
    progress(0.5, "drawing models")
    for section in value["models"]:
        pictures.add("models", [*model_figure(folder, section, names), *_splines(folder, section, names)], section["id"])
    if "cannot_say" not in (weighting := value.get("weighting", {"cannot_say": ""})):
        pictures.add(
            "weighting", [*_overlap(folder, weighting), *_love(folder, weighting, names), *weighted_figure(folder, weighting)]
        )
    if "subgroups" in value:
        pictures.add("subgroups", subgroup_figure(folder, value["subgroups"], names))
    if "dose_response" in value:
        pictures.add("dose_response", dose_figures(folder, value["dose_response"]))
    progress(0.7, "drawing every patient")
    if course is not None:
        pictures.add("course", patient_figures(folder, course))
    return pictures


def _saved(folder: Path, stem: str, rows: Sequence[Mapping[str, Any]], words: str, caption: str) -> list[Figure]:
    write_numbers(folder / f"{stem}.csv", list(rows))
    return [Figure(f"{stem}.svg", words, f"{caption} Numbers: {stem}.csv.")]


def _flow(folder: Path, value: Value) -> list[Figure]:
    steps = []
    for place, step in enumerate(value["steps"]):
        after = value["steps"][place + 1 : place + 2]
        lost = after[0]["left_out"] if after else []
        first = place == 0
        title = "Entered in the registry" if first else _upper(str(step["label"]))
        steps.append(
            FlowStep(
                title, step["before"] if first else step["after"], lost=tuple(FlowReason(one["reason"], one["n"]) for one in lost)
            )
        )
    head, *rest = steps
    unusable = tuple(FlowReason(one["reason"], one["n"]) for one in value["steps"][0]["left_out"])
    if unusable:
        rest = [FlowStep("Entries that can be used", value["steps"][0]["after"], lost=head.lost), *rest]
        head = replace(head, lost=unusable)
    ends = [
        FlowEnd(
            long_name(one["name"]),
            one["analysed"],
            (f"{one['events']} events", *(f"{out['n']}: {out['reason']}" for out in one["left_out"])),
        )
        for one in value["endpoints"]
    ]
    ends += [
        FlowEnd(f"Response, {one['window']}", one["assessed"], (f"{one['not_done']} not assessed",)) for one in value["windows"]
    ]
    quality = value["quality"]
    ends.append(FlowEnd("Quality of life", quality["baseline_and_later"], ("at baseline and later",)))
    groups = [f"{one['label']}: {one['patients']}" for one in value["groups"]]
    last = (rest or [head])[-1]
    marked = replace(last, lines=(*last.lines, *groups))
    stages = (head, *rest[:-1], marked) if rest else (marked,)
    diagram = FlowDiagram(stages, tuple(ends))
    draw_flow(folder / "flow", diagram)
    return _saved(
        folder, "flow", flow_rows(diagram), "Flow of patients from the registry to every analysis.", "Flow of patients."
    )


def _upper(words: str) -> str:
    """The first letter large, the others as they are."""
    return words[:1].upper() + words[1:]


def _sequences(folder: Path, value: Value) -> list[Figure]:
    if not value["flows"]:
        return []
    plot = TreatmentSequences(
        tuple(value["stages"]),
        tuple(TreatmentPath(tuple(one["path"]), one["patients"]) for one in value["flows"]),
        least=value["smallest"],
    )
    draw_sequences(folder / "sequences", plot)
    words = "Sequences of treatment: last therapy before, index treatment, first therapy after."
    return _saved(folder, "sequences", sequence_rows(plot), words, words)


def _response(folder: Path, value: Value) -> list[Figure]:
    windows = []
    for window in value["windows"]:
        everyone = next(group for group in window["groups"] if group["group"] == ALL)
        bars = tuple(_bar(everyone, denominator) for denominator in ("treated", "evaluable") if everyone[denominator])
        if bars:
            ends = f"{window['from_months']:g}–{window['to_months']:g} months"
            windows.append(ResponseWindow(f"{window['window']} ({ends})", bars))
    if not windows:
        return []
    plot = ResponsePlot(tuple(windows), ("response, % (95 % CI)", "disease control, % (95 % CI)"))
    draw_responses(folder / "response", plot)
    words = f"Response by {value['criterion']} in each window, of all treated and of the evaluable."
    return _saved(folder, "response", response_rows(plot), words, f"{words} {_upper(value['rule'])}.")


NO_CALL = ("NE", "not done")


def _bar(group: Value, denominator: str) -> ResponseBar:
    calls = {name: one["count"] for name, one in group["calls"].items()}
    if denominator == "evaluable":
        calls = {name: count for name, count in calls.items() if name not in NO_CALL}
    n = group[denominator]
    counts = [(name, count) for name, count in calls.items() if count and name != "not done"]
    if rest := n - sum(count for _, count in counts):
        counts.append(("no assessment", rest))
    said = tuple(_share(group[what][denominator]) for what in ("objective_response", "disease_control"))
    return ResponseBar("all treated" if denominator == "treated" else "evaluable", n, tuple(counts), said)


def _share(one: Value) -> str:
    return f"{100 * one['fraction']:.0f} ({100 * one['low']:.0f}–{100 * one['high']:.0f})"


def _harm(folder: Path, value: Value) -> list[Figure]:
    entered = value["entered"]
    if not entered.get("terms"):
        return []
    everyone = next(group for group in value["groups"] if group["group"] == ALL)
    phases = [
        phase
        for phase in ("periprocedural", "early", "later")
        if any(sum(term["phases"][phase]["grades"]) for term in entered["terms"])
    ]
    if not phases:
        return []
    rows = [HarmRow(term["term"], tuple(tuple(term["phases"][phase]["grades"]) for phase in phases)) for term in entered["terms"]]
    plot = HarmPlot(tuple(phases), tuple(everyone["patients"] for _ in phases), tuple(rows))
    draw_harm(folder / "harm", plot)
    words = "Patients with each adverse event by worst grade and phase."
    made = _saved(folder, "harm", harm_rows(plot), words, f"{words} {_upper(value['phases'])}.")
    return [*made, *_harm_by_group(folder, value)]


def _harm_by_group(folder: Path, value: Value) -> list[Figure]:
    """Two groups back to back; nothing for one group or more than two."""
    groups = [group for group in value["groups"] if group["group"] != ALL]
    terms = value["entered"].get("terms")
    if len(groups) != 2 or not terms:
        return []
    names = [group["group"] for group in groups]
    rows = [HarmRow(term["term"], tuple(tuple(term["groups"][name]["patient"]["grades"]) for name in names)) for term in terms]
    plot = HarmPlot(tuple(group["label"] for group in groups), tuple(group["patients"] for group in groups), tuple(rows))
    draw_harm_butterfly(folder / "harm-groups", plot)
    words = "Patients with each adverse event by worst grade, the two groups back to back."
    return _saved(folder, "harm-groups", harm_rows(plot), words, words)


def _quality(folder: Path, value: Value) -> list[Figure]:
    due = {one["visit"]: one for one in value["completion"]}
    shown = [group["group"] for group in value["groups"] if group["group"] != ALL] or [ALL]
    labels = {group["group"]: group["label"] for group in value["groups"]}
    scales = []
    for scale in value["scales"]:
        lines = [line for group in shown if (line := _quality_line(scale, group, labels[group], due)).points]
        if lines:
            scales.append(QualityScale(scale["name"], tuple(lines), scale["more_is_better"], value["threshold"]["points"]))
    if not scales:
        return []
    plot = QualityPlot(tuple(scales))
    draw_quality(folder / "quality", plot)
    words = "Mean change of quality of life from baseline by visit."
    return _saved(folder, "quality", quality_rows(plot), words, f"{words} {value['note']}")


def _quality_line(scale: Value, group: str, label: str, due: Mapping[str, Value]) -> QualityLine:
    points = []
    for visit in scale["visits"]:
        found, back = visit["groups"].get(group), due.get(visit["visit"])
        if found is None or back is None or back["months"] is None:
            continue
        change = found.get("change") or {"mean": None, "low": None, "high": None}
        points.append(
            QualityPoint(back["months"], change["mean"], change["low"], change["high"], back["received"], back["expected"])
        )
    return QualityLine(label, tuple(points))


def _splines(folder: Path, section: Value, names: Names) -> list[Figure]:
    figures = []
    for found in section.get("splines", []):
        if "cannot_say" in found:
            continue
        curve = found["curve"]
        plot = SplinePlot(
            label=names.with_unit(found["variable"]), x=_column(curve, "value"), ratio=_column(curve, "hazard_ratio"),
            low=_column(curve, "low"), high=_column(curve, "high"), reference=found["reference"], values=tuple(found["values"]),
            knots=tuple(found["knots"]), p_overall=found["overall"].get("p"), p_nonlinear=found["non_linear"].get("p"),
        )  # fmt: skip
        stem = f"spline-{section['id']}-{found['variable'].replace('.', '-')}"
        draw_spline(folder / stem, plot)
        words = f"{long_name(section['name'])}: hazard ratio along {names.variable(found['variable'])}, restricted cubic spline."
        figures += _saved(folder, stem, spline_rows(plot), words, words)
    return figures


def _column(curve: Sequence[Value], name: str) -> tuple[float, ...]:
    return tuple(float(row[name]) for row in curve)


def _love(folder: Path, section: Value, names: Names) -> list[Figure]:
    rows = tuple(
        Balance(names.variable(one["name"]), _absolute(one["before"]), _absolute(one["after"]))
        for one in section.get("balance", [])
    )
    if not rows:
        return []
    plot = LovePlot(rows)
    draw_love(folder / "balance", plot)
    words = "Absolute standardised differences before and after weighting."
    return _saved(folder, "balance", love_rows(plot), words, words)


def _absolute(value: float | None) -> float | None:
    return None if value is None else abs(value)


def _overlap(folder: Path, section: Value) -> list[Figure]:
    bins = (section.get("overlap") or {}).get("histogram")
    if not bins:
        return []
    plot = OverlapPlot(
        edges=(*(one["from"] for one in bins), bins[-1]["to"]), first=tuple(one["exposed"] for one in bins),
        second=tuple(one["unexposed"] for one in bins), names=(section["arms"][1], section["arms"][0]),
    )  # fmt: skip
    draw_overlap(folder / "overlap", plot)
    words = "Propensity of the exposure in both groups."
    return _saved(
        folder, "overlap", overlap_rows(plot), words, f"{words} Where the groups do not overlap there is no comparison."
    )


def _centres(folder: Path, section: Value) -> list[Figure]:
    """Survival at one time by centre, beside everyone's; centres by number, in no order of merit."""
    what = f"{long_name(section['name'])} at {section['months']:g} months"
    rows = tuple(
        CentreRow(
            one["centre"],
            f"{one['events']} / {one['patients']}",
            _fraction(one),
            "" if one["survival"] is not None else "not known",
        )
        for one in section["centres"]
    )
    everyone = section["everyone"]
    overall = CentreRow("All centres", f"{everyone['events']} / {everyone['patients']}", _fraction(everyone))
    notes = (
        (f"{section['small']} centres with fewer than {section['smallest']} patients are not shown",) if section["small"] else ()
    )
    plot = CentrePlot(what, rows, overall, notes, section["confidence_fraction"])
    draw_centres(folder / "centres", plot)
    words = f"{what} by centre; all centres {percent(everyone, 'survival')} %."
    return _saved(
        folder, "centres", centre_rows(plot), words, f"{words} Events / patients. Differences are of patients, care and chance."
    )


def _fraction(one: Value) -> tuple[float | None, float | None, float | None] | None:
    return None if one["survival"] is None else (one["survival"], one["low"], one["high"])
