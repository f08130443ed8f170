"""Flat tables: every form through CSV and Parquet and back; tables that are not an export."""

from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from exchange_registry import cases, plain, pseudonym, taken
from hypothesis import HealthCheck, given, settings

from glisson.errors import BadInput
from glisson.records.flat import flat_tables, read_flat
from glisson.records.forms import FormEntry
from glisson.records.intake import Read
from glisson.records.tables import read_table, write_table


def back(entries: list[FormEntry], ending: str) -> Read:
    with TemporaryDirectory() as folder:
        parts = []
        for name, table in flat_tables(entries, frozenset(), typed=ending == "parquet").items():
            path = write_table(Path(folder) / f"{name}.{ending}", table)
            parts.append(read_flat(read_table(path), file=path.name))
    return Read.together(parts)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries=cases())
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_any_entry_there_and_back(ending: str, entries: list[FormEntry]) -> None:
    found = back(entries, ending)
    assert plain(found.entries) == plain(entries)
    assert found.remarks == ()


def test_columns_of_a_table() -> None:
    entry = FormEntry(
        "e", "c-1", "s", "death", 1, "", 1, None, values={"died_on": "2026-01-01", "source": {"missing": "unknown"}}
    )
    table = flat_tables([entry], frozenset({"c-1"}), typed=True)["death.1"]
    assert table.columns == ["case", "site", "visit", "instance", "simulated", "died_on", "cause", "source", "source.missing"]
    assert table.row(0) == ("c-1", "s", None, 1, "yes", "2026-01-01", None, None, "unknown")


@pytest.mark.parametrize(
    ("file", "columns", "words"),
    [
        ("death.csv", {}, "does not name its form"),
        ("deaths.1.csv", {}, "no form of this name"),
        ("death.9.csv", {}, "no edition 9"),
        ("death.1.csv", {"case": "a", "site": "b", "instance": "1", "colour": "red"}, "does not have: colour"),
        ("death.1.csv", {"case": "a", "site": "b"}, "no column instance"),
    ],
)
def test_a_table_that_is_no_export_is_refused(file: str, columns: dict[str, str], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        read_flat(pl.DataFrame([columns]), file=file)


@pytest.mark.parametrize("cells", [{"case": None}, {"site": None}, {"instance": "0"}, {"instance": "one"}, {"instance": "²"}])
def test_a_row_without_its_place_is_rejected(cells: dict[str, str | None]) -> None:
    row = {"case": "a", "site": "b", "instance": "1", **cells}
    found = read_flat(pl.DataFrame([row], schema=dict.fromkeys(row, pl.String)), file="death.1.csv")
    assert found.entries == () and found.remarks[0].level == "rejected"


def test_tables_that_version_5_cannot_hold_are_refused(tmp_path: Path) -> None:
    for table, words in (
        (pl.DataFrame({"LONGERNAME": ["a"]}), "LONGERNAME"),
        (pl.DataFrame({"A": ["x" * 201]}), "more than 200 bytes"),
        (pl.DataFrame({"A": ["é" * 101]}), "more than 200 bytes"),
        (pl.DataFrame({"A": [[1]]}), "neither text, number nor day"),
    ):
        with pytest.raises(BadInput, match=words):
            write_table(tmp_path / "a.xpt", table)
    with pytest.raises(BadInput, match="names"):
        write_table(tmp_path / "longer-name.xpt", pl.DataFrame({"A": [1.0]}))
    with pytest.raises(BadInput, match="is no table"):
        write_table(tmp_path / "a.xlsx", pl.DataFrame({"A": [1.0]}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"case": "../../etc"}, "case"), ({"site": "Site 1"}, "site"), ({"visit": "Visit of Maria"}, "visit"),
        ({"age_years": "9" * 5000}, "patient.age_years"), ({"instance": "9" * 5000}, "case"),
    ],
)  # fmt: skip
def test_one_wild_row_is_rejected_by_its_number_and_the_others_are_stored(
    tmp_path: Path, cells: dict[str, str], column: str
) -> None:
    sound = {"site": "site-01", "visit": None, "instance": "1", "enrolled_on": "2026-01-05", "age_years": "66", "sex": "female",
             "ecog": "1"}  # fmt: skip
    rows = [{"case": pseudonym("site-01", "1"), **sound, **cells}, {"case": pseudonym("site-01", "2"), **sound}]
    values, report = taken(tmp_path, read_flat(pl.DataFrame(rows, infer_schema_length=None), file="patient.1.csv"))
    assert [(one.level, one.row, one.column) for one in report.remarks] == [("rejected", 2, column)]
    assert [place[0] for place in values] == [pseudonym("site-01", "2")]
    assert not any("Maria" in one.value + one.reason for one in report.remarks)
