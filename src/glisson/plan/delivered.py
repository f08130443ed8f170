"""After delivery: the absorbed dose held against the limits of the plan, the lungs, and what was planned."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glisson.case import Case, Finding, Level, Planning, Result, Session, Structure, Treatment
from glisson.dose.constant import DoseConstant
from glisson.knowledge import sources
from glisson.knowledge.products import product
from glisson.plan.bench import reserve_fraction_of, treated_lesions
from glisson.plan.constraints import Readings, constraints_for
from glisson.plan.earlier import earlier_treatments
from glisson.plan.rules import rules_for
from glisson.plan.shunt import LungDeposit, LungMass, Shunt, lung_dose_Gy
from glisson.plan.solver import Constraint
from glisson.plan.volumes import reference_volumes, union
from glisson.voxels import Image


@dataclass(frozen=True)
class Given:
    """What was delivered, as far as it is on record.

    Attributes:
        treatment: which treatment; its planning holds entered limits.
        delivered_GBq: less the residue, at injection.
        shunt: ``None``: not known, and the lung dose cannot be said.
        lung_mass: of both lungs.
        territories: ids of the sites that were injected.
        session: in which it was given; what came before it counts as earlier.
    """

    treatment: Treatment
    delivered_GBq: float
    shunt: Shunt | None
    lung_mass: LungMass
    territories: tuple[str, ...]
    session: Session | None = None


def judge_delivered(
    case: Case,
    result: Result,
    *,
    dose: Image,
    structures: Sequence[Structure],
    given: Given,
    constant: DoseConstant,
    plan: Result | None = None,
) -> Result:
    """The same Result with every limit that holds beside the dose it limits, the lung dose, and plan against delivery."""
    lung = _lung(given, constant)
    constraints = _constraints(case, dose, structures, given, lung["mean_Gy"])
    rows = [_with_limits(row, constraints) for row in result.value["structures"]]
    value = result.value | {
        "structures": rows,
        "lung": lung | {"limits": [_as_row(c) for c in constraints if c.on == "lung"]},
        "limits": [_as_row(c) for c in constraints],
        "plan_against_delivery": _against(plan, rows, given) if plan is not None and _comparable(plan, constant) else [],
    }
    return result.model_copy(
        update={
            "value": value,
            "findings": (*result.findings, *_findings(constraints)),
            "sources": tuple(
                dict.fromkeys((*result.sources, *(c.source for c in constraints if not c.entered), *_of_lungs(given)))
            ),
        }
    )


def _of_lungs(given: Given) -> list[str]:
    """Knowledge behind the lung mass, where it was not entered."""
    return [given.lung_mass.source] if given.shunt is not None and given.lung_mass.source in sources() else []


def _lung(given: Given, constant: DoseConstant) -> dict[str, Any]:
    """Mean lung dose from the shunt and the delivered activity."""
    if given.shunt is None:
        return {"mean_Gy": None, "how": "cannot say: lung shunt missing", "mass_g": given.lung_mass.mass_g}
    mean_Gy = lung_dose_Gy(
        deposits=[LungDeposit(given.delivered_GBq, given.shunt.fraction)],
        lung_mass_g=given.lung_mass.mass_g,
        constant=constant,
    )
    return {
        "mean_Gy": mean_Gy,
        "shunt_fraction": given.shunt.fraction,
        "mass_g": given.lung_mass.mass_g,
        "mass_rule": given.lung_mass.rule,
        "how": f"shunt ({given.shunt.method}) times the delivered activity; beta transport into and inside lung is not modelled",
    }


def _constraints(
    case: Case, dose: Image, structures: Sequence[Structure], given: Given, lung_Gy: float | None
) -> list[Constraint]:
    """Every limit that holds, with the delivered dose as its dose "per GBq" of one unit."""
    if given.treatment.product is None:
        return []
    planning = given.treatment.planning or Planning()
    territories = [s for s in structures if s.id in given.territories]
    shape = dose.grid.shape
    perfused = union(territories, shape)
    mass = np.full(shape, dose.grid.voxel_volume_mL)
    rules = rules_for(
        case,
        planning,
        product(given.treatment.product),
        reserve_fraction=reserve_fraction_of(structures, perfused, mass),
        earlier=earlier_treatments(case, given.treatment.id, planning, session=given.session),
        treatment_id=given.treatment.id,
    )

    def mean(share: Any) -> float | None:
        total = float(np.sum(share, dtype=np.float64))
        return float(np.sum(share * dose.array, dtype=np.float64)) / total if total > 0 else None

    readings = Readings(
        tuple((r, mean(r.mask)) for r in reference_volumes(structures, territories)),
        {s.id: mean(s.mask.array) for s in structures},
        lung_Gy if lung_Gy is not None else float("nan"),
        treated_lesions(structures, perfused),
    )
    found = constraints_for(rules, "voxel", readings).constraints
    return [c for c in found if c.on != "lung" or lung_Gy is not None]


def _as_row(constraint: Constraint) -> dict[str, Any]:
    holds = constraint.holds_at(1.0)
    words = {True: "within" if constraint.aim == "limit" else "reached", None: "cannot say"}
    return {
        "on": constraint.on,
        "site": constraint.site,
        "name": constraint.name,
        "aim": constraint.aim,
        "limit_Gy": constraint.limit_Gy,
        "dose_Gy": constraint.dose_Gy(1.0),
        "state": words.get(holds, "over" if constraint.aim == "limit" else "not reached"),
        "source": None if constraint.entered else constraint.source,
        "evidence": constraint.evidence,
        "entered": constraint.entered,
        "decides": constraint.decides,
        "note": constraint.note,
    }


def _with_limits(row: Mapping[str, Any], constraints: Sequence[Constraint]) -> dict[str, Any]:
    mine = [c for c in constraints if c.site == row["site"] and c.decides]
    return {**row, "limits": [_as_row(c) for c in mine]}


def _comparable(plan: Result, constant: DoseConstant) -> bool:
    """Doses per GBq of one nuclide say nothing of another."""
    return bool(plan.value["constant"]["nuclide"] == constant.nuclide)


def _against(plan: Result, rows: Sequence[Mapping[str, Any]], given: Given) -> list[dict[str, Any]]:
    """Mean doses that the plan foresaw for the delivered activity, beside those delivered."""
    planned = {row["site"]: row["mean_Gy_per_GBq"] for row in plan.value["dose_per_GBq"]}
    per_delivered = given.delivered_GBq / _leaves_the_vial(plan)
    found = []
    for row in rows:
        per_GBq = planned.get(row["site"])
        if per_GBq is None:
            continue
        planned_Gy = per_GBq * per_delivered
        ratio = row["mean_Gy"] / planned_Gy if planned_Gy > 0 else None
        found.append(
            {
                "site": row["site"],
                "name": row["name"],
                "planned_Gy": planned_Gy,
                "delivered_Gy": row["mean_Gy"],
                "ratio": ratio,
            }
        )
    return found


def _leaves_the_vial(plan: Result) -> float:
    """GBq that leave the vial per GBq of the planned session (1 less the residues)."""
    injections: list[dict[str, Any]] = next((c["injections"] for c in plan.value["candidates"] if c.get("injections")), [])
    total = sum(i["activity_GBq"] for i in injections if i.get("activity_GBq"))
    if not total:
        return 1.0
    return float(sum(i["activity_GBq"] * (1.0 - i["residual_fraction"]) for i in injections if i.get("activity_GBq")) / total)


def _findings(constraints: Sequence[Constraint]) -> list[Finding]:
    found = []
    for c in constraints:
        if c.holds_at(1.0) is not False or not c.decides:
            continue
        dose = c.dose_Gy(1.0)
        if c.aim == "limit":
            text = f"{c.name}: {dose:.1f} Gy is above the limit of {c.limit_Gy:g} Gy on {c.on} ({'entered' if c.entered else c.source})"
        else:
            text = f"{c.name}: {dose:.1f} Gy is below the target of {c.limit_Gy:g} Gy ({'entered' if c.entered else c.source})"
        found.append(Finding(code=f"delivered-{c.aim}", level=Level.WARNING, text=text))
    return found
