"""Every fact of a case that rules ask for: what was observed, and what follows from it, with what is missing."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

from glisson.case import Case, Observation
from glisson.case.observation import BOUNDS, CHOICES
from glisson.knowledge.guidelines import readings
from glisson.knowledge.interactions import drug_classes
from glisson.score.albi import albi
from glisson.score.answer import Score
from glisson.score.child_pugh import child_pugh
from glisson.score.of_case import Facts as Observed
from glisson.weigh.fact import Fact, between, number, unknown, word
from glisson.weigh.history import ANY, OTHER, history_of

DERIVED = frozenset({
    "chemotherapy_months", "child_pugh_points", "albi_grade", "bilirubin_times_upper_normal", "ast_times_upper_normal",
    "alt_times_upper_normal",
})  # fmt: skip
FROM_SCORES = {
    "bilirubin": "bilirubin_umol_per_L", "albumin": "albumin_g_per_L", "INR": "inr", "ascites": "ascites",
    "encephalopathy": "encephalopathy",
}  # fmt: skip
"""Names of observations behind the components of the scores."""


def fact_names() -> frozenset[str]:
    """Every name that a rule may ask for.

    >>> "days_since_anti_vegf" in fact_names(), "ecog" in fact_names(), "shoe_size" in fact_names()
    (True, True, False)
    """
    classes = (*drug_classes(), ANY, OTHER)
    history = {f"{start}_{name}" for name in classes for start in ("had", "days_since")}
    return frozenset(BOUNDS) | frozenset(CHOICES) | DERIVED | history


def facts_of(case: Case, day: date, computed: Mapping[str, Fact] | None = None) -> Mapping[str, Fact]:
    """Facts by name; one of which nothing is known is there too, and says what is missing.

    Args:
        case: who.
        day: of the page.
        computed: facts from stored Results; each is used where nobody entered that fact.

    Raises:
        BadInput: facts of the systemic therapy that contradict each other.
    """
    found = {name: unknown(name) for name in (*BOUNDS, *CHOICES)}
    for name in {observation.what for observation in case.observations if observation.site is None}:
        if (seen := case.observed(name)) is not None:
            found[name] = _entered(seen)
    found |= {name: fact for name, fact in (computed or {}).items() if not found[name].known}
    history = history_of(case, day)
    found |= history.facts
    found |= _of_the_liver(case, found)
    found |= _that_follow(found)
    found["cumulative_lung_dose_Gy"] = _lung_dose(case, found)
    return MappingProxyType(found)


def _entered(observation: Observation) -> Fact:
    at = observation.at.date() if isinstance(observation.at, datetime) else observation.at
    if observation.answer is not None:
        return word(observation.what, observation.answer, at=at)
    return number(observation.what, observation.number, at=at)


def _of_the_liver(case: Case, found: Mapping[str, Fact]) -> dict[str, Fact]:
    observed = Observed(case)
    bilirubin, albumin = observed.number("bilirubin_umol_per_L"), observed.number("albumin_g_per_L")
    pugh = child_pugh(
        bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin, inr=observed.number("inr"), ascites=observed.word("ascites"),
        encephalopathy=observed.word("encephalopathy"),
    )  # fmt: skip
    grade = albi(bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin)
    used = tuple(found[name].at for name in FROM_SCORES.values())
    oldest = min((at for at in used if at is not None), default=None)
    facts = {
        "child_pugh_points": _points(pugh, oldest),
        "albi_grade": unknown("albi_grade", *_lacking(grade), how="ALBI")
        if grade.group is None
        else number("albi_grade", float(grade.group.removeprefix("grade ")), at=oldest, how="ALBI"),
    }
    for short, name in (("bilirubin", "bilirubin_umol_per_L"), ("ast", "ast_U_per_L"), ("alt", "alt_U_per_L")):
        facts[f"{short}_times_upper_normal"] = _times(f"{short}_times_upper_normal", found[name], observed.upper_normal(name))
    return facts


def _points(score: Score, at: date | None) -> Fact:
    assert score.lowest is not None and score.highest is not None
    return between("child_pugh_points", score.lowest, score.highest, missing=_lacking(score), at=at, how="Child-Pugh")


def _lacking(score: Score) -> tuple[str, ...]:
    return tuple(FROM_SCORES.get(name, name) for name in score.missing)


def _times(name: str, value: Fact, upper: float | None) -> Fact:
    how = "value over the laboratory's upper limit of normal"
    if value.low is None or upper is None:
        lacks = (*((value.name,) if value.low is None else ()), *((f"upper_normal of {value.name}",) if upper is None else ()))
        return unknown(name, *lacks, how=how)
    return number(name, value.low / upper, at=value.at, how=how)


def _that_follow(found: Mapping[str, Fact]) -> dict[str, Fact]:
    """Facts that another one implies, where they are not entered."""
    implied: dict[str, Fact] = {}

    def follow(name: str, answer: str, because: Fact, *words: str) -> None:
        if not found[name].known and because.words and set(because.words) <= set(words):
            implied[name] = word(name, answer, at=because.at, how=f"follows from {because.name}")

    follow("extrahepatic_disease", "no", found["disease_extent"], "liver only")
    follow("extrahepatic_disease", "yes", found["disease_extent"], "liver dominant", "not liver dominant")
    follow("disease_extent", "liver only", found["extrahepatic_disease"], "no")
    if (outside := found["extrahepatic_disease"]).words == ("yes",) and not found["disease_extent"].known:
        implied["disease_extent"] = Fact(
            "disease_extent", words=("liver dominant", "not liver dominant"), at=outside.at, missing=("disease_extent",),
            how="follows from extrahepatic_disease",
        )  # fmt: skip
    follow("pregnant", "no", found["sex"], "male")
    follow("kras_g12c", "no", found["ras"], "wild type")
    follow("primary_n", "N0", found["primary_nodes"], "negative")
    if not found["dpyd_activity_score"].known and (said := found["dpyd"]).known:
        low, high = (float(bound) for bound in readings()[f"dpyd {said.value}"].value)
        implied["dpyd_activity_score"] = between("dpyd_activity_score", low, high, at=said.at, how="read from the word of dpyd")
    return implied


def _lung_dose(case: Case, found: Mapping[str, Fact]) -> Fact:
    """Entered, or at least what the recorded deliveries and the coming one give together."""
    name = "cumulative_lung_dose_Gy"
    if found[name].low is not None:
        return found[name]
    given = [s.lung_dose_Gy for t in case.treatments for s in t.sessions if s.kind == "delivery" and s.lung_dose_Gy is not None]
    coming = found["expected_lung_dose_Gy"]
    return between(
        name, sum(given) + (coming.low or 0.0), math.inf, missing=(name,), how="recorded deliveries and the coming one, at least"
    )
