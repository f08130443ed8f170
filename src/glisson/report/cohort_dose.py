"""Absorbed dose in a registry report: the curve of each microsphere, its table, and dose against survival."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from glisson.report.cohort_words import NONE, long_name, p_value, ratio
from glisson.report.document import Block, Cell, Column, Figure, Paragraph, table
from glisson.report.figures.cohort_dose_response import DoseGroup, DoseResponsePlot, dose_response_rows, draw_dose_response
from glisson.report.follow_write import write_numbers

Value = Mapping[str, Any]


def dose_figures(folder: Path, section: Value) -> list[Figure]:
    """One figure for each microsphere."""
    if "cannot_say" in section:
        return []
    figures = []
    for group in section["fit"]["groups"]:
        mine = [point for point in section["points"] if point["product"] == group["group"]]
        if not mine:
            continue
        stem = f"dose-response-{group['group'] or 'all'}"
        curve = group.get("curve", [])
        plot = DoseResponsePlot(
            doses_Gy=tuple(point["dose_Gy"] for point in mine), responded=tuple(point["response"] for point in mine),
            groups=tuple(_group(one) for one in group.get("calibration", [])),
            curve_Gy=tuple(one["dose_Gy"] for one in curve), probability=tuple(one["probability"] for one in curve),
            low=tuple(one["low"] for one in curve), high=tuple(one["high"] for one in curve),
            d50_Gy=_ends(group.get("d50_Gy")), gamma50=_ends(group.get("gamma50")),
            what=f"probability of response ({section['window']})", units="patients",
            notes=(f"cannot say: {group['cannot_say']}",) if "cannot_say" in group else (f"interval: {group['interval']}",),
        )  # fmt: skip
        draw_dose_response(folder / stem, plot)
        write_numbers(folder / f"{stem}.csv", dose_response_rows(plot))
        words = f"Tumour absorbed dose against response, {group['group'] or 'all'}: {len(mine)} patients."
        figures.append(
            Figure(f"{stem}.svg", words, f"{words} Points: patients; bars: groups with exact intervals. Numbers: {stem}.csv.")
        )
    return figures


def _group(one: Value) -> DoseGroup:
    low, high = one["dose_low_Gy"], one["dose_high_Gy"]
    return DoseGroup(low, high, (low + high) / 2, one["tumours"], one["responders"], one["observed"], one["low"], one["high"])


def _ends(found: Value | None) -> tuple[float | None, float | None, float | None] | None:
    return None if found is None else (found["value"], found["low"], found["high"])


def dose_blocks(section: Value, figures: Sequence[Block]) -> list[Block]:
    """Figures, D50 and slope of each microsphere, and the hazard ratio of the dose."""
    if "cannot_say" in section:
        return [Paragraph(f"Cannot say: {section['cannot_say']}.")]
    blocks: list[Block] = list(figures)
    rows = []
    for group in section["fit"]["groups"]:
        slope = group.get("odds_ratio_per_doubling")
        cells = [
            str(group["group"] or "all"), f"{group['responders']} / {group['tumours']}", _interval(group.get("d50_Gy"), 0),
            _interval(group.get("gamma50"), 2), ratio(slope) if slope else NONE, p_value(slope["p"]) if slope else NONE,
        ]  # fmt: skip
        rows.append([Cell(text) for text in cells])
    columns = (
        Column("Microsphere", align="left"), Column("Responders / n"), Column("D50", "Gy"), Column("γ50"),
        Column("Odds ratio per doubling"), Column("P"),
    )  # fmt: skip
    said = [f"{group['group']}: cannot say: {group['cannot_say']}" for group in section["fit"]["groups"] if "cannot_say" in group]
    note = (
        f"{section['fit']['model']}; response is {' or '.join(section['response'])} ({section['window']}); dose of a patient's first "
        f"session ({section['with_dose']} of {section['patients']} patients have one, {section['several_sessions']} a dose of a further "
        "session as well); who died or was not seen before the window is in no point. Microspheres "
        "are never pooled: a gray is not the same effect in each. "
    )
    blocks.append(table("Tumour absorbed dose and response", columns, rows, note + "; ".join(said)))
    if "survival" in section:
        blocks += _survival(section["survival"])
    return blocks


def _interval(found: Value | None, digits: int) -> str:
    if found is None or found["value"] is None:
        return NONE
    low, high = (NONE if found[key] is None else f"{found[key]:.{digits}f}" for key in ("low", "high"))
    return f"{found['value']:.{digits}f} ({low} to {high})"


def _survival(found: Value) -> list[Block]:
    if "cannot_say" in found:
        return [Paragraph(f"Dose and {long_name(found['name']).lower()}: cannot say: {found['cannot_say']}.")]
    told = (("per_10_Gy", "10 Gy more"), ("per_doubling", "twice the dose"))
    rows = [[Cell(words), Cell(ratio(found[key]["alone"])), Cell(p_value(found[key]["alone"]["p"]))] for key, words in told]
    note = f"{found['events']} events in {found['rows']} patients with a dose. Who gets a higher dose differs in other ways, too."
    return [
        table(f"Dose and {long_name(found['name']).lower()}", (Column("", align="left"), Column("HR"), Column("P")), rows, note)
    ]
