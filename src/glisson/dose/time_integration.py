"""From the activity in an image to the activity at injection, from which engines count every decay.

Residence: the spheres stay where they lodge (permanent implant, no biological clearance, uptake at once), so the activity
in a voxel follows physical decay alone and all decays happen where the image shows them. That is an assumption; it is printed.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from glisson.decay import decay_factor, elapsed_h
from glisson.errors import BadInput, MissingFact
from glisson.voxels import Image, Quantity, require_quantity

RESIDENCE = "permanent implant: uptake at once, no biological clearance, physical decay only"
MOST_HALF_LIVES = 20
"""An image this long after the injection (a millionth is left) has a wrong instant."""


@dataclass(frozen=True)
class TimeZero:
    """An activity image at the time of injection.

    Attributes:
        activity: Bq/mL at injection.
        imaged_GBq: in the field at the time for which the image stands.
        injected_GBq: the same activity at injection.
        elapsed_h: from injection to the time for which the image stands.
        factor: injected over imaged.
        residence: the assumption, in words.
    """

    activity: Image
    imaged_GBq: float
    injected_GBq: float
    elapsed_h: float
    factor: float
    residence: str = RESIDENCE


def to_time_zero(activity: Image, *, injection: datetime, half_life_h: float) -> TimeZero:
    """The activity at injection from an image that stands for a later time.

    Raises:
        BadInput: not an activity image, an instant without a zone, or an image that stands for a time before the injection
            or more than 20 half-lives after it.
        MissingFact: the image does not say for which time its activity holds.
    """
    require_quantity(activity, Quantity.ACTIVITY)
    if activity.reference_time is None:
        raise MissingFact(
            "decay back to the injection",
            missing=["the time for which the activity in the image holds"],
            do="enter it in case.yaml, or state that the image is already at injection time",
        )
    hours = elapsed_h(injection, activity.reference_time)
    if hours < 0:
        raise BadInput(
            f"the image stands for a time {-hours:.2f} h before the injection",
            allowed="an image at or after the injection",
            do="check both instants and their offsets from UTC",
        )
    if hours > MOST_HALF_LIVES * half_life_h:
        raise BadInput(
            f"the image stands for a time {hours / 24.0:.0f} days after the injection",
            allowed=f"up to {MOST_HALF_LIVES} half-lives ({MOST_HALF_LIVES * half_life_h / 24.0:.0f} days); later nothing is left to see",
            do="check both instants and their offsets from UTC",
        )
    factor = 1.0 / decay_factor(elapsed_h=hours, half_life_h=half_life_h)
    at_injection = replace(activity, array=_times(activity, factor), reference_time=injection)
    imaged_GBq = activity.total * 1e-9
    return TimeZero(at_injection, imaged_GBq, imaged_GBq * factor, hours, factor)


@dataclass(frozen=True)
class Calibrated:
    """An activity image scaled so that its total is the activity known to be delivered. Both numbers stay visible.

    Attributes:
        activity: the scaled image.
        imaged_GBq: total of an activity image before; ``None`` for counts, which have no activity of their own.
        delivered_GBq: what was delivered to the field, at the time for which the image then stands.
        factor: what every voxel was multiplied by.
    """

    activity: Image
    imaged_GBq: float | None
    delivered_GBq: float
    factor: float


def calibrate(image: Image, *, delivered_GBq: float, nuclide: str | None = None) -> Calibrated:
    """Scale an activity or counts image to a known delivered activity that lies wholly in its field.

    The shape of the distribution is taken from the image, its amount from the measurement of the vial: what was shunted to the
    lungs outside the field must be subtracted from ``delivered_GBq`` first. ``nuclide`` says what was delivered where that is
    not the nuclide of the image (a Tc-99m map standing for Y-90).

    Raises:
        BadInput: no activity in the image, an image of something else, or an activity that is not positive.
    """
    require_quantity(image, Quantity.ACTIVITY, Quantity.COUNTS)
    if not delivered_GBq > 0:
        raise BadInput(f"delivered activity {delivered_GBq:g} GBq", allowed="more than 0 GBq")
    if image.array.size and image.array.min() < 0:
        raise BadInput("an image with negative values cannot be scaled to an activity", do="set them to zero first, and say so")
    total = image.total
    if total <= 0:
        raise BadInput("there is nothing in the image to scale to the delivered activity")
    factor = delivered_GBq * 1e9 / total
    scaled = replace(image, array=_times(image, factor), quantity=Quantity.ACTIVITY, nuclide=nuclide or image.nuclide)
    imaged_GBq = total * 1e-9 if image.quantity is Quantity.ACTIVITY else None
    return Calibrated(scaled, imaged_GBq, delivered_GBq, factor)


def _times(image: Image, factor: float) -> NDArray[np.float32]:
    array: NDArray[np.float32] = np.multiply(image.array, factor, dtype=np.float32)
    return array
