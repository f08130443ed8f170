"""Attacks on a site: small cells, differences of answers, probes, tampering. Each guard is made to fire."""

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites_tables import OPEN, asked, cohort, rules, split

from glisson.errors import BadInput, NotAllowed
from glisson.learn.cohort.sites.answer import Answer, Outcome, answer_from, answered
from glisson.learn.cohort.sites.behind import Behind, borders_to_leave_out, packed, too_close, unpacked
from glisson.learn.cohort.sites.cells import time_cells
from glisson.learn.cohort.sites.curves import Curves
from glisson.learn.cohort.sites.definition import Definition, Request, Round, Term, request_from
from glisson.learn.cohort.sites.pooling import pooled
from glisson.learn.cohort.sites.request_log import Entry, line, verified
from glisson.learn.cohort.sites.rules import Rules, rules_from
from glisson.learn.cohort.sites.seal import digest, opened, sealed
from glisson.learn.cohort.sites.together import over_sites

CAREFUL = rules(cohort(), "A")


def _ask(wanted: Definition | Request, table: pl.DataFrame, log: list[Entry] | None = None, owned: Rules = CAREFUL) -> Outcome:
    """One request at one site; the log is kept up."""
    request = wanted if isinstance(wanted, Request) else Request(definition=wanted)
    kept = [] if log is None else log
    outcome = answered(request, table, owned, kept, when="2026-11-22T12:00:00+00:00", salt="secret")
    kept.extend(outcome.entries)
    return outcome


def _refusal(wanted: Definition | Request, table: pl.DataFrame, log: list[Entry] | None = None, owned: Rules = CAREFUL) -> str:
    outcome = _ask(wanted, table, log, owned)
    assert outcome.answer is None and outcome.refusal is not None
    assert outcome.entries[-1]["outcome"] == "refused"
    return str(outcome.refusal)


def _answer(wanted: Definition | Request, table: pl.DataFrame, log: list[Entry] | None = None, owned: Rules = CAREFUL) -> Answer:
    outcome = _ask(wanted, table, log, owned)
    assert outcome.refusal is None and outcome.answer is not None
    return outcome.answer


def _numbers(value: Any) -> list[float]:
    """Every number in an answer."""
    if isinstance(value, dict):
        return [number for part in value.values() for number in _numbers(part)]
    if isinstance(value, list | tuple):
        return [number for part in value for number in _numbers(part)]
    return [value] if isinstance(value, int | float) else []


# small cells ---------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(30, 250), st.integers(2, 11), st.sampled_from(["", "sex", "stage"]))
def test_no_count_that_leaves_is_a_small_cell(seed: int, rows: int, min_cell: int, group: str) -> None:
    table = cohort(rows, seed)
    outcome = _ask(asked(group=group, event="event", entry="entry"), table, owned=rules(table, min_cell=min_cell))
    if outcome.answer is None:
        return
    content = outcome.answer.content
    assert isinstance(content, Curves) and content.entries is not None
    assert min(content.ends.rows) >= min_cell and min(content.entries.rows) >= min_cell
    assert sum(content.ends.rows) == sum(content.entries.rows) == rows


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 60), st.integers(0, 2)), min_size=12, max_size=120), st.integers(2, 6))
def test_borders_by_group_are_among_the_borders_without(ends: list[tuple[float, int]], min_cell: int) -> None:
    """So the difference of two analyses of one follow-up is made of whole cells."""
    time, part = np.array([end for end, _ in ends]), np.array([group for _, group in ends])
    owned = rules(cohort(5), min_cell=min_cell)
    try:
        fine = time_cells(time, np.zeros(len(time), dtype=np.int64), owned)
        coarse = time_cells(time, part, owned)
    except NotAllowed:
        return
    assert set(coarse.high.tolist()) <= set(fine.high.tolist())
    assert (np.bincount(fine.place) >= min_cell).all()
    assert (coarse.low[coarse.place] - 1e-9 <= time).all() and (time <= coarse.high[coarse.place] + 1e-6).all()


def test_borders_do_not_show_the_longest_follow_up() -> None:
    table = cohort().with_columns(time=pl.when(pl.col("id") == 7).then(88).otherwise(pl.col("time")))
    content = _answer(asked(), table).content
    assert isinstance(content, Curves) and max(content.ends.high) == 96


