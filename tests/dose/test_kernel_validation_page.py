"""The documentation's table of kernel validation says what the code gives today."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"[+-]?\d+\.\d+")


def test_kernel_validation_page_against_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words must be the same, numbers within one unit of the last digit printed (of the coarsest kind, 0.01)."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.kernel_validation import page

    written = (ROOT / "docs" / "theory" / "kernel_validation.md").read_text(encoding="utf-8")
    made = page()
    assert NUMBER.sub("#", written) == NUMBER.sub("#", made), "run python -m benchmarks.kernel_validation"
    numbers = [[float(n) for n in NUMBER.findall(text)] for text in (written, made)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.011, rel=0)
