"""iRECIST against the tables of Seymour 2017 and the answers of the EORTC."""

from typing import Any

import polars as pl
import pytest

from glisson.follow.irecist import irecist
from glisson.follow.rules import Rules

GONE, NE, THERE, WORSE = "absent", "not evaluable", "present", "unequivocal progression"


def calls(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, **options: Any) -> list[str]:
    return irecist(measurements, statements, rules=Rules(**options))["overall"].to_list()


def rules_fired(measurements: pl.DataFrame, statements: pl.DataFrame | None = None) -> list[str]:
    return [rule.removeprefix("irecist.") for rule in irecist(measurements, statements)["rule"]]


def test_without_progression_it_is_recist(table) -> None:
    assert calls(table({"T1": [100, 70, 70, 80, 80, 80], "N1": [THERE] * 6})) == ["iPR"] * 5
    assert calls(table({"T1": [20, 20, 0, NE]})) == ["iSD", "iCR", "NE"]
    assert calls(table({"N1": [THERE, THERE, GONE]})) == ["non-iCR/non-iUPD", "iCR"]


def test_target_progression_is_confirmed_by_5_mm_more(table) -> None:
    assert calls(table({"T1": [50, 60, 65]})) == ["iUPD", "iCPD"]
    assert calls(table({"T1": [50, 60, 64.9]})) == ["iUPD", "iUPD"]
    assert rules_fired(table({"T1": [50, 60, 65, 10]})) == ["unconfirmed.first", "confirmed.target", "after-confirmed"]


def test_steps_of_growth_add_up_against_eortc_answer(table) -> None:
    assert calls(table({"T1": [50, 60, 64, 65]})) == ["iUPD", "iUPD", "iCPD"]
    assert calls(table({"T1": [50] * 4, "X1": [None, 10, 14, 16]})) == ["iUPD", "iUPD", "iCPD"]


def test_recovery_sets_the_bar_afresh(table) -> None:
    measured = table({"T1": [50, 60, 50, 61, 66]})
    assert calls(measured) == ["iUPD", "iSD", "iUPD", "iCPD"]
    assert calls(table({"T1": [50, 60, 34, 0, 10]})) == ["iUPD", "iPR", "iCR", "iUPD"]


def test_a_visit_not_evaluated_leaves_progression_open(table) -> None:
    assert calls(table({"T1": [50, 60, NE, NE, NE, NE]})) == ["iUPD", "NE", "NE", "NE", "NE"]
    assert calls(table({"T1": [50, 60, NE, 65]})) == ["iUPD", "NE", "iCPD"]


def test_new_lesions_are_confirmed_by_number_or_size(table) -> None:
    stable = [50] * 3
    assert calls(table({"T1": stable, "X1": [None, 10, 10]})) == ["iUPD", "iUPD"]
    assert calls(table({"T1": stable, "X1": [None, 10, 15]})) == ["iUPD", "iCPD"]
    assert calls(table({"T1": stable, "X1": [None, 10, 10], "X2": [None, None, 6]})) == ["iUPD", "iCPD"]
    assert calls(table({"T1": stable, "X1": [None, THERE, WORSE]})) == ["iUPD", "iCPD"]
    assert calls(table({"T1": stable, "X1": [None, 10, GONE]})) == ["iUPD", "iSD"]


def test_non_target_progression_needs_no_second_unequivocal_growth(table) -> None:
    stable = [50] * 3
    again = table({"T1": stable, "N1": [THERE, WORSE, WORSE]})
    assert calls(again) == ["iUPD", "iCPD"]
    assert calls(again, non_target_again="no change") == ["iUPD", "iUPD"]
    sized = table({"T1": stable, "N1": [20.0, WORSE, WORSE]}).with_columns(
        diameter_mm=pl.when(pl.col("lesion") == "N1").then(20.0 + pl.col("visit_number")).otherwise("diameter_mm")
    )
    assert calls(sized, non_target_again="no change") == ["iUPD", "iCPD"]
    assert calls(table({"T1": stable, "N1": [THERE, WORSE, THERE]})) == ["iUPD", "iSD"]


