"""Dose-volume histograms without bins: every voxel is kept, so that Dx and Vx are exact for few voxels and flat plateaus.

Notation: V(x) is the share of the volume with at least x Gy; D(v) is the dose that the hottest share v of the volume
reaches: D(v) = largest x with V(x) >= v. So D(1) = minimum, D(0) = maximum, V(0) = 1 and V(D(v)) >= v always hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glisson.case.result import Finding, Level
from glisson.case.structure import Structure
from glisson.dose.sample import COVERAGE_FLOOR, Float, Rule, Sample, sample
from glisson.errors import BadInput, OutOfScope
from glisson.voxels import Image

Interpolation = Literal["step", "linear"]
"""step: a voxel's dose holds in the whole voxel. linear: the dose changes evenly between the middles of sorted voxels."""

SHOWN_PERCENT = (2, 5, 50, 70, 90, 95, 98)


@dataclass(frozen=True, eq=False)
class DVH:
    """What a dose map says about one structure.

    Attributes:
        sample: doses ascending with their volumes, and the rule by which the mask was read.
        structure: name of the site; empty for a bare mask.
        interpolation: "step" (default) or "linear", see the module.
        of: what the Gy are: "absorbed dose" or "BED".
    """

    sample: Sample
    structure: str = ""
    interpolation: Interpolation = "step"
    of: str = "absorbed dose"

    def __post_init__(self) -> None:
        if self.sample.is_empty:
            raise OutOfScope(
                f"structure {self.structure or 'given'} covers no voxel of the dose grid",
                do="check its frame of reference and position; report it as empty with 0 mL",
            )
        if self.interpolation not in ("step", "linear"):
            raise BadInput(f"interpolation '{self.interpolation}'", allowed="step, linear")

    @property
    def volume_mL(self) -> float:
        """Volume of the structure on the dose grid."""
        return self.sample.volume_mL

    @property
    def mean_Gy(self) -> float:
        """Volume-weighted mean; equals the area under V(x) of the step rule."""
        return float(np.average(self.sample.doses_Gy, weights=self.sample.volumes_mL))

    @property
    def sd_Gy(self) -> float:
        """Volume-weighted standard deviation of the voxels."""
        return float(np.sqrt(np.average((self.sample.doses_Gy - self.mean_Gy) ** 2, weights=self.sample.volumes_mL)))

    @property
    def min_Gy(self) -> float:
        """D(1): lowest dose of a voxel covered by more than the floor."""
        return float(self.sample.doses_Gy[0])

    @property
    def max_Gy(self) -> float:
        """D(0): highest dose of a voxel covered by more than the floor."""
        return float(self.sample.doses_Gy[-1])

    @property
    def median_Gy(self) -> float:
        """D(0.5)."""
        return self.dose_to_fraction_Gy(0.5)

    @cached_property
    def _share(self) -> Float:
        """Share of the volume of every voxel."""
        share: Float = self.sample.volumes_mL / self.sample.volumes_mL.sum()
        return share

    @cached_property
    def _at_least(self) -> Float:
        """Share of the volume from this voxel upwards; exactly 1 at the lowest."""
        tail: Float = np.cumsum(self._share[::-1])[::-1].copy()
        tail /= tail[0]
        return tail

    @cached_property
    def _middle(self) -> Float:
        """Share of the volume above the middle of this voxel."""
        return self._at_least - self._share / 2

    def fraction_at_least(self, dose_Gy: float) -> float:
        """V(x): share of the volume, 0 to 1, that has ``dose_Gy`` or more."""
        return float(self._fractions(np.array([dose_Gy], dtype=np.float64))[0])

    def volume_at_least_mL(self, dose_Gy: float) -> float:
        """Volume that has ``dose_Gy`` or more."""
        return self.fraction_at_least(dose_Gy) * self.volume_mL

    def dose_to_fraction_Gy(self, fraction: float) -> float:
        """D(v): the dose that the hottest ``fraction`` of the volume reaches. D95 is ``dose_to_fraction_Gy(0.95)``.

        Raises:
            BadInput: a fraction outside 0 to 1.
        """
        if not 0 <= fraction <= 1:
            raise BadInput(f"volume fraction {fraction}", allowed="0 to 1 (D95 is 0.95)")
        if self.interpolation == "linear":
            return float(np.interp(fraction, self._middle[::-1], self.sample.doses_Gy[::-1]))
        first = int(np.searchsorted(self._at_least[::-1], fraction - 1e-12, side="left"))
        return float(self.sample.doses_Gy[self.sample.doses_Gy.size - 1 - first])

    def dose_to_volume_Gy(self, volume_mL: float) -> float:
        """Dose that the hottest ``volume_mL`` reaches, as D0.1mL.

        Raises:
            OutOfScope: the structure is smaller than that.
        """
        if not 0 <= volume_mL <= self.volume_mL * (1 + 1e-9):
            raise OutOfScope(f"dose to {volume_mL:g} mL of a structure of {self.volume_mL:.3g} mL")
        return self.dose_to_fraction_Gy(min(volume_mL / self.volume_mL, 1.0))

    def gEUD_Gy(self, a: float) -> float:
        """Generalised equivalent uniform dose, (sum v_i D_i^a)^(1/a); a = 1 is the mean, a = 0 the geometric mean.

        References: Niemierko A. Med Phys 1999;26:1100 (abstract).

        Raises:
            BadInput: a voxel below 0 Gy, for which a power is not defined.
        """
        return generalised_mean(values=self.sample.doses_Gy, weights=self._share, a=a)

    @property
    def homogeneity_icru83(self) -> float | None:
        """(D2 - D98) / D50, 0 when flat; ``None`` when D50 is 0. ICRU Report 83 (2010), section 3."""
        middle = self.median_Gy
        return (self.dose_to_fraction_Gy(0.02) - self.dose_to_fraction_Gy(0.98)) / middle if middle > 0 else None

    @property
    def homogeneity_d5_d95(self) -> float | None:
        """D5 / D95, 1 when flat; ``None`` when D95 is 0. Formula A of Kataria et al. 2012, doi:10.4103/0971-6203.103606."""
        low = self.dose_to_fraction_Gy(0.95)
        return self.dose_to_fraction_Gy(0.05) / low if low > 0 else None

    def curve(self, points: int = 200) -> tuple[Float, Float]:
        """Cumulative curve for plotting: doses (Gy, ascending) and shares (falling from 1).

        With few voxels every corner of the staircase is given; otherwise V is evaluated, not interpolated, at even doses.
        """
        if points < 2:
            raise BadInput(f"{points} points", allowed="2 or more")
        levels = np.unique(self.sample.doses_Gy)
        if self.interpolation == "step" and 2 * levels.size + 1 <= points:
            at = self._fractions(levels)
            after = np.append(at[1:], 0.0)
            start = [] if levels[0] == 0 else [0.0]
            doses = np.concatenate([start, np.repeat(levels, 2)])
            return doses, np.concatenate([[1.0] * len(start), np.column_stack([at, after]).ravel()])
        doses = np.linspace(min(0.0, self.min_Gy), self.max_Gy, points)
        return doses, self._fractions(doses)

    def differential(self, edges_Gy: ArrayLike) -> Float:
        """Volume, mL, between neighbouring ``edges_Gy`` (left edge included, the last right edge too)."""
        volumes, _ = np.histogram(
            self.sample.doses_Gy, bins=np.asarray(edges_Gy, dtype=np.float64), weights=self.sample.volumes_mL
        )
        return volumes.astype(np.float64)

    def _fractions(self, doses_Gy: Float) -> Float:
        """V at every dose."""
        levels = self.sample.doses_Gy
        index = np.searchsorted(levels, doses_Gy, side="left")
        above = np.append(self._at_least if self.interpolation == "step" else self._middle, 0.0)[index]
        if self.interpolation == "linear":
            here, before = np.clip(index, 0, levels.size - 1), np.clip(index - 1, 0, levels.size - 1)
            between = (index > 0) & (index < levels.size) & (levels[here] > doses_Gy)
            gap = np.where(between, levels[here] - levels[before], 1.0)
            slope = (self._middle[here] - self._middle[before]) / gap
            above = np.where(between, self._middle[before] + slope * (doses_Gy - levels[before]), above)
            above = np.where(index == 0, 1.0, above)
        return np.asarray(above, dtype=np.float64)

    @property
    def rule(self) -> str:
        """The sentence printed under every table: how voxels were read."""
        words = [self.sample.rule, f"{self.interpolation} rule"]
        if self.sample.oversample > 1:
            words.append(f"dose interpolated trilinearly, {self.sample.oversample} parts per voxel edge")
        if self.sample.excluded_mL > 0:
            words.append(
                f"voxels covered by {100 * self.sample.coverage_floor:g} % or less left out ({self.sample.excluded_mL:.2g} mL)"
            )
        return "; ".join(words)

    def summary(self, *, percents: Sequence[float] = SHOWN_PERCENT, doses_Gy: Sequence[float] = ()) -> dict[str, Any]:
        """The numbers of a table, JSON values only: D{percent}_Gy and V{dose}Gy_fraction among them."""
        value: dict[str, Any] = {
            "of": self.of,
            "volume_mL": self.volume_mL,
            "voxels": self.sample.voxels,
            "mean_Gy": self.mean_Gy,
            "sd_Gy": self.sd_Gy,
            "min_Gy": self.min_Gy,
            "max_Gy": self.max_Gy,
            "homogeneity_icru83": self.homogeneity_icru83,
            "homogeneity_d5_d95": self.homogeneity_d5_d95,
            "rule": self.rule,
        }
        value |= {f"D{percent:g}_Gy": self.dose_to_fraction_Gy(percent / 100) for percent in percents}
        return value | {f"V{dose:g}Gy_fraction": self.fraction_at_least(dose) for dose in doses_Gy}

    def findings(self) -> tuple[Finding, ...]:
        """What a reader of the table must know: too few voxels for the tails, doses below 0 Gy."""
        name = self.structure or "the structure"
        found = []
        if self.sample.voxels < 50:
            found.append(
                Finding(
                    code="dvh.few-voxels",
                    level=Level.NOTE,
                    text=f"{name} is {self.sample.voxels:.1f} voxels of the dose grid: one voxel is "
                    f"{100 / self.sample.voxels:.0f} % of it, so D98 and D2 are its coldest and hottest voxels",
                )
            )
        if self.min_Gy < 0:
            below = float(self.sample.volumes_mL[self.sample.doses_Gy < 0].sum())
            found.append(
                Finding(code="dvh.negative", level=Level.WARNING, text=f"{name}: {below:.3g} mL below 0 Gy, kept as they are")
            )
        return tuple(found)


