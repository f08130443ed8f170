"""Every score of a case, from its latest observations: computed where the case says enough, else what is missing."""

from dataclasses import replace
from datetime import date, datetime

from glisson.case import Case, Disease, Observation
from glisson.knowledge.scores import score_fact
from glisson.score.albi import albi
from glisson.score.answer import Score
from glisson.score.apri import apri
from glisson.score.child_pugh import child_pugh
from glisson.score.fong import fong
from glisson.score.game import game
from glisson.score.helsinki import helsinki
from glisson.score.konopke import konopke
from glisson.score.meld import meld, meld3, meld_na
from glisson.score.nagashima import nagashima
from glisson.score.nlr import nlr
from glisson.score.nordlinger import nordlinger


class Facts:
    """Latest observations of a case by name; ``None`` for what is unknown or said to be missing."""

    def __init__(self, case: Case) -> None:
        self._case = case

    def number(self, name: str) -> float | None:
        """The latest value."""
        seen = self._case.observed(name)
        return None if seen is None else seen.value

    def whole(self, name: str) -> int | None:
        """The latest value as a count."""
        value = self.number(name)
        return None if value is None else round(value)

    def word(self, name: str) -> str | None:
        """The latest answer."""
        seen = self._case.observed(name)
        return None if seen is None else seen.answer

    def is_(self, name: str, word: str) -> bool | None:
        """Whether the latest answer is that word."""
        answer = self.word(name)
        return None if answer is None else answer == word

    def upper_normal(self, name: str) -> float | None:
        """Upper limit of normal of the latest value."""
        seen = self._case.observed(name)
        return None if seen is None else seen.upper_normal

    def days(self, *names: str) -> tuple[date, ...]:
        """Days on which the latest values of these names were true, each once, in order."""
        seen = (self._case.observed(name) for name in names)
        return tuple(sorted({_day(one) for one in seen if one is not None and one.at is not None}))


def liver_scores_of(case: Case) -> tuple[Score, ...]:
    """ALBI, Child-Pugh, MELD, MELD-Na, MELD 3.0, APRI and NLR, whatever the disease."""
    facts = Facts(case)
    bilirubin, albumin, inr = (facts.number(name) for name in ("bilirubin_umol_per_L", "albumin_g_per_L", "inr"))
    creatinine, sodium = facts.number("creatinine_umol_per_L"), facts.number("sodium_mmol_per_L")
    dialysis = facts.is_("dialysis", "yes")
    return (
        albi(bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin),
        child_pugh(
            bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin, inr=inr,
            ascites=facts.word("ascites"), encephalopathy=facts.word("encephalopathy"),
        ),
        meld(bilirubin_umol_per_L=bilirubin, inr=inr, creatinine_umol_per_L=creatinine, dialysis=dialysis),
        meld_na(
            bilirubin_umol_per_L=bilirubin, inr=inr, creatinine_umol_per_L=creatinine, sodium_mmol_per_L=sodium, dialysis=dialysis
        ),
        meld3(
            bilirubin_umol_per_L=bilirubin, inr=inr, creatinine_umol_per_L=creatinine, albumin_g_per_L=albumin,
            sodium_mmol_per_L=sodium, female=facts.is_("sex", "female"), dialysis=dialysis,
        ),
        apri(
            ast_U_per_L=facts.number("ast_U_per_L"), ast_upper_normal_U_per_L=facts.upper_normal("ast_U_per_L"),
            platelets_1e9_per_L=facts.number("platelets_1e9_per_L"),
        ),
        nlr(
            neutrophils_1e9_per_L=facts.number("neutrophils_1e9_per_L"),
            lymphocytes_1e9_per_L=facts.number("lymphocytes_1e9_per_L"),
        ),
    )  # fmt: skip


def metastasis_scores_of(case: Case) -> tuple[Score, ...]:
    """Fong, Nordlinger, Nagashima, Konopke, GAME and Helsinki, for colorectal liver metastases."""
    facts = Facts(case)
    nodes = facts.is_("primary_nodes", "positive")
    count, size = facts.whole("liver_lesions"), facts.number("largest_metastasis_mm")
    interval, cea = facts.number("disease_free_interval_months"), facts.number("cea_ug_per_L")
    primary_t = facts.word("primary_t")
    scores = (
        fong(
            primary_nodes_positive=nodes, disease_free_interval_months=interval, metastases=count, cea_ug_per_L=cea,
            largest_metastasis_mm=size,
        ),
        nordlinger(
            age_years=facts.number("age_years"), primary_t=primary_t, primary_nodes_positive=nodes,
            disease_free_interval_months=interval, metastases=count, largest_metastasis_mm=size,
        ),
        nagashima(
            primary_t=primary_t, primary_nodes_positive=nodes, metastases=count, largest_metastasis_mm=size,
            resectable_extrahepatic=_resectable_extrahepatic(facts),
        ),
        konopke(metastases=count, cea_ug_per_L=cea, synchronous=facts.is_("timing", "synchronous")),
        game(
            kras_mutated=_kras_mutated(facts), cea_ug_per_L=cea, primary_nodes_positive=nodes,
            tumour_burden_score=facts.number("tumour_burden_score"),
            extrahepatic_disease=facts.is_("extrahepatic_disease", "yes"),
        ),
        helsinki(
            primary_t=primary_t, primary_nodes_positive=nodes, vascular_invasion=facts.is_("vascular_invasion", "yes"),
            biliary_invasion=facts.is_("biliary_invasion", "yes"), metastases=count, largest_metastasis_mm=size,
            resection_margin_mm=facts.number("resection_margin_mm"),
            viable_tumour_fraction=facts.number("viable_tumour_fraction"),
        ),
    )  # fmt: skip
    return tuple(_after_chemotherapy(case, score) for score in scores)


def scores_of(case: Case) -> tuple[Score, ...]:
    """Every score that was made for the disease of the case; those of liver function always.

    A score that lacks an input says "cannot say: … missing". Values of different days are put together: ``Facts(case).days``
    tells which.

    >>> from glisson.case import Case
    >>> [score.text for score in scores_of(Case(id="p-1"))][0]
    'ALBI: cannot say: bilirubin, albumin missing'
    """
    found = liver_scores_of(case)
    return (*found, *metastasis_scores_of(case)) if case.disease is Disease.COLORECTAL else found


def _after_chemotherapy(case: Case, score: Score) -> Score:
    """The score with what is known of scores and chemotherapy, where the case has a line of it."""
    held = score_fact("chemotherapy-before")
    if score.name == "Nordlinger" or all(treatment.kind != "systemic" for treatment in case.treatments):
        return score
    return replace(score, notes=(*score.notes, str(held.value)), sources=(*score.sources, held.source))


def _kras_mutated(facts: Facts) -> bool | None:
    """KRAS from what the case says of RAS: wild type RAS is wild type KRAS, G12C is a mutation; mutated RAS may be NRAS."""
    if facts.is_("kras_g12c", "yes"):
        return True
    return False if facts.is_("ras", "wild type") else None


def _resectable_extrahepatic(facts: Facts) -> bool | None:
    """No disease outside the liver is none that is resectable."""
    return False if facts.is_("extrahepatic_disease", "no") else facts.is_("extrahepatic_resectable", "yes")


def _day(observation: Observation) -> date:
    at = observation.at
    assert at is not None
    return at.date() if isinstance(at, datetime) else at
