"""The cycles of a case: doses, calendar, and how they lie to every procedure on record or planned, as a Result."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from glisson.case import Case, Finding, Level, Result, Treatment, current
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.regimens import Regimen, regimen
from glisson.plan.body import Body, as_day, bilirubin_of, body_of
from glisson.plan.systemic import Advice, Cycle, Given, advice, cycles, doses
from glisson.score.of_case import Facts

EVERY_3_WEEKS = 21


def systemic_result(case: Case, treatment: Treatment, *, findings: Sequence[Finding] = ()) -> Result:
    """Doses, calendar and timeline of a regimen, systemic or into the hepatic artery.

    Raises:
        MissingFact: nothing is asked, or no regimen is named.
        BadInput: an unknown regimen, days out of order, or values in another unit.
    """
    asked = treatment.cycles
    missing = [name for name, value in (("cycles", asked), ("regimen", treatment.regimen)) if not value]
    if asked is None or treatment.regimen is None:
        raise MissingFact(f"treatment '{treatment.id}'", missing=missing, do="say under it what is asked of the cycles")
    chosen = regimen(treatment.regimen)
    body = body_of(case)
    surface = _capped(body.surface_m2, asked.surface_cap_m2)
    given = doses(chosen, surface_m2=surface, weight_kg=body.weight_kg, fractions=asked.dose_fraction)
    planned = cycles(chosen, first_day=asked.first_day, number=asked.number, moved=asked.moved)
    _require_order(treatment)
    said = [*findings, *_findings(chosen, body, asked.surface_cap_m2, given)]
    statements = _advice(case, chosen)
    said += _advice_findings(statements, chosen)
    return Result(
        kind="cycles",
        method=chosen.name,
        parameters={"treatment": treatment.id, "regimen": chosen.id},
        value={
            "treatment": treatment.id,
            "regimen": {"id": chosen.id, "name": chosen.name, "setting": chosen.setting, "way": chosen.way,
                        "cycle_days": chosen.cycle_days, "premedication": chosen.premedication or None},
            "body": {**body.row(), "used_surface_m2": surface, "cap_m2": asked.surface_cap_m2},
            "doses": [_dose_row(g) for g in given],
            "cycles": [_cycle_row(c, asked.moved) for c in planned],
            "first_dose": [_advice_row(a, {dose.drug for dose in chosen.doses}) for a in statements],
            "procedures": _procedures(case, treatment, planned),
            "lines": _lines(case, treatment),
        },
        findings=tuple(dict.fromkeys(said)),
        sources=tuple(dict.fromkeys([*(g.claim.source for g in given if g.claim), *(a.modification.dose.source for a in statements),
                                     "van-roekel-thesis"])),
    )  # fmt: skip


def _capped(surface_m2: float | None, cap_m2: float | None) -> float | None:
    if surface_m2 is None or cap_m2 is None:
        return surface_m2
    return min(surface_m2, cap_m2)


def _require_order(treatment: Treatment) -> None:
    if treatment.at is not None and treatment.end is not None and as_day(treatment.end) < as_day(treatment.at):
        raise BadInput(f"treatment '{treatment.id}' ends before it begins", do="correct 'at' or 'end' in case.yaml")


def _dose_row(given: Given) -> dict[str, Any]:
    claim = given.claim
    return {
        "drug": given.drug, "how": given.how, "days": list(given.days), "hours": given.hours, "times_a_day": given.times_a_day,
        "first_cycle_only": given.first, "printed": list(given.printed) if given.printed else None, "unit": claim.unit if claim else None,
        "fraction": given.fraction, "dose_mg": [round(v, 6) for v in given.dose_mg] if given.dose_mg else None,
        "missing": list(given.missing), "holds_for": claim.holds_for if claim else None, "source": claim.source if claim else None,
        "place": claim.place if claim else None, "evidence": claim.evidence.value if claim else None,
    }  # fmt: skip


def _cycle_row(cycle: Cycle, moved: dict[int, date]) -> dict[str, Any]:
    return {
        "cycle": cycle.number, "first_day": cycle.first_day.isoformat(), "ends": cycle.ends.isoformat(), "moved": cycle.number in moved,
        "giving_days": {drug: [day.isoformat() for day in days] for drug, days in cycle.giving_days.items()},
    }  # fmt: skip


def _advice(case: Case, chosen: Regimen) -> tuple[Advice, ...]:
    facts = Facts(case)
    bilirubin = bilirubin_of(case)
    ratio = bilirubin.number / bilirubin.upper_normal if bilirubin is not None and bilirubin.upper_normal else None
    return advice(
        {dose.drug for dose in chosen.doses},
        dpyd_score=facts.number("dpyd_activity_score"),
        dpyd=facts.word("dpyd"),
        ugt1a1=facts.word("ugt1a1"),
        bilirubin_over_uln=ratio,
    )


def _advice_row(one: Advice, drugs: set[str]) -> dict[str, Any]:
    entry = one.modification
    return {
        "statement": entry.id, "about": entry.gene, "by": entry.by, "drugs": [d for d in entry.drugs if d in drugs], "applies": one.applies,
        "advice": entry.advice, "holds_for": entry.dose.holds_for, "source": entry.dose.source, "place": entry.dose.place,
        "evidence": entry.dose.evidence.value, "superseded_by": entry.dose.superseded_by,
    }  # fmt: skip


def _findings(chosen: Regimen, body: Body, cap_m2: float | None, given: Sequence[Given]) -> list[Finding]:
    said = []
    lacking = dict.fromkeys(name for g in given for name in g.missing if name != "a published dose")
    if lacking:
        said.append(_warn("dose-cannot-say", f"doses: cannot say: {', '.join(lacking)} missing"))
    unstated = dict.fromkeys(g.drug for g in given if g.claim is None)
    if unstated:
        said.append(
            _warn(
                "dose-not-stated", f"no source here states the dose of {', '.join(unstated)} in {chosen.name}: its label decides"
            )
        )
    if cap_m2 is None:
        text = "body surface is not capped: no source here states a cap; a centre that caps enters surface_cap_m2"
        said.append(_note("no-cap", text))
    elif body.surface_m2 is not None and body.surface_m2 > cap_m2:
        said.append(_note("capped", f"body surface {body.surface_m2:.2f} m2 taken as the centre's cap of {cap_m2:g} m2"))
    reduced = [f"{g.drug} {100 * g.fraction:g} %" for g in given if g.fraction < 1]
    if reduced:
        said.append(_note("dose-fraction", f"share of the full dose as entered: {', '.join(dict.fromkeys(reduced))}"))
    said.append(_note("interactions", "how long before and after a procedure a drug pauses: glisson weigh CASE"))
    return said


def _advice_findings(statements: Sequence[Advice], chosen: Regimen) -> list[Finding]:
    said = []
    for about, name in (
        ("DPYD", "dpyd_activity_score"),
        ("UGT1A1", "ugt1a1"),
        ("bilirubin", "bilirubin_umol_per_L with its upper_normal"),
    ):
        mine = [one for one in statements if one.modification.gene == about]
        if mine and all(one.applies == "cannot say" for one in mine):
            said.append(_warn(f"{about.lower()}-unknown", f"first dose by {about}: cannot say: {name} missing"))
    holding = [one for one in statements if one.modification.gene == "DPYD" and one.applies in ("yes", "perhaps")]
    if len({one.modification.advice for one in holding}) > 1:
        said.append(_warn("dpyd-sources-differ", "sources differ on the first dose by DPYD: all are shown, a person decides"))
    if any(one.modification.gene == "bilirubin" for one in statements) and chosen.cycle_days != EVERY_3_WEEKS:
        text = f"doses of irinotecan by bilirubin are written for every 3 weeks; {chosen.name} is given every {chosen.cycle_days} days"
        said.append(_note("bilirubin-other-schedule", text))
    for one in statements:
        entry = one.modification
        if entry.gene == "UGT1A1" and one.applies == "yes" and entry.advice != "no action":
            said.append(_warn("ugt1a1", f"UGT1A1: {entry.by}: {entry.advice} (irinotecan)"))
    return said


def _procedures(case: Case, treatment: Treatment, planned: Sequence[Cycle]) -> list[dict[str, Any]]:
    """Every procedure with a day, and how many days it lies after the last giving before it and before the next one."""
    starts = [c.first_day for c in planned]
    giving = sorted({day for c in planned for days in c.giving_days.values() for day in days})
    rows = []
    for other in current(case.treatments):
        if other.kind == "systemic" or other.id == treatment.id:
            continue
        for name, kind, day in _days_of(other):
            before, after = [d for d in giving if d <= day], [d for d in giving if d > day]
            rows.append({
                "treatment": other.id, "kind": other.kind, "session": name, "what": kind, "day": day.isoformat(),
                "cycle": max((n for n, start in enumerate(starts, start=1) if start <= day), default=None),
                "days_since_last_giving": (day - before[-1]).days if before else None,
                "days_to_next_giving": (after[0] - day).days if after else None,
            })  # fmt: skip
    return sorted(rows, key=lambda row: str(row["day"]))


def _days_of(treatment: Treatment) -> list[tuple[str | None, str, date]]:
    """Days of a treatment that is on record or asked for: sessions, else its own day, else the day that is planned."""
    found = [(str(s.id), s.kind, as_day(s.at)) for s in treatment.sessions if s.at is not None]
    if found:
        return [(name, kind, day) for name, kind, day in found]
    if treatment.at is not None:
        return [(None, "on record", as_day(treatment.at))]
    if treatment.tace is not None and treatment.tace.first_day is not None:
        return [(None, "planned", treatment.tace.first_day)]
    if treatment.pump is not None:
        return [(None, "planned", treatment.pump.first_fill)]
    if treatment.planning is not None and treatment.planning.injection_at is not None:
        return [(None, "planned", as_day(treatment.planning.injection_at))]
    return []


def _lines(case: Case, treatment: Treatment) -> list[dict[str, Any]]:
    """Other systemic lines with their days, for the timeline."""
    return [
        {"treatment": t.id, "regimen": t.regimen, "drugs": list(t.drugs), "from": as_day(t.at).isoformat(),
         "to": as_day(t.end).isoformat() if t.end is not None else None}
        for t in current(case.treatments)
        if t.kind == "systemic" and t.id != treatment.id and t.at is not None
    ]  # fmt: skip


def _warn(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)


def _note(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.NOTE, text=text)
