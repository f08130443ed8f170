"""Scores of liver function against hand and published examples; units, borders, and what is missing."""

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.scores import score_fact
from glisson.score.albi import albi, albi_value
from glisson.score.apri import apri, apri_value
from glisson.score.bounds import bilirubin_mg_per_dL, creatinine_mg_per_dL
from glisson.score.child_pugh import child_pugh
from glisson.score.meld import meld, meld3, meld3_value, meld_na, meld_na_value, meld_value
from glisson.score.nlr import nlr, nlr_value


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "value", "grade"),
    [(10, 40, 0.66 - 3.4, 1), (100, 30, 1.32 - 2.55, 3), (20.52, 35, -2.10895, 2), (1000, 20, 1.98 - 1.7, 3)],
)
def test_albi_against_hand(bilirubin: float, albumin: float, value: float, grade: int) -> None:
    found = albi(bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin)
    assert found.value == pytest.approx(value, abs=1e-4) and found.group == f"grade {grade}"


def test_albi_refuses_grams_per_decilitre() -> None:
    with pytest.raises(BadInput, match=r"albumin_g_per_L 3\.5\. Allowed: 5 to 80\. Next: a value in g/dL is multiplied by 10"):
        albi_value(bilirubin_umol_per_L=12, albumin_g_per_L=3.5)
    with pytest.raises(BadInput, match=r"bilirubin_umol_per_L 0\.7.*mg/dL"):
        albi(bilirubin_umol_per_L=0.7, albumin_g_per_L=None)
    with pytest.raises(BadInput, match="nan"):
        albi(bilirubin_umol_per_L=math.nan, albumin_g_per_L=40)


@settings(deadline=None)
@given(st.floats(1, 1000), st.floats(5, 80), st.floats(1.01, 5))
def test_albi_rises_with_bilirubin_and_falls_with_albumin(bilirubin: float, albumin: float, factor: float) -> None:
    here = albi_value(bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin)
    if bilirubin * factor <= 1000:
        assert albi_value(bilirubin_umol_per_L=bilirubin * factor, albumin_g_per_L=albumin) > here
    if albumin * factor <= 80:
        assert albi_value(bilirubin_umol_per_L=bilirubin, albumin_g_per_L=albumin * factor) < here


def pugh(**changed: Any) -> Any:
    given_ = {
        "bilirubin_umol_per_L": 15.0, "albumin_g_per_L": 40.0, "inr": 1.1, "ascites": "none", "encephalopathy": "none"
    }  # fmt: skip
    return child_pugh(**(given_ | changed))


@pytest.mark.parametrize(
    ("changed", "points"),
    [
        ({}, 5),
        ({"bilirubin_umol_per_L": 34.1}, 5), ({"bilirubin_umol_per_L": 34.208}, 6), ({"bilirubin_umol_per_L": 51.312}, 6),
        ({"bilirubin_umol_per_L": 51.4}, 7),
        ({"albumin_g_per_L": 35.1}, 5), ({"albumin_g_per_L": 35}, 6), ({"albumin_g_per_L": 28}, 6), ({"albumin_g_per_L": 27.9}, 7),
        ({"inr": 1.69}, 5), ({"inr": 1.7}, 6), ({"inr": 2.3}, 6), ({"inr": 2.31}, 7),
        ({"ascites": "mild"}, 6), ({"ascites": "moderate or severe"}, 7),
        ({"encephalopathy": "grade 1 or 2"}, 6), ({"encephalopathy": "grade 3 or 4"}, 7),
        ({"albumin_g_per_L": 29, "albumin_cut": "3.0"}, 7), ({"albumin_g_per_L": 29}, 6),
    ],
)  # fmt: skip
def test_child_pugh_against_the_table(changed: dict[str, Any], points: int) -> None:
    assert pugh(**changed).value == points


