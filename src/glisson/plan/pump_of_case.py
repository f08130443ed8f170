"""The pump of a case: dose, reservoir, calendar of refills, and what speaks against it, as a Result."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from glisson.case import Case, Finding, Level, PumpPlanning, Result, Treatment, current
from glisson.errors import MissingFact
from glisson.knowledge.procedures import procedure_fact, procedure_number, procedure_numbers
from glisson.plan.body import as_day, bilirubin_of, body_of, mg_per_dL
from glisson.plan.calendar import require_after
from glisson.plan.pump import fills, floxuridine_mg_per_day, require_floxuridine_dose, reservoir

SHOWN = (
    "dose", "label-dose", "label-hepatic-dose", "misprint", "days-on", "days-off", "dexamethasone", "extraction", "half-life",
    "bilirubin-stop", "strictures", "biliary-harm", "bevacizumab", "no-bevacizumab", "bevacizumab-review", "trial-cycles",
)  # fmt: skip
BEVACIZUMAB = "bevacizumab"


def pump_result(case: Case, treatment: Treatment, *, findings: Sequence[Finding] = ()) -> Result:
    """Dose, reservoir, calendar and findings of a pump with floxuridine.

    Raises:
        MissingFact: nothing is asked of the pump.
        BadInput: a dose, a weight or a bilirubin in another unit, or days out of order.
    """
    asked = treatment.pump
    if asked is None:
        raise MissingFact(f"treatment '{treatment.id}'", missing=["pump"], do="say under it what is asked of the pump")
    said = list(findings)
    dose = asked.dose_mg_per_kg_per_day or procedure_number("pump", "dose")
    require_floxuridine_dose(dose)
    body = body_of(case)
    per_day = floxuridine_mg_per_day(weight_kg=body.weight_kg, dose_mg_per_kg_per_day=dose) if body.weight_kg else None
    calendar = fills(first_fill=asked.first_fill, cycles=asked.cycles, implanted_at=asked.implanted_at, moved=dict(asked.moved))
    _require_sessions_after_implant(treatment, asked)
    said += [
        *_dose_findings(asked, dose, per_day),
        *_bilirubin(case),
        *_bevacizumab(case, calendar[0].drug_from, calendar[-1].next_fill),
    ]
    on = procedure_number("pump", "days-on")
    return Result(
        kind="pump plan",
        method="floxuridine by weight",
        parameters={"treatment": treatment.id},
        value={
            "treatment": treatment.id,
            "dose_mg_per_kg_per_day": dose,
            "dose_from": "entered" if asked.dose_mg_per_kg_per_day else "protocol",
            "weight_kg": body.weight_kg,
            "weight_at": body.measured_at,
            "dose_mg_per_day": per_day,
            "dose_mg_per_cycle": per_day * on if per_day is not None else None,
            "reservoir": _reservoir(asked, per_day, on, said),
            "calendar": [
                {"cycle": f.cycle, "drug_from": f.drug_from.isoformat(), "drug_until": f.drug_until.isoformat(),
                 "next_fill": f.next_fill.isoformat(), "moved": f.cycle in asked.moved}
                for f in calendar
            ],
            "implanted_at": asked.implanted_at.isoformat() if asked.implanted_at else None,
            "bilirubin_mg_per_dL": _bilirubin_mg(case),
            "numbers": [_number(name) for name in SHOWN],
        },
        findings=tuple(dict.fromkeys(said)),
        sources=tuple(dict.fromkeys(procedure_fact("pump", name).source for name in SHOWN)),
    )  # fmt: skip


def _require_sessions_after_implant(treatment: Treatment, asked: PumpPlanning) -> None:
    for session in treatment.sessions:
        if session.at is not None:
            require_after(as_day(session.at), asked.implanted_at, what=f"session '{session.id}'", after="the implantation")


def _number(name: str) -> dict[str, Any]:
    fact = procedure_fact("pump", name)
    return {
        "number": name, "value": fact.value, "unit": fact.unit, "holds_for": fact.holds_for, "source": fact.source, "place": fact.place,
        "evidence": fact.evidence.value, "note": fact.note,
    }  # fmt: skip


def _reservoir(asked: PumpPlanning, per_day: float | None, days_on: float, said: list[Finding]) -> dict[str, Any] | None:
    missing = [name for name in ("reservoir_mL", "flow_mL_per_day") if getattr(asked, name) is None]
    if per_day is None or missing:
        lacking = [*missing, *([] if per_day is not None else ["weight_kg"])]
        said.append(_finding("reservoir-cannot-say", Level.NOTE, f"reservoir: cannot say: {', '.join(lacking)} missing"))
        return None
    assert asked.reservoir_mL is not None and asked.flow_mL_per_day is not None
    found = reservoir(dose_mg_per_day=per_day, reservoir_mL=asked.reservoir_mL, flow_mL_per_day=asked.flow_mL_per_day)
    text = (
        "concentration and content of the reservoir are unit arithmetic (mg/day over mL/day), no published rule for filling: what stays in "
        "the reservoir and in the dead space is not in them; the pump's papers and the pharmacy decide"
    )
    said.append(_finding("reservoir-arithmetic", Level.NOTE, text))
    if found.lasts_days < days_on:
        text = f"the reservoir lasts {found.lasts_days:.1f} days at this flow, less than the {days_on:g} days with floxuridine"
        said.append(_finding("reservoir-too-small", Level.WARNING, text))
    return {
        "basis": "unit arithmetic", "reservoir_mL": asked.reservoir_mL, "flow_mL_per_day": asked.flow_mL_per_day,
        "concentration_mg_per_mL": found.concentration_mg_per_mL, "drug_mg": found.drug_mg, "lasts_days": found.lasts_days,
        "left_after_drug_days_mL": max(0.0, asked.reservoir_mL - days_on * asked.flow_mL_per_day),
    }  # fmt: skip


def _dose_findings(asked: PumpPlanning, dose: float, per_day: float | None) -> list[Finding]:
    usual = procedure_number("pump", "dose")
    low, high = procedure_numbers("pump", "label-hepatic-dose")
    said = [
        _finding(
            "label-against-protocol",
            Level.WARNING,
            f"sources disagree: the protocol gives {usual:g} mg/kg/day, the label {low:g} to {high:g} into the hepatic artery, "
            "three to five times more; both are shown, the second from a copy",
        ),
        _finding(
            "no-reduction-table",
            Level.NOTE,
            "tables that reduce the dose by AST, ALP and bilirubin exist; none is confirmed here: consult your protocol",
        ),
    ]
    if dose > usual:
        strictures = procedure_fact("pump", "strictures")
        harmed, of = strictures.value
        text = (
            f"{dose:g} mg/kg/day is above the protocol's {usual:g}; {harmed} of {of} patients had {strictures.holds_for} (NCOG)"
        )
        said.append(_finding("dose-above-protocol", Level.WARNING, text))
    if per_day is None:
        said.append(_finding("no-weight", Level.WARNING, "dose: cannot say: weight_kg missing"))
    if asked.implanted_at is None:
        said.append(
            _finding(
                "no-implantation", Level.NOTE, "the day of the implantation is not entered; fills are not checked against it"
            )
        )
    return said


def _bilirubin_mg(case: Case) -> float | None:
    found = bilirubin_of(case)
    return mg_per_dL(found.number) if found is not None else None


def _bilirubin(case: Case) -> list[Finding]:
    value = _bilirubin_mg(case)
    stop, entry = procedure_number("pump", "bilirubin-stop"), procedure_number("pump", "bilirubin-entry")
    if value is None:
        return [
            _finding(
                "bilirubin-unknown", Level.WARNING, "whether floxuridine may be given: cannot say: bilirubin_umol_per_L missing"
            )
        ]
    if value >= stop:
        rule = f"at {stop:g} mg/dL or more no floxuridine until it is normal, and after a long rest (second-hand)"
        text = f"bilirubin {value:.1f} mg/dL: {rule}"
        return [_finding("bilirubin-stop", Level.STOP, text)]
    if value >= entry:
        text = f"bilirubin {value:.1f} mg/dL: a pump's maker asks for less than {entry:g} mg/dL"
        return [_finding("bilirubin-entry", Level.WARNING, text)]
    return []


def _bevacizumab(case: Case, first: date, last: date) -> list[Finding]:
    """A stop while both are given; a warning for what ended before; nothing where no bevacizumab is on record."""
    said = []
    (with_it, of_with), (without, of_without) = (procedure_fact("pump", name).value for name in ("bevacizumab", "no-bevacizumab"))
    harm = (
        f"bilirubin above 3 mg/dL in {with_it} of {of_with} with it against {without} of {of_without} without (randomised, 2011)"
    )
    for line in current(case.treatments):
        words = " ".join((*line.drugs, line.regimen or "")).lower()
        if BEVACIZUMAB not in words and "+ bev" not in words and "-bev" not in words:
            continue
        end = as_day(line.end) if line.end is not None else None
        began = as_day(line.at) if line.at is not None else None
        if began is not None and began > last:
            continue
        if end is None or end >= first:
            text = f"bevacizumab ('{line.id}') beside floxuridine is contraindicated: {harm}"
            said.append(_finding("bevacizumab-with-floxuridine", Level.STOP, text))
            continue
        half_life = procedure_number("pump", "bevacizumab-half-life")
        text = (
            f"bevacizumab ('{line.id}') ended {(first - end).days} days before the first fill; its half-life is "
            f"{half_life:g} days (11 to 50), and no source here gives an interval before floxuridine; "
            f"together they are contraindicated: {harm}"
        )
        said.append(_finding("bevacizumab-before-floxuridine", Level.WARNING, text))
    return said


def _finding(code: str, level: Level, text: str) -> Finding:
    return Finding(code=code, level=level, text=text)
