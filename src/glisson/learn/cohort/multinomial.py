"""Multinomial regression of two or more categories, with weights and scores: what imputation and dose-response stand on.

``logistic`` is the model of a yes or no that explains itself; this one has any number of categories and is fitted a thousand times.
"""

from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.cox_fit import inverse
from glisson.learn.cohort.table import Floats, Integers

MOST_STEPS = 50
SETTLED = 1e-12
"""Gain of the log likelihood, as a share of itself, below which a step has changed nothing."""
BEYOND = 30.0
"""A logit that no data support: the likelihood is on its way to a probability of exactly 0 or 1."""


@dataclass(frozen=True, eq=False)
class MultinomialFit:
    """A fitted model of k categories against the first.

    Attributes:
        coefficient: log odds of each category but the first, shape (k - 1, p).
        variance: inverse information of the coefficients in row order, shape ((k - 1) p, (k - 1) p).
        log_likelihood: at the estimate.
        scores: derivative of each row's log likelihood (weighted), shape (n, (k - 1) p).
        bounded: whether there is a finite maximum; without it (separation) the numbers are where the iteration stopped.
    """

    coefficient: Floats
    variance: Floats
    log_likelihood: float
    scores: Floats
    bounded: bool


def multinomial(x: Floats, category: Integers, *, categories: int = 2, weight: Floats | None = None) -> MultinomialFit:
    """Maximum likelihood for ``category`` (n,), 0 to ``categories`` - 1, given ``x`` (n, p) with its column of ones.

    >>> fit = multinomial(np.ones((4, 1)), np.array([1, 1, 1, 0]))
    >>> round(float(fit.coefficient[0, 0]), 4)  # ln(3/1)
    1.0986

    References:
        McCullagh and Nelder, Generalized Linear Models, 2nd ed. 1989, chapters 4 and 5.
    """
    weights = np.ones(len(x)) if weight is None else weight
    observed = (category[:, None] == np.arange(1, categories)).astype(np.float64)
    beta = np.zeros((categories - 1, x.shape[1]))
    now, share = _likelihood(x, observed, weights, beta)
    for _ in range(MOST_STEPS):
        score = ((observed - share) * weights[:, None]).T @ x
        step = (inverse(_information(x, share, weights)) @ score.ravel()).reshape(beta.shape)
        before = now
        for _ in range(30):
            now, share = _likelihood(x, observed, weights, beta + step)
            if now >= before - SETTLED * (1 + abs(before)):
                break
            step = step / 2
        beta = beta + step
        if abs(now - before) <= SETTLED * (1 + abs(before)):
            break
    line = np.abs(x @ beta.T).max(initial=0.0)
    scores = (weights[:, None, None] * (observed - share)[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    return MultinomialFit(beta, inverse(_information(x, share, weights)), now, scores, bool(line < BEYOND))


def shares(x: Floats, coefficient: Floats) -> Floats:
    """Probability of every category, the first one too, shape (n, k).

    >>> shares(np.ones((1, 1)), np.array([[0.0]])).tolist()
    [[0.5, 0.5]]
    """
    line = np.concatenate([np.zeros((len(x), 1)), x @ coefficient.T], axis=1)
    odds = np.exp(line - line.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _likelihood(x: Floats, observed: Floats, weight: Floats, beta: Floats) -> tuple[float, Floats]:
    line = np.concatenate([np.zeros((len(x), 1)), x @ beta.T], axis=1)
    highest = line.max(axis=1, keepdims=True)
    total = highest[:, 0] + np.log(np.exp(line - highest).sum(axis=1))
    own = (observed * line[:, 1:]).sum(axis=1)
    return float(weight @ (own - total)), np.exp(line[:, 1:] - total[:, None])


def _information(x: Floats, share: Floats, weight: Floats) -> Floats:
    """Blocks X' diag(w (p_a [a = b] - p_a p_b)) X, shape ((k - 1) p, (k - 1) p)."""
    size, width = share.shape[1], x.shape[1]
    found = np.empty((size, width, size, width))
    for a in range(size):
        for b in range(a + 1):
            spread = weight * share[:, a] * ((a == b) - share[:, b])
            block = (x * spread[:, None]).T @ x
            found[a, :, b, :] = block
            found[b, :, a, :] = block.T
    return found.reshape(size * width, size * width)
