"""Harm to the liver after embolization: post-embolization syndrome, REILD, Braat's grade. Every answer is yes, no or cannot say."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from glisson.errors import BadInput
from glisson.follow.answer import Answer, all_of, any_of, said_of, unknown
from glisson.knowledge.endpoints import month_days
from glisson.knowledge.toxicity import ToxicityFact, incidences, toxicity_fact

PROPOSED_SIGNS = "number of signs that make the syndrome: a proposal, no source states one"


@dataclass(frozen=True)
class Window:
    """Days after the session from which and to which a syndrome begins; both ends count."""

    from_day: int
    to_day: int

    def holds(self, day: int) -> bool:
        """Whether a day lies inside."""
        return self.from_day <= day <= self.to_day


def reild_window() -> Window:
    """Two weeks to four months after radioembolization, in days.

    >>> reild_window()
    Window(from_day=14, to_day=121)

    References: van Roekel thesis, page 39 (citing Braat).
    """
    return Window(int(toxicity_fact("reild-from").value), math.floor(float(toxicity_fact("reild-to").value) * month_days()))


def postembolization_window() -> Window:
    """Up to two weeks after the session.

    >>> postembolization_window()
    Window(from_day=0, to_day=14)
    """
    return Window(0, int(toxicity_fact("postembolization-to").value))


@dataclass(frozen=True)
class LiverSigns:
    """Signs that the liver fails, new or worse than before the session, within the window; ``None``: nobody knows.

    Attributes:
        jaundice, ascites: seen at the patient; either makes the decline symptomatic.
        bilirubin_raised: above its limit of normal and above the baseline.
        albumin_lowered: below its limit of normal and below the baseline.
        other_symptoms: symptoms of liver failure other than jaundice and ascites.
    """

    jaundice: bool | None
    ascites: bool | None
    bilirubin_raised: bool | None
    albumin_lowered: bool | None
    other_symptoms: bool | None = None

    @property
    def clinical(self) -> dict[str, bool | None]:
        """Those seen at the patient."""
        return {"jaundice": self.jaundice, "new or worse ascites": self.ascites}

    @property
    def laboratory(self) -> dict[str, bool | None]:
        """Those of the laboratory."""
        return {"raised bilirubin": self.bilirubin_raised, "lowered albumin": self.albumin_lowered}


def reild(signs: LiverSigns, *, tumour_progression: bool | None, biliary_obstruction: bool | None) -> Answer:
    """Radioembolization-induced liver disease: a symptomatic decline of the liver in its window that nothing else explains.

    A clinical sign is enough; a sign of the laboratory alone needs another symptom. Progression or biliary obstruction explains
    the decline and excludes it.

    >>> signs = LiverSigns(jaundice=True, ascites=False, bilirubin_raised=True, albumin_lowered=None)
    >>> reild(signs, tumour_progression=None, biliary_obstruction=False).text
    'REILD: cannot say: tumour progression missing'

    References: van Roekel thesis, page 39 (citing Braat); incidences there and PMC4936170, table 2, which disagree.
    """
    from_blood = all_of((any_of(signs.laboratory), signs.other_symptoms))
    decline = any_of({"clinical": any_of(signs.clinical), "laboratory": from_blood})
    excluded = {"tumour progression": tumour_progression, "biliary obstruction": biliary_obstruction}
    holds = all_of((decline, *(None if value is None else not value for value in excluded.values())))
    every = {**signs.clinical, **signs.laboratory}
    because = [name for name, value in (every if decline else {}).items() if value]
    because += [f"explained by {name}" for name, value in excluded.items() if value and decline is not False]
    if decline is False:
        because = ["no symptomatic decline of the liver"]
    asked = {} if decline is not None else {**signs.clinical, **_asked_of_blood(signs)}
    missing = (*unknown(asked), *unknown(excluded)) if holds is None else ()
    return Answer("REILD", said_of(holds), tuple(because), missing, _sources("reild-"), _incidence("reild"))


def _asked_of_blood(signs: LiverSigns) -> dict[str, bool | None]:
    """What is unknown and could make a decline from the laboratory."""
    if any_of(signs.laboratory) is False or signs.other_symptoms is False:
        return {}
    values = {} if any_of(signs.laboratory) else signs.laboratory
    return {**values, "other symptoms of liver failure": signs.other_symptoms}


def postembolization(signs: Mapping[str, bool | None], *, signs_needed: int | None = None) -> Answer:
    """Post-embolization syndrome: signs out of the published list within two weeks of the session.

    Args:
        signs: by name, of the list in ``toxicity_fact("postembolization-signs")``; one that is absent here is unknown.
        signs_needed: how many make the syndrome; the default is a proposal, since no source states a number.

    >>> postembolization({"fever": True}).text
    'post-embolization syndrome: yes (fever)'
    >>> postembolization({}, signs_needed=2).said
    'cannot say'

    Raises:
        BadInput: a sign that is not in the list.

    References: van Roekel thesis, page 38; incidences there and PMC4936170, table 2.
    """
    known = tuple(toxicity_fact("postembolization-signs").value)
    if strange := sorted(set(signs) - set(known)):
        raise BadInput(f"no sign of the post-embolization syndrome: {', '.join(strange)}", allowed=", ".join(known))
    needed = int(toxicity_fact("postembolization-signs-needed").value) if signs_needed is None else signs_needed
    if not 1 <= needed <= len(known):
        raise BadInput(f"{needed} signs needed", allowed=f"1 to {len(known)}")
    answers = {name: signs.get(name) for name in known}
    seen = tuple(name for name, value in answers.items() if value)
    open_ = unknown(answers)
    holds = True if len(seen) >= needed else None if len(seen) + len(open_) >= needed else False
    because = seen if holds else ("no sign",) if not seen and holds is False else seen
    missing = open_ if holds is None else ()
    sources, incidence = _sources("postembolization-"), _incidence("postembolization")
    return Answer("post-embolization syndrome", said_of(holds), because, missing, sources, incidence)


@dataclass(frozen=True)
class BraatGrade:
    """Hepatotoxicity after radioembolization, 0 to 5; ``grade`` ``None``: cannot say, between ``lowest`` and ``highest``."""

    lowest: int
    highest: int
    missing: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def grade(self) -> int | None:
        """The grade where it can be said."""
        return self.lowest if self.lowest == self.highest else None

    @property
    def text(self) -> str:
        """As printed."""
        if self.grade is not None:
            return f"hepatotoxicity (Braat) grade {self.grade}"
        return f"hepatotoxicity (Braat): cannot say: {', '.join(self.missing)} missing (grade {self.lowest} to {self.highest})"


def braat(
    *,
    worst_new_grade: Literal[0, 1, 2, 3, 4] | None,
    reild_said: Literal["yes", "no", "cannot say"],
    invasive_treatment: bool | None,
    fatal: bool | None,
) -> BraatGrade:
    """Braat's grade of hepatotoxicity.

    0 none; 1 enzymes up to a new CTCAE grade 1; 2 more than that, self-limiting; 3 REILD without, 4 with invasive treatment
    (paracentesis, transfusion, dialysis, TIPS); 5 fatal.

    Args:
        worst_new_grade: worst new CTCAE grade of a liver term; ``None``: unknown.
        reild_said: answer of :func:`reild`.
        invasive_treatment: of a REILD; ``None``: unknown.
        fatal: whether the patient died of it; ``None``: unknown.

    >>> braat(worst_new_grade=3, reild_said="yes", invasive_treatment=None, fatal=False).text
    'hepatotoxicity (Braat): cannot say: invasive treatment missing (grade 3 to 4)'

    References: van Roekel thesis, page 38.
    """
    worlds: set[int] = set()
    if fatal is not False:
        worlds.add(5)
    if fatal is not True:
        if reild_said != "no":
            worlds |= {3, 4} if invasive_treatment is None else {4 if invasive_treatment else 3}
        if reild_said != "yes":
            worlds |= {0, 1, 2} if worst_new_grade is None else {min(worst_new_grade, 2)}
    lacking = {
        "whether it was fatal": fatal is None,
        "REILD": fatal is not True and reild_said == "cannot say",
        "invasive treatment": fatal is not True and reild_said != "no" and invasive_treatment is None,
        "new grade of liver terms": fatal is not True and reild_said != "yes" and worst_new_grade is None,
    }
    missing = tuple(name for name, is_so in lacking.items() if is_so) if len(worlds) > 1 else ()
    return BraatGrade(min(worlds), max(worlds), missing, (toxicity_fact("braat-grades").source,))


def _sources(prefix: str) -> tuple[str, ...]:
    names = {"reild-": ("reild-from", "reild-to", "reild-signs"), "postembolization-": ("postembolization-signs",)}[prefix]
    return tuple(dict.fromkeys(toxicity_fact(name).source for name in names))


def _incidence(harm: str) -> tuple[str, ...]:
    return tuple(_claim(fact) for fact in incidences(harm))


def _claim(fact: ToxicityFact) -> str:
    """A published incidence in words, in percent since it is printed."""
    value = fact.value
    share = f"{100 * value[0]:g} to {100 * value[1]:g} %" if isinstance(value, list) else f"{100 * value:g} %"
    return f"{share} ({fact.holds_for}; {fact.source}, {fact.place})"