def test_progression_in_another_category_confirms(table) -> None:
    measured = table({"T1": [50, 60, 60], "X1": [None, None, 8]})
    assert calls(measured) == ["iUPD", "iCPD"]
    assert rules_fired(measured)[-1] == "confirmed.other-category"
    assert calls(table({"T1": [50, 50, 60], "X1": [None, 8, 8]})) == ["iUPD", "iCPD"]


def at_second(**said: Any) -> pl.DataFrame:
    return pl.DataFrame([{"patient": "p", "reader": "r", "visit": "v2", "visit_number": 2.0, **said}])


@pytest.mark.parametrize(("days", "expected"), [(25, "iUPD"), (26, "iCPD"), (28, "iCPD")])
def test_a_scan_within_four_weeks_does_not_confirm_against_eortc_answer(table, days, expected) -> None:
    assert calls(table({"T1": [50, 60, 70]}, every_days=days)) == ["iUPD", expected]


def test_early_scan_for_new_symptoms_confirms_by_an_additional_new_lesion_only(table) -> None:
    more = table({"T1": [50] * 3, "X1": [None, 10, 10], "X2": [None, None, 8]}, every_days=14)
    larger = table({"T1": [50] * 3, "X1": [None, 10, 20]}, every_days=14)
    symptoms = at_second(symptomatic_deterioration=True)
    assert calls(more) == ["iUPD", "iUPD"]
    assert rules_fired(more)[-1] == "unconfirmed.too-early"
    assert calls(more, symptoms) == ["iUPD", "iCPD"]
    assert calls(larger, symptoms) == ["iUPD", "iUPD"]


def test_what_was_seen_too_early_still_confirms_at_the_next_scan(table) -> None:
    assert calls(table({"T1": [50, 60, 70, 70]}, every_days=14)) == ["iUPD", "iUPD", "iCPD"]


def test_unknown_dates_neither_hinder_nor_pass_in_silence(table) -> None:
    measured = table({"T1": [50, 60, 70]}).with_columns(date=pl.lit(None, pl.Date))
    result = irecist(measured)
    assert result["overall"].to_list() == ["iUPD", "iCPD"]
    assert "cannot say how long" in result["words"][1]


def test_a_late_confirmation_is_said(table) -> None:
    words = irecist(table({"T1": [50, 60, 70]}, every_days=70))["words"][1]
    assert "70 days after the unconfirmed progression, later than asked for" in words


def test_stable_new_lesion_by_each_choice(table) -> None:
    measured = table({"T1": [50, 50, 50, 50, 50], "X1": [None, 10, 10, 16, 16]})
    assert calls(measured) == ["iUPD", "iUPD", "iCPD", "iCPD"]
    assert calls(measured, stable_new_lesion="judged afresh") == ["iUPD", "iSD", "iUPD", "iUPD"]


def test_new_lesion_that_is_only_stated_is_open_until_more_is_known(table) -> None:
    said = pl.DataFrame([{"patient": "p", "reader": "r", "visit_number": float(k), "new_lesion_statement": True} for k in (1, 2)])
    assert calls(table({"T1": [50, 50, 50]}), said) == ["iUPD", "iUPD"]


def test_patients_with_different_numbers_of_visits_are_apart(table) -> None:
    one = table({"T1": [50, 60]}, patient="a")
    two = table({"T1": [50, 60, 66, 67]}, patient="b")
    three = table({"T1": [50, 50, 60, 50]}, patient="c")
    together = pl.concat([three, one, two]).with_columns(row=pl.int_range(1, 11))
    assert calls(together) == ["iUPD", "iUPD", "iCPD", "iCPD", "iSD", "iUPD", "iSD"]


def test_words_carry_the_names_of_irecist(table) -> None:
    words = irecist(table({"T1": [50, 50, 60, 30, 0]}))["words"].to_list()
    assert [text.split(":")[0] for text in words] == ["iSD", "iUPD", "iPR", "iCR"]