def test_a_group_of_few_is_refused_without_its_name_or_size() -> None:
    table = cohort().with_columns(stage=pl.when(pl.col("id") < 3).then(pl.lit("Smith")).otherwise("stage"))
    for wanted in (
        asked(group="stage"),
        asked("table", variables=("age",), group="stage"),
        asked("cox", covariates=("stage",), by_site=True),
    ):
        words = _refusal(wanted, table)
        assert "fewer than 5 rows" in words and "Smith" not in words and " 3 " not in words


def test_a_group_in_which_few_died_is_refused() -> None:
    table = cohort().with_columns(dead=pl.when((pl.col("sex") == 1) & (pl.col("id") > 6)).then(0).otherwise(pl.col("dead")))
    assert 0 < table.filter(sex=1)["dead"].sum() < 5
    assert "fewer than 5 rows" in _refusal(asked(group="sex"), table)
    assert "how their follow-up ended" in _refusal(asked("cox", covariates=("sex",), by_site=True), table)


def test_few_rows_are_refused() -> None:
    assert "fewer than 5 rows can take part" in _refusal(asked(), cohort(4))


def test_times_that_identify_are_refused() -> None:
    assert "exact times" in _refusal(asked(), cohort(), owned=rules(cohort(), time_width=0))


def test_small_levels_of_a_table_leave_together() -> None:
    table = cohort().with_columns(
        stage=pl.when(pl.col("id") < 2).then(pl.lit("IVa")).when(pl.col("id") < 6).then(pl.lit("IVb")).otherwise("stage")
    )
    found = over_sites(asked("table", variables=("stage",)), {"A": (table, CAREFUL)})
    levels = {one["level"]: one for one in found.value["groups"][0]["variables"][0]["levels"]}
    assert set(levels) == {"I", "II", "III"}
    assert all(one["rows_at_most"] == one["rows"] for one in levels.values())
    many = cohort(400, 2).with_columns(stage=pl.when(pl.col("id") < 20).then(pl.lit("IVa")).otherwise("stage"))
    found = over_sites(asked("table", variables=("stage",)), {"A": (table, CAREFUL), "B": (many, rules(many, "B"))})
    levels = {one["level"]: one for one in found.value["groups"][0]["variables"][0]["levels"]}
    assert (levels["IVa"]["rows"], levels["IVa"]["rows_at_most"]) == (20, 26)


def test_one_small_level_takes_the_next_with_it() -> None:
    """Alone it would follow from the total."""
    table = cohort().with_columns(stage=pl.when(pl.col("id") < 2).then(pl.lit("IV")).otherwise("stage"))
    found = over_sites(asked("table", variables=("stage",)), {"A": (table, CAREFUL)})
    variable = found.value["groups"][0]["variables"][0]
    counts = table["stage"].value_counts().sort("count")["count"].to_list()
    assert [one["rows"] for one in variable["levels"]] == sorted(counts[2:]) or len(variable["levels"]) == 2
    assert 400 - sum(one["rows"] for one in variable["levels"]) == counts[0] + counts[1]


def test_a_mean_from_which_the_missing_could_be_counted_is_withheld() -> None:
    table = cohort().with_columns(age=pl.when(pl.col("id") < 3).then(None).otherwise(pl.col("age")))
    found = over_sites(asked("table", variables=("age", "sex")), {"A": (table, CAREFUL)})
    age, sex = found.value["groups"][0]["variables"]
    assert "mean" not in age and age["withheld"] and sex["mean"] == pytest.approx(table["sex"].mean())
    assert [finding.code for finding in found.findings] == ["withheld"]


# one patient in a sum ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (pl.when(pl.col("id") == 9).then(1e6).otherwise(pl.col("age")), "one row would make up more than 50 %"),
        (pl.when(pl.col("id") == 9).then(1.0).otherwise(0.0), "differ from all others"),
        (pl.when(pl.col("id") < 4).then(pl.col("id") + 1.0).otherwise(0.0), "differ from all others"),
        (pl.when(pl.col("id") < 4).then(2.0).otherwise(pl.col("sex")), "share a value"),
    ],
)
def test_a_covariate_made_for_one_patient_is_refused(age: pl.Expr, words: str) -> None:
    table = cohort().with_columns(age=age)
    assert words in _refusal(asked("cox", covariates=("age",), by_site=True), table)
    found = over_sites(asked("table", variables=("age",)), {"A": (table, CAREFUL)})
    assert "mean" not in found.value["groups"][0]["variables"][0]


