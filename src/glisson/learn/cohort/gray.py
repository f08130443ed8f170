"""Gray's test: equal cumulative incidence of one cause in k groups, the other causes competing."""

from dataclasses import dataclass, replace

import numpy as np

from glisson.case import Finding, Level
from glisson.learn.cohort.groups import Groups
from glisson.learn.cohort.log_rank import KSampleTest, k_sample
from glisson.learn.cohort.risk_sets import at_risk, sums
from glisson.learn.cohort.table import Booleans, Floats, Integers, SurvivalData, rows


def gray_test(data: SurvivalData, groups: Groups, *, cause: int = 1, rho: float = 0.0) -> KSampleTest:
    """Gray's k-sample test of one cause; stratified where ``data`` has strata.

    Args:
        data: the follow-up, from the origin: late entry is not covered by the test and gives no number.
        groups: group of each row.
        cause: of interest.
        rho: power of 1 - F before each event as its weight; 0 by default.

    References:
        Gray, Ann Stat 1988;16:1141: the score with R_k = Y_k (1 - F_k(t-)) / S_k(t-), which makes the expected events the pooled
        ones shared out by R_k, and the variance estimate under the hypothesis.
    """
    number = len(groups.names)
    observed, expected, variance = np.zeros(number), np.zeros(number), np.zeros((number, number))
    words = f"Gray, cause {cause}" + (f", rho {rho:g}" if rho else "")
    if data.entry is not None:
        return _no_number(
            groups, words, "late-entry", "Gray's test does not cover late entry: use a cause-specific log-rank test"
        )
    strata = np.zeros(len(data), dtype=np.int64) if data.stratum is None else data.stratum
    words += "" if data.stratum is None else f", stratified ({len(np.unique(strata))} strata)"
    plain = SurvivalData(data.time, data.event)
    for stratum in np.unique(strata):
        inside = strata == stratum
        counts = _counts(rows(plain, inside), groups.number[inside], number, cause)
        part = _one_stratum(counts, rho)
        observed, expected, variance = observed + part[0], expected + part[1], variance + part[2]
    test = k_sample(groups, observed, expected, variance, words)
    if data.weight is None:
        return test
    note = Finding(
        code="weights-ignored", level=Level.WARNING, text="Gray's test counts every row once: case weights took no part"
    )
    return replace(test, findings=(*test.findings, note))


def _no_number(groups: Groups, words: str, code: str, text: str) -> KSampleTest:
    number = len(groups.names)
    count = tuple(np.bincount(groups.number, minlength=number).tolist())
    empty = np.full(number, np.nan)
    finding = Finding(code=code, level=Level.WARNING, text=text)
    return KSampleTest(groups.names, count, empty, empty, np.full((number, number), np.nan), None, 0, None, words, (finding,))


@dataclass(frozen=True, eq=False)
class _Counts:
    """Per event time (rows) and group (columns)."""

    at_risk: Floats
    events: Floats
    competing: Floats


@dataclass(frozen=True, eq=False)
class _Estimates:
    """Per event time and group: S(t-), S(t) and h = Y / S(t-); pooled over groups, under the hypothesis: F(t) and F(t-)."""

    before: Floats
    survival: Floats
    subjects: Floats
    pooled: Floats
    pooled_before: Floats


def _counts(data: SurvivalData, group: Integers, number: int, cause: int) -> _Counts:
    time = np.unique(data.time[data.event > 0])
    place = np.searchsorted(time, data.time)

    def of(which: Booleans) -> Floats:
        chosen = [which & (group == k) & (data.event > 0) for k in range(number)]
        return np.stack([sums(place[one], np.ones(int(one.sum())), len(time)) for one in chosen], axis=1)

    risk = np.stack([at_risk(rows(data, group == k), time) for k in range(number)], axis=1)
    return _Counts(risk, of(data.event == cause), of(data.event != cause))


def _one_stratum(counts: _Counts, rho: float) -> tuple[Floats, Floats, Floats]:
    risk, events = counts.at_risk, counts.events
    every = events + counts.competing
    survival: Floats = np.asarray(np.cumprod(1 - _ratio(every, risk), axis=0), dtype=np.float64)
    before = np.vstack([np.ones(risk.shape[1]), survival[:-1]])
    own = np.cumsum(before * _ratio(events, risk), axis=0)
    own_before = np.vstack([np.zeros(risk.shape[1]), own[:-1]])
    subjects = _ratio(risk, before)  # h_k of the paper: Y / S(t-)
    total, one = subjects.sum(axis=1), events.sum(axis=1)
    pooled: Floats = np.asarray(np.cumsum(_ratio(one, total)), dtype=np.float64)
    pooled_before = np.concatenate([[0.0], pooled[:-1]])
    adjusted = subjects * (1 - own_before)
    weight = (1 - pooled_before) ** rho
    under = _Estimates(before, survival, subjects, pooled, pooled_before)
    expected = (weight * one) @ _ratio(adjusted, adjusted.sum(axis=1)[:, None])
    return weight @ events, expected, _variance(counts, under, weight)


def _variance(counts: _Counts, under: _Estimates, weight: Floats) -> Floats:
    """Variance of the scores under the hypothesis, from the independent jumps of each group's two causes.

    Each jump of group r at t moves the score of k at once by a, and all later scores through F and S by b: with
    c_kr(t) = ∫ a_kr dF / (1 - F), b is (1 - (1 - F)/S_r) (c(end) - c(t)) for the cause and -(1 - F)/S_r (c(end) - c(t)) for the others.
    Several events at one time are drawn without replacement (the factors ``ties``).
    """
    before, survival, subjects = under.before, under.survival, under.subjects
    one, total = counts.events.sum(axis=1), subjects.sum(axis=1)
    share = _ratio(subjects, total[:, None])
    direct = weight[:, None, None] * subjects[:, :, None] * (np.eye(subjects.shape[1])[None] - share[:, None, :])
    later = np.cumsum(direct * _ratio(one, total * (1 - under.pooled_before))[:, None, None], axis=0)
    later = later[-1][None] - later
    lost = _ratio((1 - under.pooled)[:, None], survival)[:, None, :]
    ties = 1 - _ratio(np.maximum(one - 1, 0)[:, None], total[:, None] * before - 1)
    jump = ties * _ratio(before * one[:, None], total[:, None] * counts.at_risk)
    moved = direct + np.where(survival > 0, 1 - lost[:, 0], 1.0)[:, None, :] * later
    found = np.einsum("tkr,tlr,tr->kl", moved, moved, jump)
    ties = 1 - _ratio(np.maximum(counts.competing - 1, 0), counts.at_risk - 1)
    jump = ties * _ratio(before**2 * counts.competing, counts.at_risk**2)
    moved = lost * later
    return np.asarray(found + np.einsum("tkr,tlr,tr->kl", moved, moved, jump))


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """The quotient; 0 where the bottom is not above 0."""
    top, bottom = np.broadcast_arrays(top, bottom)
    return np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0)
