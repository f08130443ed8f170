"""Published arms: every row of the evidence table is there, what is not confirmed is not, and what may stand beside what."""

import csv
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput, BadKnowledge, OutOfScope
from glisson.knowledge import trials
from glisson.knowledge.schema import Evidence
from glisson.learn.literature.benchmark import NOT_RANKED, arms_table, benchmark
from glisson.learn.literature.comparable import comparable, require_poolable
from glisson.learn.literature.figure import FOLLOW_UP, Figure, figure, figures, library

RENAMED = {"ORR_at_6mo_RECIST1.1": "ORR_at_6mo"}
OURS = Figure(
    id="ours", study="our registry", arm="irinotecan-TACE", population="CRLM", disease="colorectal liver metastases", line="3+",
    endpoint="OS", definition="death of any cause", family="overall survival", origin="first treatment", unit="months", value=12.0, n=152,
)  # fmt: skip


def numbers(row, *names):
    return tuple(float(row[name]) if row[name] else None for name in names)


@pytest.mark.real_data
def test_every_row_against_the_evidence_table(real_data):
    with (real_data.parent / "facts" / "evidence.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(library()) == 135
    left = list(library())
    for row in rows:
        endpoint = RENAMED.get(row["endpoint"], row["endpoint"])
        months, percent = numbers(row, "median_months", "orr_pct")
        value = months if months is not None else None if percent is None else pytest.approx(percent / 100)
        wanted = (row["study"], row["arm"], row["population"], row["line"], endpoint, numbers(row, "ci_low", "ci_high"))
        ratio = numbers(row, "hr", "hr_low", "hr_high")
        found = [
            one
            for one in left
            if (one.study, one.arm, one.population, one.line, one.endpoint, (one.low, one.high)) == wanted
            and one.value == value
            and (one.ratio or (None, None, None)) == ratio
            and str(one.n or "") == row["n"]
            and str(one.year or "") == row["year"]
        ]
        assert found, row
        left.remove(found[0])
    assert not left


def test_every_figure_has_a_definition_a_source_and_a_grade():
    for one in library():
        assert one.definition
        assert one.source
        assert one.place
        assert one.evidence in {grade.value for grade in Evidence}


def test_what_is_not_confirmed_is_not_there():
    assert {one.endpoint for one in library() if one.study == "CIREL"} == {"median_follow_up"}
    pooled = [one for one in library() if one.study.startswith("FOXFIRE") and one.ratio]
    assert all(one.ratio[1:] == (None, None) for one in pooled)
    right_sided = [one for one in library() if "right-sided" in one.study]
    assert [one.value for one in right_sided] == [22.0]
    assert right_sided[0].ratio is None
    assert figure("collision-arm-local-control").ratio == (0.13, None, None)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("epoch-arm-hepatic-pfs", "sirflox-arm-liver-pfs-competing-risk", "hepatic PFS of two types"),
        ("epoch-arm-hepatic-pfs", "hendlisz-arm-time-to-liver-progression", "hepatic PFS of two types"),
        ("cirt-arm-os", "cirt-arm-os-5", "same patients twice"),
        ("sirflox-arm-pfs-any-site", "foxfire-sirflox-foxfire-global-arm-pfs-any-site", "same patients twice"),
        ("foxfire-sirflox-foxfire-global-arm-os", "sirflox-foxfire-global-arm-os", "same patients twice"),
        ("collision-arm-os", "collision-arm-os-2", "same patients twice"),
        ("cirel-arm-median-follow-up", "resin-arm-os", "no outcome"),
        ("ctace-arm-os-from-tace", "ctace-arm-os-from-primary-dx", "two days"),
        ("nhs-arm-os", "foxfire-sirflox-foxfire-global-arm-os", "two lines"),
        ("resin-arm-os-2", "resin-arm-os-3", "two lines"),
        ("cirt-arm-os", "cirt-arm-os-2", "two diseases"),
        ("sirflox-arm-orr-any-site", "sirflox-arm-pfs-any-site", "two endpoints"),
        ("epoch-arm-hepatic-pfs", "cirt-arm-hepatic-pfs", "two units"),
    ],
)
def test_traps_are_refused(a, b, words):
    found = comparable(figure(a), figure(b))
    assert found.answer == "no"
    assert any(words in reason for reason in found.against)


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("nhs-arm-liver-specific-pfs", "y90-arm-liver-pfs", "competes or is censored"),
        ("nhs-arm-os", "resin-arm-os-4", "the day from which"),
        ("resin-arm-os", "two-centre-arm-os", "which lines"),
        ("ijso-arm-os", "ijso-arm-os-2", "parts of one study"),
        ("msk-arm-os", "msk-control-os", "not randomised"),
    ],
)
def test_what_is_not_stated_is_said(a, b, words):
    found = comparable(figure(a), figure(b))
    assert found.answer == "cannot say"
    assert any(words in reason for reason in found.unknown)


