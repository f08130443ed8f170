"""Tables over sites: counts by level, means and spreads, by group; small levels go out together or not at all."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import polars as pl
from pydantic import Field, FiniteFloat

from glisson.case.base import Noun
from glisson.errors import BadInput, NotAllowed
from glisson.learn.cohort.design import MOST_LEVELS
from glisson.learn.cohort.sites.behind import Behind, Sets, distinct
from glisson.learn.cohort.sites.curves import Count
from glisson.learn.cohort.sites.definition import Definition, Word
from glisson.learn.cohort.sites.disclosure import countable_values, require_mixed, require_rows
from glisson.learn.cohort.sites.population import Population, as_numbers, is_number, require_labels
from glisson.learn.cohort.sites.rules import Rules

Amount = Annotated[int, Field(ge=0)]
MISSING = None
"""Key of the missing in counts while they are at the site."""


class Summary(Noun):
    """One variable in one group.

    Attributes:
        known: rows with a value; ``None`` where the number of the missing is small.
        missing: rows without one, where they are none or enough.
        mean: of a number.
        squares: sum of squared differences from the mean.
        levels: rows by level, of words.
        together: rows of the levels (the missing among them) that are too small to go out alone.
        withheld: why nothing is given.
    """

    known: Amount | None = None
    missing: Amount | None = None
    mean: FiniteFloat | None = None
    squares: Annotated[FiniteFloat, Field(ge=0)] | None = None
    levels: dict[Word, Count] | None = None
    together: Amount = 0
    withheld: Word = ""


class GroupSummary(Noun):
    """All variables in one group."""

    rows: Count
    variables: dict[str, Summary]


class Table(Noun):
    """Answer of a site: its groups; one of the name "" where no group is asked for."""

    groups: dict[Word, GroupSummary]


def site_table(given: Population, asked: Definition, rules: Rules) -> tuple[Table, Sets]:
    """Counts, means and spreads of a site, and the sets of rows behind them.

    Raises:
        NotAllowed: a group of few.
    """
    found: dict[str, GroupSummary] = {}
    sets: Sets = [Behind("", np.ones(len(given), dtype=bool))]
    labels = np.array(given.group, dtype=object)
    for label in sorted(set(given.group)):
        inside = Behind(f"{asked.group}={label}" if asked.group else "", np.asarray(labels == label, dtype=bool))
        require_rows(int(inside.rows.sum()), rules, "are in one of the groups")
        sets.append(inside)
        variables = {}
        for name in asked.variables:
            try:
                variables[name], behind = _summary(given.columns[name], inside, rules)
            except NotAllowed as refusal:
                variables[name], behind = Summary(withheld=refusal.problem), []
            sets += behind
        found[label] = GroupSummary(rows=int(inside.rows.sum()), variables=variables)
    return Table(groups=found), distinct(sets)


def _summary(column: pl.Series, inside: Behind, rules: Rules) -> tuple[Summary, Sets]:
    return _number(column, inside, rules) if is_number(column) else _words(column, inside, rules)


def _number(column: pl.Series, inside: Behind, rules: Rules) -> tuple[Summary, Sets]:
    absent = column.is_null().to_numpy()
    known, missing = inside.rows & ~absent, inside.rows & absent
    if 0 < missing.sum() < rules.min_cell:
        raise NotAllowed(f"fewer than {rules.min_cell} rows lack '{column.name}'", do="ask for complete rows (--complete)")
    require_rows(int(known.sum()), rules, f"have a value of '{column.name}'")
    values = as_numbers(column.filter(pl.Series(known)))
    require_mixed(values, rules, column.name)
    mean = float(values.mean())
    found = Summary(known=len(values), missing=int(missing.sum()), mean=mean, squares=float(((values - mean) ** 2).sum()))
    about = f"{inside.about} {column.name}".strip()
    sets = [Behind(f"{about} known", known), Behind(f"{about} missing", missing)]
    for value in countable_values(values):
        rows = known.copy()
        rows[known] = values == value
        sets.append(Behind(f"{about}={value:g}", rows))
    return found, sets


def _words(column: pl.Series, inside: Behind, rules: Rules) -> tuple[Summary, Sets]:
    require_labels(column)
    labels = column.to_list()
    found = {label for label, use in zip(labels, inside.rows, strict=True) if use}
    if len(found) > MOST_LEVELS + 1:
        raise NotAllowed(f"'{column.name}' holds {len(found)} different words, which are no levels", do="leave it out")
    of_level = {label: inside.rows & np.array([one == label for one in labels], dtype=bool) for label in found}
    alone = _alone({label: int(rows.sum()) for label, rows in of_level.items()}, rules)
    if not alone:
        raise NotAllowed(f"every level of '{column.name}' has too few rows to be told apart", do="leave it out")
    few = [rows for label, rows in of_level.items() if label not in alone]
    together = np.logical_or.reduce(few) if few else np.zeros(len(labels), dtype=bool)
    count = {label: int(of_level[label].sum()) for label in alone}
    missing = count.get(MISSING, None if MISSING in of_level else 0)
    known = None if missing is None else int(inside.rows.sum()) - missing
    levels = {str(label): rows for label, rows in sorted(count.items(), key=lambda item: str(item[0])) if label is not MISSING}
    summary = Summary(known=known, missing=missing, levels=levels, together=int(together.sum()))
    about = f"{inside.about} {column.name}".strip()
    sets = [Behind(f"{about}={label}", of_level[label]) for label in alone]
    return summary, [*sets, Behind(f"{about} together", together)]


def _alone(counts: dict[str | None, int], rules: Rules) -> set[str | None]:
    """Levels that go out by themselves; the others add up to nothing or to enough."""
    order = sorted(counts, key=lambda label: (counts[label], str(label)))
    alone = [label for label in order if counts[label] >= rules.min_cell]
    together = sum(count for count in counts.values() if count < rules.min_cell)
    while 0 < together < rules.min_cell and alone:
        together += counts[alone.pop(0)]
    return set(alone)


def pooled_table(asked: Definition, answers: Sequence[tuple[str, Table]]) -> list[dict[str, Any]]:
    """Groups over all sites, with their variables.

    A level's ``rows`` are those that sites named; ``rows_at_most`` adds what sites gave together without naming the levels.

    Raises:
        BadInput: a variable that is a number at one site and words at another.
    """
    labels = sorted({label for _, one in answers for label in one.groups})
    found = []
    for label in labels:
        parts = [one.groups[label] for _, one in answers if label in one.groups]
        variables = [_pooled_variable(name, [part.variables[name] for part in parts]) for name in asked.variables]
        found.append({"group": label or "all", "rows": sum(part.rows for part in parts), "variables": variables})
    return found


def _pooled_variable(name: str, parts: Sequence[Summary]) -> dict[str, Any]:
    given = [part for part in parts if not part.withheld]
    kinds = {part.levels is None for part in given}
    if len(kinds) > 1:
        raise BadInput(f"'{name}' holds numbers at one site and words at another", do="agree on its coding")
    missing = None if any(part.missing is None for part in given) or not given else sum(part.missing or 0 for part in given)
    value: dict[str, Any] = {
        "name": name, "sites": len(given), "sites_withholding": len(parts) - len(given), "missing": missing,
        "withheld": sorted({part.withheld for part in parts if part.withheld}),
    }  # fmt: skip
    if kinds == {True}:
        mean, spread, number = pooled_moments([(part.known or 0, part.mean or 0.0, part.squares or 0.0) for part in given])
        return value | {"known": number, "mean": mean, "standard_deviation": spread}
    if kinds == {False}:
        return value | {"levels": _pooled_levels(given)}
    return value


def _pooled_levels(given: Sequence[Summary]) -> list[dict[str, Any]]:
    names = sorted({level for part in given for level in part.levels or {}})
    return [
        {
            "level": level,
            "rows": sum((part.levels or {}).get(level, 0) for part in given),
            "rows_at_most": sum((part.levels or {}).get(level, part.together) for part in given),
        }
        for level in names
    ]


def pooled_moments(parts: Sequence[tuple[int, float, float]]) -> tuple[float, float | None, int]:
    """Mean, standard deviation (n - 1) and number from each site's number, mean and sum of squared differences.

    >>> pooled_moments([(2, 1.0, 2.0), (2, 3.0, 2.0)])  # 0, 2 and 2, 4
    (2.0, 1.632993161855452, 4)

    References:
        Chan, Golub and LeVeque, Am Stat 1983;37:242.
    """
    number = sum(count for count, _, _ in parts)
    mean = sum(count * middle for count, middle, _ in parts) / number
    squares = sum(spread + count * (middle - mean) ** 2 for count, middle, spread in parts)
    return mean, float(np.sqrt(squares / (number - 1))) if number > 1 else None, number
