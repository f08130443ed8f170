"""Tumour control and complication probability: three curve shapes, and what published curves say of one structure.

The shapes share two parameters: D50, and gamma50, the slope d(probability) / d ln(dose) at D50.
A published curve is used only for the microspheres and diseases it was fitted on. Where its source states no slope, the
answer is an interval: below D50 the probability lies between 0 and 0.5, above it between 0.5 and 1, and no more is known.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.biology import Form, Kind, ResponseCurve, response_curves
from glisson.knowledge.products import DeviceClass

Answer = Literal["value", "interval", "cannot say"]


def probit_probability(*, dose_Gy: float, d50_Gy: float, gamma50: float) -> float:
    """Lyman's probit, 0 to 1: Phi((D - D50) / (m D50)), m = 1 / (gamma50 sqrt(2 pi)).

    >>> round(probit_probability(dose_Gy=60.0, d50_Gy=50.0, gamma50=1.0), 4)
    0.6919

    References: Lyman JT. Radiat Res 1985;104:S13-S19.

    Raises:
        BadInput: a negative dose, or a parameter that is not positive.
    """
    _check(dose_Gy, d50_Gy, gamma50)
    t = (dose_Gy - d50_Gy) / d50_Gy * gamma50 * math.sqrt(2 * math.pi)
    return 0.5 * math.erfc(-t / math.sqrt(2.0))


def logit_probability(*, dose_Gy: float, d50_Gy: float, gamma50: float) -> float:
    """Log-logistic, 0 to 1: 1 / (1 + (D50 / D)^(4 gamma50)).

    >>> round(logit_probability(dose_Gy=100.0, d50_Gy=51.0, gamma50=1.093), 3)
    0.95

    References: Gay HA, Niemierko A. Phys Med 2007;23:115-125.

    Raises:
        BadInput: a negative dose, or a parameter that is not positive.
    """
    _check(dose_Gy, d50_Gy, gamma50)
    relative = dose_Gy / d50_Gy
    if relative == 0:  # no dose, or one too small to divide
        return 0.0
    return 0.5 * (1.0 + math.tanh(2.0 * gamma50 * math.log(relative)))


def poisson_probability(*, dose_Gy: float, d50_Gy: float, gamma50: float) -> float:
    """Poisson, 0 to 1: 2^-exp(k (1 - D / D50)) with k = 2 gamma50 / ln 2, so that the slope at D50 is gamma50.

    Some programs write k = e gamma, gamma being the largest slope; the two differ by e ln 2 / 2 = 0.942 in gamma.

    >>> round(poisson_probability(dose_Gy=60.0, d50_Gy=50.0, gamma50=1.0), 4)
    0.6776

    References: Kaellman P, Agren A, Brahme A. Int J Radiat Biol 1992;62:249-262.

    Raises:
        BadInput: a negative dose, or a parameter that is not positive.
    """
    _check(dose_Gy, d50_Gy, gamma50)
    exponent = 2.0 * gamma50 / math.log(2.0) * (1.0 - dose_Gy / d50_Gy)
    return 0.0 if exponent > 700 else float(2.0 ** -math.exp(exponent))


def gamma50_from_m(*, m: float) -> float:
    """Slope from Lyman's m: gamma50 = 1 / (m sqrt(2 pi)).

    >>> round(gamma50_from_m(m=0.15), 4)
    2.6596
    """
    if not m > 0:
        raise BadInput(f"Lyman m {m}", allowed="more than 0")
    return 1.0 / (m * math.sqrt(2 * math.pi))


def probability(*, form: Form, dose_Gy: float, d50_Gy: float, gamma50: float) -> float:
    """Probability, 0 to 1, by the named shape: "probit", "logit" or "poisson"."""
    if form == "probit":
        return probit_probability(dose_Gy=dose_Gy, d50_Gy=d50_Gy, gamma50=gamma50)
    if form == "logit":
        return logit_probability(dose_Gy=dose_Gy, d50_Gy=d50_Gy, gamma50=gamma50)
    if form == "poisson":
        return poisson_probability(dose_Gy=dose_Gy, d50_Gy=d50_Gy, gamma50=gamma50)
    raise BadInput(f"dose-response shape '{form}'", allowed="probit, logit, poisson")


@dataclass(frozen=True)
class CurveReading:
    """What one published curve says.

    Attributes:
        curve: the curve with its parameters, population and source.
        dose_Gy: the value of the curve's own metric; ``None`` when it was not given.
        answer: "value", "interval" (no slope is known), or "cannot say" (the metric is missing).
        low, high: probability, 0 to 1; equal for a value.
    """

    curve: ResponseCurve
    dose_Gy: float | None
    answer: Answer
    low: float
    high: float

    @property
    def text(self) -> str:
        """As printed, with parameters, population and source."""
        curve = self.curve
        known = f"{curve.metric}, D50 {curve.d50_Gy.value:g} Gy"
        known += f", gamma50 {curve.gamma50.value:g}" if curve.gamma50 else ", slope not stated"
        where = f"{known}; {curve.population}; {curve.d50_Gy.source}"
        if self.answer == "cannot say":
            return f"{curve.kind}: cannot say, {curve.metric} is missing ({where})"
        if self.answer == "value":
            return f"{curve.kind} {self.low:.2f} ({where})"
        side = "below" if self.high <= 0.5 else "above"
        return f"{curve.kind} {side} 0.5, no closer, as the slope is not stated ({where})"


@dataclass(frozen=True)
class ResponseRange:
    """TCP or NTCP of one structure over every published curve that holds for it.

    Attributes:
        kind: "TCP" or "NTCP".
        readings: one per curve that holds.
        left_out: id and reason of every curve of this kind that does not hold.
    """

    kind: Kind
    readings: tuple[CurveReading, ...]
    left_out: tuple[tuple[str, str], ...]

    @property
    def answer(self) -> Answer:
        """One of "value" (every usable curve gives one), "interval" (some give bounds only), "cannot say" (none can be read)."""
        usable = [reading.answer for reading in self.readings if reading.answer != "cannot say"]
        if not usable:
            return "cannot say"
        return "value" if all(answer == "value" for answer in usable) else "interval"

    @property
    def low(self) -> float | None:
        """Lowest probability over the usable curves; ``None`` when none is usable."""
        return min((r.low for r in self.readings if r.answer != "cannot say"), default=None)

    @property
    def high(self) -> float | None:
        """Highest probability over the usable curves; ``None`` when none is usable."""
        return max((r.high for r in self.readings if r.answer != "cannot say"), default=None)

    @property
    def text(self) -> str:
        """As printed: a range with its curves, or what is missing. Never a bare number."""
        if self.low is None or self.high is None:
            missing = "; ".join(r.text for r in self.readings) or "; ".join(f"{name}: {why}" for name, why in self.left_out)
            return f"{self.kind}: cannot say. {missing}"
        return f"{self.kind} {self.low:.2f} to {self.high:.2f}. " + "; ".join(r.text for r in self.readings)


def read_curve(
    curve: ResponseCurve, *, device_class: DeviceClass, disease: str, nuclide: str, doses_Gy: Mapping[str, float]
) -> CurveReading:
    """What one curve says of doses given by metric ("mean absorbed dose", "mean BED", "EUD of the authors").

    Raises:
        OutOfScope: another device, nuclide or disease than the curve was fitted on.
        BadInput: a negative dose.
    """
    refusal = _does_not_hold(curve, device_class, disease, nuclide)
    if refusal:
        raise OutOfScope(f"curve {curve.id}: {refusal}", do="use a curve fitted on this device and disease, or state none")
    if curve.metric not in doses_Gy:
        return CurveReading(curve, None, "cannot say", 0.0, 1.0)
    dose_Gy, d50_Gy = float(doses_Gy[curve.metric]), float(curve.d50_Gy.value)
    if curve.gamma50 is not None:
        value = probability(form=curve.form, dose_Gy=dose_Gy, d50_Gy=d50_Gy, gamma50=float(curve.gamma50.value))
        return CurveReading(curve, dose_Gy, "value", value, value)
    _check(dose_Gy, d50_Gy, 1.0)
    return CurveReading(curve, dose_Gy, "interval", *((0.5, 1.0) if dose_Gy >= d50_Gy else (0.0, 0.5)))


def response_range(
    kind: Kind, *, device_class: DeviceClass, disease: str, nuclide: str, doses_Gy: Mapping[str, float]
) -> ResponseRange:
    """TCP or NTCP over every published curve that holds for this device, nuclide and disease; the others are named with the reason.

    >>> response_range("TCP", device_class="glass", disease="other", nuclide="Y-90", doses_Gy={"mean absorbed dose": 350.0}).answer
    'interval'
    >>> response_range("TCP", device_class="holmium", disease="other", nuclide="Ho-166", doses_Gy={"mean absorbed dose": 350.0}).answer
    'cannot say'
    """
    readings, left_out = [], []
    for curve in response_curves().values():
        if curve.kind != kind:
            continue
        refusal = _does_not_hold(curve, device_class, disease, nuclide)
        if refusal:
            left_out.append((curve.id, refusal))
        else:
            readings.append(read_curve(curve, device_class=device_class, disease=disease, nuclide=nuclide, doses_Gy=doses_Gy))
    return ResponseRange(kind, tuple(readings), tuple(left_out))


def _does_not_hold(curve: ResponseCurve, device_class: str, disease: str, nuclide: str) -> str:
    """Why a curve does not hold; empty when it does."""
    if device_class not in curve.device_classes:
        return f"fitted on {' and '.join(curve.device_classes)} microspheres, asked for {device_class}"
    if nuclide not in curve.nuclides:
        return f"fitted on {' and '.join(curve.nuclides)}, asked for {nuclide}"
    if curve.diseases and disease not in curve.diseases:
        return f"fitted on {' and '.join(curve.diseases)}, asked for {disease}"
    return ""


def _check(dose_Gy: float, d50_Gy: float, gamma50: float) -> None:
    if not dose_Gy >= 0 or not d50_Gy > 0 or not gamma50 > 0:
        raise BadInput(
            f"dose {dose_Gy} Gy, D50 {d50_Gy} Gy, gamma50 {gamma50}", allowed="a dose of 0 Gy or more, D50 and gamma50 above 0"
        )
