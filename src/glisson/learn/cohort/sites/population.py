"""The rows of a site that take part in an analysis, under agreed names; nothing of this leaves the site."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput, NotAllowed
from glisson.learn.cohort.screen import Columns, as_text, screened
from glisson.learn.cohort.sites.definition import LONGEST_LABEL, Definition
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.table import Booleans, Floats, SurvivalData, rows


@dataclass(frozen=True, eq=False)
class Population:
    """Rows that take part.

    Attributes:
        patient: of each row, as text.
        data: follow-up; ``None`` for a table.
        group: label of each row; "" where no group is asked for.
        stratum: label of each row; "" where no strata are asked for.
        columns: covariates or variables as text under their agreed names, null where missing.
        findings: for the people at the site.
    """

    patient: list[str]
    data: SurvivalData | None
    group: list[str]
    stratum: list[str]
    columns: pl.DataFrame
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.patient)

    @property
    def follow_up(self) -> SurvivalData:
        """The follow-up of an analysis that has one."""
        assert self.data is not None
        return self.data


def population(table: pl.DataFrame, asked: Definition, rules: Rules) -> Population:
    """Rows that can be used: patient known and once only, follow-up usable, what must be there is there.

    Raises:
        NotAllowed: a variable that is not allowed, or times in another unit.
        BadInput: a column that the site's table lacks, or patients that are not told apart.
    """
    _require_allowed(asked, rules)
    patient = _patients(table, rules)
    named = table.select(_column(table, rules.allow[name]).alias(name) for name in asked.named)
    there = _complete(named, asked)
    findings = _left_out(int((~there).sum()))
    other = tuple(dict.fromkeys((*asked.covariates, *asked.variables)))
    data, kept = None, np.arange(len(named))
    if asked.kind != "table":
        columns = Columns(
            time=asked.time, event=asked.event, entry=asked.entry, stratum=asked.strata, happened=asked.happened,
            missing=asked.missing,
        )  # fmt: skip
        found = screened(named, columns)
        kept, findings = np.array(found.kept, dtype=np.int64), [*findings, *found.findings]
        data = rows(found.data, there[kept])
    kept = kept[there[kept]]
    texts = named[kept].select(as_text(named[kept][name], asked.missing) for name in asked.named)
    return Population(
        [patient[place] for place in kept], data, _labels(texts, asked.group), _labels(texts, asked.strata), texts.select(other),
        tuple(findings),
    )  # fmt: skip


def is_number(column: pl.Series) -> bool:
    """Whether every known value is a number."""
    known = column.drop_nulls()
    return bool(len(known)) and known.cast(pl.Float64, strict=False).null_count() == 0


def as_numbers(column: pl.Series) -> Floats:
    """A column of numbers without gaps.

    Raises:
        BadInput: a value that is none, or beyond all measure.
    """
    found = column.cast(pl.Float64, strict=False).to_numpy().astype(np.float64)
    if not (np.isfinite(found) & (np.abs(found) < 1e100)).all():
        raise BadInput(f"'{column.name}' holds values that are no numbers", do="correct the table, or say what means 'no value'")
    return np.asarray(found)


def _require_allowed(asked: Definition, rules: Rules) -> None:
    if rules.askers and asked.asker not in rules.askers:
        raise NotAllowed("the rules of this site do not name who asks", do="ask the site to name you under 'askers'")
    closed = [name for name in asked.named if name not in rules.allow]
    if closed:
        raise NotAllowed(f"this site does not allow {', '.join(closed)}", allowed=", ".join(sorted(rules.allow)) or "nothing")
    if asked.kind != "table" and asked.unit != rules.unit:
        raise NotAllowed(f"times are asked in {asked.unit} and stand in {rules.unit} here", do="ask in one unit at every site")
    if len(asked.covariates) > rules.covariates_at_most:
        raise NotAllowed(f"{len(asked.covariates)} covariates", allowed=f"{rules.covariates_at_most} at this site")


def _patients(table: pl.DataFrame, rules: Rules) -> list[str]:
    if rules.patient in rules.allow.values():
        raise BadInput("the rules allow the column that tells patients apart to be asked for", do="take it out of 'allow'")
    patient = _column(table, rules.patient).cast(pl.String).str.strip_chars()
    if patient.null_count() or (patient == "").any():
        raise BadInput(f"rows without a value in {rules.patient}", do="give every row its patient")
    if patient.n_unique() != len(patient):
        raise BadInput(f"{rules.patient} names patients more than once", do="give one row per patient")
    return [str(name) for name in patient.to_list()]


def _column(table: pl.DataFrame, name: str) -> pl.Series:
    if name not in table.columns:
        raise BadInput(f"the table has no column {name}, which the rules name", do="correct the rules, or the table")
    return table[name]


def _complete(named: pl.DataFrame, asked: Definition) -> Booleans:
    needed = [name for name in (asked.group, asked.strata, *asked.covariates, *asked.complete) if name]
    there = np.ones(len(named), dtype=bool)
    for name in dict.fromkeys(needed):
        there &= as_text(named[name], asked.missing).is_not_null().to_numpy()
    return there


def _labels(texts: pl.DataFrame, name: str) -> list[str]:
    if not name:
        return [""] * len(texts)
    require_labels(texts[name])
    return [str(label) for label in texts[name].to_list()]


def require_labels(column: pl.Series) -> None:
    """Refuses labels that are notes: they would leave.

    Raises:
        BadInput: a label of more than 200 characters, or of more than one line.
    """
    known = column.drop_nulls()
    if (known.str.len_chars() > LONGEST_LABEL).any() or known.str.contains(r"[\x00-\x1f\x7f]").any():
        raise BadInput(
            f"'{column.name}' holds texts that are no labels", allowed=f"one line of at most {LONGEST_LABEL} characters"
        )


def _left_out(number: int) -> list[Finding]:
    if not number:
        return []
    text = f"{number} rows lack a value that the analysis needs and take no part"
    return [Finding(code="rows-left-out", level=Level.NOTE, text=text)]
