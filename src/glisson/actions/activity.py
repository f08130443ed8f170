"""From a verification image to activity at injection: units, negatives, decay, and the delivered activity beside it."""

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from glisson.actions.open_case import OpenCase
from glisson.case import ImageReference, Level, Session, Treatment
from glisson.case.treatment import MOST_GBq
from glisson.decay import elapsed_h
from glisson.dose.absorbed import Measured
from glisson.dose.time_integration import RESIDENCE, calibrate, to_time_zero
from glisson.errors import BadInput, MissingFact
from glisson.knowledge import nuclide
from glisson.knowledge.limits import fact
from glisson.plan.earlier import at_injection_GBq, injected_at
from glisson.voxels import Image, Quantity, require_quantity


@dataclass(frozen=True)
class Delivery:
    """A session in which activity was delivered."""

    treatment: Treatment
    session: Session
    imaged: str | None = None

    @property
    def delivered_GBq(self) -> float:
        """Activity that went in, each injection at its own instant, less its residue."""
        return sum(self.by_injection_GBq)

    @property
    def by_injection_GBq(self) -> tuple[float, ...]:
        """What each injection left in the patient, at its own instant."""
        return tuple(
            at_injection_GBq(injection, self.session, half_life_h=self.half_life_h) * (1.0 - injection.residual_fraction)
            for injection in self.session.injections
        )

    @property
    def half_life_h(self) -> float:
        """Of the product's nuclide, else of the nuclide ``imaged``; Y-90 where neither is named."""
        return float(nuclide(nuclide_of(self.treatment) or self.imaged or "Y-90").half_life_h.value)

    @property
    def at(self) -> datetime | None:
        """The one instant from which all of it may be taken to decay; ``None`` when an injection has no time."""
        times = [injected_at(injection, self.session) for injection in self.session.injections]
        if not times or any(time is None for time in times):
            return None
        known = [time for time in times if time is not None]
        first = min(known)
        weights = self.by_injection_GBq
        grown = sum(w * math.exp2(elapsed_h(first, t) / self.half_life_h) for w, t in zip(weights, known, strict=True))
        return first + timedelta(hours=self.half_life_h * math.log2(grown / sum(weights)))


def nuclide_of(treatment: Treatment) -> str | None:
    """Nuclide of the treatment's product; ``None`` when no product is named."""
    from glisson.knowledge.products import product

    return product(treatment.product).nuclide if treatment.product else None


def delivery_before(opened: OpenCase, image: Image) -> Delivery | None:
    """The delivery that an image shows: the only one, or the last before it; ``None`` when there is none."""
    found = [
        Delivery(treatment, session, image.nuclide)
        for treatment in opened.case.treatments
        if treatment.kind == "radioembolization"
        for session in treatment.sessions
        if session.kind == "delivery" and session.injections
    ]
    if len(found) <= 1 or image.reference_time is None:
        return found[-1] if found else None
    before = [(at, number) for number, delivery in enumerate(found) if (at := delivery.at) and at <= image.reference_time]
    return found[max(before)[1]] if before else found[-1]


def without_negatives(opened: OpenCase, image: Image, name: str) -> Image:
    """Negative voxels set to zero and said, where they are reconstruction noise; refused where they are more.

    Raises:
        BadInput: negative voxels carry more than 1 % of the total.
    """
    most = float(fact("most-negative-share").value)
    array = image.array
    lowest = array.min() if array.size else 0
    if lowest >= 0:
        return image
    negative = array < 0
    below = -float(array[negative].sum(dtype=np.float64))
    above = float(array[~negative].sum(dtype=np.float64))
    share = below / above if above > 0 else math.inf
    what = "activity" if image.quantity is Quantity.ACTIVITY else "counts"
    if share > most:
        raise BadInput(
            f"{name}: negative {what} in {int(negative.sum())} voxels, {100 * min(share, 99):.3g} % of the positive total",
            allowed=f"up to {100 * most:g} %, which is set to zero",
            do="check the unit and the rescale of the file, or repair the image where it was made",
        )
    opened.note(
        "negatives-to-zero",
        f"{name}: {int(negative.sum())} voxels with negative {what} (lowest {float(lowest):.4g}, {100 * share:.2g} % of the "
        "total) were set to zero",
    )
    return image.with_array(np.where(negative, 0, array))


