"""The nouns of a Case to entries of a registry, as far as they fit forms."""

from typing import Any

from glisson.case import Case, Event
from glisson.case.case import current
from glisson.records.forms import Catalogue, FormEntry
from glisson.records.forms.load import packaged
from glisson.records.projection.from_events import add_events
from glisson.records.projection.from_lesions import add_lesions
from glisson.records.projection.from_observations import Filled, Group, filled
from glisson.records.projection.from_treatments import add_treatments
from glisson.records.projection.made import Maker
from glisson.records.projection.mapping import plain_value


def entries_of(case: Case, *, site: str | None = None, author: str = "import", known: Catalogue | None = None) -> list[FormEntry]:
    """Entries that hold what the case's nouns say, in the newest editions, with ids made of their content.

    Nothing is guessed: what a form asks for and the case does not say becomes "unknown" where the form takes that reason, and
    stays empty where it does not, so that ``check_values`` asks for it. Projected back, the case is the same in everything
    that forms hold; images, contours, plans and doses stay in the case folder.

    Args:
        case: corrections are applied.
        site: centre; the case's own if not given, else "unknown".
        author: who is named as author.
        known: forms.

    >>> case = Case.model_validate({"id": "p-1", "events": [{"kind": "death", "at": "2026-03-02", "cause": "cancer"}]})
    >>> [(entry.form, entry.get("died_on")) for entry in entries_of(case)]
    [('death', '2026-03-02')]
    """
    maker = Maker(case.id, site or case.centre or "unknown", author, packaged() if known is None else known)
    observations = [one for one in current(case.observations) if one.what != "lung_shunt_fraction"]
    groups = filled(maker, [one for one in observations if one.site is None])
    _join_decisions(maker, case, groups)
    _join_diagnoses(case, groups)
    _label(case, groups)
    _add_filled(maker, case, groups)
    add_treatments(maker, case)
    add_lesions(maker, case, observations)
    add_events(maker, case)
    return maker.made


def _label(case: Case, groups: dict[Group, Filled]) -> None:
    """A simulated case has a form of the person, which says so, even where nothing else is known of the person."""
    if case.simulated and not any("patient" in forms for forms in groups.values()):
        groups.setdefault(Group(None, None, None, None), {})["patient"] = [{}]


def _add_filled(maker: Maker, case: Case, groups: dict[Group, Filled]) -> None:
    for group, forms in groups.items():
        for name, entries in forms.items():
            form = maker.form(name)
            for values in entries:
                own: dict[str, Any] = dict(values)
                if form.at is not None and group.at is not None:
                    own.setdefault(form.at, plain_value(form.item(form.at), group.at))
                own |= _stated(name, case, group)
                maker.add(name, own, visit=group.visit, recorded_at=group.recorded_at)


def _stated(name: str, case: Case, group: Group) -> dict[str, Any]:
    """What the observations of an entry do not say and the case does."""
    if name == "patient" and case.simulated:
        return {"simulated": "yes"}
    if name in ("imaging", "response"):
        criterion = {"criterion": "RECIST 1.1"} if name == "response" else {}
        baseline = {"timepoint": "baseline"} if name == "imaging" and group.visit == "baseline" else {}
        return {"reader": group.by or "investigator", **criterion, **baseline}
    return {}


def _join_decisions(maker: Maker, case: Case, groups: dict[Group, Filled]) -> None:
    """Each decision with the drivers of its day, or by itself."""
    form = maker.form("decision")
    for event in _kind(case, "decision"):
        group = Group(event.visit, event.at, event.recorded_at, None)
        entries = groups.setdefault(group, {}).setdefault("decision", [])
        free = next((values for values in entries if "treatment" not in values), None)
        if free is None:
            free = {}
            entries.append(free)
        treatment = plain_value(form.item("treatment"), event.text)
        free["treatment"] = treatment or ("TACE" if event.intention else {"missing": "unknown"})
        if event.intention is not None:
            free["intention"] = event.intention


def _join_diagnoses(case: Case, groups: dict[Group, Filled]) -> None:
    """The diagnosis of metastases to the disease form that was recorded with it, or by itself."""
    for event in _kind(case, "diagnosis"):
        if event.at is None:
            continue
        own = (
            forms["disease"][0]
            for group, forms in groups.items()
            if "disease" in forms and (group.visit, group.recorded_at) == (event.visit, event.recorded_at)
        )
        values = next(own, None)
        if values is None:
            values = {"assessed_on": event.at.isoformat()[:10]}
            groups.setdefault(Group(event.visit, event.at, event.recorded_at, None), {})["disease"] = [values]
        values["metastases_on"] = event.at.isoformat()[:10]


def _kind(case: Case, kind: str) -> list[Event]:
    return [event for event in current(case.events) if event.kind == kind]
