"""Activity at injection and what was delivered, against numbers worked by hand."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glisson.actions.activity import Delivery, delivery_before, measured_activity, without_negatives
from glisson.actions.open_case import OpenCase
from glisson.actions.shunt import lung_mass_of, shunt_of
from glisson.case import Case, ImageReference, Injection, Level, Observation, Planning, Result, Session, Site, Treatment
from glisson.case.site import FileContour
from glisson.errors import BadInput, MissingFact
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((2, 2, 2), (10.0, 10.0, 10.0))
SITES = tuple(
    Site(id=name, kind=kind, organ=organ, parent=parent, contour=FileContour(file=f"{name}.nii"))
    for name, kind, organ, parent in (("liver", "organ", "liver", None), ("right", "territory", None, "liver"))
)


def at(hour: float, day: int = 5) -> datetime:
    return datetime(2026, 1, day, int(hour), round(hour % 1 * 60), tzinfo=UTC)


def given(activity_GBq: float, **more: Any) -> Injection:
    return Injection(territory="right", activity_GBq=activity_GBq, **more)


def delivery(*injections: Injection, when: Any = None, product: str | None = "sir-spheres", **more: Any) -> Delivery:
    session = Session(id="d1", kind="delivery", at=when, injections=injections)
    treatment = Treatment(id="t", kind="radioembolization", product=product, sessions=(session,), **more)
    return Delivery(treatment, session)


def opened(*deliveries: Delivery, image: Image | None = None, observations: tuple[Observation, ...] = ()) -> OpenCase:
    reference = ImageReference(id="pet", file="pet.nii", kind="PET", purpose="verification", unit="Bq/mL", nuclide="Y-90")
    treatments = tuple(d.treatment for d in deliveries)
    case = Case(id="p", images=(reference,), sites=SITES, treatments=treatments, observations=observations)
    found = OpenCase(Path("nowhere"), case)
    if image is not None:
        found._read["pet"] = image
    return found


def pet(total_GBq: float, when: datetime | None, nuclide: str | None = "Y-90") -> Image:
    return Image(GRID, np.full(GRID.shape, total_GBq * 1e9 / 8), Quantity.ACTIVITY, nuclide, when)


def codes(case: OpenCase) -> list[str]:
    return [f.code for f in case.findings]


def test_delivered_activity_against_the_decay_table() -> None:
    """2 GBq at 08:00, 6 h later 0.9372 of it, less 10 %; and 1 GBq without a time of its own."""
    found = delivery(given(2.0, measured_at=at(8), at=at(14), residual_fraction=0.1), given(1.0))
    assert found.by_injection_GBq == pytest.approx((2.0 * 0.9372 * 0.9, 1.0), rel=1e-4)
    assert found.delivered_GBq == pytest.approx(2.0 * 0.9372 * 0.9 + 1.0, rel=1e-4)


def test_the_time_of_the_session_stands_for_that_of_an_injection() -> None:
    assert delivery(given(2.0, measured_at=at(8)), when=at(14)).delivered_GBq == pytest.approx(2.0 * 0.9372, rel=1e-4)


def test_one_instant_for_two_injections_emits_the_same_energy() -> None:
    """1 GBq at 10:00 and 1 GBq at 14:00: seen at 20:00 they hold 2^(-10/T) + 2^(-6/T) GBq."""
    found = delivery(given(1.0, at=at(10)), given(1.0, at=at(14)))
    assert found.at is not None
    hours = (at(20) - found.at).total_seconds() / 3600
    assert 2.0 * 2 ** (-hours / 64.1) == pytest.approx(2 ** (-10 / 64.1) + 2 ** (-6 / 64.1), rel=1e-9)
    assert at(12) < found.at < at(12.1)
    assert delivery(given(1.0), when=date(2026, 1, 5)).at is None


def test_half_life_is_that_of_the_product_else_of_the_image() -> None:
    assert delivery(given(1.0)).half_life_h == 64.1
    assert delivery(given(1.0), product="quiremspheres").half_life_h < 27
    found = delivery_before(opened(delivery(given(1.0), product=None)), pet(1.0, at(20), "Ho-166"))
    assert found is not None and found.half_life_h < 27


def test_the_delivery_an_image_shows_is_the_last_before_it() -> None:
    first, second = (
        Treatment(
            id=name,
            kind="radioembolization",
            sessions=(Session(id=session, kind="delivery", at=at(9, day), injections=(given(1.0),)),),
        )
        for name, session, day in (("a", "s1", 5), ("b", "s2", 20))
    )
    case = opened(Delivery(second, second.sessions[0]), Delivery(first, first.sessions[0]))
    for day, session in ((6, "s1"), (21, "s2")):
        found = delivery_before(case, pet(1.0, at(9, day)))
        assert found is not None and found.session.id == session


def measured(case: OpenCase, **more: Any) -> Any:
    return measured_activity(case, case.case.image("pet"), to_delivered=more.get("to_delivered", False))[0]


def test_activity_at_injection_and_the_delivered_one_beside_it() -> None:
    """Imaged 24 h after the injection: over 0.7714."""
    case = opened(delivery(given(1.4, at=at(10))), image=pet(1.0, at(10, 6)))
    facts = measured(case).facts
    assert facts["imaged_GBq"] == pytest.approx(1.0)
    assert facts["in_field_GBq"] == pytest.approx(1 / 0.7714, rel=1e-4)
    assert facts["stated_GBq"] == pytest.approx(1.4)
    assert codes(case) == ["imaged-against-delivered"] and case.findings[0].level is Level.NOTE
    scaled = measured(case, to_delivered=True)
    assert scaled.activity.total == pytest.approx(1.4e9)
    assert scaled.facts["calibration_factor"] == pytest.approx(1.4 * 0.7714, rel=1e-4)


@pytest.mark.parametrize(
    ("imaged_GBq", "level"), [(0.84, Level.WARNING), (0.86, Level.NOTE), (1.14, Level.NOTE), (1.16, Level.WARNING)]
)
def test_an_image_far_from_the_delivered_activity_is_a_warning(imaged_GBq: float, level: Level) -> None:
    case = opened(delivery(given(1.0, at=at(10))), image=pet(imaged_GBq, at(10)))
    measured(case)
    assert [f.level for f in case.findings if f.code == "imaged-against-delivered"] == [level]


def test_a_vial_measured_for_an_injection_without_a_time_is_an_upper_bound() -> None:
    case = opened(delivery(given(1.0, measured_at=at(8)), when=date(2026, 1, 5)), image=pet(1.0, at(10)))
    measured(case)
    assert {"vial-not-decayed", "no-decay-correction"} <= set(codes(case))


def test_refusals_of_the_verification_image() -> None:
    with pytest.raises(BadInput, match="before the injection"):
        measured(opened(delivery(given(1.0, at=at(10))), image=pet(1.0, at(9))))
    with pytest.raises(BadInput, match="Ho-166"):
        measured(opened(delivery(given(1.0), product="quiremspheres"), image=pet(1.0, at(9))))
    with pytest.raises(MissingFact, match="delivery session"):
        measured(opened(image=pet(1.0, at(9))), to_delivered=True)


@pytest.mark.parametrize(("below", "refused"), [(0.009, False), (0.011, True)])
def test_negatives_are_set_to_zero_up_to_one_percent(below: float, refused: bool) -> None:
    values = np.array([1.0, -below, 0, 0, 0, 0, 0, 0]).reshape(2, 2, 2)
    case = opened()
    image = Image(GRID, values, Quantity.ACTIVITY)
    if refused:
        with pytest.raises(BadInput, match="negative activity"):
            without_negatives(case, image, "pet")
    else:
        assert without_negatives(case, image, "pet").array.min() == 0 and codes(case) == ["negatives-to-zero"]


def test_shunt_of_several_injections_is_weighted_by_activity() -> None:
    """3 GBq at 0.02 and 1 GBq at 0.10: 0.16 of 4 GBq reach the lungs."""
    both = delivery(given(3.0, lung_shunt_fraction=0.02), given(1.0, lung_shunt_fraction=0.10))
    found = shunt_of(opened(both), both)
    assert found is not None and found.fraction == pytest.approx(0.04)


def test_shunt_is_injected_else_observed_else_planned_else_unknown() -> None:
    plain = delivery(given(1.0))
    plan = Result(kind="activity plan", method="m", value={"mapping": {"lung_shunt": {"fraction": 0.07, "method": "SPECT/CT"}}})
    seen = (Observation(what="lung_shunt_fraction", value=0.03),)
    one = shunt_of(opened(plain, observations=seen), plain, plan)
    assert one is not None and one.fraction == 0.03
    two = shunt_of(opened(plain), plain, plan)
    assert two is not None and (two.fraction, two.source) == (0.07, "the plan")
    assert shunt_of(opened(plain), plain) is None
    half = delivery(given(1.0, lung_shunt_fraction=0.5), given(1.0))
    assert shunt_of(opened(half), half) is None, "one of two is not known"


def test_lung_mass_is_entered_else_observed_else_by_convention() -> None:
    entered = delivery(given(1.0), planning=Planning(lung_mass_g=800)).treatment
    assert lung_mass_of(opened(), entered).mass_g == 800
    plain = delivery(given(1.0)).treatment
    assert lung_mass_of(opened(observations=(Observation(what="lung_mass_g", value=900),)), plain).mass_g == 900
    assert lung_mass_of(opened(), plain).mass_g == 1000
