"""Figures by their content: labels, levels, positions, colours; not by their pixels."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from glisson.report.figures.curves import Curve, curves_of, draw_histograms
from glisson.report.figures.isolines import draw_isolines
from glisson.report.figures.planes import centroid_mm, plane_through, sample, world_box
from glisson.report.figures.projection import coronal_projection
from glisson.report.figures.slices import isodose_levels
from glisson.report.figures.style import LINES, drawing
from glisson.report.figures.window import ladder_of
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((20, 24, 30), (4.0, 3.0, 2.0), (-30.0, -36.0, -40.0))


def position_image(axis: int) -> Image:
    """An image whose value is a world coordinate: what a plane shows of it must be that coordinate."""
    world = GRID.to_world(np.moveaxis(np.indices(GRID.shape), 0, -1))[..., axis]
    return Image(GRID, world.astype(np.float32), Quantity.SIGNAL)


BOX = (np.array([-20.0, -25.0, -30.0]), np.array([20.0, 25.0, 30.0]))


@pytest.mark.parametrize(
    ("view", "across", "along", "down", "upwards"),
    [("axial", 2, 0, 1, False), ("coronal", 1, 0, 2, True), ("sagittal", 0, 1, 2, True)],
)
def test_planes_lie_as_radiologists_look_at_them(view, across, along, down, upwards):
    """Patient's right at the left, front up in axial, head up in the others, against the coordinates themselves."""
    point = np.array([1.0, 2.0, 3.0])
    plane = plane_through(point, view, BOX, None)
    assert sample(position_image(across), plane) == pytest.approx(np.full(plane.grid.shape[1:], point[across]), abs=1e-4)
    rightwards = np.diff(sample(position_image(along), plane), axis=1)
    downwards = np.diff(sample(position_image(down), plane), axis=0)
    assert rightwards == pytest.approx(np.ones_like(rightwards), abs=1e-4)
    assert downwards == pytest.approx(np.full_like(downwards, -1.0 if upwards else 1.0), abs=1e-4)


def test_plane_covers_its_box():
    plane = plane_through(np.zeros(3), "axial", BOX, None)
    assert plane.size_mm == (40.0, 50.0)


def test_centroid_and_box_of_a_mask_against_its_voxels():
    array = np.zeros(GRID.shape, dtype=bool)
    array[4:6, 10:12, 20:24] = True
    mask = Image(GRID, array, Quantity.MASK)
    assert centroid_mm(mask) == pytest.approx(GRID.to_world((4.5, 10.5, 21.5)))
    low, high = world_box(mask, 1.0)
    assert high - low == pytest.approx([4 * 2.0 + 2, 2 * 3.0 + 2, 2 * 4.0 + 2])


def test_empty_mask_has_no_centre():
    mask = Image(GRID, np.zeros(GRID.shape, dtype=bool), Quantity.MASK)
    assert centroid_mm(mask) is None
    assert world_box(mask, 1.0) is None


def test_projection_against_the_maximum_along_y():
    array = np.random.default_rng(1).random(GRID.shape, dtype=np.float32)
    projection = coronal_projection(Image(GRID, array, Quantity.COUNTS))
    assert np.array_equal(projection.values, array.max(axis=1))
    assert projection.extent == pytest.approx((-31.0, 29.0, -42.0, 38.0))


def test_projection_of_a_flipped_grid_is_the_same_picture():
    array = np.random.default_rng(1).random(GRID.shape, dtype=np.float32)
    affine = GRID.affine.copy()
    affine[:3, 3] = GRID.to_world((GRID.shape[0] - 1, 0, 0))
    affine[:, 0] *= -1
    flipped = Image(Grid(GRID.shape, affine), array[::-1], Quantity.COUNTS)
    assert np.array_equal(coronal_projection(flipped).values, array.max(axis=1))


def test_isodose_levels_are_round_below_the_top_and_few():
    assert isodose_levels(236.0) == (20.0, 40.0, 70.0, 100.0, 150.0, 200.0)
    assert isodose_levels(3.0) == ()


