"""What a NIfTI or NRRD file probably is. The format does not say; its name and its values give a hint."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case.image_reference import ImageKind, ImageReference, Purpose
from glisson.errors import BadInput
from glisson.imaging.contours import read_contours, segment_key
from glisson.imaging.label_map import layered_segments
from glisson.imaging.read import NRRD_SUFFIXES, file_format, read_voxels
from glisson.imaging.readout import warning
from glisson.imaging.recognised import LeftOut, RecognisedContour, RecognisedImage
from glisson.imaging.structure_names import slug

HINTS: dict[str, tuple[ImageKind, Purpose, str | None]] = {
    "maa": (ImageKind.SPECT, Purpose.MAPPING, "Tc-99m"),
    "spect": (ImageKind.SPECT, Purpose.MAPPING, None),
    "pet": (ImageKind.PET, Purpose.VERIFICATION, None),
    "cbct": (ImageKind.CBCT, Purpose.ANATOMY, None),
    "ct": (ImageKind.CT, Purpose.ANATOMY, None),
    "mr": (ImageKind.MR, Purpose.ANATOMY, None),
    "mri": (ImageKind.MR, Purpose.ANATOMY, None),
}
"""Words of a file name, the most telling first."""

NUCLIDE_HINTS = {"y90": "Y-90", "90y": "Y-90", "ho166": "Ho-166", "166ho": "Ho-166", "tc99m": "Tc-99m", "99mtc": "Tc-99m"}
MASK_WORDS = {"seg", "mask", "masks", "label", "labels", "segmentation", "roi"}
AIR_HU = -900.0
MOST_MASK_LABELS = 256


def recognise_volume(path: Path, file: str) -> RecognisedImage | LeftOut | list[RecognisedContour]:
    """A draft image, the contours, or why it was left out.

    Args:
        path: NIfTI or NRRD.
        file: its name relative to the folder.

    Raises:
        BadInput: damaged, without orientation, voxels that are not finite.
        OutOfScope: not three-dimensional.
    """
    if path.name.lower().endswith(NRRD_SUFFIXES) and layered_segments(path):
        entries = read_contours(path)
        return [RecognisedContour(file, entry.name, segment_key(entry, entries)) for entry in entries]
    array, grid, findings = read_voxels(path)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise BadInput(f"{path.name} holds voxels that are not finite (NaN or infinite)", do="repair the image where it was made")
    words = _words(path)
    hint = next((HINTS[word] for word in HINTS if word in words), None)
    labels = _labels(array)
    if labels is not None and (hint is None or words & MASK_WORDS or len(labels) <= 1):
        return _contours(path, file, labels)
    if hint is None and float(array.min()) <= AIR_HU:
        hint = HINTS["ct"]
    if hint is None:
        return LeftOut(file, "cannot tell from its name or values what it shows; add it to case.yaml with its kind and unit")
    kind, purpose, nuclide = hint
    nuclide = next((NUCLIDE_HINTS[word] for word in words if word in NUCLIDE_HINTS), nuclide) if kind in EMISSION else None
    unit = "HU" if kind in (ImageKind.CT, ImageKind.CBCT) else None
    if kind is ImageKind.SPECT and array.dtype.kind in "iu":
        unit = "counts"
    if kind in EMISSION and unit is None:
        text = f"{path.name}: the format cannot say what a voxel value is: enter 'unit' (Bq/mL, Bq or counts) in case.yaml"
        findings = [*findings, warning("image.unit-unknown", text)]
    name = slug(kind.value) if nuclide is None else slug(f"{kind.value} {nuclide}")
    reference = ImageReference(id=name, file=file, kind=kind, purpose=purpose, unit=unit, nuclide=nuclide)
    what = f"{file_format(path)}, " + " x ".join(str(n) for n in grid.shape)
    return RecognisedImage(reference, what, None, tuple(findings))


EMISSION = (ImageKind.PET, ImageKind.SPECT)


def _words(path: Path) -> set[str]:
    """Words of the file's name, also with a number joined to the word before it ("Y-90" gives "y90")."""
    stem = path.name.lower().removesuffix(".gz").rpartition(".")[0]
    words = [word for word in re.split(r"[^a-z0-9]+", stem) if word]
    return {*words, *(a + b for a, b in pairwise(words))}


def _labels(array: NDArray[Any]) -> list[int] | None:
    """Labels of a mask or label map; ``None`` for anything with negative, broken or many different values."""
    if array.dtype.kind == "b":
        return [1] if array.any() else []
    if array.dtype.kind == "f" and not np.array_equal(array, np.rint(array)):
        return None
    values = np.unique(array)
    if values[0] < 0 or values.size > MOST_MASK_LABELS:
        return None
    return [int(value) for value in values if value]


def _contours(path: Path, file: str, labels: list[int]) -> LeftOut | list[RecognisedContour]:
    if not labels:
        return LeftOut(file, "a mask without a single voxel")
    if len(labels) > 1:
        return LeftOut(
            file, f"a label map of {len(labels)} labels without names; add the wanted sites to case.yaml with 'segment: NUMBER'"
        )
    stem = path.name.removesuffix(".gz").rpartition(".")[0]
    return [RecognisedContour(file, stem.replace("_", " "))]