def _round(beta: float, *, number: int = 1, centre: float = 65.0) -> Round:
    term = Term(column="age", centre=centre, spread=9.0)
    return Round(number=number, terms=(term,), beta=(beta,), sites=("A",), rows=400)


def test_a_probe_whose_coefficient_singles_out_a_patient_is_refused() -> None:
    """With a large coefficient the score is the oldest patient's distance from the mean of the dead: an age to many digits."""
    table, log = cohort(), list[Entry]()
    wanted = asked("cox", covariates=("age",), by_site=True)
    _answer(wanted, table, log)
    for beta in (2.0, -2.0, 50.0, 1e6):
        words = _refusal(Request(definition=wanted, round=_round(beta)), table, log)
        assert "these coefficients" in words
    with pytest.raises(BadInput, match="far from all values"):
        _ask(Request(definition=wanted, round=_round(0.0, centre=1e300)), table, log)
    assert _answer(Request(definition=wanted, round=_round(0.03)), table, log).rows == 400


def test_what_the_probe_would_tell_if_it_were_let_through() -> None:
    """Under rules that let everything out, one answer gives the oldest age: the guard above is needed."""
    table = cohort().with_columns(
        age=pl.when(pl.col("id") == 9).then(95.4321).otherwise(pl.col("age").clip(None, 90)),
        time=pl.when(pl.col("dead") == 1).then(5.0).otherwise(9.0),
    )
    log, owned = list[Entry](), rules(table, **OPEN)
    wanted = asked("cox", covariates=("age",), by_site=True, ties="breslow")
    _answer(wanted, table, log, owned)
    score = _answer(Request(definition=wanted, round=_round(20.0)), table, log, owned).content.model_dump()["score"][0]
    dead = table.filter(dead=1)["age"].to_numpy() - 65
    assert 65 + (dead.sum() - score) / len(dead) == pytest.approx(95.4321, abs=1e-9)
    careful = list[Entry]()
    _answer(wanted, table, careful, rules(table, time_width=1))
    assert "these coefficients" in _refusal(Request(definition=wanted, round=_round(20.0)), table, careful)


def test_rounds_are_counted_until_the_values_could_be_solved_for() -> None:
    table, log = cohort(30), list[Entry]()
    owned = rules(table, rounds_at_most=50)
    wanted = asked("cox", covariates=("age",), by_site=True)
    _answer(wanted, table, log, owned)
    for number in range(10):  # 3 numbers each, 30 values
        _answer(Request(definition=wanted, round=_round(0.001 * number, number=1)), table, log, owned)
    assert "solved for" in _refusal(Request(definition=wanted, round=_round(0.02)), table, log, owned)
    again = asked("cox", covariates=("age",), by_site=True, missing=("none",))  # another analysis, the same covariate
    _answer(again, table, log, owned)
    assert "solved for" in _refusal(Request(definition=again, round=_round(0.02)), table, log, owned)
    assert _answer(Request(definition=wanted, round=_round(0.001)), table, log, owned)  # the same answer again tells nothing new


def test_sums_at_single_times_stay_unless_the_site_lets_them_go() -> None:
    table, log = cohort(), list[Entry]()
    wanted = asked("cox", covariates=("age",))
    _answer(wanted, table, log)
    assert "--by-site" in _refusal(Request(definition=wanted, round=_round(0.0)), table, log)
    few, owned = list[Entry](), rules(table, risk_sets=True)
    _answer(wanted, table, few, owned)
    assert "solved for" in _refusal(
        Request(definition=wanted, round=_round(0.0)), table, few, rules(table, risk_sets=True, min_cell=3)
    )


# differencing --------------------------------------------------------------------------------------------------------------------


