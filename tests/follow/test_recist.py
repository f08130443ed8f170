"""RECIST 1.1 against the published tables and worked examples, and each open question with every choice."""

from typing import Any

import polars as pl
import pytest

from glisson.errors import BadInput
from glisson.follow.recist import recist11
from glisson.follow.rules import Rules

GONE, NE, THERE, WORSE = "absent", "not evaluable", "present", "unequivocal progression"


def overall(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, **options: Any) -> list[str]:
    return recist11(measurements, statements, rules=Rules(**options))["overall"].to_list()


def state(name: str, **said: Any) -> pl.DataFrame:
    return pl.DataFrame([{"patient": "p", "reader": "r", "visit": name, "visit_number": float(name[1:]), **said}])


TARGET = {"CR": 0.0, "PR": 10.0, "SD": 20.0, "PD": 30.0, "NE": NE}
OTHER = {"CR": GONE, "non-CR/non-PD": THERE, "NE": NE, "PD": WORSE}


@pytest.mark.parametrize(
    ("target", "other", "new", "expected"),
    [
        ("CR", "CR", False, "CR"),
        ("CR", "non-CR/non-PD", False, "PR"),
        ("CR", "NE", False, "PR"),
        *(("PR", other, False, "PR") for other in ("CR", "non-CR/non-PD", "NE")),
        *(("SD", other, False, "SD") for other in ("CR", "non-CR/non-PD", "NE")),
        *(("NE", other, False, "NE") for other in ("CR", "non-CR/non-PD")),
        *(("PD", other, new, "PD") for other in OTHER for new in (False, True)),
        *((target, "PD", new, "PD") for target in TARGET for new in (False, True)),
        *((target, other, True, "PD") for target in TARGET for other in OTHER),
        (None, "CR", False, "CR"),
        (None, "non-CR/non-PD", False, "non-CR/non-PD"),
        (None, "NE", False, "NE"),
        (None, "PD", False, "PD"),
        *((None, other, True, "PD") for other in OTHER),
    ],
)
def test_overall_response_against_tables_1_and_2_of_eisenhauer_2009(table, target, other, new, expected) -> None:
    lesions: dict[str, list[Any]] = {"N1": [THERE, OTHER[other]]}
    if target is not None:
        lesions["T1"] = [20.0, TARGET[target]]
    if new:
        lesions["X1"] = [None, 12.0]
    assert overall(table(lesions)) == [expected]


@pytest.mark.parametrize("new", [False, True])
def test_targets_only_against_table_1_of_eisenhauer_2009(table, new) -> None:
    for word, size in TARGET.items():
        lesions = {"T1": [20.0, size]} | ({"X1": [None, 12.0]} if new else {})
        assert overall(table(lesions)) == ["PD" if new else word]


def test_partial_response_holds_against_eortc_answers(table) -> None:
    assert overall(table({"T1": [165, 63, 65]})) == ["PR", "PR"]
    measured = table({"T1": [100, 70, 70, 80, 80, 80], "N1": [THERE] * 6})
    assert overall(measured) == ["PR"] * 5
    assert overall(measured, partial_response_holds="no") == ["PR", "PR", "SD", "SD", "SD"]
    assert recist11(measured)["ambiguous"].to_list() == [None, None, *["partial_response_holds"] * 3]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([10, 7], "PR"),
        ([60, 42], "PR"),
        ([10.0, 7.0001], "SD"),
        ([0.1 + 0.2 + 29.7, 0.7 * 30], "PR"),
        ([25, 30], "PD"),
        ([25, 29.999], "SD"),
        ([24.9, 29.9], "PD"),  # +5 mm, +20.08 %
        ([25.1, 30.1], "SD"),  # +5 mm, +19.9 %
        ([20, 24.999], "SD"),  # +24.995 %, below 5 mm
        ([20, 25], "PD"),
        ([100, 120], "PD"),
        ([100.3, 120.36], "PD"),
        ([100.3, 120.35], "SD"),
    ],
)
def test_thresholds_are_met_when_equal(table, sizes, expected) -> None:
    assert overall(table({"T1": sizes})) == [expected]


