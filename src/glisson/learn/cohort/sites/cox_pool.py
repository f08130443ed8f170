"""Cox models over sites: coefficients from what the sites give, one Newton step per round."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glisson.errors import BadInput
from glisson.learn.cohort.cox_fit import FLAT_GAIN, MOST_STEPS, SMALL_STEP, STILL_MOVING, TOO_FAR, inverse
from glisson.learn.cohort.cox_sums import Sums, Ties
from glisson.learn.cohort.sites.cox_site import Covariate, Described, Moments, RiskCell, RiskSets, Total
from glisson.learn.cohort.sites.definition import Round, Term
from glisson.learn.cohort.sites.tables import pooled_moments
from glisson.learn.cohort.table import Booleans, Floats, Integers, survival_data

RANGE = 4.0
"""Standard deviations that stand for the range of a covariate, which no site tells, when the size of a step is judged."""
DEPENDENT = 1e-10
"""Share of a term's information that the terms before it leave, below which it is their sum."""


def terms_of(names: Sequence[str], answers: Sequence[Described]) -> tuple[Term, ...]:
    """Coefficients over all sites: numbers as they are, levels against the most frequent one.

    Raises:
        BadInput: numbers at one site, words at another.
    """
    found: list[Term] = []
    for name in names:
        parts = [answer.covariates[name] for answer in answers]
        if len({part.levels is None for part in parts}) > 1:
            raise BadInput(f"'{name}' holds numbers at one site and words at another", do="agree on its coding")
        found += [_number(name, parts)] if parts[0].levels is None else _levels(name, parts)
    return tuple(found)


def _number(name: str, parts: Sequence[Covariate]) -> Term:
    mean, spread, _ = pooled_moments([(part.rows, part.mean or 0.0, part.squares or 0.0) for part in parts])
    return Term(column=name, centre=mean, spread=spread or 0.0)


def _levels(name: str, parts: Sequence[Covariate]) -> list[Term]:
    counts: dict[str, int] = {}
    for part in parts:
        for level, rows in (part.levels or {}).items():
            counts[level] = counts.get(level, 0) + rows
    number = sum(counts.values())
    reference = min(counts, key=lambda level: (-counts[level], level))
    found = []
    for level in sorted(counts):
        if level != reference:
            share = counts[level] / number
            spread = float(np.sqrt(share * (1 - share)))
            found.append(Term(column=name, level=level, reference=reference, rows=counts[level], centre=share, spread=spread))
    return found


def pooled_sums(at: Round, answers: Sequence[Total | RiskSets], ties: Ties, *, late_entry: bool) -> Sums:
    """Log likelihood and derivatives of the pooled model: totals add up; risk sets are added time by time first.

    Raises:
        BadInput: sums of another shape than the terms.
    """
    size = len(at.terms)
    totals = [_of_total(answer, size) for answer in answers if isinstance(answer, Total)]
    if len(totals) == len(answers):
        return _added(totals, size)
    sets = [answer for answer in answers if isinstance(answer, RiskSets)]
    strata = sorted({cell.stratum for answer in sets for cell in answer.ends})
    beta = np.array(at.beta)
    parts = [_of_stratum(stratum, sets, beta, ties, late_entry=late_entry) for stratum in strata]
    return _added(parts, size)


def _of_total(answer: Total, size: int) -> Sums:
    score, information = np.array(answer.score), np.array(answer.information).reshape(-1, len(answer.score))
    if score.shape != (size,) or information.shape != (size, size):
        raise BadInput("an answer whose sums do not fit the terms of the request")
    if not np.allclose(information, information.T, rtol=1e-9, atol=1e-12):
        raise BadInput("an answer whose information is not symmetric: it was not written by this program")
    return Sums(answer.log_likelihood, score, information)


def _added(parts: Sequence[Sums], size: int) -> Sums:
    score, information = np.zeros(size), np.zeros((size, size))
    for part in parts:
        score, information = score + part.score, information + part.information
    return Sums(float(sum(part.log_likelihood for part in parts)), score, information)


@dataclass(frozen=True, eq=False)
class _Flat:
    """Σ r, Σ r x and Σ r x xᵀ as one row of numbers each, shape (cells, 1 + p + p²), with their times."""

    time: Floats
    amount: Floats


def _flat(moments: Sequence[Moments], time: Floats, size: int) -> _Flat:
    width = 1 + size + size * size
    rows = [np.concatenate([[one.risk], one.first, np.array(one.second).ravel()]) for one in moments]
    if any(len(row) != width for row in rows):
        raise BadInput("an answer whose sums do not fit the terms of the request")
    return _Flat(time, np.array(rows).reshape(len(rows), width))


