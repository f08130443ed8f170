"""A bundle read into entries: each through the check of its form, and everything else into a report. Nothing is guessed."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from glisson.errors import BadInput
from glisson.records.fhir.bundle import pieces, require_fhir, suspicious
from glisson.records.fhir.carrier import read_items, read_part
from glisson.records.fhir.compare import differences
from glisson.records.fhir.foreign import laboratory_entries
from glisson.records.fhir.names import HL7, PSEUDONYM, SITE
from glisson.records.fhir.piece import MAIN
from glisson.records.fhir.report import NotTaken
from glisson.records.forms import FormEntry, Problem, check_values, refused
from glisson.records.forms import form as form_of
from glisson.records.forms.entry import day_of
from glisson.records.free_text import scan, words
from glisson.records.pseudonyms import require_pseudonym

Place = tuple[str, str, int]


@dataclass(frozen=True)
class Choices:
    """What a person decides about a bundle that another program made; this program never decides it.

    Attributes:
        case: pseudonym, where the bundle holds none.
        visit: of laboratory values that name none.
        absent: reason given for every item that a form asks for and the bundle does not hold.
    """

    case: str | None = None
    visit: str | None = None
    absent: str | None = None


@dataclass(frozen=True)
class Read:
    """What a bundle holds.

    Attributes:
        case: pseudonym; site: as the bundle says, if it does.
        simulated: whether it is labelled as made by a program.
        entries: accepted by their forms, in the bundle's order.
        unplaced: laboratory values of another program, one entry for each day, without their number within the visit.
        not_taken: everything else.
    """

    case: str
    site: str | None
    simulated: bool
    entries: tuple[FormEntry, ...]
    unplaced: tuple[FormEntry, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()


@dataclass
class _Reading:
    """One bundle while it is read."""

    resources: list[dict[str, Any]]
    case: str
    choices: Choices
    not_taken: list[NotTaken] = field(default_factory=list)

    def leave(self, index: int, reason: str, path: str = "", kind: str = "resource") -> None:
        """Say that something was not taken."""
        self.not_taken.append(NotTaken(str(self.resources[index]["resourceType"]), index, path, kind, reason))


def read_bundle(text: str, choices: Choices | None = None) -> Read:
    """Entries of one case in a bundle, and a report of what was not taken.

    Args:
        text: JSON.
        choices: what a person decided about a bundle of another program.

    Raises:
        BadInput: not JSON, not valid FHIR R4, not a collection of one patient, or no pseudonym. Nothing is taken then, and nothing
            of its content is said.
    """
    chosen = choices or Choices()
    bundle = _parsed(text)
    require_fhir(bundle)
    resources = [entry.get("resource", {}) for entry in bundle.get("entry", [])]
    if bundle.get("type") != "collection" or any("resourceType" not in resource for resource in resources):
        raise BadInput(
            "not a bundle of type collection in which every entry holds a resource", do="export it as mCODE patient bundle"
        )
    reading = _Reading(resources, _case(resources, chosen), chosen)
    entries, mains = _own_entries(reading)
    _compare(bundle, reading, entries, mains)
    own = {index for index, resource in enumerate(resources) if read_part(resource) is not None}
    days = laboratory_entries(_foreign(reading, own), reading.case, chosen.visit, reading.leave)
    unplaced = tuple(_accepted(reading, [(replace(entry, values=_filled(entry, chosen)), index) for entry, index in days]))
    labelled = any(_test_data(one) for one in (bundle, *resources))
    rows = tuple(sorted(reading.not_taken, key=lambda row: row.index))
    return Read(reading.case, _site(resources), labelled, tuple(entries), unplaced, rows)


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadInput("not JSON", do="give a FHIR bundle as JSON") from None
    if not isinstance(found, dict) or found.get("resourceType") != "Bundle":
        raise BadInput("not a FHIR bundle", do="give a resource of type Bundle")
    return found


def _no_number(_: str) -> float:
    raise ValueError


def _case(resources: list[dict[str, Any]], choices: Choices) -> str:
    """The pseudonym of the one patient; the bundle's own, else the one that a person gave."""
    patients = [resource for resource in resources if resource["resourceType"] == "Patient"]
    if len(patients) != 1:
        raise BadInput(f"a bundle of {len(patients)} patients", allowed="one", do="make one bundle for each patient")
    own = [one.get("value") for one in patients[0].get("identifier", []) if one.get("system") == PSEUDONYM]
    if len(own) > 1 or (own and choices.case and own[0] != choices.case):
        raise BadInput("a bundle of another case, or of two pseudonyms", do="name the case of the bundle, or leave it out")
    found = str(own[0]) if own else choices.case
    if found is None:
        raise BadInput("a bundle without a pseudonym", do="name the case with --case; identifiers of a hospital are never taken")
    return require_pseudonym(found)


def _site(resources: Iterable[Mapping[str, Any]]) -> str | None:
    found = [
        identifier.get("value")
        for resource in resources
        if resource["resourceType"] == "Organization" and read_part(resource)
        for identifier in resource.get("identifier", [])
        if identifier.get("system") == SITE
    ]
    return found[0] if len(found) == 1 else None


