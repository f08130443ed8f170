"""What laboratory, liver function and genotype say against a chemoembolization: each value beside a published limit, or missing."""

from collections.abc import Callable
from typing import Any

from glisson.case import Case, Finding, Level
from glisson.knowledge.procedures import Warn, bead_warnings, procedure_fact
from glisson.plan.body import bilirubin_of, mg_per_dL
from glisson.score.bounds import creatinine_mg_per_dL
from glisson.score.child_pugh import child_pugh
from glisson.score.of_case import Facts

IRINOTECAN = "irinotecan"
ENTER = {
    "bilirubin_mg_per_dL": "bilirubin_umol_per_L",
    "creatinine_mg_per_dL": "creatinine_umol_per_L",
    "child_pugh": "the five values of Child-Pugh",
}
"""What to enter for a value that is worked out."""
NAMES = {
    "child_pugh": "Child-Pugh",
    "creatinine_mg_per_dL": "creatinine",
    "bilirubin_mg_per_dL": "bilirubin",
    "ecog": "ECOG",
    "platelets_1e9_per_L": "platelets",
    "inr": "INR",
}


def warnings_of(case: Case, drug: str) -> list[Finding]:
    """Warnings of a case for one drug: limits that are passed, values that are missing, bile ducts, UGT1A1.

    A limit that was written for hepatocellular carcinoma is shown for another disease with that said, never silently.

    Raises:
        BadInput: a bilirubin that looks like one in mg/dL.
    """
    said: list[Finding] = []
    missing: list[str] = []
    for warn in bead_warnings():
        value = READ[warn.what](case)
        if value is None:
            missing.append(ENTER.get(warn.what, warn.what))
        elif warn.holds(value):
            said.append(_passed(warn, value, case.disease.value))
    if missing:
        names = ", ".join(dict.fromkeys(missing))
        said.append(_warn("values-missing", f"limits that could not be looked at, since not on record: {names}"))
    said += _together(case)
    said += _bile_ducts(Facts(case))
    if drug == IRINOTECAN:
        said.append(_ugt1a1(Facts(case)))
    list_of_signs = str(procedure_fact("tace-cautions", "high-risk-list").value)
    said.append(Finding(code="high-risk-list", level=Level.NOTE, text=list_of_signs))
    return said


def _creatinine(case: Case) -> float | None:
    value = Facts(case).number("creatinine_umol_per_L")
    return None if value is None else creatinine_mg_per_dL(value)


def _bilirubin(case: Case) -> float | None:
    found = bilirubin_of(case)
    return None if found is None else mg_per_dL(found.number)


def _child_pugh(case: Case) -> float | None:
    facts = Facts(case)
    bilirubin = bilirubin_of(case)
    score = child_pugh(
        bilirubin_umol_per_L=bilirubin.value if bilirubin else None,
        albumin_g_per_L=facts.number("albumin_g_per_L"),
        inr=facts.number("inr"),
        ascites=facts.word("ascites"),
        encephalopathy=facts.word("encephalopathy"),
    )
    return score.value


def _plain(name: str) -> Callable[[Case], float | None]:
    return lambda case: Facts(case).number(name)


READ: dict[str, Callable[[Case], float | None]] = {
    "child_pugh": _child_pugh,
    "creatinine_mg_per_dL": _creatinine,
    "bilirubin_mg_per_dL": _bilirubin,
    "ecog": _plain("ecog"),
    "platelets_1e9_per_L": _plain("platelets_1e9_per_L"),
    "inr": _plain("inr"),
}


def _passed(warn: Warn, value: float, disease: str) -> Finding:
    bounds: Any = warn.limit.value
    limit = " to ".join(f"{one:g}" for one in bounds) if isinstance(bounds, list | tuple) else f"{bounds:g}"
    text = f"{NAMES[warn.what]} {value:.3g}, limit {limit} {warn.limit.unit}: {warn.limit.holds_for}"
    if warn.disease not in ("any", disease):
        text += f" [written for {warn.disease}; this case: {disease}]"
    if warn.limit.evidence.value == "S":
        text += " (second-hand)"
    return _warn(f"limit-{warn.id}", text)


def _together(case: Case) -> list[Finding]:
    """The four signs that together were a mortality signal: said when all four are above, or none is below and some are unknown."""
    facts = Facts(case)
    cuts = [float(cut) for cut in procedure_fact("tace-cautions", "together").value]
    values = (
        facts.number("liver_involvement_fraction"),
        _bilirubin(case),
        facts.number("ldh_U_per_L"),
        facts.number("ast_U_per_L"),
    )
    above = [None if value is None else value > cut for value, cut in zip(values, cuts, strict=True)]
    if all(above):
        share, bilirubin, ldh, ast = cuts
        words = f"liver replaced above {100 * share:g} %, bilirubin {bilirubin:g} mg/dL, LDH {ldh:g} and AST {ast:g} U/L, all four together"
        return [
            _warn("signs-together", f"{words}: mortality signal after TACE [written for hepatocellular carcinoma] (second-hand)")
        ]
    return []


def _bile_ducts(facts: Facts) -> list[Finding]:
    seen = facts.word("bile_ducts_abnormal_or_stented")
    share = 100 * float(procedure_fact("tace-cautions", "anastomosis").value)
    harm = f"of the patients with a liver abscess after TACE {share:.1f} % had a biliary anastomosis or stent (Lv 2016)"
    if seen == "yes":
        return [_warn("bile-ducts", f"bile ducts abnormal or stented: {harm}")]
    if seen == "no":
        return []
    return [Finding(code="bile-ducts-unknown", level=Level.NOTE, text=f"bile_ducts_abnormal_or_stented is not on record; {harm}")]


def _ugt1a1(facts: Facts) -> Finding:
    answer = facts.word("ugt1a1")
    fact = procedure_fact("tace-cautions", "ugt1a1")
    rule = f"first dose of systemic irinotecan {100 * float(fact.value):.0f} % (DPWG 2022)"
    if answer is None:
        return _warn("ugt1a1-unknown", f"ugt1a1 is not on record; in poor metabolisers: {rule}; {fact.note}")
    if answer == "poor":
        return _warn("ugt1a1-poor", f"UGT1A1 poor metaboliser: {rule}; {fact.note}")
    return Finding(code="ugt1a1", level=Level.NOTE, text=f"UGT1A1: {answer}; in poor metabolisers: {rule}; {fact.note}")


def _warn(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)
