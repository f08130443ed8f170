"""YAML of a person: what no person writes is refused before it fills the memory."""

from pathlib import Path

import pytest

from glisson.errors import BadInput
from glisson.records.yaml_text import MOST_BYTES, load_text, plain, read_text

HALF = "\n".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    ["a: &a [x]\n" + HALF, "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 80))],
)
def test_aliases_without_end_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="without end"):
        load_text(text, "case.yaml")


def test_an_alias_within_measure_is_read() -> None:
    assert plain(load_text("a: &a [x, y]\nb: *a", "case.yaml")) == {"a": ["x", "y"], "b": ["x", "y"]}


def test_a_text_longer_than_a_person_writes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text("a: " + "x" * MOST_BYTES)
    with pytest.raises(BadInput, match=r"2\.0 MB"):
        read_text(file, file.name)
