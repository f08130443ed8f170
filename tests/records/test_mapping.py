"""A mapping file against a real table, and against tables that break it."""

from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from exchange_registry import empty, plain, pseudonym, standing, taken

from glisson.errors import BadInput, NotAllowed
from glisson.records.access import Role
from glisson.records.cdisc.dataset import read_datasets, write_datasets
from glisson.records.cdisc.sdtm_in import read_sdtm
from glisson.records.cdisc.sdtm_out import sdtm
from glisson.records.flat import flat_tables, read_flat
from glisson.records.forms import FormEntry
from glisson.records.intake import Read, Remark, Source, take_in, value_class
from glisson.records.mapping import Mapping, read_mapped, read_mapping
from glisson.records.redcap import read_redcap, redcap_files
from glisson.records.redcap.data_in import visits_of
from glisson.records.tables import read_table, write_table

EXAMPLE = Path(__file__).parents[2] / "examples" / "crlm_clinical" / "mapping.yaml"
SMALL = {
    "glisson_mapping": 1,
    "site": "site-01",
    "case": {"identifier": "id"},
    "missing": {"-999": "unknown"},
    "entries": [
        {
            "form": "patient",
            "items": {
                "enrolled_on": {"column": "day", "date": "%d.%m.%Y"},
                "age_years": {"column": "age", "empty": "unknown"},
                "sex": {"column": "sex", "codes": {"1": "male", "2": "female"}},
                "ecog": {"reason": "unknown"},
                "height_cm": {"column": "height", "unit": "m"},
            },
        }
    ],
}
ROW = {"id": "Hospital 4711", "day": "01.02.2026", "age": "66", "sex": "2", "height": "1.71"}


def mapping(**changes: Any) -> Mapping:
    return Mapping.model_validate({**SMALL, **changes})


def read(*rows: dict[str, str | None], **changes: Any) -> Read:
    table = pl.DataFrame([{**ROW, **row} for row in rows], schema=dict.fromkeys(ROW, pl.String))
    return read_mapped(table, mapping(**changes), file="table.csv", pseudonym=pseudonym)


def items(**sources: Any) -> dict[str, Any]:
    return {"entries": [{"form": "patient", "items": {**SMALL["entries"][0]["items"], **sources}}]}  # type: ignore[index]


@pytest.fixture
def table(real_data: Path) -> pl.DataFrame:
    return read_table(real_data / "crlm_clinical" / "crlm_clinical.csv")


@pytest.fixture
def resected(table: pl.DataFrame) -> Read:
    return read_mapped(table, read_mapping(EXAMPLE), file="crlm_clinical.csv", pseudonym=pseudonym)


@pytest.mark.real_data
def test_197_patients_against_the_counts_of_the_table(table: pl.DataFrame, resected: Read, tmp_path: Path) -> None:
    stored, report = taken(tmp_path, resected)
    assert (report.rows, report.stored, report.cases, report.rejected_rows) == (197, 1017, 197, 0)
    forms = Counter(place[2] for place in stored)
    assert forms == {"patient": 197, "disease": 197, "follow_up": 197, "history_line": 197 + 122, "death": 107}
    sexes = Counter(values["sex"] for place, values in stored.items() if place[2] == "patient")
    assert sexes == {"male": 117, "female": 80}
    disease = [values for place, values in stored.items() if place[2] == "disease"]
    assert sum(values["cea_ug_per_L"] == {"missing": "unknown"} for values in disease) == 29
    assert max(v["cea_ug_per_L"] for v in disease if isinstance(v["cea_ug_per_L"], int | float)) == 1074
    sizes = [values["largest_metastasis_mm"] for values in disease]
    assert sizes.count({"missing": "unknown"}) == 2
    assert sum(s for s in sizes if not isinstance(s, dict)) == pytest.approx(10 * table["max_tumor_size"].cast(pl.Float64).sum())
    assert Counter(values["distribution"] for values in disease) == {"unilobar": 111, "bilobar": 86}
    assert Counter(str(v["hepatic_progression"]) for p, v in stored.items() if p[2] == "follow_up") == {"no": 116, "yes": 81}
    assert Counter(str(v["extrahepatic_progression"]) for p, v in stored.items() if p[2] == "follow_up") == {
        "no": 66, "yes": 131 - 81, "{'missing': 'unknown'}": 81,
    }  # fmt: skip


@pytest.mark.real_data
def test_missing_codes_and_impossible_scores_are_listed(resected: Read) -> None:
    listed = Counter((one.level, one.column) for one in resected.remarks)
    assert listed["missing", "carcinoembryonic_antigen"] == listed["missing", "clinrisk_score"] == 29
    assert listed["doubtful", "clinrisk_score"] == 31  # 4 too low by one, 27 too high by two, of 168
    zeros = {one.row for one in resected.remarks if one.column == "max_tumor_size"}
    assert zeros == {5, 27}
    assert dict(resected.unmapped)["relevant_notes"] == "free text about a scan"
    assert "Patient-ID" not in dict(resected.unmapped)


