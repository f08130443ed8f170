"""The absorbed dose of a case: one engine, every structure, the energy balance; one stamped Result."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import Case, Finding, Level, Result, SiteKind, Structure
from glisson.dose.biology import Biology
from glisson.dose.compartments import (
    ESCAPED,
    VOXEL_TOLERANCE,
    Row,
    imbalance,
    ledger_as_json,
    require_conservation,
    share_out,
)
from glisson.dose.constant import DoseConstant
from glisson.dose.dvh import DVH, dvh
from glisson.dose.edge import measure_region
from glisson.dose.engine import AbsorbedDose, Engine, Progress, silent
from glisson.dose.sample import COVERAGE_FLOOR, Rule, sample
from glisson.dose.uncertainty import Emission, Outline, mean_dose_uncertainty
from glisson.errors import OutOfScope
from glisson.knowledge.limits import fact
from glisson.voxels import Image
from glisson.voxels.regions import volume_outside_mL

SHOWN_DOSES_Gy = (20, 30, 40, 50, 70, 100, 120, 150, 200, 300)
"""Doses x of the Vx columns."""

CURVE_POINTS = 160

SAMPLING_SPREAD_fraction = 0.1
"""Means by different sampling rules further apart than this are pointed out."""


@dataclass(frozen=True)
class Measured:
    """The activity from which a dose is computed, and where it came from.

    Attributes:
        activity: Bq/mL at the time of injection, no negatives.
        facts: what the report prints of it: in_field_GBq, stated_GBq, used, calibration_factor, times, residence.
        inputs: sha256 of every input by name.
    """

    activity: Image
    facts: Mapping[str, Any]
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Medium:
    """Density of the tissue: one number or an image in g/mL, and how it was come by, in words."""

    density: Image | float
    words: str
    sources: tuple[str, ...] = ()

    def mass_g(self, share: NDArray[Any], grid_voxel_mL: float) -> float:
        """Mass of the voxels in ``share`` (0 to 1)."""
        if isinstance(self.density, Image):
            return float(np.sum(share * self.density.array, dtype=np.float64)) * grid_voxel_mL
        return float(np.sum(share, dtype=np.float64)) * grid_voxel_mL * self.density


@dataclass(frozen=True)
class Quality:
    """What the uncertainty of a mean dose asks for.

    Attributes:
        emission: of the emission image.
        outlines: how each site was outlined, by id.
        density_fraction: relative standard uncertainty of the density; ``None``: not stated.
    """

    emission: Emission
    outlines: Mapping[str, Outline] = field(default_factory=dict)
    density_fraction: float | None = None

    def of(self, structure: Structure, dose: Image, *, method: str, constant: DoseConstant) -> dict[str, Any]:
        """The uncertainty of one structure's mean dose, or why nothing can be said."""
        organ = structure.site.organ
        try:
            if structure.site.kind is SiteKind.ORGAN and organ not in ("liver", "lung"):
                raise OutOfScope(f"no published spread of methods for the {organ}")
            region = measure_region(dose, structure.mask, fwhm_mm=self.emission.fwhm_mm)
            outline = self.outlines.get(structure.id) or Outline(structure.drawn_spacing_mm or dose.grid.spacing_mm)
            found = mean_dose_uncertainty(
                region,
                outline=outline,
                emission=self.emission,
                constant=constant,
                method=method,
                organ="lung" if organ == "lung" else "liver",
                density_fraction=self.density_fraction,
            )
        except OutOfScope as error:
            return {"relative_total": None, "text": f"cannot say: {error.problem}"}
        return {
            "relative_total": found.relative_total,
            "terms": dict(found.terms),
            "largest": found.largest,
            "assumptions": list(found.assumptions),
            "not_included": list(found.not_included),
            "lower_bound": found.is_lower_bound,
            "text": found.text,
            "sources": list(found.sources),
        }


@dataclass(frozen=True)
class CaseDose:
    """The stamped Result, and the dose map behind it."""

    result: Result
    absorbed: AbsorbedDose