def test_child_pugh_classes_and_what_is_missing() -> None:
    bad = {"bilirubin_umol_per_L": 60.0, "albumin_g_per_L": 25.0, "inr": 2.5, "ascites": "moderate or severe"}
    assert pugh(**bad, encephalopathy="grade 3 or 4").text == "Child-Pugh 15 (class C)"
    assert pugh(inr=1.8, ascites="mild").text == "Child-Pugh 7 (class B)"
    assert pugh(ascites=None).text == "Child-Pugh: cannot say: ascites missing (5 to 7 points)"
    assert pugh(**bad, encephalopathy=None).text == "Child-Pugh: cannot say: encephalopathy missing (13 to 15 points) (class C)"
    with pytest.raises(BadInput, match="none, mild, moderate or severe"):
        pugh(ascites="a little")
    with pytest.raises(BadInput, match="inr"):
        pugh(inr=0.1)


def umol(bilirubin_mg: float = 1.0, creatinine_mg: float = 1.0) -> dict[str, float]:
    return {"bilirubin_umol_per_L": bilirubin_mg * 17.104, "creatinine_umol_per_L": creatinine_mg * 88.40}


def test_meld_against_hand() -> None:
    # ln 2 = 0.693147, ln 3 = 1.098612, ln 1.5 = 0.405465: 0.957 ln 2 + 0.378 ln 3 + 1.12 ln 1.5 + 0.643 = 2.17574 -> 22
    assert meld_value(inr=1.5, **umol(3.0, 2.0)) == 22
    assert meld_value(inr=0.9, **umol(0.5, 0.6)) == 6
    assert meld_value(inr=1.5, **umol(3.0, 9.0)) == meld_value(inr=1.5, **umol(3.0, 4.0)) == 28
    assert meld_value(inr=1.5, dialysis=True, **umol(3.0, 1.0)) == 28
    assert meld_value(inr=15, **umol(40.0, 4.0)) == 40


def test_meld_na_against_hand() -> None:
    assert meld_na_value(meld=22, sodium_mmol_per_L=130) == 26  # 22 + 9.24 - 5.082 = 26.158
    assert meld_na_value(meld=22, sodium_mmol_per_L=137) == meld_na_value(meld=22, sodium_mmol_per_L=150) == 22
    assert meld_na_value(meld=22, sodium_mmol_per_L=110) == meld_na_value(meld=22, sodium_mmol_per_L=125) == 29  # 29.128
    assert meld_na_value(meld=11, sodium_mmol_per_L=120) == 11 and meld_na_value(meld=12, sodium_mmol_per_L=125) == 23
    assert meld_na_value(meld=40, sodium_mmol_per_L=125) == 40


def test_meld3_against_hand() -> None:
    # female, bilirubin 3, INR 1.5, creatinine 2, sodium 130, albumin 2.5:
    # 1.33 + 5.00967 + 5.74 - 1.84567 + 3.68568 + 7.72166 + 1.85 - 1.26846 + 6 = 28.22288
    given_ = {"inr": 1.5, "albumin_g_per_L": 25.0, "sodium_mmol_per_L": 130.0, **umol(3.0, 2.0)}
    assert meld3_value(female=True, **given_) == 28
    assert meld3_value(female=False, **given_) == 27
    assert meld3_value(female=True, dialysis=True, **given_) == meld3_value(female=True, **(given_ | umol(3.0, 7.0))) == 32
    well = {"inr": 1.0, "albumin_g_per_L": 45.0, "sodium_mmol_per_L": 140.0, **umol()}
    assert meld3_value(female=False, **well) == 6
    ill = {"inr": 8.0, "albumin_g_per_L": 12.0, "sodium_mmol_per_L": 120.0, **umol(40.0, 3.0)}
    assert meld3_value(female=True, **ill) == 40