def test_two_requests_that_differ_by_few_patients() -> None:
    """All rows, then those with a known age: the three others would follow by subtraction."""
    table = cohort().with_columns(age=pl.when(pl.col("id") < 3).then(None).otherwise(pl.col("age")))
    for first, second in ((asked(), asked(complete=("age",))), (asked(complete=("age",)), asked())):
        log: list[Entry] = []
        _answer(first, table, log)
        assert "tell fewer than 5 patients apart" in _refusal(second, table, log)
        _answer(first, table, log)


def test_a_word_for_missing_that_takes_a_few_patients_out() -> None:
    table, log = cohort(), list[Entry]()
    value = next(age for age, count in table["age"].value_counts().iter_rows() if count == 1)
    _answer(asked(complete=("age",)), table, log)
    assert "patients apart" in _refusal(asked(complete=("age",), missing=(str(value),)), table, log)


def test_the_same_question_after_one_patient_more() -> None:
    table, log = cohort(), list[Entry]()
    _answer(asked(), table[:-1], log)
    assert "patients apart" in _refusal(asked(), table, log)


def test_the_same_question_after_one_death() -> None:
    table, log = cohort(), list[Entry]()
    alive = table["dead"].to_list().index(0)
    _answer(asked(), table, log)
    later = table.with_columns(dead=pl.when(pl.col("id") == alive).then(1).otherwise(pl.col("dead")))
    assert "patients apart" in _refusal(asked(), later, log)


def test_counts_by_kind_of_analysis_are_compared_too() -> None:
    """A table by stage, then curves of all but the few with another stage."""
    table = cohort().with_columns(stage=pl.when(pl.col("id") < 3).then(None).otherwise("stage"))
    log: list[Entry] = []
    _answer(asked("table", variables=("sex",)), table, log)
    assert "patients apart" in _refusal(asked(group="stage"), table, log)


def test_an_earlier_answer_is_not_forgotten_when_its_request_is_answered_again() -> None:
    table, log = cohort(), list[Entry]()
    wanted = asked("table", variables=("sex",))
    _answer(wanted, table[:300], log)
    _answer(wanted, table, log)  # a hundred more, about fifty of each sex
    assert "patients apart" in _refusal(wanted, table[:301], log)


def test_analyses_of_one_follow_up_go_together() -> None:
    """The guards do not stand in the way of a study: curves, by two groups, a model, a table."""
    table, log = cohort(), list[Entry]()
    for wanted in (
        asked(), asked(group="sex"), asked(group="stage"), asked("cox", covariates=("age", "sex"), by_site=True),
        asked("table", variables=("age", "stage"), group="sex"),
    ):  # fmt: skip
        _answer(wanted, table, log)
    assert [entry["outcome"] for entry in log] == ["opened"] + 5 * ["answered"]


def test_two_endpoints_of_one_cohort_go_together_and_one_with_few_others_does_not() -> None:
    """Recurrence or death beside death; and an endpoint that is death but for three patients."""
    table = cohort(400)
    random = np.random.default_rng(4)
    earlier = pl.Series(np.ceil(table["time"].to_numpy() * random.uniform(0.2, 1, 400)))
    recurred = pl.Series(random.random(400) < 0.4)
    table = table.with_columns(
        free=pl.when(recurred).then(earlier).otherwise("time"), failed=pl.when(recurred).then(1).otherwise(pl.col("dead"))
    )
    few = table.filter(dead=0)["id"].to_list()[:3]
    table = table.with_columns(other=pl.when(pl.col("id").is_in(few)).then(1).otherwise(pl.col("dead")))
    log, owned = list[Entry](), rules(table)
    _answer(asked(), table, log, owned)
    alone = _answer(asked(time="free", event="failed"), table, [], owned).content
    beside = _answer(asked(time="free", event="failed"), table, log, owned).content
    assert isinstance(alone, Curves) and isinstance(beside, Curves)
    borders, fewer = (set(zip(one.ends.cause, one.ends.high, strict=True)) for one in (alone, beside))
    assert fewer < borders and len(fewer) > len(borders) / 2  # some were left out, and only that
    assert sum(beside.ends.rows) == 400
    assert "patients apart" in _refusal(asked(event="other"), table, log, owned)


