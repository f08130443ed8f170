"""Multiple imputation of covariates by chained equations, with the follow-up in every equation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.imputation_columns import Column, columns_of, outcome_predictors
from glisson.learn.cohort.imputation_draws import level_values, matched_values, normal_values, standardised
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, robust_wanted

Numbers = Literal["predictive mean matching", "normal"]
FEWEST = 20
SETTLED = 1.1
"""Potential scale reduction above which chains have not mixed (Gelman et al., Bayesian Data Analysis, section 11.4)."""
MUCH = 0.5
"""Share missing from which a reader must be told that more is invented than known."""
ASSUMPTION = (
    "multiple imputation assumes that whether a value is missing depends only on what is in the imputation model (missing at random): "
    "the data cannot show whether that holds; the complete cases stand beside it"
)


@dataclass(frozen=True)
class ImputationOptions:
    """How to impute.

    Attributes:
        imputations: number of completed tables; ``None``: as many as rows in a hundred are incomplete, 20 at least.
        iterations: rounds over the columns before a table is taken.
        numbers: how a number is drawn; matching keeps to values that were seen.
        donors: rows that predictive mean matching chooses from.
    """

    imputations: int | None = None
    iterations: int = 10
    numbers: Numbers = "predictive mean matching"
    donors: int = 5


@dataclass(frozen=True, eq=False)
class Imputed:
    """Completed covariates.

    Attributes:
        columns: what was imputed and what helped, in the order of the table; ``values`` there still have their gaps.
        completed: values of each column in each completed table, shape (m, columns, n).
        trace: mean and spread of the imputed values, shape (columns, m, iterations, 2); NaN for a column without a gap.
        seed: of the random stream.
        options: how it was done.
        findings: what a reader must know.
    """

    columns: tuple[Column, ...]
    completed: Floats
    trace: Floats
    seed: int
    options: ImputationOptions
    findings: tuple[Finding, ...]

    @property
    def imputations(self) -> int:
        """Number of completed tables."""
        return len(self.completed)

    def table(self, number: int) -> pl.DataFrame:
        """One completed table."""
        return pl.DataFrame([column.series(values) for column, values in zip(self.columns, self.completed[number], strict=True)])

    def tables(self) -> list[pl.DataFrame]:
        """All completed tables."""
        return [self.table(number) for number in range(self.imputations)]

    def design(self, number: int, names: Sequence[str]) -> Floats:
        """Covariates of a model from one completed table, the same terms in every one, shape (n, terms)."""
        place = {column.name: at for at, column in enumerate(self.columns)}
        return np.column_stack([self.columns[place[name]].coded(self.completed[number, place[name]]) for name in names])


def imputations_needed(incomplete_fraction: float) -> int:
    """Completed tables so that a repeat gives nearly the same: one for each row in a hundred that is incomplete, 20 at least.

    >>> imputations_needed(0.45)
    45

    References:
        White, Royston and Wood, Stat Med 2011;30:377, section 7; a floor of 20 is this project's.
    """
    return max(FEWEST, math.ceil(100 * incomplete_fraction - 1e-9))


def impute(data: SurvivalData, table: pl.DataFrame, *, seed: int, options: ImputationOptions | None = None) -> Imputed:
    """Completed tables of covariates: each column with a gap drawn in turn from a model of the others and of the follow-up.

    Numbers by predictive mean matching (or a normal regression), two levels by logistic, more by multinomial regression; each model
    holds every other column, the event indicators and the cumulative hazards. A value that is missing because it cannot exist (not
    applicable) must be made a level of its own first: it would be invented here.

    Args:
        data: the follow-up, one row per row of ``table``.
        table: covariates of the later model and what else may help to fill them; null is missing. The first word of an Enum is its
            reference, and its words are levels even where they look like numbers.
        seed: of numpy's PCG64; the same seed gives the same tables.
        options: how.

    Raises:
        BadInput: rows that do not fit, or options that cannot be.

    References:
        van Buuren, Stat Methods Med Res 2007;16:219 (chained equations); White and Royston, Stat Med 2009;28:1982 (follow-up in the model).
    """
    options = options or ImputationOptions()
    _require(data, table, options)
    columns, findings = columns_of(table, table.columns)
    values = np.array([column.values for column in columns]).reshape(len(columns), len(data))
    gaps = np.isnan(values)
    if not gaps.any():
        findings.append(Finding(code="nothing-missing", level=Level.NOTE, text="no covariate has a gap: nothing was imputed"))
        return Imputed(tuple(columns), values[None], np.full((len(columns), 1, 1, 2), np.nan), seed, options, tuple(findings))
    findings += _before(data, columns)
    number = options.imputations or imputations_needed(float(gaps.any(axis=0).mean()))
    chain = _Chain(columns, outcome_predictors(data), options)
    streams = [np.random.Generator(np.random.PCG64(part)) for part in np.random.SeedSequence(seed).spawn(number)]
    runs = [chain.run(stream) for stream in streams]
    completed = np.stack([run[0] for run in runs])
    trace = np.stack([run[1] for run in runs], axis=1)
    found = Imputed(tuple(columns), completed, trace, seed, options, tuple(findings))
    return Imputed(found.columns, completed, trace, seed, options, (*findings, *_after(found)))


def _require(data: SurvivalData, table: pl.DataFrame, options: ImputationOptions) -> None:
    if len(table) != len(data):
        raise BadInput(f"{len(table)} rows of covariates for {len(data)} rows of follow-up")
    if options.imputations is not None and options.imputations < 2:
        raise BadInput(f"{options.imputations} imputations", allowed="2 or more; their spread is what says how much is not known")
    if options.iterations < 1 or options.donors < 1:
        raise BadInput(f"{options.iterations} iterations and {options.donors} donors", allowed="1 or more")
    if options.numbers not in ("predictive mean matching", "normal"):
        raise BadInput(f"numbers drawn by '{options.numbers}'", allowed="predictive mean matching, normal")


def _before(data: SurvivalData, columns: list[Column]) -> list[Finding]:
    findings = [Finding(code="missing-at-random", level=Level.NOTE, text=ASSUMPTION)]
    for column in columns:
        share = float(column.missing.mean())
        if share >= MUCH:
            text = f"{column.name} is missing in {100 * share:.0f} % of rows: more of it is imputed than known"
            findings.append(Finding(code="much-missing", level=Level.WARNING, text=text))
    if robust_wanted(data):
        text = "the imputation model ignores weights and clusters: what rows of one cluster share is imputed as if they were strangers"
        findings.append(Finding(code="imputation-ignores-clusters", level=Level.WARNING, text=text))
    return findings


@dataclass(frozen=True, eq=False)
class _Chain:
    columns: list[Column]
    outcome: Floats
    options: ImputationOptions

    def run(self, random: np.random.Generator) -> tuple[Floats, Floats]:
        """One completed table (columns, n), and its trace (columns, iterations, 2)."""
        missing = [column.missing for column in self.columns]
        values = np.array([column.values for column in self.columns])
        todo = sorted((at for at in range(len(missing)) if missing[at].any()), key=lambda at: (missing[at].sum(), at))
        for at in todo:
            values[at, missing[at]] = random.choice(values[at, ~missing[at]], int(missing[at].sum()))
        coded = [column.coded(own) for column, own in zip(self.columns, values, strict=True)]
        trace = np.full((len(missing), self.options.iterations, 2), np.nan)
        for turn in range(self.options.iterations):
            for at in todo:
                x = standardised(np.column_stack([self.outcome, *coded[:at], *coded[at + 1 :]]))
                drawn = self._draw(self.columns[at], x, values[at], missing[at], random)
                values[at, missing[at]] = drawn
                coded[at] = self.columns[at].coded(values[at])
                trace[at, turn] = drawn.mean(), drawn.std()
        return values, trace

    def _draw(self, column: Column, x: Floats, values: Floats, missing: Booleans, random: np.random.Generator) -> Floats:
        if column.kind == "levels":
            code = np.where(missing, 0, values).astype(np.int64)
            return level_values(x, code, missing, len(column.levels), random)
        if self.options.numbers == "normal":
            return normal_values(x, values, missing, random)
        return matched_values(x, values, missing, self.options.donors, random)


def scale_reduction(trace: Floats) -> float | None:
    """Potential scale reduction of chains (m, iterations) over their second half; near 1 they have mixed; ``None``: too short.

    References:
        Gelman and Rubin, Stat Sci 1992;7:457.
    """
    half = trace[:, trace.shape[1] // 2 :]
    chains, draws = half.shape
    if chains < 2 or draws < 3 or not np.isfinite(half).all():
        return None
    within = float(half.var(axis=1, ddof=1).mean())
    between = float(draws * half.mean(axis=1).var(ddof=1))
    if within <= 0:
        return 1.0 if between <= 0 else None
    return math.sqrt((draws - 1) / draws + between / (draws * within))


def _after(found: Imputed) -> list[Finding]:
    findings = []
    for at, column in enumerate(found.columns):
        mixed = scale_reduction(found.trace[at, :, :, 0])
        if mixed is not None and mixed > SETTLED:
            text = (
                f"the chains of {column.name} have not mixed after {found.options.iterations} rounds ({mixed:.2f}): ask for more"
            )
            findings.append(Finding(code="imputation-not-settled", level=Level.WARNING, text=text))
    return findings


def diagnostics(found: Imputed) -> list[dict[str, Any]]:
    """For each column with a gap: how much is missing, what was seen beside what was imputed, and whether the chains mixed."""
    described = []
    for at, column in enumerate(found.columns):
        missing = column.missing
        if not missing.any():
            continue
        seen, drawn = column.values[~missing], found.completed[:, at, missing].ravel()
        one: dict[str, Any] = {
            "name": column.name,
            "missing": int(missing.sum()),
            "missing_fraction": float(missing.mean()),
            "method": _method(column, found.options),
            "scale_reduction": scale_reduction(found.trace[at, :, :, 0]),
        }
        for name, values in (("observed", seen), ("imputed", drawn)):
            one[name] = _described(column, values)
        described.append(one)
    return described


def _method(column: Column, options: ImputationOptions) -> str:
    if column.kind == "number":
        return options.numbers if options.numbers == "normal" else f"{options.numbers}, {options.donors} donors"
    return "logistic regression" if len(column.levels) == 2 else "multinomial regression"


def _described(column: Column, values: Floats) -> dict[str, float]:
    if column.kind == "number":
        return {"mean": float(values.mean()), "standard_deviation": float(values.std(ddof=1)) if len(values) > 1 else 0.0}
    return {level: float((values == code).mean()) for code, level in enumerate(column.levels)}
