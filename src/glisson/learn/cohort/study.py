"""All survival statistics of one table, as plain values, with what could not be said."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput, GlissonError
from glisson.learn.cohort.competing import cumulative_incidence
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.gray import gray_test
from glisson.learn.cohort.groups import Groups, groups
from glisson.learn.cohort.interval import DEFAULT_INTERVAL, IntervalType, normal_quantile
from glisson.learn.cohort.kaplan_meier import Curve, follow_up_curve, kaplan_meier
from glisson.learn.cohort.log_rank import KSampleTest, log_rank
from glisson.learn.cohort.models import regression
from glisson.learn.cohort.reading import Quantile, risk_table, survival_at, survival_quantile
from glisson.learn.cohort.restricted_mean import restricted_mean
from glisson.learn.cohort.risk_sets import steps_before
from glisson.learn.cohort.screen import Screened
from glisson.learn.cohort.table import LARGEST_CAUSE, SurvivalData, one_cause, rows


@dataclass(frozen=True)
class Options:
    """What to compute.

    Attributes:
        times: at which survival is stated; four even ones if empty.
        cause: of interest.
        interval: type of the pointwise intervals.
        confidence_fraction: of every interval.
        ties: of the Cox models.
        horizon: of the restricted mean; ``None``: not computed.
    """

    times: tuple[float, ...] = ()
    cause: int = 1
    interval: IntervalType = DEFAULT_INTERVAL
    confidence_fraction: float = 0.95
    ties: Ties = "efron"
    horizon: float | None = None

    def parameters(self) -> dict[str, Any]:
        """As the stamp of a Result holds them."""
        return asdict(self) | {"times": list(self.times)}


@dataclass(frozen=True)
class Study:
    """Values for JSON, and what a reader must know."""

    value: dict[str, Any]
    findings: tuple[Finding, ...]


def survival_study(screened: Screened, options: Options) -> Study:
    """Kaplan-Meier overall and by group, tests, cumulative incidence where causes compete, and regression where asked.

    Args:
        screened: the usable part of a table.
        options: what to compute.

    Raises:
        BadInput: a confidence outside 0 to 1, a cause that is no code of an event, or a horizon that is no number.
    """
    _require(options)
    data, findings = screened.data, list(screened.findings)
    causes = sorted(int(code) for code in np.unique(data.event) if code > 0)
    if causes and options.cause not in causes:
        text = f"no row has the event {options.cause} that was asked for; there are {', '.join(map(str, causes))}"
        findings.append(Finding(code="cause-absent", level=Level.WARNING, text=text))
    value: dict[str, Any] = {
        "rows": screened.given,
        "used": len(data),
        "set_aside": screened.excluded,
        "events": {str(cause): int((data.event == cause).sum()) for cause in causes},
        "causes": causes,
    }
    if not len(data):
        return Study(value, tuple(findings))
    times = options.times or _even_times(data)
    options = replace(options, times=times)
    value["overall"] = _one_group(data, options, findings)
    value["follow_up_median"] = _quantile(survival_quantile(follow_up_curve(_plain(data), interval=options.interval)))
    if len(causes) > 1 or options.cause not in (*causes, 1):
        value["incidence"] = _incidences(data, causes, options)
    if screened.group is not None:
        known = np.array([label is not None for label in screened.group], dtype=bool)
        if not known.all():
            text = f"{int((~known).sum())} rows of unknown group are in the overall figures and in no group"
            findings.append(Finding(code="unknown-group", level=Level.WARNING, text=text))
        by = groups([label for label in screened.group if label is not None])
        value |= _by_group(rows(data, known), by, causes, options, findings)
    if screened.covariates.width:
        found = regression(data, screened.covariates, causes=causes, cause=options.cause, ties=options.ties,
                           confidence_fraction=options.confidence_fraction)  # fmt: skip
        value |= found.value
        findings += found.findings
    return Study(value, tuple(dict.fromkeys(findings)))


def _require(options: Options) -> None:
    normal_quantile(options.confidence_fraction)
    if not 1 <= options.cause <= LARGEST_CAUSE:
        raise BadInput(f"cause {options.cause}", allowed=f"1 to {LARGEST_CAUSE}; 0 is censored")
    if options.horizon is not None and not np.isfinite(options.horizon):
        raise BadInput("a horizon that is no finite number", allowed="a time within the follow-up")


def _plain(data: SurvivalData) -> SurvivalData:
    return SurvivalData(data.time, data.event, data.entry)


def _even_times(data: SurvivalData) -> tuple[float, ...]:
    """Four times up to the last follow-up, round in the second digit."""
    step = float(np.max(data.time)) / 4
    if not step > 0:
        return (0.0,)
    size = 10 ** np.floor(np.log10(step))
    step = float(max(np.floor(step / size * 2) / 2, 1) * size)
    return tuple(float(f"{step * place:.6g}") for place in range(1, 5))


def _quantile(found: Quantile) -> dict[str, Any]:
    """A median as JSON: ``null`` is not reached."""
    return {"time": found.time, "low": found.low, "high": found.high, "interval": found.interval}


def _one_group(data: SurvivalData, options: Options, findings: list[Finding], name: str = "") -> dict[str, Any]:
    curve = kaplan_meier(data, interval=options.interval, confidence_fraction=options.confidence_fraction)
    at_times = survival_at(curve, options.times).drop("at_risk").to_dicts()
    counts = risk_table(data, options.times).drop("time").to_dicts()
    found: dict[str, Any] = {
        "rows": len(data),
        "events": int((data.event > 0).sum()),
        "median": _quantile(survival_quantile(curve)),
        "variance": curve.variance,
        "at_times": [row | count for row, count in zip(at_times, counts, strict=True)],
    }
    emptied = _emptied(curve)
    if emptied is not None and data.entry is not None:
        text = f"{name or 'overall'}: all who were under observation at {emptied:g} had the event while others entered later: survival "
        text += "stays 0 from there; start the curve where enough are under observation"
        findings.append(Finding(code="risk-set-emptied", level=Level.WARNING, text=text))
    if options.horizon is not None:
        try:
            found["restricted_mean"] = asdict(
                restricted_mean(curve, horizon=options.horizon, confidence_fraction=options.confidence_fraction)
            )
        except GlissonError as error:
            findings.append(Finding(code="no-restricted-mean", level=Level.WARNING, text=f"{name or 'overall'}: {error}"))
    return found


def _emptied(curve: Curve) -> float | None:
    """Where survival became 0 although follow-up goes on."""
    gone = np.flatnonzero(curve.survival <= 0)
    if not len(gone) or gone[0] == len(curve.time) - 1:
        return None
    return float(curve.time[gone[0]])


def _incidences(data: SurvivalData, causes: list[int], options: Options) -> list[dict[str, Any]]:
    return [_incidence(data, cause, options) for cause in causes]


def _incidence(data: SurvivalData, cause: int, options: Options) -> dict[str, Any]:
    found = cumulative_incidence(data, cause=cause, interval=options.interval, confidence_fraction=options.confidence_fraction)
    asked = np.asarray(options.times)
    step = steps_before(found.time, asked) + 1
    left = found.at_risk[-1] - found.events[-1] - found.competing[-1]
    beyond = (asked > found.time[-1]) & (left > 0)  # where nobody is left, all is known
    columns = {
        name: np.where(beyond, np.nan, np.concatenate([[0.0], getattr(found, name)])[step])
        for name in ("incidence", "standard_error", "low", "high")
    }
    counts = risk_table(data, options.times)["at_risk"].to_list()
    at_times = [
        {"time": time, "at_risk": counts[place]} | {name: _known(values[place]) for name, values in columns.items()}
        for place, time in enumerate(options.times)
    ]
    return {"cause": cause, "events": int((data.event == cause).sum()), "variance": found.variance, "at_times": at_times}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _by_group(data: SurvivalData, by: Groups, causes: list[int], options: Options, findings: list[Finding]) -> dict[str, Any]:
    described = []
    for number, name in enumerate(by.names):
        part = rows(data, by.number == number)
        one = {"group": name} | _one_group(part, options, findings, f"group {name}")
        if len(causes) > 1:
            one["incidence"] = _incidences(part, causes, options)
        described.append(one)
    tests = {"log_rank": log_rank(data, by)}
    if len(causes) > 1:
        of_cause = log_rank(one_cause(data, options.cause), by)
        tests["log_rank_cause"] = replace(of_cause, test=f"{of_cause.test}, cause {options.cause} only")
        tests["gray"] = gray_test(data, by, cause=options.cause)
    findings += [finding for test in tests.values() for finding in test.findings]
    return {"groups": described} | {name: _test(test) for name, test in tests.items()}


def _test(test: KSampleTest) -> dict[str, Any]:
    return {
        "test": test.test,
        "statistic": test.statistic,
        "degrees": test.degrees,
        "p": test.p,
        "groups": [
            {"group": name, "rows": count, "observed": _known(observed), "expected": _known(expected)}
            for name, count, observed, expected in zip(test.names, test.rows, test.observed, test.expected, strict=True)
        ],
    }