def dvh(
    dose: Image,
    structure: Structure | Image,
    *,
    rule: Rule | None = None,
    interpolation: Interpolation = "step",
    oversample: int = 1,
    coverage_floor: float = COVERAGE_FLOOR,
    of: str = "absorbed dose",
) -> DVH:
    """Dose-volume histogram of a structure, or of a bare mask.

    A structure carries its mask on the dose grid and the rule by which it came there, which is printed. To sample a mask
    from its own (finer) grid, give the mask and name the rule; nothing is resampled without one. Arguments as in
    :func:`glisson.dose.sample.sample`.

    >>> import numpy as np
    >>> from glisson.voxels import Grid, Image, Quantity
    >>> grid = Grid.aligned((1, 1, 4), (1, 1, 1))
    >>> dose = Image(grid, np.array([[[10.0, 20.0, 30.0, 40.0]]]), Quantity.DOSE)
    >>> whole = dvh(dose, Image(grid, np.ones((1, 1, 4), dtype=bool), Quantity.MASK))
    >>> whole.mean_Gy, whole.dose_to_fraction_Gy(0.5), whole.fraction_at_least(25.0)
    (25.0, 30.0, 0.5)

    Raises:
        GridMismatch: mask and dose on different grids and no rule named.
        OutOfScope: no voxel is covered.
    """
    mask, name = (structure.mask, structure.site.label) if isinstance(structure, Structure) else (structure, "")
    read = sample(dose, mask, rule=rule, oversample=oversample, coverage_floor=coverage_floor)
    if isinstance(structure, Structure) and rule is None:
        read = replace(read, rule=structure.rule, given_volume_mL=structure.contour_volume_mL)
    return DVH(read, name, interpolation, of)


def generalised_mean(*, values: NDArray[np.float64], weights: NDArray[np.float64], a: float) -> float:
    """(sum w_i x_i^a)^(1/a) with weights that sum to 1, without overflow.

    >>> round(generalised_mean(values=np.array([1.0, 7.0]), weights=np.array([0.5, 0.5]), a=2), 6)
    5.0

    Raises:
        BadInput: a negative value, or an exponent that is not finite.
    """
    if not np.isfinite(a):
        raise BadInput(f"gEUD exponent {a}", allowed="a finite number; use min_Gy or max_Gy for the limits")
    if values.min() < 0:
        raise BadInput("a gEUD over doses below 0 Gy", do="look at where the dose map is negative")
    if values.min() == 0 and a <= 0:
        return 0.0
    if values.max() == 0:
        return 0.0
    with np.errstate(divide="ignore"):
        logs = np.log(values)
    if abs(a) < 1e-9:
        return float(np.exp(np.sum(weights * logs)))
    scaled = a * logs
    top = scaled.max()
    return float(np.exp((top + np.log(np.sum(weights * np.exp(scaled - top)))) / a))
