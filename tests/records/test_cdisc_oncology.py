"""SDTM tumour tables read into measurements and statements, and their responses against those in the data."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glisson.errors import BadInput
from glisson.follow.criteria import compared
from glisson.follow.measurements import MEASUREMENTS, STATEMENTS, checked_measurements, checked_statements
from glisson.follow.quality import quality
from glisson.follow.recist import recist11
from glisson.follow.rules import Rules
from glisson.records.cdisc.oncology import TumourTables, read_tumour_tables
from glisson.records.tables import read_table

AMBIGUOUS = ("01-701-1133", "radiologist 2", 4.0)


def tables(folder: Path, **options: Any) -> TumourTables:
    tu, tr, rs = (read_table(folder / f"sdtm_{domain}_onco_recist.csv") for domain in ("tu", "tr", "rs"))
    return read_tumour_tables(tu, tr, rs, **options)


@pytest.fixture(scope="module")
def cdisc(real_data: Path) -> TumourTables:
    return tables(real_data / "response_cdisc")


@pytest.mark.real_data
def test_real_tables_come_through_without_a_false_refusal(cdisc) -> None:
    assert {f.code for f in quality(cdisc.measurements, cdisc.statements)} == {"repeated-row"}
    assert cdisc.statements.height == 66
    assert cdisc.measurements["patient"].n_unique() == 8
    assert set(cdisc.measurements["reader"]) == {"investigator", "radiologist 1", "radiologist 2"}
    assert cdisc.partial_dates == 3
    assert set(checked_measurements(cdisc.measurements).columns) == set(MEASUREMENTS)
    assert set(checked_statements(cdisc.statements).columns) == set(STATEMENTS)


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("choice", "differ"),
    [
        ("by size", set()),
        ("progression after confirmed CR", set()),
        ("progression after CR", {AMBIGUOUS}),
        ("progression", {AMBIGUOUS}),
    ],
)
def test_overall_responses_of_66_visits_against_the_readers(cdisc, choice, differ) -> None:
    rules = Rules(reappearing_lesion=choice, after_progression="as read")
    found = recist11(cdisc.measurements, cdisc.statements, rules=rules)
    both = found.join(cdisc.statements, on=["patient", "reader", "visit_number"])
    assert both.height == found.height == 66
    wrong = both.filter(pl.col("overall") != pl.col("stated_response"))
    assert set(wrong.select("patient", "reader", "visit_number").rows()) == differ


@pytest.mark.real_data
def test_the_ambiguous_visit_is_reported_as_such(cdisc) -> None:
    found = recist11(cdisc.measurements, cdisc.statements)
    rows = found.filter(pl.col("ambiguous") == "reappearing_lesion")
    # readers 1 and the investigator measured 5.15 and 5 mm: PD by size, nothing is open there
    assert rows.select("patient", "reader", "visit_number").rows() == [AMBIGUOUS]
    words = rows["words"][0]
    assert "4.95 mm" in words
    assert "chosen 'progression after confirmed CR'" in words


@pytest.mark.real_data
def test_visits_after_progression_agree_as_read(cdisc) -> None:
    both = compared(recist11(cdisc.measurements, cdisc.statements), cdisc.statements)
    assert both["agrees"].to_list() == [True] * 66
    after = both.filter(pl.col("reason") != "")
    assert after.select("patient", "reader", "stated", "overall").rows() == [
        ("01-701-1028", "investigator", "SD", "PD"),
        ("01-701-1028", "radiologist 2", "SD", "PD"),
    ]


@pytest.mark.real_data
def test_sums_against_the_analysis_data_set(real_data, cdisc) -> None:
    adtr = read_table(real_data / "response_cdisc" / "adam_adtr_onco.csv").filter(pl.col("PARAMCD") == "SDIAM")
    expected = adtr.select(
        patient="USUBJID",
        visit=pl.col("AVISIT").str.to_lowercase(),
        total=pl.col("AVAL").cast(pl.Float64),
        base=pl.col("BASE").cast(pl.Float64),
        nadir=pl.col("NADIR").cast(pl.Float64),
        change=pl.col("CHGNAD").cast(pl.Float64),
    ).filter(pl.col("visit") != "baseline")
    found = recist11(cdisc.measurements, cdisc.statements).filter(pl.col("reader") == "investigator")
    both = expected.join(found, on=["patient", "visit"])
    assert both.height == expected.height > 0
    whole = both.filter(pl.col("sum_mm").is_not_null())
    assert whole.height >= both.height - 3
    for ours, theirs in (("sum_mm", "total"), ("baseline_mm", "base"), ("nadir_mm", "nadir"), ("change_from_nadir_mm", "change")):
        assert whole[ours].to_list() == pytest.approx(whole[theirs].to_list()), ours


@pytest.mark.real_data
@pytest.mark.parametrize(("day", "expected"), [("unknown", None), ("first", "2014-02-01"), ("last", "2014-02-28")])
def test_partial_dates_are_what_the_caller_says(real_data, day, expected) -> None:
    found = tables(real_data / "response_cdisc", partial_dates=day).measurements
    visit = found.filter((pl.col("patient") == "01-701-1015") & (pl.col("visit_number") == 3))
    assert set(visit["date"].cast(pl.String)) == {expected}


@pytest.mark.real_data
def test_the_same_tables_as_parquet_and_transport_file(real_data, tmp_path, cdisc) -> None:
    import pandas as pd
    import pyreadstat

    read = []
    for domain in ("tu", "tr", "rs"):
        table = read_table(real_data / "response_cdisc" / f"sdtm_{domain}_onco_recist.csv")
        numbers = [name for name in table.columns if name in ("VISITNUM", "TRSTRESN")]
        typed = table.with_columns(pl.col(name).cast(pl.Float64) for name in numbers)
        typed.write_parquet(tmp_path / f"{domain}.parquet")
        pyreadstat.write_xport(
            pd.DataFrame(typed.to_dict(as_series=False)),
            tmp_path / f"{domain}.xpt",
            file_format_version=5,
            table_name=domain.upper(),
        )
        read.append((read_table(tmp_path / f"{domain}.parquet"), read_table(tmp_path / f"{domain}.xpt")))
    for kind in (0, 1):
        found = read_tumour_tables(*(pair[kind] for pair in read))
        assert found.measurements.equals(cdisc.measurements)
        assert found.statements.equals(cdisc.statements)


TU = {"USUBJID": "p", "VISITNUM": "1", "VISIT": "SCREENING", "TULOC": "LIVER", "TUTESTCD": "TUMIDENT", "TUSTRESC": "TARGET",
      "TULNKID": "T1"}  # fmt: skip
TR = {"USUBJID": "p", "VISITNUM": "1", "VISIT": "SCREENING", "TRGRPID": "TARGET", "TRLNKID": "T1", "TRTESTCD": "LDIAM",
      "TRSTRESC": "20", "TRSTRESN": "20", "TRSTRESU": "mm", "TRDTC": "2026-01-05"}  # fmt: skip


def rows(first: dict[str, str], *others: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([first, *({**first, **other} for other in others)], infer_schema_length=None)


def test_stated_centimetres_are_converted_and_unknown_units_refused() -> None:
    second = {"VISITNUM": "2", "VISIT": "WEEK 8", "TRSTRESC": "3", "TRSTRESN": "3", "TRSTRESU": "cm"}
    found = read_tumour_tables(rows(TU), rows(TR, second)).measurements
    assert found["diameter_mm"].to_list() == [20, 30]
    for unit in ("in", None):
        with pytest.raises(BadInput, match="size without a unit that is known: rows 3"):
            read_tumour_tables(rows(TU), rows(TR, {**second, "TRSTRESU": unit}))


def test_words_in_place_of_sizes_become_states() -> None:
    nothing = {"TRSTRESN": None, "TRSTRESU": None}
    tr = rows(
        TR,
        {"VISITNUM": "2", "TRORRES": "TOO SMALL TO MEASURE", "TRSTRESC": "5", "TRSTRESN": "5"},
        {"VISITNUM": "3", "TRSTRESC": None, "TRSTAT": "NOT DONE", **nothing},
        {"VISITNUM": "4", "TRSTRESC": "0", "TRSTRESN": "0", "TRSTRESU": None},
        {"VISITNUM": "5", "TRTESTCD": "TUMSTATE", "TRSTRESC": "ABSENT", **nothing},
    )
    found = read_tumour_tables(rows(TU), tr).measurements
    assert found["state"].to_list() == ["measured", "too small", "not evaluable", "absent", "absent"]
    assert found["diameter_mm"].to_list() == [20, 5, None, 0, None]
    with pytest.raises(BadInput, match="tumour state that is not known: rows 2") as error:
        read_tumour_tables(rows(TU), rows({**TR, "TRTESTCD": "TUMSTATE", "TRSTRESC": "BETTER"}))
    assert "BETTER" not in str(error.value)


def test_a_node_is_measured_by_its_short_axis() -> None:
    node = {**TU, "TULOC": "LYMPH NODE"}
    tr = rows(TR, {"TRTESTCD": "LPERP", "TRSTRESN": "16"})
    found = read_tumour_tables(rows(node), tr).measurements
    assert found.select("node", "diameter_mm", "perpendicular_mm").row(0) == (True, 16, 20)
    with_axis = pl.concat([tr, rows({**TR, "TRTESTCD": "SAXIS", "TRSTRESN": "15"})])
    assert read_tumour_tables(rows(node), with_axis).measurements["diameter_mm"].to_list() == [15]


def test_new_lesion_that_only_TU_names_is_present() -> None:
    tu = rows(TU, {"TUSTRESC": "NEW", "TULNKID": "NEW01", "VISITNUM": "2", "VISIT": "WEEK 8"})
    found = read_tumour_tables(tu, rows(TR, {"VISITNUM": "2", "VISIT": "WEEK 8"})).measurements
    new = found.filter(pl.col("role") == "new")
    assert new.select("lesion", "visit", "state", "baseline").rows() == [("NEW01", "week 8", "present", False)]
    assert recist11(found)["overall"].to_list() == ["PD"]


def test_new_lesion_of_TU_without_a_size_in_TR_is_present() -> None:
    new = {"USUBJID": "p", "TULNKID": "NEW1", "TUSTRESC": "NEW", "TULOC": "LIVER", "VISITNUM": "2"}
    result = {"USUBJID": "p", "TRLNKID": "NEW1", "TRTESTCD": "LDIAM", "TRSTRESN": None, "TRSTAT": None, "VISITNUM": "2"}
    states = [
        read_tumour_tables(pl.DataFrame([new]), pl.DataFrame([result | said], infer_schema_length=None))
        .measurements["state"]
        .item()
        for said in ({}, {"TRSTAT": "NOT DONE"})
    ]
    assert states == ["present", "not evaluable"]


def test_two_places_and_two_values_reach_the_quality_report() -> None:
    places = read_tumour_tables(rows(TU, {"TULOC": "LUNG"}), rows(TR)).measurements
    assert {f.code for f in quality(places)} == {"two-sites", "duplicate-key", "location-changes"}
    values = read_tumour_tables(rows(TU), rows(TR, {"TRSTRESN": "25"})).measurements
    assert [(f.code, f.rows) for f in quality(values)] == [("duplicate-key", (2, 3))]
    moved = read_tumour_tables(rows(TU, {"TULOC": "LUNG", "VISITNUM": "2"}), rows(TR, {"VISITNUM": "2"})).measurements
    assert moved["organ"].to_list() == ["liver", "lung"]
    assert [f.code for f in quality(moved)] == ["location-changes"]


def test_fragments_are_linked_by_TUSPLIT() -> None:
    tu = rows(TU, {"TULNKID": "T1.1", "VISITNUM": "2"}, {"TUTESTCD": "TUSPLIT", "TULNKID": "T1.1", "VISITNUM": "2"})
    found = read_tumour_tables(tu, rows(TR, {"TRLNKID": "T1.1", "VISITNUM": "2"})).measurements
    assert found["split_from"].to_list() == [None, "T1"]


def test_flagged_baseline_stands_before_the_visit_of_identification() -> None:
    tr = rows({**TR, "TRLOBXFL": None}, {"VISITNUM": "2", "TRLOBXFL": "Y"}, {"VISITNUM": "3", "TRLOBXFL": None})
    assert read_tumour_tables(rows(TU), tr).measurements["baseline"].to_list() == [False, True, False]


def test_statements_of_RS() -> None:
    rs = rows(
        {"USUBJID": "p", "VISITNUM": "2", "RSTESTCD": "OVRLRESP", "RSSTRESC": "NON-CR/NON-PD", "RSACPTFL": "Y"},
        {"RSTESTCD": "NTRGRESP", "RSSTRESC": "NON-CR/NON-PD"},
        {"RSTESTCD": "NEWLIND", "RSSTRESC": "N"},
        {"RSTESTCD": "SYMPTDTR", "RSSTRESC": "Y"},
    )
    said = checked_statements(read_tumour_tables(rows(TU), rows(TR), rs).statements).row(0, named=True)
    assert said["stated_response"] == said["non_target_statement"] == "non-CR/non-PD"
    assert (said["new_lesion_statement"], said["symptomatic_deterioration"], said["accepted"]) == (False, True, True)
    assert said["reader"] == "investigator"
    with pytest.raises(BadInput, match="stands twice for a visit: rows 2, 6"):
        read_tumour_tables(rows(TU), rows(TR), pl.concat([rs, rs.head(1)]))


def test_tables_that_lack_a_column_are_refused() -> None:
    with pytest.raises(BadInput, match="TR: no column TRLNKID"):
        read_tumour_tables(rows(TU), rows(TR).drop("TRLNKID"))
    with pytest.raises(BadInput, match="TU: no role: rows 2"):
        read_tumour_tables(rows({**TU, "TUSTRESC": "?"}), rows(TR))


def test_files_that_are_no_tables_are_refused(tmp_path) -> None:
    for name in ("a.xpt", "a.parquet", "a.csv"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00 nothing")
        with pytest.raises(BadInput, match=name):
            read_table(tmp_path / name)
    with pytest.raises(BadInput, match="no file"):
        read_table(tmp_path / "b.csv")
    with pytest.raises(BadInput, match=r"Allowed: .csv, .xpt, .parquet"):
        read_table(tmp_path / "b.docx")


def test_an_unknown_way_with_partial_dates_is_refused() -> None:
    empty = pl.DataFrame({"USUBJID": [], "TULNKID": [], "TULOC": []})
    with pytest.raises(BadInput, match="unknown, first, last"):
        read_tumour_tables(empty, empty, partial_dates="last day")  # type: ignore[arg-type]
