"""One hand for all figures: sizes in mm, quiet axes, colours that stay apart for the colour-blind and in grey print."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

PAGE_WIDTH_mm = 174.0
PNG_DPI = 200

INK, QUIET, HAIRLINE = "#1c2326", "#5d686d", "#c9d0d3"
ACCENT = "#0b5c6b"
LINES = (
    ("#0b5c6b", "solid"), ("#b4521a", (0, (5, 1.6))), ("#5b3a8c", (0, (1.2, 1.2))), ("#2f2f2f", (0, (7, 1.6, 1.4, 1.6))),
    ("#a3195b", (0, (3, 1.2))), ("#3d7a1f", (0, (5, 1.4, 1.2, 1.4, 1.2, 1.4))),
)  # fmt: skip
"""Colour and dash of each curve; after the last the first comes again, thinner."""

SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"], "font.size": 7.5, "axes.labelsize": 7.5, "xtick.labelsize": 7, "ytick.labelsize": 7,
    "axes.edgecolor": QUIET, "axes.labelcolor": INK, "xtick.color": QUIET, "ytick.color": QUIET, "text.color": INK,
    "axes.linewidth": 0.6, "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.major.size": 2.5, "ytick.major.size": 2.5,
    "axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": "glisson", "svg.fonttype": "path",
}  # fmt: skip


@contextmanager
def drawing() -> Iterator[None]:
    """A context with these settings; the process's own settings return when it ends.

    A letter that no font here holds is drawn as a box; the tables print the name in full.
    """
    with matplotlib.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


def new_figure(width_mm: float, height_mm: float) -> Any:
    """An empty figure of that size, white."""
    return Figure(figsize=(width_mm / 25.4, height_mm / 25.4), facecolor="white")


def axes_mm(figure: Any, left_mm: float, bottom_mm: float, width_mm: float, height_mm: float) -> Any:
    """Axes at a place in mm from the lower left corner of the figure."""
    wide, high = (float(side) * 25.4 for side in figure.get_size_inches())
    return figure.add_axes((left_mm / wide, bottom_mm / high, width_mm / wide, height_mm / high))


def save(figure: Any, path: Path) -> Path:
    """Writes SVG or PNG by the suffix; the same figure gives the same bytes (no date, no random ids)."""
    if path.suffix == ".svg":
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": "glisson"})
    else:
        figure.savefig(path, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return path


def line_style(number: int) -> dict[str, Any]:
    """Colour, dash and width of the curve of that number."""
    colour, dash = LINES[number % len(LINES)]
    return {"color": colour, "linestyle": dash, "linewidth": 1.4 if number < len(LINES) else 0.8}


def halo(width: float = 1.6, colour: str = "white") -> Sequence[Any]:
    """Outline around text or lines, so that they read on any ground."""
    from matplotlib import patheffects

    return [patheffects.Stroke(linewidth=width, foreground=colour), patheffects.Normal()]
