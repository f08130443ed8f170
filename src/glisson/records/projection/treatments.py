"""Sessions, courses and lines of therapy as treatments of a case."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from glisson.records.forms import Catalogue, FormEntry
from glisson.records.projection.lesion_sites import LIVER
from glisson.records.projection.mapping import fields_of

KINDS = {
    "tace_session": ("tace", "TACE"),
    "sirt_session": ("sirt", "radioembolization"),
    "ablation_session": ("ablation", "ablation"),
}
"""Form: stem of the ids, and kind of treatment."""
STEMS = {kind: stem for stem, kind in KINDS.values()}
SESSION_DOSES = ("lung_dose_Gy", "normal_liver_dose_Gy", "lung_mass_g")
NO_RESIDUE = "residue in vial and tubing not known; none is subtracted"


def course_id(stem: str, course: float | None) -> str:
    """Id of a treatment that has sessions."""
    return f"{stem}-course-{int(course or 1)}"


def session_id(stem: str, number: float | None) -> str:
    """Id of a session: its number counts over all courses of one kind."""
    return f"{stem}-{int(number or 1)}"


def entry_id(stem: str, entry: FormEntry) -> str:
    """Id of a noun that one entry becomes: stem, visit and instance."""
    name = "-".join(part for part in (stem, entry.visit, str(entry.instance)) if part)
    if len(name) <= 64:
        return name
    return f"{stem}-{entry.instance}-{hashlib.sha256(entry.visit.encode()).hexdigest()[:12]}"


def treatments_of(entries: Sequence[FormEntry], known: Catalogue) -> list[dict[str, Any]]:
    """Every treatment, as fields of the noun: earlier ones, courses with their sessions, infusions, later ones."""
    found = [_line("history", entry, known) for entry in entries if entry.form == "history_line"]
    for form, (stem, kind) in KINDS.items():
        found += _courses([entry for entry in entries if entry.form == form], stem, kind, known)
    found += [{**_line("hai", entry, known), "kind": "HAI"} for entry in entries if entry.form == "hai_course"]
    later = (entry for entry in entries if entry.form == "follow_up" and entry.yes("new_therapy"))
    found += [_line("later", entry, known) for entry in later if entry.get("new_therapy_kind") is not None]
    return found


def _line(stem: str, entry: FormEntry, known: Catalogue) -> dict[str, Any]:
    said = fields_of(known[entry.form, entry.edition], entry, "treatment")
    return {**said, "id": entry_id(stem, entry), "recorded_at": entry.recorded_at}


def _courses(entries: Sequence[FormEntry], stem: str, kind: str, known: Catalogue) -> list[dict[str, Any]]:
    courses: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        courses[course_id(stem, entry.number("course"))].append(entry)
    return [_course(name, kind, stem, those, known) for name, those in courses.items()]


def _course(name: str, kind: str, stem: str, entries: Sequence[FormEntry], known: Catalogue) -> dict[str, Any]:
    sessions: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        sessions[session_id(stem, entry.number("session"))].append(entry)
    product = next((entry.get("product") for entry in entries if entry.get("product") is not None), None)
    made = [_session(own, those, known) for own, those in sessions.items()]
    return {"id": name, "kind": kind, "product": product, "recorded_at": _first(entries), "sessions": made}


def _session(name: str, entries: Sequence[FormEntry], known: Catalogue) -> dict[str, Any]:
    """One day: what all its positions share, and what each gave."""
    day = next((entry.get("session_on") for entry in entries if entry.get("session_on") is not None), None)
    session = {"id": name, "kind": entries[0].get("step") or "procedure", "at": day, "recorded_at": _first(entries)}
    if entries[0].form == "tace_session":
        session["embolizations"] = [_embolization(entry, known) for entry in entries]
    if entries[0].form == "sirt_session":
        session |= _sirt(entries, known)
    return session


def _embolization(entry: FormEntry, known: Catalogue) -> dict[str, Any]:
    said = fields_of(known[entry.form, entry.edition], entry, "embolization")
    if not isinstance(said.get("size_um"), tuple):
        said.pop("size_um", None)
    return said


def _sirt(entries: Sequence[FormEntry], known: Catalogue) -> dict[str, Any]:
    """Injections with a known activity, and the doses that were worked out."""
    found: dict[str, Any] = {}
    injections = []
    for entry in entries:
        form = known[entry.form, entry.edition]
        doses = fields_of(form, entry, "session")
        found = {**{name: doses[name] for name in SESSION_DOSES if name in doses}, **found}
        said = fields_of(form, entry, "injection")
        if "activity_GBq" in said:
            injections.append({**said, "territory": LIVER})
            if "residual_fraction" not in said:
                found["note"] = NO_RESIDUE
    return {**found, "injections": injections}


def shunts_of(entries: Iterable[FormEntry]) -> list[dict[str, Any]]:
    """Lung shunts measured at a mapping, as observations."""
    return [
        {
            "what": "lung_shunt_fraction",
            "value": entry.number("lung_shunt_fraction"),
            "at": entry.get("session_on"),
            "recorded_at": entry.recorded_at,
        }
        for entry in entries
        if entry.form == "sirt_session" and entry.get("step") == "mapping" and entry.number("lung_shunt_fraction") is not None
    ]


def _first(entries: Iterable[FormEntry]) -> datetime | None:
    """When the first of them was recorded."""
    return min((entry.recorded_at for entry in entries if entry.recorded_at is not None), default=None)
