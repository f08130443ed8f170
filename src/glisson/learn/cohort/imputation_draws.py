"""One draw of the missing values of one column, from the posterior of a regression on the other columns."""

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.multinomial import multinomial, shares
from glisson.learn.cohort.table import Booleans, Floats, Integers

RIDGE = 1e-5
"""Share added to the diagonal of X'X, so that columns that add up to each other still give a draw."""


def standardised(x: Floats) -> Floats:
    """Columns with mean 0 and spread 1 behind a column of ones; those that are constant fall away."""
    spread = x.std(axis=0)
    kept = spread > 1e-12 * np.maximum(np.abs(x).max(axis=0, initial=0.0), 1e-300)
    inner = (x[:, kept] - x[:, kept].mean(axis=0)) / spread[kept]
    return np.column_stack([np.ones(len(x)), inner])


def linear_draw(x: Floats, y: Floats, random: np.random.Generator) -> tuple[Floats, Floats, float]:
    """Coefficients of a linear regression: estimated (p,), drawn from their posterior (p,), and the drawn residual spread.

    σ² = RSS / χ²(n - p), β ~ N(β̂, σ² (X'X)⁻¹), with flat priors.

    Raises:
        BadInput: no row to learn from.

    References:
        Rubin, Multiple Imputation for Nonresponse in Surveys, 1987, p. 167.
    """
    if not len(y):
        raise BadInput("no row with a value to fill the others from")
    square = x.T @ x
    variance = np.linalg.inv(square + RIDGE * np.diag(np.diag(square)))
    estimated = variance @ (x.T @ y)
    rest = y - x @ estimated
    sigma = float(np.sqrt(rest @ rest / random.chisquare(max(len(y) - x.shape[1], 1))))
    drawn = estimated + sigma * np.linalg.cholesky(variance) @ random.standard_normal(x.shape[1])
    return estimated, drawn, sigma


def normal_values(x: Floats, y: Floats, missing: Booleans, random: np.random.Generator) -> Floats:
    """Missing values as the drawn line with drawn noise: right for what is normal, may leave the range of what was seen."""
    _, drawn, sigma = linear_draw(x[~missing], y[~missing], random)
    return np.asarray(x[missing] @ drawn + sigma * random.standard_normal(int(missing.sum())))


def matched_values(x: Floats, y: Floats, missing: Booleans, donors: int, random: np.random.Generator) -> Floats:
    """Missing values taken from one of the ``donors`` rows whose predicted mean lies nearest (predictive mean matching, type 1).

    References:
        Little, J Bus Econ Stat 1988;6:287; Morris, White and Royston, BMC Med Res Methodol 2014;14:75.
    """
    estimated, drawn, _ = linear_draw(x[~missing], y[~missing], random)
    place = nearest(x[~missing] @ estimated, x[missing] @ drawn, min(donors, int((~missing).sum())), random)
    return np.asarray(y[~missing][place])


def nearest(given: Floats, asked: Floats, donors: int, random: np.random.Generator) -> Integers:
    """Index of one of the ``donors`` nearest of ``given`` for each asked value, at random; among equals all have their chance.

    >>> int(nearest(np.array([1.0, 5.0, 9.0]), np.array([8.0]), 1, np.random.default_rng(1))[0])
    2
    """
    shuffled = random.permutation(len(given))
    order = shuffled[np.argsort(given[shuffled], kind="stable")]
    ranked = given[order]
    left, right = (np.searchsorted(ranked, asked, side=side) for side in ("left", "right"))
    middle = left + (random.random(len(asked)) * (right - left + 1)).astype(np.int64)
    window = middle[:, None] + np.arange(-donors, donors)
    inside = (window >= 0) & (window < len(given))
    distance = np.where(inside, np.abs(ranked[np.clip(window, 0, len(given) - 1)] - asked[:, None]), np.inf)
    closest = np.argsort(distance, axis=1, kind="stable")[:, :donors]
    chosen = closest[np.arange(len(asked)), random.integers(donors, size=len(asked))]
    return np.asarray(order[window[np.arange(len(asked)), chosen]], dtype=np.int64)


def level_values(x: Floats, code: Integers, missing: Booleans, levels: int, random: np.random.Generator) -> Floats:
    """Missing codes from a logistic model of two or more levels, its coefficients drawn from their normal approximation.

    A few rows of small weight on both sides of the mean, in every level, keep the estimate finite where a covariate separates
    the levels.

    References:
        Rubin 1987, p. 169; White, Daniel and Royston, Comput Stat Data Anal 2010;54:2267.
    """
    extra = x.shape[1] - 1
    turn = np.repeat(np.arange(extra), 2 * levels)
    added = np.column_stack([np.ones(len(turn)), np.zeros((len(turn), extra))])
    added[np.arange(len(turn)), 1 + turn] = np.tile(np.repeat([0.5, -0.5], levels), extra)
    weight = np.concatenate([np.ones(int((~missing).sum())), np.full(len(turn), x.shape[1] / max(len(turn), 1))])
    codes = np.concatenate([code[~missing], np.tile(np.arange(levels), 2 * extra)])
    fit = multinomial(np.concatenate([x[~missing], added]), codes, categories=levels, weight=weight)
    values, vectors = np.linalg.eigh(fit.variance)
    noise = vectors @ (np.sqrt(np.maximum(values, 0.0)) * random.standard_normal(len(values)))
    share = shares(x[missing], fit.coefficient + noise.reshape(fit.coefficient.shape))
    above = random.random(len(share))[:, None] > np.cumsum(share, axis=1)
    return np.asarray(np.minimum(above.sum(axis=1), levels - 1), dtype=np.float64)
