"""The mean of a meta-analysis again and again: as studies came in, and without each of them."""

from dataclasses import dataclass
from pathlib import Path

from glisson.report.figures.cohort_forest import ForestCell, ForestLine, ForestPanel, draw_forest, forest_table
from glisson.report.figures.cohort_forest_axis import estimate_of
from glisson.report.figures.cohort_meta import Ratio
from glisson.report.figures.cohort_sheet import Files, Row, journal


@dataclass(frozen=True)
class MetaSeries:
    """Means under each other.

    Attributes:
        head: of the labels, as "studies so far".
        effect: name of the quantity.
        rows: label and mean with its interval.
        ratio: logarithmic axis.
        none_at: no effect; ``None``: there is no such value.
        percent: fractions, written in percent.
        mean: of all studies; a dashed line.
    """

    head: str
    effect: str
    rows: tuple[tuple[str, Ratio], ...]
    ratio: bool = True
    none_at: float | None = 1.0
    percent: bool = False
    digits: int = 2
    mean: float | None = None
    confidence_fraction: float = 0.95
    notes: tuple[str, ...] = ()


def _panels(series: MetaSeries) -> tuple[tuple[str, ...], list[ForestPanel], list[ForestLine]]:
    panel = ForestPanel(
        "", series.effect, "", ("", ""), series.ratio, series.none_at, series.percent, series.mean, series.digits,
        f"{100 * series.confidence_fraction:g} % CI",
    )  # fmt: skip
    lines = [ForestLine(label, (), (ForestCell(estimate_of(*found)),)) for label, found in series.rows]
    return (series.head,), [panel], lines


@journal()
def draw_meta_series(stem: Path, series: MetaSeries) -> Files:
    """One mean per row, with its interval."""
    return draw_forest(*_panels(series), series.notes).save(stem)


def meta_series_rows(series: MetaSeries) -> list[Row]:
    """The numbers behind the figure."""
    return forest_table(*_panels(series))
