"""The margin of an ablation as a Result: the whole surface, and the part away from the capsule, beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glisson.case import Finding, Level, Result
from glisson.knowledge.procedures import procedure_fact, procedure_number, procedure_numbers
from glisson.plan.ablation import MarginMap, MarginNumbers, area_by_margin, margin_numbers

BIN_mm = 1.0
APPLICATORS = "cannot say: no source here relates the size of a tumour to a number of applicators"


def margin_result(
    margins: MarginMap,
    *,
    subcapsular_mm: float | None = None,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
    findings: Sequence[Finding] = (),
) -> Result:
    """Minimum margin, shares of the surface below 0, 5 and 10 mm, residual volume, subcapsular part.

    Args:
        margins: of the tumour's surface.
        subcapsular_mm: surface nearer than this to the capsule is left out of the second set of numbers; the required margin if
            ``None``, since inside the liver no wider one fits there.
        parameters: which masks were used.
        inputs: hashes of the masks.
        findings: of reading them.
    """
    required = procedure_number("ablation", "required")
    shown = procedure_numbers("ablation", "shown")
    near = subcapsular_mm if subcapsular_mm is not None else procedure_number("ablation", "subcapsular")
    whole = margin_numbers(margins, shown)
    kept = margins.away_from_capsule(near) if margins.capsule_mm is not None else None
    away = margin_numbers(margins, shown, kept) if kept is not None else None
    edges = _edges(margins)
    sources = tuple(dict.fromkeys(procedure_fact("ablation", name).source for name in ("required", "shown", "subcapsular")))
    return Result(
        kind="ablation margin",
        method="distance between surfaces",
        parameters=dict(parameters),
        inputs=dict(inputs),
        value={
            "required_mm": required,
            "required_source": procedure_fact("ablation", "required").source,
            "reached": whole.minimum_mm is not None and whole.minimum_mm >= required,
            "reached_away_from_capsule": _reached(away, required),
            "thresholds_mm": list(shown),
            "whole": _row(whole),
            "subcapsular_mm": near if kept is not None else None,
            "subcapsular_from": "entered" if subcapsular_mm is not None else "required margin",
            "away_from_capsule": _row(away) if away is not None else None,
            "subcapsular_fraction": 1.0 - away.area_mm2 / whole.area_mm2 if away is not None and whole.area_mm2 else None,
            "tumour_mL": margins.tumour_mL,
            "zone_mL": margins.zone_mL,
            "residual_mL": margins.residual_mL,
            "residual_fraction": margins.residual_mL / margins.tumour_mL,
            "voxel_mm": list(margins.voxel_mm),
            "uncertainty_mm": max(margins.voxel_mm) / 2.0,
            "histogram": {
                "edges_mm": edges.tolist(),
                "area_fraction": [round(float(v), 6) for v in area_by_margin(margins, edges)],
            },
            "applicators": None,
            "applicators_reason": APPLICATORS,
        },
        findings=tuple(dict.fromkeys([*findings, *_findings(margins, whole, away, required)])),
        sources=sources,
    )


def _edges(margins: MarginMap) -> np.ndarray[Any, np.dtype[np.float64]]:
    low, high = np.floor(margins.margin_mm.min() / BIN_mm), np.ceil(margins.margin_mm.max() / BIN_mm)
    return np.arange(low, max(high, low + 1) + 1) * BIN_mm


def _reached(numbers: MarginNumbers | None, required: float) -> bool | None:
    return None if numbers is None or numbers.minimum_mm is None else numbers.minimum_mm >= required


def _row(numbers: MarginNumbers) -> dict[str, Any]:
    return {
        "area_mm2": numbers.area_mm2, "minimum_mm": numbers.minimum_mm, "mean_mm": numbers.mean_mm,
        "below_fraction": list(numbers.below_fraction), "minimum_at_mm": list(numbers.at_mm) if numbers.at_mm else None,
    }  # fmt: skip


def _findings(margins: MarginMap, whole: MarginNumbers, away: MarginNumbers | None, required: float) -> list[Finding]:
    said = []
    lowest = whole.minimum_mm if whole.minimum_mm is not None else 0.0
    half = max(margins.voxel_mm) / 2.0
    if lowest < 0:
        text = f"tumour outside the zone: {margins.residual_mL:.2f} mL, up to {-lowest:.1f} mm beyond it"
        said.append(Finding(code="residual-tumour", level=Level.WARNING, text=text))
    elif lowest < required:
        text = f"smallest margin {lowest:.1f} mm, below {required:g} mm (Sandu 2021)"
        said.append(Finding(code="margin-too-small", level=Level.WARNING, text=text))
    if abs(lowest - required) < half:
        text = f"smallest margin within half a voxel ({half:.1f} mm) of {required:g} mm: on this grid it is not told from it"
        said.append(Finding(code="margin-at-border", level=Level.WARNING, text=text))
    if away is None:
        text = "no liver was given: the surface below the capsule is not told apart"
        said.append(Finding(code="no-capsule", level=Level.NOTE, text=text))
    if margins.surface.cut or margins.zone_cut:
        text = "the tumour or the zone touches the edge of its image; what lies beyond is not counted"
        said.append(Finding(code="cut-by-image", level=Level.WARNING, text=text))
    text = (
        f"voxels of {' x '.join(f'{edge:.2g}' for edge in margins.voxel_mm)} mm; how well the two scans are aligned is not in these "
        "numbers: an error of registration moves every margin by as much"
    )
    said.append(Finding(code="registration-not-included", level=Level.NOTE, text=text))
    said.append(Finding(code="applicators-not-sourced", level=Level.NOTE, text=f"number of applicators: {APPLICATORS}"))
    return said
