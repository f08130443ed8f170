"""Forms as data: what they ship, what they take, what they refuse, and their codebook and REDCap fields."""

import csv
import re
from io import StringIO
from typing import Any

import pytest
from form_values import valid_values, whole_case
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glisson.case.observation import BOUNDS, CHOICES
from glisson.records.forms import (
    Form,
    ItemType,
    check_values,
    codebook,
    codebook_csv,
    codebook_markdown,
    form,
    forms,
    redcap_field,
)

NAMES = (
    "patient", "disease", "history_line", "decision", "tace_session", "sirt_session", "hai_course", "ablation_session", "laboratory",
    "imaging", "lesion", "response", "adverse_event", "qlq_c30", "follow_up", "death", "consent",
)  # fmt: skip
ITEMS = [(name, item) for name, one in forms().items() for item in one.items]
DEATH = {"died_on": "2026-03-02", "cause": "cancer"}


def found(name: str, **values: Any) -> list[tuple[str, str | None, str]]:
    return [(problem.code, problem.item, problem.level) for problem in check_values(form(name), values)]


def test_forms_against_the_list_of_the_registry() -> None:
    assert set(forms()) == set(NAMES)
    assert all(one.edition == 1 and "proposal" in one.proposal.lower() for one in forms().values() if one.form != "qlq_c30")


def test_every_number_has_a_unit_and_two_bounds() -> None:
    lacking = []
    for name, item in ITEMS:
        if item.type in (ItemType.NUMBER, ItemType.INTEGER):
            counted = item.type is ItemType.INTEGER or item.name == "inr"
            if item.refuse is None or item.warn is None or (not counted and not item.unit):
                lacking.append(f"{name}.{item.name}")
    assert lacking == []


UNITS = {
    "mm": "mm", "µm": "um", "mL": "mL", "mg": "mg", "GBq": "GBq", "Gy": "Gy", "g": "g", "kg": "kg", "cm": "cm", "min": "min",
    "fraction": "fraction", "years": "years", "months": "months", "µmol/L": "umol_per_L", "g/L": "g_per_L", "U/L": "U_per_L",
    "10⁹/L": "1e9_per_L", "mmol/L": "mmol_per_L", "µg/L": "ug_per_L", "mg/kg per day": "mg_per_kg_per_day", "nights": "nights",
    "days": "days", "year": "year", "1": "inr",
}  # fmt: skip


def test_the_unit_is_in_the_name() -> None:
    wrong = [f"{name}.{item.name}" for name, item in ITEMS if item.unit and not item.name.endswith(UNITS[item.unit])]
    assert wrong == []


def test_bounds_and_words_against_the_nouns() -> None:
    for name, item in ITEMS:
        if item.noun is None or item.noun.noun != "observation":
            continue
        if item.noun.field in BOUNDS:
            assert item.refuse == BOUNDS[item.noun.field], f"{name}.{item.name}"
        else:
            assert set(item.words) == set(CHOICES[item.noun.field]), f"{name}.{item.name}"


