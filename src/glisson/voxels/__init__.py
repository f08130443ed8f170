"""Voxels: where they are (Grid) and what they mean (Image)."""

from glisson.voxels.grid import Grid, require_same_frame
from glisson.voxels.image import Image, Quantity, bounding_box, require_quantity, require_same_grid

__all__ = ["Grid", "Image", "Quantity", "bounding_box", "require_quantity", "require_same_frame", "require_same_grid"]
