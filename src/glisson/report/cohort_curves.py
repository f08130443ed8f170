"""Figures of survival, incidence and models, from the values of a registry report."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glisson.report.cohort_survival import model_notes
from glisson.report.cohort_words import ALL, Names, long_name, months, p_value
from glisson.report.document import Figure
from glisson.report.figures.cohort_models import (
    CoxForest,
    ModelGroup,
    ModelTerm,
    Subgroup,
    SubgroupForest,
    SubgroupVariable,
    cox_forest_rows,
    draw_cox_forest,
    draw_subgroup_forest,
    forest_pages,
    subgroup_forest_rows,
)
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
from glisson.report.follow_write import write_numbers

Value = Mapping[str, Any]
SINCE = "first session"


def survival_figures(folder: Path, section: Value, names: Names, groups: str | None) -> list[Figure]:
    """Kaplan-Meier of everyone and of the groups; cumulative incidence where events compete."""
    if "cannot_say" in section:
        return []
    ours = [group for group in section["groups"] if group["group"] == ALL]
    parts = [group for group in section["groups"] if group["group"] != ALL]
    draw = _incidence if section["competing"] else _survival
    figures = [draw(folder, section, ours, names, groups)]
    if parts:
        figures.append(draw(folder, section, parts, names, groups))
    return figures


def _stem(section: Value, chosen: Sequence[Value]) -> str:
    return (
        f"{'incidence' if section['competing'] else 'survival'}-{section['id']}{'' if chosen[0]['group'] == ALL else '-groups'}"
    )


def _survival(folder: Path, section: Value, chosen: Sequence[Value], names: Names, groups: str | None) -> Figure:
    test = next(iter(section["tests"]), None)
    plot = SurvivalPlot(
        endpoint=long_name(section["name"]),
        curves=tuple(_curve(group, names.group(groups, group["group"]), bands=len(chosen) < 3) for group in chosen),
        ticks=tuple(section["axis_months"]),
        since=section["origin"],
        log_rank_p=test["p"] if test and len(chosen) > 1 else None,
        interval=section["interval"],
        confidence_fraction=section["confidence_fraction"],
    )
    stem = _stem(section, chosen)
    draw_survival(folder / stem, plot)
    write_numbers(folder / f"{stem}.csv", survival_rows(plot))
    medians = "; ".join(f"{names.group(groups, group['group'])}: median {months(group['median'])} months" for group in chosen)
    return Figure(
        f"{stem}.svg",
        f"{plot.endpoint} by Kaplan-Meier, with patients at risk and censored. {medians}.",
        f"{plot.endpoint} (Kaplan-Meier, {100 * plot.confidence_fraction:g} % intervals, {plot.interval}). Ticks: censored. Below: "
        f"patients at risk and censored so far. Numbers: {stem}.csv.",
    )


def _curve(group: Value, name: str, *, bands: bool = True) -> SurvivalCurve:
    curve = group["curve"]
    after = [place for place, time in enumerate(curve["time"]) if place > 0 or time > 0]
    empty: tuple[float | None, ...] = ()
    return SurvivalCurve(
        name=name,
        time=tuple(curve["time"][place] for place in after),
        survival=tuple(curve["survival"][place] for place in after),
        low=tuple(curve["low"][place] for place in after) if bands else empty,
        high=tuple(curve["high"][place] for place in after) if bands else empty,
        censored_at=tuple(curve["time"][place] for place in after if curve["censored"][place] > 0),
        at_risk=tuple(group["at_risk"]["at_risk"]),
        censored=tuple(group["at_risk"]["censored"]),
        rows=group["patients"],
        events=group["events"],
        median=_bounds(group.get("median")),
    )


def _bounds(median: Value | None) -> tuple[float | None, float | None, float | None] | None:
    return None if median is None else (median["time"], median["low"], median["high"])


def _incidence(folder: Path, section: Value, chosen: Sequence[Value], names: Names, groups: str | None) -> Figure:
    gray = next((test for test in section["tests"] if test["test"].startswith("Gray")), None)
    times = [row["time"] for row in chosen[0]["incidence"][0]["at_times"]]
    stated = 12.0 if 12.0 in times else (times[0] if times else None)
    several = len(chosen) > 1
    curves = []
    for group in chosen:
        for one in group["incidence"][: 1 if several else 2]:
            what = section["event"] if one["cause"] == "event" else "another event first"
            name = names.group(groups, group["group"]) if several else what
            curves.append(_incidence_curve(group, one, name, stated))
    plot = IncidencePlot(
        endpoint=f"Cumulative incidence of {section['event']}" if several else "Cumulative incidence",
        curves=tuple(curves),
        ticks=tuple(section["axis_months"]),
        since=section["origin"],
        gray_p=gray["p"] if gray and several else None,
        stated_at=stated,
        interval=section["interval"],
        confidence_fraction=section["confidence_fraction"],
    )
    stem = _stem(section, chosen)
    draw_incidence(folder / stem, plot)
    write_numbers(folder / f"{stem}.csv", incidence_rows(plot))
    return Figure(
        f"{stem}.svg",
        f"{long_name(section['name'])}: cumulative incidence, with patients at risk.",
        f"{long_name(section['name'])}: cumulative incidence (Aalen-Johansen), other events competing. Numbers: {stem}.csv.",
    )


def _incidence_curve(group: Value, one: Value, name: str, stated: float | None) -> IncidenceCurve:
    curve = one["curve"]
    at = next((row for row in one["at_times"] if row["time"] == stated), None)
    return IncidenceCurve(
        name=name, time=tuple(curve["time"][1:]), incidence=tuple(curve["incidence"][1:]), low=tuple(curve["low"][1:]),
        high=tuple(curve["high"][1:]), at_risk=tuple(group["at_risk"]["at_risk"]), events=tuple(one["events_at_ticks"]),
        rows=group["patients"], total=one["events"],
        stated=None if at is None or at["incidence"] is None else (at["incidence"], at["low"], at["high"]),
    )  # fmt: skip


def model_figure(folder: Path, section: Value, names: Names) -> list[Figure]:
    """Forest of a model: every covariate alone and all together."""
    if "cannot_say" in section or not section["cox"]["terms"]:
        return []
    forests = [("cox", "HR", section["cox"])]
    if "fine_gray" in section:
        forests.append(("fine_gray", "SHR", section["fine_gray"]))
    figures = []
    for kind, effect, model in forests:
        stem = f"forest-{section['id']}{'-fine-gray' if kind == 'fine_gray' else ''}"
        plot = CoxForest(
            groups=tuple(_model_groups(model["terms"], names)), multivariable=True, effect=effect,
            favours=("fewer events", "more events"), notes=model_notes(section) if kind == "cox" else (),
            confidence_fraction=section["confidence_fraction"],
        )  # fmt: skip
        write_numbers(folder / f"{stem}.csv", cox_forest_rows(plot))
        meant = "hazard ratio (HR)" if kind == "cox" else "subdistribution hazard ratio (SHR, Fine and Gray)"
        what = f"{long_name(section['name'])}: {meant} of {len(plot.groups)} covariates"
        caption = f"{what}, each alone and all together; reference levels named. Numbers: {stem}.csv."
        for number, page in enumerate(forest_pages(plot), start=1):
            name = stem if number == 1 else f"{stem}-{number}"
            draw_cox_forest(folder / name, page)
            figures.append(Figure(f"{name}.svg", f"{what}.", caption))
    return figures


def _model_groups(terms: Sequence[Value], names: Names) -> list[ModelGroup]:
    found: dict[str, list[ModelTerm]] = {}
    for term in terms:
        column = term["column"]
        rows = found.setdefault(column, [])
        if term["level"] is not None and not rows:
            counts = _n_events(term, "reference_")
            rows.append(ModelTerm(label=names.level(column, term["reference"]), n_events=counts, reference=True))
        label = names.with_unit(column) if term["level"] is None else names.level(column, term["level"])
        rows.append(
            ModelTerm(
                label=label, n_events=_n_events(term), univariable=_ratio(term.get("alone")), multivariable=_ratio(term.get("together")),
                univariable_p=(term.get("alone") or {}).get("p"), multivariable_p=(term.get("together") or {}).get("p"),
                univariable_said="no estimate" if term.get("alone") else "", multivariable_said="no estimate",
            )
        )  # fmt: skip
    return [ModelGroup(names.variable(column), tuple(rows)) for column, rows in found.items()]


def _n_events(term: Value, prefix: str = "") -> str:
    return f"{term[f'{prefix}patients']} / {term[f'{prefix}events']}" if f"{prefix}patients" in term else ""


def _ratio(found: Value | None) -> tuple[float | None, float | None, float | None] | None:
    return None if not found or found.get("ratio") is None else (found["ratio"], found["low"], found["high"])


def subgroup_figure(folder: Path, section: Value, names: Names) -> list[Figure]:
    """Forest of one exposure in every subgroup."""
    if "cannot_say" in section:
        return []
    plot = SubgroupForest(
        overall=_subgroup("All patients", section["overall"]),
        variables=tuple(
            SubgroupVariable(
                names.variable(one["variable"]), tuple(_subgroup(names.level(one["variable"], row["level"]), row) for row in one["levels"]),
                one["interaction_p"], "" if one["interaction_p"] is not None else "no test",
            )
            for one in section["variables"]
        ),
        arms=(section["arms"][1], section["arms"][0]), favours=(f"{section['arms'][1]} better", f"{section['arms'][0]} better"),
        notes=(section["label"], "events / patients"), confidence_fraction=section["confidence_fraction"],
    )  # fmt: skip
    draw_subgroup_forest(folder / "subgroups", plot)
    write_numbers(folder / "subgroups.csv", subgroup_forest_rows(plot))
    words = f"{section['label']}, {long_name(section['name']).lower()}: hazard ratio overall and in subgroups."
    return [
        Figure(
            "subgroups.svg",
            words,
            f"{words} Subgroups show how even an effect is; a single one proves nothing. Numbers: subgroups.csv.",
        )
    ]


def _subgroup(label: str, row: Value) -> Subgroup:
    told = _ratio(row.get("ratio"))
    return Subgroup(
        label, f"{row['exposed_events']} / {row['exposed']}", f"{row['other_events']} / {row['others']}", told,
        "" if told else str(row.get("cannot_say") or "no estimate"), float(row["exposed_events"] + row["other_events"]),
    )  # fmt: skip


def weighted_figure(folder: Path, section: Value) -> list[Figure]:
    """Weighted Kaplan-Meier curves of the two groups."""
    if not section.get("drawn") or "cannot_say" in section:
        return []
    curves = tuple(_curve(group, group["group"]) for group in section["drawn"])
    hazard = section["cox"]["weighted"]
    note = (
        f"weighted HR {hazard['ratio']:.2f} ({hazard['low']:.2f} to {hazard['high']:.2f}), P {p_value(hazard['p'])}"
        if hazard and hazard["ratio"]
        else ""
    )
    plot = SurvivalPlot(
        endpoint=long_name(section["name"]), curves=curves, ticks=tuple(section["axis_months"]), since=SINCE,
        notes=tuple(word for word in (note, "patients at risk: unweighted") if word),
    )  # fmt: skip
    draw_survival(folder / "weighted-survival", plot)
    write_numbers(folder / "weighted-survival.csv", survival_rows(plot))
    words = f"{section['label']}: {plot.endpoint.lower()} after weighting"
    return [
        Figure(
            "weighted-survival.svg",
            f"{words}.",
            f"{words} ({section['estimand']}); at risk unweighted. Numbers: weighted-survival.csv.",
        )
    ]
