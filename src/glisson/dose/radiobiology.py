"""From absorbed dose to biological effect: BED with repair, EQD2, EUBED. Linear-quadratic model, exponential dose rate.

The model is known to overstate the effect of high doses; its parameters for liver and liver tumours spread widely.
So every clinical number comes as a range over the published sets (:func:`bed_range`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from glisson.errors import BadInput, MissingFact
from glisson.knowledge.biology import Tissue, TissueName, tissue_sets
from glisson.voxels import Image, Quantity, require_quantity

Doses = TypeVar("Doses", float, NDArray[np.float64])


def protraction_factor(*, repair_half_time_h: float, effective_half_life_h: float) -> float:
    """Lea-Catcheside factor G of a complete exponential decay with one repair half-time: T_rep / (T_rep + T_eff).

    >>> round(protraction_factor(repair_half_time_h=2.5, effective_half_life_h=64.1), 6)
    0.037538

    References: Dale RG. Br J Radiol 1985;58:515-528; Cremonesi et al. 2014, doi:10.3389/fonc.2014.00210.

    Raises:
        BadInput: a time that is not positive.
    """
    _positive(repair_half_time_h=repair_half_time_h, effective_half_life_h=effective_half_life_h)
    return repair_half_time_h / (repair_half_time_h + effective_half_life_h)


def bed_Gy(*, dose_Gy: Doses, alpha_beta_Gy: float, repair_half_time_h: float, effective_half_life_h: float) -> Doses:
    """Biologically effective dose, Gy: D (1 + G D / (alpha/beta)). For a permanent implant T_eff is the physical half-life.

    Args:
        dose_Gy: a number, or an array of voxel doses; 0 Gy or more.
        alpha_beta_Gy: of the tissue.
        repair_half_time_h: of the tissue.
        effective_half_life_h: of the activity in the tissue.

    >>> round(bed_Gy(dose_Gy=40.0, alpha_beta_Gy=2.5, repair_half_time_h=2.5, effective_half_life_h=64.1), 3)
    64.024

    References: Dale RG. Br J Radiol 1985;58:515-528; Cremonesi et al. 2014, doi:10.3389/fonc.2014.00210.

    Raises:
        BadInput: a negative dose, or a parameter that is not positive.
    """
    _positive(alpha_beta_Gy=alpha_beta_Gy)
    if np.min(dose_Gy) < 0:
        raise BadInput("a BED of a dose below 0 Gy", do="look at where the dose map is negative")
    factor = protraction_factor(repair_half_time_h=repair_half_time_h, effective_half_life_h=effective_half_life_h)
    return dose_Gy * (1.0 + factor * dose_Gy / alpha_beta_Gy)


def eqd2_Gy(*, bed_Gy: Doses, alpha_beta_Gy: float) -> Doses:
    """Dose in fractions of 2 Gy with the same BED, Gy: BED / (1 + 2 / (alpha/beta)).

    >>> round(eqd2_Gy(bed_Gy=64.024, alpha_beta_Gy=2.5), 3)
    35.569
    """
    _positive(alpha_beta_Gy=alpha_beta_Gy)
    return bed_Gy / (1.0 + 2.0 / alpha_beta_Gy)


def summed_bed_Gy(
    doses_Gy: Iterable[float], *, alpha_beta_Gy: float, repair_half_time_h: float, effective_half_life_h: float
) -> float:
    """BED of treatments far apart, Gy: the sum of each one's BED. The BED of the summed dose would be too high.

    >>> round(summed_bed_Gy([40.0, 40.0], alpha_beta_Gy=2.5, repair_half_time_h=2.5, effective_half_life_h=64.1), 3)
    128.048
    """
    return sum(
        bed_Gy(
            dose_Gy=float(dose),
            alpha_beta_Gy=alpha_beta_Gy,
            repair_half_time_h=repair_half_time_h,
            effective_half_life_h=effective_half_life_h,
        )
        for dose in doses_Gy
    )


def equivalent_uniform_Gy(*, values_Gy: NDArray[np.float64], volumes_mL: NDArray[np.float64], alpha_per_Gy: float) -> float:
    """Uniform value with the same mean survival, Gy: -ln(mean exp(-alpha x)) / alpha. EUBED when ``values_Gy`` are BED.

    Between the minimum and the mean; the more uneven the values and the larger alpha, the closer to the minimum.

    >>> round(equivalent_uniform_Gy(values_Gy=np.array([50.0, 150.0]), volumes_mL=np.ones(2), alpha_per_Gy=0.036), 2)
    68.51

    References: Niemierko A. Med Phys 1997;24:103-110; with BED: EANM and MIRD usage as in Cremonesi et al. 2014.

    Raises:
        BadInput: alpha not positive, no volume, or arrays of different length.
    """
    _positive(alpha_per_Gy=alpha_per_Gy)
    if values_Gy.shape != volumes_mL.shape or not volumes_mL.sum() > 0:
        raise BadInput("values and volumes that do not belong together, or no volume at all")
    exponent = -alpha_per_Gy * values_Gy
    top = float(exponent.max())
    survival = np.average(np.exp(exponent - top), weights=volumes_mL)
    return -(top + float(np.log(survival))) / alpha_per_Gy


def bed_image(dose: Image, parameters: Tissue, *, effective_half_life_h: float) -> Image:
    """BED of every voxel, in Gy. The image's quantity stays Gy: name it BED wherever it goes, as ``dvh(..., of="BED")``.

    Raises:
        BadInput: not a dose, or a voxel below 0 Gy.
        MissingFact: the parameter set has no repair half-time.
    """
    require_quantity(dose, Quantity.DOSE)
    return dose.with_array(
        bed_Gy(
            dose_Gy=np.asarray(dose.array, dtype=np.float64),
            alpha_beta_Gy=parameters.alpha_beta_Gy.value,
            repair_half_time_h=repair_half_time_h(parameters),
            effective_half_life_h=effective_half_life_h,
        )
    )


def repair_half_time_h(parameters: Tissue) -> float:
    """The set's own repair half-time, h.

    Raises:
        MissingFact: its source states none.
    """
    if parameters.repair_half_time_h is None:
        raise MissingFact(
            f"BED with the set {parameters.id}",
            missing=["repair half-time"],
            do="choose a set that has one, or read the range over all sets",
        )
    return float(parameters.repair_half_time_h.value)


@dataclass(frozen=True)
class BedRange:
    """BED, or EUBED, of one structure over the published sets of a tissue.

    Attributes:
        quantity: "BED" or "EUBED".
        tissue: "normal liver", "tumour", "lung".
        default_Gy: with the default set; ``None`` where that set lacks a parameter.
        by_set: value by id of the set.
        eqd2_by_set: EQD2 by id of the set.
        assumptions: where a set took its repair half-time from another.
        sources: ids of the knowledge sources.
    """

    quantity: str
    tissue: str
    default_Gy: float | None
    by_set: dict[str, float]
    eqd2_by_set: dict[str, float]
    assumptions: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def low_Gy(self) -> float:
        """Lowest over the sets."""
        return min(self.by_set.values())

    @property
    def high_Gy(self) -> float:
        """Highest over the sets."""
        return max(self.by_set.values())

    @property
    def text(self) -> str:
        """As printed: the default and the range, or the range alone."""
        spread = f"{self.low_Gy:.4g} to {self.high_Gy:.4g} Gy over {len(self.by_set)} parameter sets"
        if self.default_Gy is None:
            return f"{self.quantity} {spread}"
        return f"{self.quantity} {self.default_Gy:.4g} Gy ({spread})"


def bed_range(*, dose_Gy: float, tissue: TissueName, effective_half_life_h: float) -> BedRange:
    """BED of a uniform dose with every published set of a tissue, never one number alone.

    A set without a repair half-time takes that of the default set, and says so.

    >>> bed_range(dose_Gy=40.0, tissue="normal liver", effective_half_life_h=64.1).text
    'BED 64.02 Gy (47.51 to 64.02 Gy over 3 parameter sets)'

    Raises:
        MissingFact: the default set of the tissue has no repair half-time.
    """
    one = np.array([dose_Gy], dtype=np.float64)
    return _over_sets(one, np.ones(1), "BED", tissue_sets(tissue), effective_half_life_h)


def mean_bed_range(
    *, doses_Gy: NDArray[np.float64], volumes_mL: NDArray[np.float64], tissue: TissueName, effective_half_life_h: float
) -> BedRange:
    """Volume-weighted mean of the BED of every voxel, with every published set. It is above the BED of the mean dose.

    Raises:
        MissingFact: the default set of the tissue has no repair half-time.
    """
    return _over_sets(doses_Gy, volumes_mL, "BED", tissue_sets(tissue), effective_half_life_h)


def eubed_range(
    *, doses_Gy: NDArray[np.float64], volumes_mL: NDArray[np.float64], tissue: TissueName, effective_half_life_h: float
) -> BedRange:
    """EUBED of a structure with every published set of its tissue that has an alpha: a range, never one number.

    Raises:
        MissingFact: no set of the tissue has an alpha, or the default set has no repair half-time.
    """
    sets = tissue_sets(tissue)
    if all(entry.alpha_per_Gy is None for entry in sets):
        raise MissingFact(f"EUBED of {tissue}", missing=["alpha"], do="no published set here states one; read the BED range")
    return _over_sets(doses_Gy, volumes_mL, "EUBED", sets, effective_half_life_h)


def _over_sets(
    doses_Gy: NDArray[np.float64],
    volumes_mL: NDArray[np.float64],
    quantity: str,
    sets: tuple[Tissue, ...],
    effective_half_life_h: float,
) -> BedRange:
    fallback_h = repair_half_time_h(sets[0])
    by_set: dict[str, float] = {}
    eqd2: dict[str, float] = {}
    assumptions = []
    for entry in sets:
        if quantity == "EUBED" and entry.alpha_per_Gy is None:
            continue
        own = entry.repair_half_time_h
        if own is None:
            assumptions.append(f"{entry.id} states no repair half-time: {fallback_h:g} h of {sets[0].id}")
        ratio_Gy = float(entry.alpha_beta_Gy.value)
        beds = bed_Gy(
            dose_Gy=doses_Gy,
            alpha_beta_Gy=ratio_Gy,
            repair_half_time_h=fallback_h if own is None else float(own.value),
            effective_half_life_h=effective_half_life_h,
        )
        if quantity == "EUBED" and entry.alpha_per_Gy is not None:
            value = equivalent_uniform_Gy(values_Gy=beds, volumes_mL=volumes_mL, alpha_per_Gy=float(entry.alpha_per_Gy.value))
        else:
            value = float(np.average(beds, weights=volumes_mL))
        by_set[entry.id] = value
        eqd2[entry.id] = eqd2_Gy(bed_Gy=value, alpha_beta_Gy=ratio_Gy)
    used = [entry for entry in sets if entry.id in by_set]
    return BedRange(
        quantity=quantity,
        tissue=sets[0].tissue,
        default_Gy=by_set.get(sets[0].id),
        by_set=by_set,
        eqd2_by_set=eqd2,
        assumptions=tuple(assumptions),
        sources=tuple(sorted({entry.alpha_beta_Gy.source for entry in used})),
    )


def _positive(**quantities: float) -> None:
    for name, value in quantities.items():
        if not value > 0 or not np.isfinite(value):
            raise BadInput(f"{name} {value}", allowed="more than 0")
