"""Post-embolization syndrome, REILD and Braat's grade of one session of a case, from its entries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from glisson.case import Case, Event, Observation, Session, Treatment, current
from glisson.errors import BadInput, MissingFact
from glisson.follow.answer import Answer
from glisson.follow.harm_from_cases import day_of, graded_laboratory_of
from glisson.follow.liver_harm import (
    BraatGrade,
    LiverSigns,
    Window,
    braat,
    postembolization,
    postembolization_window,
    reild,
    reild_window,
)
from glisson.knowledge.toxicity import Version, toxicity_fact

ASCITES_ORDER = ("none", "mild", "moderate or severe")
LIVER_TESTS = ("alt_U_per_L", "ast_U_per_L", "alp_U_per_L", "ggt_U_per_L", "bilirubin_umol_per_L", "albumin_g_per_L")
LIVER_TERMS = ("ascites", "jaundice", "hepatic failure", "portal hypertension")


@dataclass(frozen=True)
class Stated:
    """What the entries of a case cannot say and a person, or another computation, does; ``None``: unknown."""

    tumour_progression: bool | None = None
    biliary_obstruction: bool | None = None
    other_symptoms: bool | None = None
    invasive_treatment: bool | None = None


@dataclass(frozen=True)
class LiverHarm:
    """What a session did to the liver."""

    session: str
    postembolization: Answer
    reild: Answer
    braat: BraatGrade


def liver_harm_of(case: Case, session: str, *, version: Version = "5", stated: Stated | None = None) -> LiverHarm:
    """The harm of one session.

    An adverse event of a case counts from the day it began. That none is on record says "no" only when the case has an entry on
    or after the last day of the window; else nobody knows.

    Args:
        case: with its sessions dated.
        session: id.
        version: of the CTCAE, for the laboratory.
        stated: what the entries cannot say. A progression in the liver and an answer on biliary obstruction up to the end of
            the window are read from the case.

    Raises:
        BadInput: no such session.
        MissingFact: its day is unknown.
    """
    told = stated or Stated()
    treatment, day = _session_day(case, session)
    watch = _Watch(case, day, reild_window())
    signs = _signs(watch, told.other_symptoms)
    progression = told.tumour_progression if told.tumour_progression is not None else watch.liver_progression()
    obstruction = told.biliary_obstruction if told.biliary_obstruction is not None else watch.answer_in("biliary_obstruction")
    if treatment.kind == "radioembolization":
        disease = reild(signs, tumour_progression=progression, biliary_obstruction=obstruction)
    else:
        disease = Answer("REILD", "no", ("defined after radioembolization only",), (), (toxicity_fact("reild-from").source,))
    early = _Watch(case, day, postembolization_window())
    syndrome = postembolization({name: early.event(name) for name in toxicity_fact("postembolization-signs").value})
    grade = braat(
        worst_new_grade=watch.worst_liver_grade(version), reild_said=disease.said,
        invasive_treatment=told.invasive_treatment, fatal=watch.fatal(),
    )  # fmt: skip
    return LiverHarm(session, syndrome, disease, grade)


def _session_day(case: Case, session: str) -> tuple[Treatment, date]:
    found = [(t, s) for t in current(case.treatments) for s in current(t.sessions) if s.id == session]
    if len(found) != 1:
        known = ", ".join(s.id for t in case.treatments for s in t.sessions)
        raise BadInput(
            f"{len(found)} sessions '{session}' in this case", allowed=f"one of {known}" if known else "the case has none"
        )
    treatment, entry = found[0]
    return treatment, _dated(entry)


def _dated(session: Session) -> date:
    day = day_of(session.at)
    if day is None:
        raise MissingFact("harm after a session", missing=["the day of the session"])
    return day


class _Watch:
    """The entries of a case within a window after a day."""

    def __init__(self, case: Case, day: date, window: Window) -> None:
        self.case, self.day, self.window = case, day, window
        self.events = current(case.events)
        self.observations = tuple(sorted(current(case.observations), key=lambda o: day_of(o.at) or date.min))
        entries = (*self.events, *self.observations)
        last = max((seen for entry in entries if (seen := day_of(entry.at)) is not None), default=day)
        self.watched = last >= day + timedelta(days=window.to_day)

    def holds(self, entry: Event | Observation) -> bool:
        """Whether an entry lies in the window."""
        seen = day_of(entry.at)
        return seen is not None and self.window.holds((seen - self.day).days)

    def absent(self) -> bool | None:
        """What it means that nothing is on record."""
        return False if self.watched else None

    def event(self, term: str) -> bool | None:
        """Whether an adverse event of that term began in the window."""
        named = [e for e in self.events if e.kind == "adverse-event" and (e.term or "").lower() == term]
        return True if any(self.holds(event) for event in named) else self.absent()

    def answer_in(self, what: str) -> bool | None:
        """Whether the answer was ever "yes" in the window; ``None``: nobody said."""
        answers = [o.answer for o in self.observations if o.what == what and o.answer is not None and self.holds(o)]
        return None if not answers else "yes" in answers

    def liver_progression(self) -> bool | None:
        """Whether the tumour grew in the liver up to the end of the window; ``None``: no call, since no call is not a "no"."""
        for event in self.events:
            seen = day_of(event.at)
            inside = seen is not None and 0 <= (seen - self.day).days <= self.window.to_day
            if event.kind == "progression" and event.where in ("liver", "both") and inside:
                return True
        return None

    def ascites(self) -> bool | None:
        """Whether ascites was new or worse in the window, by answers or by an adverse event."""
        answers = [o for o in self.observations if o.what == "ascites" and o.answer is not None and day_of(o.at) is not None]
        before = [ASCITES_ORDER.index(o.answer or "") for o in answers if (day_of(o.at) or self.day) <= self.day]
        inside = [ASCITES_ORDER.index(o.answer or "") for o in answers if self.holds(o)]
        if self.event("ascites") or (before and inside and max(inside) > before[-1]):
            return True
        if before and inside:
            return False
        return None if inside and max(inside) > 0 else self.absent()

    def moved(self, what: str, *, up: bool) -> bool | None:
        """Whether a value left its limit of normal in the window and is beyond the baseline; ``None``: not measured, no limit."""
        seen = [o for o in self.observations if o.what == what and o.value is not None and day_of(o.at) is not None]
        before = [o for o in seen if (day_of(o.at) or self.day) <= self.day]
        answers = [_beyond(one, before[-1] if before else None, up=up) for one in seen if self.holds(one)]
        if any(answers):
            return True
        return None if not answers or None in answers else False

    def worst_liver_grade(self, version: Version) -> Literal[0, 1, 2, 3, 4] | None:
        """Worst CTCAE grade of a liver test or a liver term in the window that is above the baseline's; ``None``: cannot say."""
        events = [e for e in self.events if e.kind == "adverse-event" and (e.term or "").lower() in LIVER_TERMS and self.holds(e)]
        grades: list[int | None] = [e.grade for e in events]
        graded = graded_laboratory_of([self.case], version=version)
        base = {
            (r["laboratory"], r["term"]): r["grade"] or 0 for r in graded.iter_rows(named=True) if r["date"] == r["baseline_date"]
        }
        for row in graded.iter_rows(named=True):
            inside = row["date"] is not None and 1 <= (row["date"] - self.day).days <= self.window.to_day
            if row["laboratory"] in LIVER_TESTS and inside:
                new = row["grade"] is None or row["grade"] > base.get((row["laboratory"], row["term"]), 0)
                grades.append(row["grade"] if new else 0)
        if not grades or (None in grades and max((g for g in grades if g is not None), default=0) < 4):
            return None
        return _of_four(g for g in grades if g is not None)

    def fatal(self) -> bool | None:
        """Whether the patient died of treatment, at any time; ``None``: died, and nobody said of what."""
        died = [e for e in self.events if e.kind == "death"]
        if not died:
            return False
        if any(e.cause == "treatment" for e in died):
            return True
        return None if any(e.cause in (None, "unknown") for e in died) else False


def _of_four(grades: Iterable[int]) -> Literal[0, 1, 2, 3, 4]:
    return (0, 1, 2, 3, 4)[min(max(grades), 4)]


def _beyond(one: Observation, before: Observation | None, *, up: bool) -> bool | None:
    limit = one.upper_normal if up else one.lower_normal
    if limit is None or before is None:
        return None
    sign = 1 if up else -1
    return sign * one.number > sign * limit and sign * one.number > sign * before.number


def _signs(watch: _Watch, other_symptoms: bool | None) -> LiverSigns:
    return LiverSigns(
        jaundice=watch.event("jaundice"),
        ascites=watch.ascites(),
        bilirubin_raised=watch.moved("bilirubin_umol_per_L", up=True),
        albumin_lowered=watch.moved("albumin_g_per_L", up=False),
        other_symptoms=other_symptoms,
    )
