"""Sequences of treatments: what came before, what was given, what followed, as bands whose width counts patients."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from glisson.errors import BadInput
from glisson.report.figures.cohort_sheet import (
    FACES,
    SMALL,
    Files,
    LINE_mm,
    Row,
    Sheet,
    journal,
    new_sheet,
    text_mm,
    wrapped,
)
from glisson.report.figures.follow_marks import spread
from glisson.report.figures.style import INK, QUIET, PAGE_WIDTH_mm

HIGH_mm, TOP_mm, NODE_mm, NODE_GAP_mm = 92.0, 9.0, 4.0, 3.4
NAME_mm = 36.0
MOST_mm = 3.0
"""Width of the band of one patient at most."""
Flow = tuple[str, str, str]
"""From, to, and the treatment whose fill it has."""
LAST = ("other", "nothing before", "nothing recorded after", "died without another therapy", "none", "not known")
"""Names that stand at the bottom of a stage."""


@dataclass(frozen=True)
class TreatmentPath:
    """So many patients went this way: one name per stage."""

    steps: tuple[str, ...]
    patients: int


@dataclass(frozen=True)
class TreatmentSequences:
    """All ways through the stages.

    Attributes:
        stages: their names, as ("before", "index treatment", "after").
        paths: every patient once.
        least: treatments of a stage with fewer patients are drawn as "other" (the table keeps them).
        most: treatments drawn in one stage, "other" among them.
    """

    stages: tuple[str, ...]
    paths: tuple[TreatmentPath, ...]
    least: int = 3
    most: int = 8


@dataclass(frozen=True)
class _Node:
    """A treatment of a stage: patients, and where it stands (mm)."""

    name: str
    n: int
    top: float
    high: float
    group: int


@dataclass(frozen=True)
class _Picture:
    merged: Counter[tuple[str, ...]]
    nodes: tuple[dict[str, _Node], ...]
    lefts: tuple[float, ...]
    mm_per_patient: float
    high: float


def merged_paths(plot: TreatmentSequences) -> Counter[tuple[str, ...]]:
    """Ways with rare treatments of each stage merged into "other".

    Raises:
        BadInput: a path that does not have one name per stage, or no patient.
    """
    if any(len(path.steps) != len(plot.stages) or path.patients < 0 for path in plot.paths):
        raise BadInput("a path that does not fit the stages", allowed=f"{len(plot.stages)} names and a count")
    if not sum(path.patients for path in plot.paths):
        raise BadInput("sequences of no patient", allowed="at least one")
    kept = [_kept(plot, stage) for stage in range(len(plot.stages))]
    found: Counter[tuple[str, ...]] = Counter()
    for path in plot.paths:
        if path.patients:
            found[tuple(name if name in kept[k] else "other" for k, name in enumerate(path.steps))] += path.patients
    return found


def _kept(plot: TreatmentSequences, stage: int) -> set[str]:
    counts: Counter[str] = Counter()
    for path in plot.paths:
        counts[path.steps[stage]] += path.patients
    order = sorted(counts, key=lambda name: (-counts[name], name))
    large = [name for name in order if counts[name] >= plot.least or name in LAST]
    if len(large) < len(order) or len(large) > plot.most:
        large = large[: plot.most - 1]
    rest = [name for name in order if name not in large]
    return set(large) | (set(rest) if len(rest) == 1 else set())


@journal()
def draw_sequences(stem: Path, plot: TreatmentSequences) -> Files:
    """Stages from left to right; a band's fill follows the treatment of the first stage that differs between patients.

    Raises:
        BadInput: paths that do not fit the stages.
    """
    picture = _arrange(plot)
    sheet = new_sheet(PAGE_WIDTH_mm, TOP_mm + picture.high + 4.0)
    _draw_bands(sheet, picture, _leading_stage(picture.merged))
    total = sum(picture.merged.values())
    for stage, title in enumerate(plot.stages):
        _draw_nodes(sheet, picture, stage)
        _name_nodes(sheet, picture, stage)
        across = "left" if stage == 0 else "right" if stage == len(plot.stages) - 1 else "center"
        x = {"left": 2.0, "right": PAGE_WIDTH_mm - 2.0, "center": picture.lefts[stage] + NODE_mm / 2}[across]
        sheet.write(x, 3.4, title + (f" (n = {total})" if stage == 0 else ""), bold=True, across=across)
    return sheet.save(stem)


def _arrange(plot: TreatmentSequences) -> _Picture:
    merged = merged_paths(plot)
    counts = [_counts(merged, stage) for stage in range(len(plot.stages))]
    most = max(len(stage) for stage in counts)
    scale = min((HIGH_mm - NODE_GAP_mm * (most - 1)) / sum(merged.values()), MOST_mm)
    high = scale * sum(merged.values()) + NODE_GAP_mm * (most - 1)
    high = max(high, most * (2 * LINE_mm + 1.0))
    outer = 2.0 + NAME_mm + 2.0
    room = PAGE_WIDTH_mm - 2 * outer - NODE_mm
    lefts = tuple(outer + room * stage / max(len(plot.stages) - 1, 1) for stage in range(len(plot.stages)))
    nodes = []
    for stage in counts:
        used = scale * sum(stage.values()) + NODE_GAP_mm * (len(stage) - 1)
        top = TOP_mm + (high - used) / 2
        placed: dict[str, _Node] = {}
        for group, name in enumerate(sorted(stage, key=lambda name: (name in LAST, -stage[name], name))):
            placed[name] = _Node(name, stage[name], top, scale * stage[name], group)
            top += scale * stage[name] + NODE_GAP_mm
        nodes.append(placed)
    return _Picture(merged, tuple(nodes), lefts, scale, high)


def _counts(merged: Mapping[tuple[str, ...], int], stage: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for steps, n in merged.items():
        found[steps[stage]] += n
    return found


def _leading_stage(merged: Mapping[tuple[str, ...], int]) -> int:
    """The first stage with more than one treatment: its fills tell bands apart."""
    width = len(next(iter(merged)))
    return next((stage for stage in range(width) if len(_counts(merged, stage)) > 1), 0)


def _draw_bands(sheet: Sheet, picture: _Picture, leading: int) -> None:
    """Bands between two stages, one per pair of treatments and leading treatment, so ordered that few cross."""
    for stage in range(len(picture.lefts) - 1):
        flows: Counter[Flow] = Counter()
        for steps, n in picture.merged.items():
            flows[(steps[stage], steps[stage + 1], steps[leading])] += n
        nodes = (picture.nodes[stage], picture.nodes[stage + 1], picture.nodes[leading])
        starts = _offsets(flows, picture.mm_per_patient, nodes, 0)
        stops = _offsets(flows, picture.mm_per_patient, nodes, 1)
        for flow, n in flows.items():
            high = n * picture.mm_per_patient
            ends = (nodes[0][flow[0]].top + starts[flow], nodes[1][flow[1]].top + stops[flow])
            _draw_band(sheet, (picture.lefts[stage] + NODE_mm, picture.lefts[stage + 1]), ends, high, nodes[2][flow[2]].group)


def _offsets(flows: Mapping[Flow, int], scale: float, nodes: tuple[dict[str, _Node], ...], end: int) -> dict[Flow, float]:
    """Distance of each band from the top of its node at one end: first by the node of its other end, then by its fill."""
    order = sorted(flows, key=lambda flow: [nodes[k][flow[k]].group for k in (end, 1 - end, 2)])
    used: dict[str, float] = defaultdict(float)
    found = {}
    for flow in order:
        found[flow] = used[flow[end]]
        used[flow[end]] += flows[flow] * scale
    return found


def _draw_band(sheet: Sheet, across: tuple[float, float], tops: tuple[float, float], high: float, group: int) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    x0, x1 = across
    half = (x0 + x1) / 2
    y0, y1 = tops
    corners = [
        (x0, y0), (half, y0), (half, y1), (x1, y1), (x1, y1 + high), (half, y1 + high), (half, y0 + high), (x0, y0 + high), (x0, y0),
    ]  # fmt: skip
    codes = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3, Outline.CLOSEPOLY]
    colour, hatch = FACES[group % len(FACES)]
    shape = Outline(np.asarray(corners), codes)
    fill = {"facecolor": colour, "alpha": 0.38, "linewidth": 0.0, "zorder": 1}
    sheet.ground.add_patch(PathPatch(shape, **fill))
    sheet.ground.add_patch(PathPatch(shape, facecolor="none", hatch=hatch, edgecolor=QUIET, alpha=0.55, linewidth=0.35, zorder=2))


def _draw_nodes(sheet: Sheet, picture: _Picture, stage: int) -> None:
    from matplotlib.patches import Rectangle

    for node in picture.nodes[stage].values():
        corner = (picture.lefts[stage], node.top)
        sheet.ground.add_patch(Rectangle(corner, NODE_mm, max(node.high, 0.3), facecolor=INK, linewidth=0, zorder=4))


def _name_nodes(sheet: Sheet, picture: _Picture, stage: int) -> None:
    """Names with counts: outside of the first and the last stage, beside the nodes of the others."""
    nodes = list(picture.nodes[stage].values())
    last = stage == len(picture.lefts) - 1
    inner = stage not in (0, len(picture.lefts) - 1)
    room = NAME_mm if not inner else max(18.0, picture.lefts[stage + 1] - picture.lefts[stage] - NODE_mm - 4.0)
    lines = [_label(node, room) for node in nodes]
    gap = LINE_mm * max(len(one) for one in lines) + 0.4
    places = spread([node.top + node.high / 2 for node in nodes], gap, TOP_mm + gap / 2 - 1, TOP_mm + picture.high - gap / 2 + 2)
    left = picture.lefts[stage]
    x, across = (left - 1.8, "right") if stage == 0 else (left + NODE_mm + 1.8, "left")
    for node, place, words in zip(nodes, places, lines, strict=True):
        if inner:
            box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.88, "pad": 1.2}
            sheet.write(x, place, "\n".join(words), size=SMALL, bbox=box, linespacing=1.25)
        else:
            sheet.write_lines(x, place, words, across=across)
        if abs(place - node.top - node.high / 2) > 1.2 and not inner:
            ends = [left + NODE_mm if last else left, x]
            sheet.line(ends, [node.top + node.high / 2, place], color=QUIET, linewidth=0.4)


def _label(node: _Node, room: float) -> list[str]:
    """Name and count; two lines where one does not do."""
    count = f"  {node.n}"
    whole = wrapped(node.name, room - text_mm(count), most=2)
    return [*whole[:-1], whole[-1] + count]


def sequence_rows(plot: TreatmentSequences) -> list[Row]:
    """Every way with its patients, as given and as drawn (rare treatments merged)."""
    merged_paths(plot)
    kept = [_kept(plot, stage) for stage in range(len(plot.stages))]
    rows: list[Row] = []
    for path in sorted(plot.paths, key=lambda path: (-path.patients, path.steps)):
        row: Row = dict(zip(plot.stages, path.steps, strict=True))
        drawn = {
            f"{stage} (drawn as)": name if name in kept[k] else "other" for k, (stage, name) in enumerate(_pairs(plot, path))
        }
        rows.append({**row, **drawn, "patients": path.patients})
    return rows


def _pairs(plot: TreatmentSequences, path: TreatmentPath) -> Sequence[tuple[str, str]]:
    return list(zip(plot.stages, path.steps, strict=True))
