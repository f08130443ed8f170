"""Patients like this one: outcomes of matched patients of a cohort, for a case on the board. A description, never a forecast."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.like_this_distance import Compared, compared, gower
from glisson.learn.cohort.like_this_outcomes import Reading, matched_responses, matched_survival
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData

CONFOUNDING = (
    "confounding by indication: matched patients were treated as they were for reasons that may not be on record, so that these "
    "outcomes describe what happened to them and do not say what a treatment would do for this patient"
)
FEW = 20
"""Matched patients below which a reader is told how wide the intervals are."""


@dataclass(frozen=True)
class Match:
    """How patients are matched to a case; variables are columns of the cohort.

    Attributes:
        exact: must be the same.
        within: may differ by no more than this, in the unit of the variable.
        alike: make up Gower's distance.
        nearest: so many of the nearest by that distance, and those as near as the last of them; ``None``: all who pass.
        least_shared_fraction: of ``alike`` that a patient must have to be compared.
        minimum: patients below which nothing is shown.
    """

    exact: tuple[str, ...] = ()
    within: Mapping[str, float] = field(default_factory=dict)
    alike: tuple[str, ...] = ()
    nearest: int | None = None
    least_shared_fraction: float = 0.5
    minimum: int = 5

    @property
    def variables(self) -> tuple[str, ...]:
        """All that are named, each once."""
        return tuple(dict.fromkeys((*self.exact, *self.within, *self.alike)))


@dataclass(frozen=True)
class LikeThis:
    """Values for JSON, and what a reader must know."""

    value: dict[str, Any]
    findings: tuple[Finding, ...]


def patients_like_this(
    cohort: pl.DataFrame,
    data: SurvivalData,
    case: Mapping[str, object],
    match: Match,
    *,
    times: Sequence[float],
    responses: Mapping[str, Sequence[bool | None]] | None = None,
    own_row: int | None = None,
    confidence_fraction: float = 0.95,
) -> LikeThis:
    """Survival and response of the patients of a cohort who are like a case, and how alike they are.

    A variable that the case lacks is not matched on, and that is said; a patient who lacks one to be matched exactly or within a
    caliper is not matched. Nothing at all is shown of fewer than ``match.minimum`` patients, or where fewer (but some) are left
    over, since their outcomes would follow by subtraction; each figure is held back by the same rule. Two requests that differ a
    little can still be subtracted from each other: whoever serves many must keep a log of them.

    To compare like with like by what was done, give only patients who had it.

    Args:
        cohort: one row per patient, null is missing; numbers, words or lists of words.
        data: their follow-up, one row each, without weights.
        case: its values by variable; ``None`` or absent: not known.
        match: how.
        times: ascending, at which survival is stated, in the unit of ``data``.
        responses: by name, of each patient; ``None`` is not known.
        own_row: of the case itself, where it is in the cohort.
        confidence_fraction: of the intervals.

    Raises:
        BadInput: a variable that the cohort lacks, a value of another kind, a match that cannot be.
    """
    _require(cohort, data, match, times)
    answers = _of_cohort(responses, len(cohort))
    findings = [Finding(code="confounding-by-indication", level=Level.WARNING, text=CONFOUNDING)]
    others = np.ones(len(cohort), dtype=bool)
    if own_row is not None:
        others[own_row] = False
    base: dict[str, Any] = {"minimum": match.minimum, "matched_on": [], "not_matched_on": []}
    known = [name for name in match.variables if case.get(name) is not None]
    base["not_matched_on"] = [name for name in match.variables if name not in known]
    findings += [_lacks(name) for name in base["not_matched_on"]]
    if not known:
        why = "the case has none of the variables that patients are matched on"
        return LikeThis(base | {"cannot_say": why}, tuple(findings))
    variables = {name: compared(cohort[name].filter(pl.Series(others)), case[name]) for name in known}
    base["matched_on"] = [_criterion(name, match) for name in known]
    findings += [_outside(one.name) for one in variables.values() if one.beyond]
    matched, distance = _matched(variables, match)
    few = _too_few(int(matched.sum()), len(matched), match.minimum)
    if few:
        findings.append(Finding(code="suppressed", level=Level.WARNING, text=few))
        return LikeThis(base | {"suppressed": few}, tuple(findings))
    part = SurvivalData(data.time[others], data.event[others], None if data.entry is None else data.entry[others])
    reading = Reading(tuple(times), match.minimum, confidence_fraction=confidence_fraction)
    kept = np.flatnonzero(others)
    asked = {name: [column[int(row)] for row in kept] for name, column in answers.items()}
    value = base | {
        "cohort": len(matched),
        "matched": int(matched.sum()),
        "alike": [_alike(variable, matched, reading) for variable in variables.values()],
        "distance": _distances(distance, matched),
        "survival": matched_survival(part, matched, reading),
        "responses": matched_responses(asked, matched, reading),
    }
    return LikeThis(value, (*findings, *_after(value)))


def _require(cohort: pl.DataFrame, data: SurvivalData, match: Match, times: Sequence[float]) -> None:
    if len(cohort) != len(data) or data.weight is not None or data.cluster is not None:
        raise BadInput(
            f"{len(cohort)} patients and {len(data)} rows of follow-up", allowed="one row each, without weights or clusters"
        )
    absent = [name for name in match.variables if name not in cohort.columns]
    if absent or not match.variables:
        what = f"variables that the cohort lacks: {', '.join(absent)}" if absent else "no variable to match on"
        raise BadInput(what, do="name columns of the cohort")
    if match.minimum < 2:
        raise BadInput(f"a minimum of {match.minimum}", allowed="2 or more; 5 is usual")
    if match.nearest is not None and (match.nearest < 1 or not match.alike):
        raise BadInput(f"the {match.nearest} nearest", allowed="1 or more, with variables of the distance (alike)")
    if any(not 0 <= reach < float("inf") for reach in match.within.values()) or not 0 <= match.least_shared_fraction <= 1:
        raise BadInput("a caliper or a shared fraction that cannot be", allowed="a caliper of 0 or more; a fraction from 0 to 1")
    words = [name for name in match.within if not cohort[name].dtype.is_numeric()]
    if words:
        raise BadInput(f"a caliper for words: {', '.join(words)}", do="match them exactly, or by distance")
    if not times or list(times) != sorted(times) or not times[0] >= 0:
        raise BadInput("times of survival that are no ascending times", allowed="one or more, from 0 up")


def _of_cohort(responses: Mapping[str, Sequence[bool | None]] | None, patients: int) -> Mapping[str, Sequence[bool | None]]:
    for name, answers in (responses or {}).items():
        if len(answers) != patients:
            raise BadInput(f"{len(answers)} answers of {name} for {patients} patients")
    return responses or {}


def _matched(variables: Mapping[str, Compared], match: Match) -> tuple[Booleans, Floats | None]:
    """Who passes, and the distance of all; ``None`` where no variable of the distance is known of the case."""
    first = next(iter(variables.values()))
    passed = np.ones(len(first.known), dtype=bool)
    for name, variable in variables.items():
        if name in match.exact:
            passed &= variable.same
        if name in match.within:
            assert isinstance(variable.case, float)
            with np.errstate(invalid="ignore"):
                passed &= np.abs(variable.values - variable.case) <= match.within[name]
    asked = [variable for name, variable in variables.items() if name in match.alike]
    if not asked:
        return passed, None
    distance = gower(asked, least_shared_fraction=match.least_shared_fraction)
    passed &= np.isfinite(distance)
    if match.nearest is not None and passed.sum() > match.nearest:
        passed &= distance <= np.sort(distance[passed])[match.nearest - 1] + 1e-12
    return passed, distance


def _too_few(matched: int, cohort: int, minimum: int) -> str:
    """Why nothing is shown; empty where something may be."""
    if matched < minimum:
        return f"fewer than {minimum} patients are like this one: nothing is shown; loosen the match, or ask a larger registry"
    if 0 < cohort - matched < minimum:
        return f"fewer than {minimum} patients are left out: theirs would follow by subtraction; tighten the match, or take all"
    return ""


def _criterion(name: str, match: Match) -> dict[str, Any]:
    ways = [way for way, names in (("exact", match.exact), ("within", match.within), ("alike", match.alike)) if name in names]
    return {"variable": name, "ways": ways, "within": match.within.get(name)}


def _alike(variable: Compared, matched: Booleans, reading: Reading) -> dict[str, Any]:
    """The case beside the matched: mean and spread of a number, share with the same word; ``None`` where a cell is of few."""
    known = int((variable.known & matched).sum())
    own = sorted(variable.case) if isinstance(variable.case, frozenset) else variable.case
    found: dict[str, Any] = {"variable": variable.name, "kind": variable.kind, "case": own}
    if known < reading.minimum or reading.hides(int(matched.sum()) - known):
        return found | {"withheld": True}
    if variable.kind == "number":
        values = variable.values[matched & variable.known]
        spread = float(values.std(ddof=1))
        away = (float(values.mean()) - float(own)) / spread if spread > 0 and isinstance(own, float) else None
        described = {"mean": float(values.mean()), "standard_deviation": spread, "standardised_difference": away}
        return found | {"known": known} | described | {"withheld": False}
    same = int((variable.same & matched).sum())
    hidden = reading.hides(same, known - same)
    return found | {"known": known, "same_fraction": None if hidden else same / known, "withheld": hidden}


def _distances(distance: Floats | None, matched: Booleans) -> dict[str, float | None] | None:
    """Mean distance of the matched and of the others: how much nearer the matched are."""
    if distance is None:
        return None
    rest = distance[~matched & np.isfinite(distance)]
    return {"matched_mean": float(distance[matched].mean()), "others_mean": float(rest.mean()) if len(rest) else None}


def _lacks(name: str) -> Finding:
    return Finding(code="case-lacks", level=Level.WARNING, text=f"the case has no {name}: patients are not matched on it")


def _outside(name: str) -> Finding:
    text = f"the case lies outside the cohort in {name}: there is no one like it there"
    return Finding(code="case-outside-cohort", level=Level.WARNING, text=text)


def _after(value: Mapping[str, Any]) -> list[Finding]:
    findings = []
    if value["matched"] == value["cohort"]:
        text = "every patient of the cohort matches: these are the outcomes of the whole cohort"
        findings.append(Finding(code="all-matched", level=Level.WARNING, text=text))
    if value["matched"] < FEW:
        text = f"{value['matched']} matched patients: read the intervals, not the numbers between them"
        findings.append(Finding(code="few-matched", level=Level.WARNING, text=text))
    held = value["survival"]["withheld"] + [f"response {one['response']}" for one in value["responses"] if one["withheld"]]
    held += [f"likeness of {one['variable']}" for one in value["alike"] if one["withheld"]]
    if held:
        text = f"held back, because a cell of fewer than {value['minimum']} would show: {', '.join(held)}"
        findings.append(Finding(code="partly-suppressed", level=Level.NOTE, text=text))
    return findings