def test_sums_of_many_lesions_meet_thresholds_in_spite_of_binary_fractions(table) -> None:
    # in floats 10.1 + 10.2 + 10.3 and its tenfold steps are not what they are on paper
    assert overall(table({"T1": [10.1, 7.1], "T2": [10.2, 7.1], "T3": [10.3, 7.22]})) == ["PR"]  # 30.6 -> 21.42
    assert overall(table({"T1": [10.1, 12.1], "T2": [10.2, 12.3], "T3": [10.3, 12.32]})) == ["PD"]  # 30.6 -> 36.72


def test_growth_is_measured_from_the_smallest_sum_and_shrinkage_from_the_baseline(table) -> None:
    result = recist11(table({"T1": [50, 30, 40, 36]}))
    assert result["overall"].to_list() == ["PR", "PD", "PD"]
    assert result["nadir_mm"].to_list() == [50, 30, 30]
    assert result["change_from_nadir_mm"].to_list() == [-20, 10, 6]
    assert result["change_from_baseline_fraction"].to_list() == pytest.approx([-0.4, -0.2, -0.28])


def test_nodes_of_normal_size_are_gone_though_the_sum_is_not_zero(table) -> None:
    result = recist11(table({"T1": [20, 0, 0], "T2": [16, 7, 10]}, nodes=["T2"]))
    assert result["target"].to_list() == ["CR", "PR"]
    assert result["sum_mm"].to_list() == [7, 10]


def test_too_small_counts_5_mm_and_a_recorded_value_counts_as_recorded(table) -> None:
    assert recist11(table({"T1": [30, "too small"]}))["sum_mm"].to_list() == [5]
    measured = table({"T1": [30, 3.0]}).with_columns(
        state=pl.when(pl.col("baseline")).then("state").otherwise(pl.lit("too small"))
    )
    assert recist11(measured)["sum_mm"].to_list() == [3]
    assert recist11(table({"T1": [30, "too small"]}), rules=Rules(too_small_mm=4))["sum_mm"].to_list() == [4]


def test_missing_target_is_never_zero(table) -> None:
    for missing in (None, NE, "measured"):
        cells = [20.0, missing, 20.0]
        result = recist11(table({"T1": [20, 20, 20], "T2": cells}))
        assert result["target"].to_list() == ["NE", "SD"]
        assert result["sum_mm"].to_list() == [None, 40]
        assert "T2" in result["words"][0]


def test_what_was_measured_may_prove_progression(table) -> None:
    measured = table({"T1": [20, 60], "T2": [20, None]})
    result = recist11(measured)
    assert result["overall"].to_list() == ["PD"]
    assert result["rule"].to_list() == ["recist11.target.pd.partial-sum"]
    assert result["ambiguous"].to_list() == ["partial_sum"]
    assert overall(measured, partial_sum="not evaluable") == ["NE"]
    assert overall(table({"T1": [20, 27], "T2": [20, None]})) == ["NE"]


def test_an_incomplete_sum_is_no_nadir(table) -> None:
    result = recist11(table({"T1": [20, 10, 20], "T2": [20, None, 20]}))
    assert result["nadir_mm"].to_list() == [40, 40]
    assert result["overall"].to_list() == ["NE", "SD"]


def test_baseline_without_a_complete_sum_is_not_evaluable_until_growth_or_absence_is_proved(table) -> None:
    result = recist11(table({"T1": [20, 20, 40, 0], "T2": [NE, 20, 20, 0]}))
    assert result["target"].to_list() == ["NE", "PD", "CR"]
    assert result["rule"][0] == "recist11.target.ne.baseline"


