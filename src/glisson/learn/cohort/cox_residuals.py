"""Residuals of a Cox model: martingale, score, Schoenfeld; with Efron's ties, late entry, strata and weights."""

from dataclasses import dataclass

import numpy as np

from glisson.learn.cohort.cox_sums import Layout, at_deaths, risks
from glisson.learn.cohort.table import Floats


@dataclass(frozen=True, eq=False)
class Increments:
    """Per event time: what the hazard and the mean covariates add to those at risk, and to those who die at it.

    With Efron's ties the deaths of one time are at risk in part only, so that what they collect differs (``_deaths``).
    """

    hazard: Floats
    mean: Floats
    hazard_deaths: Floats
    mean_deaths: Floats
    at_event: Floats


def increments(given: Layout, beta: Floats) -> Increments:
    """Baseline hazard per event time, alone and times the mean covariates, shapes (m,) and (m, p).

    References:
        Therneau and Grambsch 2000, section 4.3 and appendix on Efron's ties.
    """
    found = at_deaths(given, risks(given, beta))
    hazard = given.mean_weight[given.of_death] / found.risk
    number = len(given.time)
    left = 1 - given.share

    def summed(amount: Floats) -> Floats:
        return np.bincount(given.of_death, amount, number).astype(np.float64)

    def each(amount: Floats) -> Floats:
        columns = [summed(amount * column) for column in found.mean.T]
        return np.stack(columns, axis=1) if columns else np.zeros((number, 0))

    count = np.maximum(summed(np.ones(len(hazard))), 1)
    return Increments(
        summed(hazard), each(hazard), summed(hazard * left), each(hazard * left), each(np.ones(len(hazard))) / count[:, None]
    )


def _collected(given: Layout, steps: Floats) -> Floats:
    """What each row collects over the event times at which it is at risk."""
    running = np.concatenate([np.zeros((1, *steps.shape[1:])), np.cumsum(steps, axis=0)])
    return np.asarray(running[given.last] - running[given.first])


def martingale_residuals(given: Layout, beta: Floats) -> Floats:
    """Observed minus expected events of each row, shape (n,)."""
    found, risk = increments(given, beta), np.exp(given.x @ beta)
    expected = _collected(given, found.hazard)
    expected[given.deaths] += (found.hazard_deaths - found.hazard)[given.of_death]
    residual = -risk * expected
    residual[given.deaths] += 1.0
    return np.asarray(residual)


def score_residuals(given: Layout, beta: Floats) -> Floats:
    """Each row's part of the score, unweighted, shape (n, p); weighted they add up to 0 at the maximum.

    References:
        Lin and Wei, J Am Stat Assoc 1989;84:1074; Therneau and Grambsch 2000, section 7.2.
    """
    found, risk = increments(given, beta), np.exp(given.x @ beta)
    hazard, mean = _collected(given, found.hazard), _collected(given, found.mean)
    hazard[given.deaths] += (found.hazard_deaths - found.hazard)[given.of_death]
    mean[given.deaths] += (found.mean_deaths - found.mean)[given.of_death]
    residual = -risk[:, None] * (given.x * hazard[:, None] - mean)
    residual[given.deaths] += given.x[given.deaths] - found.at_event[given.of_death]
    return np.asarray(residual)


def schoenfeld_residuals(given: Layout, beta: Floats) -> tuple[Floats, Floats]:
    """Covariates of each death minus their mean at its time, shape (deaths, p), and its time; by stratum, then time."""
    found = increments(given, beta)
    order = np.argsort(given.of_death, kind="stable")
    residual = given.x[given.deaths] - found.at_event[given.of_death]
    return residual[order], given.time[given.of_death][order]
