"""Canonical JSON against the standard library's."""

import json
from datetime import date
from enum import IntEnum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.case import Result
from glisson.case.canonical import canonical_json

SINGLE = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SINGLE, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner))


@given(value=VALUES)
def test_canonical_json_against_the_standard_library(value: object) -> None:
    assert canonical_json(value) == json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_number_that_is_not_finite_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": [number]})


@pytest.mark.parametrize("value", [{1}, [object()], {1: "a"}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)


class Word(StrEnum):
    OPEN = "open"


class Number(IntEnum):
    ONE = 1


PLAIN: dict[str, object] = {"b": [1, 2.5, None, True, "µ\n"], "a": {}, "c": (1, ()), "word": Word.OPEN, "one": Number.ONE}
COPIED: dict[str, object] = {
    "day": date(2026, 3, 2),
    "set": {3},
    "keys": {2: "b", 10: "a"},
    "noun": Result(kind="k", method="m", value={}),
}


@pytest.mark.parametrize("name", [*PLAIN, *COPIED])
def test_a_result_against_the_standard_library_on_its_plain_copy(name: str) -> None:
    result = Result(kind="k", method="m", value={name: (PLAIN | COPIED)[name], "more": 1}, seed=3)
    plain = result.model_dump(mode="json")
    assert result.to_json() == json.dumps(plain, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)


def test_a_result_with_a_number_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        Result(kind="k", method="m", value={"a": float("inf")}).to_json()