def test_a_lesion_that_comes_back_by_each_choice(table) -> None:
    once = table({"T1": [20, 0, 4.95], "T2": [20, 0, 0]})
    twice = table({"T1": [20, 0, 0, 4.95], "T2": [20, 0, 0, 0]})
    never = table({"T1": [20, 0, 4.95], "T2": [20, 20, 20]})
    expected = {
        "by size": ("PR", "PR", "PR"),
        "progression after confirmed CR": ("PR", "PD", "PR"),
        "progression after CR": ("PD", "PD", "PR"),
        "progression": ("PD", "PD", "PD"),
    }
    for choice, (after_one, after_two, after_none) in expected.items():
        assert overall(once, reappearing_lesion=choice)[-1] == after_one
        assert overall(twice, reappearing_lesion=choice)[-1] == after_two
        assert overall(never, reappearing_lesion=choice)[-1] == after_none
    last = recist11(once).row(-1, named=True)
    assert last["ambiguous"] == "reappearing_lesion"
    assert "T1" in last["words"]


def test_a_node_that_grows_from_9_to_10_mm_goes_by_size(table) -> None:
    """18, 9, 9, 10 mm: +1 mm. The node was there all the time, in the sum with its short axis; nothing came back."""
    node = table({"L1": [18, 9, 9, 10]}, nodes=["L1"])
    assert overall(node) == ["CR", "CR", "PR"]
    last = recist11(node).row(-1, named=True)
    assert (last["rule"], last["ambiguous"]) == ("recist11.target.pr.sum", "regrown_node")
    assert "no longer of normal size: L1" in last["words"] and "back after it was gone" not in last["words"]
    assert overall(node, regrown_node="as a lesion") == ["CR", "CR", "PD"]
    assert recist11(node, rules=Rules(regrown_node="as a lesion"))["rule"][-1] == "recist11.reappearing.pd"
    assert overall(node, regrown_node="as a lesion", reappearing_lesion="by size") == ["CR", "CR", "PR"]


def test_a_node_that_grows_enough_or_was_not_seen_at_all_is_progression_all_the_same(table) -> None:
    assert overall(table({"L1": [18, 9, 9, 14]}, nodes=["L1"])) == ["CR", "CR", "PD"]
    unseen = recist11(table({"L1": [18, GONE, GONE, 10]}, nodes=["L1"]))
    assert unseen["overall"].to_list() == ["CR", "CR", "PD"]
    back = recist11(table({"L1": [18, GONE, GONE, 10], "T1": [60, 60, 60, 60]}, nodes=["L1"]))
    assert back["ambiguous"].to_list() == [None, None, "reappearing_lesion"]


def test_a_regrown_node_is_marked_only_where_the_other_choice_calls_otherwise(table) -> None:
    once = table({"L1": [18, 9, 10]}, nodes=["L1"])
    assert recist11(once)["ambiguous"].to_list() == [None, None]
    stricter = recist11(once, rules=Rules(reappearing_lesion="progression after CR"))
    assert stricter["ambiguous"].to_list() == [None, "regrown_node"]


def test_confirmed_CR_looks_past_a_visit_that_was_not_evaluable(table) -> None:
    assert overall(table({"T1": [20, 0, NE, 0, 4.9]}))[-1] == "PD"


def test_a_non_target_that_comes_back_is_said(table) -> None:
    result = recist11(table({"N1": [THERE, GONE, THERE]}))
    assert result["overall"].to_list() == ["CR", "non-CR/non-PD"]
    assert result["ambiguous"].to_list() == [None, "reappearing_lesion"]


def test_progression_is_for_good_unless_visits_are_taken_as_read(table) -> None:
    measured = table({"T1": [50, 60, 50, 20]})
    result = recist11(measured)
    assert result["overall"].to_list() == ["PD", "PD", "PD"]
    assert result["as_read"].to_list() == ["PD", "SD", "PR"]
    assert result["rule"].to_list() == ["recist11.target.pd.sum", "recist11.after-pd", "recist11.after-pd"]
    assert overall(measured, after_progression="as read") == ["PD", "SD", "PR"]