def absorbed_dose(
    case: Case,
    *,
    measured: Measured,
    structures: Sequence[Structure],
    medium: Medium,
    engine: Engine,
    constant: DoseConstant,
    biology: Biology,
    quality: Quality,
    findings: Sequence[Finding] = (),
    progress: Progress = silent,
) -> CaseDose:
    """Absorbed dose of every structure for complete decay, with its histogram, uncertainty and the energy balance.

    Raises:
        EnergyNotConserved: mass times dose over all compartments misses the emitted energy by more than 0.1 %.
        BadInput, GridMismatch, OutOfScope: from the engine.
    """
    absorbed = engine(measured.activity, density=medium.density, constant=constant, progress=progress)
    rows: list[dict[str, Any]] = []
    curves: dict[str, dict[str, list[float]]] = {}
    noticed: list[Finding] = [*findings, *absorbed.findings]
    for structure in structures:
        if structure.volume_mL == 0:
            continue
        histogram = _histogram(absorbed.dose, structure)
        if histogram is None:
            noticed.append(_only_slivers(structure))
            continue
        row = _row(structure, histogram, medium) | biology.of(structure, histogram)
        row["mean_by_rule_Gy"] = _mean_by_rule(absorbed.dose, structure)
        if structure.site.kind is SiteKind.LESION:
            noticed += _sampling_finding(structure, row["mean_by_rule_Gy"])
        row["mean_uncertainty"] = quality.of(structure, absorbed.dose, method=absorbed.method, constant=constant)
        rows.append(row)
        doses_Gy, shares = histogram.curve(CURVE_POINTS)
        curves[structure.id] = {"dose_Gy": _rounded(doses_Gy), "volume_fraction": _rounded(shares)}
        noticed += histogram.findings()
    energy = energy_rows(absorbed, structures, medium)
    emitted_J = absorbed.energy.emitted_J
    require_conservation(energy, emitted_J=emitted_J, tolerance=VOXEL_TOLERANCE)
    noticed += outside_organ(structures)
    value = {
        "nuclide": constant.nuclide,
        "engine": absorbed.method,
        "constant": constant.to_value(),
        "activity": dict(measured.facts),
        "medium": {"density": medium.words},
        "mask_rule": "; ".join(sorted({structure.rule for structure in structures})),
        "structures": rows,
        "dvh": curves,
        "energy": ledger_as_json(energy, emitted_J=emitted_J),
        "energy_total_J": emitted_J,
        "energy_balance": imbalance(energy, emitted_J=emitted_J),
    }  # fmt: skip
    if absorbed.statistics is not None:
        value["statistics"] = dict(absorbed.statistics)
    result = Result(
        kind="absorbed dose",
        method=absorbed.method,
        parameters=absorbed.parameters | {"case": case.id},
        inputs={**measured.inputs, **{f"mask {s.id}": s.mask.sha256() for s in structures}},
        value=value,
        findings=tuple(dict.fromkeys(noticed)),
        sources=tuple(dict.fromkeys((*absorbed.sources, *medium.sources, *_sources(rows)))),
        seed=absorbed.parameters.get("seed"),
    )
    return CaseDose(result, absorbed)


def energy_rows(absorbed: AbsorbedDose, structures: Sequence[Structure], medium: Medium) -> list[Row]:
    """Mass, mean dose and energy of compartments that share every voxel out once, and what escaped."""
    dose = absorbed.dose
    voxel_mL = dose.grid.voxel_volume_mL
    found: list[Row] = []
    for compartment in share_out(structures, dose.grid.shape):
        weight = compartment.share if not isinstance(medium.density, Image) else compartment.share * medium.density.array
        scale = 1.0 if isinstance(medium.density, Image) else float(medium.density)
        mass_g = float(np.sum(weight, dtype=np.float64)) * voxel_mL * scale
        energy_J = float(np.sum(weight * dose.array, dtype=np.float64)) * voxel_mL * scale / 1000.0
        if mass_g > 0:
            mean_Gy = energy_J / mass_g * 1000.0
            found.append(Row(compartment.name, compartment.role, mass_g, mean_Gy, energy_J))
    parts = dict(absorbed.energy.escaped_where) or {ESCAPED: absorbed.energy.escaped_J}
    found += [Row(f"{ESCAPED}: {name}" if name != ESCAPED else ESCAPED, ESCAPED, None, None, J) for name, J in parts.items() if J]
    return found


