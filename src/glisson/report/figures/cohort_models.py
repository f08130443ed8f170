"""Forests of a cohort: Cox models side by side, subgroups with their interaction, survival by centre."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from glisson.report.figures.cohort_forest import (
    ForestCell,
    ForestLine,
    ForestPanel,
    Kind,
    draw_forest,
    forest_table,
)
from glisson.report.figures.cohort_forest_axis import estimate_of
from glisson.report.figures.cohort_sheet import Files, Row, journal, p_words

Ratio = tuple[float | None, float | None, float | None]
"""Estimate, lower and upper end; ``None`` or infinite: the interval has no end there."""


@dataclass(frozen=True)
class ModelTerm:
    """A covariate or one of its levels.

    Attributes:
        label: of the level, or of the covariate where it is a number.
        n_events: as "58 / 41"; empty: nothing.
        univariable, multivariable: hazard ratios; ``None``: none, and the word says why.
        univariable_said, multivariable_said: as "no estimate: separation" or "not in the model".
        reference: whether the others are compared with this level.
    """

    label: str
    n_events: str = ""
    univariable: Ratio | None = None
    multivariable: Ratio | None = None
    univariable_p: float | None = None
    multivariable_p: float | None = None
    univariable_said: str = ""
    multivariable_said: str = ""
    reference: bool = False


@dataclass(frozen=True)
class ModelGroup:
    """A covariate with its levels; a number has one term and no name of its own."""

    name: str
    terms: tuple[ModelTerm, ...]


@dataclass(frozen=True)
class CoxForest:
    """Univariable and multivariable Cox models.

    Attributes:
        groups: covariates in their order.
        multivariable: whether the second panel is drawn.
        favours: words below the axis, left and right of 1.
        notes: lines below, as the size of the model and what is missing.
    """

    groups: tuple[ModelGroup, ...]
    multivariable: bool = True
    effect: str = "HR"
    favours: tuple[str, str] = ("longer", "shorter")
    notes: tuple[str, ...] = ()
    confidence_fraction: float = 0.95


@dataclass(frozen=True)
class Subgroup:
    """The exposure's hazard ratio in one subgroup; ``exposed`` and ``others`` as events / n."""

    label: str
    exposed: str
    others: str
    ratio: Ratio | None
    said: str = ""
    events: float = 0.0


@dataclass(frozen=True)
class SubgroupVariable:
    """A variable, its subgroups and the p value of its interaction with the exposure (``None``: none)."""

    name: str
    groups: tuple[Subgroup, ...]
    interaction_p: float | None = None
    interaction_said: str = ""


@dataclass(frozen=True)
class SubgroupForest:
    """One exposure in every subgroup; ``arms``: heads of the columns of the exposed and the others."""

    overall: Subgroup
    variables: tuple[SubgroupVariable, ...]
    arms: tuple[str, str]
    effect: str = "HR"
    favours: tuple[str, str] = ("", "")
    notes: tuple[str, ...] = ()
    confidence_fraction: float = 0.95


@dataclass(frozen=True)
class CentreRow:
    """A centre: people, and a fraction (survival, response) with its interval; ``None``: ``said`` tells why."""

    centre: str
    n: str
    fraction: Ratio | None
    said: str = ""


@dataclass(frozen=True)
class CentrePlot:
    """Centres beside the whole cohort, as "Survival at 12 months"; drawn in the order given, which ranks nobody."""

    what: str
    rows: tuple[CentreRow, ...]
    overall: CentreRow
    notes: tuple[str, ...] = ()
    confidence_fraction: float = 0.95


def _level(fraction: float) -> str:
    return f"{100 * fraction:g} % CI"


def _cox(plot: CoxForest) -> tuple[tuple[str, ...], list[ForestPanel], list[ForestLine]]:
    level = _level(plot.confidence_fraction)
    titles = ("univariable", "multivariable") if plot.multivariable else ("",)
    panels = [ForestPanel(title, plot.effect, "p", plot.favours, level=level) for title in titles]
    lines: list[ForestLine] = []
    for group in plot.groups:
        alone = len(group.terms) == 1
        if not alone:
            lines.append(ForestLine(group.name, kind="heading"))
        for term in group.terms:
            label = group.name if alone and group.name else term.label
            lines.append(ForestLine(label, (term.n_events,), _cox_cells(term)[: len(panels)], _kind(term), not alone))
    return ("", "n / events"), panels, lines


def _kind(term: ModelTerm) -> Kind:
    return "reference" if term.reference else "row"


def _cox_cells(term: ModelTerm) -> tuple[ForestCell, ForestCell]:
    if term.reference:
        return ForestCell(said="reference"), ForestCell(said="reference")
    return (
        _cell(term.univariable, term.univariable_said, term.univariable_p),
        _cell(term.multivariable, term.multivariable_said, term.multivariable_p),
    )


