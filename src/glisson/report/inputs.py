"""What a report is made from beside the case and its results, and what it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from glisson.errors import BadInput
from glisson.voxels import Image, Quantity


@dataclass(frozen=True)
class ReportImages:
    """Voxels to draw. Any of them may be absent; the report says which pictures it could not draw.

    Attributes:
        anatomy: CT (HU) or MR, drawn in grey beneath.
        mapping: activity or counts of the test injection.
        emission: activity or counts after the treatment.
        dose: absorbed dose, Gy.
        structures: masks by site id, on any grid of the same frame of reference.

    Raises:
        BadInput: a dose that is not in Gy, or a structure that is not a mask.
    """

    anatomy: Image | None = None
    mapping: Image | None = None
    emission: Image | None = None
    dose: Image | None = None
    structures: Mapping[str, Image] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.dose is not None and self.dose.quantity is not Quantity.DOSE:
            raise BadInput(f"a dose image of {self.dose.quantity.value}", allowed="Gy")
        for image in (self.mapping, self.emission):
            if image is not None and image.quantity not in (Quantity.ACTIVITY, Quantity.COUNTS):
                raise BadInput(f"an emission image of {image.quantity.value}", allowed="Bq/mL or counts")
        for mask in self.structures.values():
            if mask.quantity is not Quantity.MASK:
                raise BadInput(f"a structure of {mask.quantity.value}", allowed="a mask")


@dataclass(frozen=True)
class ReportFiles:
    """What was written."""

    html: Path
    pdf: Path
    figures: tuple[Path, ...]
