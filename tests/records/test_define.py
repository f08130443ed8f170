"""Define-XML 2.1 against its data sets, and analysis data sets of a simulated study against their own sums."""

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import polars as pl
import pyreadstat
import pytest
from exchange_registry import pseudonym

from glisson.records.cdisc.adam import adsl, split_long, study_day
from glisson.records.cdisc.dataset import Dataset, read_dataset, write_datasets
from glisson.records.cdisc.define import DEF, ODM, XLINK, define_xml
from glisson.records.cdisc.sdtm_out import sdtm
from glisson.records.forms import FormEntry
from glisson.simulate.registry import cirel, simulate_registry

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
O, D = f"{{{ODM}}}", f"{{{DEF}}}"


@pytest.fixture(scope="module")
def study() -> list[FormEntry]:
    made = simulate_registry(cirel(), patients=25, seed=3)
    return [
        FormEntry(
            f"e{number}", pseudonym("site-01", one.case), "site-01", one.form, one.edition, one.visit or "", one.instance, one.at,
            values=dict(one.values),
        )
        for number, one in enumerate(made.entries())
    ]  # fmt: skip


@pytest.fixture(scope="module")
def analysis(study: list[FormEntry]) -> dict[str, Dataset]:
    from glisson.actions.registry.analysis import adam

    found = adam(study, study="S1", simulated=frozenset(entry.case for entry in study))
    assert found.left_out == () and found.reader is not None
    return {one.name: one for one in found.datasets}


@pytest.fixture(params=["sdtm", "adam"])
def datasets(request: pytest.FixtureRequest, study: list[FormEntry], analysis: dict[str, Dataset]) -> list[Dataset]:
    return sdtm(study, study="S1") if request.param == "sdtm" else list(analysis.values())


def test_define_describes_every_data_set_and_variable(datasets: list[Dataset]) -> None:
    root = ET.fromstring(define_xml(datasets, study="S1", created=NOW, simulated=True))
    assert root.tag == O + "ODM" and root.get("ODMVersion") == "1.3.2" and root.get(D + "Context") == "Other"
    version = root.find(f"{O}Study/{O}MetaDataVersion")
    assert version is not None and version.get(D + "DefineVersion") == "2.1.0"
    assert "SIMULATED" in (root.findtext(f".//{O}StudyDescription") or "")
    groups = {group.get("Name"): group for group in version.iter(O + "ItemGroupDef")}
    assert list(groups) == [one.name for one in datasets]
    items = {item.get("OID"): item for item in version.iter(O + "ItemDef")}
    for one in datasets:
        references = groups[one.name].findall(O + "ItemRef")
        assert [ref.get("ItemOID") for ref in references] == [f"IT.{one.name}.{column}" for column in one.table.columns]
        for column in one.table.columns:
            item = items[f"IT.{one.name}.{column}"]
            longest = one.table[column].str.len_bytes().max() if one.table[column].dtype == pl.String else None
            if item.get("DataType") == "text":
                assert int(item.get("Length") or 0) == max(1, longest or 1)  # type: ignore[call-overload]
            assert item.findtext(f"{O}Description/{O}TranslatedText")
        leaf = groups[one.name].find(D + "leaf")
        assert leaf is not None and leaf.get(f"{{{XLINK}}}href") == f"{one.name.lower()}.xpt"


def test_every_reference_in_define_leads_somewhere_once(datasets: list[Dataset]) -> None:
    root = ET.fromstring(define_xml(datasets, study="S1", created=NOW))
    for kind, tag in (("OID", None), ("ID", D + "leaf")):
        every = [element.get(kind) for element in root.iter(tag) if element.get(kind)]
        assert len(every) == len(set(every))
    defined = {element.get("OID") for element in root.iter() if element.get("OID")}
    used = {
        element.get(name)
        for element in root.iter()
        for name in ("ItemOID", "CodeListOID", "ValueListOID", "WhereClauseOID", D + "ItemOID", D + "StandardOID")
        if element.get(name)
    }
    assert used <= defined
    order = [element.tag.partition("}")[2] for element in root.find(f"{O}Study/{O}MetaDataVersion") or ()]
    ranks = ["Standards", "ValueListDef", "WhereClauseDef", "ItemGroupDef", "ItemDef", "CodeList"]
    assert order == sorted(order, key=ranks.index)


def test_results_have_a_value_list_by_test_and_words_a_code_list(study: list[FormEntry]) -> None:
    made = sdtm(study)
    root = ET.fromstring(define_xml(made, study="S1", created=NOW))
    table = next(one.table for one in made if one.name == "LB")
    found = root.find(f".//{D}ValueListDef[@OID='VL.LB.LBORRES']")
    assert found is not None and len(found) == table["LBTESTCD"].n_unique()
    words = root.find(f".//{O}CodeList[@OID='CL.DM.SEX']")
    assert words is not None and [item.get("CodedValue") for item in words] == ["F", "M"]


