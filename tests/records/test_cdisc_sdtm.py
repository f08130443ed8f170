"""SDTM: every form through XPT and CSV and back; tables of another study unchanged; what version 5 of XPT can hold."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import polars as pl
import pyreadstat
import pytest
from exchange_registry import cases, plain, pseudonym
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.records.cdisc.dataset import Dataset, read_dataset, read_datasets, write_datasets
from glisson.records.cdisc.long_text import joined, numbered, pieces
from glisson.records.cdisc.oncology import read_tumour_tables
from glisson.records.cdisc.records_of_entry import reason_name
from glisson.records.cdisc.sdtm_in import read_sdtm
from glisson.records.cdisc.sdtm_out import sdtm
from glisson.records.cdisc.targets import FINDINGS, target
from glisson.records.forms import FormEntry, ItemType, forms
from glisson.records.intake import Read
from glisson.records.tables import read_table, write_table
from glisson.simulate.registry import cirel, simulate_registry

CASE = pseudonym("site-01", "4711")


def back(entries: list[FormEntry], ending: Any) -> Read:
    with TemporaryDirectory() as folder:
        write_datasets(sdtm(entries), Path(folder), ending)
        return read_sdtm(read_datasets([Path(folder)]))


def trimmed(entries: Any) -> dict[Any, dict[str, Any]]:
    """Values without blanks at the end of text, which a transport file does not keep."""
    return {
        place: {item: value.rstrip(" ") if isinstance(value, str) else value for item, value in values.items()}
        for place, values in plain(entries).items()
    }


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries=cases())
@pytest.mark.parametrize("ending", ["xpt", "csv"])
def test_any_entry_there_and_back(ending: str, entries: list[FormEntry]) -> None:
    found = back(entries, ending)
    assert trimmed(found.entries) == trimmed(entries)
    assert found.remarks == ()


def simulated(patients: int) -> list[FormEntry]:
    made = simulate_registry(cirel(), patients=patients, seed=3)
    names: dict[str, str] = {}
    found = []
    for number, one in enumerate(made.entries()):
        case = names.setdefault(one.case, pseudonym("site-01", one.case))
        values = dict(one.values)
        found.append(
            FormEntry(f"e{number}", case, "site-01", one.form, one.edition, one.visit or "", one.instance, one.at, values=values)
        )
    return found


@pytest.fixture(scope="module")
def study() -> list[FormEntry]:
    return simulated(25)


def test_a_simulated_study_there_and_back(study: list[FormEntry]) -> None:
    found = back(study, "xpt")
    assert len(study) > 1000
    assert plain(found.entries) == plain(study)


def test_domains_of_a_study_against_what_sdtm_asks_for(study: list[FormEntry]) -> None:
    everyone = frozenset(entry.case for entry in study)
    made = {one.name: one for one in sdtm(study, study="S1", simulated=everyone)}
    assert {"DM", "TU", "TR", "RS", "AE", "LB", "EX", "PR", "DS", "QS", "SUPPDM", "SUPPAE"} <= set(made)
    for name, one in made.items():
        table = one.table
        assert set(table["STUDYID"]) == {"S1-SIMULATED"}, name
        assert all(len(column) <= 8 for column in table.columns)
        if name.startswith("SUPP"):
            key = ["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"]
            assert not table.select(key).is_duplicated().any(), name
            assert table["QVAL"].null_count() == 0
        elif name != "DM":
            assert set(table["DOMAIN"]) == {name}
            assert not table.select("USUBJID", f"{name}SEQ").is_duplicated().any(), name
        if name in FINDINGS:
            empty = table.filter(pl.col(f"{name}ORRES").is_null() & pl.col(f"{name}STAT").is_null())
            limits = (
                empty.filter(pl.col("LBSTNRHI").is_not_null() | pl.col("LBSTNRLO").is_not_null()) if name == "LB" else empty[:0]
            )
            assert empty.height == limits.height, name
    assert made["DM"].table.height == len(everyone)
    subjects = dict(made["DM"].table.select("USUBJID", "RFSTDTC").iter_rows())
    for case, day, when in made["EX"].table.select("USUBJID", "EXSTDY", "EXSTDTC").iter_rows():
        assert (day == 1) == (when[:10] == subjects[case])


def test_tumour_tables_of_an_export_are_read_by_the_reader_of_any_study(study: list[FormEntry]) -> None:
    made = {one.name: one.table for one in sdtm(study)}
    found = read_tumour_tables(made["TU"], made["TR"], made["RS"])
    lesions = [entry for entry in study if entry.form == "lesion"]
    assert found.measurements.height == len(lesions)
    sizes = sum(entry.number("longest_diameter_mm") or entry.number("short_axis_mm") or 0 for entry in lesions)
    assert found.measurements["diameter_mm"].sum() == pytest.approx(sizes)
    stated = [entry.get("overall") for entry in study if entry.form == "response" and entry.get("overall")]
    assert sorted(found.statements["stated_response"].drop_nulls()) == sorted(stated)


@pytest.mark.real_data
def test_tables_of_another_study_there_and_back(real_data: Path, tmp_path: Path) -> None:
    files = sorted((real_data / "response_cdisc").glob("*.csv"))
    assert len(files) == 9
    for file in files:
        text = read_table(file)
        one = read_dataset(file)
        name = file.stem.split("_")[1].upper()
        kept = Dataset(name, one.label, one.table)
        for ending in ("csv", "xpt"):
            write_datasets([kept], tmp_path, ending)  # type: ignore[arg-type]
            again = read_dataset(tmp_path / f"{name.lower()}.{ending}")
            assert again.table.columns == text.columns, file.name
            assert again.table.schema == one.table.schema, file.name
            assert again.table.equals(one.table), file.name
            assert same_content(again.table, text), file.name
    assert one.table.schema["TRSTRESN" if "TRSTRESN" in one.table.columns else "VISITNUM"] == pl.Float64


def same_content(table: pl.DataFrame, text: pl.DataFrame) -> bool:
    """Whether every cell says what the text of the file says, numbers by their value."""
    for name in text.columns:
        cells = text[name].cast(pl.Float64) if table.schema[name] == pl.Float64 else text[name]
        if not table[name].equals(cells):
            return False
    return True


def test_types_of_columns_are_those_of_cdisc(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_text(
        "USUBJID,SUBJID,SITEID,AGE,RFSTDTC\n01,0015,701,63.0,2014-01-02\n02,0016,701,,\n", encoding="utf-8"
    )
    table = read_dataset(tmp_path / "dm.csv").table
    assert table["AGE"].to_list() == [63.0, None]
    assert table["SUBJID"].to_list() == ["0015", "0016"]  # a number by its look, text by CDISC
    (tmp_path / "dm.csv").write_text("USUBJID,AGE\n01,old\n", encoding="utf-8")
    assert read_dataset(tmp_path / "dm.csv").table["AGE"].to_list() == ["old"]


def test_two_files_of_one_domain_and_a_folder_without_any_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no data set"):
        read_datasets([tmp_path])
    (tmp_path / "dm.csv").write_text("USUBJID\n1\n", encoding="utf-8")
    write_table(tmp_path / "dm.xpt", pl.DataFrame({"USUBJID": ["1"]}))
    with pytest.raises(BadInput, match="there twice"):
        read_datasets([tmp_path])
    with pytest.raises(BadInput, match="without DM"):
        read_sdtm([Dataset("AE", "", pl.DataFrame({"USUBJID": ["1"]}))])


def test_records_that_name_no_entry_are_reported_and_not_taken() -> None:
    made = sdtm([FormEntry("a", CASE, "site-01", "death", 1, "", 1, values={"died_on": "2026-01-01", "cause": "other"})])
    changed = [
        Dataset(d.name, d.label, d.table.with_columns(DSREFID=pl.lit(None, pl.String)) if d.name == "DS" else d.table)
        for d in made
    ]
    found = read_sdtm(changed)
    assert [(one.file, one.row, one.column) for one in found.remarks] == [("sdtm/ds", 2, "DSREFID")]
    assert [entry.values for entry in found.entries] == [{"died_on": "2026-01-01"}]


def test_a_second_entry_of_a_form_that_DM_holds_once() -> None:
    values = {"enrolled_on": "2026-01-01", "age_years": 60, "sex": "female", "ecog": {"missing": "unknown"}}
    entries = [
        FormEntry("a", CASE, "site-01", "patient", 1, "", 1, values=values),
        FormEntry("b", CASE, "site-01", "patient", 1, "later", 1, values={**values, "comorbidities": [], "age_years": 61}),
    ]
    assert plain(back(entries, "xpt").entries) == plain(entries)


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=900))
def test_long_text_in_pieces_and_together_again(text: str) -> None:
    parts = pieces(text)
    assert "".join(parts) == text
    assert all(len(part.encode("utf-8")) <= 200 for part in parts)
    qualifiers = {numbered("AETERM", number): part for number, part in enumerate(parts[1:], start=1)}
    assert joined("AETERM", parts[0], qualifiers) == text


def test_pieces_break_before_a_blank_so_that_none_is_lost() -> None:
    parts = pieces("seven letters " * 60)
    assert len(parts) == 5
    assert all(not part.endswith(" ") for part in parts[:-1])


@settings(max_examples=20, deadline=None)
@given(
    numbers=st.lists(
        st.floats(-1e70, 1e70, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-70), min_size=1, max_size=50
    )
)
def test_floating_point_of_IBM_keeps_every_bit(numbers: list[float]) -> None:
    with TemporaryDirectory() as folder:
        path = write_table(Path(folder) / "lb.xpt", pl.DataFrame({"LBSTRESN": numbers}))
        assert read_table(path)["LBSTRESN"].to_list() == numbers
        assert path.read_bytes()[:80].startswith(b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!")  # version 5


def test_xpt_opens_with_pyreadstat_and_with_pandas(study: list[FormEntry], tmp_path: Path) -> None:
    datasets = sdtm(study)
    for path, one in zip(write_datasets(datasets, tmp_path, "xpt"), datasets, strict=True):
        frame, meta = pyreadstat.read_xport(path)
        assert (meta.table_name, meta.file_label) == (one.name, one.label)
        assert meta.column_labels == [one.labels[name] for name in one.table.columns]
        assert all(meta.column_labels)
        other = pd.read_sas(path, format="xport", encoding="utf-8")
        assert other.shape == frame.shape == one.table.shape


def test_no_target_of_a_form_stands_twice_and_none_is_too_long() -> None:
    for form in forms().values():
        seen = [(t.domain, t.variable, t.testcode) for item in form.items if (t := target(form.form, item)) is not None]
        assert len(seen) == len(set(seen)) == len(form.items), form.form
        reasons = [reason_name(variable) for domain, variable, _ in seen if not domain.startswith("SUPP")]
        codes = [code for domain, _, code in seen if domain.startswith("SUPP")]
        assert not set(reasons) & set(codes)
        assert all(len(code or "") <= 8 for _, _, code in seen)
        for item in form.items:
            assert item.type is not ItemType.CHOICES or not any(";" in word or word == "NONE" for word in item.words)


@pytest.mark.parametrize("value", [2.2e-311, 1e76, -1e-80])
def test_a_number_that_a_transport_file_cannot_hold_is_refused(tmp_path: Path, value: float) -> None:
    with pytest.raises(BadInput, match="too small or too large"):
        write_table(tmp_path / "lb.xpt", pl.DataFrame({"LBSTRESN": [1.0, value]}))
