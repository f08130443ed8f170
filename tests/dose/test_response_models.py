"""Dose-response shapes against their definitions, and what published curves may and may not say."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from glisson.dose import response_models as rm
from glisson.dose.radiobiology import bed_Gy
from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.biology import Form, response_curve, response_curves

FORMS = get_args(Form)


@pytest.mark.parametrize("form", FORMS)
@given(d50=st.floats(10, 400), gamma=st.floats(0.2, 4))
def test_every_shape_is_half_at_d50_with_slope_gamma50(form: Form, d50: float, gamma: float) -> None:
    def at(dose: float) -> float:
        return rm.probability(form=form, dose_Gy=dose, d50_Gy=d50, gamma50=gamma)

    step = 1e-5
    assert at(d50) == pytest.approx(0.5)
    assert (at(d50 * (1 + step)) - at(d50 * (1 - step))) / (2 * step) == pytest.approx(gamma, rel=1e-4)


@pytest.mark.parametrize("form", FORMS)
@given(d50=st.floats(10, 400), gamma=st.floats(0.2, 4), doses=st.tuples(st.floats(0, 2000), st.floats(0, 2000)))
def test_every_shape_rises_between_0_and_1(form: Form, d50: float, gamma: float, doses: tuple[float, float]) -> None:
    low, high = (rm.probability(form=form, dose_Gy=dose, d50_Gy=d50, gamma50=gamma) for dose in sorted(doses))
    assert 0 <= low <= high <= 1


def test_probit_against_scipy_and_lyman_m() -> None:
    m = 0.28
    want = norm.cdf((60 - 52) / (m * 52))
    assert rm.probit_probability(dose_Gy=60, d50_Gy=52, gamma50=rm.gamma50_from_m(m=m)) == pytest.approx(want)


def test_logit_against_its_power_form() -> None:
    assert rm.logit_probability(dose_Gy=70, d50_Gy=52, gamma50=1.3) == pytest.approx(1 / (1 + (52 / 70) ** (4 * 1.3)))
    assert rm.logit_probability(dose_Gy=0, d50_Gy=52, gamma50=1.3) == 0.0


def test_poisson_against_cell_survival() -> None:
    """exp(-N exp(-alpha D)) with N and alpha from D50 and gamma50."""
    d50, gamma = 60.0, 1.4
    alpha = 2 * gamma / 0.6931471805599453 / d50
    clonogens = 0.6931471805599453 * 2.718281828459045 ** (alpha * d50)
    want = 2.718281828459045 ** (-clonogens * 2.718281828459045 ** (-alpha * 75))
    assert rm.poisson_probability(dose_Gy=75, d50_Gy=d50, gamma50=gamma) == pytest.approx(want)
    assert rm.poisson_probability(dose_Gy=0, d50_Gy=1, gamma50=4000) == 0.0


def test_derived_slope_against_the_two_published_points() -> None:
    curve = response_curve("hcc-tumour-eud-dabadie-2022")
    assert curve.gamma50 is not None
    for dose, tcp in ((51.0, 0.5), (100.0, 0.95)):
        assert rm.probability(
            form=curve.form, dose_Gy=dose, d50_Gy=curve.d50_Gy.value, gamma50=curve.gamma50.value
        ) == pytest.approx(tcp, abs=5e-4)


def test_second_hand_resin_td50_against_the_bed_of_another_paper() -> None:
    """52 Gy [second hand] and 93 Gy BED (abstract of Walrand 2014) are one point with alpha/beta 2.5 Gy and 2.5 h."""
    bed = bed_Gy(
        dose_Gy=response_curve("resin-liver-absorbed-dose-strigari-2010").d50_Gy.value,
        alpha_beta_Gy=2.5,
        repair_half_time_h=2.5,
        effective_half_life_h=64.1,
    )
    assert bed == pytest.approx(response_curve("resin-liver-bed-walrand-2014").d50_Gy.value, rel=0.01)


def test_a_curve_without_slope_gives_an_interval_not_a_number() -> None:
    below = rm.response_range(
        "TCP", device_class="glass", disease="other", nuclide="Y-90", doses_Gy={"mean absorbed dose": 200.0}
    )
    assert (below.answer, below.low, below.high) == ("interval", 0.0, 0.5)
    above = rm.response_range(
        "TCP", device_class="glass", disease="other", nuclide="Y-90", doses_Gy={"mean absorbed dose": 300.0}
    )
    assert (above.low, above.high) == (0.5, 1.0)
    assert "D50 292 Gy, slope not stated" in above.text
    assert "dewaraja-2020" in above.text
    assert "mean BED is missing" in above.text


def test_a_full_curve_gives_a_value_with_its_source() -> None:
    found = rm.response_range(
        "TCP", device_class="resin", disease="hepatocellular carcinoma", nuclide="Y-90", doses_Gy={"EUD of the authors": 100.0}
    )
    assert found.answer == "value"
    assert found.low == found.high == pytest.approx(0.95, abs=1e-3)
    assert "dabadie-2022" in found.text and "34 HCC tumours" in found.text
    both = rm.response_range(
        "TCP",
        device_class="glass",
        disease="hepatocellular carcinoma",
        nuclide="Y-90",
        doses_Gy={"EUD of the authors": 100.0, "mean absorbed dose": 100.0},
    )
    assert both.answer == "interval"
    assert (both.low, both.high) == (0.0, pytest.approx(0.95, abs=1e-3))


def test_a_curve_of_another_device_is_never_carried_over() -> None:
    glass = response_curve("glass-tumour-absorbed-dose-dewaraja-2020")
    with pytest.raises(OutOfScope, match="fitted on glass microspheres, asked for resin"):
        rm.read_curve(glass, device_class="resin", disease="other", nuclide="Y-90", doses_Gy={"mean absorbed dose": 100.0})
    with pytest.raises(OutOfScope, match="asked for Ho-166"):
        rm.read_curve(glass, device_class="glass", disease="other", nuclide="Ho-166", doses_Gy={})
    with pytest.raises(OutOfScope, match="asked for unknown"):
        rm.read_curve(
            response_curve("hcc-tumour-eud-dabadie-2022"), device_class="glass", disease="unknown", nuclide="Y-90", doses_Gy={}
        )
    holmium = rm.response_range(
        "NTCP", device_class="holmium", disease="other", nuclide="Ho-166", doses_Gy={"mean absorbed dose": 50.0}
    )
    assert (holmium.answer, holmium.low, holmium.high, holmium.readings) == ("cannot say", None, None, ())
    assert len(holmium.left_out) == 3
    assert holmium.text.startswith("NTCP: cannot say.") and "asked for holmium" in holmium.text
    resin = rm.response_range(
        "NTCP",
        device_class="resin",
        disease="hepatocellular carcinoma",
        nuclide="Y-90",
        doses_Gy={"mean absorbed dose": 40.0, "mean BED": 64.0},
    )
    assert {r.curve.id for r in resin.readings} == {"resin-liver-absorbed-dose-strigari-2010", "resin-liver-bed-walrand-2014"}
    assert (resin.low, resin.high) == (0.0, 0.5)


def test_guards_fire() -> None:
    for bad in ({"dose_Gy": -1.0}, {"d50_Gy": 0.0}, {"gamma50": 0.0}):
        for form in FORMS:
            with pytest.raises(BadInput, match="Allowed"):
                rm.probability(form=form, **({"dose_Gy": 1.0, "d50_Gy": 1.0, "gamma50": 1.0} | bad))
    with pytest.raises(BadInput, match="shape"):
        rm.probability(form="weibull", dose_Gy=1.0, d50_Gy=1.0, gamma50=1.0)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="Lyman m"):
        rm.gamma50_from_m(m=0.0)
    with pytest.raises(BadInput, match="unknown dose-response curve"):
        response_curve("emami-1991")
    with pytest.raises(BadInput):
        rm.response_range("TCP", device_class="glass", disease="other", nuclide="Y-90", doses_Gy={"mean absorbed dose": -2.0})
    assert all(curve.gamma50 is None or curve.gamma50.note for curve in response_curves().values())


def test_at_d50_a_curve_without_a_slope_is_half_or_above() -> None:
    """The probability at D50 is 0.5: the upper interval holds it, as the lower one does; the choice is written down here."""
    curve = response_curve("glass-tumour-absorbed-dose-dewaraja-2020")
    doses = {"mean absorbed dose": float(curve.d50_Gy.value)}
    read = rm.read_curve(curve, device_class="glass", disease="other", nuclide="Y-90", doses_Gy=doses)
    assert (read.low, read.high) == (0.5, 1.0)
