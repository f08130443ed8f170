"""What the documentation shows against what the program prints and stores, on one simulated case."""

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from documentation import ROOT, blocks, glisson, named, times_as_text

pytestmark = pytest.mark.slow

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
RESULTS_PAGE = ROOT / "docs" / "concepts" / "results.md"
BY_NAME = {
    "dvh",
    "V",
    "terms",
    "doses",
    "tumour_to_normal",
    "mean_by_rule_Gy",
    "mean_BED_by_set_Gy",
    "EUBED_by_set_Gy",
    "doses_Gy",
}
"""Keys whose value is a table by site, dose, term, rule or parameter set."""
SKIPPED = "…"


@pytest.fixture
def case(demo: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of the demo case that a test may change."""
    return Path(shutil.copytree(demo[0], tmp_path / "demo-case"))


def test_sample_outputs_against_the_program(demo: tuple[Path, str], case: Path) -> None:
    home = case.parent
    (home / "scans").mkdir()
    for file in (*(case / "images").iterdir(), *(case / "structures").iterdir()):
        shutil.copy(file, home / "scans")
    samples = [block for block in blocks("text") if block.title.startswith("glisson ")]
    assert len(samples) >= 5
    for sample in samples:
        arguments = sample.title.split()[1:]
        said = demo[1] if arguments[0] == "demo" else glisson(*arguments, cwd=home).stderr
        _require_said(sample.text, said, sample.title)


def test_own_images_of_the_tutorial_from_scans_to_export(case: Path) -> None:
    home = case.parent
    (home / "scans").mkdir()
    for file in (*(case / "images").iterdir(), *(case / "structures").iterdir()):
        shutil.copy(file, home / "scans")
    assert glisson("case", "new", "scans", "--out", "my-case", cwd=home).returncode == 0
    page = ROOT / "docs" / "tutorial" / "first-case.md"
    corrected = next(block.text for block in blocks("yaml") if block.page == page)
    _merge(home / "my-case" / "case.yaml", corrected)
    steps = [
        "case check my-case", "plan my-case --method local", "sign my-case --by A.Physicist", "dose my-case --method local",
        "report my-case", "export my-case --dicom out",
    ]  # fmt: skip
    for step in steps:
        ran = glisson(*step.split(), cwd=home)
        assert ran.returncode == 0, f"{step}: {ran.stderr}"
    assert (home / "my-case" / "report" / "report.html").exists()
    assert (home / "out" / "rtdose.dcm").exists()
    assert list((home / "my-case" / "results" / "signed").glob("plan-*.json"))
    stored = json.loads((home / "my-case" / "results" / "dose.json").read_text(encoding="utf-8"))
    assert stored["value"]["lung"]["shunt_fraction"] == 0.045


def _merge(file: Path, corrected: str) -> None:
    """Replaces or adds the entries of a page in a case.yaml, by id, as a person would."""
    from ruamel.yaml import YAML

    yaml = YAML()
    case, changes = yaml.load(file.read_text(encoding="utf-8")), yaml.load(times_as_text(corrected))
    for key, value in changes.items():
        if isinstance(value, list):
            new = {entry.get("id", number): entry for number, entry in enumerate(value)}
            old = [new.pop(entry.get("id"), entry) for entry in case.get(key, [])]
            case[key] = [*old, *new.values()]
        else:
            case[key] = value
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(case, out)


def _require_said(shown: str, said: str, title: str) -> None:
    """Every shown line is in the output, in its order; lines may be left out only where the page says so."""
    output = [line.split() for line in said.splitlines() if line.strip()]
    at, free = 0, True
    for line in filter(str.strip, shown.splitlines()):
        if line.strip() == SKIPPED:
            free = True
            continue
        hits = [
            place
            for place in range(at, len(output) if free else at + 1)
            if place < len(output) and _same(line.split(), output[place])
        ]
        assert hits, f"{title}: the page shows\n{line}\nbut the program said\n{said}"
        at, free = hits[0] + 1, False


def _same(shown: list[str], said: list[str]) -> bool:
    return len(shown) == len(said) and all(a == b or _close(a, b) for a, b in zip(shown, said, strict=True))


def _close(shown: str, said: str) -> bool:
    """Numbers within 2 %: another processor may round the last digit otherwise."""
    try:
        return math.isclose(float(shown), float(said), rel_tol=0.02)
    except ValueError:
        return False


def test_a_sample_that_is_no_longer_true_is_found() -> None:
    _require_said("a 1.00\n…\nc 3", "a 1.01\nb\nc 3\nd", "t")
    for wrong in ("a 2.00\n…\nc 3", "a 1.00\nc 3", "c 3\n…\na 1.00"):
        with pytest.raises(AssertionError):
            _require_said(wrong, "a 1.01\nb\nc 3\nd", "t")


def test_results_page_explains_every_key(demo: tuple[Path, str]) -> None:
    explained = named(RESULTS_PAGE.read_text(encoding="utf-8"))
    for name in ("plan", "dose", "engines"):
        result = json.loads((demo[0] / "results" / f"{name}.json").read_text(encoding="utf-8"))
        keys = set(_keys({key: value for key, value in result.items() if key not in ("parameters", "inputs")}))
        assert len(keys) > (60 if name != "engines" else 40)
        missing = keys - explained
        assert not missing, f"results.md does not explain, of {name}.json: {sorted(missing)}"


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            if key not in BY_NAME:
                yield from _keys(value)
            elif key == "dvh":
                yield from (inner for curve in value.values() for inner in curve)
    elif isinstance(node, list):
        for value in node:
            yield from _keys(value)


def test_results_page_explains_no_key_that_is_gone(demo: tuple[Path, str]) -> None:
    text = RESULTS_PAGE.read_text(encoding="utf-8")
    first_cells = {key for line in text.splitlines() if line.startswith("| `") for key in named(line.split("|")[1])}
    known = set()
    for name in ("plan", "dose", "engines"):
        result = json.loads((demo[0] / "results" / f"{name}.json").read_text(encoding="utf-8"))
        known |= set(_keys(result)) | set(result)
    allowed = {"reason", "fraction", "method", "source", "forward", "gamma"}
    gone = first_cells - known - allowed
    assert not gone, f"results.md explains what no Result holds: {sorted(gone)}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_runs(example: Path, case: Path) -> None:
    quiet = os.environ | {"PYTHONWARNINGS": "error"}
    ran = subprocess.run(
        [sys.executable, str(example), str(case)], cwd=case.parent, capture_output=True, text=True, check=False, env=quiet
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("\n") >= 2


def test_every_example_is_shown_in_the_pages() -> None:
    page = (ROOT / "docs" / "how-to" / "python.md").read_text(encoding="utf-8")
    assert all(f'--8<-- "examples/{example.name}"' in page for example in EXAMPLES)
