"""Canonical JSON against the standard library's."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
