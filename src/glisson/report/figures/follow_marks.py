"""Symbols and lines of the figures of follow-up: they differ in shape and dash, so that they read in grey."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.figures.style import ACCENT, HAIRLINE, INK, QUIET, save

PROGRESSION, LIGHT = "#b4521a", "#aeb8bc"


@dataclass(frozen=True)
class Mark:
    """A symbol, filled or hollow, and what it says."""

    shape: str
    filled: bool
    says: str
    size: float = 5.0
    colour: str = INK

    def style(self, colour: str | None = None) -> dict[str, Any]:
        """For ``plot``."""
        line = colour or self.colour
        crossed = self.shape in ("x", "+", "1", "2", "_", "|")
        face = line if self.filled or crossed else "white"
        return {
            "marker": self.shape, "markersize": self.size, "markerfacecolor": face, "markeredgecolor": line,
            "markeredgewidth": 1.3 if crossed else 0.9, "linestyle": "none",
        }  # fmt: skip


ROLES = {
    "target": Mark("o", True, "target"),
    "node": Mark("^", True, "target, lymph node", 5.6),
    "non-target": Mark("s", True, "non-target", 4.4),
    "new": Mark("D", True, "new lesion", 4.6),
}
STATES = {
    "absent": Mark("o", False, "gone"),
    "too small": Mark("v", False, "too small to measure", 5.4),
    "not evaluable": Mark("x", False, "not evaluable"),
    "present": Mark("s", False, "present, not measured", 4.6),
    "unequivocal progression": Mark("*", True, "unequivocal progression", 9.0, PROGRESSION),
}
COLOURS = {"target": ACCENT, "node": "#5b3a8c", "non-target": QUIET, "new": PROGRESSION}
DASHES: dict[str, Any] = {"target": "solid", "node": (0, (6, 1.4)), "non-target": (0, (1.4, 1.4)), "new": (0, (4, 1.4, 1.2, 1.4))}

FILLS: dict[str, tuple[str, str]] = {
    "CR": (INK, ""), "PR": (ACCENT, ""), "SD": ("#d5dbdd", ""), "non-CR/non-PD": ("#d5dbdd", "...."), "PD": ("#ffffff", "//////"),
    "NE": ("#ffffff", ""),
}  # fmt: skip
"""Fill and hatch of a response, darker the better."""
IMMUNE = {"iCR": "CR", "iPR": "PR", "iSD": "SD", "iUPD": "PD", "iCPD": "PD", "non-iCR/non-iUPD": "non-CR/non-PD", "NED": "NE"}


def fill_of(response: str) -> tuple[str, str]:
    """Fill and hatch; an unknown word is drawn as NE."""
    return FILLS.get(IMMUNE.get(response, response), FILLS["NE"])


def key(axes: Any, marks: Sequence[Mark], *, below_mm: float = 10.5, columns: int = 5, colours: Sequence[str | None] = ()) -> None:
    """One row of symbols with their words, below the axes."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], **mark.style(colour), label=mark.says)
        for mark, colour in zip(marks, [*colours, *([None] * (len(marks) - len(colours)))], strict=True)
    ]
    handles = _by_rows(handles, min(len(handles), columns) or 1)
    if not handles:
        return
    high = axes.get_window_extent().height / axes.figure.dpi * 25.4
    axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(-0.01, -below_mm / high), ncols=min(len(handles), columns), frameon=False,
        fontsize=6.8, handletextpad=0.3, columnspacing=1.3, borderaxespad=0.0,
    )  # fmt: skip


def _by_rows(handles: Sequence[Any], columns: int) -> list[Any]:
    """Legend entries so ordered that matplotlib, which fills columns, shows them row by row."""
    return [handle for first in range(columns) for handle in handles[first::columns]]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places of labels at least ``gap`` apart, as near as possible to where they belong, within two bounds where they fit.

    >>> spread([1.0, 1.1, 5.0], 1.0, 0.0, 10.0)
    [0.55, 1.55, 5.0]
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    groups: list[tuple[float, list[int]]] = []
    for number in order:
        groups.append((places[number], [number]))
        while len(groups) > 1 and _top(groups[-2], gap) > groups[-1][0] - (len(groups[-1][1]) - 1) * gap / 2 - gap + 1e-12:
            (a, first), (b, second) = groups[-2], groups[-1]
            members = first + second
            centre = sum(places[k] for k in members) / len(members)
            groups[-2:] = [(centre, members)]
    found = [0.0] * len(places)
    for centre, members in groups:
        half = (len(members) - 1) * gap / 2
        middle = min(max(centre, low + half), max(high - half, low + half))
        for step, number in enumerate(members):
            found[number] = round(middle - half + step * gap, 9)
    return found


def _top(group: tuple[float, list[int]], gap: float) -> float:
    return group[0] + (len(group[1]) - 1) * gap / 2


def quiet_grid(axes: Any, axis: str = "y") -> None:
    """Hairlines behind the data."""
    axes.grid(True, axis=axis, color=HAIRLINE, linewidth=0.4)
    axes.set_axisbelow(True)


def save_three(figure: Any, stem: Path) -> tuple[Path, Path, Path]:
    """SVG, PNG and PDF of one figure; the same figure gives the same bytes."""
    pdf = stem.with_suffix(".pdf")
    figure.savefig(pdf, format="pdf", metadata={"CreationDate": None, "Creator": "glisson", "Producer": None})
    return save(figure, stem.with_suffix(".svg")), save(figure, stem.with_suffix(".png")), pdf
