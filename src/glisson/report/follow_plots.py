"""The plots of many patients, and the numbers behind each."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.report.document import Figure
from glisson.report.follow_write import write_numbers

if TYPE_CHECKING:
    from glisson.report.figures.follow_spider import Leg
    from glisson.report.figures.follow_swimmer import Lane
    from glisson.report.figures.follow_waterfall import Bar

MOST_DRAWN = 400
"""Patients up to whom the plots are drawn."""


@dataclass(frozen=True)
class CohortPictures:
    """What the plots show, of one reader and criterion.

    Attributes:
        bars, legs, lanes: of the waterfall, the spider and the swimmer.
        thresholds: partial response and progression, as fractions.
        since: day from which months count.
    """

    bars: "Sequence[Bar]"
    legs: "Sequence[Leg]"
    lanes: "Sequence[Lane]"
    thresholds: tuple[float, float]
    criterion: str
    reader: str
    since: str

    @property
    def who(self) -> str:
        """Criterion and reader."""
        return f"{self.criterion}, {self.reader}"


def draw_plots(folder: Path, pictures: CohortPictures) -> list[Figure]:
    """The plots that have something to show, each with its numbers as CSV."""
    from glisson.report.figures.style import drawing

    if len(pictures.bars) > MOST_DRAWN:
        return []
    with drawing():
        return [*_waterfall(folder, pictures), *_spider(folder, pictures), *_swimmer(folder, pictures)]


def _waterfall(folder: Path, pictures: CohortPictures) -> list[Figure]:
    from glisson.report.figures.follow_waterfall import draw_waterfall

    if not pictures.bars:
        return []
    draw_waterfall(folder / "waterfall", pictures.bars, pictures.thresholds, "best change of the sum (%)")
    write_numbers(folder / "waterfall.csv", [asdict(bar) for bar in pictures.bars])
    said = (
        f"Best change of the sum from the baseline, up to and including the first PD ({pictures.who}). Fill: best response without "
        "confirmation. A patient without a sum has no bar and is named below. Numbers: waterfall.csv."
    )
    return [Figure("waterfall.svg", "Best change of the sum of every patient.", said)]


def _spider(folder: Path, pictures: CohortPictures) -> list[Figure]:
    from glisson.report.figures.follow_spider import draw_spider

    if not pictures.legs:
        return []
    draw_spider(
        folder / "spider", pictures.legs, pictures.thresholds, what="change of the sum from baseline (%)", since=pictures.since
    )
    heads = ("months", "change_fraction", "overall")
    rows = [{"patient": leg.patient} | dict(zip(heads, point, strict=True)) for leg in pictures.legs for point in leg.points]
    write_numbers(folder / "spider.csv", rows)
    said = f"Change of the sum over time, every visit with a sum ({pictures.who}). Numbers: spider.csv."
    return [Figure("spider.svg", "Change of the sum of every patient over time.", said)]


def _swimmer(folder: Path, pictures: CohortPictures) -> list[Figure]:
    from glisson.report.figures.follow_swimmer import draw_swimmer

    if not pictures.lanes:
        return []
    draw_swimmer(folder / "swimmer", pictures.lanes, pictures.since)
    write_numbers(folder / "swimmer.csv", [_lane(lane) for lane in pictures.lanes])
    said = (
        f"The course of every patient. Boxes: response between two assessments, as called at its end ({pictures.who}); the thin line "
        "is time observed without an assessment. Numbers: swimmer.csv."
    )
    return [Figure("swimmer.svg", "The course of every patient over time.", said)]


def _lane(lane: "Lane") -> dict[str, Any]:
    """One line of numbers; several months with spaces between."""
    row = asdict(lane)
    row["spans"] = " ".join(f"{start:.3f}-{end:.3f}:{said}" for start, end, said in lane.spans)
    return row | {name: " ".join(f"{at:.3f}" for at in row[name]) for name in ("sessions", "progressions", "therapies")}
