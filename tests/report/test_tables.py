"""Tables and words against hand-made payloads."""

import pytest
from report_payloads import CONSTANT, dose_result, limit, plan_result

from glisson.report.citations import Citations
from glisson.report.document import Cell, Column, Table
from glisson.report.dose_tables import radiobiology_blocks, structures_table, uncertainty_blocks
from glisson.report.plan_pages import constant_words, preferred_method
from glisson.report.plan_tables import limits_tables, what_if_tables
from glisson.report.vial_pages import vial_blocks
from glisson.report.words import mass, number, plain, state, volume


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def one_structure(**more):
    value = dose_result().value
    return {"structures": [value["structures"][3] | more]}


def test_plus_minus_is_the_relative_total_times_the_mean():
    row = texts(structures_table(one_structure(), Citations()))[0]
    assert row[:6] == ["Lesion 1 (35 mm)", "22.4", "23.6", "205.3", "22.6", "volume"]


def test_lower_bound_of_an_uncertainty_is_printed_as_one():
    uncertainty = {"relative_total_fraction": 0.1, "lower_bound": True, "largest": "calibration"}
    table = structures_table(one_structure(mean_uncertainty=uncertainty), Citations())
    assert texts(table)[0][4] == "≥20.5"
    assert "at least" in table.note


def test_same_limit_from_two_sources_stands_once_and_deciding_ones_first():
    limits = [
        limit("tumour", "target", 120.0, 205.3, "reached", decides=False),
        limit("tumour", "target", 100.0, 205.3, "reached", decides=False),
        limit("tumour", "target", 100.0, 205.3, "reached", entered=True, decides=True),
    ]
    rows = texts(structures_table(one_structure(limits=limits), Citations()))
    assert [row[6:] for row in rows] == [
        ["tumour ≥ 100 Gy", "reached", "[1], entered"],
        ["tumour ≥ 120 Gy", "reached", "[1], shown"],
    ]
    assert rows[1][0] == ""


def test_lungs_from_the_shunt_have_a_row_with_their_limit():
    value = one_structure() | {
        "lung": {
            "mean_Gy": 3.2,
            "mass_g": 1000.0,
            "how": "shunt times activity",
            "limits": [limit("lung", "limit", 30.0, 3.2, "within")],
        }
    }
    row = texts(structures_table(value, Citations()))[-1]
    assert row[0] == "Lungs, from the shunt"
    assert row[3] == "3.2"
    assert row[6:8] == ["lung ≤ 30 Gy", "within"]


def test_uncertainty_terms_are_columns_in_percent():
    table = uncertainty_blocks(one_structure())[0]
    assert [column.head for column in table.columns] == ["Structure", "volume", "calibration", "partial volume", "together"]
    assert texts(table)[0] == ["Lesion 1 (35 mm)", "7.0", "5.0", "6.0", "11.0"]


def test_bed_range_over_parameter_sets_is_a_range():
    bed = {"mean_BED_Gy": 225.2, "mean_BED_low_Gy": 204.5, "mean_BED_high_Gy": 225.2, "EUBED_Gy": None, "source": "eanm-2022"}
    table = radiobiology_blocks(one_structure(bed=bed), Citations())[0]
    row = texts(table)[0]
    assert row[2:5] == ["225.2", "204.5 to 225.2", "cannot say"]


def test_limits_that_only_stand_beside_get_their_own_table(case):
    method = {
        "method": "voxel",
        "activity_GBq": 1.0,
        "limits": [
            {
                "on": "lung",
                "aim": "limit",
                "limit_Gy": 30.0,
                "dose_Gy": 3.0,
                "used_fraction": 0.1,
                "state": "within",
                "entered": True,
            },
            {
                "on": "lung",
                "aim": "limit",
                "limit_Gy": 2.0,
                "dose_Gy": 3.0,
                "used_fraction": 1.5,
                "state": "shown: exceeded",
                "decides": False,
            },
        ],
    }
    deciding, beside = limits_tables(method, case, Citations())
    assert deciding.rows[0][4] == Cell("10 %", "", 0.1)
    assert beside.rows[0][4] == Cell("150 %", "bad", 1.5)
    assert beside.rows[0][7].text == "exceeded"


