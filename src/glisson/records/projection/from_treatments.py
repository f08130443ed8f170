"""Treatments back into forms: courses with sessions, infusions, earlier and later lines."""

import re
from typing import Any

from glisson.case import Case, Embolization, Injection, Session, Treatment
from glisson.case.case import current
from glisson.records.projection.made import Maker
from glisson.records.projection.mapping import values_of
from glisson.records.projection.treatments import NO_RESIDUE, SESSION_DOSES

FORM_OF = {"TACE": "tace_session", "radioembolization": "sirt_session", "ablation": "ablation_session"}


def add_treatments(maker: Maker, case: Case) -> None:
    """Every treatment; later lines are left to the follow-up that tells of them (``later``)."""
    for treatment in current(case.treatments):
        if treatment.id.startswith("later-"):
            continue
        name = FORM_OF.get(treatment.kind)
        if name is not None and treatment.sessions:
            _add_course(maker, case, treatment, name)
        else:
            _add_line(maker, treatment)


def _add_line(maker: Maker, treatment: Treatment) -> None:
    """An earlier line, or a course of infusions; its id says of which visit and instance, where the projection made it."""
    name = "hai_course" if treatment.kind == "HAI" and not treatment.id.startswith("history-") else "history_line"
    visit, instance = place_of(treatment.id)
    values = values_of(maker.form(name), "treatment", treatment.model_dump())
    if not treatment.drugs:
        values.pop("drugs", None)
    maker.add(name, values, visit=visit, recorded_at=treatment.recorded_at, instance=instance)


def place_of(name: str) -> tuple[str | None, int | None]:
    """Visit and instance of the entry that an id was made of; neither where it was not.

    >>> place_of("history-baseline-2"), place_of("folfox")
    (('baseline', 2), (None, None))
    """
    match = re.fullmatch(r"(?:history|hai|later)-(?:(.+)-)?([1-9]\d{0,8})", name)
    return (match[1], int(match[2])) if match else (None, None)


def _add_course(maker: Maker, case: Case, treatment: Treatment, name: str) -> None:
    for session in current(treatment.sessions):
        number = session_number(case, treatment, session.id)
        shared = {
            "session_on": None if session.at is None else session.at.isoformat()[:10],
            "session": number,
            "course": _course_number(case, treatment),
        }
        visit = f"session-{number}"
        if name == "sirt_session":
            _add_sirt(maker, case, treatment, session, shared)
        else:
            for position in session.embolizations or (None,):
                own = _position(maker, name, position)
                maker.add(name, {**shared, **own}, visit=visit, recorded_at=session.recorded_at)


def _position(maker: Maker, name: str, position: Embolization | None) -> dict[str, Any]:
    if position is None:
        return {}
    return values_of(maker.form(name), "embolization", position.model_dump(exclude_defaults=False))


def _add_sirt(maker: Maker, case: Case, treatment: Treatment, session: Session, shared: dict[str, Any]) -> None:
    step = "mapping" if session.kind == "mapping" else "delivery"
    doses = values_of(maker.form("sirt_session"), "session", {key: getattr(session, key) for key in SESSION_DOSES})
    given: tuple[Injection | None, ...] = session.injections or (None,)
    shunts = [] if step == "delivery" else _shunts(case, session)
    if shunts:
        given = (None,) * len(shunts)
    for place, injection in enumerate(given):
        own: dict[str, Any] = {"step": step, "product": treatment.product, **(doses if step == "delivery" else {})}
        if injection is not None:
            own |= values_of(maker.form("sirt_session"), "injection", injection.model_dump())
            if session.note == NO_RESIDUE and not injection.residual_fraction:
                own.pop("residual_fraction", None)
        if shunts:
            own["lung_shunt_fraction"] = shunts[place]
        maker.add("sirt_session", {**shared, **own}, visit=f"session-{shared['session']}", recorded_at=session.recorded_at)


def _shunts(case: Case, session: Session) -> list[float]:
    """Lung shunts measured on the day of a mapping."""
    return [
        one.value
        for one in case.observations
        if one.what == "lung_shunt_fraction" and one.value is not None and one.at == session.at
    ]


def session_number(case: Case, treatment: Treatment, name: str) -> int:
    """Number of a session over all courses of one kind: its id's own, else its place."""
    match = re.fullmatch(r"(?:tace|sirt|ablation)-([1-9]\d{0,8})", name)
    if match:
        return int(match[1])
    every = [(t.id, s.id) for t in case.treatments if t.kind == treatment.kind for s in t.sessions]
    return every.index((treatment.id, name)) + 1


def _course_number(case: Case, treatment: Treatment) -> int:
    match = re.fullmatch(r"(?:tace|sirt|ablation)-course-([1-9]\d{0,8})", treatment.id)
    if match:
        return int(match[1])
    return [t.id for t in case.treatments if t.kind == treatment.kind and t.sessions].index(treatment.id) + 1
