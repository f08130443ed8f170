"""What a plan's page must not mix up: whole structures and what is left of them, unknown and refused, one lung limit and the other."""

from datetime import datetime

from report_payloads import plan_result

from glisson.case import Case, Event, Result
from glisson.report.citations import Citations
from glisson.report.document import Facts
from glisson.report.dose_pages import dose_headlines
from glisson.report.names import short_name
from glisson.report.plan_pages import plan_blocks
from glisson.report.plan_tables import compartments_table, limit_words, methods_table
from glisson.report.signature import signature
from glisson.report.vial_pages import vial_blocks

CASE = Case(id="c")
AT = datetime.fromisoformat("2026-03-01T10:00:00+01:00")


def test_compartment_does_not_borrow_the_dose_of_its_whole_territory():
    """845 g with 43 % of the activity take 25 Gy per GBq; the whole territory with its lesions 43."""
    value = {
        "compartments": [
            {"site": "right", "name": "right, not lesion or organ", "volume_mL": 805.2, "mass_g": 845.5, "uptake_fraction": 0.433},
            {"site": "t1", "name": "t1", "role": "tumour", "volume_mL": 112.8, "mass_g": 118.5, "uptake_fraction": 0.271},
        ],
        "dose_per_GBq": [
            {"site": "right", "name": "right", "kind": "territory", "volume_mL": 1082.2, "mass_g": 1136.3, "mean_Gy_per_GBq": 43.26},
            {"site": "t1", "name": "t1", "kind": "lesion", "volume_mL": 112.8, "mass_g": 118.5, "mean_Gy_per_GBq": 111.1},
        ],
    }  # fmt: skip
    rows = [[cell.text for cell in row] for row in compartments_table(value, CASE).rows]
    assert [row[0] for row in rows] == ["right, not lesion or organ", "t1", "right"]
    assert rows[0][-1] == "–"
    assert rows[1][-1] == "111.1"
    assert rows[2][2] == "1082.2" and rows[2][-1] == "43.3"


def test_method_that_lacks_facts_is_unknown_and_not_a_broken_limit():
    missing = {"method": "bsa", "activity_GBq": None, "feasible": False, "reason": "cannot say: missing weight_kg"}
    row = methods_table({"methods": [missing]}, CASE).rows[0]
    assert row[3].text == "cannot say" and row[3].tone == "unknown"
    assert row[4].text == "missing weight_kg"


def test_lung_limits_of_one_treatment_and_of_all_are_told_apart():
    assert limit_words({"on": "lung", "name": "lungs", "site": None}, CASE) == "lungs"
    assert limit_words({"on": "lung", "name": "lungs, all treatments", "site": None}, CASE) == "lungs, all treatments"


def test_fraction_of_a_label_is_printed_as_percent():
    result = plan_result()
    note = {"value": 0.2, "unit": "fraction", "holds_for": "shunt above which it is contraindicated", "source": "eanm-2022"}
    candidates = [result.value["candidates"][0] | {"label_notes": [note]}]
    blocks = plan_blocks(result.model_copy(update={"value": result.value | {"candidates": candidates}}), CASE, Citations())
    facts = next(block for block in blocks if isinstance(block, Facts) and block.title == "Beside the plan")
    assert facts.rows[-1][1].startswith("20 %")


def test_activity_per_sphere_has_no_power_of_ten():
    facts = vial_blocks({"activity_per_sphere_at_calibration_Bq": [2500.0, 2500.0], "source": "eanm-2022"}, Citations())[0]
    assert isinstance(facts, Facts)
    assert dict(facts.rows)["Activity per sphere, at calibration"].startswith("2500 Bq")


def _dose(**activity) -> Result:
    value = {"activity": activity, "structures": [], "lung": {"mean_Gy": None}}
    return Result(kind="absorbed dose", method="kernel", value=value)


def test_imaged_and_delivered_activity_stand_together():
    used, lung = dose_headlines(_dose(used="image", in_field_GBq=1.123, imaged_GBq=1.123, stated_GBq=1.4))
    assert (used.value, used.unit) == ("1.12", "GBq")
    assert used.note == "in the image; 1.40 GBq delivered"
    assert (lung.value, lung.unit) == ("cannot say", "")
    scaled, _ = dose_headlines(_dose(used="stated", in_field_GBq=1.123, imaged_GBq=1.123, stated_GBq=1.4))
    assert (scaled.value, scaled.note) == ("1.40", "as delivered; 1.12 GBq in the image")


def test_signature_is_of_this_plan_only():
    plan, other = plan_result(), plan_result().model_copy(update={"method": "other"})
    assert signature(plan, CASE).text == "This plan is not signed."
    signed = Event(kind="plan-signed", at=AT, recorded_at=AT, by="A. Physicist", result=plan.sha256())
    case = Case(id="c", events=(signed,))
    assert signature(plan, case).text == "This plan is signed: A. Physicist, 2026-03-01 10:00 (UTC+01:00)."
    assert signature(other, case).text.startswith("This plan is not signed. Another plan of this case is: A. Physicist")


def test_long_names_are_cut_in_pictures():
    assert short_name("x" * 50, 10) == "x" * 9 + "…"
    assert short_name("Lesion 1", 10) == "Lesion 1"
