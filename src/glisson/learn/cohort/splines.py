"""Restricted cubic splines: a covariate whose effect need not be a straight line, its test and its curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.cox_fit import inverse
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.interval import normal_quantile
from glisson.learn.cohort.table import Floats, SurvivalData

OUTER = {3: 0.10, 4: 0.05, 5: 0.05, 6: 0.05, 7: 0.025}
"""Quantile of the first knot by number of knots; the last lies opposite and the others evenly between (Harrell, Regression Modeling
Strategies, 2nd ed., table 2.3)."""
SMALL = 100
FIFTH = 4
GRID = 101
SHOWN = (0.025, 0.975)
"""Quantiles of the covariate between which the curve is drawn: beyond them few patients carry it."""


def harrell_knots(values: Floats, *, number: int = 4) -> Floats:
    """Knots at Harrell's quantiles, ascending, in the unit of the values, shape (number,).

    Under 100 values the outer knots are the fifth smallest and the fifth largest.

    Args:
        values: of the covariate, finite, shape (n,).
        number: of knots, 3 to 7.

    >>> harrell_knots(np.arange(101.0), number=3).tolist()
    [10.0, 50.0, 90.0]

    Raises:
        BadInput: a number of knots that is not known, or values that are not finite.
        OutOfScope: too few different values for so many knots.

    References:
        Harrell, Regression Modeling Strategies, 2nd ed., section 2.4.6 and table 2.3.
    """
    if number not in OUTER:
        raise BadInput(f"{number} knots", allowed="3 to 7")
    if not np.isfinite(values).all():
        raise BadInput("a value that is missing or not finite")
    different = len(np.unique(values))
    if different < number + 2:
        raise OutOfScope(f"{different} different values are too few for {number} knots", do="use levels, a line, or fewer knots")
    knots = np.quantile(values, np.linspace(OUTER[number], 1 - OUTER[number], number))
    if len(values) < SMALL:
        ordered = np.sort(values)
        knots[0], knots[-1] = ordered[min(FIFTH, len(ordered) - 1)], ordered[max(len(ordered) - 1 - FIFTH, 0)]
    if not (np.diff(knots) > 0).all():
        raise OutOfScope(f"so many values are alike that {number} knots do not lie apart", do="name the knots, or use fewer")
    return np.asarray(knots)


def spline_basis(values: Floats, knots: Floats) -> Floats:
    """The values themselves, then one cubic term for each knot but two, linear beyond the outer knots, shape (n, knots - 1).

    Cubic terms are divided by the squared distance of the outer knots, so that all columns are in the unit of the values.

    Args:
        values: of the covariate, shape (n,).
        knots: ascending, three or more.

    >>> spline_basis(np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, 2.0])).tolist()  # ((2)³ - 2 (1)³ + 0) / 2²
    [[0.0, 0.0], [1.0, 0.25], [2.0, 1.5]]

    Raises:
        BadInput: fewer than three knots, or knots that do not rise.

    References:
        Stone and Koo, Proc Stat Comput Sect ASA 1985:45; Harrell, Regression Modeling Strategies, 2nd ed., equations 2.24 to 2.26.
    """
    knots = np.asarray(knots, dtype=np.float64)
    if len(knots) < 3 or not np.isfinite(knots).all() or not (np.diff(knots) > 0).all():
        raise BadInput("knots that do not rise, or fewer than three")
    above = np.maximum(np.asarray(values, dtype=np.float64)[:, None] - knots, 0.0) ** 3
    last, before = knots[-1], knots[-2]
    share = (last - knots[:-2]) / (last - before)
    cubic = above[:, :-2] - share * above[:, -2:-1] + (share - 1) * above[:, -1:]
    return np.column_stack([values, cubic / (last - knots[0]) ** 2])


def even_columns(basis: Floats) -> tuple[Floats, Floats]:
    """Combinations of a basis that are centred, uncorrelated and of one size, and how they are made of it.

    The terms of a spline are nearly alike, and their coefficients can be huge with opposite signs; a model of these combinations is
    the same model, with coefficients of ordinary size.

    Args:
        basis: shape (n, p).

    Returns:
        Columns, shape (n, p), and the matrix (p, p) that turns their coefficients into those of the basis.

    Raises:
        OutOfScope: terms that add up to each other in these rows.
    """
    centred = basis - basis.mean(axis=0)
    size = np.linalg.norm(centred, axis=0)
    if not (size > 0).all() or np.linalg.matrix_rank(centred / np.where(size > 0, size, 1.0)) < basis.shape[1]:
        raise OutOfScope(
            "the terms of the spline add up to each other in these rows", do="use fewer knots, or knots further apart"
        )
    q, r = np.linalg.qr(centred / size)
    return np.asarray(q * np.sqrt(len(basis))), np.asarray(np.linalg.inv(r) / size[:, None] * np.sqrt(len(basis)))


@dataclass(frozen=True)
class Shape:
    """What is asked of a spline.

    Attributes:
        number: of knots at Harrell's quantiles, 3 to 7; not used where ``knots`` are named.
        knots: named ones, ascending.
        reference: value whose hazard is 1; the median if ``None``.
        grid: values at which the curve is computed; 101 even ones between the 2.5 and 97.5 percentiles if empty.
    """

    number: int = 4
    knots: tuple[float, ...] = ()
    reference: float | None = None
    grid: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class SplineEffect:
    """Effect of a covariate as a smooth curve.

    Attributes:
        name: of the covariate.
        knots: where they lie.
        reference: value whose hazard is 1.
        value: plain values for JSON: knots, reference, rows, events, tests, curve (value, log_hazard_ratio, hazard_ratio, low, high);
            ``cannot_say`` where there is no estimate.
        coefficient: of ``spline_basis`` and of the other covariates after it, shape (p,); empty where there is no estimate of
            the spline, NaN where there is none of another covariate.
        variance: of them, shape (p, p).
        findings: what a reader must know.
    """

    name: str
    knots: tuple[float, ...]
    reference: float | None
    value: dict[str, Any]
    coefficient: Floats
    variance: Floats
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Others:
    """Further covariates of the model.

    Attributes:
        x: shape (n, p), finite.
        names: of the columns.
    """

    x: Floats
    names: Sequence[str]


def spline_effect(
    data: SurvivalData,
    values: Floats,
    name: str,
    *,
    shape: Shape | None = None,
    others: Others | None = None,
    ties: Ties = "efron",
    confidence_fraction: float = 0.95,
) -> SplineEffect:
    """Cox model with a restricted cubic spline of one covariate: overall and non-linearity tests, log hazard ratio with interval.

    Args:
        data: the follow-up, with its strata, entries, weights and clusters; every cause counts as the event.
        values: of the covariate, finite, shape (n,).
        name: of the covariate.
        shape: knots, reference and grid.
        others: covariates that the model holds beside it.
        ties: of the Cox model.
        confidence_fraction: of the pointwise interval.

    Raises:
        BadInput: shapes that do not fit, or values that are missing or not finite.

    References:
        Harrell, Regression Modeling Strategies, 2nd ed., sections 2.4.5 and 20.1; Durrleman and Simon, Stat Med 1989;8:551.
    """
    shape, others = shape or Shape(), others or Others(np.zeros((len(data), 0)), ())
    values = np.asarray(values, dtype=np.float64)
    if values.shape != (len(data),) or not np.isfinite(values).all():
        raise BadInput(f"{len(values)} values for {len(data)} rows, or one that is missing or not finite")
    try:
        knots = np.asarray(shape.knots) if shape.knots else harrell_knots(values, number=shape.number)
        columns, back = even_columns(spline_basis(values, knots))
    except OutOfScope as error:
        return _none(name, (), str(error), ())
    size = columns.shape[1]
    names = (name, *(f"{name}, spline term {place}" for place in range(1, size)))
    fit = cox(data, np.column_stack([columns, others.x]), (*names, *others.names), ties=ties)
    if not np.isfinite(fit.coefficient[:size]).all():
        return _none(name, tuple(knots.tolist()), "the data give no estimate of every part of the spline", fit.findings)
    estimate = _estimate(fit, back, knots, confidence_fraction)
    reference = float(np.median(values)) if shape.reference is None else shape.reference
    low, high = np.quantile(values, SHOWN)
    grid = np.asarray(shape.grid) if shape.grid else np.linspace(float(low), float(high), GRID)
    linear = cox(data, np.column_stack([values, others.x]), (name, *others.names), ties=ties)
    value = {
        "knots": knots.tolist(),
        "reference": reference,
        "rows": fit.rows,
        "events": fit.events,
        "variance": "robust" if fit.robust else "model-based",
        "overall": _wald(estimate, range(size)),
        "non_linear": _wald(estimate, range(1, size)),
        "non_linear_likelihood_ratio": None if fit.robust else _likelihood_ratio(fit, linear),
        "curve": _curve(estimate, grid, reference),
        "confidence_fraction": confidence_fraction,
    }
    findings = fit.findings + _beyond(name, grid, values)
    return SplineEffect(name, tuple(knots.tolist()), reference, value, estimate.coefficient, estimate.variance, findings)


@dataclass(frozen=True, eq=False)
class _Estimate:
    coefficient: Floats
    variance: Floats
    knots: Floats
    confidence_fraction: float


def _estimate(fit: CoxFit, back: Floats, knots: Floats, confidence_fraction: float) -> _Estimate:
    """Coefficients of the basis; another covariate without an estimate leaves them alone."""
    size = len(back)
    coefficient, variance = fit.coefficient.copy(), fit.variance.copy()
    coefficient[:size] = back @ coefficient[:size]
    variance[:size] = back @ variance[:size]
    variance[:, :size] = variance[:, :size] @ back.T
    return _Estimate(coefficient, variance, knots, confidence_fraction)


def _none(name: str, knots: tuple[float, ...], why: str, findings: tuple[Finding, ...]) -> SplineEffect:
    said = Finding(code="no-spline", level=Level.WARNING, text=f"no spline of {name}: {why}")
    return SplineEffect(name, knots, None, {"cannot_say": why}, np.zeros(0), np.zeros((0, 0)), (*findings, said))


def _beyond(name: str, grid: Floats, values: Floats) -> tuple[Finding, ...]:
    outside = int(((grid < values.min()) | (grid > values.max())).sum())
    if not outside:
        return ()
    text = f"{outside} points of the curve of {name} lie beyond any patient's value: there the curve is a straight line by assumption"
    return (Finding(code="beyond-the-data", level=Level.WARNING, text=text),)


def _wald(fit: _Estimate, which: Sequence[int]) -> dict[str, float | int]:
    from scipy.special import chdtrc

    places = list(which)
    beta = fit.coefficient[places]
    statistic = float(beta @ inverse(fit.variance[np.ix_(places, places)]) @ beta)
    return {"statistic": statistic, "degrees": len(places), "p": float(chdtrc(len(places), statistic))}


def _likelihood_ratio(fit: CoxFit, smaller: CoxFit) -> dict[str, float | int]:
    from scipy.special import chdtrc

    statistic = max(2 * (fit.log_likelihood[1] - smaller.log_likelihood[1]), 0.0)
    degrees = fit.degrees - smaller.degrees
    return {"statistic": statistic, "degrees": degrees, "p": float(chdtrc(degrees, statistic))}


def _curve(fit: _Estimate, grid: Floats, reference: float) -> list[dict[str, float]]:
    size = len(fit.knots) - 1
    apart = spline_basis(grid, fit.knots) - spline_basis(np.array([reference]), fit.knots)
    log = apart @ fit.coefficient[:size]
    error = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", apart, fit.variance[:size, :size], apart), 0.0))
    reach = normal_quantile(fit.confidence_fraction) * error
    return [
        {
            "value": float(at),
            "log_hazard_ratio": float(middle),
            "standard_error": float(spread),
            **{what: float(np.exp(min(end, 700.0))) for what, end in (("hazard_ratio", middle), ("low", low), ("high", high))},
        }
        for at, middle, spread, low, high in zip(grid, log, error, log - reach, log + reach, strict=True)
    ]
