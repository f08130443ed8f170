"""Tables of the registry's page against the counts of a small registry made by hand: what stands in which cell, and what a page takes."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "learn"))

from registry_tables import PATIENTS, protocol, small

from glisson.learn.cohort.registry.flow import flow
from glisson.learn.cohort.registry.harm_table import harm_table
from glisson.learn.cohort.registry.new_variables import of_population, with_new_variables
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.quality_table import quality_table
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.section import attempt
from glisson.learn.cohort.registry.session_table import session_table
from glisson.learn.cohort.registry.table_one import table_one
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.report.cohort_describe import (
    flow_blocks,
    harm_blocks,
    quality_blocks,
    response_blocks,
    session_blocks,
    table_one_blocks,
)
from glisson.report.document import Block, Paragraph, Table

Blocks = Callable[[Any], list[Block]]
EVERY: dict[str, tuple[Any, Blocks]] = {
    "flow": (flow, flow_blocks),
    "table one": (table_one, table_one_blocks),
    "sessions": (session_table, session_blocks),
    "response": (response_table, response_blocks),
    "harm": (harm_table, harm_blocks),
    "quality": (quality_table, quality_blocks),
}


def blocks(name: str, tables: RegistryTables | None = None, asked: Protocol | None = None) -> list[Block]:
    work, draw = EVERY[name]
    asked = asked or protocol()
    whole = with_new_variables(tables or small(), asked)
    return draw(work(whole if name == "flow" else of_population(whole, asked)[0], asked).value)


def named(found: list[Block], title: str) -> Table:
    return next(block for block in found if isinstance(block, Table) and block.title.startswith(title))


def row(table: Table, label: str) -> list[str]:
    return next([cell.text for cell in line[1:]] for line in table.rows if line[0].text.strip() == label)


def test_flow_says_who_was_left_out_and_why() -> None:
    keep = {"variable": "age_years", "at_least": 55}
    found = blocks("flow", asked=protocol(population=[{"keep": keep, "reason": "younger than 55"}]))
    steps = named(found, "Flow")
    assert row(steps, "Entered in the registry") == ["10", "1 entries that cannot be used"]
    assert row(steps, "Age at least 55 years") == ["7", "2 younger than 55; 1 Age at least 55 years: not known"]
    assert row(steps, "Arm A") == ["3", ""]
    analysed = named(found, "Analysed, of 7 treated")
    assert row(analysed, "OS") == ["7", "1 events", "–"]
    assert row(analysed, "Response, FU1") == ["5", "4 evaluable", "1 dead, counted as not assessed; 1 no scan in the window"]


def test_table_one_holds_medians_words_and_missing_rows() -> None:
    table = named(blocks("table one"), "Patients by group (arm)")
    assert [(column.head, column.unit) for column in table.columns] == [
        ("", ""), ("All", "n = 9"), ("B", "n = 4"), ("Arm A", "n = 4"), ("Std. difference", "")
    ]  # fmt: skip
    assert row(table, "Age (years)") == [
        "65.0 (58.8 to 66.3)",
        "65.0 (62.4 to 68.8)",
        "62.5 (57.5 to 66.2)",
        "0.53",
    ]  # 5 / √((106.3 + 72.9) / 2)
    assert row(table, "range") == ["50 to 80", "55 to 80", "50 to 70", ""]
    assert row(table, "missing (unknown 1)") == ["1", "0", "0", ""]
    assert row(table, "lung") == ["2 (25.0)", "0 (0.0)", "2 (66.7)", ""]
    assert "brain" not in str(table.rows)  # nobody has it
    assert "1 patients without a known group" in table.note
    assert "p value" not in table.note.lower()


def test_yes_and_no_take_one_line_and_intervals_stand_with_all_sessions() -> None:
    table = named(blocks("sessions"), "Sessions")
    per_patient = named(blocks("sessions"), "Sessions per patient")
    assert row(per_patient, "1 session") == ["6 (66.7)", "3 (75.0)", "2 (50.0)"]
    sessions = next(b for b in blocks("sessions") if isinstance(b, Table) and b.title == "Sessions")
    success = row(sessions, "Technical success")
    assert success[0] == "10 (83.3)"
    assert re.fullmatch(r"\d+\.\d to \d+\.\d", success[1])
    assert row(sessions, "missing") == ["1", "", "0", "0"]
    assert "Korn and Graubard" in sessions.note
    assert table.title.startswith("Sessions")


def test_response_has_both_denominators() -> None:
    found = blocks("response")
    table = named(found, "Response at FU1, 0.5 to 2.5 months (RECIST 1.1, investigator)")
    assert row(table, "CR") == ["1 (11.1)", "1 (25.0)", "0 (0.0)"]
    assert row(table, "Not done")[0] == "3 (33.3)"
    assert row(table, "Evaluable") == ["5", "2", "3"]
    assert row(table, "Objective response, % of treated")[0] == "33.3 (7.5 to 70.1)"
    assert row(table, "Objective response, % of evaluable")[0] == "60.0 (14.7 to 94.7)"
    assert "one nearest to its centre" in table.note
    assert Paragraph("1 of 8 scans (1 patients) lie outside every window and count in none.") in found


def test_harm_tells_grade_5_whatever_happens() -> None:
    found = blocks("harm")
    fatal = named(found, "Events of grade 5")
    assert [cell.text for cell in fatal.rows[0]] == ["Hepatic failure", "19", "early", "not said"]
    assert "of 1 events of grade 3 or 4 nobody said" in fatal.note
    assert row(named(found, "Adverse events by worst grade of every patient"), "Fever") == [
        "0",
        "1",
        "1",
        "0",
        "0",
        "0",
        "2 (22.2)",
    ]
    assert row(named(found, "Adverse events by group"), "Fever") == ["0 (0.0)", "0 (0.0)", "2 (50.0)", "1 (25.0)"]
    assert row(named(found, "Adverse events by phase"), "Nausea")[:4] == ["1 (11.1)", "0", "1 (11.1)", "0"]
    assert row(named(found, "Laboratory grades"), "Anemia")[-1] == "1 (11.1)"
    mild = blocks("harm", replace(small(), adverse_events=small().adverse_events.filter(pl.col("grade") < 3)))
    assert any(isinstance(block, Paragraph) and block.text.startswith("No event of grade 5.") for block in mild)
    assert row(named(mild, "Adverse events"), "Later")[0] == "none recorded"
    none = blocks("harm", replace(small(), adverse_events=small().adverse_events.clear()))
    assert len(none) == 1
    assert "does not say that there was none" in str(none)


def test_quality_says_change_with_interval_and_direction() -> None:
    found = blocks("quality")
    assert row(named(found, "Quality of life (EORTC QLQ-C30): completion"), "FU1") == ["1.6", "8", "5 (62.5)", "0 (0.0)", "–"]
    change = row(named(found, "Quality of life (EORTC QLQ-C30): change from"), "Global health ↑")
    assert change[1:] == ["4", "+1.2 (−25.0 to +27.5)", "1 (25.0)", "1 (25.0)", "2 (50.0)"]
    assert row(named(found, "Quality of life (EORTC QLQ-C30): time"), "Global health ↑") == ["4", "2", "1.7 (1.7 to not reached)"]


@pytest.mark.parametrize("name", ["table one", "sessions", "response", "harm", "quality"])
def test_without_groups_the_tables_stand(name: str) -> None:
    found = blocks(name, asked=protocol(groups=None))
    heads = [column.head for block in found if isinstance(block, Table) for column in block.columns]
    assert heads
    assert not any("Arm A" in head for head in heads)


@pytest.mark.parametrize("name", list(EVERY))
def test_many_groups_are_spread_over_tables_that_a_page_takes(name: str) -> None:
    arms = [f"arm {letter}" for letter in "abcdefghi"]
    tables = small()
    variables = {**tables.variables, "arm": replace(tables.variables["arm"], levels=tuple(arms), labels={})}
    tables = replace(tables, variables=variables, patients=tables.patients.with_columns(arm=pl.Series([*arms, None])))
    found = blocks(name, tables, protocol(minimum_cell=1))
    assert all(len(block.columns) <= 8 for block in found if isinstance(block, Table))
    assert all(arm.capitalize() in str(found) for arm in arms)


@pytest.mark.parametrize(
    ("name", "change"),
    [("sessions", {"sessions": small().sessions.clear()}), ("quality", {"quality": small().quality.clear()})],
)
def test_what_cannot_be_said_is_one_line(name: str, change: dict[str, Any]) -> None:
    found = blocks(name, replace(small(), **change))
    assert len(found) == 1
    assert isinstance(found[0], Paragraph)
    assert "cannot say" in found[0].text


@settings(max_examples=30, deadline=None)
@given(keep=st.sets(st.sampled_from(PATIENTS)), minimum=st.integers(1, 5), groups=st.sampled_from(["arm", None]))
def test_any_part_of_a_registry_is_plain_json_and_can_be_printed(keep: set[str], minimum: int, groups: str | None) -> None:
    tables, asked = small().of_patients(sorted(keep)), protocol(minimum_cell=minimum, groups=groups)
    chosen, _ = of_population(tables, asked)
    for name, (work, draw) in EVERY.items():
        part = tables if name == "flow" else chosen
        section = attempt(name, partial(work, part, asked))
        assert json.loads(json.dumps(section.value, allow_nan=False)) == section.value
        found = draw(section.value)
        assert found
        assert "None" not in re.sub(r"bar=None", "", str(found))
