"""The remnant against analytic shapes, the formulas by hand, and rules that disagree."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.case import Case
from glisson.errors import BadInput, GridMismatch
from glisson.knowledge.procedures import remnant_minima
from glisson.plan.remnant import (
    RemnantVolumes,
    Volumetry,
    growth_after,
    kinetic_growth_per_week,
    readings,
    remnant_volumes,
    standard_liver_mL,
)
from glisson.plan.remnant_of_case import liver_states, remnant_result
from glisson.voxels import Grid, Image, Quantity

SEMI_mm = np.array([95.0, 70.0, 75.0])
VOLUMES = RemnantVolumes(1800.0, 100.0, 1700.0, 400.0, 20.0, 0.0, 0.0)


def shapes(spacing: tuple[float, float, float]) -> tuple[Image, Image, Image, Image]:
    """An ellipsoid liver, a ball of tumour on the cutting plane, what stays (one side of a plane), what is taken."""
    grid = Grid.aligned(tuple(int(220 / edge) for edge in spacing), spacing)  # type: ignore[arg-type]
    world = grid.to_world(np.stack(np.indices(grid.shape), axis=-1)) - 108.3
    liver = ((world / SEMI_mm) ** 2).sum(axis=-1) <= 1
    tumour = (((world - [38.0, 5.0, 0.0]) ** 2).sum(axis=-1)) <= 20.0**2
    stays = world[..., 0] > 38.0
    return tuple(Image(grid, mask, Quantity.MASK) for mask in (liver, tumour, stays, ~stays))  # type: ignore[return-value]


@pytest.mark.parametrize("spacing", [(1.5, 1.5, 1.5), (3.0, 0.9, 0.9), (5.0, 1.0, 1.0)])
def test_remnant_volume_against_the_ellipsoid_within_1_percent(spacing: tuple[float, float, float]) -> None:
    liver, tumour, stays, taken = shapes(spacing)
    found = remnant_volumes(liver=liver, tumours=[tumour], remnant=stays)
    whole = 4 / 3 * np.pi * SEMI_mm.prod() / 1000
    cut = 38.0 / SEMI_mm[0]
    cap = np.pi * SEMI_mm.prod() * (2 / 3 - cut + cut**3 / 3) / 1000
    ball = 4 / 3 * np.pi * 20.0**3 / 1000
    assert found.liver_mL == pytest.approx(whole, rel=0.01)
    assert found.functional_mL == pytest.approx(whole - ball, rel=0.01)
    assert found.remnant_mL == pytest.approx(cap - ball / 2, rel=0.01)
    assert found.tumour_in_remnant_mL == pytest.approx(ball / 2, rel=0.05)
    other = remnant_volumes(liver=liver, tumours=[tumour], resected=taken)
    assert other.remnant_mL == pytest.approx(found.remnant_mL, rel=1e-9)


def test_remnant_guards() -> None:
    liver, _, stays, taken = shapes((5.0, 5.0, 5.0))
    with pytest.raises(BadInput, match="not both"):
        remnant_volumes(liver=liver, tumours=[], remnant=stays, resected=taken)
    with pytest.raises(BadInput, match="not both"):
        remnant_volumes(liver=liver, tumours=[])
    with pytest.raises(BadInput, match="nothing of the liver stays"):
        remnant_volumes(liver=liver, tumours=[], resected=liver)
    with pytest.raises(GridMismatch):
        remnant_volumes(liver=liver, tumours=[shapes((4.0, 5.0, 5.0))[1]], remnant=stays)


def test_standard_volumes_against_hand() -> None:
    assert standard_liver_mL(surface_m2=1.8) == pytest.approx(-794 + 1267.28 * 1.8)
    assert standard_liver_mL(surface_m2=1.8, formula="Urata") == pytest.approx(706.2 * 1.8 + 2.4)
    for wrong in (18.0, 0.0, 18000.0):
        with pytest.raises(BadInput, match="body surface"):
            standard_liver_mL(surface_m2=wrong)
    with pytest.raises(BadInput, match="unknown formula"):
        standard_liver_mL(surface_m2=1.8, formula="Nobody")
    with pytest.raises(BadInput, match="larger bodies"):
        standard_liver_mL(surface_m2=0.62)


def test_growth_against_hand_and_the_cuts_of_shindoh() -> None:
    assert kinetic_growth_per_week(before_fraction=0.20, after_fraction=0.30, days=35) == pytest.approx(0.02)
    volumes = [Volumetry(date(2026, 1, 5), 300.0), Volumetry(date(2026, 2, 14), 500.0), Volumetry(date(2026, 3, 20), 600.0)]
    growth = growth_after(embolized_at=date(2026, 1, 10), volumes=volumes, standard_mL=1500.0)
    assert growth is not None and growth.after.remnant_mL == 500.0
    assert growth.per_week == pytest.approx((500 - 300) / 1500 / 5)
    assert growth.answers == {"after-embolization": "met", "hypertrophy": "met", "kinetic-growth": "met"}
    assert growth_after(embolized_at=date(2026, 1, 1), volumes=volumes, standard_mL=1500.0) is None
    with pytest.raises(BadInput, match="after it"):
        kinetic_growth_per_week(before_fraction=0.2, after_fraction=0.3, days=-3)
    with pytest.raises(BadInput, match="28 %"):
        kinetic_growth_per_week(before_fraction=20, after_fraction=28, days=28)


@given(st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.floats(1, 100))
def test_growth_is_odd_in_its_ends(before: float, after: float, days: float) -> None:
    there = kinetic_growth_per_week(before_fraction=before, after_fraction=after, days=days)
    assert there == pytest.approx(-kinetic_growth_per_week(before_fraction=after, after_fraction=before, days=days))


@pytest.mark.parametrize("rule", remnant_minima(), ids=lambda rule: rule.id)
def test_both_sides_of_every_minimum(rule: object) -> None:
    """On the border and above a remnant is enough; a little below it is too little."""
    from glisson.knowledge.procedures import Minimum

    assert isinstance(rule, Minimum)
    surface = 1.8
    low, high = rule.bounds
    for share, answer in (
        (high, "enough"),
        (low - 0.001 * low, "too little"),
        ((low + high) / 2, "enough" if low == high else "between"),
    ):
        for reading in readings(rule, VOLUMES, surface):
            whole = reading.value / VOLUMES.remnant_mL if reading.value else 0.0
            sized = RemnantVolumes(1800, 0, 1700, share / whole * (1 + 1e-12), 0, 0, 0)
            again = next(r for r in readings(rule, sized, surface) if r.against == reading.against)
            assert again.answer == answer, (rule.id, reading.against, again.value)


def test_what_each_rule_refers_to() -> None:
    against = {rule.id: {r.against for r in readings(rule, VOLUMES, 1.8)} for rule in remnant_minima()}
    assert against["kishi"] == {"standardised (Vauthey)", "standardised (Urata)"}
    assert against["vauthey"] == {"standardised (Vauthey)", "standardised (Urata)", "measured"}
    assert against["shirabe"] == {"per body surface"}
    assert {r.answer for rule in remnant_minima() for r in readings(rule, VOLUMES, None) if r.against != "measured"} == {
        "cannot say"
    }


def case(**keys: object) -> Case:
    return Case.model_validate({"id": "p-1", **keys})


BODY = [{"what": "weight_kg", "value": 70}, {"what": "height_cm", "value": 170}]
LINE = {"id": "line-1", "kind": "systemic", "at": "2025-09-01", "end": "2026-01-10"}


@pytest.mark.parametrize(
    ("background", "lines", "states"),
    [
        (None, [], ("cannot say", "cannot say", "cannot say")),
        ("normal", [LINE], ("no", "yes", "no")),
        ("normal", [{**LINE, "end": "2025-12-01"}], ("yes", "no", "no")),
        ("normal", [{**LINE, "end": None}], ("cannot say", "cannot say", "no")),
        ("normal", [LINE, {"id": "line-2", "kind": "systemic"}], ("no", "yes", "no")),
        ("fibrosis or cirrhosis", [], ("no", "cannot say", "yes")),
    ],
)
def test_state_of_the_liver_is_three_valued(
    background: str | None, lines: list[dict[str, object]], states: tuple[str, str, str]
) -> None:
    seen = [{"what": "liver_background", "answer": background}] if background else []
    assert tuple(liver_states(case(observations=seen, treatments=lines)).values()) == states


def test_result_says_what_is_missing_and_that_sources_disagree() -> None:
    bare = remnant_result(case(), VOLUMES, parameters={}, inputs={})
    assert {"no-body-surface", "liver-state-unknown", "no-weight-limit"} <= {f.code for f in bare.findings}
    assert bare.value["standard"][0]["sflr_fraction"] is None and bare.value["measured_fraction"] == pytest.approx(400 / 1700)
    normal = case(observations=[*BODY, {"what": "liver_background", "answer": "normal"}, {"what": "systemic_lines", "value": 0}])
    small = RemnantVolumes(1800.0, 0.0, 1800.0, 340.0, 0.0, 30.0, 0.0)
    found = remnant_result(normal, small, parameters={}, inputs={})
    assert {"remnant-too-little", "minima-disagree", "outside-liver"} <= {f.code for f in found.findings}
    with pytest.raises(BadInput, match="ends before it begins"):
        remnant_result(case(treatments=[{**LINE, "end": "2025-01-01"}]), VOLUMES, parameters={}, inputs={})


def test_growth_of_a_case() -> None:
    seen = [
        *BODY,
        {"what": "remnant_volume_mL", "value": 300, "at": "2026-01-05"},
        {"what": "remnant_volume_mL", "value": 330, "at": "2026-02-07"},
    ]
    pve = {"id": "pve", "kind": "portal vein embolization", "at": "2026-01-10"}
    found = remnant_result(case(observations=seen, treatments=[pve]), VOLUMES, parameters={}, inputs={})
    assert found.value["growth"]["days"] == 28
    assert "slow-growth" in {f.code for f in found.findings}
    without = remnant_result(case(observations=seen[:3], treatments=[pve]), VOLUMES, parameters={}, inputs={})
    assert without.value["growth"] is None and "growth-cannot-say" in {f.code for f in without.findings}
    with pytest.raises(BadInput, match="without a day"):
        remnant_result(
            case(observations=[*BODY, {"what": "remnant_volume_mL", "value": 300}], treatments=[pve]),
            VOLUMES,
            parameters={},
            inputs={},
        )
