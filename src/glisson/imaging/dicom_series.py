"""A folder of DICOM files, sorted into series. Series are told apart by their own tags, never by file names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from glisson.errors import BadInput
from glisson.imaging.dicom_file import Header, is_dicom, open_dicom

VOXEL_MODALITIES = ("CT", "MR", "NM", "PT", "RTDOSE")
"""Modalities that hold voxels of the patient; the number of a series counts these only."""

DICOM_SUFFIXES = {".dcm", ".dicom", ".ima"}
DIRECTORY_CLASS = "1.2.840.10008.1.3.10"
MODALITIES = frozenset(
    [
        "CR",
        "CT",
        "DOC",
        "DX",
        "KO",
        "MG",
        "MR",
        "NM",
        "OT",
        "PR",
        "PT",
        "RF",
        "RTDOSE",
        "RTIMAGE",
        "RTPLAN",
        "RTRECORD",
        "RTSTRUCT",
        "REG",
        "SC",
        "SEG",
        "SR",
        "US",
        "XA",
    ]
)
"""Names of modalities that a message may show."""


@dataclass(frozen=True, eq=False)
class Series:
    """The files of one series, headers only.

    Attributes:
        number: 1, 2, … among the series with voxels in this folder; 0 for the others (SEG, RTSTRUCT, …).
        modality: as "CT".
        headers: one for each file.
        localizer: a scout view.
    """

    number: int
    modality: str
    headers: tuple[Header, ...]
    localizer: bool = False

    @property
    def paths(self) -> tuple[Path, ...]:
        """Files of the series."""
        return tuple(header.path for header in self.headers)

    def describe(self) -> str:
        """Words for messages, without any text from the header."""
        what = "localizer " if self.localizer else ""
        count = len(self.headers)
        return f"{self.number}: {self.modality} {what}({count} file{'s' if count > 1 else ''})"


@dataclass(frozen=True, eq=False)
class Folder:
    """What lies in a folder: DICOM series, and the files that are not DICOM."""

    series: tuple[Series, ...]
    others: tuple[Path, ...]
    broken: tuple[tuple[Path, BadInput], ...] = ()

    @property
    def images(self) -> tuple[Series, ...]:
        """Series with voxels, by number."""
        return tuple(series for series in self.series if series.number)


def read_folder(folder: Path, *, skip_broken: bool = False) -> Folder:
    """Every file below ``folder``, DICOM files grouped by series.

    Args:
        folder: searched with its subfolders; hidden files are passed over.
        skip_broken: collect unreadable files instead of raising.

    Raises:
        BadInput: a damaged DICOM file, or a .dcm file that is not DICOM.
    """
    headers: list[Header] = []
    others: list[Path] = []
    broken: list[tuple[Path, BadInput]] = []
    for path in _files(folder):
        if not is_dicom(path) and path.suffix.lower() not in DICOM_SUFFIXES:
            others.append(path)
            continue
        try:
            header = open_dicom(path, pixels=False)
            if header.sop_class != DIRECTORY_CLASS:
                _require_modality(header)
                headers.append(header)
        except BadInput as error:
            if not skip_broken:
                raise
            broken.append((path, error))
    return Folder(_grouped(headers), tuple(others), tuple(broken))


def choose(folder: Folder, *, number: int | None, modalities: Sequence[str], name: str) -> Series:
    """The series of that number, or the only one with voxels.

    Raises:
        BadInput: none, several without a number, or no such number.
    """
    images = [series for series in folder.images if not modalities or series.modality in modalities]
    allowed = ", ".join(series.describe() for series in images)
    if not images:
        found = ", ".join(sorted({_known(series.modality) for series in folder.series})) or "no DICOM file"
        wanted = " or ".join(modalities or VOXEL_MODALITIES)
        raise BadInput(f"{name} holds no image series of the wanted kind; found: {found}", allowed=wanted)
    if number is not None:
        for series in images:
            if series.number == number:
                return series
        raise BadInput(f"{name} has no series {number}", allowed=allowed)
    whole = [series for series in images if not series.localizer] or images
    if len(whole) > 1:
        raise BadInput(f"{name} holds {len(whole)} image series", allowed=allowed, do="say which one with its number ('series')")
    return whole[0]


def require_one_patient(headers: Iterable[Header]) -> None:
    """Refuse files of different patients. Nothing of the identity is shown.

    Raises:
        BadInput: two files name different patients.
    """
    seen: dict[str, str] = {}
    for header in headers:
        identity = header.text("PatientID") or header.text("PatientName")
        if identity:
            seen.setdefault(identity, header.name)
    if len(seen) > 1:
        first, second, *_ = seen.values()
        raise BadInput(
            f"files of {len(seen)} different patients" + (f", as {first} and {second}" if first != second else ""),
            allowed="one patient in a case",
            do="separate them into one folder for each patient",
        )


def _known(modality: str) -> str:
    """A modality of the standard; what else stands in that field is not printed."""
    return modality if modality in MODALITIES else "an unknown modality"


def _require_modality(header: Header) -> None:
    """A file that does not even say its modality was cut short; passing it over would lose a slice."""
    if not header.modality:
        raise BadInput(f"{header.name} states no modality; it is damaged or cut short", do="copy or export it again")


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _grouped(headers: Sequence[Header]) -> tuple[Series, ...]:
    groups: dict[tuple[str, str, str, bool], list[Header]] = {}
    for header in headers:
        uid = header.text("SeriesInstanceUID") or str(header.path.parent)
        key = (header.modality, uid, header.sop_class, "LOCALIZER" in header.text("ImageType").upper())
        groups.setdefault(key, []).append(header)
    found: list[Series] = []
    number = 0
    for key in sorted(groups, key=lambda k: (k[0], _series_number(groups[k][0]), k[1:])):
        voxels = key[0] in VOXEL_MODALITIES
        number += voxels
        found.append(Series(number if voxels else 0, key[0], tuple(groups[key]), key[3]))
    return tuple(found)


def _series_number(header: Header) -> float:
    try:
        number = header.number("SeriesNumber")
    except BadInput:
        return float("inf")
    return float("inf") if number is None else number