def test_every_observation_has_a_form_that_asks_for_it() -> None:
    asked = {item.noun.field for _, item in ITEMS if item.noun is not None and item.noun.noun == "observation"}
    elsewhere = {"lung_shunt_fraction", "lung_mass_g", "resection_margin_mm", "viable_tumour_fraction", "tumour_burden_score"}
    of_resected_pieces = {"vascular_invasion", "biliary_invasion"}
    of_a_board = {
        "abdomen_accessible", "ablatable", "active_hepatitis", "arterial_oxygen_mmHg", "bile_ducts_abnormal_or_stented",
        "can_have_chemotherapy", "centre_to_surface_mm", "coeliac_and_mesenteric_occluded", "contrast_anaphylaxis",
        "cumulative_lung_dose_Gy", "disease_extent", "dpyd_activity_score", "ejection_fraction", "expected_lung_activity_GBq",
        "expected_lung_dose_Gy", "fit_for_major_surgery", "future_liver_remnant_fraction", "future_liver_remnant_mL_per_m2",
        "gastroduodenal_artery_suitable", "gfr_mL_per_min", "kinetic_growth_fraction_per_week", "ldh_U_per_L",
        "life_expectancy_below_3_months", "liver_background", "liver_radiotherapy", "margin_to_portal_triad_mm",
        "months_of_response", "oxygen_saturation_fraction", "portal_flow_severely_reduced", "portal_hypertension", "pregnant",
        "primary_n", "refractory_to_chemotherapy", "remnant_supply_spared", "remnant_volume_mL", "resectable",
        "severe_heart_or_lung_disease", "technical_impediment", "tumour_infiltrative_or_uncountable",
        "uncorrectable_gut_deposition", "undifferentiated_or_signet", "untreated_varices",
    }  # fmt: skip
    assert (set(BOUNDS) | set(CHOICES)) - asked <= elsewhere | of_resected_pieces | of_a_board


def test_questions_of_the_qlq_c30_are_not_shipped() -> None:
    for item in form("qlq_c30").items:
        if item.name.startswith("q"):
            assert re.fullmatch(r"Answer \d+", item.label)
            assert item.refuse == (1, 7 if int(item.name[1:]) > 28 else 4)
    assert len(form("qlq_c30").items) == 32


def test_every_item_has_a_place_in_cdisc() -> None:
    for name, item in ITEMS:
        assert item.cdisc is not None, f"{name}.{item.name}"
        assert re.fullmatch(r"(SUPP)?[A-Z]{2}", item.cdisc.domain)
        assert re.fullmatch(r"[A-Z]{4,8}|AGE|SEX|QVAL", item.cdisc.variable)
        assert item.cdisc.testcode is None or re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", item.cdisc.testcode)
        assert (item.cdisc.variable == "QVAL") == item.cdisc.domain.startswith("SUPP")


def test_supplemental_names_are_unique_in_their_domain_and_form() -> None:
    for one in forms().values():
        codes = [(item.cdisc.domain, item.cdisc.testcode) for item in one.items if item.cdisc and item.cdisc.variable == "QVAL"]
        assert len(set(codes)) == len(codes), one.form


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_values_made_from_the_form_are_taken(name: str, data: st.DataObject) -> None:
    values = data.draw(valid_values(form(name)))
    assert {problem.code for problem in check_values(form(name), values)} <= {"unusual"}


def test_the_whole_case_is_taken() -> None:
    for one in whole_case():
        assert check_values(form(one.form), one.values) == [], one.id


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"died_on": "2026-03-02"}, ("missing-without-reason", "cause", "refuse")),
        ({**DEATH, "cause": "Krebs"}, ("not-a-choice", "cause", "refuse")),
        ({**DEATH, "cause": 1}, ("not-a-choice", "cause", "refuse")),
        ({**DEATH, "died_on": "2026-02-30"}, ("wrong-type", "died_on", "refuse")),
        ({**DEATH, "died_on": "20260302"}, ("wrong-type", "died_on", "refuse")),
        ({**DEATH, "died_on": 20260302}, ("wrong-type", "died_on", "refuse")),
        ({**DEATH, "cause": {"missing": "unknown"}}, ("not-a-reason", "cause", "refuse")),
        ({**DEATH, "source": {"missing": "forgotten"}}, ("not-a-reason", "source", "refuse")),
        ({**DEATH, "source": {"missing": "unknown", "why": "x"}}, ("not-a-reason", "source", "refuse")),
        ({**DEATH, "place": "home"}, ("unknown-item", None, "refuse")),
    ],
)
def test_what_a_form_refuses(values: dict[str, Any], problem: tuple[str, str | None, str]) -> None:
    assert found("death", **values) == [problem]


LABORATORY = next(one.values for one in whole_case() if one.id == "laboratory.baseline.1")


