"""The descriptive sections on a simulated registry under the protocol of CIREL: they stand, add up, and show what was simulated."""

import json
from functools import cache
from typing import Any

import pytest

from glisson.actions.cohort.gather import gathered
from glisson.actions.cohort.protocol_file import read_protocol
from glisson.learn.cohort.registry.flow import flow
from glisson.learn.cohort.registry.harm_table import harm_table
from glisson.learn.cohort.registry.new_variables import of_population, with_new_variables
from glisson.learn.cohort.registry.quality_table import quality_table
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.session_table import session_table
from glisson.learn.cohort.registry.table_one import table_one
from glisson.records.forms import FormEntry
from glisson.simulate.registry import cirel, simulate_registry

PATIENTS = 60


@cache
def sections() -> dict[str, dict[str, Any]]:
    protocol, _ = read_protocol("cirel")
    entries = [
        FormEntry("", one.case, one.site, one.form, one.edition, one.visit, one.instance, at=one.at, values=one.values)
        for one in simulate_registry(cirel(), patients=PATIENTS, seed=5).entries()
    ]
    whole = with_new_variables(gathered(entries, protocol).tables, protocol)
    chosen, _ = of_population(whole, protocol)
    found = {
        work.__name__: work(chosen, protocol).value
        for work in (table_one, session_table, response_table, harm_table, quality_table)
    }
    return {**found, "flow": flow(whole, protocol).value}


@pytest.mark.parametrize("name", ["flow", "table_one", "session_table", "response_table", "harm_table", "quality_table"])
def test_every_section_stands_and_is_plain_json(name: str) -> None:
    value = sections()[name]
    assert "cannot_say" not in value
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_everybody_is_somewhere() -> None:
    found = sections()["flow"]
    assert found["entered"] == PATIENTS == found["treated"] + sum(out["n"] for step in found["steps"] for out in step["left_out"])
    for row in sections()["table_one"]["rows"]:
        for head in sections()["table_one"]["groups"]:
            cell = row["cells"][head["group"]]
            assert cell["known"] + cell["missing"] == head["patients"]
            assert sum(cell["reasons"].values()) == cell["missing"]
            if row["kind"] == "choice":
                assert sum(share["count"] for share in cell["words"].values()) == cell["known"]


def test_what_the_simulation_was_told_is_seen() -> None:
    """Technical success in every session, about 2.6 sessions per patient, salvage in rather more than half."""
    rows = {row["variable"]: row for row in sections()["session_table"]["rows"]}
    success = rows["tace_session.technical_success"]["cells"]["all"]["words"]["yes"]
    assert success["fraction"] == 1.0
    assert 2.0 <= sections()["session_table"]["per_patient"]["all"]["mean"] <= 3.2
    groups = {head["group"]: head["patients"] for head in sections()["flow"]["groups"]}
    assert 0.4 <= groups["salvage"] / PATIENTS <= 0.75


def test_harm_adds_up() -> None:
    value = sections()["harm_table"]
    heads = {head["group"]: head for head in value["groups"]}
    for source in ("entered", "laboratory"):
        for name, found in value[source]["summary"].items():
            assert sum(found["worst"].values()) == heads[name]["patients"]
            assert found["per_session"]["any"]["of"] == heads[name]["sessions"]
            assert found["per_patient"]["any"]["count"] == heads[name]["patients"] - found["worst"]["none recorded"]
            assert found["per_patient"]["grade_3_or_more"]["count"] == sum(found["worst"][grade] for grade in "345")
        for term in value[source]["terms"]:
            for units in term["groups"].values():
                for counts in units.values():
                    assert sum(counts["grades"]) + counts["ungraded"] == counts["any"]
