"""Figures of the validation pages: readable in grey (marks and dashes differ), error bars of one standard error, axes with units."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.report.figures.style import HAIRLINE, INK, QUIET, axes_mm, line_style, new_figure, save

WIDE_mm = 150.0
MARKS = "osD^vPX"
Float = NDArray[np.float64]


def mark(number: int) -> dict[str, Any]:
    return {"marker": MARKS[number % len(MARKS)], "color": line_style(number)["color"], "markersize": 3.6}


def frame(axes: Any, x: str, y: str) -> Any:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.grid(True, color=HAIRLINE, linewidth=0.4)
    axes.set_axisbelow(True)
    return axes


def two_panels(high_mm: float = 58.0, low_mm: float = 34.0) -> tuple[Any, Any, Any]:
    """A figure with the values above and the differences below."""
    figure = new_figure(WIDE_mm, high_mm + low_mm + 20.0)
    below = axes_mm(figure, 17.0, 11.0, WIDE_mm - 20.0, low_mm)
    above = axes_mm(figure, 17.0, low_mm + 15.0, WIDE_mm - 20.0, high_mm)
    above.tick_params(labelbottom=False)
    return figure, above, below


def legend(axes: Any, **more: Any) -> None:
    axes.legend(frameon=False, fontsize=7, handlelength=2.6, **more)


def band(axes: Any, limit: float) -> None:
    """The tolerance on both sides of zero."""
    axes.axhspan(-limit, limit, color=HAIRLINE, alpha=0.45, linewidth=0, zorder=0)
    axes.axhline(0.0, color=QUIET, linewidth=0.7, zorder=1)


def point_source(path: Path, radius: Float, known: tuple[Float, Float], found: Mapping[str, tuple[Float, Float]]) -> Path:
    """Energy by shell, and the difference as a share of the highest shell."""
    figure, above, below = two_panels()
    top = known[0].max()
    frame(above, "", "energy in a shell of 0.25 mm (% of emitted)")
    above.errorbar(radius, 100 * known[0], 100 * known[1], fmt="o", color=INK, markersize=2.4, elinewidth=0.7, label="reference")
    frame(below, "radius (mm)", "difference (% of the highest)")
    band(below, 1.0)
    for number, (name, (share, error)) in enumerate(found.items()):
        above.plot(radius, 100 * share, label=name, **line_style(number))
        both = 100 * np.hypot(error, known[1]) / top
        below.errorbar(
            radius + 0.05 * number, 100 * (share - known[0]) / top, both, linestyle="none", elinewidth=0.8, label=name, **mark(number)
        )  # fmt: skip
    legend(above)
    legend(below, ncols=3, loc="lower right")
    return save(figure, path)


def far_field(path: Path, middle: Float, known: tuple[Float, Float], found: Mapping[str, tuple[Float, Float]]) -> Path:
    figure, above, below = two_panels(44.0, 30.0)
    frame(above, "", "share of emitted per mm")
    above.set_yscale("log")
    above.errorbar(middle, known[0], known[1], fmt="o", color=INK, markersize=2.4, elinewidth=0.7, label="reference")
    frame(below, "radius (mm)", "difference (%)")
    band(below, 5.0)
    for number, (name, (share, error)) in enumerate(found.items()):
        above.plot(middle, share, label=name, **line_style(number))
        both = 100 * np.hypot(error / share, known[1] / known[0])
        below.errorbar(middle, 100 * (share / known[0] - 1), both, linestyle="none", elinewidth=0.8, **mark(number))
    below.set_ylim(-25, 25)
    for axes in (above, below):
        axes.set_xscale("log")
        axes.set_xticks([12, 20, 50, 100, 200])
        axes.xaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
    legend(above)
    return save(figure, path)


def voxel_values(
    path: Path, cases: Mapping[str, tuple[Sequence[str], Sequence[float], Mapping[str, list[tuple[float, float]]]]]
) -> Path:
    """Difference by voxel, one panel for each medium and size; grey: the tolerance of each voxel, 0: none stated."""
    figure = new_figure(WIDE_mm, 62.0)
    width = (WIDE_mm - 17.0) / len(cases) - 4.0
    for place, (title, (labels, limits, found)) in enumerate(cases.items()):
        axes = frame(axes_mm(figure, 15.0 + place * (width + 4.0), 17.0, width, 38.0), "", "difference (%)" if place == 0 else "")
        axes.set_title(title, fontsize=7.5, color=QUIET, loc="left")
        for at, limit in enumerate(limits):
            if limit:
                axes.bar(at, 200 * limit, 0.9, bottom=-100 * limit, color=HAIRLINE, alpha=0.6, zorder=0)
        for number, (name, values) in enumerate(found.items()):
            x = np.arange(len(values)) + 0.2 * (number - (len(found) - 1) / 2)
            axes.errorbar(
                x, [100 * v for v, _ in values], [100 * e for _, e in values], linestyle="none", elinewidth=0.8, label=name, **mark(number)
            )  # fmt: skip
        axes.axhline(0.0, color=QUIET, linewidth=0.7)
        axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=6.5)
        axes.set_ylim(-4.5, 4.5)
        if place:
            axes.tick_params(labelleft=False)
    figure.axes[0].legend(frameon=False, fontsize=6.5, loc="lower left", handlelength=1.0)
    return save(figure, path)


def slab(path: Path, z: Float, known: tuple[Float, Float], found: Mapping[str, tuple[Float, Float]]) -> Path:
    """Profile on a logarithmic scale with the source shaded, and the difference of each engine."""
    figure, above, below = two_panels(62.0, 40.0)
    frame(above, "", "dose (share of that deep inside the source)")
    above.set_yscale("log")
    above.set_ylim(2e-4, 1.6)
    above.errorbar(
        z, known[0], known[0] * known[1], fmt="o", color=INK, markersize=2.8, elinewidth=0.7, label="reference", zorder=6
    )
    frame(below, "depth (mm); lung, where there is any, right of 0", "difference (%)")
    band(below, 2.0)
    above.axvspan(-21, 0, color=HAIRLINE, alpha=0.45, linewidth=0)
    shown = known[0] > 0.01
    for number, (name, (share, error)) in enumerate(found.items()):
        above.plot(z, np.where(share > 0, share, np.nan), label=name, **line_style(number))
        off, both = 100 * (share / known[0] - 1), 100 * np.hypot(error / known[0], known[1])
        below.errorbar(z[shown], off[shown], both[shown], linestyle="none", elinewidth=0.8, label=name, **mark(number))
    below.set_ylim(-12, 12)
    below.set_xlim(above.get_xlim())
    legend(above, loc="upper right")
    return save(figure, path)


def dots(
    path: Path, rows: Sequence[str], found: Mapping[str, Sequence[tuple[float, float]]], x: str, limit: float | None = None
) -> Path:
    """One line for each row, one mark for each engine: differences in percent with their errors; what lies outside is at the edge."""
    figure = new_figure(WIDE_mm, 16.0 + 6.0 * len(rows))
    axes = frame(axes_mm(figure, 48.0, 12.0, WIDE_mm - 52.0, 6.0 * len(rows)), x, "")
    edge = limit or 1.1 * max(abs(100 * v) + 100 * e for values in found.values() for v, e in values)
    for number, (name, values) in enumerate(found.items()):
        y = np.arange(len(rows))[::-1] - 0.16 * (number - (len(found) - 1) / 2)
        off = np.clip([100 * v for v, _ in values], -edge, edge)
        axes.errorbar(off, y, xerr=[100 * e for _, e in values], linestyle="none", elinewidth=0.8, label=name, **mark(number))
    axes.axvline(0.0, color=QUIET, linewidth=0.7)
    axes.set_xlim(-1.05 * edge, 1.05 * edge)
    axes.set_yticks(np.arange(len(rows))[::-1], rows)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.legend(
        frameon=False,
        fontsize=6.5,
        ncols=len(found),
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        handlelength=1.0,
        borderaxespad=0.2,
    )
    return save(figure, path)


def merit(path: Path, ours: Mapping[str, float], quoted: Mapping[str, float]) -> Path:
    """Rms standard error above half of the maximum against processor seconds, from figures of merit; quoted ones in grey."""
    figure = new_figure(WIDE_mm, 70.0)
    axes = frame(axes_mm(figure, 17.0, 12.0, WIDE_mm - 24.0, 55.0), "processor seconds of one core", "rms standard error (%)")
    seconds = np.geomspace(0.1, 1e4, 50)
    for number, (name, value) in enumerate(quoted.items()):
        style = {"color": QUIET, "linestyle": (0, (1 + 2 * number, 1.5)), "linewidth": 1.2}
        axes.plot(seconds, 100 / np.sqrt(value * seconds), label=f"{name}: {value:,.0f} (quoted)", **style)
    for number, (name, value) in enumerate(ours.items()):
        axes.plot(seconds, 100 / np.sqrt(value * seconds), label=f"{name}: {value:,.0f}", **line_style(number))
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(0.1, 1e4)
    axes.set_ylim(0.1, 100)
    axes.axhline(1.0, color=INK, linewidth=0.6)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.legend(frameon=False, fontsize=7, handlelength=2.6, loc="upper right", title="figure of merit", title_fontsize=7)
    return save(figure, path)
