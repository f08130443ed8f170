"""Our cohort's figure beside published ones, with what differs; in no order of merit."""

from typing import TYPE_CHECKING

from glisson.errors import BadInput
from glisson.learn.literature.comparable import comparable
from glisson.learn.literature.figure import Figure, library

if TYPE_CHECKING:
    import polars as pl

NOT_RANKED = (
    "Published figures stand beside ours in the order of how comparable they are, then by name. They are never ranked: lines of "
    "therapy, people, origins of time and definitions differ, and a longer median is no better treatment."
)
ORDER = {"yes": 0, "cannot say": 1, "no": 2}


def benchmark(own: Figure) -> "pl.DataFrame":
    """Published figures of the same family beside ours, one row each; ours is the first.

    Columns: study, arm, population, line, endpoint, definition, origin, n, unit, value, low, high, comparable ("ours", "yes",
    "cannot say", "no"), differs, unknown, caution, source, place, evidence.

    Raises:
        BadInput: nothing published is of that family.
    """
    import polars as pl

    beside = [one for one in library() if one.family == own.family and one.unit == own.unit]
    if not beside:
        raise BadInput(
            f"nothing published here measures '{own.family}' in {own.unit}",
            allowed=", ".join(sorted({one.family for one in library()})),
        )
    judged = sorted(
        ((comparable(own, one), one) for one in beside), key=lambda pair: (ORDER[pair[0].answer], pair[1].study, pair[1].id)
    )
    rows = [_row(own, "ours")]
    rows += [_row(one, found.answer, "; ".join(found.against), "; ".join(found.unknown)) for found, one in judged]
    return pl.DataFrame(rows, infer_schema_length=None)


def arms_table(figures: "tuple[Figure, ...]") -> "pl.DataFrame":
    """Published figures as a table, in the order of studies: the columns of ``benchmark`` without a judgement, and the ratio."""
    import polars as pl

    columns = ("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high")
    rows = [_row(one, "") | dict(zip(columns, one.ratio or (None, None, None), strict=True)) for one in figures]
    return pl.DataFrame(rows, infer_schema_length=None).drop("comparable", "differs", "unknown") if rows else pl.DataFrame()


def _row(one: Figure, answer: str, differs: str = "", unknown: str = "") -> dict[str, object]:
    told = one.liver_type is None or one.liver_type in one.definition
    definition = one.definition if told else f"{one.definition} ({one.liver_type})"
    return {
        "id": one.id, "study": one.study, "arm": one.arm, "population": one.population, "line": one.line, "endpoint": one.endpoint,
        "definition": definition, "origin": one.origin, "n": one.n, "unit": one.unit, "value": one.value, "low": one.low,
        "high": one.high, "comparable": answer, "differs": differs, "unknown": unknown, "caution": one.caution,
        "source": one.source, "place": one.place, "evidence": one.evidence,
    }  # fmt: skip
