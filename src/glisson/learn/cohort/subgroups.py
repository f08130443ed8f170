"""Subgroups: the effect of one exposure in each level of each variable, and whether it differs between the levels."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.cox_fit import inverse
from glisson.learn.cohort.design import MOST_LEVELS, Term, design
from glisson.learn.cohort.model_checks import ENOUGH_EVENTS
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, any_event, rows

if TYPE_CHECKING:
    import polars as pl

Labels = list[str | None]


@dataclass(frozen=True)
class Subgroup:
    """The effect of the exposure in one level of a variable, or overall.

    Attributes:
        variable: "" overall.
        level: "" overall.
        rows: in the level.
        events: in the level.
        exposed_rows: of them exposed.
        exposed_events: of them exposed.
        effect: hazard ratio, low, high, p, coefficient, standard_error; ``None`` where there is no estimate.
        cannot_say: why there is none.
    """

    variable: str
    level: str
    rows: int
    events: int
    exposed_rows: int
    exposed_events: int
    effect: dict[str, float | None]
    cannot_say: str | None = None


@dataclass(frozen=True)
class Heterogeneity:
    """Whether the effect differs between the levels of a variable.

    Attributes:
        variable: its name.
        statistic: chi-square; ``None`` where it cannot be said.
        degrees: of freedom.
        p: two-sided.
        test: "likelihood ratio", or "Wald" where the variance is robust.
        left_out: levels without an estimate, which take no part.
        missing: rows without a value, which are in no subgroup.
        cannot_say: why there is no test.
    """

    variable: str
    statistic: float | None
    degrees: int
    p: float | None
    test: str
    left_out: tuple[str, ...]
    missing: int
    cannot_say: str | None = None


@dataclass(frozen=True)
class Forest:
    """What a subgroup forest shows.

    Attributes:
        overall: the effect in all rows.
        subgroups: in the order of the variables and their levels.
        interactions: one test for each variable.
        statement: how many comparisons this is, for the section on methods.
        findings: what a reader must know.
    """

    overall: Subgroup
    subgroups: tuple[Subgroup, ...]
    interactions: tuple[Heterogeneity, ...]
    statement: str
    findings: tuple[Finding, ...]

    @property
    def value(self) -> dict[str, Any]:
        """As plain values for JSON."""
        found = asdict(replace(self, findings=()))
        del found["findings"]
        return found


@dataclass(frozen=True, eq=False)
class _Cohort:
    """Rows that can be compared."""

    data: SurvivalData
    exposed: Booleans
    x: Floats
    terms: tuple[Term, ...]
    confidence_fraction: float

    def part(self, which: Booleans, variable: str) -> "_Cohort":
        """Some rows, without the covariates that are the variable itself."""
        keep = [place for place, term in enumerate(self.terms) if term.column != variable]
        terms = tuple(self.terms[place] for place in keep)
        return _Cohort(rows(self.data, which), self.exposed[which], self.x[which][:, keep], terms, self.confidence_fraction)

    def fit(self, columns: Floats, names: Sequence[str]) -> CoxFit:
        """A Cox model of these columns and the covariates."""
        return cox(self.data, np.column_stack([columns, self.x]), (*names, *(term.name for term in self.terms)))


def subgroup_forest(
    data: SurvivalData,
    exposed: Sequence[bool | None],
    variables: "pl.DataFrame",
    *,
    covariates: "pl.DataFrame | None" = None,
    levels: Mapping[str, Sequence[str]] | None = None,
    confidence_fraction: float = 0.95,
) -> Forest:
    """Hazard ratio of an exposure overall and in each subgroup, with an interaction test for each variable.

    In each level a Cox model of its own; for the test one model of all levels with and without the products of exposure and level.

    Args:
        data: the follow-up, with its strata, entries, weights and clusters; every cause counts as the event.
        exposed: of each row; ``None`` where it is not known.
        variables: words that make the subgroups, one row per row of ``data``; numbers have to be cut into classes first.
        covariates: that every model holds beside the exposure; complete cases.
        levels: of a variable, in the order wanted; sorted where it is not named.
        confidence_fraction: of every interval.

    Raises:
        BadInput: lengths that differ, or a level that the order given does not name.

    References:
        Pocock, Assmann, Enos and Kasten, Stat Med 2002;21:2917: tests of interaction, never p values within subgroups; Wang, Lagakos,
        Ware et al., N Engl J Med 2007;357:2189.
    """
    cohort, kept, findings = _cohort(data, exposed, variables.height, covariates, confidence_fraction)
    overall, said = _effect(cohort, "", "")
    findings += said
    subgroups: list[Subgroup] = []
    tests: list[Heterogeneity] = []
    for name in variables.columns:
        labels, order, why = _levels(variables[name], (levels or {}).get(name))
        if why:
            findings.append(Finding(code="no-subgroups", level=Level.WARNING, text=f"{name} makes no subgroups: {why}"))
            missing = int(variables[name].filter(kept).null_count())
            tests.append(Heterogeneity(name, None, 0, None, "none", (), missing, f"no subgroups: {why}"))
            continue
        labels = [label for label, keep in zip(labels, kept, strict=True) if keep]
        found, test, said = _one_variable(cohort, name, labels, order)
        subgroups += found
        tests.append(test)
        findings += said
    findings += _unstable([overall, *subgroups])
    return Forest(overall, tuple(subgroups), tuple(tests), _statement(tests, subgroups), tuple(dict.fromkeys(findings)))


def _cohort(
    data: SurvivalData, exposed: Sequence[bool | None], height: int, covariates: "pl.DataFrame | None", confidence: float
) -> tuple[_Cohort, Booleans, list[Finding]]:
    import polars as pl

    if len({len(data), len(exposed), height, height if covariates is None else covariates.height}) > 1:
        raise BadInput("follow-up, exposures, variables and covariates of different lengths", allowed="one of each per row")
    known = np.array([one is not None for one in exposed], dtype=bool)
    findings: list[Finding] = []
    if not known.all():
        text = f"{int((~known).sum())} of {len(known)} rows of unknown exposure take no part"
        findings.append(Finding(code="unknown-exposure", level=Level.WARNING, text=text))
    kept, x, terms = known.copy(), np.zeros((int(known.sum()), 0)), tuple[Term, ...]()
    if covariates is not None:
        made = design(covariates.filter(pl.Series(known)), covariates.columns)
        findings += made.findings
        kept[known] = made.complete
        x, terms = made.x, made.terms
    which = np.array([one is True for one in exposed], dtype=bool)[kept]
    return _Cohort(any_event(rows(data, kept)), which, x, terms, confidence), kept, findings


def _levels(column: "pl.Series", order: Sequence[str] | None) -> tuple[Labels, list[str], str | None]:
    """Label of each row, the levels in their order, or why there are none."""
    import polars as pl

    if isinstance(column.dtype, pl.List):
        return [], [], "several of its words can hold for one patient; make one variable of each"
    if column.dtype.is_float():
        return [], [], "numbers have to be cut into classes first"
    labels = column.cast(pl.String).to_list()
    found = sorted({label for label in labels if label is not None})
    if order is not None and not set(found) <= set(order):
        raise BadInput(f"a level of {column.name} that its order does not name", do="name every level, or leave the order out")
    if not found:
        return [], [], "it has no value"
    if len(found) > MOST_LEVELS:
        return [], [], f"{len(found)} different words are no subgroups"
    return labels, list(found if order is None else order), None


def _one_variable(
    cohort: _Cohort, name: str, labels: Labels, order: Sequence[str]
) -> tuple[list[Subgroup], Heterogeneity, list[Finding]]:
    findings: list[Finding] = []
    found = []
    for level in order:
        subgroup, said = _effect(cohort.part(np.array([label == level for label in labels], dtype=bool), name), name, level)
        found.append(subgroup)
        findings += said
    missing = sum(label is None for label in labels)
    if missing:
        text = f"{name}: {missing} rows without a value are in none of its subgroups"
        findings.append(Finding(code="unknown-subgroup", level=Level.NOTE, text=text))
    usable = [subgroup.level for subgroup in found if subgroup.cannot_say is None]
    left_out = tuple(subgroup.level for subgroup in found if subgroup.cannot_say is not None)
    if len(usable) < 2:
        why = "fewer than two levels have an estimate"
        return found, Heterogeneity(name, None, 0, None, "none", left_out, missing, why), findings
    which = np.array([label in usable for label in labels], dtype=bool)
    test = _heterogeneity(cohort.part(which, name), name, [label for label in labels if label in usable], usable)
    return found, replace(test, left_out=left_out, missing=missing), findings


def _effect(cohort: _Cohort, variable: str, level: str) -> tuple[Subgroup, list[Finding]]:
    event = cohort.data.event > 0
    here = cohort.exposed
    counts = (len(here), int(event.sum()), int(here.sum()), int(event[here].sum()))
    if here.all() or not here.any():
        why = "nobody is in it" if not len(here) else f"everybody in it is {'exposed' if here.any() else 'unexposed'}"
        return Subgroup(variable, level, *counts, ratio(np.nan, np.nan), why), []
    fit = cohort.fit(here[:, None].astype(np.float64), ["exposure"])
    effect = ratio(fit.coefficient[0], fit.variance[0, 0], confidence_fraction=cohort.confidence_fraction)
    where = f"{variable} {level}: " if variable else ""
    said = [one.model_copy(update={"text": where + one.text}) for one in fit.findings if one.code != "few-events-per-variable"]
    return Subgroup(variable, level, *counts, effect, _why(fit) if effect["ratio"] is None else None), said


def _why(fit: CoxFit) -> str:
    """Why the first covariate of a model has no estimate."""
    reasons = {
        "no-events": "no event in it",
        "more-covariates-than-events": "fewer events than covariates",
        "no-information": "at no event were both sides under observation",
        "separation": "while both sides were at risk only one had events",
        "dependent-covariate": "the covariates tell who is exposed",
    }
    codes = [finding.code for finding in fit.findings]
    return next((text for code, text in reasons.items() if code in codes), "the data give no estimate")


def _heterogeneity(cohort: _Cohort, name: str, labels: Labels, usable: Sequence[str]) -> Heterogeneity:
    from scipy.special import chdtrc

    exposed = cohort.exposed[:, None].astype(np.float64)
    inside = np.array([[label == level for level in usable[1:]] for label in labels], dtype=np.float64)
    words = [f"{name}: {level}" for level in usable[1:]]
    without = cohort.fit(np.column_stack([exposed, inside]), ["exposure", *words])
    products = [f"exposure and {word}" for word in words]
    full = cohort.fit(np.column_stack([exposed, inside, exposed * inside]), ["exposure", *words, *products])
    places = list(range(len(usable), 2 * len(usable) - 1))
    beta, degrees = full.coefficient[places], len(places)
    if not np.isfinite(beta).all():
        return Heterogeneity(name, None, degrees, None, "none", (), 0, "the data give no estimate of every product")
    if full.robust:
        statistic, test = float(beta @ inverse(full.variance[np.ix_(places, places)]) @ beta), "Wald"
    else:
        statistic, test = max(2 * (full.log_likelihood[1] - without.log_likelihood[1]), 0.0), "likelihood ratio"
    return Heterogeneity(name, statistic, degrees, float(chdtrc(degrees, statistic)), test, (), 0)


def _unstable(found: Sequence[Subgroup]) -> list[Finding]:
    few = [
        f"{one.variable} {one.level}".strip() or "overall" for one in found if one.effect["ratio"] and one.events < ENOUGH_EVENTS
    ]
    if not few:
        return []
    text = f"fewer than {ENOUGH_EVENTS} events, so that the estimate is unstable: {', '.join(few)}"
    return [Finding(code="few-events-in-subgroups", level=Level.WARNING, text=text)]


def _statement(tests: Sequence[Heterogeneity], subgroups: Sequence[Subgroup]) -> str:
    done = sum(test.p is not None for test in tests)
    variables = len({one.variable for one in subgroups})
    text = f"{len(subgroups)} subgroups of {variables} variables; {done} tests of interaction, before any adjustment for their number."
    if done > 1:
        text += f" With no interaction anywhere, {0.05 * done:.2g} of them would be below 0.05 by chance."
    return text
