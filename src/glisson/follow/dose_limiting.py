"""The published set of dose-limiting toxicities of irinotecan chemoembolization with FOLFIRI, one answer for each sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glisson.follow.answer import Answer, all_of, said_of
from glisson.knowledge.limits import fact
from glisson.knowledge.toxicity import ToxicityRule, dose_limiting_rules

MODERATE_mg_per_dL, HIGH_mg_per_dL = 3.0, 5.0
"""Bilirubin of the two sentences; they stand in the ``needs`` of their rules."""


@dataclass(frozen=True)
class Harm:
    """One adverse event as the set asks for it; ``None``: unknown.

    Attributes:
        term: CTCAE term.
        grade: 1 to 5.
        lasted_days: how long it had that grade.
        fever: above 38 °C with it.
        drainage: it needed drainage.
    """

    term: str
    grade: int | None
    lasted_days: float | None = None
    fever: bool | None = None
    drainage: bool | None = None

    @property
    def name(self) -> str:
        """The term in lower case."""
        return self.term.lower()


def dose_limiting(
    harms: Sequence[Harm], *, bilirubin_peak_umol_per_L: float | None, days_from_3_mg_per_dL: float | None
) -> tuple[Answer, ...]:
    """One answer for every sentence of the set: yes, no or cannot say.

    Args:
        harms: every adverse event of the period that is watched; a list without one says that there was none.
        bilirubin_peak_umol_per_L: highest value in the period.
        days_from_3_mg_per_dL: longest time with bilirubin at 3 mg/dL or more, days.

    >>> answers = dose_limiting([Harm("Neutrophil count decreased", 4)], bilirubin_peak_umol_per_L=20, days_from_3_mg_per_dL=0)
    >>> [answer.what for answer in answers if answer.said == "yes"]
    ['grade 4 neutrophil count decreased, platelet count decreased, thrombocytopenia']

    References: BMC Cancer 2019, doi:10.1186/s12885-019-5862-3, table 1.
    """
    rules = dose_limiting_rules()
    found = [
        _by_event(rules["dlt-haematological"], "", harms, lambda harm: True),
        _by_event(rules["dlt-neutropenic-fever"], " with fever", harms, lambda harm: harm.fever, lacking="fever"),
        _by_event(rules["dlt-transaminases"], " longer than 7 days", harms, _longer_than_a_week, lacking="duration"),
        *_by_bilirubin(rules, bilirubin_peak_umol_per_L, days_from_3_mg_per_dL),
        _by_event(
            rules["dlt-infection"], " that needed drainage", harms, lambda harm: harm.drainage, lacking="drainage", within=True
        ),
        _other(rules, harms),
    ]
    return tuple(found)


def _longer_than_a_week(harm: Harm) -> bool | None:
    return None if harm.lasted_days is None else harm.lasted_days > 7


def _by_event(
    rule: ToxicityRule,
    words: str,
    harms: Sequence[Harm],
    needs: Callable[[Harm], bool | None],
    *,
    lacking: str = "",
    within: bool = False,
) -> Answer:
    what = (f"grade {rule.grade} " if rule.grade == 4 else f"grade {rule.grade} or more " if rule.grade else "") + ", ".join(
        rule.value
    )
    about = [harm for harm in harms if _is_about(harm, rule.value, within)]
    answers = [(harm, all_of((_graded(harm, rule.grade), needs(harm)))) for harm in about]
    return _sum_up(what + words, answers, rule.source, lambda harm: (_grade_missing(harm, rule.grade), lacking))


def _is_about(harm: Harm, terms: Sequence[str], within: bool) -> bool:
    return any(term in harm.name for term in terms) if within else harm.name in terms


def _graded(harm: Harm, least: int | None) -> bool | None:
    if least is None:
        return True
    return None if harm.grade is None else harm.grade >= least


def _grade_missing(harm: Harm, least: int | None) -> str:
    return "grade" if least is not None and harm.grade is None else ""


def _sum_up(
    what: str, answers: Sequence[tuple[Harm, bool | None]], source: str, lacking: Callable[[Harm], tuple[str, ...]]
) -> Answer:
    yes = tuple(harm.name for harm, holds in answers if holds)
    open_ = [harm for harm, holds in answers if holds is None]
    holds = True if yes else None if open_ else False
    missing = tuple(f"{part} of {harm.name}" for harm in open_ for part in lacking(harm) if part) if holds is None else ()
    return Answer(what, said_of(holds), yes, missing, (source,))


def _by_bilirubin(rules: dict[str, ToxicityRule], peak_umol_per_L: float | None, days: float | None) -> tuple[Answer, Answer]:
    factor = float(fact("bilirubin-conversion").value)
    peak = None if peak_umol_per_L is None else peak_umol_per_L / factor + 1e-9
    high = None if peak is None else peak >= HIGH_mg_per_dL
    reached = None if peak is None else peak >= MODERATE_mg_per_dL
    lasting = all_of((reached, None if days is None else days > 14))
    first, second = rules["dlt-bilirubin"], rules["dlt-bilirubin-lasting"]
    no_peak = ("highest bilirubin",) if peak is None else ()
    no_days = ("time with bilirubin from 3 mg/dL",) if days is None else ()
    return (
        Answer("bilirubin 5 mg/dL or more", said_of(high), (), no_peak, (first.source,)),
        Answer(
            "bilirubin 3 mg/dL or more longer than 14 days", said_of(lasting), (),
            (*no_peak, *no_days) if lasting is None else (), (second.source,),
        ),
    )  # fmt: skip


def _other(rules: dict[str, ToxicityRule], harms: Sequence[Harm]) -> Answer:
    """Any other grade 3 or more that is neither haematological nor excepted; liver values have sentences of their own."""
    rule = rules["dlt-other"]
    blood, excepted = rules["dlt-blood-terms"].value, rules["dlt-excepted"].value
    own = (*rules["dlt-transaminases"].value, "blood bilirubin increased")
    others = [
        harm for harm in harms if harm.name not in (*blood, *own) and not any(_is_excepted(harm.name, term) for term in excepted)
    ]
    answers = [(harm, _graded(harm, rule.grade)) for harm in others]
    return _sum_up("other grade 3 or more, not haematological, not excepted", answers, rule.source, lambda harm: ("grade",))


def _is_excepted(name: str, term: str) -> bool:
    """Pain of any place is pain; the others are terms."""
    return name.endswith(term) if term == "pain" else name == term
