"""DICOM files without the person: the Basic Application Level Confidentiality Profile, keeping what dosimetry needs.

The list of attributes and their actions is the table of PS3.15 annex E, taken from the library dicom-anonymizer. The actions here
are our own: unique identifiers become keyed hashes (the same in every file, so that series, frames of reference and contours
stay together, and nobody without the key can go back), and dates move by one number of days for the whole person, so that every
interval, and with it every decay, stays exact.

Options of the profile used: Retain Patient Characteristics (weight, size, sex), Retain Longitudinal Temporal Information with
Modified Dates, Retain Safe Private (the scale factors of one vendor's PET).

References:
    NEMA PS3.15 2026c, annex E: table E.1-1, E.3.6 (longitudinal), E.3.7 (characteristics), E.3.10 (safe private).
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from glisson.case.result import Finding, Level
from glisson.errors import BadInput, OutOfScope
from glisson.imaging.deidentify_rules import (
    EDITION,
    FREE_TEXT,
    METHODS,
    NAMES,
    NOT_IMAGES,
    SAFE_PRIVATE,
    LONGEST_SHIFT_days,
    actions,
    identifying_words,
    is_anatomy,
    is_plane_of_graphics,
    remove_words,
)


@dataclass
class Deidentification:
    """How the files of one person are made anonymous.

    Attributes:
        pseudonym: the case's id, written as name and number.
        key: secret of the registry; at least 16 bytes.
        shift_days: days added to every date of this person; negative is earlier.
    """

    pseudonym: str
    key: bytes = field(repr=False)
    shift_days: int

    def __post_init__(self) -> None:
        if len(self.key) < 16:
            raise BadInput(f"a key of {len(self.key)} bytes", allowed="16 bytes or more")
        if abs(self.shift_days) > LONGEST_SHIFT_days:
            raise BadInput(f"dates moved by {self.shift_days} days", allowed=f"up to {LONGEST_SHIFT_days} either way")

    def uid(self, old: str) -> str:
        """The new unique identifier of an old one: always the same, and not to be turned back without the key.

        >>> Deidentification("a", b"0123456789abcdef", 0).uid("1.2.840.10008.1.2")
        '1.2.840.10008.1.2'
        """
        if old.startswith("1.2.840.10008.") or not old:
            return old
        digest = hmac.new(self.key, b"uid:" + old.encode(), hashlib.sha256).digest()
        return f"2.25.{int.from_bytes(digest[:16], 'big')}"

    def day(self, text: str) -> str | None:
        """A moved date (DA) or date and time (DT); ``None`` for one that cannot be read.

        >>> Deidentification("a", b"0123456789abcdef", -1).day("20260301101500")
        '20260228101500'
        """
        match = re.fullmatch(r"(\d{4})\.?(\d{2})\.?(\d{2})(.*)", text.strip())
        if match is None:
            return None
        try:
            moved = date(int(match[1]), int(match[2]), int(match[3])) + timedelta(days=self.shift_days)
        except (ValueError, OverflowError):
            return None
        return f"{moved:%Y%m%d}{match[4]}"


def shift_of(*, key: bytes, pseudonym: str) -> int:
    """Days by which the dates of one person move back: 1 to 3650, fixed by the key.

    >>> 1 <= -shift_of(key=b"0123456789abcdef", pseudonym="a") <= 3650
    True
    """
    digest = hmac.new(key, b"days:" + pseudonym.encode(), hashlib.sha256).digest()
    return -(1 + int.from_bytes(digest[:8], "big") % LONGEST_SHIFT_days)


def deidentify(dataset: Dataset, how: Deidentification) -> tuple[Dataset, tuple[Finding, ...]]:
    """A copy of one DICOM object without the person, with what was left out because it could not be judged.

    Raises:
        OutOfScope: burned-in annotation, or an object that is a picture or a document: no rule makes those safe.
    """
    _require_safe_kind(dataset)
    words = identifying_words(dataset)
    work = _Work(how)
    clean = work.dataset(dataset)
    _sign(clean, how)
    clean.file_meta = _file_meta(dataset, clean)
    clean.preamble = b"\0" * 128
    removed = remove_words(clean, words, keep=how.pseudonym)
    findings = [_finding(text) for text in sorted(work.said)]
    if removed:
        findings.append(_finding(f"{removed} values repeated the person's name or a number of theirs; they were emptied"))
    return clean, tuple(findings)


def _finding(text: str) -> Finding:
    return Finding(code="deidentify.removed", level=Level.NOTE, text=text)


def _require_safe_kind(dataset: Dataset) -> None:
    if str(dataset.get("BurnedInAnnotation", "NO")).upper() == "YES":
        raise OutOfScope(
            "a DICOM image with burned-in annotation", do="leave it out, or mask its pixels with an image editor first"
        )
    if str(dataset.get("Modality", "")).upper() in NOT_IMAGES:
        raise OutOfScope(
            "a DICOM document, screen capture or report: a person's name may stand in its pixels or sentences",
            do="leave it out; images, SEG, RTSTRUCT, RTDOSE and RTPLAN can be de-identified",
        )


@dataclass
class _Work:
    how: Deidentification
    said: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    def dataset(self, old: Dataset) -> Dataset:
        new = Dataset()
        for element in old:
            self._element(new, old, element)
        return new

    def _element(self, new: Dataset, old: Dataset, element: Any) -> None:
        if element.tag.is_private:
            self._private(new, old, element)
            return
        if is_plane_of_graphics(element.tag):
            self.said.add("overlay or curve planes were left out")
            return
        action = actions().get(element.tag)
        if action == "remove" and element.VR != "SQ":
            return
        if element.VR == "SQ":
            self._sequence(new, element, action)
        else:
            self._value(new, element, action)

    def _sequence(self, new: Dataset, element: Any, action: str | None) -> None:
        if action in ("remove", "empty"):
            if action == "empty":
                new.add_new(element.tag, "SQ", Sequence([]))
            return
        new.add_new(element.tag, "SQ", Sequence([self.dataset(item) for item in element.value or []]))

    def _value(self, new: Dataset, element: Any, action: str | None) -> None:
        vr = element.VR
        if action == "uid" or vr == "UI":
            new.add_new(element.tag, vr, _each(element.value, lambda value: self.how.uid(str(value))))
        elif vr in ("DA", "DT") and action != "empty":
            self._date(new, element)
        elif action == "empty":
            new.add_new(element.tag, vr, None)
        elif element.keyword in NAMES:
            new.add_new(element.tag, vr, self._name(str(element.value or "")))
        elif vr in FREE_TEXT:
            self.said.add(f"free text outside the profile's list ({element.keyword or 'unnamed'}) was emptied")
            new.add_new(element.tag, vr, None)
        else:
            new.add_new(element.tag, vr, element.value)

    def _date(self, new: Dataset, element: Any) -> None:
        moved = _each(element.value, lambda value: self.how.day(str(value)))
        if moved is None or (isinstance(moved, list) and None in moved):
            if element.value:
                self.said.add(f"a date that cannot be read ({element.keyword or 'unnamed'}) was emptied")
            moved = None
        new.add_new(element.tag, element.VR, moved)

    def _name(self, name: str) -> str:
        """A structure's name where every word of it is anatomy or a number, else its place in the order."""
        if is_anatomy(name):
            return name
        self.said.add("names of contours that are not plain anatomy were replaced by numbers")
        return self.names.setdefault(name, f"structure {len(self.names) + 1}")

    def _private(self, new: Dataset, old: Dataset, element: Any) -> None:
        if element.tag.is_private_creator:
            return
        creator = old.get_item(Tag(element.tag.group, element.tag.elem >> 8))
        name = (
            str(creator.value.decode("latin-1") if isinstance(creator.value, bytes) else creator.value).strip() if creator else ""
        )
        if element.tag.group == 0x7053 and (name, element.tag.elem & 0xFF) in SAFE_PRIVATE:
            block = new.private_block(element.tag.group, name, create=True)
            block.add_new(element.tag.elem & 0xFF, "DS" if element.VR == "UN" else element.VR, _text(element.value))


