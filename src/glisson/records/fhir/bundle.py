"""The entries of a case as one mCODE bundle: the same entries give the same bytes."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from glisson.errors import BadInput
from glisson.records.fhir.carrier import item_extension, masked
from glisson.records.fhir.derived import Part, derived
from glisson.records.fhir.lesions import measurement
from glisson.records.fhir.links import Links, part_extension
from glisson.records.fhir.mains import mains, metastases, patient_base
from glisson.records.fhir.names import BASE
from glisson.records.fhir.observed import disease_parts, laboratory_parts, patient_parts
from glisson.records.fhir.piece import MAIN, Piece
from glisson.records.forms import FormEntry, ItemType
from glisson.records.forms import form as form_of
from glisson.records.free_text import scan


@dataclass(frozen=True)
class Written:
    """A bundle, and how many texts were withheld because they may betray a person."""

    bundle: dict[str, Any]
    withheld: int


@cache
def pieces(form: str) -> tuple[Piece, ...]:
    """Parts that an entry of a form becomes, the main one first."""
    every = mains() | {"lesion": measurement()}
    if form not in every:
        raise BadInput(f"form '{form}' has no place in a FHIR bundle", allowed=", ".join(sorted(every)))
    more = {
        "patient": patient_parts(),
        "disease": (metastases(), *disease_parts()),
        "laboratory": laboratory_parts(),
    }
    return (every[form], *more.get(form, ()))


def write_bundle(case: str, site: str, entries: Iterable[FormEntry]) -> Written:
    """Forms that stand in a case as a bundle of type collection, valid in FHIR R4.

    Args:
        case: pseudonym; the only identifier in the bundle.
        site: centre.
        entries: of this case, corrections applied.

    Raises:
        BadInput: no entry, or entries that make no valid FHIR; nothing of their content is said.
    """
    ordered = tuple(sorted(entries, key=_order))
    if not ordered:
        raise BadInput("a case without an entry that stands", do="enter the form 'patient' first")
    links = Links(case, site, ordered)
    withheld = [0]
    parts = [part for entry in ordered for part in _parts(entry, links, withheld)] + list(derived(links))
    if not any(resource["resourceType"] == "Patient" for _, _, resource in parts):
        parts.append((None, "patient", _stub(links)))
    resources = sorted(((_id(part, links), part[2]) for part in parts), key=lambda one: _rank(one[1]))
    moments = [entry.recorded_at for entry in ordered if entry.recorded_at]
    bundle = {
        "resourceType": "Bundle",
        **_bundle_meta(links),
        "identifier": {"system": f"{BASE}/bundle", "value": case},
        "type": "collection",
        **({"timestamp": max(moments).isoformat(timespec="seconds")} if moments else {}),
        "entry": [
            {"fullUrl": f"urn:uuid:{id}", "resource": {"resourceType": r["resourceType"], "id": id, **r}} for id, r in resources
        ],
    }
    require_fhir(bundle)
    return Written(bundle, withheld[0])


def bundle_text(bundle: Mapping[str, Any]) -> str:
    """A bundle as JSON; order and numbers as they are."""
    return json.dumps(bundle, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def require_fhir(bundle: Mapping[str, Any]) -> None:
    """Refuse what is not valid FHIR R4.

    Raises:
        BadInput: where it is not; the message names paths, never contents.
    """
    from fhir.resources.R4B.bundle import Bundle
    from pydantic import ValidationError

    try:
        Bundle.model_validate(bundle)
    except ValidationError as error:
        places = sorted({_place(one["loc"], one["type"]) for one in error.errors(include_input=False, include_url=False)})
        raise BadInput(f"not valid FHIR R4: {'; '.join(places[:5])}", do="correct what stands there") from None
    except (KeyError, LookupError, AttributeError, TypeError, ValueError):
        raise BadInput("not valid FHIR R4: a resource of an unknown type or shape", do="validate the bundle first") from None


def _place(loc: tuple[int | str, ...], kind: str) -> str:
    """Path of a mistake; a key that FHIR does not know may itself be text about a person and is not said."""
    known = loc[:-1] if kind == "extra_forbidden" else loc
    return ".".join(str(step) for step in known) + f" ({kind})"


def _bundle_meta(links: Links) -> dict[str, Any]:
    return links.meta("patient-bundle")


def _stub(links: Links) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        **links.meta("cancer-patient"),
        "extension": [part_extension("patient", None)],
        **patient_base(links),
    }


def _parts(entry: FormEntry, links: Links, withheld: list[int]) -> Iterator[Part]:
    hidden = suspicious(entry)
    withheld[0] += len(hidden)
    values = {item: value for item, value in entry.values.items() if item not in hidden}
    made: list[tuple[Piece, dict[str, Any]]] = []
    held: set[str] = set()
    for piece in pieces(entry.form):
        if piece.there(entry):
            resource, items = piece.write(entry, values, links)
            made.append((piece, resource))
            held |= items
    for piece, resource in made:
        more = _carried(entry, values, held, hidden) if piece.key == MAIN else []
        resource["extension"] = [*resource.get("extension", []), part_extension(piece.key, entry), *more]
        yield entry, piece.key, resource


def suspicious(entry: FormEntry) -> frozenset[str]:
    """Text items that may betray a person."""
    items = form_of(entry.form, entry.edition).items
    return frozenset(
        item.name for item in items
        if item.type is ItemType.TEXT and isinstance(entry.get(item.name), str) and scan(str(entry.get(item.name)))
    )  # fmt: skip


def _carried(entry: FormEntry, values: Mapping[str, Any], held: set[str], hidden: Iterable[str]) -> list[dict[str, Any]]:
    known = form_of(entry.form, entry.edition).by_name
    rest = [item for name, item in known.items() if name in values and name not in held]
    return [*(item_extension(item, values[item.name]) for item in rest), *(masked(name) for name in sorted(hidden))]


def _id(part: Part, links: Links) -> str:
    entry, name, resource = part
    if resource["resourceType"] == "Patient":
        return links.id_of("", "patient")
    return links.id_of("" if entry is None else entry.place, name)


def _order(entry: FormEntry) -> tuple[str, str, str, int]:
    day = entry.at.isoformat()[:10] if entry.at else ""
    return day, entry.form, entry.visit, entry.instance


_TYPES = ("Patient", "Organization", "Condition", "BodyStructure")


def _rank(resource: Mapping[str, Any]) -> int:
    """What is referred to comes first."""
    kind = str(resource["resourceType"])
    return _TYPES.index(kind) if kind in _TYPES else len(_TYPES)