def outside_organ(structures: Sequence[Structure]) -> list[Finding]:
    """A warning for every lesion that lies partly outside its organ, with mL."""
    by_id = {structure.id: structure for structure in structures}
    found: list[Finding] = []
    for lesion in structures:
        organ = by_id.get(lesion.site.parent or "")
        while organ is not None and organ.site.kind is not SiteKind.ORGAN:
            organ = by_id.get(organ.site.parent or "")
        if lesion.site.kind is not SiteKind.LESION or organ is None or lesion.volume_mL == 0:
            continue
        outside_mL = volume_outside_mL(lesion.mask, organ.mask)
        if outside_mL > float(fact("mask-outside-share").value) * lesion.volume_mL:
            text = (
                f"{lesion.site.label}: {outside_mL:.2f} of {lesion.volume_mL:.2f} mL lie outside {organ.site.label}; "
                "its dose counts all of it"
            )
            found.append(Finding(code="lesion-outside-organ", level=Level.WARNING, text=text))
    return found


def _only_slivers(structure: Structure) -> Finding:
    text = (
        f"{structure.site.label}: {structure.volume_mL:.2g} mL on the emission grid, and no voxel of it covered by more than "
        f"{100 * COVERAGE_FLOOR:g} %: cannot say its dose"
    )
    return Finding(code="only-slivers", level=Level.WARNING, text=text)


def _histogram(dose: Image, structure: Structure) -> DVH | None:
    """``None`` where no voxel is covered enough to be read."""
    if structure.rule != "contour voxels" and not (structure.mask.array > COVERAGE_FLOOR).any():
        return None
    if structure.rule == "contour voxels" and structure.drawn is not None:
        return replace(dvh(dose, structure.drawn, rule="contour voxels"), structure=structure.site.label)
    return dvh(dose, structure)


def _mean_by_rule(dose: Image, structure: Structure) -> dict[str, float]:
    """Mean dose by every rule, for a contour drawn on another grid: how far the answer hangs on the sampling."""
    if structure.drawn is None or not structure.drawn.grid.differences(dose.grid):
        return {}
    rules: list[Rule] = ["covered fraction", "contour voxels"]
    if structure.drawn.array.dtype == np.bool_:
        rules.append("nearest neighbour")
    found: dict[str, float] = {}
    for rule in rules:
        read = sample(dose, structure.drawn, rule=rule)
        if not read.is_empty:
            found[rule] = float(np.average(read.doses_Gy, weights=read.volumes_mL))
    return found


def _sampling_finding(structure: Structure, means: Mapping[str, float]) -> list[Finding]:
    """A warning where the rules differ by more than a tenth of the smallest mean."""
    low, high = min(means.values(), default=0.0), max(means.values(), default=0.0)
    if not low > 0 or high / low <= 1.0 + SAMPLING_SPREAD_fraction:
        return []
    said = ", ".join(f"{mean:.1f} Gy by {rule}" for rule, mean in means.items())
    text = f"{structure.site.label}: its mean dose hangs on how the contour meets the voxels of the emission image: {said}"
    return [Finding(code="sampling-rule", level=Level.WARNING, text=text)]


def _row(structure: Structure, histogram: DVH, medium: Medium) -> dict[str, Any]:
    site = structure.site
    return {
        "site": site.id,
        "name": site.label,
        "kind": site.kind.value,
        "organ": site.organ,
        "parent": site.parent,
        "contour_volume_mL": structure.contour_volume_mL,
        "mass_g": medium.mass_g(structure.mask.array, structure.mask.grid.voxel_volume_mL),
        "median_Gy": histogram.median_Gy,
        **histogram.summary(),
        "V": {f"{dose:g}": histogram.fraction_at_least(dose) for dose in SHOWN_DOSES_Gy},
        "homogeneity": histogram.homogeneity_icru83,
        "limits": [],
    }


def _rounded(values: NDArray[np.float64]) -> list[float]:
    """Six significant digits: enough for a curve, and the same on every machine."""
    return [float(f"{value:.6g}") for value in values]


def _sources(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    found: list[str] = []
    for row in rows:
        for key in ("bed", "tcp", "ntcp", "mean_uncertainty"):
            part = row.get(key)
            if isinstance(part, Mapping):
                found += part.get("sources", ())
    return found
