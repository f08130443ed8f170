"""One method on one product: its constraints, its activity, what that does, and the energy ledger that is checked every time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.dose.compartments import EnergyNotConserved, imbalance, ledger_as_json, require_conservation
from glisson.errors import GlissonError, MissingFact
from glisson.knowledge.products import Product
from glisson.plan.bench import Bench
from glisson.plan.bsa import body_surface_area_m2, bsa_activity_GBq
from glisson.plan.constraints import Readings, constraints_for
from glisson.plan.models import Model
from glisson.plan.rules import Rules
from glisson.plan.solver import Constraint, Solution, as_rows, solve, tightest, within_all
from glisson.plan.volumes import lesions, tissue_of, union


@dataclass(frozen=True)
class Method:
    """One method on one product, before an activity is chosen."""

    name: str
    model: Model
    readings: Readings
    constraints: tuple[Constraint, ...]


def make_method(bench: Bench, rules: Rules, name: str, model: Model, said: list[Finding]) -> Method:
    """Mean doses per GBq and the constraints of one method; ``said`` takes the findings."""
    readings = Readings(
        tuple((r, model.mean_Gy(r.mask, bench.mass_g, tissue=r.tissue)) for r in bench.references),
        {s.id: model.mean_Gy(s.mask.array.astype(np.float32), bench.mass_g, tissue=tissue_of(s)) for s in bench.structures},
        model.lung_J / (bench.lung_mass.mass_g / 1000.0),
        bench.treated,
    )
    chosen = constraints_for(rules, name, readings)
    said += chosen.findings
    constraints = list(chosen.constraints)
    if name == "mird" and bench.planning.target_dose_Gy is not None:
        constraints += [
            Constraint("perfused volume", r.site, r.name, "target", bench.planning.target_dose_Gy, value, note="wanted mean dose")
            for r, value in readings.on("perfused volume")
        ]
    return Method(name, model, readings, tuple(constraints))


def solve_method(bench: Bench, method: Method) -> Solution:
    """The activity that limits and targets allow, or the one that gives the wanted dose of the perfused volume."""
    solution = solve(method.constraints)
    if method.name == "mird" and bench.planning.target_dose_Gy is not None and solution.feasible:
        wanted = [c for c in method.constraints if c.note == "wanted mean dose" and c.per_GBq]
        aim = max(wanted, key=lambda c: c.activity_GBq)
        return replace(solution, activity_GBq=aim.activity_GBq, binding=aim)
    return solution


def cannot_say(name: str, reason: str | None) -> dict[str, Any]:
    """The page of a method of which nothing can be said."""
    return {
        "method": name,
        "activity_GBq": None,
        "delivered_GBq": None,
        "feasible": False,
        "binding": None,
        "limits": [],
        "structures": [],
        "energy": [],
        "energy_balance": None,
        "reason": reason,
    }


def method_page(bench: Bench, device: Product, method: Method, solution: Solution, said: list[Finding]) -> dict[str, Any]:
    """Everything a method says at its activity."""
    value = _at(bench, method, solution.activity_GBq, solution.binding, said)
    ceiling = solution.ceiling_GBq if math.isfinite(solution.ceiling_GBq) else None
    floor = solution.floor_GBq if math.isfinite(solution.floor_GBq) else None
    value |= {"feasible": solution.feasible and value["feasible"], "ceiling_GBq": ceiling, "floor_GBq": floor}
    value["reason"] = value["reason"] or solution.reason
    said += _not_read(device, method.constraints)
    if not solution.feasible and solution.reason:
        code = "out-of-reach" if solution.known else "no-limit-known"
        text = f"{device.name}, {method.name}: {solution.reason}"
        said.append(Finding(code=code, level=Level.WARNING, text=text))
    return value


def _not_read(device: Product, constraints: Sequence[Constraint]) -> list[Finding]:
    """Limits that decide and that no volume on the grid can be held against: the activity was found without them."""
    return [
        Finding(
            code="limit-not-read",
            level=Level.WARNING,
            text=f"{device.name}: the limit {c.words} could not be held against any activity ({c.why}); the activity was found without it",
        )
        for c in constraints
        if c.decides and c.aim == "limit" and c.per_GBq is None
    ]


def _at(
    bench: Bench, method: Method, activity_GBq: float | None, binding: Constraint | None, said: list[Finding]
) -> dict[str, Any]:
    """What a method says at an activity; the energy ledger is checked, at 1 GBq where no activity can be said."""
    at_GBq = activity_GBq or 1.0
    rows = method.model.ledger(bench.compartments, bench.mass_g, activity_GBq=at_GBq, lung_mass_g=bench.lung_mass.mass_g)
    emitted_J = method.model.emitted_J * at_GBq
    ledger = {
        "energy_at_GBq": at_GBq,
        "energy": ledger_as_json(rows, emitted_J=emitted_J),
        "energy_balance": {
            "emitted_J": emitted_J,
            "sum_J": sum(row.energy_J for row in rows),
            "imbalance": imbalance(rows, emitted_J=emitted_J),
            "tolerance": method.model.tolerance,
            "read_beyond_perfused_J": method.model.beyond_J * at_GBq,
        },
    }
    try:
        require_conservation(rows, emitted_J=emitted_J, tolerance=method.model.tolerance)
    except EnergyNotConserved as error:
        said.append(Finding(code="energy-not-conserved", level=Level.STOP, text=f"{method.name}: {error}"))
        return cannot_say(method.name, str(error)) | ledger
    delivered = sum(d.delivered for d in bench.deliveries)
    return (
        cannot_say(method.name, None)
        | ledger
        | {
            "feasible": True,
            "activity_GBq": activity_GBq,
            "delivered_GBq": None if activity_GBq is None else activity_GBq * delivered,
            "binding": binding.words if binding else None,
            "limits": as_rows(method.constraints, activity_GBq, binding),
            "structures": [
                {
                    "site": s.id,
                    "name": s.site.label,
                    "mean_Gy": None if activity_GBq is None or (m := method.readings.sites[s.id]) is None else m * activity_GBq,
                }
                for s in bench.structures
            ],
            "lung_Gy": None if activity_GBq is None else method.readings.lung_per_GBq * activity_GBq,
            "tumour_to_normal": method.model.ratios or None,
            "how": method.model.words,
        }
    )


def bsa_page(bench: Bench, voxel: Method, device: Product, said: list[Finding]) -> dict[str, Any]:
    """The body-surface activity, and what it does by the voxel doses."""
    method = replace(voxel, name="bsa")
    try:
        activity_GBq = _bsa_activity(bench)
    except GlissonError as error:
        return cannot_say("bsa", f"cannot say: {error}")
    worst = tightest(method.constraints, activity_GBq)
    value = _at(bench, method, activity_GBq, worst, said)
    reasons = []
    if not within_all(method.constraints, activity_GBq):
        reasons.append(f"the formula's activity exceeds {worst.words if worst else 'a limit'}")
    shunt = max(d.lung_shunt_fraction for d in bench.deliveries)
    for note in device.label_notes:
        if note.id == "resin-shunt" and shunt > float(note.value):
            reasons.append(f"lung shunt {shunt:.0%} is above the label's {float(note.value):.0%}")
    value["reason"] = "; ".join(reasons) or value["reason"]
    value["feasible"] = value["feasible"] and not reasons
    value["how"] = "body surface area; involvement of the whole liver; doses by the voxel method"
    if bench.planning.bsa_reduction_fraction:
        value["how"] += f"; reduced by {bench.planning.bsa_reduction_fraction:.0%} as entered"
    return value


def _bsa_activity(bench: Bench) -> float:
    weight, height = bench.case.observed("weight_kg"), bench.case.observed("height_cm")
    liver = next((r for r in bench.references if r.on == "whole liver"), None)
    missing = [n for n, v in (("weight_kg", weight), ("height_cm", height), ("a liver contour", liver)) if v is None]
    if weight is None or height is None or liver is None:
        raise MissingFact("the body-surface method", missing=missing)
    voxel_mL = bench.mapping.grid.voxel_volume_mL
    liver_mL = float(liver.mask.sum()) * voxel_mL
    tumour_mL = float(np.sum(np.minimum(liver.mask, union(lesions(bench.structures), bench.mapping.grid.shape)))) * voxel_mL
    return bsa_activity_GBq(
        surface_m2=body_surface_area_m2(weight_kg=weight.number, height_m=height.number / 100.0),
        tumour_volume_mL=tumour_mL,
        normal_volume_mL=liver_mL - tumour_mL,
        treated_fraction=float(np.sum(np.minimum(liver.mask, bench.perfused))) * voxel_mL / liver_mL,
        reduction_fraction=bench.planning.bsa_reduction_fraction or 0.0,
    )


def forward_page(bench: Bench, device: Product, voxel: Method, wanted_GBq: float, said: list[Finding]) -> dict[str, Any]:
    """What a wanted activity (after residue) would do."""
    activity_GBq = wanted_GBq / sum(d.delivered for d in bench.deliveries)
    value = _at(bench, voxel, activity_GBq, tightest(voxel.constraints, activity_GBq), said)
    if not within_all(voxel.constraints, activity_GBq):
        worst = tightest(voxel.constraints, activity_GBq)
        value["feasible"], value["reason"] = False, f"exceeds {worst.words if worst else 'a limit'}"
        text = f"{device.name}: the wanted {wanted_GBq:.3g} GBq {value['reason']}"
        said.append(Finding(code="wanted-activity-exceeds", level=Level.WARNING, text=text))
    return value
