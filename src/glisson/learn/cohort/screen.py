"""From a table's columns to follow-up: what cannot be used is set aside, counted and said; the rest is used."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.table import LARGEST_CAUSE, SAME_TIME, Booleans, Floats, SurvivalData, survival_data

NO_VALUE = ("", "NA", "N/A", "NaN", "nan", ".", "null")
"""Words that mean "no value" in tables of R, SAS and spreadsheets."""
SUSPECTS = ("-9", "-99", "-999", "-9999", "999", "9999")
"""Numbers that often stand for "no value" and must not be averaged unasked."""
TRUTHS = {"true": "1", "false": "0", "yes": "1", "no": "0"}
FEW = 5
LARGEST = 1e100
"""Larger numbers are slips; their squares are no numbers."""


@dataclass(frozen=True)
class Columns:
    """Which column is what.

    Attributes:
        time: end of follow-up.
        event: 0 censored, 1, 2, … causes; or any codes, with ``happened``.
        entry: start of observation, for late entry.
        group: to compare.
        stratum: for stratified tests and models.
        cluster: patient or centre whose rows belong together.
        weight: case weights.
        covariates: of the models.
        happened: codes of ``event`` that are the event, in the order of the causes; all others are censored.
        missing: further words or numbers that mean "no value", as "-999".
    """

    time: str
    event: str
    entry: str = ""
    group: str = ""
    stratum: str = ""
    cluster: str = ""
    weight: str = ""
    covariates: tuple[str, ...] = ()
    happened: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """All columns that are asked for."""
        given = (self.time, self.event, self.entry, self.group, self.stratum, self.cluster, self.weight, *self.covariates)
        return tuple(name for name in given if name)


@dataclass(frozen=True, eq=False)
class Screened:
    """The usable part of a table.

    Attributes:
        data: follow-up of the rows kept.
        group: label of each row kept, ``None`` where it is unknown; ``None`` where no group is asked for.
        covariates: their columns for the rows kept, as text, null where missing.
        kept: index of each row kept in the table.
        given: rows of the table.
        excluded: rows set aside, by reason.
        findings: what a reader must know.
    """

    data: SurvivalData
    group: list[str | None] | None
    covariates: pl.DataFrame
    kept: list[int]
    given: int
    excluded: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def screened(table: pl.DataFrame, columns: Columns) -> Screened:
    """Follow-up from a table; a row is set aside, with its reason, where its time, event, entry, weight cannot be used.

    Raises:
        BadInput: a column that is not there or is both outcome and covariate, or events in codes that do not say which is the event.
    """
    _require(table, columns)
    texts = table.select(as_text(table[name], columns.missing) for name in dict.fromkeys(columns.named))
    event, findings = _events(texts[columns.event], columns)
    numbers = {what: _numbers(texts, getattr(columns, what)) for what in ("time", "entry", "weight")}
    reasons = _reasons(texts, columns, event, numbers)
    keep = np.ones(len(table), dtype=bool)
    excluded = {}
    for reason, bad in reasons.items():
        new = bad & keep
        if new.any():
            excluded[reason] = int(new.sum())
            findings.append(_set_aside(reason, new))
            keep &= ~new
    chosen = texts.filter(pl.Series(keep))
    findings += _suspects(chosen, [name for name in (columns.time, *columns.covariates) if name])

    def labels(name: str) -> list[Any] | None:
        return chosen[name].to_list() if name else None

    data = survival_data(
        numbers["time"][keep],
        event[keep],
        entry=numbers["entry"][keep] if columns.entry else None,
        weight=numbers["weight"][keep] if columns.weight else None,
        cluster=labels(columns.cluster),
        stratum=labels(columns.stratum),
    )
    if not len(data):
        findings.append(_finding("no-rows", "no row can be used"))
    elif not (data.event > 0).any():
        findings.append(
            _finding("no-events", "nobody had the event: survival is 1 throughout, and no group or covariate can be compared")
        )
    covariates = chosen.select(list(dict.fromkeys(columns.covariates)))
    return Screened(data, labels(columns.group), covariates, np.flatnonzero(keep).tolist(), len(table), excluded, tuple(findings))


def _require(table: pl.DataFrame, columns: Columns) -> None:
    absent = [name for name in columns.named if name not in table.columns]
    if absent:
        raise BadInput(f"no column {', '.join(absent)}", allowed=", ".join(table.columns[:30]))
    if not (columns.time and columns.event):
        raise BadInput("no column is named for the time or the event", allowed=", ".join(table.columns[:30]))
    if columns.time == columns.event:
        raise BadInput(f"column {columns.time} as both time and event", do="name the two columns")
    if outcome := {columns.time, columns.event} & {columns.group, *columns.covariates}:
        raise BadInput(f"column {min(outcome)} is the outcome and cannot also be a group or a covariate", do="leave it out there")


def as_text(column: pl.Series, missing: Sequence[str]) -> pl.Series:
    """A column as text without the words for "no value"; 1.0 and 1 are one code."""
    if column.dtype == pl.Boolean:
        column = column.cast(pl.Int8)
    text = column.cast(pl.String).str.strip_chars()
    whole = text.str.replace(r"^(-?\d+)\.0+$", "$1")
    none = [*NO_VALUE, *missing, *(word.removesuffix(".0") for word in missing)]
    return pl.select(pl.when(whole.is_in(none)).then(None).otherwise(whole).alias(column.name)).to_series()


def _numbers(texts: pl.DataFrame, name: str) -> Floats:
    """A column as numbers, NaN where it is none; zeros where no column is asked for."""
    if not name:
        return np.zeros(len(texts))
    found = texts[name].cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy().astype(np.float64)
    return np.where(np.abs(found) < LARGEST, found, np.nan)


def _events(text: pl.Series, columns: Columns) -> tuple[Floats, list[Finding]]:
    """Cause of each row, NaN where unknown."""
    name = columns.event
    if columns.happened:
        wanted = list(dict.fromkeys(word.removesuffix(".0") for word in columns.happened))
        found = text.unique().drop_nulls().to_list()
        findings = [
            _finding("event-code-absent", f"{name} has no row with the code {word} that was named as the event")
            for word in wanted
            if word not in found
        ]
        causes = {word: float(place + 1) for place, word in enumerate(wanted)}
        told = [float("nan") if word is None else causes.get(word, 0.0) for word in text.to_list()]
        return np.array(told, dtype=np.float64), findings
    number = text.str.to_lowercase().replace(TRUTHS).cast(pl.Float64, strict=False)
    values: Floats = number.fill_null(float("nan")).to_numpy().astype(np.float64)
    known = values[np.isfinite(values)]
    do = f"say which code of {name} is the event (--happened)"
    if number.null_count() > text.null_count() or (known < 0).any() or (known != np.floor(known)).any():
        raise BadInput(f"column {name} holds other words or numbers than 0, 1, 2, …", do=do)
    codes = np.unique(known)
    if len(codes) and codes[-1] > LARGEST_CAUSE:
        raise BadInput(f"column {name} holds codes above {LARGEST_CAUSE}, as times or identifiers do", do=do)
    if len(codes) > 1 and 0 not in codes:
        raise BadInput(
            f"column {name} holds the codes {', '.join(f'{code:g}' for code in codes[:6])} and no 0 for censored", do=do
        )
    return values, []


def _reasons(texts: pl.DataFrame, columns: Columns, event: Floats, numbers: dict[str, Floats]) -> dict[str, Booleans]:
    """Why rows cannot be used, in the order in which they are set aside."""
    time, entry, weight = numbers["time"], numbers["entry"], numbers["weight"]
    reasons = {
        f"no usable number in {columns.time}": ~np.isfinite(time),
        f"negative {columns.time}: it ends before the origin": time < 0,
        f"no value in {columns.event}": ~np.isfinite(event),
    }
    if columns.entry:
        reasons[f"no usable number in {columns.entry}"] = ~np.isfinite(entry)
        reasons[f"negative {columns.entry}"] = entry < 0
        reasons[f"{columns.time} not after {columns.entry}: never under observation"] = time - entry <= 2 * SAME_TIME * time
    if columns.weight:
        reasons[f"no positive number in {columns.weight}"] = ~(np.isfinite(weight) & (weight > 0))
    for name in (columns.stratum, columns.cluster):
        if name:
            reasons[f"no value in {name}"] = texts[name].is_null().to_numpy()
    return reasons


def _set_aside(reason: str, which: Booleans) -> Finding:
    lines = np.flatnonzero(which) + 2  # as a spreadsheet counts: the header is row 1
    listed = ", ".join(str(line) for line in lines[:FEW]) + (", …" if len(lines) > FEW else "")
    number = f"{len(lines)} row{'s' if len(lines) > 1 else ''}"
    return _finding("rows-set-aside", f"{number} set aside (row {listed}): {reason}")


def _suspects(texts: pl.DataFrame, names: Sequence[str]) -> list[Finding]:
    found = []
    for name in dict.fromkeys(names):
        counts = {word: int((texts[name] == word).sum()) for word in SUSPECTS}
        found += [
            _finding("missing-code", f"{name} is {word} in {count} rows: if that means no value, say so (--missing {word})")
            for word, count in counts.items()
            if count
        ]
    return found


def _finding(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)