@pytest.mark.real_data
@pytest.mark.parametrize("way", ["redcap", "sdtm-xpt", "sdtm-csv", "parquet", "csv"])
def test_197_patients_there_and_back(resected: Read, tmp_path: Path, way: str) -> None:
    with empty(tmp_path / "first") as person:
        take_in(person, resected, Source("mapping", "0" * 64))
        entries = standing(person.registry)
    back, report = taken(tmp_path / "second", through(way, entries, tmp_path / "files"))
    assert back == plain(entries)
    assert (report.stored, report.rejected_rows, report.unmapped) == (1017, 0, ())


def through(way: str, entries: list[FormEntry], folder: Path) -> Read:
    """Entries written as files of a kind and read again."""
    folder.mkdir()
    if way == "redcap":
        files = redcap_files(entries)
        return read_redcap(files.data, file="data.csv", events=visits_of(files.events))
    if way.startswith("sdtm"):
        write_datasets(sdtm(entries), folder, "xpt" if way.endswith("xpt") else "csv")
        return read_sdtm(read_datasets([folder]))
    parts = []
    for name, one in flat_tables(entries, frozenset(), typed=way == "parquet").items():
        path = write_table(folder / f"{name}.{way}", one)
        parts.append(read_flat(read_table(path), file=path.name))
    return Read.together(parts)


def test_a_row_against_the_values_by_hand() -> None:
    (entry,) = read({}).entries
    assert entry.case == pseudonym("site-01", "Hospital 4711")
    assert entry.values == {
        "enrolled_on": "2026-02-01", "age_years": 66, "sex": "female", "ecog": {"missing": "unknown"}, "height_cm": 171,
    }  # fmt: skip
    assert read({"age": None}).entries[0].values["age_years"] == {"missing": "unknown"}
    assert read({"age": "-999.0", "height": None}).entries[0].values["age_years"] == {"missing": "unknown"}
    assert "height_cm" not in read({"height": None}).entries[0].values


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("sex", "17", "a code that the mapping does not know"),
        ("age", "66,5", "not a number"),
        ("age", "66.5", "not a whole number"),
        ("day", "2026-02-01", "not a day written as"),
        ("day", "31.02.2026", "not a day written as"),
        ("height", "tall", "not a number"),
        ("height", "nan", "not a number"),
        ("height", "1e999999999", "not a number"),
        ("age", "9" * 5000, "not a number"),
        ("id", None, "names no case"),
        ("id", "x" * 201, "a local identifier"),
    ],
)
def test_a_cell_that_cannot_be_read_rejects_its_row_and_no_other(column: str, cell: str | None, reason: str) -> None:
    found = read({}, {"id": "4712", column: cell})
    assert len(found.entries) == 1
    (remark,) = [one for one in found.remarks if one.level == "rejected"]
    assert (remark.row, remark.column) == (3, column)
    assert reason in remark.reason
    assert remark.value == value_class(cell)
    assert cell is None or cell not in str(remark)


def test_a_value_that_the_form_refuses_rejects_its_row(tmp_path: Path) -> None:
    stored, report = taken(tmp_path, read({}, {"id": "4712", "age": "660"}))
    assert len(stored) == report.stored == report.rejected_rows == 1
    (remark,) = [one for one in report.remarks if one.level == "rejected"]
    assert (remark.row, remark.column, remark.value) == (3, "patient.age_years", "whole number")
    assert "660" not in str(report)


def test_an_unusual_value_is_stored_and_listed(tmp_path: Path) -> None:
    stored, report = taken(tmp_path, read({"age": "101"}))
    assert len(stored) == 1
    assert [(one.level, one.column) for one in report.remarks] == [("doubtful", "patient.age_years")]


def test_nothing_of_a_row_is_stored_if_one_of_its_forms_is_refused(tmp_path: Path) -> None:
    death = {"form": "death", "items": {"died_on": {"column": "day"}, "cause": {"constant": "other"}}}
    found = read({}, entries=[*SMALL["entries"], death])  # type: ignore[misc]
    stored, report = taken(tmp_path, found)
    assert stored == {} and report.rejected_rows == 1


def test_two_rows_of_one_patient_reject_the_second(tmp_path: Path) -> None:
    stored, report = taken(tmp_path, read({}, {"age": "67"}))
    assert [values["age_years"] for values in stored.values()] == [66]
    assert [one.reason for one in report.remarks] == ["the file fills this place of the case twice"]


def test_the_same_file_twice_stores_once_and_another_value_is_refused(tmp_path: Path) -> None:
    with empty(tmp_path) as person:
        take_in(person, read({}), Source("mapping", "1" * 64))
        again = take_in(person, read({}), Source("mapping", "1" * 64))
        assert (again.stored, again.already) == (0, 1)
        other = take_in(person, read({"age": "67"}), Source("mapping", "2" * 64))
        assert (other.stored, other.rejected_rows) == (0, 1)
        assert "correct that one" in other.remarks[0].reason
        assert [entry.values["age_years"] for entry in standing(person.registry)] == [66]
        audits = [e.payload or {} for e in person.registry.entries(None, kinds=["audit"])]
        hashes = [audit["query"].split()[2] for audit in audits if audit.get("action") == "import data"]
        assert hashes == ["1" * 64 + ":", "1" * 64 + ":", "2" * 64 + ":"]
        assert person.registry.verify().ok


