"""The door for contours made elsewhere: RTSTRUCT, SEG, .seg.nrrd, label maps and masks in NIfTI or NRRD.

Any segmenter, learned or by hand, works with glisson by writing one of these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from glisson.case.result import Finding
from glisson.errors import BadInput, GridMismatch
from glisson.imaging.dicom_file import Header, open_dicom, quiet
from glisson.imaging.label_map import is_label_format, labels_in, layered_segments, read_label, read_layered
from glisson.imaging.readout import warning
from glisson.voxels import Grid, Image, Quantity
from glisson.voxels.grid import require_same_frame

FORMATS = "RTSTRUCT, DICOM SEG, .seg.nrrd, label map or mask in NIfTI or NRRD"


@dataclass(frozen=True)
class ContourEntry:
    """One contour in a file.

    Attributes:
        number: what ``segment`` takes: the segment number, the place in a .seg.nrrd, the label; for an RTSTRUCT the ROI number.
        name: its name in the file; "" where the format has none.
        is_roi: True in an RTSTRUCT, where it is chosen by ``roi`` (its name).
        contours: number of contours of an ROI; ``None`` for voxels.
    """

    number: int
    name: str
    is_roi: bool = False
    contours: int | None = None


@dataclass(frozen=True)
class ReadMask:
    """A mask as read, and what a person must know about it."""

    mask: Image
    name: str
    findings: tuple[Finding, ...] = ()


def read_contours(path: Path) -> list[ContourEntry]:
    """Every contour in a file, in its order.

    Raises:
        BadInput: no such file, damaged, or another format.
    """
    _require_file(path)
    with quiet():
        if is_label_format(path):
            layered = layered_segments(path) if path.suffix.lower() in (".nrrd", ".nhdr") else []
            if layered:
                return [ContourEntry(segment.number, segment.name) for segment in layered]
            return [ContourEntry(label, "") for label in labels_in(path) or [1]]
        header = _segmentation(path)
        if header.modality == "SEG":
            from glisson.imaging.dicom_seg import segments

            return [ContourEntry(number, name) for number, name in segments(header)]
        return _regions(header)


def segment_key(entry: ContourEntry, entries: Sequence[ContourEntry]) -> str | int:
    """What to write into case.yaml for a segment: its name where that names it alone, else its number."""
    names = [other.name.strip().lower() for other in entries]
    return entry.name if entry.name and names.count(entry.name.strip().lower()) == 1 else entry.number


def read_mask(path: Path, *, segment: str | int | None = None, roi: str | None = None, grid: Grid | None = None) -> ReadMask:
    """One contour as a mask on the grid it was drawn on, or for an RTSTRUCT on ``grid``.

    Args:
        path: file.
        segment: name, id or number of a segment, or a label; the only one if ``None``.
        roi: name of an ROI; the only one if ``None``.
        grid: where to put the voxels of an RTSTRUCT (centre rule). Without it they come on a grid of their own along the
            contours' planes, 1 mm or finer, from which ``voxels.resample`` takes them anywhere. Other formats come on
            the grid in the file, and ``grid`` only guards the frame of reference.

    Raises:
        BadInput: damaged, no such contour, several and none chosen, an ROI without contours.
        GridMismatch: contour and ``grid`` lie in different frames of reference.
    """
    _require_file(path)
    if segment is not None and roi is not None:
        raise BadInput(f"{path.name}: both a segment and an ROI were asked for", allowed="one of them")
    with quiet():
        if is_label_format(path):
            read = _from_labels(path, segment if segment is not None else roi)
        else:
            header = _segmentation(path)
            if header.modality == "SEG":
                read = _from_seg(header, segment if segment is not None else roi)
            else:
                read = _from_rtstruct(header, roi if roi is not None else segment, grid)
    if grid is not None:
        _guard_frame(read.mask.grid, grid)
    if not read.mask.array.any():
        text = f"'{read.name or path.name}' holds no voxel"
        return ReadMask(read.mask, read.name, (*read.findings, warning("contour.empty", text)))
    return read


def _from_labels(path: Path, wanted: str | int | None) -> ReadMask:
    layered = layered_segments(path) if path.suffix.lower() in (".nrrd", ".nhdr") else []
    if layered:
        keys = [(segment.number, (segment.name, segment.id)) for segment in layered]
        segment = layered[_pick(keys, wanted, path.name, "segment")]
        mask, on_grid = read_layered(path, segment)
        return ReadMask(Image(on_grid, mask, Quantity.MASK), segment.name)
    if isinstance(wanted, str):
        if not wanted.isdigit():
            raise BadInput(f"{path.name} is a label map, whose labels have no names", allowed="segment: a number")
        wanted = int(wanted)
    array, on_grid, findings, label = read_label(path, wanted)
    return ReadMask(Image(on_grid, array, Quantity.MASK), "" if label is None else str(label), tuple(findings))


def _from_seg(header: Header, wanted: str | int | None) -> ReadMask:
    from glisson.imaging.dicom_seg import read_segment, segments

    known = segments(header)
    number, name = known[_pick([(n, (label,)) for n, label in known], wanted, header.name, "segment")]
    array, grid, findings = read_segment(header, number)
    return ReadMask(Image(grid, array, Quantity.MASK), name, tuple(findings))


def _from_rtstruct(header: Header, wanted: str | int | None, grid: Grid | None) -> ReadMask:
    from glisson.imaging.rtstruct import own_grid, read_region, voxels_of

    regions = _regions(header)
    picked = regions[_pick([(entry.number, (entry.name,)) for entry in regions], wanted, header.name, "ROI")]
    contours, findings = read_region(header, picked.number, picked.name)
    if grid is None:
        grid = own_grid(contours)
    elif contours.frame_of_reference is not None or grid.frame_of_reference is not None:
        _guard_frame(grid.in_frame(contours.frame_of_reference), grid)
    return ReadMask(Image(grid, voxels_of(contours, grid), Quantity.MASK), picked.name, tuple(findings))


def _guard_frame(mask: Grid, grid: Grid) -> None:
    """Refuse a contour of another frame of reference. Files that state none are the caller's to place."""
    if mask.frame_of_reference is None and grid.frame_of_reference is None:
        return
    try:
        require_same_frame(mask, grid)
    except GridMismatch:
        raise GridMismatch(["frame of reference: the contour and the image do not state the same one"]) from None