def test_complete_response_with_unevaluated_non_targets_by_each_choice(table) -> None:
    measured = table({"T1": [20, 0], "N1": [THERE, NE]})
    assert overall(measured) == ["PR"]
    assert overall(measured, complete_with_unevaluated="NE") == ["NE"]
    assert recist11(measured)["words"][0].startswith("PR: all targets gone, non-targets not all evaluated")


def test_non_target_that_is_not_listed_is_not_evaluated(table) -> None:
    result = recist11(table({"N1": [THERE, GONE], "N2": [THERE, None]}))
    assert result["non_target"].to_list() == ["NE"]


def test_statements_stand_for_lesions_that_are_not_listed_one_by_one(table) -> None:
    measured = table({"T1": [20, 20]})
    assert overall(measured, state("v1", new_lesion_statement=True)) == ["PD"]
    assert overall(measured, state("v1", non_target_statement="PD")) == ["PD"]
    assert overall(table({"T1": [20, 0]}), state("v1", non_target_statement="non-CR/non-PD")) == ["PR"]
    both = table({"T1": [20, 20], "N1": [THERE, WORSE]})
    assert overall(both, state("v1", non_target_statement="non-CR/non-PD")) == ["PD"]
    words = recist11(measured, state("v1", new_lesion_statement=True))["words"][0]
    assert "none listed" in words


def test_a_visit_that_is_only_stated_is_not_evaluable(table) -> None:
    assert overall(table({"T1": [20, 20]}), state("v2", stated_response="PR")) == ["SD", "NE"]


def test_tumour_markers_by_each_choice(table) -> None:
    measured = table({"N1": [THERE, GONE]})
    assert overall(measured) == ["CR"]
    assert overall(measured, markers_unknown="not complete") == ["non-CR/non-PD"]
    assert overall(measured, state("v1", markers_normal=False)) == ["non-CR/non-PD"]
    assert overall(measured, state("v1", markers_normal=True), markers_unknown="not complete") == ["CR"]


def test_symptomatic_deterioration_by_each_choice(table) -> None:
    measured, worse = table({"T1": [20, 20, 20]}), state("v1", symptomatic_deterioration=True)
    assert overall(measured, worse) == ["SD", "SD"]
    assert recist11(measured, worse)["ambiguous"].to_list() == ["symptomatic_deterioration", None]
    assert overall(measured, worse, symptomatic_deterioration="progression") == ["PD", "PD"]


def test_equivocal_new_lesion_by_each_choice(table) -> None:
    measured = table({"T1": [20, 20, 20], "X1": [None, NE, 12]})
    assert overall(measured) == ["SD", "PD"]
    assert overall(measured, equivocal_new_lesion="dated when first seen") == ["PD", "PD"]
    assert overall(table({"T1": [20, 20], "X1": [None, NE]}), equivocal_new_lesion="dated when first seen") == ["SD"]


def test_fragments_count_together_by_each_choice(table) -> None:
    measured = table(
        {"T1": [40, 30, None, None], "T1a": [None, None, 12, 12], "T1b": [None, None, 10, None]},
        split_from={"T1a": "T1", "T1b": "T1"},
    )
    result = recist11(measured)
    assert result["sum_mm"].to_list() == [30, 22, None]
    assert result["overall"].to_list() == ["SD", "PR", "NE"]
    assert result["lesions"][1].to_list() == ["T1"]
    assert recist11(measured, rules=Rules(split_lesion="largest part"))["sum_mm"].to_list() == [30, 12, None]


