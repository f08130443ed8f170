"""A site together with its voxels on one grid."""

from dataclasses import dataclass

from glisson.case.site import Site
from glisson.errors import BadInput
from glisson.voxels import Image, Quantity, require_quantity


@dataclass(frozen=True)
class Structure:
    """A site and its mask (bool, or covered fractions 0 to 1) on the grid of an activity or dose image.

    Attributes:
        site: where it is.
        mask: its voxels.
        rule: how the mask came onto the grid: "covered fraction", "nearest neighbour" or "drawn on this grid".
        contour_volume_mL: volume on the grid it was drawn on, before resampling.
        drawn_spacing_mm: voxel edges of that grid (slice, row, column); ``None``: the mask's own.
        drawn: the mask on that grid; doses are read there by the rule "contour voxels", and the rules can be compared.
    """

    site: Site
    mask: Image
    rule: str
    contour_volume_mL: float
    drawn_spacing_mm: tuple[float, float, float] | None = None
    drawn: Image | None = None

    def __post_init__(self) -> None:
        require_quantity(self.mask, Quantity.MASK)
        if self.contour_volume_mL < 0:
            raise BadInput(f"contour volume {self.contour_volume_mL} mL", allowed="0 mL or more")

    @property
    def id(self) -> str:
        """The site's id."""
        return self.site.id

    @property
    def volume_mL(self) -> float:
        """Volume on this grid."""
        return self.mask.volume_mL
