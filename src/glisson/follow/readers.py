"""Several readers of the same scans: how far they agree, and how one call is made of many (majority, adjudication)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import polars as pl

from glisson.errors import BadInput
from glisson.follow.confirmation import CALLS
from glisson.follow.kappa import Kappa, Weights, cohen_kappa, fleiss_kappa
from glisson.follow.rates import IMMUNE

VISIT = ["patient", "criterion", "visit_number"]
CONSENSUS = "consensus"

AGREEMENT: dict[str, pl.DataType] = {
    "criterion": pl.String(),
    "readers": pl.String(),
    "subjects": pl.Int64(),
    "left_out": pl.Int64(),
    "agreed": pl.Int64(),
    "observed_fraction": pl.Float64(),
    "expected_fraction": pl.Float64(),
    "kappa": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "method": pl.String(),
}
"""One row for each pair of readers, and one for all of them. ``left_out``: visits that not all of these readers read."""


@dataclass(frozen=True)
class Consensus:
    """One call made of several readers'.

    Attributes:
        responses: Table 2 with reader "consensus"; visits that the rule could not decide are not in it.
        decisions: patient, criterion, visit_number, visit, calls (list), decided_by, overall (null: undecided).
        undecided: how many visits the rule left open.
        rule: in words.
    """

    responses: pl.DataFrame
    decisions: pl.DataFrame
    undecided: int
    rule: str


def agreement(
    responses: pl.DataFrame, *, readers: Sequence[str] | None = None, weights: Weights = "none", answer: str = "overall"
) -> pl.DataFrame:
    """Cohen's kappa of each pair and Fleiss' kappa of all readers, for each criterion; columns of ``AGREEMENT``.

    Args:
        responses: Table 2; a visit counts where every reader of the pair (or of the group) has an answer.
        readers: whose; all if ``None``.
        weights: of Cohen's kappa; with weights only CR, PR, SD and PD count (iCR to iCPD), and a visit with another call is
            left out, since no distance to it exists.
        answer: column that is compared.

    Raises:
        BadInput: fewer than two readers.
    """
    names = sorted(readers or responses["reader"].unique().to_list())
    if len(names) < 2:
        raise BadInput(f"agreement of {len(names)} reader", allowed="two readers or more")
    rows: list[dict[str, object]] = []
    for criterion in sorted(responses["criterion"].unique().to_list()):
        wide = _side_by_side(responses.filter(pl.col("criterion") == criterion), names, answer)
        order = _order(criterion, weights)
        groups = [*combinations(names, 2), tuple(names)] if len(names) > 2 else [tuple(names)]
        rows += [{"criterion": criterion} | _agreed(wide, group, order, weights) for group in groups]
    return pl.DataFrame(rows, schema=AGREEMENT, orient="row")


def consensus(responses: pl.DataFrame, *, readers: Sequence[str], adjudicator: str | None = None) -> Consensus:
    """One call for each visit: what all readers agree on; else the adjudicator's, or without one the strict majority's.

    The sums and lesions of the row are those of the first of ``readers`` who made that call (of the adjudicator where that
    person decides): measurements of several readers are never mixed.

    Args:
        responses: Table 2.
        readers: two or more, in the order in which their rows are taken.
        adjudicator: reads where the others disagree.

    Raises:
        BadInput: fewer than two readers, a reader who is not in the table, or an adjudicator among the readers.
    """
    _check_readers(responses, readers, adjudicator)
    rule = f"what {', '.join(readers)} agree on; else " + (f"as {adjudicator} decides" if adjudicator else "the strict majority")
    place = {name: number for number, name in enumerate(readers)}
    first = responses.filter(pl.col("reader").is_in(list(readers)))
    calls = first.group_by(VISIT).agg(
        pl.col("visit").first(), calls=pl.col("overall").sort_by(pl.col("reader").replace_strict(place, return_dtype=pl.Int64))
    )
    size, top = pl.col("calls").list.len(), pl.col("calls").list.eval(pl.element().mode()).list.first()
    times = pl.col("calls").list.eval((pl.element() == pl.element().mode().first()).sum()).list.first()
    agreed = (size == len(readers)) & (pl.col("calls").list.n_unique() == 1)
    table = calls.with_columns(top=top, agreed=agreed, majority=times * 2 > len(readers))
    table = _decide(table, responses, adjudicator)
    decisions = table.select(*VISIT, "visit", "calls", "decided_by", "overall").sort(VISIT)
    made = _rows_of(responses, decisions, [*readers, *([adjudicator] if adjudicator else [])], adjudicator)
    return Consensus(made, decisions, decisions["overall"].null_count(), rule)


def _decide(table: pl.DataFrame, responses: pl.DataFrame, adjudicator: str | None) -> pl.DataFrame:
    if adjudicator is None:
        by = pl.when("agreed").then(pl.lit("all readers")).when("majority").then(pl.lit("majority"))
        return table.with_columns(decided_by=by, overall=pl.when(by.is_not_null()).then("top"))
    third = responses.filter(pl.col("reader") == adjudicator).select(*VISIT, third="overall")
    table = table.join(third, on=VISIT, how="left")
    by = pl.when("agreed").then(pl.lit("all readers")).when(pl.col("third").is_not_null()).then(pl.lit("adjudicator"))
    return table.with_columns(decided_by=by, overall=pl.when("agreed").then("top").otherwise("third"))


def _rows_of(responses: pl.DataFrame, decisions: pl.DataFrame, order: Sequence[str], adjudicator: str | None) -> pl.DataFrame:
    """The row of the first reader who made the deciding call, under the name "consensus"."""
    decided = decisions.filter(pl.col("overall").is_not_null()).select(*VISIT, "overall", "decided_by")
    place = {name: number for number, name in enumerate(order)}
    who = pl.col("reader").replace_strict(place, default=None, return_dtype=pl.Int64)
    found = (
        responses.with_columns(place=who).filter(pl.col("place").is_not_null()).join(decided, on=[*VISIT, "overall"], how="inner")
    )
    by_third = (pl.col("decided_by") == "adjudicator") == (pl.col("reader") == pl.lit(adjudicator, dtype=pl.String))
    found = found.filter(by_third) if adjudicator else found
    first = found.sort([*VISIT, "place"]).group_by(VISIT, maintain_order=True).first()
    return first.with_columns(reader=pl.lit(CONSENSUS)).select(responses.columns)


def _side_by_side(responses: pl.DataFrame, names: Sequence[str], answer: str) -> pl.DataFrame:
    wide = responses.filter(pl.col("reader").is_in(list(names))).pivot(
        on="reader", on_columns=list(names), index=VISIT, values=answer, aggregate_function="first"
    )
    return wide.sort(VISIT)


def _order(criterion: str, weights: Weights) -> tuple[str, ...]:
    """Categories of a criterion; with weights only those that lie on one line."""
    if criterion == "iRECIST":
        return IMMUNE[:-1] if weights == "none" else ("iCR", "iPR", "iSD", "iUPD", "iCPD")
    return CALLS if weights == "none" else ("CR", "PR", "SD", "PD")


def _agreed(wide: pl.DataFrame, group: Sequence[str], order: Sequence[str], weights: Weights) -> dict[str, object]:
    read = wide.select(group).drop_nulls()
    read = read.filter(pl.all_horizontal(pl.col(group).is_in(order)))
    touched = wide.filter(pl.any_horizontal(pl.col(group).is_not_null())).height
    answers = read.rows()
    kappa = _kappa(answers, order, weights)
    return {
        "readers": " and ".join(group) if len(group) == 2 else ", ".join(group),
        "subjects": read.height,
        "left_out": touched - read.height,
        "agreed": sum(len(set(row)) == 1 for row in answers),
        "observed_fraction": kappa and kappa.observed_fraction,
        "expected_fraction": kappa and kappa.expected_fraction,
        "kappa": kappa and kappa.value,
        "low": kappa and kappa.low,
        "high": kappa and kappa.high,
        "method": kappa.method if kappa else "none: fewer than two visits that all these readers read",
    }


def _kappa(answers: list[tuple[str, ...]], order: Sequence[str], weights: Weights) -> Kappa | None:
    if len(answers) < 2:
        return None
    if len(answers[0]) == 2:
        return cohen_kappa(first=[a for a, _ in answers], second=[b for _, b in answers], order=order, weights=weights)
    return fleiss_kappa(answers=answers, order=order)


def _check_readers(responses: pl.DataFrame, readers: Sequence[str], adjudicator: str | None) -> None:
    known = set(responses["reader"].unique().to_list())
    if len(set(readers)) < 2 or len(set(readers)) < len(readers):
        raise BadInput(f"a consensus of {len(set(readers))} reader", allowed="two readers or more, each once")
    absent = ({*readers} | ({adjudicator} if adjudicator else set())) - known
    if absent:
        raise BadInput(
            f"{len(absent)} of the readers asked for are not in the table", allowed=f"{len(known)} readers of the table"
        )
    if adjudicator in readers:
        raise BadInput("the adjudicator is one of the readers", do="name a third reader")
