"""The log-rank test: observed against expected events in k groups, within strata, with late entry."""

from dataclasses import dataclass

import numpy as np

from glisson.case import Finding, Level
from glisson.learn.cohort.groups import Groups
from glisson.learn.cohort.risk_sets import at_risk, risk_sets, sums
from glisson.learn.cohort.table import Floats, SurvivalData, any_event, rows


@dataclass(frozen=True, eq=False)
class KSampleTest:
    """A test that k groups have one hazard (log-rank) or one subdistribution (Gray).

    Attributes:
        names: of the groups.
        rows: in each group.
        observed: events in each.
        expected: events in each if all were alike.
        variance: of observed minus expected, shape (k, k).
        statistic: chi-square; ``None`` where nothing can be compared.
        degrees: of freedom.
        p: two-sided; ``None`` where nothing can be compared.
        test: name of the test, its weights and its strata.
        findings: what was left out, and why.
    """

    names: tuple[str, ...]
    rows: tuple[int, ...]
    observed: Floats
    expected: Floats
    variance: Floats
    statistic: float | None
    degrees: int
    p: float | None
    test: str
    findings: tuple[Finding, ...] = ()


def log_rank(data: SurvivalData, groups: Groups, *, rho: float = 0.0) -> KSampleTest:
    """Test of equal survival in k groups; stratified where ``data`` has strata. Case weights take no part, and that is said.

    Args:
        data: the follow-up; every cause counts as the event.
        groups: group of each row.
        rho: power of the pooled survival before each event as its weight (Harrington and Fleming); 0 is the log-rank test.

    >>> from glisson.learn.cohort.groups import groups
    >>> from glisson.learn.cohort.table import survival_data
    >>> test = log_rank(survival_data([1, 2, 3, 4], [1, 1, 1, 1]), groups(["a", "a", "b", "b"]))
    >>> test.expected.round(4).tolist()  # 2/4 + 1/3, and the rest
    [0.8333, 3.1667]

    References:
        Mantel, Cancer Chemother Rep 1966;50:163; Harrington and Fleming, Biometrika 1982;69:553; hypergeometric variance as in
        Kalbfleisch and Prentice, 2nd ed., section 1.5.
    """
    data = any_event(data)
    number = len(groups.names)
    observed, expected, variance = np.zeros(number), np.zeros(number), np.zeros((number, number))
    strata = np.zeros(len(data), dtype=np.int64) if data.stratum is None else data.stratum
    plain = SurvivalData(data.time, data.event, data.entry)
    for stratum in np.unique(strata):
        inside = strata == stratum
        part = _one_stratum(rows(plain, inside), groups.number[inside], number, rho)
        observed, expected, variance = observed + part[0], expected + part[1], variance + part[2]
    words = "log-rank" if rho == 0 else f"Harrington-Fleming, rho {rho:g}"
    words += "" if data.stratum is None else f", stratified ({len(np.unique(strata))} strata)"
    test = k_sample(groups, observed, expected, variance, words)
    if data.weight is None:
        return test
    text = "the log-rank test counts every row once: case weights took no part; use the robust score test of a Cox model"
    note = Finding(code="weights-ignored", level=Level.WARNING, text=text)
    return KSampleTest(**{**test.__dict__, "findings": (*test.findings, note)})


def _one_stratum(data: SurvivalData, group: np.ndarray, number: int, rho: float) -> tuple[Floats, Floats, Floats]:
    sets = risk_sets(data)
    event, here = sets.any_event, sets.any_event > 0
    time, event, total = sets.time[here], event[here], sets.at_risk[here]
    of_group = np.stack([at_risk(rows(data, group == one), time) for one in range(number)], axis=1)
    place = np.searchsorted(time, data.time[data.event > 0])
    weight = np.ones(len(time))
    if rho:
        survival = np.cumprod(1 - event / total)
        weight = np.concatenate([[1.0], survival[:-1]]) ** rho
    observed = sums(group[data.event > 0], weight[place], number)
    share = of_group / total[:, None]
    spread = weight**2 * event * (total - event) / np.maximum(total - 1, 1)
    variance = np.diag(share.T @ spread) - (share * spread[:, None]).T @ share
    return observed, share.T @ (weight * event), variance


def k_sample(groups: Groups, observed: Floats, expected: Floats, variance: Floats, words: str) -> KSampleTest:
    """The chi-square of observed minus expected, over the groups that were ever at risk at an event."""
    from scipy.stats import chi2

    count = np.bincount(groups.number, minlength=len(groups.names))
    used = expected > 0
    findings = [_left_out(name, int(rows)) for name, rows, use in zip(groups.names, count, used, strict=True) if not use]
    statistic, p, degrees = None, None, max(int(used.sum()) - 1, 0)
    if degrees:
        keep = np.flatnonzero(used)[:-1]
        inner, difference = variance[np.ix_(keep, keep)], (observed - expected)[keep]
        if np.linalg.matrix_rank(inner) == len(keep):
            statistic = float(difference @ np.linalg.solve(inner, difference))
            p = float(chi2.sf(statistic, degrees))
    if statistic is None:
        text = "no test: fewer than two groups were at risk at an event"
        findings.append(Finding(code="nothing-to-compare", level=Level.WARNING, text=text))
    return KSampleTest(
        groups.names, tuple(count.tolist()), observed, expected, variance, statistic, degrees, p, words, tuple(findings)
    )


def _left_out(name: str, rows: int) -> Finding:
    why = "nobody is in it" if rows == 0 else "nobody in it was under observation at any event"
    return Finding(code="empty-group", level=Level.WARNING, text=f"group {name!r} takes no part in the test: {why}")