def test_sets_that_cross_tell_nobody_apart_but_the_same_count_again_does() -> None:
    people, owned = [str(number) for number in range(20)], rules(cohort(5))
    rows = np.arange(20)
    first, second = rows < 10, (rows > 0) & (rows < 11)  # one left, one came
    new, same, careless = [Behind("sex=1", first)], [Behind("sex=1", second)], rules(cohort(5), min_cell=1)
    assert not too_close(new, people, [Behind("stage=II", second)], people, owned)
    assert too_close(new, people, same, people, owned) == new
    assert too_close(new, people, [Behind("stage=II", rows < 13)], people, owned) == new
    assert not too_close(new, people, [Behind("stage=II", rows < 15)], people, owned)
    assert not too_close(new, people, new, people, owned)
    assert not too_close(new, people, same, people, careless)
    assert too_close(new, people, [Behind("sex=1", first[:9])], people[:9], owned)  # one came
    bordered = Behind("", first, ("dead", 3.0))
    assert borders_to_leave_out([bordered], owned) == {("dead", 3.0)}
    with pytest.raises(NotAllowed):
        borders_to_leave_out([bordered, *new], owned)
    stored = unpacked(packed([Behind("sex=1", first)]), 20)
    assert stored[0].about == "sex=1" and (stored[0].rows == first).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(40, 160), st.integers(2, 7), st.permutations(range(9)))
def test_no_difference_of_two_counts_in_all_answers_is_a_small_cell(
    seed: int, rows: int, min_cell: int, order: list[int]
) -> None:
    """Whatever is asked in whatever order: no published count lies inside another with a few patients between them."""
    table = cohort(rows, seed).with_columns(age=pl.when(pl.col("id") % 23 == 0).then(None).otherwise(pl.col("age")))
    table = table.with_columns(
        rare=pl.when(pl.col("sex") == 0)
        .then(pl.lit("no"))
        .when(pl.col("id") % 9 == 0)
        .then(pl.lit("no"))
        .otherwise(pl.lit("yes"))
    )
    log, owned = list[Entry](), rules(table, min_cell=min_cell)
    requests = (
        asked(), asked(group="sex"), asked(group="rare", event="event"), asked(entry="entry", group="stage"), asked(complete=("age",)),
        asked("cox", covariates=("age", "rare", "sex"), by_site=True), asked("table", variables=("age", "stage", "rare"), group="sex"),
        asked("table", variables=("sex", "rare", "stage")), asked(group="sex", strata="stage"),
    )  # fmt: skip
    for number in order:
        _ask(requests[number], table, log, owned)
    patients = sorted({name for entry in log for name in entry.get("people", ())})
    published = []
    for entry in log:
        for one in unpacked(entry.get("sets", []), len(entry.get("people", []))):
            published.append({name for name, inside in zip(entry["people"], one.rows, strict=True) if inside})
    assert patients or all(entry["outcome"] != "answered" for entry in log)
    for first in published:
        for second in published:
            if first < second:
                assert len(second) - len(first) >= min_cell


def test_a_level_that_is_but_for_few_a_level_of_another_variable() -> None:
    table = cohort().with_columns(
        rare=pl.when((pl.col("sex") == 0) | (pl.col("id") < 9)).then(pl.lit("no")).otherwise(pl.lit("yes"))
    )
    assert 0 < table.filter((pl.col("sex") == 1) & (pl.col("rare") == "no")).height < 5
    owned = rules(table)
    assert "patients apart" in _refusal(asked("table", variables=("sex", "rare")), table, owned=owned)
    assert "patients apart" in _refusal(asked("cox", covariates=("sex", "rare"), by_site=True), table, owned=owned)


def test_budgets() -> None:
    table, log = cohort(), list[Entry]()
    owned = rules(table, analyses_at_most=1, rounds_at_most=3)
    wanted = asked("cox", covariates=("age",), by_site=True)
    _answer(wanted, table, log, owned)
    assert "1 analyses" in _refusal(asked(), table, log, owned)
    for number in range(2):
        _answer(Request(definition=wanted, round=_round(0.01 * number)), table, log, owned)
    assert "3 rounds" in _refusal(Request(definition=wanted, round=_round(0.05)), table, log, owned)
    assert _answer(Request(definition=wanted, round=_round(0.01)), table, log, owned)  # known already


