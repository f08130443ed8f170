"""BED, EQD2 and EUBED against closed forms, and the knowledge behind them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import dblquad

from glisson.dose import radiobiology as rb
from glisson.dose.dvh import dvh
from glisson.errors import BadInput, MissingFact
from glisson.knowledge import sources, sources_named
from glisson.knowledge.biology import response_curves, tissue_sets, tissues
from glisson.voxels import Grid, Image, Quantity

LIVER = {"alpha_beta_Gy": 2.5, "repair_half_time_h": 2.5, "effective_half_life_h": 64.1}
TUMOUR = {"alpha_beta_Gy": 10.0, "repair_half_time_h": 1.5, "effective_half_life_h": 64.1}


@pytest.mark.parametrize(
    ("parameters", "dose", "bed", "eqd2"),
    [
        (LIVER, 40.0, 64.024, 35.569),
        (LIVER, 70.0, 143.574, None),
        (LIVER, 120.0, 336.216, None),
        (TUMOUR, 205.0, 301.094, 250.911),
        (TUMOUR, 120.0, 152.927, None),
    ],
)
def test_bed_and_eqd2_against_worked_examples(parameters: dict[str, float], dose: float, bed: float, eqd2: float | None) -> None:
    found = rb.bed_Gy(dose_Gy=dose, **parameters)
    assert round(found, 3) == bed
    if eqd2 is not None:
        assert round(rb.eqd2_Gy(bed_Gy=found, alpha_beta_Gy=parameters["alpha_beta_Gy"]), 3) == eqd2


@pytest.mark.parametrize(("repair", "half_life"), [(2.5, 64.1), (1.5, 64.1), (2.5, 26.8)])
def test_protraction_factor_against_the_dose_rate_integral(repair: float, half_life: float) -> None:
    """G = (2/D2) int R(t) int_0^t R(w) exp(-mu (t-w)) dw dt for R = exp(-lambda t), by quadrature."""
    decay, mend = np.log(2) / half_life, np.log(2) / repair
    integral = dblquad(
        lambda w, t: np.exp(-decay * (t + w) - mend * (t - w)),
        0,
        25 * half_life,
        lambda t: max(0.0, t - 40 * repair),
        lambda t: t,
    )[0]
    assert rb.protraction_factor(repair_half_time_h=repair, effective_half_life_h=half_life) == pytest.approx(
        2 * integral * decay**2, rel=1e-4
    )


def test_bed_over_treatments_against_sum() -> None:
    one = rb.bed_Gy(dose_Gy=40.0, **LIVER)
    assert rb.summed_bed_Gy([40.0, 40.0], **LIVER) == pytest.approx(2 * one)
    assert rb.bed_Gy(dose_Gy=80.0, **LIVER) > 1.3 * 2 * one  # the mistake: BED of the summed dose
    assert rb.summed_bed_Gy([], **LIVER) == 0


@given(st.lists(st.floats(0, 400), min_size=1, max_size=20), st.floats(0.001, 0.5))
def test_equivalent_uniform_lies_between_minimum_and_mean(values: list[float], alpha: float) -> None:
    array = np.array(values)
    found = rb.equivalent_uniform_Gy(values_Gy=array, volumes_mL=np.ones(len(values)), alpha_per_Gy=alpha)
    assert array.min() - 1e-9 <= found <= array.mean() + 1e-9


def test_equivalent_uniform_against_two_voxels_by_hand() -> None:
    want = -np.log(0.25 * np.exp(-0.036 * 60) + 0.75 * np.exp(-0.036 * 200)) / 0.036
    found = rb.equivalent_uniform_Gy(values_Gy=np.array([60.0, 200.0]), volumes_mL=np.array([1.0, 3.0]), alpha_per_Gy=0.036)
    assert found == pytest.approx(want)
    huge = rb.equivalent_uniform_Gy(values_Gy=np.array([1e5, 1.1e5]), volumes_mL=np.ones(2), alpha_per_Gy=0.5)
    assert huge == pytest.approx(1e5 + np.log(2) / 0.5)  # no underflow


def test_bed_map_against_bed_of_each_voxel() -> None:
    grid = Grid.aligned((1, 1, 2), (10, 10, 10))
    dose = Image(grid, np.array([[[40.0, 70.0]]], dtype=np.float32), Quantity.DOSE)
    beds = rb.bed_image(dose, tissues()["liver-cremonesi-2014"], effective_half_life_h=64.1)
    table = dvh(beds, Image(grid, np.ones(grid.shape, dtype=bool), Quantity.MASK), of="BED")
    assert (round(table.min_Gy, 3), round(table.max_Gy, 3)) == (64.024, 143.574)
    assert table.summary()["of"] == "BED"
    assert table.mean_Gy > rb.bed_Gy(dose_Gy=55.0, **LIVER)  # the mean of BED is not the BED of the mean


def test_bed_range_shows_every_set_and_its_assumptions() -> None:
    liver = rb.bed_range(dose_Gy=40.0, tissue="normal liver", effective_half_life_h=64.1)
    assert round(liver.default_Gy or 0, 3) == 64.024
    assert liver.by_set["liver-hepatitis-2013"] == pytest.approx(40 * (1 + 2.5 / 66.6 * 40 / 8))
    assert liver.assumptions == ("liver-hepatitis-2013 states no repair half-time: 2.5 h of liver-cremonesi-2014",)
    assert round(liver.eqd2_by_set["liver-cremonesi-2014"], 3) == 35.569
    assert liver.low_Gy < (liver.default_Gy or 0) <= liver.high_Gy
    assert "liver-alpha-beta-2013" in liver.sources


def test_eubed_is_a_range_without_a_favourite() -> None:
    doses = np.array([50.0, 150.0, 250.0])
    found = rb.eubed_range(doses_Gy=doses, volumes_mL=np.ones(3), tissue="tumour", effective_half_life_h=64.1)
    assert found.default_Gy is None
    assert set(found.by_set) == {"tumour-mirdcalculation", "tumour-external-beam-2008"}
    beds = rb.bed_Gy(dose_Gy=doses, alpha_beta_Gy=15.0, repair_half_time_h=1.5, effective_half_life_h=64.1)
    want = -np.log(np.mean(np.exp(-0.010 * beds))) / 0.010
    assert found.by_set["tumour-external-beam-2008"] == pytest.approx(want)
    assert found.text.startswith("EUBED ") and " to " in found.text


def test_guards_fire() -> None:
    with pytest.raises(BadInput, match="below 0 Gy"):
        rb.bed_Gy(dose_Gy=-1.0, **LIVER)
    with pytest.raises(BadInput, match="alpha_beta_Gy 0"):
        rb.bed_Gy(dose_Gy=1.0, alpha_beta_Gy=0.0, repair_half_time_h=1.0, effective_half_life_h=1.0)
    with pytest.raises(BadInput, match="repair_half_time_h"):
        rb.protraction_factor(repair_half_time_h=-1.0, effective_half_life_h=1.0)
    with pytest.raises(BadInput, match="alpha_per_Gy"):
        rb.equivalent_uniform_Gy(values_Gy=np.ones(1), volumes_mL=np.ones(1), alpha_per_Gy=0.0)
    with pytest.raises(BadInput, match="belong together"):
        rb.equivalent_uniform_Gy(values_Gy=np.ones(2), volumes_mL=np.ones(3), alpha_per_Gy=0.1)
    with pytest.raises(MissingFact, match="repair half-time"):
        rb.bed_range(dose_Gy=10.0, tissue="lung", effective_half_life_h=64.1)
    with pytest.raises(MissingFact, match="alpha"):
        rb.eubed_range(doses_Gy=np.ones(1), volumes_mL=np.ones(1), tissue="normal liver", effective_half_life_h=64.1)
    with pytest.raises(MissingFact, match="liver-hepatitis-2013"):
        rb.repair_half_time_h(tissues()["liver-hepatitis-2013"])
    with pytest.raises(BadInput, match="no radiobiological parameters"):
        tissue_sets("kidney")  # type: ignore[arg-type]


def test_every_parameter_names_a_source_that_exists() -> None:
    for entry in [*tissues().values(), *response_curves().values()]:
        assert sources_named(entry) <= set(sources())
        assert sources_named(entry)


def test_mean_bed_weighs_by_volume_against_hand_sum() -> None:
    """1 mL at 40 Gy (BED 64.024) and 3 mL at 70 Gy (BED 143.574)."""
    doses, volumes = np.array([40.0, 70.0]), np.array([1.0, 3.0])
    found = rb.mean_bed_range(doses_Gy=doses, volumes_mL=volumes, tissue="normal liver", effective_half_life_h=64.1)
    assert found.default_Gy == pytest.approx((64.024 + 3 * 143.574) / 4, abs=1e-3)


def test_every_set_has_its_own_repair_half_time_against_hand_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sets that differ in nothing else: 40 Gy at alpha/beta 2.5 Gy, repair 2.5 h and 5 h."""
    first = tissue_sets("normal liver")[0]
    assert first.repair_half_time_h is not None
    slow = first.model_copy(
        update={"id": "slow", "repair_half_time_h": first.repair_half_time_h.model_copy(update={"value": 5.0})}
    )
    monkeypatch.setattr(rb, "tissue_sets", lambda tissue: (first, slow))
    found = rb.bed_range(dose_Gy=40.0, tissue="normal liver", effective_half_life_h=64.1)
    assert found.by_set["slow"] == pytest.approx(40 * (1 + 5.0 / 69.1 * 40 / 2.5))
    assert found.by_set[first.id] == pytest.approx(64.024, abs=1e-3)