@pytest.mark.parametrize(
    ("item", "value", "code"),
    [
        ("albumin_g_per_L", 3.9, "out-of-range"),
        ("albumin_g_per_L", 15.0, "unusual"),
        ("albumin_g_per_L", "41", "wrong-type"),
        ("albumin_g_per_L", True, "wrong-type"),
        ("albumin_g_per_L", float("nan"), "wrong-type"),
        ("albumin_g_per_L", float("inf"), "wrong-type"),
        ("ecog", 2.0, "wrong-type"),
        ("ecog", 5, "out-of-range"),
        ("ast_upper_normal_U_per_L", 0.0, "out-of-range"),
    ],
)
def test_numbers_that_are_refused_or_asked_about(item: str, value: Any, code: str) -> None:
    (problem,) = check_values(form("laboratory"), {**LABORATORY, item: value})
    assert (problem.code, problem.item, problem.level) == (code, item, "warn" if code == "unusual" else "refuse")
    assert str(value) not in problem.words


def test_an_item_whose_condition_does_not_hold_is_not_asked() -> None:
    disease = dict(next(one.values for one in whole_case() if one.form == "disease"))
    disease["extrahepatic_disease"] = "no"
    assert found("disease", **disease) == [("not-asked", "extrahepatic_site", "refuse")]
    assert found("disease", **{**disease, "extrahepatic_site": {"missing": "not applicable"}}) == []
    disease |= {"extrahepatic_disease": "yes", "extrahepatic_site": []}
    assert found("disease", **disease) == [("not-a-choice", "extrahepatic_site", "refuse")]
    assert found("disease", **{**disease, "extrahepatic_site": ["lung", "lung"]}) == [
        ("not-a-choice", "extrahepatic_site", "refuse")
    ]


@pytest.mark.parametrize("text", ["", "   ", "x" * 121, "a\x00b", 7])
def test_text_that_is_no_text(text: Any) -> None:
    event = next(one.values for one in whole_case() if one.form == "adverse_event")
    assert found("adverse_event", **{**event, "term": text}) == [("wrong-type", "term", "refuse")]


@pytest.mark.parametrize("instant", ["2026-03-02T15:00:00", "2026-03-02", "today", 5])
def test_an_instant_needs_its_offset(instant: Any) -> None:
    event = next(one.values for one in whole_case() if one.form == "adverse_event")
    assert found("adverse_event", **{**event, "aware_at": instant}) == [("wrong-type", "aware_at", "refuse")]


@pytest.mark.parametrize("name", NAMES)
def test_codebook_against_the_form(name: str) -> None:
    rows = codebook(form(name))
    assert [row.item for row in rows] == list(form(name).by_name)
    page = codebook_markdown(form(name))
    assert page.count("\n| `") == len(rows)
    assert form(name).proposal in page


def test_codebook_as_csv_reads_back() -> None:
    rows = list(csv.DictReader(StringIO(codebook_csv(list(forms().values())))))
    assert len(rows) == len(ITEMS)
    inr = next(row for row in rows if row["item"] == "inr")
    assert (inr["refuse"], inr["warn"], inr["cdisc"], inr["noun"]) == (
        "0.5 to 20",
        "0.8 to 3",
        "LB.LBSTRESN INR",
        "observation.inr",
    )


def test_redcap_fields_against_redcap_s_own_rules() -> None:
    names = set()
    for one in forms().values():
        fields = [redcap_field(one, item) for item in one.items]
        for field in fields:
            assert re.fullmatch(r"[a-z][a-z0-9_]{0,99}", field.name)
            assert "__" not in field.name and not field.name.endswith("_")
            assert field.type in ("text", "notes", "radio", "dropdown", "checkbox", "yesno")
            assert bool(field.choices) == (field.type in ("radio", "dropdown", "checkbox"))
            assert all("|" not in label and re.fullmatch(r"\d+", code) for code, label in field.choices)
            assert not field.identifier
            for other in re.findall(r"\[([a-z0-9_]+)(?:\(\d+\))?\]", field.branching):
                assert other in {earlier.name for earlier in fields}
        names |= {field.name for field in fields}
    assert len(names) == len(ITEMS)


