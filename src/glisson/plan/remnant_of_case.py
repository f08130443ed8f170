"""The remnant of a case: which rules hold for this liver, what each says, growth after embolization, as a Result."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.case import Case, Finding, Level, Result, current
from glisson.errors import BadInput
from glisson.knowledge.procedures import Minimum, procedure_fact, procedure_number
from glisson.plan.body import Body, as_day, body_of
from glisson.plan.remnant import (
    FORMULAS,
    Growth,
    RemnantVolumes,
    Volumetry,
    growth_after,
    minima,
    readings,
    standard_liver_mL,
)

NORMAL, CHEMOTHERAPY, FIBROSIS = "normal", "chemotherapy over 3 months", "fibrosis or cirrhosis"
DISAGREE_fraction = 0.01
"""Share of a mask outside the liver from which it is said."""


def remnant_result(
    case: Case,
    volumes: RemnantVolumes,
    *,
    parameters: Mapping[str, Any],
    inputs: Mapping[str, str],
    findings: Sequence[Finding] = (),
) -> Result:
    """Volumes, standardised remnant, every published minimum side by side, and growth.

    Args:
        case: weight, height, state of the liver, chemotherapy, volumetries and embolization are taken from it.
        volumes: from the masks.
        parameters: which sites were used.
        inputs: hashes of the masks.
        findings: of reading them.

    Raises:
        BadInput: a chemotherapy that ends before it begins, or a volumetry without a day.
    """
    body = body_of(case)
    said = [*findings, *_mask_findings(volumes)]
    states = liver_states(case)
    rows = [_row(row, volumes, body.surface_m2, states[row.liver]) for row in minima()]
    said += _findings(rows, states, body)
    growth = _growth(case, body, said)
    return Result(
        kind="remnant volume",
        method="masks",
        parameters=dict(parameters),
        inputs=dict(inputs),
        value={
            "volumes": _volumes(volumes),
            "body": body.row(),
            "standard": [_standard(name, volumes, body.surface_m2) for name in FORMULAS],
            "measured_fraction": volumes.measured_fraction,
            "per_surface_mL_per_m2": volumes.remnant_mL / body.surface_m2 if body.surface_m2 else None,
            "per_weight_mL_per_kg": volumes.remnant_mL / body.weight_kg if body.weight_kg else None,
            "liver_states": states,
            "chemotherapy_days": chemotherapy_days(case)[0],
            "chemotherapy_days_all": chemotherapy_days(case)[1],
            "minima": rows,
            "growth": growth,
        },
        findings=tuple(dict.fromkeys(said)),
        sources=("kawaguchi-2019", "shindoh-2013", "van-roekel-thesis"),
    )


def liver_states(case: Case) -> dict[str, str]:
    """Whether the liver is each of the three states for which minima are published: "yes", "no" or "cannot say".

    Fibrosis is an answer of the case; chemotherapy over 3 months is the sum of its systemic treatments. A liver is normal when it is
    neither.
    """
    seen = case.observed("liver_background")
    fibrosis = "cannot say" if seen is None or seen.answer is None else "yes" if seen.answer == FIBROSIS else "no"
    days, whole = chemotherapy_days(case)
    beyond = days > procedure_number("remnant", "chemotherapy-days")
    over = "yes" if beyond else "no" if whole else "cannot say"
    neither = "yes" if (fibrosis, over) == ("no", "no") else "cannot say"
    normal = "no" if "yes" in (fibrosis, over) else neither
    return {NORMAL: normal, CHEMOTHERAPY: over, FIBROSIS: fibrosis}


def chemotherapy_days(case: Case) -> tuple[int, bool]:
    """Days under systemic treatment as far as they are on record, all lines together, and whether that is all of it.

    Raises:
        BadInput: a treatment that ends before it begins.
    """
    lines = [t for t in current(case.treatments) if t.kind == "systemic"]
    counted = case.observed("systemic_lines")
    whole = bool(lines) or (counted is not None and counted.value == 0)
    total = 0
    for line in lines:
        if line.at is None or line.end is None:
            whole = False
            continue
        days = (as_day(line.end) - as_day(line.at)).days
        if days < 0:
            raise BadInput(f"treatment '{line.id}' ends before it begins", do="correct 'at' or 'end' in case.yaml")
        total += days
    return total, whole


def _row(row: Minimum, volumes: RemnantVolumes, surface_m2: float | None, applies: str) -> dict[str, Any]:
    low, high = row.bounds
    return {
        "rule": row.id, "liver": row.liver, "by": row.by, "of": row.of, "from": low, "to": high, "unit": row.minimum.unit,
        "applies": applies, "holds_for": row.minimum.holds_for, "source": row.minimum.source, "place": row.minimum.place,
        "readings": [{"against": r.against, "value": r.value, "answer": r.answer} for r in readings(row, volumes, surface_m2)],
    }  # fmt: skip


def _volumes(volumes: RemnantVolumes) -> dict[str, float]:
    return {name: float(getattr(volumes, name)) for name in RemnantVolumes.__dataclass_fields__}


def _standard(formula: str, volumes: RemnantVolumes, surface_m2: float | None) -> dict[str, Any]:
    standard = standard_liver_mL(surface_m2=surface_m2, formula=formula) if surface_m2 else None
    fact = procedure_fact("remnant", FORMULAS[formula])
    return {
        "formula": formula, "standard_mL": standard, "sflr_fraction": volumes.remnant_mL / standard if standard else None,
        "source": fact.source, "place": fact.place,
    }  # fmt: skip


def _mask_findings(volumes: RemnantVolumes) -> list[Finding]:
    outside = (
        ("remnant", volumes.remnant_outside_liver_mL, volumes.remnant_mL),
        ("tumours", volumes.tumour_outside_liver_mL, volumes.tumour_mL),
    )
    return [
        _warn("outside-liver", f"{part:.1f} mL of the {name} lie outside the liver's mask and are not counted")
        for name, part, whole in outside
        if part > DISAGREE_fraction * (whole + part)
    ]


def _findings(rows: Sequence[Mapping[str, Any]], states: Mapping[str, str], body: Body) -> list[Finding]:
    said = []
    if body.surface_m2 is None:
        said.append(_warn("no-body-surface", f"standardised remnant: cannot say: {', '.join(body.missing)} missing"))
    unknown = [name for name, answer in states.items() if answer == "cannot say"]
    if unknown:
        text = f"whether the liver is {' or '.join(unknown)} cannot be said: enter liver_background, and the days of every systemic line"
        said.append(_warn("liver-state-unknown", text))
    short = [row for row in rows if row["applies"] == "yes" and any(r["answer"] == "too little" for r in row["readings"])]
    enough = [row for row in rows if row["applies"] == "yes" and all(r["answer"] == "enough" for r in row["readings"])]
    if short:
        said.append(_warn("remnant-too-little", f"too little by at least one reading of {', '.join(row['by'] for row in short)}"))
    if short and enough:
        said.append(
            _note("minima-disagree", f"enough by {', '.join(row['by'] for row in enough)}: sources disagree, all are shown")
        )
    text = "remnant over body weight is arithmetic: no source here gives a limit for it"
    said.append(_note("no-weight-limit", text))
    return said


def _growth(case: Case, body: Body, said: list[Finding]) -> dict[str, Any] | None:
    embolizations = [t for t in current(case.treatments) if t.kind == "portal vein embolization"]
    if not embolizations:
        return None
    moments = [s.at for t in embolizations for s in t.sessions if s.at is not None] or [
        t.at for t in embolizations if t.at is not None
    ]
    if not moments or body.surface_m2 is None:
        missing = [*body.missing, *([] if moments else ["the day of the embolization"])]
        said.append(_warn("growth-cannot-say", f"growth after embolization: cannot say: {', '.join(missing)} missing"))
        return None
    day = min(as_day(moment) for moment in moments)
    standard = standard_liver_mL(surface_m2=body.surface_m2)
    growth = growth_after(embolized_at=day, volumes=_volumetries(case), standard_mL=standard)
    if growth is None:
        text = "growth after embolization: cannot say: it needs a remnant_volume_mL with its day up to the embolization and one after it"
        said.append(_warn("growth-cannot-say", text))
        return None
    if growth.answers["kinetic-growth"] == "not met":
        below, above = procedure_fact("remnant", "insufficiency").value
        cut = 100 * procedure_number("remnant", "kinetic-growth")
        risk = f"liver insufficiency {100 * below:.1f} % against {100 * above:.0f} %"
        text = f"kinetic growth {100 * growth.per_week:.1f} % a week, below {cut:.1f} %: {risk}"
        said.append(_warn("slow-growth", text))
    return _growth_row(growth)


def _volumetries(case: Case) -> list[Volumetry]:
    found = []
    for entry in current(case.observations):
        if entry.what == "remnant_volume_mL" and entry.value is not None:
            if entry.at is None:
                raise BadInput("a remnant_volume_mL without a day", do="give its 'at' in case.yaml")
            found.append(Volumetry(as_day(entry.at), entry.value))
    return found


def _growth_row(growth: Growth) -> dict[str, Any]:
    cuts = {name: procedure_fact("remnant", name) for name in growth.answers}
    values = {
        "after-embolization": growth.after_fraction,
        "hypertrophy": growth.growth_fraction,
        "kinetic-growth": growth.per_week,
    }
    return {
        "embolized_at": growth.embolized_at.isoformat(), "formula": "Vauthey",
        "before_at": growth.before.day.isoformat(), "before_mL": growth.before.remnant_mL, "before_fraction": growth.before_fraction,
        "after_at": growth.after.day.isoformat(), "after_mL": growth.after.remnant_mL, "after_fraction": growth.after_fraction,
        "days": (growth.after.day - growth.embolized_at).days, "growth_fraction": growth.growth_fraction,
        "kinetic_growth_fraction_per_week": growth.per_week,
        "cuts": [
            {"cut": name, "value": values[name], "at_least": float(cut.value), "unit": cut.unit, "answer": growth.answers[name],
             "holds_for": cut.holds_for, "source": cut.source, "place": cut.place}
            for name, cut in cuts.items()
        ],
    }  # fmt: skip


def _warn(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)


def _note(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.NOTE, text=text)
