"""Robust variance of a Cox model: right with ties, weights, late entry and clusters."""

import numpy as np

from glisson.learn.cohort.cox_residuals import score_residuals
from glisson.learn.cohort.cox_sums import Layout
from glisson.learn.cohort.risk_sets import sums
from glisson.learn.cohort.table import Floats, SurvivalData


def influences(given: Layout, beta: Floats, model_variance: Floats) -> Floats:
    """How much each row moves the coefficients: weighted score residuals times the inverse information, shape (n, p)."""
    return np.asarray((given.weight[:, None] * score_residuals(given, beta)) @ model_variance)


def robust_variance(data: SurvivalData, given: Layout, beta: Floats, model_variance: Floats) -> Floats:
    """Σ over rows, or over clusters of rows, of the squared influence (sandwich), shape (p, p).

    References:
        Lin and Wei, J Am Stat Assoc 1989;84:1074; Therneau and Grambsch 2000, sections 7.2 and 8.2.
    """
    moved = influences(given, beta, model_variance)
    if data.cluster is not None:
        number = int(data.cluster.max(initial=-1)) + 1
        columns = [sums(data.cluster, column, number) for column in moved.T]
        moved = np.stack(columns, axis=1) if columns else np.zeros((number, 0))
    return np.asarray(moved.T @ moved)