def _text(value: Any) -> Any:
    return value.decode("latin-1").strip() if isinstance(value, bytes) else value


def _each(value: Any, change: Any) -> Any:
    """One value changed, or each of several."""
    if value is None or value == "":
        return None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return change(value)
    return [change(one) for one in value]


def _sign(clean: Dataset, how: Deidentification) -> None:
    clean.PatientName = how.pseudonym
    clean.PatientID = how.pseudonym
    clean.PatientIdentityRemoved = "YES"
    clean.LongitudinalTemporalInformationModified = "MODIFIED" if how.shift_days else "UNMODIFIED"
    clean.DeidentificationMethod = f"glisson, {EDITION}"
    codes = []
    for value, meaning in METHODS.items():
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
        codes.append(item)
    clean.DeidentificationMethodCodeSequence = Sequence(codes)


def _file_meta(old: Dataset, clean: Dataset) -> FileMetaDataset:
    """Transfer syntax and classes; who sent it, and from where, is left out."""
    meta = FileMetaDataset()
    before = getattr(old, "file_meta", None) or Dataset()
    for keyword in ("MediaStorageSOPClassUID", "TransferSyntaxUID"):
        if keyword in before:
            setattr(meta, keyword, before[keyword].value)
    meta.MediaStorageSOPInstanceUID = clean.get("SOPInstanceUID", "")
    return meta
