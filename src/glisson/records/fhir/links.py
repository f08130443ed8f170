"""What the resources of one case refer to each other by: ids made from case, place and part, so that they outlive corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any
from uuid import UUID

from glisson.records.fhir.names import ENTRY, HL7, MCODE, TAGS
from glisson.records.forms import FormEntry


@dataclass(frozen=True)
class Links:
    """One case on its way into a bundle.

    Attributes:
        case: pseudonym. site: centre.
        entries: forms that stand, in the bundle's order.
    """

    case: str
    site: str
    entries: tuple[FormEntry, ...]

    def id_of(self, place: str, part: str) -> str:
        """Logical id of a resource: the same in every bundle of the case, whatever its content.

        >>> Links("s1-x", "s1", ()).id_of("patient/baseline/1", "main") == Links("s1-x", "s1", ()).id_of("patient/baseline/1", "main")
        True
        """
        digest = sha256("\n".join(("glisson fhir 1", self.case, place, part)).encode()).digest()
        return str(UUID(bytes=digest[:16], version=4))

    def to(self, place: str, part: str) -> dict[str, str]:
        """A reference."""
        return {"reference": f"urn:uuid:{self.id_of(place, part)}"}

    @cached_property
    def patient(self) -> dict[str, str]:
        """The patient; there is one in every bundle."""
        return self.to("", "patient")

    @cached_property
    def primary(self) -> list[dict[str, str]]:
        """The primary tumour, if the case has the form 'disease'."""
        found = self.first("disease")
        return [] if found is None else [self.to(found.place, "main")]

    @cached_property
    def metastases(self) -> list[dict[str, str]]:
        """The liver metastases, if the case has the form 'disease'."""
        found = self.first("disease")
        return [] if found is None else [self.to(found.place, "metastases")]

    @cached_property
    def simulated(self) -> bool:
        """Whether the patient was made by a program."""
        return is_simulated(self.entries)

    def first(self, form: str) -> FormEntry | None:
        """The first entry of a form."""
        return next(iter(self.of(form)), None)

    def of(self, form: str) -> tuple[FormEntry, ...]:
        """Entries of a form, in order."""
        return tuple(entry for entry in self.entries if entry.form == form)

    def meta(self, profile: str | None) -> dict[str, Any]:
        """Profile and labels of a resource."""
        found: dict[str, Any] = {"profile": [MCODE + profile]} if profile else {}
        if self.simulated:
            found["tag"] = [
                {"system": f"{HL7}v3-ActReason", "code": "HTEST", "display": "test health data"},
                {"system": TAGS, "code": "simulated", "display": "made by a program; no such patient exists"},
            ]
        return {"meta": found} if found else {}


def is_simulated(entries: Sequence[FormEntry]) -> bool:
    """Whether the form 'patient' says that the patient was made by a program."""
    return any(entry.form == "patient" and entry.yes("simulated") for entry in entries)


def part_extension(part: str, entry: FormEntry | None) -> dict[str, Any]:
    """Extension that says which entry a resource belongs to, and which part of it it is."""
    inner: list[dict[str, Any]] = [{"url": "part", "valueString": part}]
    if entry is not None:
        inner += [
            {"url": "form", "valueString": entry.form},
            {"url": "edition", "valueInteger": entry.edition},
            {"url": "instance", "valueInteger": entry.instance},
        ]
        inner += [{"url": "visit", "valueString": entry.visit}] if entry.visit else []
    return {"url": ENTRY, "extension": inner}