def test_who_may_not_import_stores_nothing(tmp_path: Path) -> None:
    with empty(tmp_path, Role.MONITOR) as person:
        with pytest.raises(NotAllowed):
            take_in(person, read({}), Source("mapping", "0" * 64))
        assert person.registry.cases() == []
    with empty(tmp_path / "other", sites=("site-02",)) as person, pytest.raises(NotAllowed):
        take_in(person, read({}), Source("mapping", "0" * 64))


def test_withdrawn_locked_and_foreign_cases_take_nothing(tmp_path: Path) -> None:
    consent = {"consented_on": "2026-01-01", "covers": ["registry"], "withdrawn": "yes", "withdrawn_on": "2026-02-01",
               "withdrawal_scope": "no further data"}  # fmt: skip
    with empty(tmp_path) as person:
        first = read({}).entries[0]
        take_in(person, Read((first, replace_entry(first, form="consent", values=consent))), Source("test", "0" * 64))
        death = replace_entry(first, form="death", values={"died_on": "2026-02-02", "cause": "other"})
        report = take_in(person, Read((death,)), Source("test", "1" * 64))
        assert [one.reason for one in report.remarks] == ["consent was withdrawn to new data of the case"]
        strange = replace_entry(first, case="p-1")
        assert "not a pseudonym" in take_in(person, Read((strange,)), Source("test", "2" * 64)).remarks[0].reason
        moved = replace_entry(death, case=first.case, site="site-02")
        assert take_in(person, Read((moved,)), Source("test", "3" * 64)).rejected_rows == 1


def test_a_new_case_without_patient_is_refused(tmp_path: Path) -> None:
    death = replace_entry(read({}).entries[0], form="death", values={"died_on": "2026-02-02", "cause": "other"})
    stored, report = taken(tmp_path, Read((death,)))
    assert stored == {} and "no form 'patient'" in report.remarks[0].reason


def replace_entry(entry: Any, **changes: Any) -> Any:
    from dataclasses import replace

    return replace(entry, **changes)


def test_the_local_identifier_is_nowhere(tmp_path: Path) -> None:
    found = read({"id": "Planted Name 1951"}, {"id": "Planted Name 1951", "age": "x"})
    with empty(tmp_path) as person:
        report = take_in(person, found, Source("mapping", "0" * 64))
    assert b"Planted" not in (tmp_path / "r.sqlite").read_bytes()
    assert "Planted" not in repr(found) + repr(report)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "Extra inputs"),
        (items(height={"column": "height"}), "no item 'height'"),
        (items(height_cm={"column": "height", "unit": "inch"}), "give the factor"),
        (items(height_cm={"column": "height", "unit": "m", "factor": "100"}), "not both"),
        (items(sex={"column": "sex", "codes": {"1": "man"}}), "a word that the form does not have"),
        (items(sex={"column": "sex", "constant": "male"}), "one of 'column', 'constant' or 'reason'"),
        (items(sex={"constant": "male", "codes": {"1": "male"}}), "belong to a column"),
        (items(sex={"column": "sex", "factor": "2"}), "it is no number"),
        (items(sex={"column": "sex", "date": "%Y"}), "it is no date"),
        ({"entries": [{"form": "patent", "items": {}}]}, "no form of this name"),
        ({"case": {"identifier": "id", "pseudonym": "p"}}, "one of 'identifier' or 'pseudonym'"),
        ({"site": None}, "one of 'site' or 'site_column'"),
    ],
)
def test_a_mapping_that_cannot_fit_is_refused_before_any_row(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mapping(**changes)


def test_a_mapping_file_says_where_it_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(
        "glisson_mapping: 1\nsite: a\ncase: {identifier: id}\nentries: [{form: patient, itms: {}}]\n", encoding="utf-8"
    )
    with pytest.raises(BadInput, match=r"'m.yaml', entries.0"):
        read_mapping(file)
    file.write_text("a: [", encoding="utf-8")
    with pytest.raises(BadInput, match="not YAML"):
        read_mapping(file)
    with pytest.raises(BadInput, match="no file"):
        read_mapping(tmp_path / "none.yaml")


def test_a_table_without_a_named_column_is_refused() -> None:
    with pytest.raises(BadInput, match="no column weight"):
        read({}, **items(weight_kg={"column": "weight"}))


def test_value_classes_never_hold_the_value() -> None:
    assert Remark("rejected", "f", 2, "c", value_class("Maria"), "r").value == "text of 5 characters"
    assert value_class("2026-03-02T09:30:00+01:00") == "time"
    assert value_class("1e3") == "number"
