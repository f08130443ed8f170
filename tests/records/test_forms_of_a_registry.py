"""A whole simulated registry, written by another module, against forms, checks and projection."""

from collections import defaultdict

import pytest
from test_projection import canonical

from glisson.records.checks import cross_checks
from glisson.records.forms import FormEntry
from glisson.records.projection import case_of, entries_of
from glisson.simulate.registry import cirel, simulate_registry


@pytest.fixture(scope="module")
def cases() -> dict[str, list[FormEntry]]:
    found: dict[str, list[FormEntry]] = defaultdict(list)
    for number, one in enumerate(simulate_registry(cirel(), patients=30, seed=1).entries()):
        id = f"e{number}"
        found[one.case].append(
            FormEntry(
                id,
                one.case,
                one.site,
                one.form,
                one.edition,
                one.visit or "",
                one.instance,
                at=one.at,
                values=one.values,
                hash=id,
            )
        )
    return found


def test_a_simulated_registry_has_almost_nothing_to_ask(cases: dict[str, list[FormEntry]]) -> None:
    """What it may have are events that came twice on one day; nothing that cannot be true."""
    problems = [problem for entries in cases.values() for problem in cross_checks(entries)]
    assert [problem for problem in problems if problem.level == "refuse"] == []
    assert {problem.code for problem in problems} <= {"adverse.twice"}


def test_a_simulated_registry_goes_round(cases: dict[str, list[FormEntry]]) -> None:
    for name, entries in cases.items():
        case = case_of(name, entries)
        assert case.simulated
        assert canonical(case_of(name, entries_of(case))) == canonical(case)
