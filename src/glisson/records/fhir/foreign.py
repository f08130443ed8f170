"""Resources of other programs: laboratory values that carry their code, their unit and their day; the rest is named and left."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from glisson.records.fhir.bundle import pieces
from glisson.records.fhir.names import LOINC, MCODE
from glisson.records.fhir.piece import MAIN, Piece
from glisson.records.fhir.report import IDENTIFYING
from glisson.records.forms import FormEntry
from glisson.records.forms import form as form_of
from glisson.records.forms.entry import day_of

Leave = Callable[..., None]
FORM = "laboratory"
_FINAL = ("final", "amended", "corrected")
_READ = frozenset({
    "resourceType", "id", "meta", "status", "category", "code", "subject", "effectiveDateTime", "issued", "interpretation",
    "valueQuantity", "valueInteger", "dataAbsentReason", "referenceRange",
})  # fmt: skip


def laboratory_entries(
    resources: Iterable[tuple[int, dict[str, Any]]], case: str, visit: str | None, leave: Leave
) -> list[tuple[FormEntry, int]]:
    """Laboratory values, ECOG and weight of another program, one entry for each day; instance 0: not placed yet.

    Args:
        resources: with their number in the bundle.
        case: pseudonym.
        visit: which one they belong to; without it nothing can be placed.
        leave: is told what was not taken.
    """
    days: dict[str, tuple[dict[str, Any], int]] = {}
    for index, resource in resources:
        piece = _piece(resource)
        if piece is None:
            _say(index, resource, leave)
        elif visit is None:
            leave(index, "a value of another program: it does not say to which visit it belongs; name it with --visit")
        else:
            _take(index, resource, piece, days, leave)
    edition = form_of(FORM).edition
    return [
        (FormEntry("", case, "", FORM, edition, visit or "", 0, at=day_of(day), values={"sampled_on": day, **values}), index)
        for day, (values, index) in sorted(days.items())
    ]


def _piece(resource: Mapping[str, Any]) -> Piece | None:
    """The part of the form 'laboratory' that has the code of this resource."""
    if resource["resourceType"] != "Observation":
        return None
    codes = {one.get("code") for one in resource.get("code", {}).get("coding", []) if one.get("system") == LOINC}
    found = [piece for piece in pieces(FORM) if piece.key != MAIN and _loinc(piece) in codes]
    return found[0] if len(found) == 1 else None


def _loinc(piece: Piece) -> str:
    from glisson.records.fhir.links import Links

    base = piece.base(FormEntry("", "x", "x", FORM), Links("x", "x", ()))
    return str(base["code"]["coding"][0]["code"])


def _take(
    index: int, resource: Mapping[str, Any], piece: Piece, days: dict[str, tuple[dict[str, Any], int]], leave: Leave
) -> None:
    day = day_of(resource.get("effectiveDateTime"))
    if resource.get("status") not in _FINAL or day is None or len(str(resource["effectiveDateTime"])) < len("2026-03-02"):
        leave(index, "a value that is not final, or without its day", "effectiveDateTime", "date")
        return
    found = piece.read(resource)
    if piece.key not in found:
        leave(index, _wanted(piece), "value", "number")
        return
    values, _ = days.setdefault(day.isoformat(), ({}, index))
    if any(item in values and values[item] != value for item, value in found.items()):
        leave(index, "a second, other value of the same day", "value", "number")
        return
    values |= found
    for key in sorted(resource.keys() - _READ):
        leave(index, "the registry has no place for it", key, "resource")


def _wanted(piece: Piece) -> str:
    unit = piece.elements[0].unit
    return f"not a value in {unit}: convert it where it comes from" if unit else "not a whole number"


def _say(index: int, resource: Mapping[str, Any], leave: Leave) -> None:
    if resource["resourceType"] != "Patient":
        known = any(str(one).startswith(MCODE) for one in resource.get("meta", {}).get("profile", []))
        more = "an mCODE resource" if known else "a resource"
        leave(index, f"{more} of another program: it does not say in which form and visit it belongs; enter it by hand")
        return
    for key in sorted(resource.keys() - {"resourceType", "id", "meta"}):
        named = "names a person, or may: dropped, never stored"
        leave(index, named if key in IDENTIFYING else "a patient is enrolled by the form 'patient'", key, "element")
