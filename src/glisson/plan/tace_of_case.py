"""The chemoembolization of a case: load, sessions, what was given so far, checklist and warnings, as a Result."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, get_args

from glisson.case import Case, Embolization, Finding, Level, Result, TacePlanning, Treatment, current
from glisson.case.asked import Medication
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.procedures import bead_products, procedure_fact, procedure_number
from glisson.plan.body import day_of
from glisson.plan.tace import (
    IRINOTECAN,
    binding,
    left_after_contrast_mg,
    load,
    published_dose_mg,
    published_interval_days,
    require_binding,
    sessions,
)
from glisson.plan.tace_warnings import remarks_of

CENTRE = "as your centre decides"
SHOWN = (
    "per-embolization", "bilobar-dose", "bilobar-interval", "bilobar-sessions", "contrast-loss-now", "contrast-loss-day", "binds",
    "small-beads-survival", "small-beads-harm",
)  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """A number of the plan and where it comes from: "entered", a source's id, or the centre, which has not entered it."""

    name: str
    value: float | None
    unit: str
    origin: str

    def row(self) -> dict[str, Any]:
        """As a value of JSON."""
        return {"name": self.name, "value": self.value, "unit": self.unit, "from": self.origin}


def tace_result(case: Case, treatment: Treatment, *, findings: Sequence[Finding] = ()) -> Result:
    """The plan of a chemoembolization with drug-eluting beads.

    Args:
        case: who.
        treatment: that asks for it.
        findings: what was noticed before, as what the rules say against it.

    Raises:
        MissingFact: nothing is asked of it.
        OutOfScope: a drug that does not bind.
        BadInput: doses that contradict each other or their unit.
    """
    asked = treatment.tace
    if asked is None:
        raise MissingFact(
            f"treatment '{treatment.id}'", missing=["tace"], do="say under it what is asked of the chemoembolization"
        )
    require_binding(asked.drug)
    given = given_so_far(case)
    dose, interval = _dose(asked), _interval(asked)
    session_mg = dose.value * asked.embolizations_per_session if dose.value is not None else None
    planned = sessions(
        extent=asked.extent,
        number=asked.sessions or 1,
        first_lobe=asked.first_lobe,
        first_day=asked.first_day,
        interval_days=int(interval.value) if interval.value is not None else None,
        dose_mg=session_mg,
    )
    said = [*findings, *_limit_findings(asked, dose, session_mg, given), *remarks_of(case, asked.drug)]
    return Result(
        kind="chemoembolization plan",
        method="drug-eluting beads",
        parameters={"treatment": treatment.id},
        value={
            "treatment": treatment.id,
            "drug": asked.drug,
            "binds": binding(asked.drug),
            "beads": _beads(asked),
            "extent": asked.extent,
            "chosen": [c.row() for c in _chosen(asked, dose, interval)],
            "load": _load(asked, dose, said),
            "after_contrast": _after_contrast(dose),
            "sessions": [
                {"session": s.number, "day": s.day.isoformat() if s.day else None, "lobe": s.lobe, "dose_mg": s.dose_mg,
                 "cumulative_mg": s.cumulative_mg}
                for s in planned
            ],
            "given": given,
            "premedication": _checklist(asked),
            "ugt1a1": _answer(case, "ugt1a1"),
            "numbers": [_number(name) for name in SHOWN],
        },
        findings=tuple(dict.fromkeys(said)),
        sources=tuple(dict.fromkeys(procedure_fact("tace", name).source for name in SHOWN)),
    )  # fmt: skip