def measured_activity(opened: OpenCase, reference: ImageReference, *, to_delivered: bool) -> tuple[Measured, Delivery | None]:
    """The activity at injection from a verification image, with both the imaged and the delivered number.

    Raises:
        BadInput: no activity, another quantity or nuclide, or an image before the injection.
        MissingFact: ``to_delivered`` without a delivered activity on record.
    """
    image = opened.image(reference.id)
    require_quantity(image, Quantity.ACTIVITY)
    image = without_negatives(opened, image, reference.id)
    if image.total == 0:
        raise BadInput(
            f"{reference.id}: there is no activity in the image", do="check the unit, the rescale and the field of view"
        )
    if image.total * 1e-9 > MOST_GBq:
        raise BadInput(
            f"{reference.id}: {image.total * 1e-9:.4g} GBq in the field",
            allowed=f"up to {MOST_GBq:g} GBq, as for an injection",
            do="check the unit of the image: Bq/mL, kBq/mL or Bq per voxel",
        )
    delivery = delivery_before(opened, image)
    image = _with_nuclide(opened, image, reference, delivery)
    half_life_h = float(nuclide(image.nuclide or "").half_life_h.value)
    in_field_GBq = image.total * 1e-9
    stated_GBq = delivery.delivered_GBq if delivery else None
    if delivery is not None:
        _vial_times(opened, delivery)
    facts: dict[str, object] = {
        "image": reference.id,
        "imaged_GBq": in_field_GBq,
        "image_time": image.reference_time.isoformat() if image.reference_time else None,
        "reference_time": None,
        "decay_factor": 1.0,
        "residence": RESIDENCE,
        "stated_GBq": stated_GBq,
        "used": "image",
        "calibration_factor": 1.0,
    }
    at = delivery.at if delivery else None
    if at is not None and image.reference_time is not None:
        corrected = to_time_zero(image, injection=at, half_life_h=half_life_h)
        image = corrected.activity
        facts |= {"reference_time": at.isoformat(), "decay_factor": corrected.factor, "elapsed_h": corrected.elapsed_h}
    else:
        missing = "the time of the image" if image.reference_time is None else "the time of the injection"
        opened.note(
            "no-decay-correction",
            f"{reference.id}: {missing} is not known; the activity was taken as it is in the image, without decay back to the "
            "injection, so the dose is a lower bound",
            Level.WARNING,
        )
    facts["in_field_GBq"] = image.total * 1e-9
    _compare(opened, reference, image.total * 1e-9, stated_GBq)
    if to_delivered:
        if stated_GBq is None:
            raise MissingFact("scaling to the delivered activity", missing=["a delivery session with its injected activity"])
        scaled = calibrate(image, delivered_GBq=stated_GBq)
        image = scaled.activity
        facts |= {"used": "stated", "calibration_factor": scaled.factor}
        opened.note(
            "scaled-to-delivered",
            f"{reference.id}: scaled by {scaled.factor:.4g} so that the field holds the delivered {stated_GBq:.4g} GBq (imaged: "
            f"{facts['in_field_GBq']:.4g} GBq); whatever lies outside the field, a lung shunt too, is then counted inside it",
            Level.WARNING,
        )
    return Measured(image, facts, {f"image {reference.id}": opened.image(reference.id).sha256()}), delivery


def _with_nuclide(opened: OpenCase, image: Image, reference: ImageReference, delivery: Delivery | None) -> Image:
    given = nuclide_of(delivery.treatment) if delivery else None
    if image.nuclide is None and given is None:
        raise MissingFact(
            f"dose from {reference.id}", missing=["the nuclide"], do="add 'nuclide: Y-90' to the image in case.yaml"
        )
    if image.nuclide is not None and given is not None and image.nuclide != given:
        raise BadInput(
            f"{reference.id} is an image of {image.nuclide}, and what was delivered holds {given}",
            do="correct the nuclide of the image or the product of the treatment in case.yaml",
        )
    if image.nuclide is None:
        opened.note("nuclide-from-product", f"{reference.id}: nuclide {given} taken from the product")
    return replace(image, nuclide=image.nuclide or given)


def _compare(opened: OpenCase, reference: ImageReference, in_field_GBq: float, stated_GBq: float | None) -> None:
    if stated_GBq is None:
        opened.note("no-delivered-activity", f"{reference.id}: no delivered activity on record to compare the image with")
        return
    ratio = in_field_GBq / stated_GBq
    opened.note(
        "imaged-against-delivered",
        f"{reference.id}: {in_field_GBq:.3f} GBq in the field against {stated_GBq:.3f} GBq delivered (ratio {ratio:.3f})",
        Level.NOTE if abs(ratio - 1.0) <= float(fact("imaged-over-delivered-spread").value) else Level.WARNING,
    )


def _vial_times(opened: OpenCase, delivery: Delivery) -> None:
    for injection in delivery.session.injections:
        if injection.measured_at is not None and injected_at(injection, delivery.session) is None:
            opened.note(
                "vial-not-decayed",
                f"injection into {injection.territory}: its activity was measured at a stated time and the time of the injection is "
                "not known; it was taken as measured, without decay, so the delivered activity is an upper bound",
                Level.WARNING,
            )
