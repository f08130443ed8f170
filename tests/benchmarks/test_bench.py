"""The bench itself: its phantom, its figure of merit, its pages against the numbers behind them."""

import csv
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "validation"


@pytest.fixture(autouse=True)
def _root_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)


def test_phantom_against_its_description() -> None:
    from benchmarks.phantom import LEGEND, phantom

    given = phantom()
    mL = {name: mask.sum() * 0.064 for name, mask in given.masks.items()}
    assert mL["tumour"] == pytest.approx(23.0, abs=0.1)  # 24 mL with a cold core of 1 mL
    assert mL["small tumour"] == pytest.approx(4.0, abs=0.1) and mL["liver"] == pytest.approx(535, abs=15)
    activity = given.activity.array
    background = activity[given.masks["liver"]].min()
    assert background == 0.0 and np.unique(activity).size == 4
    assert activity[given.masks["tumour"]].min() == 5e5 and activity[given.masks["small tumour"]].min() == 8e5
    assert set(np.unique(given.labels.array).astype(int)) == set(LEGEND)
    assert {float(f"{v:g}") for v in np.unique(given.density.array)} == {0.0012, 0.26, 1.04, 1.06, 1.85}
    big = phantom(33.0, cold_core=False)
    assert big.masks["tumour"].sum() * 0.064 == pytest.approx(33.0, abs=0.1)
    assert not (given.masks["lung"] & given.masks["liver"]).any()


def test_figure_of_merit_against_its_definition() -> None:
    from benchmarks.speed import figure_of_merit

    from glisson.voxels import Grid, Image, Quantity

    grid = Grid.aligned((1, 1, 4), (1.0, 1.0, 1.0))
    dose = Image(grid, np.array([[[10.0, 8.0, 4.0, 0.0]]]), Quantity.DOSE)
    error = Image(grid, np.array([[[0.1, 0.16, 9.0, 0.0]]]), Quantity.DOSE)
    assert figure_of_merit(dose, error, 50.0) == pytest.approx(1.0 / ((0.01**2 + 0.02**2) / 2 * 50.0))


def test_differences_in_per_cent_have_a_sign() -> None:
    from benchmarks.pages import percent

    assert [percent(v, 1) for v in (0.0123, -0.0123, 0.0, -0.0001)] == ["+1.2 %", "-1.2 %", "+0.0 %", "+0.0 %"]


def test_a_page_holds_its_tables_figures_and_data(tmp_path: Path) -> None:
    from benchmarks.pages import Page

    page = Page("p", "Title", "me", folder=tmp_path)
    page.table(["a", "b"], [["1", "2"]], "A note.")
    page.data("numbers", ["x"], [[1 / 3]])
    page.figure("f", "words", lambda path: path.write_text("<svg/>", encoding="utf-8"))
    page.write()
    text = (tmp_path / "p.md").read_text(encoding="utf-8")
    assert "| a | b |\n|---|---|\n| 1 | 2 |\n\nA note." in text and "![words](figures/f.svg)" in text
    assert (tmp_path / "data" / "numbers.csv").read_text(encoding="utf-8") == "x\n0.333333\n"


def test_an_unknown_section_is_refused() -> None:
    from benchmarks.__main__ import main

    with pytest.raises(SystemExit, match="no section 'accuraccy'"):
        main(["accuraccy"])


def rows(name: str) -> list[dict[str, str]]:
    with (PAGES / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_voxel_s_page_against_the_acceptance() -> None:
    """Self 0.5 %, face 0.7 %, edge 1 %, corner 2 %, plus three standard errors, by the numbers of the page."""
    limits = {0: 0.005, 1: 0.007, 2: 0.01, 3: 0.02}
    checked = 0
    for row in rows("voxel-s"):
        away = sum(int(row[axis]) ** 2 for axis in "ijk")
        for name in ("Monte Carlo, quick", "Monte Carlo, fine"):
            if away in limits:
                assert abs(float(row[f"{name} difference"])) < limits[away] + 3 * float(row[f"{name} error"]), row
                checked += 1
    assert checked == 24


def test_slab_pages_against_the_acceptance() -> None:
    """Every bin above 1 % of the plateau within 2 % or three standard errors."""
    for which in ("homogeneous", "lung"):
        checked = 0
        for row in rows(f"slab-{which}"):
            wanted = float(row["reference"])
            if wanted < 0.01:
                continue
            for name in ("Monte Carlo, quick", "Monte Carlo, fine"):
                off = abs(float(row[f"{name} share"]) / wanted - 1)
                error = np.hypot(float(row[f"{name} error"]) / wanted, float(row["reference_relative_error"]))
                assert off < max(0.02, 3 * error), (which, row["z_mm"], name)
                checked += 1
        assert checked >= 18


def test_pages_say_what_their_numbers_say() -> None:
    """One number of each table stands on its page as it stands in the data."""
    page = (PAGES / "monte_carlo.md").read_text(encoding="utf-8")
    for row in rows("spheres"):
        off = float(row["Monte Carlo, fine value"]) / float(row["reference"]) - 1
        assert re.search(
            rf"^\| {row['radius_mm']} \|.*{re.escape(f'{100 * off:+.2f}'.replace('-0.00', '+0.00'))} %", page, re.MULTILINE
        )
    for name in re.findall(
        r"\((data/[\w.-]+|figures/[\w.-]+)\)", "".join(p.read_text(encoding="utf-8") for p in PAGES.glob("*.md"))
    ):
        assert (PAGES / name).is_file(), name