def given_so_far(case: Case) -> dict[str, Any]:
    """Drug loaded and delivered in every chemoembolization on record, by drug; a lower bound where a dose is not on record.

    Raises:
        BadInput: more delivered than loaded.
    """
    rows: list[dict[str, Any]] = []
    totals: dict[str, dict[str, Any]] = {}
    for treatment in current(case.treatments):
        for session in treatment.sessions:
            for number, one in enumerate(session.embolizations, start=1):
                rows.append(_given_row(treatment.id, session.id, number, day_of_session(session.at), one))
                total = totals.setdefault(
                    one.drug, {"loaded_mg": 0.0, "delivered_mg": 0.0, "loaded_unknown": 0, "delivered_unknown": 0}
                )
                for key in ("loaded", "delivered"):
                    value = getattr(one, f"drug_{key}_mg")
                    total[f"{key}_mg"] += value or 0.0
                    total[f"{key}_unknown"] += value is None
    return {"embolizations": rows, "by_drug": totals}


def day_of_session(moment: Any) -> str | None:
    """The day of a session as text."""
    return None if moment is None else str(moment)[:10]


def _given_row(treatment: str, session: str, number: int, day: str | None, one: Embolization) -> dict[str, Any]:
    loaded, delivered = one.drug_loaded_mg, one.drug_delivered_mg
    if loaded is not None and delivered is not None and delivered > loaded:
        raise BadInput(
            f"session '{session}', embolization {number}: {delivered:g} mg delivered of {loaded:g} mg loaded",
            do="correct one of the two in case.yaml",
        )
    return {
        "treatment": treatment, "session": session, "embolization": number, "day": day, "drug": one.drug, "lobe": one.lobe,
        "loaded_mg": loaded, "delivered_mg": delivered, "beads": one.beads, "volume_mL": one.volume_mL, "endpoint": one.endpoint,
    }  # fmt: skip


def _dose(asked: TacePlanning) -> Chosen:
    if asked.dose_mg is not None:
        return Chosen("dose of one embolization", asked.dose_mg, "mg", "entered")
    published = published_dose_mg(asked.extent, asked.drug)
    origin = procedure_fact("tace", "bilobar-dose").source if published is not None else CENTRE
    return Chosen("dose of one embolization", published, "mg", origin)


def _interval(asked: TacePlanning) -> Chosen:
    name = "from one session to the next"
    if asked.interval_days is not None:
        return Chosen(name, asked.interval_days, "d", "entered")
    published = published_interval_days(asked.extent)
    origin = procedure_fact("tace", "bilobar-interval").source if published is not None else CENTRE
    return Chosen(name, published, "d", origin)


def _chosen(asked: TacePlanning, dose: Chosen, interval: Chosen) -> list[Chosen]:
    entered = (
        ("sessions", asked.sessions, "sessions"),
        ("beads of one embolization", asked.volume_mL, "mL"),
        ("most in one session", asked.session_limit_mg, "mg"),
        ("most in the course", asked.course_limit_mg, "mg"),
    )
    return [
        dose,
        interval,
        Chosen("embolizations in one session", asked.embolizations_per_session, "", "entered"),
        *(Chosen(name, value, unit, "entered" if value is not None else CENTRE) for name, value, unit in entered),
    ]


def _beads(asked: TacePlanning) -> dict[str, Any]:
    known = bead_products().get(asked.beads or "")
    facts = known.facts if known else {}
    shrunk = float(facts["size_change"].value) if "size_change" in facts and asked.drug == IRINOTECAN else None
    return {
        "product": asked.beads,
        "name": known.name if known else asked.beads,
        "in_catalogue": known is not None,
        "size_um": list(asked.size_um) if asked.size_um else None,
        "loaded_size_um": [round(s * (1 + shrunk), 6) for s in asked.size_um] if asked.size_um and shrunk is not None else None,
        "facts": [
            {"fact": name, "value": c.value, "unit": c.unit, "holds_for": c.holds_for, "source": c.source, "place": c.place,
             "evidence": c.evidence.value}
            for name, c in facts.items()
        ],
    }  # fmt: skip


