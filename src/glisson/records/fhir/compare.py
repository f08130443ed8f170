"""A bundle that this program made, held against what the entries read from it say: whatever they do not say is reported."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from glisson.records.fhir.bundle import write_bundle
from glisson.records.fhir.carrier import read_part
from glisson.records.fhir.names import BASE
from glisson.records.fhir.report import IDENTIFYING, NotTaken, kind_of, leaves
from glisson.records.forms import FormEntry

_TECHNICAL = {"id", "meta.versionId", "meta.lastUpdated", "meta.source", "recordedDate"}
"""Where and when a server or a registry wrote a resource down."""


def differences(
    bundle: Mapping[str, Any], case: str, site: str, entries: Iterable[FormEntry], spoken: Set[int]
) -> Iterator[NotTaken]:
    """Rows for everything in this program's resources that its entries do not make again.

    Args:
        bundle: as it came.
        case: pseudonym, as read.
        site: as read.
        entries: accepted.
        spoken: resources that the report already names.
    """
    known = tuple(entries)
    again = write_bundle(case, site, known).bundle if known else {"entry": []}
    made = {_key(one["resource"]): one["resource"] for one in again["entry"]}
    yield from _envelope(bundle)
    for index, one in enumerate(bundle.get("entry", [])):
        resource, part = one["resource"], read_part(one["resource"])
        if index in spoken or part is None:
            continue
        twin = made.pop(_key(resource), None)
        if twin is None:
            yield NotTaken(resource["resourceType"], index, "", "resource", "no entry that was taken has such a part")
        else:
            yield from _changed(resource, twin, index)


def _key(resource: Mapping[str, Any]) -> tuple[Any, ...]:
    part = read_part(resource) or {}
    return (resource["resourceType"], *(part.get(name) for name in ("form", "visit", "instance", "part")))


def _changed(resource: Mapping[str, Any], twin: Mapping[str, Any], index: int) -> Iterator[NotTaken]:
    """Leaves that the twin does not have, and those that only the twin has."""
    mine, other = _content(resource), _content(twin)
    for path, value in mine.items():
        if path not in other or _differs(other[path], value):
            yield NotTaken(str(resource["resourceType"]), index, path, kind_of(path, value), _reason(resource, path, value))
    for path in other.keys() - mine.keys():
        yield NotTaken(str(resource["resourceType"]), index, path, "none", "taken out of the bundle; the entries say it")


def _differs(one: Any, other: Any) -> bool:
    return bool(isinstance(one, bool) != isinstance(other, bool) or one != other)


def _content(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values that mean something, by path; targets of references are given new names by servers."""
    return {path: value for path, value in leaves(resource) if path not in _TECHNICAL and not _is_target(path)}


def _is_target(path: str) -> bool:
    return path.rpartition(".")[2] == "reference"


def _reason(resource: Mapping[str, Any], path: str, value: Any) -> str:
    top = path.partition(".")[0].partition("[")[0]
    if top in IDENTIFYING and resource["resourceType"] == "Patient":
        return "names a person, or may: dropped, never stored"
    if path.endswith(".url") and top == "extension":
        return f"an unknown extension{_named(value)}"
    if path.startswith("meta.profile"):
        return f"an unknown profile{_named(value)}"
    return "not what the entries of the bundle say; correct the entry in the registry"


def _named(address: Any) -> str:
    """The address where it is a published one of HL7 or this project's; another might itself be text about a person."""
    known = isinstance(address, str) and address.startswith(
        ("http://hl7.org/fhir/StructureDefinition/", "http://hl7.org/fhir/us/", BASE)
    )
    return (
        f": {address}" if known and address.replace("/", "").replace("-", "").replace(".", "").replace(":", "").isalnum() else ""
    )


def _envelope(bundle: Mapping[str, Any]) -> Iterator[NotTaken]:
    """What stands in the bundle beside its resources."""
    ours = {"resourceType", "id", "meta", "identifier", "type", "timestamp", "entry", "total"}
    for key in bundle.keys() - ours:
        yield NotTaken("Bundle", -1, key, "resource", "the registry has no place for it")
    for index, one in enumerate(bundle.get("entry", [])):
        for key in one.keys() - {"fullUrl", "resource"}:
            yield NotTaken("Bundle", -1, f"entry[{index}].{key}", "resource", "the registry has no place for it")
