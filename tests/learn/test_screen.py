"""Tables as people have them: what cannot be used is said, the rest is used."""

from pathlib import Path

import polars as pl
import pytest

from glisson.errors import BadInput
from glisson.learn.cohort.design import design
from glisson.learn.cohort.screen import Columns, Screened, screened
from glisson.learn.cohort.table import survival_data


def _table(**columns: list[object]) -> pl.DataFrame:
    return pl.DataFrame(columns, strict=False)


def _codes(found: Screened) -> list[str]:
    return [finding.code for finding in found.findings]


def test_rows_that_cannot_be_used_are_set_aside_with_their_reason() -> None:
    table = _table(
        t=["5", "-1", "", "x", "7", "8", "9"], e=["1", "0", "1", "1", "", "0", "1"], s=["0", "0", "0", "0", "0", "8", "-2"]
    )
    found = screened(table, Columns("t", "e", entry="s"))
    assert found.data.time.tolist() == [5] and found.kept == [0] and found.given == 7
    assert found.excluded == {
        "no usable number in t": 2, "negative t: it ends before the origin": 1, "no value in e": 1, "negative s": 1,
        "t not after s: never under observation": 1,
    }  # fmt: skip
    assert "2 rows set aside (row 4, 5): no usable number in t" in [finding.text for finding in found.findings]


def test_no_rows_and_no_events_are_said() -> None:
    assert _codes(screened(_table(t=[-1.0], e=[1]), Columns("t", "e"))) == ["rows-set-aside", "no-rows"]
    assert _codes(screened(_table(t=[1.0, 2.0], e=[0, 0]), Columns("t", "e"))) == ["no-events"]


@pytest.mark.parametrize(
    ("given", "happened", "events"),
    [
        ([1, 0, 2], (), [1, 0, 2]),
        ([True, False, None], (), [1, 0]),
        (["1.0", "0", "NA"], (), [1, 0]),
        (["yes", "No", "yes"], (), [1, 0, 1]),
        ([2, 1, 2], ("2",), [1, 0, 1]),
        (["dead", "alive", "lost"], ("dead",), [1, 0, 0]),
        (["relapse", "none", "death"], ("relapse", "death"), [1, 0, 2]),
    ],
)
def test_codes_of_the_event(given: list[object], happened: tuple[str, ...], events: list[int]) -> None:
    table = pl.DataFrame({"t": [1.0, 2.0, 3.0], "e": pl.Series(given)})
    assert screened(table, Columns("t", "e", happened=happened)).data.event.tolist() == events


@pytest.mark.parametrize("given", [["dead", "alive"], [1, 2], [-1, 0], [0.5, 0]])
def test_codes_that_do_not_say_which_is_the_event_are_refused(given: list[object]) -> None:
    with pytest.raises(BadInput, match="--happened"):
        screened(pl.DataFrame({"t": [1, 2], "e": pl.Series(given)}), Columns("t", "e"))


def test_a_named_code_that_is_absent_is_said() -> None:
    assert "event-code-absent" in _codes(screened(_table(t=[1, 2], e=[0, 1]), Columns("t", "e", happened=("9",))))


def test_a_column_that_is_absent_is_refused() -> None:
    with pytest.raises(BadInput, match="no column days"):
        screened(_table(t=[1], e=[1]), Columns("days", "e"))


def test_suspicious_numbers_are_said_and_left_out_when_asked() -> None:
    table = _table(t=[1, 2, 3], e=[1, 0, 1], cea=["5", "-999", "-999.0"])
    found = screened(table, Columns("t", "e", covariates=("cea",)))
    assert "cea is -999 in 2 rows" in found.findings[0].text and "--missing -999" in found.findings[0].text
    told = screened(table, Columns("t", "e", covariates=("cea",), missing=("-999",)))
    assert told.findings == () and told.covariates["cea"].to_list() == ["5", None, None]


def test_levels_of_a_covariate() -> None:
    found = design(pl.DataFrame({"g": ["b", "a", "b", "c"], "x": ["1", "2", "3.5", "4"]}), ["g", "x"])
    assert found.names == ("g: a against b", "g: c against b", "x")
    assert found.x.tolist() == [[0, 0, 1], [1, 0, 2], [0, 0, 3.5], [0, 1, 4]] and found.terms[0].rows == 1


def test_columns_that_are_no_covariates_are_left_out_and_said() -> None:
    table = pl.DataFrame({"note": [f"w{i}" for i in range(20)], "empty": [None] * 20, "x": ["1"] * 19 + [None]})
    found = design(table, ["note", "empty", "x"])
    assert found.names == ("x",) and [finding.code for finding in found.findings] == [
        "covariate-left-out", "covariate-left-out", "incomplete-rows",
    ]  # fmt: skip
    assert found.complete.sum() == 19


def test_identifiers_as_events_are_refused() -> None:
    with pytest.raises(BadInput, match="codes above 99"):
        screened(_table(t=[1, 2], e=[0, 19_000_000_000]), Columns("t", "e"))
    with pytest.raises(BadInput, match="above 99"):
        survival_data([1, 2], [0, 100])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (Columns("", "e"), "no column is named"),
        (Columns("t", ""), "no column is named"),
        (Columns("t", "t"), "both time and event"),
        (Columns("t", "e", group="e"), "column e is the outcome"),
        (Columns("t", "e", covariates=("t",)), "column t is the outcome"),
    ],
)
def test_columns_with_two_meanings_are_refused(columns: Columns, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        screened(_table(t=[1, 2], e=[0, 1]), columns)


def test_an_event_named_twice_is_one_event() -> None:
    assert screened(_table(t=[1, 2], e=[0, 1]), Columns("t", "e", happened=("1", "1"))).data.event.tolist() == [0, 1]


def test_a_table_with_two_columns_of_one_name_is_refused(tmp_path: Path) -> None:
    from glisson.records.tables import read_table

    (tmp_path / "twice.csv").write_text("time,event,time\n1,1,2\n", encoding="utf-8")
    with pytest.raises(BadInput, match="stand twice"):
        read_table(tmp_path / "twice.csv")