def test_meld_says_what_is_missing_and_what_was_taken() -> None:
    given_ = {"inr": 1.5, **umol(3.0, 2.0)}
    assert meld(**given_).text == "MELD 22" and "dialysis not on record" in meld(**given_).notes[0]
    assert not meld(**given_, dialysis=False).notes
    assert meld_na(**given_, sodium_mmol_per_L=None).text == "MELD-Na: cannot say: sodium missing"
    assert meld_na(**given_, sodium_mmol_per_L=130).text == "MELD-Na 26"
    lacking = meld3(**(given_ | {"inr": None}), albumin_g_per_L=30, sodium_mmol_per_L=130, female=None)
    assert lacking.text == "MELD 3.0: cannot say: INR, sex missing"
    with pytest.raises(BadInput, match=r"creatinine_umol_per_L 1\.2.*88\.4"):
        meld(bilirubin_umol_per_L=20, inr=1.1, creatinine_umol_per_L=1.2)


@settings(deadline=None)
@given(st.floats(1, 700), st.floats(0.8, 10), st.floats(20, 800), st.floats(15, 50), st.floats(110, 150), st.booleans())
def test_meld_scores_stay_in_range_and_rise_with_inr(
    bilirubin: float, inr: float, creatinine: float, albumin: float, sodium: float, female: bool
) -> None:
    blood = {"bilirubin_umol_per_L": bilirubin, "creatinine_umol_per_L": creatinine}
    more = {"albumin_g_per_L": albumin, "sodium_mmol_per_L": sodium, "female": female}
    low, high = meld_value(inr=inr, **blood), meld_value(inr=inr + 1, **blood)
    assert 6 <= low <= high <= 40
    assert 6 <= low <= meld_na_value(meld=low, sodium_mmol_per_L=sodium) <= 40
    assert 6 <= meld3_value(inr=inr, **blood, **more) <= meld3_value(inr=inr + 1, **blood, **more) <= 40


def test_conversions_against_molar_masses() -> None:
    assert bilirubin_mg_per_dL(584.66 / 100) == pytest.approx(0.3418, rel=1e-3)
    assert creatinine_mg_per_dL(1e4 / 113.12) == pytest.approx(1.0, rel=1e-4)


def test_apri_and_nlr_against_published_examples() -> None:
    assert apri_value(ast_U_per_L=80, ast_upper_normal_U_per_L=40, platelets_1e9_per_L=150) == pytest.approx(1.33, abs=0.005)
    assert apri_value(ast_U_per_L=65, ast_upper_normal_U_per_L=40, platelets_1e9_per_L=458) == pytest.approx(0.35, abs=0.005)
    lacking = apri(ast_U_per_L=80, ast_upper_normal_U_per_L=None, platelets_1e9_per_L=150)
    assert lacking.text == "APRI: cannot say: upper limit of normal of AST missing"
    assert nlr(neutrophils_1e9_per_L=4.9, lymphocytes_1e9_per_L=1).text == "NLR 4.9 (below 5)"
    assert nlr(neutrophils_1e9_per_L=None, lymphocytes_1e9_per_L=1).text == "NLR: cannot say: neutrophils missing"
    with pytest.raises(BadInput, match="lymphocytes 0"):
        nlr_value(neutrophils_1e9_per_L=4, lymphocytes_1e9_per_L=0)
    with pytest.raises(BadInput, match=r"platelets_1e9_per_L 150000.*divided by 1000"):
        apri(ast_U_per_L=80, ast_upper_normal_U_per_L=40, platelets_1e9_per_L=150000)
    with pytest.raises(BadInput, match="upper limit of normal of ast_U_per_L 400"):
        apri(ast_U_per_L=80, ast_upper_normal_U_per_L=400, platelets_1e9_per_L=150)


def test_a_number_that_is_not_there_is_named() -> None:
    with pytest.raises(BadKnowledge, match="albi-grades"):
        score_fact("albi-grade")


def test_a_row_holds_the_components() -> None:
    row = pugh(ascites=None).row()
    assert row["components"]["albumin"] == {"value": 40.0, "unit": "g/L", "points": 1}
    assert row["components"]["ascites"]["points"] is None and row["missing"] == ["ascites"]
    assert row["sources"] == ["ccjm-child-pugh"]
