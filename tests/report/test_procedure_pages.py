"""Pages of procedures: what a view shows on which side, what is said beside a number, which figures are drawn."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from glisson.report.figures.procedure_lanes import Bar, Lane, Tick, draw_lanes
from glisson.report.figures.procedure_margin import VIEWS, SurfacePicture, _finer, draw_margin_map, draw_margin_shares
from glisson.report.figures.style import drawing
from glisson.report.procedure_tables import value_text

EYES = {
    "from the front": (0, -1, 0), "from the back": (0, 1, 0), "from the patient's right": (-1, 0, 0), "from the patient's left": (1, 0, 0),
    "from the head": (0, 0, 1), "from the feet": (0, 0, -1),
}  # fmt: skip


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view[0])
def test_no_view_is_mirrored(view: tuple[str, tuple[int, int], int, int, bool]) -> None:
    """Right times up of a picture points at the eye, and the eye is where its words say (x left, y back, z head)."""
    words, plane, sight, end, turned = view
    right, up = np.zeros(3), np.zeros(3)
    right[plane[0]] = -1 if turned else 1
    up[plane[1]] = -1 if plane[1] == 1 else 1
    eye = np.zeros(3)
    eye[sight] = end
    assert np.array_equal(np.cross(right, up), eye)
    assert tuple(int(v) for v in eye) == EYES[words]


def test_finer_triangles_keep_area_and_values() -> None:
    points = np.array([[0.0, 0, 0], [4, 0, 0], [0, 3, 0], [4, 3, 0]])
    picture = SurfacePicture(points, np.array([[0, 1, 2], [1, 3, 2]]), points[:, 0] + 2 * points[:, 1])
    finer = _finer(picture)
    assert len(finer.triangles) == 8 and len(finer.points_mm) == 9
    assert np.allclose(finer.margin_mm, finer.points_mm[:, 0] + 2 * finer.points_mm[:, 1])
    a, b, c = (finer.points_mm[finer.triangles[:, k]] for k in range(3))
    assert np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2 == pytest.approx(12.0)


def test_figures_are_drawn_and_have_the_same_bytes(tmp_path: Path) -> None:
    points = np.array([[5.0, 0, 0], [-5, 0, 0], [0, 5, 0], [0, -5, 0], [0, 0, 5], [0, 0, -5]])
    triangles = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    picture = SurfacePicture(points, triangles, np.array([-1.0, 3, 6, 12, 4, 8]))
    lanes = [
        Lane(
            "irinotecan",
            (Bar(date(2026, 3, 2), date(2026, 3, 16)),),
            (Tick(date(2026, 3, 2)), Tick(date(2026, 3, 9), "planned", "TACE")),
        )
    ]
    made = []
    for name in ("a", "b"):
        with drawing():
            files = (
                draw_margin_map(tmp_path / f"{name}.png", picture, [0.0, 5.0, 10.0]),
                draw_margin_shares(tmp_path / f"{name}.svg", [-2.0, -1, 0, 1, 2], [0.1, 0.2, 0.3, 0.4], [0.0, 5.0, 10.0]),
                draw_lanes(tmp_path / f"{name}-lanes.svg", lanes, guides=[(date(2026, 3, 2), "1")]),
            )
        made.append([file.read_bytes() for file in files])
    assert made[0] == made[1] and all(len(content) > 2000 for content in made[0])


def test_two_numbers_that_are_no_range_are_not_printed_as_one() -> None:
    assert value_text([0.37, 0.15], "fraction, fraction") == "37 and 15 %"
    assert value_text([0.025, 0.17], "fraction") == "2.5 to 17 %"
    assert value_text(["a", "b"], "drugs") == "a, b drugs"