def _load(asked: TacePlanning, dose: Chosen, said: list[Finding]) -> dict[str, Any] | None:
    if dose.value is None or asked.volume_mL is None:
        return None
    found = load(dose_mg=dose.value, volume_mL=asked.volume_mL, product=asked.beads if asked.drug == IRINOTECAN else None)
    if found.answer in ("above", "below"):
        text = f"{found.concentration_mg_per_mL:g} mg on each mL of beads, {found.answer} the published {found.published_mg_per_mL:g} mg/mL"
        said.append(_warn("load-not-as-published", text))
    if found.answer == "cannot say":
        text = "no source here states how much this product takes: its label decides"
        said.append(Finding(code="load-cannot-say", level=Level.NOTE, text=text))
    return {
        "dose_mg": found.dose_mg, "volume_mL": found.volume_mL, "concentration_mg_per_mL": found.concentration_mg_per_mL,
        "published_mg_per_mL": found.published_mg_per_mL, "answer": found.answer,
    }  # fmt: skip


def _after_contrast(dose: Chosen) -> dict[str, list[float]] | None:
    if dose.value is None:
        return None
    return {
        "now_mg": list(left_after_contrast_mg(dose_mg=dose.value, over="now")),
        "day_mg": list(left_after_contrast_mg(dose_mg=dose.value, over="day")),
    }


def _limit_findings(asked: TacePlanning, dose: Chosen, session_mg: float | None, given: dict[str, Any]) -> list[Finding]:
    most = procedure_number("tace", "per-embolization")
    said: list[Finding] = []
    if dose.value is None:
        text = f"dose: {CENTRE}: no source here states one for {asked.extent} {asked.drug}; enter dose_mg"
        said.append(_warn("dose-is-the-centres", text))
    elif asked.drug == IRINOTECAN and dose.value > most:
        text = f"{dose.value:g} mg in one embolization, above the {most:g} mg that a multicentre series gave at most"
        said.append(_warn("dose-above-series", text))
    if session_mg is not None and asked.session_limit_mg is not None and session_mg > asked.session_limit_mg:
        said.append(
            _warn("session-above-limit", f"{session_mg:g} mg in one session, above the centre's {asked.session_limit_mg:g} mg")
        )
    if asked.session_limit_mg is None or asked.course_limit_mg is None:
        text = f"most in one session and in a course: {CENTRE}; published totals could not be confirmed here"
        said.append(Finding(code="totals-are-the-centres", level=Level.NOTE, text=text))
    if asked.course_limit_mg is not None and session_mg is not None:
        so_far = given["by_drug"].get(asked.drug, {"loaded_mg": 0.0})["loaded_mg"]
        whole = so_far + session_mg * (asked.sessions or 1)
        if whole > asked.course_limit_mg:
            said.append(
                _warn("course-above-limit", f"{whole:g} mg with what was given, above the centre's {asked.course_limit_mg:g} mg")
            )
    unknown = sum(total["loaded_unknown"] for total in given["by_drug"].values())
    if unknown:
        said.append(
            _warn("given-lower-bound", f"{unknown} embolizations on record lack the dose: what was given so far is a lower bound")
        )
    if binding(asked.drug) == "cannot say":
        text = f"whether {asked.drug} binds to these beads: cannot say: only cationic drugs do, and no source here names it"
        said.append(_warn("binding-unknown", text))
    return said


def _checklist(asked: TacePlanning) -> list[dict[str, str]]:
    """Every kind of medication that a session can record, with what the centre entered; nothing is recommended."""
    if asked.premedication is None:
        return [{"medication": name, "planned": "not entered"} for name in get_args(Medication)]
    return [{"medication": name, "planned": "yes" if name in asked.premedication else "no"} for name in get_args(Medication)]


def _answer(case: Case, what: str) -> dict[str, str | None]:
    seen = case.observed(what)
    return {"answer": seen.answer if seen else None, "at": day_of(seen)}


def _number(name: str) -> dict[str, Any]:
    fact = procedure_fact("tace", name)
    return {
        "number": name, "value": fact.value, "unit": fact.unit, "holds_for": fact.holds_for, "source": fact.source, "place": fact.place,
        "evidence": fact.evidence.value, "note": fact.note,
    }  # fmt: skip


def _warn(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)