def _cell(ratio: Ratio | None, said: str, p: float | None) -> ForestCell:
    found = estimate_of(*ratio) if ratio is not None else None
    return ForestCell(found, said or ("" if found else "–"), p_words(p) if p is not None else "")


def _subgroups(plot: SubgroupForest) -> tuple[tuple[str, ...], list[ForestPanel], list[ForestLine]]:
    overall = plot.overall.ratio[0] if plot.overall.ratio is not None else None
    panel = ForestPanel("", plot.effect, "interaction p", plot.favours, line_at=overall, level=_level(plot.confidence_fraction))
    most = max([1.0, *(group.events for variable in plot.variables for group in variable.groups)])
    lines = []
    for variable in plot.variables:
        said = p_words(variable.interaction_p) if variable.interaction_p is not None else variable.interaction_said
        lines.append(ForestLine(variable.name, ("", ""), (ForestCell(extra=said),), "heading"))
        for group in variable.groups:
            lines.append(_subgroup_line(group, min(group.events / most, 1.0), indent=True))
    whole = _subgroup_line(plot.overall, 1.0, indent=False)
    lines.append(ForestLine(whole.label, whole.cells, whole.panels, "pooled"))
    return ("", *plot.arms), [panel], lines


def _subgroup_line(group: Subgroup, size: float, *, indent: bool) -> ForestLine:
    found = estimate_of(*group.ratio) if group.ratio is not None else None
    cell = ForestCell(found, group.said or ("" if found else "–"), size=max(size, 0.05))
    return ForestLine(group.label, (group.exposed, group.others), (cell,), "row", indent)


def _centres(plot: CentrePlot) -> tuple[tuple[str, ...], list[ForestPanel], list[ForestLine]]:
    overall = plot.overall.fraction[0] if plot.overall.fraction is not None else None
    panel = ForestPanel(
        "", plot.what, ratio=False, none_at=None, percent=True, line_at=overall, digits=0, level=_level(plot.confidence_fraction)
    )
    lines = [_centre_line(row) for row in plot.rows]
    whole = _centre_line(plot.overall)
    lines.append(ForestLine(whole.label, whole.cells, whole.panels, "pooled"))
    return ("centre", "n"), [panel], lines


def _centre_line(row: CentreRow) -> ForestLine:
    found = estimate_of(*row.fraction) if row.fraction is not None else None
    return ForestLine(row.centre, (row.n,), (ForestCell(found, row.said or ("" if found else "–")),))


def forest_pages(plot: CoxForest, most_lines: int = 46) -> list[CoxForest]:
    """The forest in parts that fit a page each; no covariate is torn apart."""
    parts: list[list[ModelGroup]] = [[]]
    used = 0
    for group in plot.groups:
        lines = len(group.terms) + (1 if len(group.terms) > 1 else 0)
        if used and used + lines > most_lines:
            parts.append([])
            used = 0
        parts[-1].append(group)
        used += lines
    return [replace(plot, groups=tuple(part)) for part in parts]


@journal()
def draw_cox_forest(stem: Path, plot: CoxForest) -> Files:
    """Every term with its counts and the hazard ratios of both models, each with axis, text and p value."""
    return draw_forest(*_cox(plot), plot.notes).save(stem)


@journal()
def draw_subgroup_forest(stem: Path, plot: SubgroupForest) -> Files:
    """Hazard ratios of one exposure in every subgroup, the p value of each interaction, and the whole cohort as a diamond."""
    return draw_forest(*_subgroups(plot), plot.notes).save(stem)


@journal()
def draw_centres(stem: Path, plot: CentrePlot) -> Files:
    """Centres by their estimate, the highest on top, with the whole cohort as a diamond; withheld ones say why."""
    return draw_forest(*_centres(plot), plot.notes).save(stem)


def cox_forest_rows(plot: CoxForest) -> list[Row]:
    """The numbers behind the figure; the covariate of each level stands beside it."""
    heads, panels, lines = _cox(plot)
    return _named(forest_table(("term", *heads[1:]), panels, lines), lines, len(panels))


def subgroup_forest_rows(plot: SubgroupForest) -> list[Row]:
    """The numbers behind the figure; the variable of each subgroup stands beside it."""
    heads, panels, lines = _subgroups(plot)
    return _named(forest_table(("subgroup", *heads[1:]), panels, lines), lines, len(panels))


def centre_rows(plot: CentrePlot) -> list[Row]:
    """The numbers behind the figure."""
    return forest_table(*_centres(plot))


def _named(rows: Sequence[Row], lines: Sequence[ForestLine], panels: int) -> list[Row]:
    """Rows with the heading they stand under."""
    found: list[Row] = []
    name = ""
    for place, row in enumerate(rows):
        line = lines[place // panels]
        name = line.label if line.kind == "heading" else name if line.indent else ""
        found.append({"variable": name, **row})
    return found
