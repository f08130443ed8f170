"""A folder of DICOM files, written anew without the person."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from glisson.case.result import Finding, Level
from glisson.errors import BadInput, GlissonError
from glisson.imaging.deidentify import Deidentification, deidentify
from glisson.imaging.deidentify_rules import identifying_words
from glisson.imaging.dicom_file import DECODING_ERRORS, is_dicom, quiet
from glisson.whole_file import write_whole


@dataclass(frozen=True)
class Deidentified:
    """What was written, and what was left behind.

    Attributes:
        files: written, one folder for each series; names are the new unique identifiers.
        left_out: how many files were not written.
        findings: why, and what was emptied; never a value.
    """

    files: tuple[Path, ...]
    left_out: int
    findings: tuple[Finding, ...]


def deidentify_folder(
    source: Path, out: Path, how: Deidentification, *, progress: Callable[[float, str], None] = lambda share, words: None
) -> Deidentified:
    """Every DICOM object below ``source``, without the person, below ``out``.

    Raises:
        BadInput: ``source`` is no folder, holds no DICOM file, or holds ``out``; ``out`` exists and is not empty.
    """
    found = _files(source, out)
    written: list[Path] = []
    findings: dict[Finding, None] = {}
    left_out: dict[str, int] = {}
    for number, path in enumerate(found):
        progress(number / len(found), "de-identifying")
        try:
            with quiet():
                clean, said = deidentify(_read(path), how)
                written.append(_write(clean, out, len(written)))
            findings.update(dict.fromkeys(said))
        except GlissonError as error:
            left_out[str(error)] = left_out.get(str(error), 0) + 1
    progress(1.0, "de-identifying")
    for why, count in left_out.items():
        findings[Finding(code="deidentify.left-out", level=Level.WARNING, text=f"{count} files left out: {why}")] = None
    return Deidentified(tuple(written), sum(left_out.values()), tuple(findings))


def names_in(source: Path) -> tuple[str, ...]:
    """Names and numbers of the person in the headers below ``source``, to look for in free text; never to be stored or shown.

    Raises:
        BadInput: ``source`` is no folder or holds no DICOM file.
    """
    found: set[str] = set()
    for path in _dicom_files(source):
        with quiet():
            try:
                found |= identifying_words(dcmread(path, stop_before_pixels=True))
            except DECODING_ERRORS:
                continue
    return tuple(sorted(found))


def _files(source: Path, out: Path) -> list[Path]:
    if not source.is_dir():
        raise BadInput(f"no folder '{source.name}'", do="name a folder of DICOM files")
    if out.exists() and any(out.iterdir()):
        raise BadInput(f"the folder '{out.name}' is not empty", do="name a new folder")
    if out.resolve().is_relative_to(source.resolve()):
        raise BadInput(f"'{out.name}' lies inside '{source.name}'", do="write outside the folder that is read")
    return _dicom_files(source)


def _dicom_files(source: Path) -> list[Path]:
    if not source.is_dir():
        raise BadInput(f"no folder '{source.name}'", do="name a folder of DICOM files")
    found = sorted(path for path in source.rglob("*") if path.is_file() and is_dicom(path) and path.name != "DICOMDIR")
    if not found:
        raise BadInput(f"no DICOM file below '{source.name}'", do="name a folder of DICOM files (with their preamble)")
    return found


def _read(path: Path) -> Dataset:
    try:
        return dcmread(path)
    except DECODING_ERRORS:
        raise BadInput("a file that cannot be read as DICOM", do="export it again") from None


def _write(clean: Dataset, out: Path, number: int) -> Path:
    series = str(clean.get("SeriesInstanceUID", "")) or "no-series"
    name = str(clean.get("SOPInstanceUID", "")) or f"object-{number + 1}"
    path = out / series / f"{name}.dcm"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_whole(path, lambda whole: clean.save_as(whole, enforce_file_format=True))
    except DECODING_ERRORS:
        raise BadInput("an object whose damaged values cannot be written", do="export it again") from None
    return path