def cone(peak: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = y = np.arange(0.5, 100.0)
    radius = np.hypot(x[None, :] - 50, y[:, None] - 50)
    return x, y, np.clip(peak * (1 - radius / 45), 0, None).astype(np.float32)


def test_each_isodose_line_carries_its_number_once_on_its_own_line():
    axes = Figure().add_axes((0, 0, 1, 1))
    x, y, values = cone(100.0)
    levels = [20.0, 40.0, 70.0]
    drawn = draw_isolines(axes, x, y, values, levels, labelled=True)
    labels = {text.get_text(): text.get_position() for text in axes.texts}
    assert drawn == levels
    assert set(labels) == {"20", "40", "70"}
    for words, (at_x, at_y) in labels.items():
        radius = np.hypot(at_x - 50, at_y - 50)
        assert 100 * (1 - radius / 45) == pytest.approx(float(words), abs=1.5)


def test_levels_that_a_plane_does_not_reach_are_not_drawn():
    axes = Figure().add_axes((0, 0, 1, 1))
    assert draw_isolines(axes, *cone(30.0), [20.0, 40.0], labelled=True) == [20.0]


def test_isodose_tones_rise_in_grey():
    """Lines must stay apart in grey print: the higher the dose, the lighter."""
    axes = Figure().add_axes((0, 0, 1, 1))
    draw_isolines(axes, *cone(100.0), [10.0, 20.0, 40.0, 70.0], labelled=False)
    grey = axes.collections[0].get_edgecolor()[:, :3] @ [0.299, 0.587, 0.114]
    assert np.all(np.diff(grey) > 0.03)


def test_curves_are_told_apart_without_colour():
    assert len({str(dash) for _, dash in LINES}) == len(LINES)


def test_every_curve_carries_its_name_and_no_two_names_overlap(tmp_path):
    dose = np.linspace(0, 200, 100)
    names = ["Lesion 1", "Lesion 2", "Normal right", "Normal left", "Lungs"]
    curves = [Curve(n, dose, 1 / (1 + (dose / m) ** 6)) for n, m in zip(names, (150, 120, 40, 39, 3), strict=True)]
    captured = {}

    def save(figure, path):
        captured["axes"] = figure.axes[0]
        captured["figure"] = figure
        return path

    with pytest.MonkeyPatch.context() as patch, drawing():
        patch.setattr("glisson.report.figures.curves.save", save)
        draw_histograms(tmp_path / "x.svg", curves)
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        renderer = FigureCanvasAgg(captured["figure"]).get_renderer()
        boxes = [text.get_window_extent(renderer) for text in captured["axes"].texts]
    assert sorted(text.get_text() for text in captured["axes"].texts) == sorted(names)
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


def test_dose_at_a_volume_against_the_curve():
    curve = Curve("x", np.array([0.0, 10.0, 20.0]), np.array([1.0, 0.5, 0.0]))
    assert curve.dose_at(0.75) == pytest.approx(5.0)


def test_broken_histograms_are_left_out():
    dvh = {"a": {"dose_Gy": [0, 1], "volume_fraction": [1, 0]}, "b": {"dose_Gy": [0, 1], "volume_fraction": [1]}, "c": None}
    assert [curve.name for curve in curves_of(dvh, {"a": "A", "b": "B", "c": "C", "d": "D"})] == ["A"]


def test_window_marks_the_binding_limit_and_drops_what_is_only_shown():
    method = {
        "activity_GBq": 1.38,
        "limits": [
            {"on": "lung", "aim": "limit", "limit_Gy": 30.0, "activity_at_limit_GBq": 9.0},
            {"on": "tumour", "site": "t", "aim": "target", "limit_Gy": 100.0, "activity_at_limit_GBq": 1.0},
            {"on": "perfused normal liver", "site": "n", "aim": "limit", "limit_Gy": 40.0, "activity_at_limit_GBq": 1.38},
            {"on": "perfused normal liver", "aim": "limit", "limit_Gy": 30.0, "activity_at_limit_GBq": 1.0, "decides": False},
            {"on": "tumour", "aim": "target", "limit_Gy": 80.0, "activity_at_limit_GBq": None},
        ],
    }
    ladder = ladder_of({"name": "Resin"}, method, {"t": "Lesion 1", "n": "Normal"})
    assert [mark.words for mark in ladder.marks] == ["Lesion 1 ≥ 100 Gy", "Normal ≤ 40 Gy", "lung ≤ 30 Gy"]
    assert [mark.binds for mark in ladder.marks] == [False, True, False]


def test_drawing_leaves_the_settings_of_the_process_alone():
    import matplotlib

    before = dict(matplotlib.rcParams)
    with drawing():
        assert matplotlib.rcParams["svg.hashsalt"] == "glisson"
    assert dict(matplotlib.rcParams) == before
