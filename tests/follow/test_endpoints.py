"""Endpoints from named sources: who decides, what each option changes, and what is refused."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.follow.course import Course, course_from_tables
from glisson.follow.course_faults import FAULTS, course_faults
from glisson.follow.endpoints import (
    ENDPOINTS,
    EndpointRules,
    MissedVisits,
    duration_of_response,
    endpoints,
    published_missed_visits,
)
from glisson.follow.sources import DATED, SOURCES, dated, dated_from_responses
from glisson.knowledge.endpoints import endpoint_definition, endpoint_definitions, response_fact

START = date(2024, 1, 1)
HEPATIC = [name for name in endpoint_definitions() if name.startswith("hepatic")]


def on(day: int) -> date:
    return START + timedelta(days=day)


def course(*rows: tuple[str, str, int], patients: str = "p", **origins: int) -> Course:
    """Rows are (patient, source, day); the first session is day 0."""
    days = {"first_session": 0, **origins}
    table = pl.DataFrame({"patient": list(patients)} | {name: [on(day)] * len(patients) for name, day in days.items()})
    names = {"first_session": "first session", "last_session": "last session", "diagnosis": "diagnosis of metastases"}
    happened = pl.DataFrame([(p, s, on(d), None) for p, s, d in rows], schema=DATED, orient="row")
    return course_from_tables(
        table, happened, called="RECIST 1.1 by a", liver_called="liver by a", origins={names[name]: name for name in days}
    )


def one(which: Course, name: str, **rules: Any) -> dict[str, Any]:
    return endpoints(which, names=[name], rules=EndpointRules(**rules)).row(0, named=True)


def said(which: Course, name: str, **rules: Any) -> tuple[int, int, str, str]:
    row = one(which, name, **rules)
    return row["event"], row["days"], row["source"], row["ended_by"]


SCANS = (("p", "adequate assessment", 80), ("p", "adequate liver assessment", 80), ("p", "known alive", 80))


def test_every_definition_names_known_sources() -> None:
    for definition in endpoint_definitions().values():
        assert {*definition.events, *definition.competing, *definition.ends, *definition.observed} <= set(SOURCES)
        assert definition.value and definition.place


def test_death_decides_each_meaning_of_hepatic_pfs_otherwise() -> None:
    which = course(*SCANS, ("p", "death", 200))
    assert said(which, HEPATIC[0]) == (1, 200, "death", "event")
    assert said(which, HEPATIC[1]) == (2, 200, "death", "competing event")
    assert said(which, HEPATIC[2]) == (0, 200, "death", "death")
    assert said(which, HEPATIC[2], deaths_censored="at last assessment") == (0, 80, "adequate liver assessment", "end of record")
    assert said(which, "OS") == said(which, "PFS") == (1, 200, "death", "event")


def test_progression_outside_the_liver_moves_pfs_alone() -> None:
    which = course(*SCANS, ("p", "progression", 80), ("p", "adequate liver assessment", 160), ("p", "liver progression", 240))
    assert said(which, "PFS") == said(which, "TTP") == (1, 80, "progression", "event")
    assert {said(which, name)[:3] for name in (*HEPATIC, "time to liver progression")} == {(1, 240, "liver progression")}


def test_hepatic_pfs_without_its_meaning_is_refused() -> None:
    for name in ("hepatic PFS", "HPFS"):
        with pytest.raises(BadInput, match="3 published meanings"):
            one(course(), name)
    with pytest.raises(BadInput, match="unknown endpoint 'survival'"):
        one(course(), "survival")
    assert endpoint_definition("OS").code == "OS"


def test_on_one_day_an_event_goes_before_a_competing_one() -> None:
    which = course(*SCANS, ("p", "liver progression", 90), ("p", "death", 90))
    assert said(which, HEPATIC[1])[0] == 1
    assert said(which, HEPATIC[2])[:3] == (1, 90, "liver progression")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (0, 80, "adequate assessment", "end of record")),
        ({"progression": "called"}, (1, 50, "progression as called", "event")),
        ({"progression": "either"}, (1, 50, "progression as called", "event")),
        ({"clinical_progression": "event"}, (1, 60, "clinical progression", "event")),
        ({"new_therapy": "event"}, (1, 70, "new therapy", "event")),
        ({"new_therapy": "censors"}, (0, 40, "adequate assessment", "new therapy")),
    ],
)
def test_each_option_takes_its_named_source(options: dict[str, Any], expected: tuple[int, int, str, str]) -> None:
    which = course(
        *SCANS,
        ("p", "adequate assessment", 40),
        ("p", "progression as called", 50),
        ("p", "clinical progression", 60),
        ("p", "new therapy", 70),
    )
    assert said(which, "PFS", **options) == expected
    plain = one(which, "PFS")["definition"]
    assert (one(which, "PFS", **options)["definition"] != plain) == bool(options)


def test_a_progression_on_the_first_day_of_another_therapy_counts_and_a_later_one_does_not() -> None:
    same_day = course(*SCANS, ("p", "new therapy", 90), ("p", "progression", 90))
    later = course(*SCANS, ("p", "new therapy", 90), ("p", "progression", 91), ("p", "death", 300))
    assert said(same_day, "PFS", new_therapy="censors")[:2] == (1, 90)
    assert said(later, "PFS", new_therapy="censors") == (0, 80, "adequate assessment", "new therapy")
    assert said(later, "PFS")[:2] == (1, 91)
    assert said(later, "OS", new_therapy="censors")[:2] == (1, 300)


@pytest.mark.parametrize(("day", "counts"), [(262, True), (263, False)])
@pytest.mark.parametrize("source", ["death", "progression"])
def test_an_event_after_two_missed_visits_is_censored_before_them(day: int, counts: bool, source: str) -> None:
    """Planned every 84 days: two missed and 14 days of tolerance are 182 days after the last assessment on day 80."""
    which = course(*SCANS, ("p", source, day), ("p", "adequate assessment", day))
    rules = published_missed_visits(84)
    expected = (1, day, source, "event") if counts else (0, 80, "adequate assessment", "missed visits")
    assert said(which, "PFS", missed_visits=rules) == expected
    assert said(which, "PFS")[:2] == (1, day)
    assert "more than 182 days" in one(which, "PFS", missed_visits=rules)["definition"]
    if source == "death":
        assert said(which, "OS", missed_visits=rules)[:2] == (1, day)


def test_missed_visits_that_are_on_record_count_as_such() -> None:
    rules = MissedVisits(interval_days=84)
    gap = [("p", "missed visit", 120), ("p", "missed visit", 150)]
    which = course(*SCANS, *gap, ("p", "progression", 170), ("p", "adequate assessment", 170))
    assert said(which, "PFS", missed_visits=rules) == (0, 80, "adequate assessment", "missed visits")
    only_one = course(*SCANS, gap[0], ("p", "progression", 170))
    assert said(only_one, "PFS", missed_visits=rules)[0] == 1
    seen_between = course(*SCANS, *gap, ("p", "adequate assessment", 160), ("p", "progression", 170))
    assert said(seen_between, "PFS", missed_visits=rules)[0] == 1


def test_a_death_without_any_assessment_is_censored_on_the_origin_by_the_rule() -> None:
    which = course(("p", "death", 400))
    assert said(which, "PFS", missed_visits=MissedVisits(interval_days=84)) == (0, 0, "origin: first session", "missed visits")


def test_the_cut_off_hides_later_events_and_keeps_the_patient_alive_on_it() -> None:
    which = course(*SCANS, ("p", "progression", 150), ("p", "death", 200))
    assert said(which, "OS", cut_off=on(100)) == (0, 100, "known alive", "cut-off")
    assert said(which, "PFS", cut_off=on(100)) == (0, 80, "adequate assessment", "cut-off")
    assert said(which, "PFS", cut_off=on(150))[:2] == (1, 150)
    assert "data to 2024-04-10" in one(which, "OS", cut_off=on(100))["definition"]


@pytest.mark.parametrize("source", ["missed visit", "lost to follow-up"])
def test_nobody_is_alive_on_the_cut_off_by_not_having_come(source: str) -> None:
    which = course(*SCANS, ("p", source, 300))
    assert said(which, "OS", cut_off=on(200))[:3] == (0, 80, "known alive")
    assert said(which, "time to next therapy", cut_off=on(200))[:3] == (0, 80, "known alive")
    seen_too = course(*SCANS, ("p", source, 300), ("p", "known alive", 310))
    assert said(seen_too, "OS", cut_off=on(200))[:3] == (0, 200, "known alive")


def test_loss_and_withdrawal_end_the_record_in_their_own_ways() -> None:
    lost = course(*SCANS, ("p", "lost to follow-up", 120))
    assert said(lost, "OS") == (0, 80, "known alive", "lost to follow-up")
    known_later = course(*SCANS, ("p", "lost to follow-up", 120), ("p", "death", 300))
    assert said(known_later, "OS")[:2] == (1, 300)
    withdrawn = course(*SCANS, ("p", "withdrawal", 120), ("p", "death", 300))
    assert said(withdrawn, "OS") == (0, 80, "known alive", "withdrawal")


def test_nothing_known_is_censored_on_the_origin_and_no_origin_is_no_number() -> None:
    assert said(course(), "OS") == (0, 0, "origin: first session", "nothing known after the origin")
    row = one(course(*SCANS), "OS", origin="randomisation")
    assert (row["event"], row["days"], row["months"], row["ended_by"]) == (None, None, None, "cannot say")
    assert row["source"] == "no day of randomisation"
    assert row["definition"].startswith("overall survival")


def test_therapy_endpoints() -> None:
    which = course(*SCANS, ("p", "new therapy", 110), last_session=30)
    assert said(which, "time to next therapy") == (1, 110, "new therapy", "event")
    row = one(which, "treatment-free interval")
    assert (row["event"], row["days"], row["origin_name"]) == (1, 80, "last session")
    died = course(*SCANS, ("p", "death", 95), last_session=30)
    assert said(died, "time to next therapy") == (2, 95, "death", "competing event")
    assert said(course(*SCANS, last_session=30), "treatment-free interval")[:2] == (0, 50)


def test_delayed_entry_starts_when_the_patient_is_under_observation() -> None:
    which = course(*SCANS, ("p", "death", 200), diagnosis=-300)
    row = one(which, "OS", origin="diagnosis of metastases", entry="first session")
    assert (row["days"], row["entry_days"], row["entry"]) == (500, 300, START)
    plain = one(which, "OS", entry="diagnosis of metastases")
    assert (plain["days"], plain["entry_days"]) == (200, 0)


def test_months_and_the_number_of_the_first_day() -> None:
    which = course(*SCANS)
    assert one(which, "OS")["months"] == pytest.approx(80 / 30.4375)
    assert one(which, "OS", first_day=1)["days"] == 81
    assert "day of origin is day 1" in one(which, "OS", first_day=1)["definition"]
    assert float(response_fact("month-days").value) == 365.25 / 12


def test_duration_of_response_is_of_responders_only() -> None:
    which = course(("p", "adequate assessment", 120), ("q", "adequate assessment", 40), ("p", "progression", 150), patients="pq")
    first = pl.DataFrame({"patient": ["p"], "date": [on(60)]})
    table = duration_of_response(which, first)
    assert table.select("patient", "event", "days", "origin_name").rows() == [("p", 1, 90, "first response")]
    assert "in responders only" in table["definition"].item()


def responses(criterion: str, *visits: tuple[int, str]) -> pl.DataFrame:
    rows = [("p", "a", criterion, f"day {day}", float(day), on(day), call) for day, call in visits]
    names = ["patient", "reader", "criterion", "visit", "visit_number", "date", "overall"]
    return pl.DataFrame(rows, schema=names, orient="row")


def progression(table: pl.DataFrame, criterion: str) -> list[int]:
    found = dated_from_responses(table, reader="a", criterion=criterion, liver_criterion=None)
    return [(day - START).days for day in found.filter(pl.col("source") == "progression")["date"]]


def test_progression_under_irecist_is_dated_at_the_first_of_the_confirmed_stretch() -> None:
    table = responses(
        "iRECIST", (40, "iUPD"), (80, "iSD"), (120, "iUPD"), (160, "NE"), (200, "iUPD"), (240, "iCPD"), (280, "iUPD")
    )
    assert progression(table, "iRECIST") == [120]
    assert progression(responses("iRECIST", (40, "iUPD"), (80, "iUPD")), "iRECIST") == []
    assert progression(responses("RECIST 1.1", (40, "PD"), (80, "PD")), "RECIST 1.1") == [40, 80]


def test_a_scan_that_cannot_be_evaluated_is_no_adequate_assessment() -> None:
    found = dated_from_responses(
        responses("RECIST 1.1", (40, "SD"), (80, "NE")), reader="a", criterion="RECIST 1.1", liver_criterion=None
    )
    assert found.group_by("source").len().sort("source").rows() == [("adequate assessment", 1), ("known alive", 2)]


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(SOURCES)), st.integers(0, 600)), max_size=12),
    st.integers(0, 600),
    st.one_of(st.none(), st.integers(50, 500)),
    st.sampled_from(("ignored", "censors", "event")),
)
def test_times_are_ordered_whatever_happened(rows: list[tuple[str, int]], death: int, cut: int | None, therapy: Any) -> None:
    """No event is counted after the cut-off; PFS and hepatic PFS never exceed OS by an event; TTP never comes before PFS."""
    happened = [("p", source, day) for source, day in rows if source != "death"] + [("p", "death", death)]
    rules = EndpointRules(cut_off=on(cut) if cut is not None else None, new_therapy=therapy)
    table = endpoints(course(*happened, last_session=0), rules=rules)
    assert table.schema == pl.Schema(ENDPOINTS)
    found = {row["endpoint"]: row for row in table.rows(named=True)}
    limit = cut if cut is not None else 600
    assert all(0 <= row["days"] <= limit and row["definition"] for row in found.values())
    if found["PFS"]["event"] == 1 and found["OS"]["event"] == 1:
        assert found["PFS"]["days"] <= found["OS"]["days"]
    if found["TTP"]["event"] == 1:
        assert found["PFS"]["event"] == 1 and found["PFS"]["days"] <= found["TTP"]["days"]
    assert (found[HEPATIC[0]]["event"] == 1) == (found[HEPATIC[1]]["event"] > 0)
    assert found[HEPATIC[0]]["days"] == found[HEPATIC[1]]["days"]


@settings(deadline=None, max_examples=40)
@given(
    st.permutations([("p", "death", 90), ("q", "known alive", 40), ("p", "progression", 30), ("q", "new therapy", 20), *SCANS])
)
def test_order_of_rows_does_not_matter(rows: list[tuple[str, str, int]]) -> None:
    first = course(
        ("p", "death", 90), ("q", "known alive", 40), ("p", "progression", 30), ("q", "new therapy", 20), *SCANS, patients="pq"
    )
    assert (
        endpoints(course(*rows, patients="pq")).sort("endpoint", "patient").equals(endpoints(first).sort("endpoint", "patient"))
    )


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: endpoints(course(("p", "death", -3))), "1 patients died before first session"),
        (lambda: course(("q", "death", 3)), "not in the table of patients"),
        (lambda: course(("p", "death", 3), ("p", "death", 4)), "two dates of death"),
        (lambda: course(patients="pp"), "twice"),
        (lambda: course(("p", "relapse", 3)), "unknown source"),
        (lambda: one(course(), "OS", origin="birth"), "no time origin 'birth'"),
        (lambda: course().source("relapse"), "no source"),
        (lambda: EndpointRules(new_therapy="stops"), "new_therapy 'stops'"),  # type: ignore[arg-type]
        (lambda: EndpointRules(first_day=2), "first_day 2"),  # type: ignore[arg-type]
        (lambda: MissedVisits(interval_days=0), "1 or more"),
        (lambda: dated(pl.DataFrame({"patient": ["p"], "date": [START]}), source="relapse"), "no source"),
        (lambda: dated_from_responses(responses("RECIST 1.1", (4, "SD")), reader="b", criterion="RECIST 1.1"), "no responses by RECIST"),
        (lambda: progression(responses("RECIST 1.1", (4, "SD")).with_columns(date=pl.lit(None, pl.Date)), "RECIST 1.1"), "have no date"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(make: Any, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        make()


def test_an_endpoint_without_its_responses_is_no_number() -> None:
    """Without a stream of the liver nobody is "free of liver progression": the answer is that nobody can say."""
    full = course(*SCANS)
    without_liver = Course(full.patients, full.origins, full.dated, called="RECIST 1.1 by a")
    table = {row["endpoint"]: row for row in endpoints(without_liver).rows(named=True)}
    for name in (*HEPATIC, "time to liver progression"):
        assert (table[name]["event"], table[name]["days"], table[name]["source"]) == (None, None, "no responses of the liver")
        assert "no criterion (not computed)" in table[name]["definition"]
    assert table["PFS"]["days"] == 80
    nothing = Course(full.patients, full.origins, full.dated, called=None)
    assert said(nothing, "PFS") == (None, None, "no responses", "cannot say")
    assert said(nothing, "OS")[:2] == (0, 80)
    assert said(nothing, "PFS", progression="called")[:2] == (0, 80)


def test_what_lies_after_death_is_pointed_out_and_moves_no_time() -> None:
    which = course(
        *SCANS, ("p", "death", 90), ("p", "progression", 100), ("p", "known alive", 95), ("p", "known alive", 99), last_session=91
    )
    found = course_faults(which)
    assert found.schema == pl.Schema(FAULTS)
    assert found.select("fault", "date").rows() == [
        ("known alive after death", on(99)),
        ("origin: last session after death", on(91)),
        ("progression after death", on(100)),
    ]
    assert said(which, "PFS") == (1, 90, "death", "event")
    assert course_faults(course(*SCANS, ("p", "death", 90))).height == 0


def test_two_days_of_one_origin_are_refused() -> None:
    good = course()
    twice = pl.concat([good.origins, good.origins.with_columns(date=pl.lit(on(4)))])
    with pytest.raises(BadInput, match="two dates of one origin"):
        Course(good.patients, twice, good.dated, "-")
    with pytest.raises(BadInput, match="have no date"):
        Course(good.patients, good.origins.with_columns(date=pl.lit(None, pl.Date)), good.dated, "-")
