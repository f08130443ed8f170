"""What a regression cannot tell from these data, said in sentences before and after the fit."""

from collections.abc import Sequence

import numpy as np

from glisson.case import Finding, Level
from glisson.learn.cohort.cox_fit import Maximum
from glisson.learn.cohort.table import Booleans, Floats

ENOUGH_EVENTS = 10
"""Events per variable below which estimates are known to be unstable (Peduzzi et al., J Clin Epidemiol 1995;48:1503)."""
DEPENDENT = 1e-9
"""Share of a covariate's spread that the others leave unexplained, below which it is their sum."""
SILENT = 1e-13
"""Information per event, over the squared range of the covariate, that rounding alone can make."""


def checked_columns(covariates: Floats, names: Sequence[str], *, events: int) -> tuple[list[int], list[Finding]]:
    """Columns that can be estimated together, and why the others cannot."""
    if not events:
        return [], [_warning("no-events", "no event in the model: it says nothing about any covariate")]
    constant = [i for i in range(len(names)) if np.ptp(covariates[:, i]) == 0]
    findings = [_warning("constant-covariate", f"{names[i]} is the same in every row and was left out") for i in constant]
    used, dependent = _independent(covariates, [i for i in range(len(names)) if i not in constant])
    findings += [
        _warning("dependent-covariate", f"{names[i]} is a combination of the covariates before it and was left out")
        for i in dependent
    ]
    if len(used) > events:
        text = f"{len(used)} covariates and {events} events: nothing was estimated together; fit them one by one, or choose fewer"
        return [], [*findings, _warning("more-covariates-than-events", text)]
    return used, findings


def _independent(covariates: Floats, candidates: list[int]) -> tuple[list[int], list[int]]:
    """Columns in their order, each kept if the kept ones and a constant do not add up to it (modified Gram-Schmidt)."""
    basis: list[Floats] = []
    used, dependent = [], []
    for i in candidates:
        column = covariates[:, i] - covariates[:, i].mean()
        size = float(np.linalg.norm(column))
        for _ in range(2):
            for vector in basis:
                column = column - (vector @ column) * vector
        rest = float(np.linalg.norm(column))
        if rest <= DEPENDENT * size:
            dependent.append(i)
        else:
            basis.append(column / rest)
            used.append(i)
    return used, dependent


def telling_columns(information: Floats, extent: Floats, *, events: float) -> Booleans:
    """Covariates that differ between some who were under observation at one event, within a stratum, shape (p,).

    Args:
        information: at no effect, shape (p, p).
        extent: largest minus smallest value of each covariate, shape (p,).
        events: weight of the events.
    """
    return np.asarray(np.diag(information) > SILENT * events * extent**2)


def silent_findings(names: Sequence[str]) -> list[Finding]:
    """Covariates that no event says anything about."""
    return [
        _warning(
            "no-information",
            f"{name} was left out: at every event all under observation in the same stratum have the same value, so that these data "
            "say nothing about it",
        )
        for name in names
    ]


def unbounded_findings(names: Sequence[str], best: Maximum) -> list[Finding]:
    """Covariates that separate the events, with the direction; or that the iteration did not end."""
    findings = []
    for name, beta, unbounded in zip(names, best.beta, best.unbounded, strict=True):
        if unbounded:
            way = "above 1" if beta > 0 else "below 1"
            text = (
                f"{name} separates those with the event from those without: the likelihood grows as its hazard ratio moves {way} "
                "without end, so that there is no estimate and no interval; the other estimates stand"
            )
            findings.append(_warning("separation", text))
    if not best.converged and not best.unbounded.any():
        findings.append(_warning("not-converged", f"the model did not settle in {best.steps} steps: do not use its estimates"))
    return findings


def events_per_variable(events: int, variables: int) -> list[Finding]:
    """A warning where there are few events for each coefficient."""
    if not variables or events >= ENOUGH_EVENTS * variables:
        return []
    text = f"{events} events for {variables} coefficients, {events / variables:.1f} each; below {ENOUGH_EVENTS} estimates are unstable"
    return [_warning("few-events-per-variable", text)]


def _warning(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)