def test_fragments_of_fragments_go_by_the_first_lesion(table) -> None:
    measured = table(
        {"T1": [40, None, None], "A": [None, 20, None], "B": [None, 10, 10], "C": [None, None, 8], "D": [None, None, 7]},
        split_from={"A": "T1", "B": "T1", "C": "A", "D": "A"},
        roles=dict.fromkeys("ABCD", "target"),
    )
    # at the last visit A itself is not listed: its own fragments stand beside it, and it is missed
    assert recist11(measured)["sum_mm"].to_list() == [30, None]
    closed = table(
        {"T1": [40, None, None], "A": [None, 20, GONE], "B": [None, 10, 10], "C": [None, None, 8], "D": [None, None, 7]},
        split_from={"A": "T1", "B": "T1", "C": "A", "D": "A"},
        roles=dict.fromkeys("ABCD", "target"),
    )
    assert recist11(closed)["sum_mm"].to_list() == [30, 25]


def test_a_circle_of_fragments_is_refused(table) -> None:
    measured = table({"T1": [40, 20], "A": [None, 9]}, split_from={"T1": "A", "A": "T1"}, roles={"A": "target"})
    with pytest.raises(BadInput, match="circle"):
        recist11(measured)


def test_merged_lesions_have_one_diameter_by_each_choice(table) -> None:
    for second in ([20, 15, None], [20, 15, GONE]):
        measured = table({"T1": [20, 15, 28], "T2": second}, merged_into={"T2": "T1"})
        result = recist11(measured)
        assert result["sum_mm"].to_list() == [30, 28]
        assert result["target"].to_list() == ["SD", "PR"]
        assert recist11(measured, rules=Rules(merged_lesion="not evaluable"))["target"].to_list() == ["SD", "NE"]


def test_a_merger_said_at_one_visit_counts_from_it_on(table) -> None:
    measured = table({"T1": [20, 15, 28], "T2": [20, 15, 28]}).with_columns(
        merged_into=pl.when((pl.col("lesion") == "T2") & (pl.col("visit_number") == 2)).then(pl.lit("T1"))
    )
    assert recist11(measured)["sum_mm"].to_list() == [30, 28]


def test_role_of_the_baseline_holds(table) -> None:
    measured = table({"T1": [20, 10], "T2": [20, 20]}).with_columns(
        role=pl.when((pl.col("lesion") == "T2") & ~pl.col("baseline")).then(pl.lit("non-target")).otherwise("role")
    )
    assert recist11(measured)["sum_mm"].to_list() == [30]


def test_readers_and_patients_are_apart(table) -> None:
    together = pl.concat(
        [
            table({"T1": [20, 20]}, reader="a"),
            table({"T1": [20, 40]}, reader="b"),
            table({"T1": [20, 10]}, patient="q", reader="a"),
        ]
    ).with_columns(row=pl.int_range(1, 7))
    result = recist11(together)
    assert result.select("patient", "reader", "overall").rows() == [("p", "a", "SD"), ("p", "b", "PD"), ("q", "a", "PR")]


def test_nothing_at_baseline_is_no_evidence_of_disease(table) -> None:
    measured = table({"T1": [20, 20, 20], "X1": [None, None, 9]}, organ={"T1": "lung"}, roles={"T1": "target"})
    from glisson.follow.hepatic import recist11_liver

    assert recist11_liver(measured)["overall"].to_list() == ["NED", "PD"]


def test_every_row_has_its_rule_its_words_and_no_empty_cell(table) -> None:
    result = recist11(table({"T1": [20, 10, NE, 0, 30], "N1": [THERE, THERE, NE, GONE, WORSE], "X1": [None] * 4 + [9]}))
    assert result["words"].str.len_chars().min() > 10
    assert result["rule"].str.starts_with("recist11.").all()
    assert result["lesions"].to_list() == [["T1"], ["T1"], ["T1"], ["T1"]]
    assert "+30.0 mm from the smallest sum 0.0" in result["words"][3]


def test_a_new_lesion_measured_without_a_size_is_there(table) -> None:
    found = recist11(table({"A": [30, 30], "X": [None, "measured"]}))
    assert found.select("overall", "rule").row(0) == ("PD", "recist11.new-lesion.pd")
