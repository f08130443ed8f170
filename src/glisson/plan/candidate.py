"""One product on one case: every method's activity, what binds, what it does, the vial, and a what-if table."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.dose.constant import DoseConstant
from glisson.knowledge.products import Product
from glisson.plan.bench import Bench
from glisson.plan.constraints import disagreements
from glisson.plan.method import (
    Method,
    bsa_page,
    cannot_say,
    forward_page,
    make_method,
    method_page,
    solve_method,
)
from glisson.plan.models import Model
from glisson.plan.rules import Rules, rules_for
from glisson.plan.shunt import shunt_bound
from glisson.plan.solver import kept, solve, tightest
from glisson.plan.vial import vial_as_json

METHODS = ("voxel", "partition", "mird")
"""Most detailed first: the first that can say an activity leads the vial, the injections and the what-if table."""
WHAT_IF = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5)


@dataclass
class Page:
    """What one product came to."""

    value: dict[str, Any]
    findings: list[Finding] = field(default_factory=list)
    feasible: bool | None = None
    """by the most detailed method that can say; ``None``: none can"""
    reason: str | None = None


def candidate_page(
    bench: Bench, device: Product, *, constant: DoseConstant, models: dict[str, Model | str], activities_GBq: Sequence[float]
) -> Page:
    """Everything about one product.

    Args:
        bench: the prepared case.
        device: the product.
        constant: of its nuclide.
        models: by method; a sentence instead of a model says why there is none.
        activities_GBq: rows of the what-if table; empty: around the proposed activity.
    """
    rules = rules_for(
        bench.case,
        bench.planning,
        device,
        reserve_fraction=bench.reserve_fraction,
        earlier=bench.earlier,
        treatment_id=bench.treatment_id,
    )
    page = Page({"product": device.id, "name": device.name, "nuclide": device.nuclide, "device_class": device.device_class})
    _say_limits(page, rules)
    methods: list[dict[str, Any]] = []
    voxel = None
    for name in METHODS:
        model = models[name]
        if isinstance(model, str):
            methods.append(cannot_say(name, f"cannot say: {model}"))
            continue
        method = make_method(bench, rules, name, model, page.findings)
        solution = solve_method(bench, method)
        methods.append(method_page(bench, device, method, solution, page.findings))
        voxel = voxel or method
        if page.feasible is None and solution.known:
            page.feasible, page.reason = methods[-1]["feasible"], methods[-1]["reason"]
    assert voxel is not None
    if device.device_class == "resin":
        methods.append(bsa_page(bench, voxel, device, page.findings))
    leading = next((m for m in methods if m["activity_GBq"] is not None), None)
    proposed = leading["activity_GBq"] if leading else None
    wanted = bench.planning.activity_GBq
    drawn = wanted / sum(d.delivered for d in bench.deliveries) if wanted else None
    page.value |= {
        "constant": constant.to_value(),
        "limits_from": rules.limits_from,
        "methods": methods,
        "proposed_by": leading["method"] if leading else None,
        "forward": forward_page(bench, device, voxel, wanted, page.findings) if wanted else None,
        "injections": injections_at(bench, proposed),
        "vial": _vial(bench, device, constant, proposed),
        "what_if": _what_if(voxel, activities_GBq or _around(proposed, drawn, voxel)),
        "lung_shunt_bound": _bound(bench, voxel),
        "label_notes": [note.model_dump(mode="json") for note in device.label_notes],
    }
    _say_label(bench, device, proposed, page)
    page.findings += disagreements(voxel.constraints)
    return page


def injections_at(bench: Bench, activity_GBq: float | None) -> list[dict[str, Any]]:
    """Every injection with its part of an activity."""
    return [
        {
            "id": d.id,
            "territory": d.territory.id,
            "activity_GBq": None if activity_GBq is None else d.share * activity_GBq,
            "delivered_GBq": None if activity_GBq is None else d.delivered * activity_GBq,
            "share": d.share,
            "share_rule": d.share_rule,
            "residual_fraction": d.residual_fraction,
            "lung_shunt_fraction": d.lung_shunt_fraction,
            "mapping_image": d.image,
        }
        for d in bench.deliveries
    ]


def _say_limits(page: Page, rules: Rules) -> None:
    if rules.why_no_table and rules.device.device_class != "holmium":
        page.findings.append(
            Finding(
                code="limits-unknown",
                level=Level.WARNING,
                text=f"{rules.device.name}: cannot say which table of limits holds ({rules.why_no_table}); "
                + ("the entered limits are used" if rules.entered else "no published limit is used in their place"),
            )
        )


def _around(proposed: float | None, wanted: float | None, voxel: Method) -> list[float]:
    middle = proposed or wanted or 1.0
    floor = solve(voxel.constraints).floor_GBq
    extra = [a for a in (wanted, floor) if a and math.isfinite(a)]
    return sorted({round(a, 6) for a in [*(share * middle for share in WHAT_IF), *extra]})


def _what_if(voxel: Method, activities_GBq: Sequence[float]) -> list[dict[str, Any]]:
    rows = []
    targets = any(c.decides and c.aim == "target" for c in voxel.constraints)
    for activity_GBq in activities_GBq:
        worst = tightest(voxel.constraints, activity_GBq)
        rows.append(
            {
                "activity_GBq": activity_GBq,
                "lung_Gy": voxel.readings.lung_per_GBq * activity_GBq,
                "doses": {site: mean * activity_GBq for site, mean in voxel.readings.sites.items() if mean is not None},
                "within": kept(voxel.constraints, activity_GBq, "limit"),
                **({"targets_met": kept(voxel.constraints, activity_GBq, "target")} if targets else {}),
                "binding": worst.words if worst else None,
            }
        )
    return rows


def _vial(bench: Bench, device: Product, constant: DoseConstant, proposed: float | None) -> dict[str, Any] | None:
    if not proposed:
        return None
    return vial_as_json(
        device,
        wanted_GBq=proposed,
        half_life_h=constant.half_life_h,
        calibration_at=bench.planning.calibration_at,
        injection_at=bench.planning.injection_at,
        vial_GBq=bench.planning.vial_activity_GBq,
    )


def _bound(bench: Bench, voxel: Method) -> dict[str, Any] | None:
    """Shunt above which the lungs, no longer the whole liver, would cap the activity."""
    lung = min(
        (c for c in voxel.constraints if c.on == "lung" and c.decides), key=lambda c: c.limit_Gy - c.earlier_Gy, default=None
    )
    whole = [c for c in voxel.constraints if c.on in ("whole normal liver", "whole liver") and c.decides and c.aim == "limit"]
    if lung is None or not whole or lung.limit_Gy <= lung.earlier_Gy:
        return None
    tightest_whole = min(whole, key=lambda c: c.limit_Gy)
    mask = next((r.mask for r in bench.references if (r.on, r.site) == (tightest_whole.on, tightest_whole.site)), None)
    if mask is None or not mask.any():
        return None
    mass_g = float(np.sum(mask * bench.mass_g))
    lung_left = lung.limit_Gy - lung.earlier_Gy
    return {
        "fraction": shunt_bound(
            lung_limit_Gy=lung_left,
            lung_mass_g=bench.lung_mass.mass_g,
            liver_limit_Gy=tightest_whole.limit_Gy,
            liver_mass_g=mass_g,
        ),
        "lung_limit_Gy": lung_left,
        "liver_limit_Gy": tightest_whole.limit_Gy,
        "liver_volume": tightest_whole.on,
        "liver_mass_g": mass_g,
        "source": "thomas-2026",
    }


def _say_label(bench: Bench, device: Product, proposed: float | None, page: Page) -> None:
    shunt = max(d.lung_shunt_fraction for d in bench.deliveries)
    to_lung = sum(d.to_lung for d in bench.deliveries) * (proposed or 0.0)
    for note in device.label_notes:
        number = float(note.value)
        if note.id == "resin-shunt" and shunt > number:
            text = f"{device.name}: the label contraindicates a lung shunt above {number:.0%}; it is {shunt:.1%}"
        elif note.id == "glass-lung-activity" and to_lung > number:
            text = f"{device.name}: {to_lung:.2f} GBq reach the lungs; the label, written for hepatocellular carcinoma, says {number:g} GBq"
        else:
            continue
        page.findings.append(Finding(code="label", level=Level.WARNING, text=text))
