"""Lesions of the lesion tables as sites of a case, each in its organ."""

import re
from collections.abc import Sequence
from typing import Any

from glisson.records.forms import Catalogue, FormEntry
from glisson.records.projection.mapping import fields_of

KIND = ("role", "organ", "node")
LIVER = "liver"


def organ_id(organ: str | None) -> str:
    """Id of an organ's site.

    >>> organ_id("lymph node")
    'lymph-node'
    """
    return re.sub(r"[^a-z0-9]+", "-", (organ or "unknown").lower()).strip("-") or "unknown"


def lesion_ids(entries: Sequence[FormEntry]) -> dict[tuple[str, str], str]:
    """Site of each lesion as (reader, lesion): its own name; the reader's name before it where readers mean another thing."""
    organs = {organ_id(entry.get("organ")) for entry in entries} | {LIVER}
    meant: dict[str, tuple[Any, ...]] = {}
    found: dict[tuple[str, str], str] = {}
    for entry in entries:
        reader, lesion = str(entry.get("reader")), str(entry.get("lesion"))
        if entry.get("lesion") is None or (reader, lesion) in found:
            continue
        kind = tuple(entry.get(item) for item in KIND)
        own = meant.setdefault(lesion, kind) == kind
        name = lesion if own else f"{reader}.{lesion}"
        found[reader, lesion] = f"lesion-{name}" if name in organs else name
    return found


def lesion_sites(entries: Sequence[FormEntry], known: Catalogue) -> list[dict[str, Any]]:
    """Organs, then lesions in the order in which they were first entered, as fields of the noun.

    What several scans say of a lesion (segments, earlier treatment, of what it is a part) is taken from the first that says
    it; what a lesion *is* does not change (a check asks where it does).
    """
    ids = lesion_ids(entries)
    organs: dict[str, str] = {}
    lesions: dict[str, dict[str, Any]] = {}
    for entry in entries:
        name = ids.get((str(entry.get("reader")), str(entry.get("lesion"))))
        if name is None:
            continue
        organ = str(entry.get("organ") or "unknown")
        organs.setdefault(organ_id(organ), organ)
        said = fields_of(known[entry.form, entry.edition], entry, "site")
        for part in ("split_from", "merged_into"):
            if part in said:
                said[part] = ids.get((str(entry.get("reader")), said[part]), said[part])
        said |= {"id": name, "kind": "lesion", "parent": organ_id(organ)}
        before = lesions.setdefault(name, {"recorded_at": entry.recorded_at})
        lesions[name] = {**said, **before}
    return [organ_site(name, organ) for name, organ in organs.items()] + list(lesions.values())


def organ_site(name: str, organ: str) -> dict[str, Any]:
    """An organ that is named and not drawn."""
    return {"id": name, "kind": "organ", "organ": organ}