def _regions(header: Header) -> list[ContourEntry]:
    counts = {
        item.number("ReferencedROINumber"): len(item.items("ContourSequence")) for item in header.items("ROIContourSequence")
    }
    regions = []
    for region in header.items("StructureSetROISequence"):
        number = region.number("ROINumber")
        if number is None:
            raise BadInput(f"{header.name}: an ROI without its number", do="export the structure set again")
        regions.append(ContourEntry(int(number), region.text("ROIName"), is_roi=True, contours=counts.get(number, 0)))
    if not regions:
        raise BadInput(f"{header.name} holds no ROI", do="export the structure set again")
    return regions


def _pick(known: Sequence[tuple[int, tuple[str, ...]]], wanted: str | int | None, file: str, what: str) -> int:
    """Place in ``known`` of the one entry that is wanted: by number, by exact name, or by name without regard to case."""
    allowed = ", ".join(f"{number} '{names[0]}'" for number, names in known)
    if wanted is None:
        if len(known) == 1:
            return 0
        raise BadInput(f"{file} holds {len(known)} {what}s", allowed=allowed, do=f"say which one is meant with '{what.lower()}'")
    if isinstance(wanted, int):
        hits = [at for at, (number, _) in enumerate(known) if number == wanted]
    else:
        hits = [at for at, (_, names) in enumerate(known) if wanted in names]
        hits = hits or [at for at, (_, names) in enumerate(known) if wanted.strip().lower() in [n.strip().lower() for n in names]]
    if len(hits) == 1:
        return hits[0]
    if hits:
        raise BadInput(f"{file}: {len(hits)} {what}s are named '{wanted}'", allowed=allowed, do="choose by number")
    raise BadInput(f"{file} has no {what} '{wanted}'", allowed=allowed)


def _segmentation(path: Path) -> Header:
    header = open_dicom(path)
    if header.modality not in ("SEG", "RTSTRUCT"):
        raise BadInput(f"{path.name} holds no contours", allowed=FORMATS)
    return header


def _require_file(path: Path) -> None:
    if not path.is_file():
        raise BadInput(f"{path.name} is not there", do="check the path in case.yaml")