def test_a_round_before_its_first_request_and_a_table_that_changed_between_rounds() -> None:
    table, log = cohort(), list[Entry]()
    wanted = asked("cox", covariates=("age",), by_site=True)
    assert "first request" in _refusal(Request(definition=wanted, round=_round(0.0)), table, log)
    _answer(wanted, table, log)
    assert "changed" in _refusal(Request(definition=wanted, round=_round(0.0)), table[:-40], log)


# who may ask what ----------------------------------------------------------------------------------------------------------------


def test_what_the_rules_do_not_name_stays() -> None:
    table = cohort()
    closed = rules(table, allow=["time", "dead"])
    assert "does not allow sex" in _refusal(asked(group="sex"), table, owned=closed)
    assert "does not allow id" in _refusal(asked("table", variables=("id",)), table)
    assert "who asks" in _refusal(asked(), table, owned=rules(table, askers=("someone else",)))
    assert "days" in _refusal(asked(unit="days"), table)
    assert "2 covariates" in _refusal(
        asked("cox", covariates=("age", "sex"), by_site=True), table, owned=rules(table, covariates_at_most=1)
    )


def test_agreed_names_lead_to_the_columns_of_the_site() -> None:
    table = cohort()
    own = table.rename({"time": "OS", "dead": "STATUS"})
    mapped = rules(own, allow={"time": "OS", "dead": "STATUS"})
    assert _answer(asked(), own, owned=mapped).content == _answer(asked(), table).content


