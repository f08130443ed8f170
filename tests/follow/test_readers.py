"""Kappa against published examples and the jackknife; consensus and adjudication; three real readers after TACE."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.follow.kappa import cohen_kappa, fleiss_kappa
from glisson.follow.readers import CONSENSUS, agreement, consensus

TWO_RATERS = [[106, 10, 4], [22, 28, 10], [2, 12, 6]]
"""200 subjects: a third of the shares .53 .05 .02 / .11 .14 .05 / .01 .06 .03 that the large-sample paper works through."""

FLEISS = [
    (0, 0, 0, 0, 14), (0, 2, 6, 4, 2), (0, 0, 3, 5, 6), (0, 3, 9, 2, 0), (2, 2, 8, 1, 1),
    (7, 7, 0, 0, 0), (3, 2, 6, 3, 0), (2, 5, 3, 2, 2), (6, 5, 2, 1, 0), (0, 2, 2, 3, 7),
]  # fmt: skip
"""Ten subjects, fourteen raters, five categories: the textbook example with kappa 0.210."""


def pairs(counts: list[list[int]]) -> tuple[list[str], list[str]]:
    cells = [("abc"[i], "abc"[j]) for i, row in enumerate(counts) for j, n in enumerate(row) for _ in range(n)]
    return [a for a, _ in cells], [b for _, b in cells]


def calls(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """(patient, reader, call) at one visit."""
    return pl.DataFrame(
        [(p, r, "RECIST 1.1", "week 8", 1.0, c, f"{r} measured") for p, r, c in rows],
        schema=["patient", "reader", "criterion", "visit", "visit_number", "overall", "words"],
        orient="row",
    )


def test_cohen_kappa_by_hand() -> None:
    first, second = pairs(TWO_RATERS)
    found = cohen_kappa(first=first, second=second, order="abc")
    assert found.observed_fraction == pytest.approx(0.70)
    assert found.expected_fraction == pytest.approx(0.60 * 0.65 + 0.30 * 0.25 + 0.10 * 0.10)
    assert found.value == pytest.approx(0.225 / 0.525)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_interval_of_cohen_kappa_against_the_jackknife(weights: str) -> None:
    first, second = pairs(TWO_RATERS)
    found = cohen_kappa(first=first, second=second, order="abc", weights=weights)  # type: ignore[arg-type]
    without = [
        cohen_kappa(first=first[:n] + first[n + 1 :], second=second[:n] + second[n + 1 :], order="abc", weights=weights).value  # type: ignore[arg-type]
        for n in range(len(first))
    ]
    values = np.array(without, dtype=float)
    error = np.sqrt((len(values) - 1) / len(values) * ((values - values.mean()) ** 2).sum())
    assert found.high is not None and found.value is not None
    assert (found.high - found.value) / 1.959964 == pytest.approx(error, rel=0.02)


def test_fleiss_kappa_against_the_textbook_example() -> None:
    answers = [[str(c) for c, n in enumerate(row) for _ in range(n)] for row in FLEISS]
    found = fleiss_kappa(answers=answers, order="01234")
    assert (round(found.observed_fraction, 3), round(found.expected_fraction, 3)) == (0.378, 0.213)
    assert round(found.value or 0, 3) == 0.210


def test_interval_of_fleiss_kappa_against_the_jackknife() -> None:
    stream = np.random.default_rng(7)
    truth = stream.integers(0, 3, 120)
    answers = [[str(t if stream.random() < 0.8 else stream.integers(0, 3)) for _ in range(3)] for t in truth]
    found = fleiss_kappa(answers=answers, order="012")
    values = np.array([fleiss_kappa(answers=answers[:n] + answers[n + 1 :], order="012").value for n in range(120)], dtype=float)
    error = np.sqrt(119 / 120 * ((values - values.mean()) ** 2).sum())
    assert found.high is not None and found.value is not None
    assert (found.high - found.value) / 1.959964 == pytest.approx(error, rel=0.02)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=30))
def test_kappa_is_symmetric_and_bounded(both: list[tuple[str, str]]) -> None:
    first, second = [a for a, _ in both], [b for _, b in both]
    there, back = cohen_kappa(first=first, second=second, order="abc"), cohen_kappa(first=second, second=first, order="abc")
    if there.value is None:
        assert back.value is None and len({*first, *second}) == 1
    else:
        assert there.value == pytest.approx(back.value)
        assert -1 <= there.value <= 1
    many = fleiss_kappa(answers=both, order="abc")
    assert many.value is None or -1 <= many.value <= 1


def test_one_category_has_no_kappa() -> None:
    found = cohen_kappa(first=["a", "a"], second=["a", "a"], order="ab")
    assert found.value is None and found.observed_fraction == 1
    assert "every answer is in one category" in found.method
    assert fleiss_kappa(answers=[["a", "a"], ["a", "a"]], order="ab").value is None


@pytest.mark.parametrize(
    ("first", "second", "order", "weights", "said"),
    [
        (["a"], ["a", "b"], "ab", "none", "as many"),
        ([], [], "ab", "none", "at least one"),
        (["a"], ["c"], "ab", "none", "in no category"),
        (["a"], ["a"], "ab", "cubic", "unknown weights"),
    ],
)
def test_answers_that_cannot_be_compared_are_refused(
    first: list[str], second: list[str], order: str, weights: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        cohen_kappa(first=first, second=second, order=order, weights=weights)  # type: ignore[arg-type]


def test_a_table_with_gaps_has_no_fleiss_kappa() -> None:
    with pytest.raises(BadInput, match="subjects by readers"):
        fleiss_kappa(answers=[["a", "b"], ["a"]], order="ab")
    with pytest.raises(BadInput, match="confidence"):
        fleiss_kappa(answers=[["a", "b"], ["a", "a"]], order="ab", confidence_fraction=95)


def test_a_visit_that_one_reader_missed_is_left_out_and_counted() -> None:
    table = agreement(calls(("a", "1", "SD"), ("a", "2", "SD"), ("b", "1", "PD"), ("b", "2", "SD"), ("c", "1", "PD")))
    assert table.select("readers", "subjects", "left_out", "agreed").row(0) == ("1 and 2", 2, 1, 1)
    few = agreement(calls(("a", "1", "SD"), ("b", "2", "SD")))
    assert few["kappa"].item() is None and "fewer than two" in few["method"].item()


def test_weights_leave_out_what_has_no_place_on_the_line() -> None:
    table = calls(("a", "1", "SD"), ("a", "2", "NE"), ("b", "1", "PD"), ("b", "2", "SD"), ("c", "1", "PR"), ("c", "2", "PR"))
    assert agreement(table)["subjects"].item() == 3
    assert agreement(table, weights="linear").select("subjects", "left_out").row(0) == (2, 1)


def test_adjudication_keeps_the_deciding_reader_s_row() -> None:
    table = calls(
        ("a", "1", "SD"),
        ("a", "2", "SD"),
        ("b", "1", "PD"),
        ("b", "2", "SD"),
        ("b", "3", "SD"),
        ("c", "1", "PD"),
        ("c", "2", "PR"),
    )
    made = consensus(table, readers=["1", "2"], adjudicator="3")
    assert made.responses.select("patient", "reader", "overall", "words").rows() == [
        ("a", CONSENSUS, "SD", "1 measured"),
        ("b", CONSENSUS, "SD", "3 measured"),
    ]
    assert made.decisions["decided_by"].to_list() == ["all readers", "adjudicator", None]
    assert made.undecided == 1
    assert made.rule == "what 1, 2 agree on; else as 3 decides"


def test_majority_is_strict_and_a_tie_stays_open() -> None:
    rows = [
        ("a", "1", "PD"),
        ("a", "2", "SD"),
        ("a", "3", "SD"),
        ("b", "1", "PD"),
        ("b", "2", "SD"),
        ("b", "3", "PR"),
        ("c", "1", "SD"),
    ]
    made = consensus(calls(*rows), readers=["1", "2", "3"])
    assert made.decisions.select("patient", "decided_by", "overall").rows() == [
        ("a", "majority", "SD"),
        ("b", None, None),
        ("c", None, None),
    ]
    assert made.responses.select("patient", "words").rows() == [("a", "2 measured")]


@pytest.mark.parametrize(
    ("readers", "adjudicator", "said"),
    [
        (["1"], None, "two readers"),
        (["1", "1"], None, "each once"),
        (["1", "9"], None, "not in the table"),
        (["1", "2"], "2", "third reader"),
    ],
)
def test_a_consensus_that_cannot_be_is_refused(readers: list[str], adjudicator: str | None, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        consensus(calls(("a", "1", "SD"), ("a", "2", "SD")), readers=readers, adjudicator=adjudicator)
    with pytest.raises(BadInput, match="agreement of 1"):
        agreement(calls(("a", "1", "SD")))


@pytest.mark.real_data
def test_agreement_of_three_real_readers_after_chemoembolization(real_data: Path) -> None:
    """Counted by hand from the file: all three agree on 38 of 48 under RECIST and on 20 of 48 under mRECIST."""
    file = pl.read_csv(real_data / "tace_readers" / "reader_calls.csv").filter(pl.col("response").is_not_null())
    responses = file.select(
        "patient",
        "criterion",
        pl.col("reader").cast(pl.String),
        visit=pl.lit("after"),
        visit_number=pl.lit(1.0),
        overall="response",
    )
    table = agreement(responses).filter(pl.col("readers") == "1, 2, 3")
    full = file.group_by("patient", "criterion").agg(pl.len(), pl.col("response").n_unique()).filter(pl.col("len") == 3)
    agreed = dict(full.filter(pl.col("response") == 1).group_by("criterion").len().rows())
    assert dict(table.select("criterion", "agreed").rows()) == agreed == {"RECIST": 38, "mRECIST": 20}
    assert [round(kappa, 3) for kappa in table["kappa"]] == [0.387, 0.404]
    assert table.select((pl.col("low") < pl.col("kappa")) & (pl.col("kappa") < pl.col("high"))).to_series().all()
