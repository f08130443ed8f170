"""The page of engines side by side: every number, the sentences with this case's own numbers, the figure."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from glisson.case import Result
from glisson.report.draw import draw_all
from glisson.report.engine_pages import differences_explained, engine_blocks, engine_names
from glisson.report.figures.profile import crossing_of, draw_crossing
from glisson.report.figures.style import drawing
from glisson.report.inputs import ReportImages

ENGINES = {
    "monte-carlo": "Monte Carlo", "local": "local, uniform", "kernel": "kernel, uniform",
    "local-own-density": "local, own density", "kernel-own-density": "kernel, own density",
}  # fmt: skip


def structure(site: str, name: str, kind: str, organ: str | None, means: list[float]) -> dict[str, Any]:
    rows = [
        {"engine": engine, "mean_Gy": mean, "mean_relative_difference": mean / means[0] - 1.0}
        for engine, mean in zip(ENGINES, means, strict=True)
    ]
    return {
        "site": site,
        "name": name,
        "kind": kind,
        "organ": organ,
        "volume_mL": 22.5,
        "standard_error_Gy": 0.004,
        "engines": rows,
    }


def result(**more: Any) -> Result:
    x = np.arange(-10.5, 20.0, 3.0)
    engines = [
        {"engine": engine, "name": name, "escaped_fraction": 0.004, "gamma": {"pass_fraction": 0.9, "mean": 0.4, "voxels": 1234,
         "criteria": "local 2 %/2 mm, from 10 % of the highest dose"}}
        for engine, name in ENGINES.items()
    ]  # fmt: skip
    value = {
        "activity": {"image": "pet", "resolution_fwhm_mm": 7.0},
        "medium": {"uniform": "1.05 g/mL", "own": "from CT"},
        "monte_carlo": {"histories": 1_000_000},
        "engines": engines,
        "structures": [
            structure("liver", "Liver", "organ", "liver", [40.0, 42.0, 41.0, 40.8, 40.1]),
            structure("lungs", "Lungs", "organ", "lung", [2.0, 0.5, 0.6, 2.2, 2.3]),
            structure("near", "Lung within 20 mm of the liver", "part", "lung", [6.0, 1.5, 1.8, 5.4, 7.2]),
            structure("lesion-1", "Lesion 1", "lesion", None, [100.0, 110.0, 103.0, 108.0, 100.5]),
        ],
        "profile": {
            "distance_mm": x.tolist(),
            "columns": 60,
            "doses_Gy": {engine: (40.0 * np.exp(-np.maximum(x, 0) / (3 + n))).tolist() for n, engine in enumerate(ENGINES)},
            "standard_error_Gy": (0.1 + 0 * x).tolist(),
            "density_g_per_mL": np.where(x > 0, 0.26, 1.05).tolist(),
        },
    }
    return Result(kind="engines side by side", method="several", value=value | more)


def words_of(blocks: tuple[Any, ...]) -> str:
    found = []
    for block in blocks:
        match block.kind:
            case "table":
                found += [block.title, block.note, *(f"{c.head} ({c.unit})" for c in block.columns)]
                found += [cell.text for row in block.rows for cell in row]
            case "facts":
                found += [word for row in block.rows for word in row]
            case "paragraph":
                found.append(block.text)
    return "\n".join(found)


def test_every_mean_and_difference_is_on_the_page() -> None:
    said = words_of(engine_blocks(result()))
    for text in (
        "100.0",
        "110.0",
        "+10.0",
        "2.00",
        "0.50",
        "−75.0",
        "+20.0",
        "<0.01",
        "90.0",
        "1,000,000 histories",
        "kernel ρ (Gy)",
    ):
        assert text in said, text
    assert "of 1,234 voxels that it knows well enough" in said


def test_sentences_carry_the_numbers_of_the_case() -> None:
    said = dict(differences_explained(result().value))
    assert said["Lungs"].startswith("−75 % (local) and −70 % (kernel)")
    assert "liver weighs 4.4 times as much as this lung" in said["Lungs"] and "+10 % and +15 %" in said["Lungs"]
    assert said["Lung within 20 mm of the liver"].startswith("−10 % (local) and +20 % (kernel)")
    assert said["Lesions"].startswith("+8 % with the local engine") and "blurred by 7 mm" in said["Lesions"]
    assert "−2.9 %" in said["Liver"]


def test_without_lungs_nothing_is_said_of_them() -> None:
    value = result().value
    only = [row for row in value["structures"] if row["organ"] != "lung"]
    said = dict(differences_explained(value | {"structures": only}))
    assert "Lungs" not in said and "Lesions" in said and "All engines" in said


def test_an_engine_that_does_not_hold_says_why() -> None:
    value = result().value
    value["engines"][2] = {"engine": "kernel", "name": "kernel, uniform", "reason": "no kernel for Ho-166"}
    for row in value["structures"]:
        row["engines"] = [one for one in row["engines"] if one["engine"] != "kernel"]
    assert "kernel" not in engine_names(value)
    said = words_of(engine_blocks(result(**value)))
    assert "cannot say (no kernel for Ho-166)" in said


def test_differences_of_next_to_nothing_are_a_dash() -> None:
    tiny = structure("far", "Far", "organ", "stomach", [0.01, 0.001, 0.02, 0.0, 0.01])
    table = engine_blocks(result(structures=[tiny]))[2]
    assert [cell.text for cell in table.rows[0]] == ["Far", "–", "–", "–", "–"]


def test_the_profile_is_drawn_and_the_same_bytes_twice(tmp_path: Path) -> None:
    crossing = crossing_of(result().value["profile"], engine_names(result().value))
    assert crossing is not None and list(crossing.doses_Gy) == list(ENGINES.values())
    with drawing():
        first, second = (draw_crossing(tmp_path / name, crossing).read_bytes() for name in ("a.svg", "b.svg"))
    assert first == second and b"<svg" in first


@pytest.mark.parametrize("profile", [None, {}, {"distance_mm": []}])
def test_a_figure_that_cannot_be_drawn_is_said(tmp_path: Path, case: Any, profile: Any) -> None:
    drawn = draw_all(tmp_path, case=case, results=[result(profile=profile)], images=ReportImages())
    assert drawn.engines == [] and any("No profile through the dome" in words for words in drawn.missing)


def test_a_profile_without_error_or_density_is_drawn(tmp_path: Path, case: Any) -> None:
    bare = result().value["profile"] | {"standard_error_Gy": None, "density_g_per_mL": None}
    drawn = draw_all(tmp_path, case=case, results=[result(profile=bare)], images=ReportImages())
    assert [figure.file for figure in drawn.engines] == ["dome.svg"] and (tmp_path / "dome.svg").stat().st_size > 1000