@pytest.mark.parametrize(
    ("name", "item", "branching"),
    [
        ("disease", "kras_g12c", "[dis_ras] = '1'"),
        ("disease", "extrahepatic_site", "[dis_extrahepatic_disease] = '1'"),
        ("hai_course", "floxuridine_mg_per_kg_per_day", "[hai_drugs(22)] = '1'"),
        ("ablation_session", "margin_by", "[abl_margin_mm] <> ''"),
        ("lesion", "short_axis_mm", "[les_state] = '1' and [les_node] = '1'"),
        ("history_line", "regimen", "([hist_therapy] = '1' or [hist_therapy] = '4')"),
    ],
)
def test_branching_against_hand_written_logic(name: str, item: str, branching: str) -> None:
    field = redcap_field(form(name), form(name).item(item))
    assert field.branching == branching


def test_widgets() -> None:
    kinds = {item.widget for _, item in ITEMS}
    assert kinds == {"number", "radio", "select", "checkbox", "date", "datetime", "text"}
    assert form("death").item("died_on").widget == "date"


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"type": "number"}, "needs 'refuse' bounds"),
    ({"type": "number", "refuse": [0, 10]}, "needs 'warn' bounds"),
    ({"type": "number", "refuse": [0, 10], "warn": [1, 20]}, "inside its 'refuse' bounds"),
    ({"type": "integer", "refuse": [10, 0], "warn": [1, 2]}, "bounds"),
    ({"type": "scale", "refuse": [0, 4], "warn": [0, 3]}, "a scale has no 'warn'"),
    ({"type": "scale", "refuse": [4, 4]}, "not below the upper"),
    ({"type": "date", "warn": [0, 1]}, "only a number has bounds"),
    ({"type": "choice"}, "need them"),
    ({"type": "date", "choices": {1: "a"}}, "need them"),
    ({"type": "choice", "choices": {1: "a", 2: "a"}}, "the same value"),
    ({"type": "yes_no", "some": True}, "several choices"),
    (
        {"type": "number", "noun": "observation.age_years", "refuse": [0, 150], "warn": [1, 2]},
        "outside the bounds of the observation",
    ),
    ({"type": "number", "noun": "observation.shoe_size", "refuse": [0, 60], "warn": [30, 50]}, "no observation"),
    ({"type": "choice", "noun": "observation.sex", "choices": {1: "diverse"}}, "not among the words"),
    ({"type": "yes_no", "when": {"item": "later", "is": "yes"}}, "does not stand before it"),
    ({"type": "yes_no", "when": {"item": "first", "is": "perhaps"}}, "does not have"),
    ({"type": "yes_no", "when": {"item": "first"}}, "says one of"),
    ({"type": "yes_no", "colour": "red"}, "Extra inputs"),
]


@pytest.mark.parametrize(("item", "said"), BROKEN)
def test_a_broken_form_is_refused(item: dict[str, Any], said: str) -> None:
    raw = {
        "form": "broken", "edition": 1, "title": "Broken", "prefix": "brk", "per": "case", "proposal": "none",
        "items": [{"name": "first", "type": "yes_no", "label": "First"}, {"name": "second", "label": "Second", **item}],
    }  # fmt: skip
    with pytest.raises(ValueError, match=said):
        Form.model_validate(raw)


def test_two_items_of_one_name_and_a_date_that_is_none_are_refused() -> None:
    raw: dict[str, Any] = {"form": "a", "edition": 1, "title": "A", "prefix": "a", "per": "case", "proposal": "-"}
    item = {"name": "first", "type": "yes_no", "label": "First"}
    with pytest.raises(ValueError, match="the same name"):
        Form.model_validate({**raw, "items": [item, item]})
    with pytest.raises(ValueError, match="'at' is not one of its dates"):
        Form.model_validate({**raw, "at": "first", "items": [item]})
