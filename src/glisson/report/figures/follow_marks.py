"""Symbols and lines of the figures of follow-up: they differ in shape and dash, so that they read in grey."""

from collections.abc import Collection, Sequence
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


ORDER = ("CR", "PR", "SD", "non-CR/non-PD", "PD", "iCR", "iPR", "iSD", "non-iCR/non-iUPD", "iUPD", "iCPD", "NE", "NED")
"""Responses as a legend lists them."""

NEW = Mark("D", True, "new lesion or progression of non-targets", 4.2, PROGRESSION)
FIRST = Mark("^", True, "first response", 5.6, ACCENT)
SESSION = Mark("|", True, "first and last session", 6.0, QUIET)
THERAPY = Mark("s", False, "another therapy", 4.6)
PD = Mark("X", True, "progression", 5.6, PROGRESSION)
DEATH = Mark("P", True, "death", 5.8, INK)
ALIVE = Mark(">", True, "under observation", 5.4, INK)


@dataclass(frozen=True)
class Place:
    """Where a legend stands: below the axes and from their left edge (mm), in how many columns."""

    below_mm: float = 10.5
    left_mm: float = 1.5
    columns: int = 5


def key(
    axes: Any,
    marks: Sequence[Mark],
    *,
    responses: Collection[str] = (),
    colours: Sequence[str | None] = (),
    place: Place | None = None,
) -> None:
    """Fills of responses and symbols with their words, in rows below the axes.

    Args:
        axes: whose legend it is.
        marks: in the order in which they stand.
        responses: that have a fill in the picture.
        colours: of the marks, where it is not their own.
        place: where.
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    where = place or Place()
    handles: list[Any] = []
    for name in (one for one in ORDER if one in responses):
        face, hatch = fill_of(name)
        handles.append(Patch(facecolor=face, hatch=hatch, edgecolor=INK, linewidth=0.5, label=name))
    for number, mark in enumerate(marks):
        colour = colours[number] if number < len(colours) else None
        handles.append(Line2D([], [], **mark.style(colour), label=mark.says))
    if not handles:
        return
    box = axes.get_window_extent()
    mm = 25.4 / axes.figure.dpi
    columns = min(len(handles), where.columns)
    axes.legend(
        handles=_by_rows(handles, columns), ncols=columns, loc="upper left", frameon=False, fontsize=6.8, handlelength=1.5,
        bbox_to_anchor=(-where.left_mm / (box.width * mm), -where.below_mm / (box.height * mm)), handletextpad=0.4, columnspacing=1.3,
        borderaxespad=0.0,
    )  # fmt: skip


def _by_rows(handles: Sequence[Any], columns: int) -> list[Any]:
    """Legend entries so ordered that matplotlib, which fills columns, shows them row by row."""
    return [handle for first in range(columns) for handle in handles[first::columns]]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places of labels at least ``gap`` apart, as near as possible to where they belong, within two bounds where they fit.

    >>> spread([1.0, 1.1, 5.0], 1.0, 0.0, 10.0)
    [0.55, 1.55, 5.0]
    """
    groups: list[_Group] = []
    for number in sorted(range(len(places)), key=lambda k: places[k]):
        groups.append(_group([number], places, gap, (low, high)))
        while len(groups) > 1 and groups[-1].first - groups[-2].last < gap - 1e-12:
            groups[-2:] = [_group(groups[-2].members + groups[-1].members, places, gap, (low, high))]
    found = [0.0] * len(places)
    for group in groups:
        for step, number in enumerate(group.members):
            found[number] = round(group.first + step * gap, 9)
    return found


@dataclass(frozen=True)
class _Group:
    """Labels that touch, in their order; place of the first and of the last."""

    members: list[int]
    first: float
    last: float


def _group(members: list[int], places: Sequence[float], gap: float, bounds: tuple[float, float]) -> _Group:
    half = (len(members) - 1) * gap / 2
    low, high = bounds[0] + half, max(bounds[1] - half, bounds[0] + half)
    middle = min(max(sum(places[k] for k in members) / len(members), low), high)
    return _Group(members, middle - half, middle + half)


def above(axes: Any) -> Any:
    """Data coordinates, a little higher: where a mark stands on top of what it marks."""
    from matplotlib.transforms import ScaledTranslation

    return axes.transData + ScaledTranslation(0, 1.6 / 25.4, axes.figure.dpi_scale_trans)


def quiet_grid(axes: Any, axis: str = "y") -> None:
    """Hairlines behind the data."""
    axes.grid(True, axis=axis, color=HAIRLINE, linewidth=0.4)
    axes.set_axisbelow(True)


def save_three(figure: Any, stem: Path) -> tuple[Path, Path, Path]:
    """SVG, PNG and PDF of one figure; the same figure gives the same bytes."""
    pdf = stem.with_suffix(".pdf")
    figure.savefig(pdf, format="pdf", metadata={"CreationDate": None, "Creator": "glisson", "Producer": None})
    return save(figure, stem.with_suffix(".svg")), save(figure, stem.with_suffix(".png")), pdf
