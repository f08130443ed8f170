"""Events back into forms: adverse events, follow-ups, death, consent; decisions and diagnoses join their observations."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from glisson.case import Case, Event, Treatment
from glisson.case.case import current
from glisson.records.projection.from_treatments import place_of, session_number
from glisson.records.projection.made import Maker
from glisson.records.projection.mapping import values_of

Key = tuple[str | None, datetime | None]
"""Visit and time of record: what the events of one entry share."""
KINDS = {"TACE": "TACE", "radioembolization": "radioembolization", "ablation": "ablation", "HAI": "HAI"}


def add_events(maker: Maker, case: Case) -> None:
    """Adverse events, death, consent and follow-ups."""
    for event in current(case.events):
        if event.kind == "adverse-event":
            _add_adverse(maker, case, event)
        elif event.kind == "death":
            values = values_of(maker.form("death"), "event", event.model_dump())
            maker.add("death", {"cause": "unknown", **values}, visit=event.visit, recorded_at=event.recorded_at)
    _add_consent(maker, case)
    _add_follow_ups(maker, case)


def _add_adverse(maker: Maker, case: Case, event: Event) -> None:
    values = values_of(maker.form("adverse_event"), "event", event.model_dump(exclude={"treatment", "session"}))
    values["ongoing"] = None if event.end is None else "no"
    if not event.relation:
        values.pop("relation", None)
    treatment = next((t for t in case.treatments if t.id == event.treatment), None)
    if treatment is not None and treatment.kind in KINDS:
        values["treatment"] = KINDS[treatment.kind]
        if event.session is not None:
            values["session"] = session_number(case, treatment, event.session)
    maker.add("adverse_event", values, visit=event.visit, recorded_at=event.recorded_at)


def _add_consent(maker: Maker, case: Case) -> None:
    """Consent and its withdrawal, where both were recorded together; else each by itself."""
    found: dict[Key, dict[str, Any]] = defaultdict(dict)
    for event in current(case.events):
        key = (event.visit, event.recorded_at)
        if event.kind == "consent":
            found[key] |= {"consented_on": _day(event)}
        elif event.kind == "withdrawal":
            found[key] |= {"withdrawn": "yes", "withdrawn_on": _day(event), "withdrawal_scope": event.scope}
    for (visit, recorded_at), values in found.items():
        without = {} if "consented_on" in values else {"consented_on": {"missing": "not applicable"}}
        maker.add("consent", {"withdrawn": "no", **without, **values}, visit=visit, recorded_at=recorded_at)


def _add_follow_ups(maker: Maker, case: Case) -> None:
    """Contacts with what they tell: progressions, and later therapy."""
    found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for event in current(case.events):
        said = _told(event)
        if said:
            _join(found[event.visit, event.recorded_at], said)
    for treatment in current(case.treatments):
        if treatment.id.startswith("later-"):
            visit, instance = place_of(treatment.id)
            _join(found[visit, treatment.recorded_at], {**_later(treatment), "instance": instance})
    for (visit, recorded_at), entries in found.items():
        for values in entries:
            instance = values.pop("instance", None)
            days = [day for name, day in values.items() if name.endswith("progression_on") and day is not None]
            values.setdefault("contacted_on", max(days, default=values.get("new_therapy_on")))
            values.setdefault("lost_to_follow_up", "no")
            maker.add("follow_up", values, visit=visit, recorded_at=recorded_at, instance=instance)


def _told(event: Event) -> dict[str, Any]:
    match event.kind:
        case "last-contact":
            return {"contacted_on": _day(event), "alive": "yes"}
        case "lost-to-follow-up":
            return {"contacted_on": _day(event), "lost_to_follow_up": "yes"}
        case "progression":
            wheres = {"liver": ["hepatic"], "extrahepatic": ["extrahepatic"], "both": ["hepatic", "extrahepatic"]}
            return {
                key: value
                for where in wheres[str(event.where)]
                for key, value in (
                    (f"{where}_progression", "yes"),
                    (f"{where}_progression_on", _day(event)),
                    (f"{where}_progression_by", event.called_by),
                )
            }
        case _:
            return {}


def _later(treatment: Treatment) -> dict[str, Any]:
    return {
        "new_therapy": "yes",
        "new_therapy_kind": treatment.kind,
        "new_therapy_on": None if treatment.at is None else treatment.at.isoformat()[:10],
        "new_therapy_regimen": treatment.regimen,
    }


def _join(entries: list[dict[str, Any]], said: dict[str, Any]) -> None:
    """Into the first entry that says nothing else about the same."""
    for values in entries:
        if all(values.get(name, value) == value for name, value in said.items()):
            values.update(said)
            return
    entries.append(dict(said))


def _day(event: Event) -> str | None:
    return None if event.at is None else event.at.isoformat()[:10]
