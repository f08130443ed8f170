"""Patients like a case: the case in the registry's own variables, who is matched, what is held back, the page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glisson.actions.cohort.case_values import case_row, class_of
from glisson.actions.cohort.gather import gathered
from glisson.actions.cohort.like import LikeWanted, _asked, _of_folder, _Subject, like_of_tables
from glisson.actions.cohort.protocol_file import read_protocol
from glisson.case import Case, Result
from glisson.errors import BadInput, OutOfScope
from glisson.learn.cohort.kaplan_meier import kaplan_meier
from glisson.learn.cohort.reading import survival_quantile
from glisson.learn.cohort.registry.endpoint_times import times_of
from glisson.learn.cohort.registry.new_variables import of_population, with_new_variables
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.records.forms import FormEntry, form
from glisson.records.projection import case_of
from glisson.report.cohort_like import write_like_page
from glisson.simulate.registry import cirel, simulate_registry

PATIENTS = 80
MADE_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@cache
def entries() -> Sequence[FormEntry]:
    return [
        FormEntry("", one.case, one.site, one.form, one.edition, one.visit, one.instance, at=one.at, values=one.values)
        for one in simulate_registry(cirel(), patients=PATIENTS, seed=5).entries()
    ]


@cache
def tables() -> RegistryTables:
    return gathered(entries(), read_protocol("cirel")[0]).tables


def like(case: Case | str, **wanted: Any) -> Result:
    subject = _Subject(case) if isinstance(case, str) else _Subject(case.id, case)
    return like_of_tables(tables(), subject, _asked("cirel", LikeWanted(**wanted)))


def a_case(**more: Any) -> Case:
    observations = [
        {"what": "age_years", "value": 63},
        {"what": "ecog", "value": 1},
        {"what": "liver_lesions", "value": 6},
        {"what": "extrahepatic_disease", "answer": "no"},
    ]
    return Case.model_validate({"id": "board-7", "disease": "colorectal liver metastases", "observations": observations} | more)


SHARED = ("ecog", "weight_kg", "cea_ug_per_L")
"""Two forms ask for these: the case has one answer."""


def _projected(name: str) -> bool:
    """Whether a variable is an item that becomes a value on a Case by itself."""
    of_form, _, item_name = name.partition(".")
    if of_form not in ("patient", "disease", "decision", "laboratory") or item_name in SHARED:
        return False
    noun = form(of_form).item(item_name).noun
    return noun is not None and (noun.noun == "observation" or noun.field == "intention")


def test_values_of_a_case_against_the_row_of_the_same_patient_in_the_registry() -> None:
    protocol, _ = read_protocol("cirel")
    names = [name for name in tables().patients.columns if "." in name and _projected(name)]
    names += ["score.nlr", "score.albi_grade", "score.apri", "intention.two_classes"]
    assert len(names) > 40
    for patient in tables().patients["patient"].to_list()[:20]:
        case = case_of(patient, [one for one in entries() if one.case == patient])
        found = case_row(case, tables(), protocol)
        stored = tables().patients.row(by_predicate=pl.col("patient") == patient, named=True)
        for name in names:
            wanted = stored[name]
            assert found[name] == (sorted(wanted) if isinstance(wanted, list) else wanted), name


def test_only_what_was_known_before_treatment_is_used() -> None:
    def at(day: str, value: float) -> dict[str, Any]:
        return {"what": "ecog", "value": value, "at": day}

    treatment = {"id": "tace", "kind": "TACE", "sessions": [{"id": "s1", "kind": "delivery", "at": "2026-02-01"}]}
    case = a_case(observations=[at("2026-01-20", 0), at("2026-03-20", 2)], treatments=[treatment])
    protocol, _ = read_protocol("cirel")
    assert case_row(case, tables(), protocol)["patient.ecog"] == "0"
    untreated = case.model_copy(update={"treatments": ()})
    assert case_row(untreated, tables(), protocol)["patient.ecog"] == "2"


def test_classes_of_forms_against_their_words() -> None:
    words = form("disease").item("liver_involvement_class").words
    assert [class_of(value, words) for value in (0, 25, 25.5, 50, 51)] == ["<=25", "<=25", ">25-50", ">25-50", ">50"]
    assert class_of(0, ("1", "2-3")) is None
    row = case_row(a_case(), tables(), read_protocol("cirel")[0])
    assert row["disease.liver_lesions_class"] == "4-10" and row["many_lesions"] == "1-10"


def test_a_patient_of_the_registry_is_left_out_of_those_like_it() -> None:
    protocol, _ = read_protocol("cirel")
    chosen, _ = of_population(with_new_variables(tables(), protocol), protocol)
    times = times_of(chosen, protocol, protocol.endpoint("os"))
    result = like(times.patients[0], nearest=0)
    assert result.value["cohort"] == len(times.patients) - 1
    assert any(one.code == "own-left-out" for one in result.findings)
    assert like(a_case(), nearest=0).value["cohort"] == len(times.patients)


def test_matched_by_one_word_against_a_filter_of_the_table() -> None:
    protocol, _ = read_protocol("cirel")
    chosen, _ = of_population(with_new_variables(tables(), protocol), protocol)
    times = times_of(chosen, protocol, protocol.endpoint("os"))
    result = like(a_case(), exact=("disease.extrahepatic_disease",))
    no = [word == "no" for word in times.labels(chosen, "disease.extrahepatic_disease")]
    assert result.value["matched"] == sum(no)
    expected = survival_quantile(kaplan_meier(times.of(no).data)).time
    shown = result.value["survival"]["median"]["time"]
    assert expected is not None and shown == round(expected, 1)
    assert result.value["not_matched_on"] == [] and result.parameters["exact"] == ["disease.extrahepatic_disease"]


def test_the_covariates_of_the_protocol_are_matched_on_where_nothing_is_named() -> None:
    result = like(a_case())
    asked = {one["variable"] for one in result.value["matched_on"]} | set(result.value["not_matched_on"])
    model = next(model for model in read_protocol("cirel")[0].models if model.endpoint == "os")
    assert asked == set(model.covariates) and result.value["nearest"] == 30
    assert {one.code for one in result.findings} >= {"confounding-by-indication", "case-lacks", "simulated-registry"}


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"by": ("patient.ecgo",)}, "no variable 'patient.ecgo'"),
        ({"by": ("tace_session.lobe",)}, "known of sessions"),
        ({"endpoint": "hepatic-progression"}, "nothing competes with"),
        ({"minimum": 1}, "a minimum of 1"),
        ({"nearest": -1}, "nearest"),
        ({"within": {"patient.sex": 1.0}}, "caliper"),
    ],
)
def test_a_match_that_cannot_be_is_refused(wanted: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        like(a_case(observations=[{"what": "sex", "answer": "male"}]), **wanted)


def test_those_as_near_as_the_last_are_taken_too_and_that_is_said() -> None:
    result = like(a_case(), by=("disease.extrahepatic_disease",), nearest=10)
    assert result.value["matched"] > 10 and "as-near" in {one.code for one in result.findings}
    assert "as-near" not in {one.code for one in like(a_case(), by=("patient.age_years",), nearest=0).findings}


def test_a_stranger_to_the_registry_is_refused() -> None:
    with pytest.raises(BadInput, match="no such case"):
        like("site-09-nobody")


def test_a_case_of_another_disease_is_refused(tmp_path: Path) -> None:
    (tmp_path / "case.yaml").write_text("glisson: 1\nid: x\ndisease: hepatocellular carcinoma\n", encoding="utf-8")
    with pytest.raises(OutOfScope, match="colorectal"):
        _of_folder(tmp_path)


def test_a_case_that_does_not_say_its_disease_is_warned_of() -> None:
    assert "disease-unknown" in {one.code for one in like(a_case(disease="unknown")).findings}


def test_no_response_without_windows_or_reader() -> None:
    asked = _asked("cirel", LikeWanted())
    bare = replace(asked, protocol=asked.protocol.model_copy(update={"windows": None}))
    result = like_of_tables(tables(), _Subject("board-7", a_case()), bare)
    assert result.value["responses"] == [] and "no-response" in {one.code for one in result.findings}
    unread = replace(tables(), reader=None)
    result = like_of_tables(unread, _Subject("board-7", a_case()), asked)
    assert any(one.code == "no-response" and "several readers" in one.text for one in result.findings)


def test_the_page_says_the_warning_and_the_numbers_and_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    result = like(a_case(), exact=("disease.extrahepatic_disease",))
    one, two = (write_like_page(tmp_path / name, result=result, made_at=MADE_AT) for name in ("a", "b"))
    page = one.html.read_text(encoding="utf-8")
    assert "confounding by indication" in page and "SIMULATED" in page.upper() and f"{result.value['matched']}" in page
    assert f"{result.value['survival']['median']['time']:.1f}" in page
    assert one.pdf.read_bytes() == two.pdf.read_bytes() and page == two.html.read_text(encoding="utf-8")
    numbers = pl.read_csv(tmp_path / "a" / "figures" / "like-survival.csv")
    shown = [row["survival"] for row in result.value["survival"]["at_times"]]
    assert numbers["survival"].to_list() == pytest.approx(shown) if None not in shown else numbers.height == len(shown)


def test_below_the_minimum_the_page_shows_no_outcome(tmp_path: Path) -> None:
    result = like(a_case(), minimum=PATIENTS)
    assert "survival" not in result.value and "suppressed" in {one.code for one in result.findings}
    page = write_like_page(tmp_path, result=result, made_at=MADE_AT)
    text = page.html.read_text(encoding="utf-8")
    assert "nothing shown" in text and "Kaplan-Meier (" not in text and not page.figures
