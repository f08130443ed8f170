"""Absorbed dose against response: D50 and slope with intervals, the curve inside the doses seen, its calibration."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput, GlissonError
from glisson.follow.proportion import exact_proportion
from glisson.learn.cohort.dose_response_fit import DoseResponseFit, Ends, fit_dose_response
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.multinomial import multinomial
from glisson.learn.cohort.table import Booleans, Floats, Integers

NOT_AT_RANDOM = (
    "the dose was chosen and taken up, not drawn: size, vascularity and liver function go with both dose and response, so that the "
    "curve describes these tumours and is no law of what a higher dose would do"
)
FEW = 10
"""Tumours of the rarer answer below which estimates are known to be unstable (Peduzzi et al., J Clin Epidemiol 1996;49:1373)."""
FEW_PATIENTS = 20
"""Clusters below which a sandwich variance is known to be too small (Cameron and Miller, J Hum Resour 2015;50:317, section VI)."""


@dataclass(frozen=True)
class DoseResponse:
    """Values for JSON, and what a reader must know."""

    value: dict[str, Any]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class _Tumours:
    dose_Gy: Floats
    response: Booleans
    patient: Integers


def dose_response(
    table: pl.DataFrame,
    *,
    dose: str = "tumour_dose_Gy",
    response: str = "response",
    patient: str = "patient",
    group: str | None = None,
    points: int = 60,
    confidence_fraction: float = 0.95,
) -> DoseResponse:
    """A logistic curve of response (yes or no) against absorbed dose, one for each group (microsphere); groups are never pooled.

    Rows without a dose above 0 or without a response are set aside and counted. Several tumours of a patient are not independent:
    then the intervals are by patient, and those of the profile likelihood stand beside them under their name.

    Args:
        table: one row per tumour.
        dose: column of absorbed doses in Gy.
        response: column of yes or no (Boolean), null where not known.
        patient: column that says whose tumour it is.
        group: column of the microsphere, if there are several.
        points: of the curve.
        confidence_fraction: of the intervals.

    Raises:
        BadInput: a column that the table lacks, a response that is no yes or no.
    """
    absent = [name for name in (dose, response, patient, *([group] if group else [])) if name not in table.columns]
    if absent:
        raise BadInput(f"a table without the columns {', '.join(absent)}")
    if table[response].dtype not in (pl.Boolean, pl.Null):
        raise BadInput(f"a response of type {table[response].dtype}", allowed="yes or no (Boolean)")
    findings = [Finding(code="dose-not-at-random", level=Level.NOTE, text=NOT_AT_RANDOM)]
    parts = (
        [(None, table)]
        if group is None
        else [(name, table.filter(pl.col(group).cast(pl.String) == name)) for name in _groups(table[group])]
    )
    if group is not None and table[group].null_count():
        text = f"{table[group].null_count()} tumours of unknown {group} are in no curve"
        findings.append(Finding(code="unknown-group", level=Level.WARNING, text=text))
    found = []
    for name, part in parts:
        value, said = _one(part.select(dose=dose, response=response, patient=patient), points, confidence_fraction)
        found.append({"group": name} | value)
        findings += [_named(name, one) for one in said]
    value = {"model": "p = 1 / (1 + (D50/D)^(4 gamma50))", "confidence_fraction": confidence_fraction, "groups": found}
    return DoseResponse(value, tuple(dict.fromkeys(findings)))


def _groups(column: pl.Series) -> list[str]:
    return sorted(column.cast(pl.String).drop_nulls().unique().to_list())


def _named(name: str | None, finding: Finding) -> Finding:
    text = finding.text if name is None else f"{name}: {finding.text}"
    return Finding(code=finding.code, level=finding.level, text=text)


def _one(table: pl.DataFrame, points: int, confidence: float) -> tuple[dict[str, Any], list[Finding]]:
    tumours, value, findings = _usable(table)
    try:
        fit = fit_dose_response(tumours.dose_Gy, tumours.response, patient=tumours.patient, confidence_fraction=confidence)
    except GlissonError as error:
        return value | {"cannot_say": str(error)}, findings
    findings += _warnings(tumours, fit)
    value |= _slope(fit)
    if fit.d50_Gy is None:
        return value | {
            "cannot_say": "the response does not rise with the dose, or too little for a D50 that a dose could reach"
        }, findings
    value |= _estimates(fit)
    value["curve"] = _curve(fit, tumours.dose_Gy, points)
    return value | _goodness(fit, tumours), findings


def _usable(table: pl.DataFrame) -> tuple[_Tumours, dict[str, Any], list[Finding]]:
    doses = table["dose"].cast(pl.Float64).fill_nan(None)
    no_dose = (doses.is_null() | (doses <= 0).fill_null(value=True) | doses.is_infinite().fill_null(value=True)).to_numpy()
    no_answer = (table["response"].is_null() | table["patient"].is_null()).to_numpy()
    kept = ~(no_dose | no_answer)
    dose = doses.filter(pl.Series(kept)).to_numpy().astype(np.float64)
    response = table["response"].cast(pl.Boolean).filter(pl.Series(kept)).to_numpy().astype(bool)
    names = [str(name) for name in table["patient"].filter(pl.Series(kept)).to_list()]
    patient = np.unique(np.asarray(names, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
    findings = []
    if not kept.all():
        text = f"{int((~kept).sum())} of {len(kept)} tumours have no dose above 0 or no known response and are in no curve"
        findings.append(Finding(code="tumours-set-aside", level=Level.WARNING, text=text))
    value = {
        "tumours": int(kept.sum()),
        "patients": len(np.unique(patient)),
        "responders": int(response.sum()),
        "set_aside": {"no_dose": int(no_dose.sum()), "no_answer": int((no_answer & ~no_dose).sum())},
        "dose_Gy": {"low": float(dose.min()), "median": float(np.median(dose)), "high": float(dose.max())} if len(dose) else None,
    }
    return _Tumours(dose, response, patient), value, findings


def _warnings(tumours: _Tumours, fit: DoseResponseFit) -> list[Finding]:
    findings = []
    rarer = int(min(tumours.response.sum(), (~tumours.response).sum()))
    if rarer < FEW:
        text = f"{rarer} tumours of the rarer answer: below {FEW} a curve is unstable"
        findings.append(Finding(code="few-answers", level=Level.WARNING, text=text))
    if fit.robust is not None and fit.patients < FEW_PATIENTS:
        text = f"{fit.patients} patients: intervals by patient from fewer than {FEW_PATIENTS} are too narrow"
        findings.append(Finding(code="few-patients", level=Level.WARNING, text=text))
    ends = _ends(fit)[0]
    if fit.d50_Gy is not None and (ends.low is None or ends.high is None):
        text = "the slope is not clear of 0, so that D50 has no bounded interval: do not use its value"
        findings.append(Finding(code="slope-not-shown", level=Level.WARNING, text=text))
    if fit.d50_Gy is not None and not tumours.dose_Gy.min() <= fit.d50_Gy <= tumours.dose_Gy.max():
        text = "D50 lies outside the doses that were given: it is an extrapolation"
        findings.append(Finding(code="d50-outside-doses", level=Level.WARNING, text=text))
    return findings


def _ends(fit: DoseResponseFit) -> tuple[Ends, Ends]:
    """Intervals of D50 and gamma50 to be read first."""
    if fit.d50_robust is None or fit.gamma50_robust is None:
        return fit.d50_profile, fit.gamma50_profile
    return fit.d50_robust, fit.gamma50_robust


def _slope(fit: DoseResponseFit) -> dict[str, Any]:
    from scipy.stats import chi2, t

    variance = fit.variance if fit.robust is None else fit.robust
    two = float(np.log(2))
    found = ratio(two * fit.slope, two**2 * float(variance[1, 1]), confidence_fraction=fit.confidence_fraction)
    if fit.robust is None:
        p = float(chi2.sf(2 * (fit.log_likelihood[1] - fit.log_likelihood[0]), 1))
        test = "likelihood ratio"
    else:
        error = float(np.sqrt(fit.robust[1, 1]))
        reach = fit.reach() * two * error
        found |= {"low": float(np.exp(two * fit.slope - reach)), "high": float(np.exp(two * fit.slope + reach))}
        p = float(2 * t.sf(abs(fit.slope) / error, fit.patients - 1))
        test = "Wald, variance by patient"
    return {"odds_ratio_per_doubling": found | {"p": p, "test": test}}


def _estimates(fit: DoseResponseFit) -> dict[str, Any]:
    d50, gamma50 = _ends(fit)
    found: dict[str, Any] = {
        "d50_Gy": {"value": fit.d50_Gy, "low": d50.low, "high": d50.high},
        "gamma50": {"value": fit.gamma50, "low": gamma50.low, "high": gamma50.high},
        "interval": "profile likelihood",
    }
    if fit.robust is not None:
        found["interval"] = "variance by patient, Student's t; D50 by Fieller"
        found["as_if_independent"] = {
            "d50_Gy": {"low": fit.d50_profile.low, "high": fit.d50_profile.high},
            "gamma50": {"low": fit.gamma50_profile.low, "high": fit.gamma50_profile.high},
            "interval": "profile likelihood, as if tumours of a patient were independent",
        }
    return found


def curve_at(fit: DoseResponseFit, dose_Gy: Floats) -> tuple[Floats, Floats, Floats]:
    """Probability at each dose with the ends of its pointwise interval (normal on the log odds), each shape (n,)."""
    from scipy.special import expit

    line = np.log(dose_Gy / fit.middle_Gy)
    variance = fit.variance if fit.robust is None else fit.robust
    error = np.sqrt(variance[0, 0] + 2 * line * variance[0, 1] + line**2 * variance[1, 1])
    logit = fit.intercept + fit.slope * line
    reach = fit.reach() * error
    return expit(logit), expit(logit - reach), expit(logit + reach)


def _curve(fit: DoseResponseFit, dose_Gy: Floats, points: int) -> list[dict[str, float]]:
    """Inside the doses that were given, evenly in their logs."""
    doses = np.geomspace(dose_Gy.min(), dose_Gy.max(), max(points, 2))
    middle, low, high = curve_at(fit, doses)
    return [
        {"dose_Gy": float(dose), "probability": float(p), "low": float(lower), "high": float(upper)}
        for dose, p, lower, upper in zip(doses, middle, low, high, strict=True)
    ]


def _goodness(fit: DoseResponseFit, tumours: _Tumours) -> dict[str, Any]:
    share = curve_at(fit, tumours.dose_Gy)[0]
    return {
        "calibration": _calibration(tumours, share),
        "calibration_note": "on the tumours that made the curve; intervals are exact, tumours as if independent",
        "brier": float(((share - tumours.response) ** 2).mean()),
        "concordance": _concordance(share, tumours.response),
        "bend_p": _bend(fit, tumours),
    }


def _calibration(tumours: _Tumours, share: Floats) -> list[dict[str, Any]]:
    """Expected and observed share in groups of about ten tumours or more, by dose; equal doses stay together."""
    number = int(np.clip(len(share) // 10, 2, 10))
    edges = np.unique(np.quantile(tumours.dose_Gy, np.arange(1, number) / number))
    place = np.searchsorted(edges, tumours.dose_Gy, side="left")
    found = []
    for one in np.unique(place):
        inside = place == one
        seen = exact_proportion(count=int(tumours.response[inside].sum()), of=int(inside.sum()))
        dose = tumours.dose_Gy[inside]
        found.append(
            {
                "tumours": seen.of, "responders": seen.count, "dose_low_Gy": float(dose.min()), "dose_high_Gy": float(dose.max()),
                "expected": float(share[inside].mean()), "observed": seen.fraction, "low": seen.low, "high": seen.high,
            }
        )  # fmt: skip
    return found


def _concordance(share: Floats, response: Booleans) -> float:
    """Share of pairs of a responder and a non-responder in which the responder had the higher dose; ties count half."""
    from scipy.stats import rankdata

    ranks = rankdata(share)
    yes, no = int(response.sum()), int((~response).sum())
    return float((ranks[response].sum() - yes * (yes + 1) / 2) / (yes * no))


def _bend(fit: DoseResponseFit, tumours: _Tumours) -> float | None:
    """Whether the log odds bend over the log of the dose: likelihood ratio against a parabola; ``None`` where it has no maximum."""
    from scipy.stats import chi2

    line = np.log(tumours.dose_Gy / fit.middle_Gy)
    if len(np.unique(line)) < 3:
        return None
    more = multinomial(np.column_stack([np.ones(len(line)), line, line**2]), tumours.response.astype(np.int64))
    return float(chi2.sf(max(2 * (more.log_likelihood - fit.log_likelihood[1]), 0.0), 1)) if more.bounded else None