def _of_stratum(stratum: str, answers: Sequence[RiskSets], beta: Floats, ties: Ties, *, late_entry: bool) -> Sums:
    ends = [cell for answer in answers for cell in answer.ends if cell.stratum == stratum]
    entries = [cell for answer in answers for cell in answer.entries or () if cell.stratum == stratum]
    end_time, entry_time = _times(ends, entries, late_entry=late_entry)
    size = len(beta)
    ended = _flat([cell.ended for cell in ends], end_time, size)
    entered = _flat([cell.ended for cell in entries], entry_time, size)
    deaths = np.array([cell.deaths for cell in ends], dtype=np.int64)
    time = np.unique(end_time[deaths > 0])
    at_risk = _from(ended, time) - _from(entered, time)
    place = np.searchsorted(time, end_time[deaths > 0])
    tied = np.zeros((len(time), ended.amount.shape[1]))
    np.add.at(tied, place, ended.amount[deaths > 0])
    count = np.bincount(place, deaths[deaths > 0], len(time)).astype(np.int64)
    covariates = np.array([cell.covariates for cell in ends], dtype=np.float64).reshape(len(ends), -1)
    if covariates.shape[1] != size:
        raise BadInput("an answer whose sums do not fit the terms of the request")
    return _likelihood(_AtTimes(at_risk, tied, count), covariates.sum(axis=0), beta, ties)


def _times(ends: Sequence[RiskCell], entries: Sequence[RiskCell], *, late_entry: bool) -> tuple[Floats, Floats]:
    """Time that stands for each interval: as for curves, and without differences that are rounding."""
    end = np.array([cell.high if late_entry else cell.mean for cell in ends])
    entry = np.array([cell.low for cell in entries])
    together = survival_data(np.concatenate([end, entry]), np.zeros(len(end) + len(entry), dtype=np.int64)).time
    return together[: len(end)], together[len(end) :]


def _from(given: _Flat, time: Floats) -> Floats:
    """Sums over the cells at or after each of the ascending times; summed backwards, so that late sets keep their digits."""
    place = np.searchsorted(time, given.time, side="right")
    sums = np.zeros((len(time) + 1, given.amount.shape[1]))
    np.add.at(sums, place, given.amount)
    return np.asarray(np.cumsum(sums[::-1], axis=0)[::-1][1:])


@dataclass(frozen=True, eq=False)
class _AtTimes:
    """At each event time: sums over those at risk and over the tied deaths, shape (m, 1 + p + p²), and how many died."""

    at_risk: Floats
    tied: Floats
    count: Integers


def _likelihood(given: _AtTimes, covariates: Floats, beta: Floats, ties: Ties) -> Sums:
    """Each death is compared with the risk set less a share of the tied deaths (Efron), or with all of it (Breslow)."""
    size, count = len(beta), given.count
    of_death = np.repeat(np.arange(len(count)), count)
    order = np.arange(len(of_death)) - np.repeat(np.cumsum(count) - count, count)
    share = order / count[of_death] if ties == "efron" else np.zeros(len(of_death))
    compared = given.at_risk[of_death] - share[:, None] * given.tied[of_death]
    risk = compared[:, 0]
    if not (risk > 0).all():
        raise BadInput("answers that leave nobody at risk at an event: they do not belong together")
    mean = compared[:, 1 : 1 + size] / risk[:, None]
    second = (compared[:, 1 + size :] / risk[:, None]).sum(axis=0).reshape(size, size)
    likelihood = float(covariates @ beta - np.log(risk).sum())
    return Sums(likelihood, np.asarray(covariates - mean.sum(axis=0)), np.asarray(second - mean.T @ mean))


def independent_terms(information: Floats) -> tuple[list[int], list[int]]:
    """Terms that carry information of their own, in order, and those that do not (constant: no information at all)."""
    kept: list[int] = []
    dropped: list[int] = []
    for place in range(len(information)):
        own = float(information[place, place])
        rest = own
        if kept and own > 0:
            inner, cross = information[np.ix_(kept, kept)], information[kept, place]
            rest = own - float(cross @ inverse(inner) @ cross)
        (kept if rest > DEPENDENT * own and own > 0 else dropped).append(place)
    return kept, dropped


@dataclass(frozen=True, eq=False)
class Step:
    """Where a round leads.

    Attributes:
        beta: coefficients to ask for next, or at the end.
        step: from the last accepted ones.
        accepted: whether this round's coefficients were better than the last.
        ended: no further round is needed.
        converged: at a maximum.
        unbounded: coefficients that grow without end, shape (p,).
    """

    beta: Floats
    step: Floats
    accepted: bool
    ended: bool
    converged: bool
    unbounded: Booleans


def next_step(at: Round, now: Sums) -> Step:
    """One step of Newton's method, or half of the last one where the likelihood fell.

    It ends when a step would move a covariate's whole range by less than 1e-9 on the log scale; that step is still taken.
    """
    beta, size = np.array(at.beta), len(at.beta)
    extent = np.array([RANGE * term.spread for term in at.terms])
    step = np.array(at.step) if at.step else np.zeros(size)
    nobody = np.zeros(size, dtype=bool)
    if at.log_likelihood is not None and now.log_likelihood < at.log_likelihood - 1e-10 * (1 + abs(at.log_likelihood)):
        half = step / 2
        return Step(beta - step + half, half, False, False, False, nobody)
    gain = np.inf if at.log_likelihood is None else now.log_likelihood - at.log_likelihood
    moved = np.abs(step) * extent
    far = np.abs(beta) * extent > TOO_FAR
    if gain <= FLAT_GAIN and (moved > STILL_MOVING).any():
        return Step(beta, step, True, True, False, moved > STILL_MOVING)
    if far.any() or at.number >= MOST_STEPS:
        return Step(beta, step, True, True, False, far)
    further = np.asarray(inverse(now.information) @ now.score)
    settled = bool((np.abs(further) * extent <= SMALL_STEP).all())
    return Step(beta + further, further, True, settled, settled, nobody)
