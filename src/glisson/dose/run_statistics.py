"""What the batches of a Monte Carlo say about its uncertainty: numbers for the Result, and what a reader must know."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glisson.case.result import Finding, Level
from glisson.dose.batches import Stop
from glisson.dose.certainty import WORDS, Certainty


@dataclass(frozen=True)
class RunStatistics:
    """How sure a Monte Carlo is.

    Attributes:
        stop: what was asked for.
        regions: what was reached.
        histories: followed.
        batches: that they came in.
        interrupted: by the user.
    """

    stop: Stop
    regions: Sequence[Certainty]
    histories: int
    batches: int
    interrupted: bool

    @property
    def known_to_fraction(self) -> float:
        """Relative standard error of one voxel's standard error, from normal batches: 1/sqrt(2 (B - 1)).

        >>> round(RunStatistics(Stop(histories=1), (), 64, 64, False).known_to_fraction, 3)
        0.089
        """
        return 1.0 / math.sqrt(2.0 * (self.batches - 1))

    def to_value(self) -> dict[str, Any]:
        """For a Result."""
        return {
            "histories": self.histories,
            "batches": self.batches,
            "interrupted": self.interrupted,
            "wanted": self.stop.uncertainty,
            "criterion": WORDS[self.stop.criterion],
            "standard_error_known_to_fraction": self.known_to_fraction,
            "regions": [
                {
                    "region": region.region,
                    "voxels": region.voxels,
                    "relative_standard_error_rms": region.rms if region.voxels else None,
                    "relative_standard_error_largest": region.largest if region.voxels else None,
                }
                for region in self.regions
            ],
        }

    def findings(self) -> tuple[Finding, ...]:
        """Interrupted, not as sure as asked, a region without dose."""
        found = []
        worst = max(self.regions, key=lambda region: region.by(self.stop.criterion))
        if self.interrupted:
            text = (
                f"the Monte Carlo was interrupted: the {self.histories:,} histories until then are kept; standard error above half "
                f"of the maximum of {worst.region}: {_percent(worst)}"
            )
            found.append(Finding(code="dose.interrupted", level=Level.WARNING, text=text))
        wanted = self.stop.uncertainty
        if wanted is not None and worst.by(self.stop.criterion) > wanted:
            text = (
                f"the uncertainty asked for ({100 * wanted:.2g} %) was not reached: {worst.region} has {_percent(worst)}, after "
                f"{self.histories:,} histories"
            )
            found.append(Finding(code="dose.uncertainty-not-reached", level=Level.WARNING, text=text))
        empty = [region.region for region in self.regions if not region.voxels]
        if empty:
            text = f"no dose in {', '.join(empty)}: cannot say its uncertainty"
            found.append(Finding(code="dose.nothing-in-region", level=Level.WARNING, text=text))
        return tuple(found)


def _percent(region: Certainty) -> str:
    return f"{100 * region.rms:.2g} % rms, {100 * region.largest:.2g} % at most"
