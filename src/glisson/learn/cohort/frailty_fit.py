"""A Cox model with one gamma frailty for each centre, at a fixed variance: penalised partial and marginal likelihood."""

from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.cox_sums import Layout, per_death
from glisson.learn.cohort.table import Floats, Integers

MOST_STEPS = 60
SMALL_STEP = 1e-10


@dataclass(frozen=True, eq=False)
class AtVariance:
    """The model at one variance of the frailty.

    Attributes:
        theta: variance of the frailty.
        beta: log hazard ratios, shape (p,).
        omega: log frailty of each centre, shape (q,).
        information: minus the second derivative of the penalised likelihood, shape (p + q, p + q).
        log_likelihood: marginal (frailties integrated out), on the scale of Cox's partial likelihood at ``theta`` 0.
        converged: whether the steps became small.
    """

    theta: float
    beta: Floats
    omega: Floats
    information: Floats
    log_likelihood: float
    converged: bool


@dataclass(frozen=True, eq=False)
class Centres:
    """Rows of a Cox model with their centre.

    Attributes:
        layout: rows among event times.
        centre: of each row, 0 to q - 1.
        events: of each centre, shape (q,).
    """

    layout: Layout
    centre: Integers
    events: Floats


def centres_of(given: Layout, centre: Integers, number: int) -> Centres:
    """Rows and events of each of ``number`` centres."""
    return Centres(given, centre, np.bincount(centre[given.deaths], minlength=number).astype(np.float64))


def at_variance(given: Centres, theta: float, *, beta: Floats, omega: Floats) -> AtVariance:
    """Maximum of the penalised partial likelihood at ``theta`` > 0, by Newton's method from ``beta`` and ``omega``.

    The penalty is Σ (ω - exp ω) / θ; its maximum is that of the marginal likelihood, which is

        l + Σ [ν ω + d - (ν + d) ln(ν + d) + ν ln ν + ln Γ(ν + d) - ln Γ(ν)],  ν = 1/θ, d = events of the centre.

    References:
        Therneau and Grambsch, Modeling Survival Data 2000, chapter 9; Therneau, Grambsch and Pankratz, J Comput Graph Stat
        2003;12:156; Klein, Biometrics 1992;48:795.
    """
    width, now = len(beta), np.concatenate([beta, omega])
    shape = 1 / theta
    value, score, information = _penalised(given, now, width, shape)
    converged = False
    for _ in range(MOST_STEPS):
        step = _solved(information, score)
        before = value
        for _ in range(30):
            value, score, information = _penalised(given, now + step, width, shape)
            if value >= before - 1e-10 * (1 + abs(before)):
                break
            step = step / 2
        now = now + step
        if np.abs(step @ information @ step) < SMALL_STEP**2 or np.abs(step).max(initial=0.0) < SMALL_STEP:
            converged = True
            break
    found = now[width:]
    plain = value - shape * float((found - np.exp(found)).sum())
    return AtVariance(theta, now[:width], found, information, plain + _integrated(found, given.events, shape), converged)


def _solved(information: Floats, score: Floats) -> Floats:
    """Newton step; the penalty keeps the matrix positive, whatever the units of the covariates."""
    scale = 1 / np.sqrt(np.maximum(np.diag(information), 1e-300))
    return np.asarray(scale * np.linalg.solve(information * np.outer(scale, scale), scale * score))


def _integrated(omega: Floats, events: Floats, shape: float) -> float:
    from scipy.special import gammaln

    with_events = shape + events
    terms = shape * omega + events - with_events * np.log(with_events) + shape * np.log(shape)
    return float((terms + gammaln(with_events) - gammaln(shape)).sum())


def _penalised(given: Centres, now: Floats, width: int, shape: float) -> tuple[float, Floats, Floats]:
    """Penalised log partial likelihood, its derivative and minus its second derivative, by coefficient and by centre."""
    rows, omega = given.layout, now[width:]
    line = rows.x @ now[:width] + omega[given.centre]
    offset = float(line.max(initial=0.0))
    risk = rows.weight * np.exp(line - offset)
    of_centre = _by_centre(given, risk)
    total = of_centre.sum(axis=1)
    if not (total > 0).all():
        return -np.inf, np.zeros(len(now)), np.eye(len(now))
    weight, own = rows.mean_weight[rows.of_death], rows.weight[rows.deaths]
    with_x = [_by_centre(given, risk * column) / total[:, None] for column in rows.x.T]
    mean = np.column_stack([*(part.sum(axis=1) for part in with_x), of_centre / total[:, None]])
    information = -(mean * weight[:, None]).T @ mean
    for a in range(width):
        cross = weight @ with_x[a]
        information[a, width:] += cross
        information[width:, a] += cross
        for b in range(width):
            information[a, b] += float(weight @ (per_death(rows, risk * rows.x[:, a] * rows.x[:, b]) / total))
    expected = weight @ mean
    diagonal = np.arange(width, len(now))
    information[diagonal, diagonal] += expected[width:] + shape * np.exp(omega)
    score = np.concatenate([own @ rows.x[rows.deaths], given.events]) - expected
    score[width:] += shape * (1 - np.exp(omega))
    value = float(own @ line[rows.deaths] - weight @ (np.log(total) + offset)) + shape * float((omega - np.exp(omega)).sum())
    return value, score, information


def _by_centre(given: Centres, amount: Floats) -> Floats:
    """``per_death`` of the rows of each centre, in one pass over the table, shape (deaths, q)."""
    rows, centres = given.layout, len(given.events)
    number = len(rows.time) + 1
    ends = np.bincount(given.centre * number + rows.last, amount, centres * number)
    starts = np.bincount(given.centre * number + rows.first, amount, centres * number)
    at_risk = np.cumsum((ends - starts).reshape(centres, number)[:, ::-1], axis=1)[:, ::-1][:, 1:]
    found = at_risk[:, rows.of_death]
    if rows.share.any():
        place = given.centre[rows.deaths] * (number - 1) + rows.of_death
        dying = np.bincount(place, amount[rows.deaths], centres * (number - 1)).reshape(centres, number - 1)
        found = found - rows.share * dying[:, rows.of_death]
    return np.asarray(found.T)
