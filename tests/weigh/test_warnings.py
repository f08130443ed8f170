"""What the rules say against a chemoembolization that is planned, on both sides of their limits."""

from datetime import date

import pytest
from bank import BOARD

from glisson.case import Case, Treatment
from glisson.errors import BadInput
from glisson.knowledge.guidelines import option
from glisson.weigh.warnings import Warnings, warnings_on

NORMAL = {
    "bilirubin_umol_per_L": 12, "albumin_g_per_L": 42, "inr": 1.0, "creatinine_umol_per_L": 80, "gfr_mL_per_min": 80,
    "platelets_1e9_per_L": 200, "ecog": 0, "ast_U_per_L": 30, "ldh_U_per_L": 200, "liver_involvement_fraction": 0.2, "systemic_lines": 1,
    "largest_metastasis_mm": 40,
}  # fmt: skip
WORDS = {
    "ascites": "none", "encephalopathy": "none", "bile_ducts_abnormal_or_stented": "no", "extrahepatic_disease": "no",
    "distribution": "bilobar", "portal_flow_severely_reduced": "no", "technical_impediment": "no", "severe_heart_or_lung_disease": "no",
    "untreated_varices": "no", "biliary_obstruction": "no",
}  # fmt: skip
LINE = Treatment(id="line-1", kind="systemic", line=1, regimen="FOLFOX", at=date(2025, 1, 10), end=date(2025, 8, 20))
DEBIRI = option("irinotecan-tace")


def warned(
    values: dict[str, float] | None = None, words: dict[str, str] | None = None, disease: str = "colorectal liver metastases"
) -> Warnings:
    seen = [{"what": name, "value": value, "at": "2026-11-15"} for name, value in (NORMAL | (values or {})).items()]
    seen += [{"what": name, "answer": answer, "at": "2026-11-15"} for name, answer in (WORDS | (words or {})).items()]
    case = Case.model_validate({"id": "p-1", "disease": disease, "observations": seen})
    return warnings_on(case.model_copy(update={"treatments": (LINE,)}), DEBIRI, day=BOARD)


def codes(found: Warnings) -> set[str]:
    return {finding.code for finding in found.findings}


def test_a_case_without_a_sign_is_not_warned_of() -> None:
    assert warned() == Warnings((), ())


@pytest.mark.parametrize(
    ("rule", "name", "over", "under"),
    [
        ("tace-kidney", "creatinine_umol_per_L", 176.9, 176.0), ("tace-bilirubin", "bilirubin_umol_per_L", 51.5, 51.2),
        ("tace-ecog", "ecog", 3, 2), ("bleeding-platelets", "platelets_1e9_per_L", 49, 50), ("bleeding-inr", "inr", 1.81, 1.8),
    ],
)  # fmt: skip
def test_both_sides_of_a_limit(rule: str, name: str, over: float, under: float) -> None:
    assert f"rule-{rule}" in codes(warned({name: over}))
    assert f"rule-{rule}" not in codes(warned({name: under}))


def test_a_rule_says_for_which_disease_it_was_written_and_who_says_it() -> None:
    b8 = {"bilirubin_umol_per_L": 45.0, "albumin_g_per_L": 30.0}
    assert "rule-tace-child-pugh" not in codes(warned(b8))
    found = warned(b8, {"ascites": "mild"})
    text = next(f.text for f in found.findings if f.code == "rule-tace-child-pugh")
    assert "[written for hepatocellular carcinoma; this case: colorectal liver metastases]" in text
    assert "Child-Pugh points 8" in text and "wjh-2015" in text and "wjh-2015" in found.sources
    own = warned(b8, {"ascites": "mild"}, "hepatocellular carcinoma")
    assert "[written for" not in next(f.text for f in own.findings if f.code == "rule-tace-child-pugh")


def test_signs_together_ask_for_all_four() -> None:
    four = {"liver_involvement_fraction": 0.6, "bilirubin_umol_per_L": 40.0, "ldh_U_per_L": 500.0, "ast_U_per_L": 150.0}
    assert "rule-tace-mortality" in codes(warned(four))
    for name in four:
        assert "rule-tace-mortality" not in codes(warned({k: v for k, v in four.items() if k != name}))


def test_stented_bile_ducts_are_warned_of() -> None:
    found = warned(words={"bile_ducts_abnormal_or_stented": "yes"})
    text = next(f.text for f in found.findings if f.code == "rule-bile-ducts-tace")
    assert "57.1 %" in text and "lv-2016" in text


def test_missing_values_are_named_and_never_taken_for_normal() -> None:
    (found,) = warnings_on(Case(id="p-1"), DEBIRI, day=BOARD).findings
    assert found.code == "values-missing"
    assert all(
        name in found.text for name in ("bilirubin_umol_per_L", "creatinine_umol_per_L", "ecog", "inr", "platelets_1e9_per_L")
    )


def test_bilirubin_in_mg_per_dL_is_refused() -> None:
    with pytest.raises(BadInput, match="taken for mg/dL"):
        warned({"bilirubin_umol_per_L": 1.1})