def test_sums_and_responses_of_the_study_against_its_lesions(study: list[FormEntry], analysis: dict[str, Dataset]) -> None:
    assert set(analysis) == {"ADSL", "ADTR", "ADRS", "ADTTE", "ADAE"}
    rows = analysis["ADTR"].table
    baseline = [e for e in study if e.form == "lesion" and e.visit == "scan-0" and e.get("role") == "target"]
    by_hand: dict[tuple[str, str], float] = {}
    for entry in baseline:
        key = (entry.case, str(entry.get("reader")))
        by_hand[key] = by_hand.get(key, 0) + (entry.number("longest_diameter_mm") or entry.number("short_axis_mm") or 0)
    sums = rows.filter(pl.col("PARAMCD") == "SDIAM")
    assert sums.height > 20
    compared = [(base, by_hand[case, reader]) for case, reader, base in sums.select("USUBJID", "PARCAT2", "BASE").iter_rows()
                if (case, reader) in by_hand]  # fmt: skip
    assert len(compared) > 20
    assert [base for base, _ in compared] == pytest.approx([hand for _, hand in compared])
    assert not sums.select("USUBJID", "PARCAT2", "AVISIT").is_duplicated().any()
    assert set(rows["PARAMCD"]) == {"LDIAM", "SDIAM", "SDIAMLIV"}
    changes = (
        sums.filter((pl.col("BASE") > 0) & pl.col("AVAL").is_not_null())
        .select(pl.col("PCHG") - 100 * (pl.col("AVAL") / pl.col("BASE") - 1))
        .to_series()
    )
    assert changes.abs().max() == pytest.approx(0, abs=1e-9)


def test_times_and_subjects_against_the_entries(study: list[FormEntry], analysis: dict[str, Dataset]) -> None:
    deaths = {entry.case: entry.day("died_on") for entry in study if entry.form == "death"}
    times = analysis["ADTTE"].table
    survival = times.filter(pl.col("PARAMCD") == "OS")
    assert {row[0]: row[1] for row in survival.filter(pl.col("CNSR") == 0).select("USUBJID", "ADT").iter_rows()} == deaths
    subjects = analysis["ADSL"].table
    assert dict(subjects.drop_nulls("DTHDT").select("USUBJID", "DTHDT").iter_rows()) == deaths
    assert set(subjects["SIMULFL"]) == {"Y"} and set(subjects["STUDYID"]) == {"S1-SIMULATED"}
    events = analysis["ADAE"].table
    assert events.height == sum(entry.form == "adverse_event" for entry in study)
    assert set(times["STUDYID"]) == set(events["STUDYID"]) == {"S1-SIMULATED"}


def test_analysis_data_sets_in_XPT_keep_every_cell(analysis: dict[str, Dataset], tmp_path: Path) -> None:
    for path, one in zip(write_datasets(analysis.values(), tmp_path, "xpt"), analysis.values(), strict=True):
        again = read_dataset(path).table
        days = [name for name, kind in one.table.schema.items() if kind == pl.Date]
        epoch = pl.date(1960, 1, 1)
        expected = one.table.with_columns((pl.col(name) - epoch).dt.total_days().cast(pl.Float64) for name in days)
        assert again.equals(expected), one.name
        _, meta = pyreadstat.read_xport(path, disable_datetime_conversion=True)
        assert all(meta.original_variable_types[name] == "DATE9" for name in days)


def test_a_case_whose_lesions_cannot_be_used_is_named_and_the_others_stay(study: list[FormEntry]) -> None:
    from dataclasses import replace

    from glisson.actions.registry.analysis import adam

    broken = next(entry for entry in study if entry.form == "lesion" and entry.get("role") == "target")
    twin = replace(broken, id="twin", instance=99, values={**broken.values, "longest_diameter_mm": 77})
    found = adam([*study, twin], study="S1", simulated=frozenset())
    assert {one.case for one in found.left_out} == {broken.case}
    rows = next(one.table for one in found.datasets if one.name == "ADTR")
    assert broken.case not in set(rows["USUBJID"]) and rows["USUBJID"].n_unique() > 10
    assert broken.case in set(adsl(study).table["USUBJID"])


def test_text_that_is_too_long_goes_on_in_the_next_column() -> None:
    table = split_long(pl.DataFrame({"DEFN": ["word " * 60, None, "short"]}))
    assert table.columns == ["DEFN", "DEFN1"]
    assert table.select(pl.concat_str("DEFN", "DEFN1", ignore_nulls=True)).to_series().to_list() == ["word " * 60, "", "short"]
    assert study_day(None, NOW.date()) is None