def _test_data(resource: Mapping[str, Any]) -> bool:
    tags = resource.get("meta", {}).get("tag", [])
    return any(tag.get("system") == f"{HL7}v3-ActReason" and tag.get("code") == "HTEST" for tag in tags)


def _own_entries(reading: _Reading) -> tuple[list[FormEntry], dict[str, int]]:
    """Entries whose main resource is there and whose form takes them; and where each main resource stands."""
    groups: dict[Place, list[int]] = {}
    for index, resource in enumerate(reading.resources):
        part = read_part(resource)
        if part and part["form"]:
            groups.setdefault((str(part["form"]), str(part["visit"] or ""), _whole(part["instance"])), []).append(index)
    mains: dict[str, int] = {}
    found = list(_accepted(reading, _built(reading, groups, mains)))
    return found, mains


def _whole(value: Any) -> int:
    return value if isinstance(value, int) and value >= 1 else 0


def _built(reading: _Reading, groups: Mapping[Place, list[int]], mains: dict[str, int]) -> Iterator[tuple[FormEntry, int]]:
    for (name, visit, instance), indices in groups.items():
        parts = {str((read_part(reading.resources[index]) or {})["part"]): index for index in indices}
        if MAIN not in parts:
            for index in indices:
                reading.leave(index, "the main resource of its form is not in the bundle")
            continue
        main = parts[MAIN]
        problem = _unknown_place(reading.resources[main], name, visit, instance)
        if problem:
            for index in indices:
                reading.leave(index, problem)
            continue
        edition = (read_part(reading.resources[main]) or {})["edition"]
        values = _values(reading, name, parts)
        at = form_of(name, edition).at
        yield (
            FormEntry(
                id="", case=reading.case, site="", form=name, edition=edition, visit=visit, instance=instance,
                at=day_of(values.get(at)) if at else None, values=values,
            ),
            main,
        )  # fmt: skip
        mains[f"{name}/{visit}/{instance}"] = main


def _unknown_place(main: Mapping[str, Any], name: str, visit: str, instance: int) -> str | None:
    """Why an entry cannot stand where its resource says."""
    from glisson.records.store.entry import IDENTIFIER

    edition = (read_part(main) or {})["edition"]
    try:
        form_of(name, edition if isinstance(edition, int) else 0)
    except BadInput:
        return "a form or an edition that this registry does not have"
    if main["resourceType"] != pieces(name)[0].type:
        return "its form is not kept in a resource of this type"
    if instance < 1 or (visit and not IDENTIFIER.fullmatch(visit)):
        return "a visit or a number within it that cannot be one"
    return None


def _values(reading: _Reading, name: str, parts: Mapping[str, int]) -> dict[str, Any]:
    """Items of one entry, in the order of its form."""
    found: dict[str, Any] = read_items(reading.resources[parts[MAIN]])
    for piece in pieces(name):
        index = parts.get(piece.key)
        if index is not None and reading.resources[index]["resourceType"] == piece.type:
            found |= piece.read(reading.resources[index])
    return found


def _accepted(reading: _Reading, built: Iterable[tuple[FormEntry, int]]) -> Iterator[FormEntry]:
    """Entries that their form takes; of the others every problem is said, without the content."""
    for entry, index in built:
        definition = form_of(entry.form, entry.edition)
        bad = refused(check_values(definition, entry.values))
        if not bad:
            bad = [_betrays(entry, item) for item in sorted(suspicious(entry))]
        for problem in bad:
            reading.leave(index, f"form {entry.form} is not taken: {problem.words}", problem.item or "", "item")
        if not bad:
            order = list(definition.by_name)
            yield replace(entry, values={item: entry.values[item] for item in sorted(entry.values, key=order.index)})


def _betrays(entry: FormEntry, item: str) -> Problem:
    return Problem("free-text.identifier", "refuse", f"{item}: {words(scan(str(entry.get(item))))}", item)


def _compare(bundle: Mapping[str, Any], reading: _Reading, entries: list[FormEntry], mains: Mapping[str, int]) -> None:
    """Everything in this program's own resources that the accepted entries do not say is reported."""
    rejected = {index for place, index in mains.items() if place not in {entry.place for entry in entries}}
    spoken = {row.index for row in reading.not_taken} | rejected
    reading.not_taken += differences(bundle, reading.case, _site(reading.resources) or "", entries, spoken)


def _foreign(reading: _Reading, own: set[int]) -> Iterator[tuple[int, dict[str, Any]]]:
    return ((index, resource) for index, resource in enumerate(reading.resources) if index not in own)


def _filled(entry: FormEntry, choices: Choices) -> dict[str, Any]:
    """Values, and the reason that a person gave for what a form asks and the bundle does not hold."""
    values = dict(entry.values)
    for item in form_of(entry.form, entry.edition).items:
        if choices.absent in item.missing and item.required and item.asked(values):
            values.setdefault(item.name, {"missing": choices.absent})
    return values
