"""Segmentations without DICOM: label maps and masks in NIfTI or NRRD, and layered .seg.nrrd files."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.result import Finding
from glisson.errors import BadInput
from glisson.imaging.nrrd_file import read_nrrd, read_nrrd_header
from glisson.imaging.read import file_format, read_voxels
from glisson.voxels import Grid

MOST_LABELS = 1000
"""A label map with more different values than this is taken for an image."""

_SEGMENT_KEY = re.compile(r"^Segment(\d+)_(\w+)$")


@dataclass(frozen=True)
class LayeredSegment:
    """One segment of a .seg.nrrd file: its place in the list (from 1), name, id, layer and label."""

    number: int
    name: str
    id: str
    layer: int
    label: int


def layered_segments(path: Path) -> list[LayeredSegment]:
    """Segments that the header of an NRRD file describes; none for a plain mask.

    Raises:
        BadInput: not NRRD; a segment without its label.
    """
    fields: dict[int, dict[str, str]] = {}
    for key, value in read_nrrd_header(path).items():
        if match := _SEGMENT_KEY.match(key):
            fields.setdefault(int(match[1]), {})[match[2]] = str(value).strip()
    found = []
    for at, field in sorted(fields.items()):
        try:
            label, layer = int(field["LabelValue"]), int(field.get("Layer", "0"))
        except (KeyError, ValueError):
            raise BadInput(f"{path.name}: segment {at} has no label value", do="save the segmentation again") from None
        found.append(LayeredSegment(at + 1, field.get("Name", ""), field.get("ID", ""), layer, label))
    return found


def read_layered(path: Path, segment: LayeredSegment) -> tuple[NDArray[np.bool_], Grid]:
    """Voxels and grid of one segment of a .seg.nrrd file.

    Raises:
        BadInput: the layer does not exist.
    """
    file = read_nrrd(path)
    if not 0 <= segment.layer < file.layers.shape[0]:
        raise BadInput(
            f"{path.name}: segment {segment.number} lies on a layer that is not there", do="save the segmentation again"
        )
    mask: NDArray[np.bool_] = file.layers[segment.layer] == segment.label
    return mask, file.grid


def labels_in(path: Path) -> list[int]:
    """The labels of a label map or binary mask, background 0 left out; empty for a mask of fractions.

    Raises:
        BadInput: damaged, or an image rather than labels.
    """
    array, _, _ = read_voxels(path)
    return _labels(array, path.name)


def read_label(path: Path, label: int | None) -> tuple[NDArray[Any], Grid, list[Finding], int | None]:
    """Voxels (bool, or fractions), grid, findings and the label that was taken.

    Args:
        path: NIfTI or NRRD.
        label: which one; the only one if ``None``.

    Raises:
        BadInput: several labels and none chosen; a label that is not there; an image rather than labels.
    """
    array, grid, findings = read_voxels(path)
    labels = _labels(array, path.name)
    if not labels and array.dtype.kind == "f" and array.any():
        if label not in (None, 1):
            raise BadInput(f"{path.name} holds fractions, so it has no label {label}", do="leave the segment out")
        return array.astype(np.float32), grid, findings, None
    if label is None:
        if len(labels) > 1:
            raise BadInput(
                f"{path.name} holds {len(labels)} labels", allowed=_some(labels), do="say which one is meant with 'segment'"
            )
        label = labels[0] if labels else 1
    elif labels and label not in labels:
        raise BadInput(f"{path.name} has no label {label}", allowed=_some(labels))
    return array == label, grid, findings, label


def is_label_format(path: Path) -> bool:
    """True for NIfTI and NRRD."""
    return file_format(path) in ("NIfTI", "NRRD")


def _labels(array: NDArray[Any], name: str) -> list[int]:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = int(array.size - np.count_nonzero(np.isfinite(array)))
        raise BadInput(f"{name}: {bad} of {array.size} voxels are not finite (NaN or infinite)", do="save the mask again")
    values = np.unique(array)
    if values.size and (values[0] < 0 or values.size > MOST_LABELS) and not _fractions(values):
        raise BadInput(f"{name} is an image, not a mask or a label map", allowed="labels 0, 1, 2, …, or fractions 0 to 1")
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        if not _fractions(values):
            raise BadInput(f"{name} is an image, not a mask or a label map", allowed="labels 0, 1, 2, …, or fractions 0 to 1")
        return []
    return [int(value) for value in values if value != 0]


def _fractions(values: NDArray[Any]) -> bool:
    return values.dtype.kind == "f" and float(values[0]) >= 0.0 and float(values[-1]) <= 1.0


def _some(labels: list[int]) -> str:
    return ", ".join(str(label) for label in labels[:40]) + (", …" if len(labels) > 40 else "")