def test_arms_of_one_randomised_trial_are_comparable():
    assert comparable(figure("epoch-arm-pfs-any-site"), figure("epoch-control-pfs-any-site")).answer == "yes"
    found = comparable(figure("fiorentini-arm-os"), figure("fiorentini-control-os"))
    assert found.answer == "yes"
    assert any("erratum" in words for words in found.cautions)


@given(st.sampled_from(library()), st.sampled_from(library()))
def test_comparable_has_no_direction(a, b):
    assert comparable(a, b).answer == comparable(b, a).answer
    assert bool(comparable(a, b).reasons) == (comparable(a, b).answer != "yes")


@given(st.sampled_from(library()))
def test_a_length_of_follow_up_stands_beside_nothing(one):
    assert comparable(one, figure("cirel-arm-median-follow-up")).answer == "no"
    assert comparable(one, one).answer == "no"


def test_pooling_across_definitions_is_refused():
    with pytest.raises(OutOfScope, match="two types"):
        require_poolable([figure("epoch-arm-hepatic-pfs"), figure("sirflox-arm-liver-pfs-competing-risk")])
    assert require_poolable([figure("nhs-arm-os"), figure("ijso-arm-os")])
    assert require_poolable([figure("epoch-arm-pfs-any-site")]) == ()


def test_benchmark_is_in_no_order_of_merit():
    table = benchmark(OURS)
    assert table["comparable"][0] == "ours"
    assert table.filter(table["comparable"] == "yes")["study"].to_list() == ["RESIN"]
    for answer in ("yes", "cannot say", "no"):
        names = table.filter(table["comparable"] == answer)["study"].to_list()
        assert names == sorted(names)
    told = table.filter(table["comparable"] != "ours").rows(named=True)
    assert all(row["differs"] for row in told if row["comparable"] == "no")
    assert all(row["unknown"] for row in told if row["comparable"] == "cannot say")
    assert set(table["definition"]) != {""}
    assert "never ranked" in NOT_RANKED


def test_benchmark_of_hepatic_pfs_keeps_its_types_apart():
    own = replace(
        OURS, endpoint="hepatic PFS", family="liver progression", liver_type="death competing", line="1", origin="randomisation"
    )
    table = benchmark(own)
    sirflox = table.filter(table["study"] == "SIRFLOX")
    assert set(sirflox["comparable"]) == {"cannot say"}
    assert set(table.filter(table["study"] == "Hendlisz 5FU+/-SIRT")["comparable"]) == {"no"}
    assert all("death competing" in words for words in sirflox["definition"])


def test_filters_and_table():
    table = arms_table(figures(study="epoch", family="liver"))
    assert table["hazard_ratio"].to_list() == [0.59]
    assert arms_table(figures(study="nobody")).height == 0
    assert {one.line for one in figures(line="3+")} == {"3+"}
    assert figures(containing="irinotecan", disease="colorectal")


def test_what_is_not_there_is_refused():
    with pytest.raises(BadInput, match="no published figure"):
        figure("cirel-arm-os")
    with pytest.raises(BadInput, match="nothing published"):
        benchmark(replace(OURS, family="time to boredom"))
    assert FOLLOW_UP in {one.family for one in library()}


def test_a_study_without_figures_is_refused(monkeypatch):
    trials.studies.cache_clear()
    monkeypatch.setattr(trials, "published_arms", lambda: ())
    with pytest.raises(BadKnowledge, match="no figure of the study"):
        trials.studies()
    monkeypatch.undo()
    trials.studies.cache_clear()