def test_met_target_above_one_is_not_drawn_as_exceeded(case):
    method = plan_result().value["candidates"][0]["methods"][0]
    target = limits_tables(method, case, Citations())[0].rows[-1]
    assert target[1].text == "target"
    assert target[4].bar > 1
    assert target[4].tone == ""


def test_what_if_orders_lesions_before_normal_tissue_and_says_when_limits_break(case):
    (table,) = what_if_tables(plan_result().value["candidates"][0], case)
    rows = texts(table)
    assert [row[0] for row in rows[:3]] == ["Lesion 1 (35 mm)", "Lesion 3 (9 mm)", "Normal liver, right"]
    assert rows[4][1:] == ["yes", "yes", "yes", "no", "no"]


def test_vial_without_calibration_says_what_is_missing():
    vial = {
        "wanted_GBq": 1.33,
        "reason": "cannot say what a vial holds at the injection: missing calibration_at",
        "spheres_injected": None,
    }
    facts = dict(vial_blocks(vial, Citations())[0].rows)
    assert facts["To order, at calibration"] == "cannot say (missing calibration_at)"
    assert facts["Spheres injected"] == "cannot say (missing calibration_at)"


def test_vial_spheres_in_millions():
    facts = dict(vial_blocks({"spheres_injected": [30e6, 35e6]}, Citations())[0].rows)
    assert facts["Spheres injected"] == "30 to 35 million"


def test_preferred_method_is_the_most_detailed_that_gave_an_activity():
    methods = [
        {"method": "bsa", "activity_GBq": 1.5},
        {"method": "voxel", "activity_GBq": None},
        {"method": "partition", "activity_GBq": 1.2},
    ]
    assert preferred_method({"methods": methods})["method"] == "partition"
    assert preferred_method({}) == {}


def test_constant_names_its_pair_and_source():
    assert (
        constant_words(CONSTANT, Citations())
        == "Y-90: K 49.670 Gy kg/GBq from 0.9312 MeV per decay and a half-life of 64.1 h [1]"
    )


def test_citations_number_in_order_of_appearance_and_leave_words_alone():
    citations = Citations()
    assert [citations.mark(n) for n in ("icrp-107", "eanm-2022", "icrp-107", "entered", None)] == [
        "[1]",
        "[2]",
        "[1]",
        "entered",
        "",
    ]
    assert [number for number, _, _ in citations.references().lines] == [1, 2]


def test_table_with_a_ragged_row_is_refused():
    with pytest.raises(ValueError, match="another number of cells"):
        Table("x", (Column("a"), Column("b")), ((Cell("1"),),))


@pytest.mark.parametrize(("value", "text"), [(0.38, "0.38"), (22.45, "22.4"), (1409.2, "1409.2"), (None, "cannot say")])
def test_volumes_keep_the_digits_that_small_lesions_need(value, text):
    assert volume(value) == text


@pytest.mark.parametrize(("value", "text"), [(0.4, "0.40"), (23.57, "23.6"), (1013.1, "1013"), (None, "cannot say")])
def test_masses(value, text):
    assert mass(value) == text


def test_zero_is_zero_and_unknown_is_not():
    assert number(0.0) == "0.0"
    assert number(-0.001) == "0.0"
    assert number(None) == "cannot say"


def test_plain_values():
    assert plain({"a_Gy": 1.5, "b": None}) == "a (Gy) 1.5; b cannot say"
    assert plain([True, 2e-6]) == "yes, 2e-06"


@pytest.mark.parametrize(
    ("value", "tone"),
    [("within", "good"), ("over", "bad"), ("not reached", "bad"), (None, "unknown"), (False, "bad"), ("odd", "")],
)
def test_state_has_a_word_and_a_tone(value, tone):
    verdict = state(value)
    assert verdict.tone == tone
    assert verdict.text


def test_a_limit_is_never_rounded_to_another_one():
    """37.5 Gy entered is not 38 Gy on the page."""
    rows = texts(
        structures_table(one_structure(limits=[limit("tumour", "limit", 37.5, 37.8, "over", entered=True)]), Citations())
    )
    assert any("37.5 Gy" in text for row in rows for text in row)
