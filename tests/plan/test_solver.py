"""Which limit binds, how far the others are, and what happens when nothing can be done."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.plan.solver import Constraint, as_rows, kept, solve, state_at, tightest, within_all

POSITIVE = st.floats(0.1, 200)


def limit(on: str, Gy: float, per_GBq: float | None, **more: object) -> Constraint:
    return Constraint(on, on, on, "limit", Gy, per_GBq, **more)


def target(on: str, Gy: float, per_GBq: float | None, **more: object) -> Constraint:
    return Constraint(on, on, on, "target", Gy, per_GBq, **more)


def test_the_least_activity_binds_and_margins_are_told() -> None:
    constraints = [limit("perfused normal liver", 40, 25.6), limit("whole normal liver", 75, 16.3), limit("lung", 30, 2.5)]
    found = solve(constraints)
    assert found.binding is constraints[0]
    assert found.activity_GBq == pytest.approx(1.5625)
    rows = as_rows(constraints, found.activity_GBq, found.binding)
    assert [r["state"] for r in rows] == ["binding", "within", "within"]
    assert rows[1]["margin_GBq"] == pytest.approx(75 / 16.3 - 1.5625)
    assert rows[2]["used_fraction"] == pytest.approx(2.5 * 1.5625 / 30)


def test_a_target_above_what_limits_allow_is_infeasible_with_the_reason() -> None:
    found = solve([limit("perfused normal liver", 40, 20), target("tumour", 205, 80)])
    assert not found.feasible and found.known
    assert found.activity_GBq == pytest.approx(2.0)
    assert found.floor_GBq == pytest.approx(205 / 80)
    assert "needs 2.56 GBq" in found.reason and "allows 2 GBq" in found.reason and "gives 160 Gy" in found.reason


def test_a_target_that_no_activity_reaches() -> None:
    found = solve([limit("perfused normal liver", 40, 20), target("tumour", 205, 0.0)])
    assert not found.feasible
    assert "takes none of it" in found.reason


def test_lungs_alone_do_not_propose_an_activity() -> None:
    found = solve([limit("lung", 30, 2.5)])
    assert found.activity_GBq is None and not found.known
    assert "lungs alone would allow 12 GBq" in found.reason


def test_without_a_liver_limit_the_target_is_what_is_proposed() -> None:
    found = solve([limit("lung", 30, 2.5), target("perfused volume", 400, 200)])
    assert found.feasible and found.activity_GBq == pytest.approx(2.0)
    assert found.binding.aim == "target"


def test_earlier_dose_counts_and_may_leave_nothing() -> None:
    some = limit("lung", 50, 5.0, earlier_Gy=20.0)
    assert some.activity_GBq == pytest.approx(6.0)
    none = limit("lung", 50, 5.0, earlier_Gy=55.0)
    found = solve([none, limit("perfused normal liver", 40, 20)])
    assert found.activity_GBq == 0.0 and not found.feasible
    assert "earlier treatments already gave 55 Gy" in found.reason


def test_rows_that_do_not_decide_do_not_bind() -> None:
    shown = limit("whole normal liver", 10, 20, decides=False)
    found = solve([shown, limit("perfused normal liver", 40, 20)])
    assert found.activity_GBq == pytest.approx(2.0)
    assert state_at(shown, 2.0, found.binding) == "shown: exceeded"


def test_what_cannot_be_said_is_not_zero() -> None:
    unknown = limit("whole normal liver", 75, None, why="cannot say: there is no such volume on the grid")
    found = solve([unknown, limit("perfused normal liver", 40, 20)])
    row = as_rows([unknown], found.activity_GBq, found.binding)[0]
    assert row["state"] == "cannot say" and row["dose_Gy"] is None and row["used_fraction"] is None
    assert "no such volume" in row["note"]


def test_states_of_targets_and_exceeded_limits() -> None:
    assert state_at(target("tumour", 100, 50), 2.0, None) == "met"
    assert state_at(target("tumour", 100, 50), 1.9, None) == "not met"
    assert state_at(limit("lung", 30, 20), 2.0, None) == "exceeded"
    assert state_at(limit("lung", 30, 20), None, None) == "cannot say"
    assert tightest([limit("lung", 30, 1), limit("perfused normal liver", 40, 20)], 1.0).on == "perfused normal liver"
    assert tightest([], 1.0) is None


@given(limits=st.lists(st.tuples(POSITIVE, POSITIVE), min_size=1, max_size=6))
def test_the_proposed_activity_keeps_every_limit_and_no_more_would(limits: list[tuple[float, float]]) -> None:
    constraints = [limit(f"perfused normal liver {i}", Gy, per) for i, (Gy, per) in enumerate(limits)]
    found = solve(constraints)
    assert within_all(constraints, found.activity_GBq)
    assert not within_all(constraints, found.activity_GBq * 1.001)
    assert math.isclose(found.activity_GBq, min(Gy / per for Gy, per in limits), rel_tol=1e-12)


def test_the_target_that_needs_most_is_the_floor() -> None:
    found = solve([target("one", 100, 100), target("two", 100, 50)])
    assert found.binding is not None and found.binding.on == "two"
    assert (found.floor_GBq, found.activity_GBq) == (2.0, 2.0)


def test_the_tightest_is_a_limit_that_decides() -> None:
    shown = limit("perfused normal liver", 10, 20.0, decides=False)
    known = limit("whole normal liver", 75, 20.0)
    assert tightest([shown, known, limit("lung", 30, None)], 1.0) is known
    assert tightest([shown], 1.0) is None


def test_kept_has_three_answers() -> None:
    """A limit that cannot be read is not kept, and no target at all is not one that is met."""
    known, unknown, shown = limit("lung", 30, 5.0), limit("whole liver", 75, None), limit("lung", 1, 5.0, decides=False)
    assert kept([known, shown], 6.0, "limit") is True
    assert kept([known, unknown], 6.0, "limit") is None
    assert kept([known, unknown], 6.1, "limit") is False
    assert kept([known], 6.0, "target") is None
