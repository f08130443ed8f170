"""Vials: what is left at the injection, how many spheres that is, and which vial gives a wanted activity at a wanted time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from glisson.decay import decay_factor, elapsed_h
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.products import Product


def calibration_instant(clock: str, *, zone: str) -> datetime:
    """The instant of a clock time as the vial's papers print it, in their IANA zone.

    >>> calibration_instant("2026-03-01T12:00", zone="America/New_York").isoformat()
    '2026-03-01T12:00:00-05:00'

    Raises:
        BadInput: not a clock time, an unknown zone, or a time that the change of daylight saving makes double or skips.
    """
    try:
        local = datetime.fromisoformat(clock)
    except ValueError:
        raise BadInput("the calibration time is not a date and time", allowed="as 2026-03-01T12:00") from None
    if local.tzinfo is not None:
        return local
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"unknown time zone '{zone}'", allowed="an IANA name, as America/New_York") from None
    early, late = local.replace(tzinfo=place, fold=0), local.replace(tzinfo=place, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise BadInput(
            "that clock time falls into a change of daylight saving: it is there twice, or not at all",
            do="give the offset from UTC, as 2026-11-01T01:30:00-04:00",
        )
    return early


def activity_at(*, activity_GBq: float, calibration_at: datetime, at: datetime, half_life_h: float) -> float:
    """Activity in GBq left at an instant.

    >>> from datetime import timedelta
    >>> noon = calibration_instant("2026-03-01T12:00", zone="America/New_York")
    >>> round(activity_at(activity_GBq=3.0, calibration_at=noon, at=noon + timedelta(hours=20), half_life_h=64.1), 2)
    2.42
    """
    return activity_GBq * decay_factor(elapsed_h=elapsed_h(calibration_at, at), half_life_h=half_life_h)


def spheres(*, activity_GBq: float, activity_per_sphere_Bq: float, elapsed_h: float, half_life_h: float) -> float:
    """Number of spheres that carry an activity: A / (a0 2^(-t/T)). The same activity later means more spheres.

    >>> round(spheres(activity_GBq=3.0, activity_per_sphere_Bq=2500.0, elapsed_h=0.0, half_life_h=64.1))
    1200000
    """
    if activity_per_sphere_Bq <= 0:
        raise BadInput(f"{activity_per_sphere_Bq:g} Bq per sphere", allowed="above 0")
    return activity_GBq * 1e9 / (activity_per_sphere_Bq * decay_factor(elapsed_h=elapsed_h, half_life_h=half_life_h))


def delivered_fraction(*, reading_before: float, reading_after: float, elapsed_h: float = 0.0, half_life_h: float) -> float:
    """Share that left the vial: 1 - after/before, both at the time of the first reading.

    Args:
        reading_before: of the full vial.
        reading_after: of vial, tubing and waste, ``elapsed_h`` hours later, same geometry.
        elapsed_h: hours between the readings.
        half_life_h: of the nuclide.

    >>> round(delivered_fraction(reading_before=100.0, reading_after=2.0, half_life_h=64.1), 2)
    0.98
    """
    if reading_before <= 0 or reading_after < 0:
        raise BadInput("readings of the vial", allowed="before above 0, after 0 or more")
    left = reading_after / decay_factor(elapsed_h=elapsed_h, half_life_h=half_life_h) / reading_before
    if left > 1:
        raise BadInput("the residue reads more than the full vial", do="check the order of the readings and their geometry")
    return 1.0 - left


def hours_until(*, activity_GBq: float, wanted_GBq: float, half_life_h: float) -> float | None:
    """Hours after calibration at which a vial holds the wanted activity; ``None`` when it never held so much.

    >>> round(hours_until(activity_GBq=5.0, wanted_GBq=2.5, half_life_h=64.1), 1)
    64.1
    """
    if activity_GBq <= 0 or wanted_GBq <= 0:
        raise BadInput("activities for a vial order", allowed="above 0 GBq")
    if activity_GBq < wanted_GBq:
        return None
    return half_life_h * math.log2(activity_GBq / wanted_GBq)


@dataclass(frozen=True)
class VialOption:
    """One vial of the catalogue for a wanted activity.

    Attributes:
        vial_GBq: at calibration.
        holds_wanted_after_h: hours after calibration at which it holds exactly the wanted activity.
        at_injection_GBq: what it holds at the injection, where both instants are known.
        spheres: lowest and highest number in the whole vial (they do not decay); from the stated activity per sphere.
    """

    vial_GBq: float
    holds_wanted_after_h: float | None
    at_injection_GBq: float | None
    spheres: tuple[float, float]


def vial_options(
    product: Product,
    *,
    wanted_GBq: float,
    half_life_h: float,
    calibration_at: datetime | None = None,
    injection_at: datetime | None = None,
    vials_GBq: Sequence[float] = (),
) -> tuple[VialOption, ...]:
    """Every vial of the catalogue (or those given) next to the wanted activity at the injection instant."""
    options = []
    low_Bq, high_Bq = product.sphere_range_Bq
    for vial_GBq in vials_GBq or product.vials:
        held = None
        if calibration_at is not None and injection_at is not None:
            held = activity_at(activity_GBq=vial_GBq, calibration_at=calibration_at, at=injection_at, half_life_h=half_life_h)
        options.append(
            VialOption(
                vial_GBq,
                hours_until(activity_GBq=vial_GBq, wanted_GBq=wanted_GBq, half_life_h=half_life_h),
                held,
                (vial_GBq * 1e9 / high_Bq, vial_GBq * 1e9 / low_Bq),
            )
        )
    return tuple(options)


def order(
    product: Product, *, wanted_GBq: float, calibration_at: datetime | None, injection_at: datetime | None, half_life_h: float
) -> VialOption:
    """The smallest vial that holds at least the wanted activity at the injection.

    Raises:
        MissingFact: the calibration or the injection instant, or the list of vials.
        BadInput: no single vial holds enough.
    """
    missing = [
        name
        for name, value in (
            ("calibration_at (the instant on the vial's papers)", calibration_at),
            ("injection_at", injection_at),
            (f"a list of vials of {product.name}", product.vials or None),
        )
        if value is None
    ]
    if missing:
        raise MissingFact("a vial order", missing=missing)
    options = vial_options(
        product, wanted_GBq=wanted_GBq, half_life_h=half_life_h, calibration_at=calibration_at, injection_at=injection_at
    )
    enough = [o for o in options if o.at_injection_GBq is not None and o.at_injection_GBq >= wanted_GBq]
    if not enough:
        raise BadInput(
            f"no single {product.name} vial holds {wanted_GBq:.3g} GBq at that injection time",
            allowed=", ".join(f"{v:g}" for v in product.vials) + " GBq at calibration",
            do="inject earlier, take a later calibration, or plan several vials",
        )
    return min(enough, key=lambda option: option.vial_GBq)


def vial_as_json(
    product: Product,
    *,
    wanted_GBq: float,
    half_life_h: float,
    calibration_at: datetime | None,
    injection_at: datetime | None,
    vial_GBq: float | None = None,
) -> dict[str, Any]:
    """The vial page of a plan: the options, the smallest that is enough, spheres injected, and what cannot be said."""
    options = vial_options(
        product,
        wanted_GBq=wanted_GBq,
        half_life_h=half_life_h,
        calibration_at=calibration_at,
        injection_at=injection_at,
        vials_GBq=(vial_GBq,) if vial_GBq else (),
    )
    page: dict[str, Any] = {
        "wanted_GBq": wanted_GBq,
        "half_life_h": half_life_h,
        "calibration_at": calibration_at.isoformat() if calibration_at else None,
        "injection_at": injection_at.isoformat() if injection_at else None,
        "calibration_zone": product.calibration_zone.value if product.calibration_zone else None,
        "activity_per_sphere_at_calibration_Bq": list(product.sphere_range_Bq),
        "source": product.activity_per_sphere_Bq.source,
        "on_hand_GBq": vial_GBq,
        "options": [
            {
                "vial_GBq": o.vial_GBq,
                "holds_wanted_after_h": o.holds_wanted_after_h,
                "at_injection_GBq": o.at_injection_GBq,
                "of_wanted_fraction": o.at_injection_GBq / wanted_GBq if o.at_injection_GBq is not None else None,
                "spheres_in_vial": list(o.spheres),
            }
            for o in options
        ],
        "elapsed_h": None,
        "decay_factor": None,
        "activity_per_sphere_at_injection_Bq": None,
        "spheres_injected": None,
        "order_GBq_at_calibration": None,
        "smallest_enough_GBq": None,
        "reason": None,
    }
    if calibration_at is None or injection_at is None:
        absent = [n for n, v in (("calibration_at", calibration_at), ("injection_at", injection_at)) if v is None]
        return page | {"reason": "cannot say what a vial holds at the injection: missing " + ", ".join(absent)}
    return page | _at_injection(product, options, wanted_GBq, elapsed_h(calibration_at, injection_at), half_life_h)


def _at_injection(
    product: Product, options: Sequence[VialOption], wanted_GBq: float, hours: float, half_life_h: float
) -> dict[str, Any]:
    """What can be said once both instants are known."""
    left = decay_factor(elapsed_h=hours, half_life_h=half_life_h)
    low_Bq, high_Bq = product.sphere_range_Bq
    enough = [o.vial_GBq for o in options if o.at_injection_GBq is not None and o.at_injection_GBq >= wanted_GBq]
    reason = None
    if not options:
        reason = f"no list of {product.name} vials is known: order {wanted_GBq / left:.3g} GBq at calibration"
    elif not enough:
        reason = "no single vial holds the wanted activity at the injection"
    return {
        "elapsed_h": hours,
        "decay_factor": left,
        "activity_per_sphere_at_injection_Bq": [low_Bq * left, high_Bq * left],
        "spheres_injected": [wanted_GBq * 1e9 / (high_Bq * left), wanted_GBq * 1e9 / (low_Bq * left)],
        "order_GBq_at_calibration": wanted_GBq / left,
        "smallest_enough_GBq": min(enough) if enough else None,
        "reason": reason,
    }
