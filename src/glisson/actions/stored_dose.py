"""The dose image beside its result, in the frame of the image it was computed from."""

from dataclasses import replace

from glisson.actions.open_case import OpenCase
from glisson.case import Result
from glisson.errors import BadInput
from glisson.records.results import FOLDER
from glisson.voxels import Image

AGAIN = "compute it again: glisson dose CASE"


def emission_of(opened: OpenCase, result: Result) -> str:
    """Id of the image that a dose was computed from.

    Raises:
        BadInput: the result names none, or the case has no such image any more.
    """
    name = (result.value.get("activity") or {}).get("image")
    if name is None:
        raise BadInput("the stored dose does not say from which image it was computed", do=AGAIN)
    if all(reference.id != name for reference in opened.case.images):
        raise BadInput(f"the stored dose was computed from image '{name}', which is no longer in the case", do=AGAIN)
    return str(name)


def stored_dose(opened: OpenCase, result: Result) -> Image:
    """The dose of a result, Gy.

    Raises:
        BadInput: its file is gone, or it does not lie on the grid of its emission image.
    """
    from glisson.imaging.read import read_image

    emission = opened.image(emission_of(opened, result)).grid
    path = opened.folder / FOLDER / "dose.nii.gz"
    if not path.exists():
        raise BadInput(f"the stored dose image '{path.name}' is gone", do=AGAIN)
    dose = read_image(path, unit="Gy").image
    if dose.grid.in_frame(None).differences(emission.in_frame(None)):
        raise BadInput(
            "the stored dose does not lie on the grid of its emission image; the image or its registration was changed since",
            do=AGAIN,
        )
    return replace(dose, grid=emission)  # exactly, since NIfTI rounds the affine of an oblique grid to float32
