"""Figures of follow-up: every lesion, patient and threshold is in the drawing, and marks differ by shape."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.report.figures import follow_marks as marks
from glisson.report.figures.follow_lesions import LesionLine, PatientCourse, Point, SumPoint, draw_lesions
from glisson.report.figures.follow_waterfall import Bar, draw_waterfall
from glisson.report.figures.style import drawing


def course(**more: object) -> PatientCourse:
    given_: dict[str, object] = {
        "visits": (("baseline", 0.0), ("visit 1", 2.0)),
        "in_months": True,
        "sums": (SumPoint(0.0, 1.0, None, ""), SumPoint(2.0, 0.5, 1.0, "PR")),
        "lesions": (LesionLine("a", "target", (Point(0.0, 10.0, "measured"), Point(2.0, 5.0, "too small"))),),
        "partial_response_fraction": 0.3,
        "progression_fraction": 0.2,
    }
    return PatientCourse(**(given_ | more))  # type: ignore[arg-type]


def test_line_of_progression_holds_both_thresholds_by_hand() -> None:
    assert course(progression_amount=5.0, baseline=20.0).progression_at(0.5) == pytest.approx(0.75)  # 10 mm + 5 mm of 20 mm
    assert course(progression_amount=5.0, baseline=100.0).progression_at(0.5) == pytest.approx(0.6)  # 50 mm + 20 %
    assert course().progression_at(0.5) == pytest.approx(0.6)


def test_a_lesion_that_is_only_seen_gets_a_lane(tmp_path: Path) -> None:
    seen = LesionLine("b", "non-target", (Point(0.0, None, "present"), Point(2.0, None, "unequivocal progression")))
    with drawing():
        low = draw_lesions(tmp_path / "low.svg", course()).read_text()
        high = draw_lesions(tmp_path / "high.svg", course(lesions=(*course().lesions, seen))).read_text()
    height = [float(text.split('height="')[1].split("pt")[0]) for text in (low, high)]
    assert height[1] - height[0] == pytest.approx((5.0 + 3.0) / 25.4 * 72, abs=0.01)


def test_symbols_differ_without_colour() -> None:
    shapes = [(mark.shape, mark.filled) for mark in (*marks.ROLES.values(), *marks.STATES.values())]
    assert len(set(shapes)) == len(shapes)
    fills = [marks.fill_of(name) for name in ("CR", "PR", "SD", "non-CR/non-PD", "PD", "NE")]
    assert len(set(fills)) == len(fills)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=12))
def test_labels_keep_apart_and_stay_inside(places: list[float]) -> None:
    found = marks.spread(places, 5.0, 0.0, 100.0)
    ordered = sorted(found)
    assert all(b - a >= 5.0 - 1e-6 for a, b in pairwise(ordered))
    assert min(found) >= -1e-6 and max(found) <= 100.0 + 1e-6
    assert [found[k] for k in sorted(range(len(places)), key=lambda k: places[k])] == ordered


def test_growth_beyond_the_axis_is_not_cut_off(tmp_path: Path) -> None:
    from matplotlib.figure import Figure

    from glisson.report.figures.follow_waterfall import _draw_bars

    axes = Figure().subplots()
    _draw_bars(axes, [Bar("a", 2.6, "PD", True), Bar("b", -1.0, "CR", False)])
    low, high = axes.get_ylim()
    assert low <= -100 and high >= 260
    with drawing():
        files = draw_waterfall(tmp_path / "w", [Bar("a", None, "NE", False, "cannot say: no visit")], (0.3, 0.2), "x")
    assert [file.suffix for file in files] == [".svg", ".png", ".pdf"]