@pytest.mark.parametrize(
    ("table", "owned", "words"),
    [
        (cohort().with_columns(id=pl.lit(1)), {}, "more than once"),
        (cohort().with_columns(id=pl.lit(None, pl.Int64)), {}, "without a value"),
        (cohort().drop("time"), {}, "no column time"),
        (cohort(), {"allow": ["time", "dead", "id"]}, "tells patients apart"),
    ],
)
def test_tables_and_rules_that_cannot_be_used(table: pl.DataFrame, owned: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        _ask(asked(), table, owned=rules(cohort(), **owned))


def test_notes_are_no_labels() -> None:
    for note in ("seen on\nMonday", "x" * 201):
        table = cohort().with_columns(stage=pl.lit(note))
        for wanted in (asked(group="stage"), asked("cox", covariates=("stage",)), asked("table", variables=("stage",))):
            with pytest.raises(BadInput, match="no labels") as refusal:
                _ask(wanted, table)
            assert note not in str(refusal.value)


def test_an_answer_with_control_characters_or_endless_rows_is_refused() -> None:
    plain = _answer(asked(group="sex"), cohort()).plain()
    for name, value in (("group", "\x1b[2J"), ("rows", 10**12)):
        bad = json.loads(json.dumps(plain))
        bad["content"]["ends"][name][0] = value
        with pytest.raises(BadInput, match="no answer"):
            answer_from(bad, "it")


def test_rules_with_a_slip_are_refused() -> None:
    for slip in ({"min_cel": 5}, {"min_cell": 0}, {"largest_share": 2}, {"allow": 3}):
        with pytest.raises(BadInput, match=next(iter(slip))):
            rules_from({"site": "A", "patient": "id", "allow": []} | slip, "rules")


# the log -------------------------------------------------------------------------------------------------------------------------


def test_a_log_that_was_changed_is_not_used() -> None:
    table, log = cohort(), list[Entry]()
    _answer(asked(), table, log)
    _answer(asked(group="sex"), table, log)
    text = "".join(line(entry) for entry in log)
    assert verified(text) == log
    lines = text.splitlines(keepends=True)
    forged = {**log[1], "asker": "nobody"}
    resealed = {key: value for key, value in forged.items() if key != "hash"}
    for broken in (
        text.replace('"asker":"lead"', '"asker":"mine"', 1), lines[0] + lines[2], lines[1] + lines[0] + lines[2], lines[0][:-20] + "\n",
        lines[0] + line(resealed | {"hash": digest(resealed)}) + lines[2], "[]\n",
    ):  # fmt: skip
        with pytest.raises(BadInput, match="broken at line"):
            verified(broken)


def test_the_log_names_no_patient() -> None:
    table = cohort().with_columns(id=pl.format("Smith-{}", "id"))
    log: list[Entry] = []
    _answer(asked(), table, log)
    assert "Smith" not in "".join(line(entry) for entry in log) and len(set(log[1]["people"])) == 400


def test_another_sites_log_is_refused() -> None:
    log: list[Entry] = []
    _answer(asked(), cohort(), log)
    with pytest.raises(BadInput, match="another site"):
        _ask(asked(), cohort(), log, rules(cohort(), "B"))


# answers -------------------------------------------------------------------------------------------------------------------------


def _two(wanted: Definition) -> list[Answer]:
    return [_answer(wanted, table, [], owned) for table, owned in split(cohort(), 2).values()]


def test_a_file_that_was_changed_is_refused() -> None:
    text = sealed(_answer(asked(), cohort()).plain())
    assert answer_from(opened(text, "it"), "it")
    for broken in (
        text.replace('"rows": 400', '"rows": 401'),
        text[:-40],
        "{}",
        "[1]",
        '{"sha256": "0"}',
        text.replace("0", "NaN", 1),
    ):
        with pytest.raises(BadInput):
            opened(broken, "it")


def test_an_answer_that_contradicts_itself_is_refused_though_its_seal_fits() -> None:
    one, other = _two(asked())
    request = Request(definition=asked())
    content = one.plain()
    ends = content["content"]["ends"]
    ends["rows"][0] += 1
    with pytest.raises(BadInput, match="do not add up"):
        pooled(request, [answer_from(json.loads(json.dumps(content)), "it"), other])
    ends["rows"][0] -= 6
    ends["rows"][1] += 5
    with pytest.raises(BadInput, match="smaller cells"):
        pooled(request, [answer_from(content, "it"), other])
    for change in ({"rows": [0]}, {"low": [-1.0]}, {"mean": [1e9]}, {"cause": [-1]}):
        name, value = next(iter(change.items()))
        bad = one.plain()
        bad["content"]["ends"][name][0] = value[0]
        with pytest.raises(BadInput, match="no answer"):
            answer_from(bad, "it")


def test_answers_that_do_not_belong_together_are_refused() -> None:
    one, other = _two(asked())
    request = Request(definition=asked())
    with pytest.raises(BadInput, match="another request"):
        pooled(Request(definition=asked(group="sex")), [one, other])
    with pytest.raises(BadInput, match="two answers of S0"):
        pooled(request, [one, one])
    with pytest.raises(BadInput, match="no answers"):
        pooled(request, [])
    with pytest.raises(BadInput, match="something else"):
        table = _answer(asked("table", variables=("age",)), cohort())
        pooled(request, [table.model_copy(update={"request": request.id, "analysis": request.definition.id})])


def test_sites_that_come_or_go_between_rounds_are_refused() -> None:
    wanted = asked("cox", covariates=("age",), by_site=True)
    logs: dict[str, list[Entry]] = {"S0": [], "S1": []}
    sites = split(cohort(), 2)
    first = [_answer(wanted, *(sites[name][0], logs[name], sites[name][1])) for name in sites]
    following = pooled(Request(definition=wanted), first).next
    assert following is not None
    second = [_answer(following, sites[name][0], logs[name], sites[name][1]) for name in sites]
    with pytest.raises(BadInput, match="not the sites of the first round: S1"):
        pooled(following, second[:1])
    with pytest.raises(BadInput, match="another number of rows"):
        pooled(following, [second[0], second[1].model_copy(update={"rows": 7})])


def test_a_request_with_a_slip_is_refused() -> None:
    content = Request(definition=asked()).content()
    for change in ({"kind": "copy"}, {"time": ""}, {"filter": "age > 70"}, {"confidence_fraction": 1.0}):
        with pytest.raises(BadInput, match="is no request"):
            request_from(content | {"definition": content["definition"] | change}, "it")
    with pytest.raises(BadInput, match="curves has no covariates"):
        asked(covariates=("age",))


def test_an_answer_holds_counts_and_nothing_of_a_row() -> None:
    """No number of a patient's row stands in the answer: ages are made such that they would be found."""
    table = cohort().with_columns(age=pl.col("age") + 0.123456)
    for wanted in (asked(group="sex"), asked("cox", covariates=("age",), by_site=True), asked("table", variables=("age",))):
        found = set(_numbers(_answer(wanted, table).plain()))
        assert not found & set(table["age"].to_list())
