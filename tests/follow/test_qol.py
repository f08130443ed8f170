"""QLQ-C30 scores against hand-worked ones, vector against single values, change and time to deterioration against hand."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.case import Case, Observation
from glisson.errors import BadInput, BadKnowledge
from glisson.follow.qol import ITEMS, answers_of, completion, highest_answer, scale_score, score_table
from glisson.follow.qol_change import (
    Deterioration,
    Threshold,
    changes,
    sensitivity_threshold,
    time_to_deterioration,
    usual_threshold,
)
from glisson.knowledge.quality_of_life import change_fact, change_facts, scale, scales

WELL = [1] * 28 + [7, 7]
ILL = [4] * 28 + [1, 1]


def frame(*answers: list[int | None]) -> pl.DataFrame:
    return pl.DataFrame(dict(zip(ITEMS, zip(*answers, strict=True), strict=True)), schema=dict.fromkeys(ITEMS, pl.Float64))


def test_scales_hold_every_item_once() -> None:
    assert sorted(number for entry in scales().values() for number in entry.value) == list(range(1, 31))
    assert [name for name, entry in scales().items() if entry.kind == "function"] == ["PF", "RF", "EF", "CF", "SF"]


def test_ends_of_every_scale() -> None:
    well, ill = score_table(frame(WELL, ILL)).rows(named=True)
    for name, entry in scales().items():
        assert (well[name], ill[name]) == ((100, 0) if entry.more_is_better else (0, 100))


def test_scores_against_hand() -> None:
    answers: list[int | None] = [None] * 30
    answers[0:5] = [2, 3, 1, 1, 2]  # mean 1.8: (1 - 0.8/3) 100 = 73.33
    answers[5:7] = [2, None]  # half answered: mean 2, (1 - 1/3) 100 = 66.67
    answers[20:24] = [4, None, None, None]  # a quarter: missing
    answers[9], answers[11], answers[17] = 2, 3, None  # fatigue, two of three: mean 2.5, 1.5/3 = 50
    answers[7] = 3  # dyspnoea: 2/3 = 66.67
    answers[28:30] = [5, 6]  # mean 5.5, 4.5/6 = 75
    found = score_table(frame(answers)).row(0, named=True)
    expected = {"PF": 73.3333, "RF": 66.6667, "FA": 50.0, "DY": 66.6667, "QL": 75.0}
    for name in scales():
        assert found[name] == (pytest.approx(expected[name], abs=1e-3) if name in expected else None)
    assert found["answered"] == 5 + 1 + 1 + 2 + 1 + 2


maybe = st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=28, max_size=28)
ends = st.lists(st.one_of(st.none(), st.integers(1, 7)), min_size=2, max_size=2)


@settings(deadline=None)
@given(st.lists(st.tuples(maybe, ends), min_size=1, max_size=6))
def test_table_against_single_scales(forms: list[tuple[list[int | None], list[int | None]]]) -> None:
    answers = [four + seven for four, seven in forms]
    table = score_table(frame(*answers))
    for row, given_ in zip(table.iter_rows(named=True), answers, strict=True):
        for name, entry in scales().items():
            one = scale_score([given_[number - 1] for number in entry.value], scale=entry)
            assert row[name] == (None if one is None else pytest.approx(one))
            assert one is None or -1e-9 <= one <= 100 + 1e-9
        assert row["answered"] == sum(answer is not None for answer in given_)


@settings(deadline=None)
@given(maybe, ends)
def test_a_missing_answer_counts_as_the_mean_of_the_others(four: list[int | None], seven: list[int | None]) -> None:
    answers = four + seven
    entry = scale("PF")
    own = [answers[number - 1] for number in entry.value]
    known = [answer for answer in own if answer is not None]
    score = scale_score(own, scale=entry)
    assert (score is None) == (len(known) < 3)
    if known and score is not None:
        assert score == pytest.approx(100 * (1 - (sum(known) / len(known) - 1) / 3))


@pytest.mark.parametrize(("number", "value"), [(1, 5), (28, 0), (29, 8), (5, 2.5)])
def test_answers_that_an_item_does_not_have_are_refused_with_their_rows(number: int, value: float) -> None:
    table = frame(WELL, WELL).with_columns(pl.Series(ITEMS[number - 1], [1.0, value]))
    with pytest.raises(BadInput, match=rf"qlq_c30_{number}: an answer .* rows 2\. Allowed: 1 to {highest_answer(number)}"):
        score_table(table)


def test_refusals() -> None:
    with pytest.raises(BadInput, match="without any item"):
        score_table(pl.DataFrame({"patient": ["p"]}))
    with pytest.raises(BadInput, match="2 answers for the 3 items of FA"):
        scale_score([1, 2], scale=scale("FA"))
    with pytest.raises(BadInput, match="whole numbers 1 to 4"):
        scale_score([1, 2, 5], scale=scale("FA"))
    with pytest.raises(BadInput, match="no scale 'XX'"):
        scale("XX")
    with pytest.raises(BadKnowledge, match="no threshold of change"):
        change_fact("nothing")


def test_an_item_without_a_column_was_not_asked() -> None:
    found = score_table(pl.DataFrame({"patient": ["p"], "qlq_c30_29": [6], "qlq_c30_30": [6]})).row(0, named=True)
    assert found["QL"] == pytest.approx(500 / 6) and found["PF"] is None and found["answered"] == 2


def test_thresholds_are_proposals_and_the_published_ones_stand_beside_them() -> None:
    assert usual_threshold() == Threshold(10, "proposal") and sensitivity_threshold().points == 5
    assert change_fact("change-default").evidence == "I"
    published = {fact.id: fact.value for fact in change_facts().values() if fact.evidence == "A"}
    assert published["mid-breast-deterioration"] == [-14, -4] and published["mid-lung-improvement-performance"] == 9
    with pytest.raises(BadInput, match="threshold of change"):
        Threshold(0)


BASE = date(2026, 1, 1)


def visits(patient: str, scores: list[float | None], name: str = "QL", step: int = 30) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "patient": [patient] * len(scores),
            "visit": [f"v{n}" for n in range(len(scores))],
            "date": [BASE + timedelta(days=step * n) for n in range(len(scores))],
            "baseline": [n == 0 for n in range(len(scores))],
            name: scores,
        },
        schema_overrides={name: pl.Float64},
    )


@pytest.mark.parametrize(
    ("name", "after", "called"),
    [("QL", 60, "improved"), ("QL", 59.9, "stable"), ("QL", 40, "worse"), ("QL", 40.1, "stable"), ("FA", 60, "worse"),
     ("FA", 40, "improved"), ("PF", 40, "worse"), ("QL", None, None)],
)  # fmt: skip
def test_change_on_both_sides_of_the_threshold(name: str, after: float | None, called: str | None) -> None:
    found = changes(visits("p", [50, after], name), names=(name,))
    assert found["called"].to_list() == [called] and found["threshold"].to_list() == [10.0]
    assert changes(visits("p", [None, after], name), names=(name,))["called"].to_list() == [None]


def test_float_traps_of_change() -> None:
    third = 100 / 3
    found = changes(visits("p", [2 * third, 2 * third - 10, third]), threshold=Threshold(third), names=("QL",))
    assert found["called"].to_list() == ["stable", "worse"]


def test_two_baselines_are_refused() -> None:
    table = visits("p", [50, 40]).with_columns(pl.lit(True).alias("baseline"))
    with pytest.raises(BadInput, match="two baseline"):
        changes(table, names=("QL",))


RULE = Deterioration(Threshold(10))


def ttd(scores: list[float | None], rule: Deterioration = RULE, died: int | None = None, name: str = "QL") -> tuple[Any, ...]:
    deaths = pl.DataFrame({"patient": ["p"] if died is not None else [], "date": [BASE + timedelta(days=died)] if died is not None else []},
                          schema={"patient": pl.String, "date": pl.Date})  # fmt: skip
    row = time_to_deterioration(visits("p", scores, name), scale_name=name, rule=rule, deaths=deaths).row(0, named=True)
    return row["event"], row["days"], row["source"]


@pytest.mark.parametrize(
    ("scores", "rule", "died", "expected"),
    [
        ([80, 75, 70, 90], RULE, None, (1, 60, "deterioration")),
        ([80, 75, 70, 90], Deterioration(Threshold(10), "lasting"), None, (0, 90, "last questionnaire")),
        ([80, 60, None, 70, 65], Deterioration(Threshold(10), "lasting"), None, (1, 30, "deterioration")),
        ([80, 60, 90, 70, 65], Deterioration(Threshold(10), "lasting"), None, (1, 90, "deterioration")),
        ([80, 75, 75], RULE, 200, (0, 60, "last questionnaire")),
        ([80, 75, 75], Deterioration(Threshold(10), death="event"), 200, (1, 200, "death")),
        ([80, 75, 75], Deterioration(Threshold(10), death="competing"), 200, (2, 200, "death")),
        ([80, 60, 75], Deterioration(Threshold(10), death="event"), 200, (1, 30, "deterioration")),
        ([80, 75], Deterioration(Threshold(20)), None, (0, 30, "last questionnaire")),
        ([80], RULE, None, (0, 0, "last questionnaire")),
        ([None, 60], RULE, None, (None, None, "no baseline score")),
    ],
)  # fmt: skip
def test_time_to_deterioration_against_hand(
    scores: list[float | None], rule: Deterioration, died: int | None, expected: tuple[Any, ...]
) -> None:
    assert ttd(scores, rule, died) == expected


def test_deterioration_of_a_symptom_is_a_rise() -> None:
    assert ttd([20, 10, 33], name="FA") == (1, 60, "deterioration")


def test_the_definition_is_always_printed() -> None:
    rule = Deterioration(usual_threshold(), "lasting", "event")
    found = time_to_deterioration(
        visits("p", [80, 60]), scale_name="QL", rule=rule, deaths=pl.DataFrame(schema={"patient": pl.String, "date": pl.Date})
    )
    text = found["definition"].item()
    assert text == rule.definition("QL")
    for part in (
        "global health (QLQ-C30 QL)",
        "by 10 points or more (proposal)",
        "every later questionnaire",
        "death without it is an event",
    ):
        assert part in text
    assert found["months"].item() == pytest.approx(30 / 30.4375)


def test_deterioration_refusals() -> None:
    with pytest.raises(BadInput, match="no table of deaths"):
        time_to_deterioration(visits("p", [80, 60]), scale_name="QL", rule=Deterioration(Threshold(10), death="event"))
    with pytest.raises(BadInput, match="unknown option"):
        Deterioration(Threshold(10), death="ignored")  # type: ignore[arg-type]
    undated = visits("p", [80, 60]).with_columns(pl.lit(None, pl.Date).alias("date"))
    with pytest.raises(BadInput, match="without its date"):
        time_to_deterioration(undated, scale_name="QL", rule=RULE)
    dead = pl.DataFrame({"patient": ["p"], "date": [None]}, schema={"patient": pl.String, "date": pl.Date})
    with pytest.raises(BadInput, match="death without its date"):
        time_to_deterioration(
            visits("p", [80, 60]), scale_name="QL", rule=Deterioration(Threshold(10), death="event"), deaths=dead
        )


@settings(deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 12).map(lambda n: 100 * n / 12)), min_size=1, max_size=7),
    st.sampled_from([5.0, 10.0]),
)
def test_a_smaller_threshold_is_never_later_and_a_lasting_one_never_earlier(scores: list[float | None], points: float) -> None:
    small, large = ttd(scores, Deterioration(Threshold(points))), ttd(scores, Deterioration(Threshold(2 * points)))
    lasting = ttd(scores, Deterioration(Threshold(points), "lasting"))
    if small[0] is None:
        assert scores[0] is None and large[0] is None and lasting[0] is None
        return
    assert small[1] <= large[1] and small[1] <= lasting[1]


def test_questionnaires_of_cases_and_completion() -> None:
    seen = [
        Observation(what=name, value=1 if number < 29 else 7, visit="base", at="2026-01-01")
        for number, name in enumerate(ITEMS, 1)
    ]
    later = [
        Observation(what="qlq_c30_29", value=5, at="2026-02-01"),
        Observation(what="qlq_c30_30", missing="not done", at="2026-02-01"),
    ]
    table = answers_of([Case(id="p-1", observations=(*seen, *later))])
    scored = score_table(table)
    assert scored.select("patient", "visit", "answered").rows() == [("p-1", "base", 30), ("p-1", "2026-02-01", 1)]
    assert scored["QL"].to_list() == [100, pytest.approx(66.667, abs=1e-3)]
    expected = pl.DataFrame({"patient": ["p-1", "p-2", "p-1"], "visit": ["base", "base", "month-2"]})
    found = completion(scored, expected)
    assert found.select("visit", "expected", "received", "complete", "received_fraction", "not_expected").rows() == [
        ("base", 2, 1, 1, 0.5, 0), ("month-2", 1, 0, 0, 0.0, 0), ("2026-02-01", 0, 0, 0, None, 1)
    ]  # fmt: skip
    with pytest.raises(BadInput, match="expected twice"):
        completion(scored, pl.concat([expected, expected]))


def test_the_questions_are_not_in_the_repository() -> None:
    """Numbers only: no sentence of the questionnaire stands in the file of scales."""
    from glisson.knowledge import read_yaml

    for entry in read_yaml("quality_of_life/qlq_c30.yaml"):
        assert len(entry["name"].split()) <= 3 and all(isinstance(number, int) for number in entry["value"])
