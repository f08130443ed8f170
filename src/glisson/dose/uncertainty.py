"""Uncertainty of a mean absorbed dose, term by term, after the EANM guidance (Gear et al. 2018, doi:10.1007/s00259-018-4136-7).

The dose is time-integrated activity times an S factor; the activity is a count rate over a calibration factor and a recovery
coefficient; rate, recovery and S all depend on the outlined volume, so their volume parts are not independent. Here

    D = K Q C(v) / (R(v) rho v)

with C the rate inside the outline. One outline moves C, R and v together, so its term is |dlnC/dlnv - dlnR/dlnv - 1| u(v)/v, and
dlnC/dlnv is the value on the edge over the mean. The other terms are independent and add in quadrature. Microspheres stay where
they lodge: the time term of the guidance shrinks to half-life and clock. Equations: ``docs/theory/uncertainty.md``.

A term that cannot be sized is not zero: it is named, and the total is then a lower bound.
"""

import math
from dataclasses import dataclass
from typing import Literal

from glisson.dose.budget import MeanDoseUncertainty, Term, budget, percent
from glisson.dose.constant import DoseConstant
from glisson.dose.edge import Region, noise_of_mean, sphere_edge_share, sphere_recovery, volume_uncertainty
from glisson.errors import OutOfScope
from glisson.knowledge import nuclide
from glisson.knowledge.known_errors import known_errors
from glisson.knowledge.uncertainty_terms import uncertainty_terms

Organ = Literal["liver", "lung"]


@dataclass(frozen=True)
class Outline:
    """How a structure was outlined.

    Attributes:
        voxel_mm: voxel edges of the image it was drawn on.
        fwhm_mm: resolution of that image; ``None``: unknown.
        observer_sd_mm: standard deviation of where readers put one edge; ``None``: unknown.
    """

    voxel_mm: tuple[float, float, float]
    fwhm_mm: float | None = None
    observer_sd_mm: float | None = None


@dataclass(frozen=True)
class Recovery:
    """A partial-volume correction that was applied: dose divided by ``value``.

    Attributes:
        value: recovery coefficient.
        relative: its relative standard uncertainty at a known volume (phantom, fit).
        volume_slope: d ln R / d ln v; b2 (1 - R) for R = 1 - 1/(1 + (v/b1)^b2).
    """

    value: float
    relative: float
    volume_slope: float = 0.0


@dataclass(frozen=True)
class Emission:
    """What is known of the emission image.

    Attributes:
        fwhm_mm: resolution; ``None``: unknown.
        voxel_volume_mL: of one voxel.
        voxel_noise_fraction: standard deviation over mean of one voxel in a uniform region; ``None``: unknown.
        calibration_fraction: relative standard uncertainty of the calibration, or of the delivered activity it was scaled to;
            ``None``: the cited default.
        elapsed_h: from injection to image; ``None``: unknown.
        clock_h: standard uncertainty of that time.
        recovery: correction that was applied; ``None``: none was.
    """

    voxel_volume_mL: float
    fwhm_mm: float | None = None
    voxel_noise_fraction: float | None = None
    calibration_fraction: float | None = None
    elapsed_h: float | None = None
    clock_h: float = 0.0
    recovery: Recovery | None = None


def mean_dose_uncertainty(
    region: Region,
    *,
    outline: Outline,
    emission: Emission,
    constant: DoseConstant,
    method: str,
    organ: Organ = "liver",
    density_fraction: float | None = None,
) -> MeanDoseUncertainty:
    """Relative standard uncertainty of a structure's mean dose with its largest contributor.

    Args:
        region: the structure, as :func:`glisson.dose.edge.measure_region` reads it.
        outline: how it was outlined.
        emission: what is known of the emission image.
        constant: energy per decay and half-life in use.
        method: engine: "local", "kernel", "monte carlo".
        organ: "liver" for tumours, normal liver and perfused volumes.
        density_fraction: relative standard uncertainty of the tissue density; ``None``: unknown.

    >>> from glisson.dose.constant import dose_constant
    >>> found = mean_dose_uncertainty(
    ...     Region(volume_mL=10.0, surroundings_ratio=0.0),
    ...     outline=Outline((4.0, 4.0, 4.0), fwhm_mm=8.0, observer_sd_mm=0.0),
    ...     emission=Emission(voxel_volume_mL=0.064, fwhm_mm=8.0, voxel_noise_fraction=0.2, elapsed_h=0.0),
    ...     constant=dose_constant("Y-90"), method="local", density_fraction=0.01)
    >>> found.text
    '± 36 % (k = 1; largest: volume, 25 %)'

    Raises:
        OutOfScope: an organ for which nothing is known.
        BadInput: a negative width, noise or uncertainty, or an unknown nuclide.
    """
    terms = [
        *_volume(region, outline, emission),
        _partial_volume(region, emission),
        _counts(region, emission),
        _calibration(emission),
        *_time(constant, emission),
        _constant(constant),
        _density(density_fraction),
        _transport(method, organ),
    ]
    return budget(terms)


def _volume(region: Region, outline: Outline, emission: Emission) -> list[Term]:
    relative = volume_uncertainty(
        volume_mL=region.volume_mL,
        voxel_mm=outline.voxel_mm,
        fwhm_mm=outline.fwhm_mm or 0.0,
        observer_sd_mm=outline.observer_sd_mm or 0.0,
    )
    if region.edge_ratio is not None:
        edge, read = region.edge_ratio, "edge dose read from the map"
    elif emission.fwhm_mm is not None:
        edge = sphere_edge_share(volume_mL=region.volume_mL, fwhm_mm=emission.fwhm_mm)
        edge /= sphere_recovery(volume_mL=region.volume_mL, fwhm_mm=emission.fwhm_mm)
        read = "edge dose of a lone blurred sphere"
    else:
        edge, read = 0.0, "edge dose unknown: the activity inside is taken as fixed, dose as 1/volume"
    slope = emission.recovery.volume_slope if emission.recovery else 0.0
    how = f"outlined volume known to {percent(relative)} (equal sphere, every side drawn alike); {read}"
    if relative > 0.3:
        how += "; so large that first-order propagation is rough"
    terms = [Term("volume", abs(edge - 1.0 - slope) * relative, how)]
    if outline.fwhm_mm is None:
        terms.append(Term("resolution of the outlined image", None, "not stated"))
    if outline.observer_sd_mm is None:
        terms.append(Term("reader", None, "spread between readers not stated"))
    return terms


def _partial_volume(region: Region, emission: Emission) -> Term:
    if emission.recovery is not None:
        return Term("partial volume", emission.recovery.relative, f"corrected by a recovery of {emission.recovery.value:.3g}")
    if emission.fwhm_mm is None:
        return Term("partial volume", None, "not corrected, and the resolution is not stated")
    recovery = sphere_recovery(volume_mL=region.volume_mL, fwhm_mm=emission.fwhm_mm)
    outside = region.surroundings_ratio or 0.0
    loss = (1.0 - recovery) * (1.0 - outside) / recovery
    side = "low" if loss > 0 else "high"
    seen = "surroundings read from the map" if region.surroundings_ratio is not None else "cold surroundings assumed"
    how = (
        f"not corrected: recovery {recovery:.2f} of an equal uniform sphere, {seen}; the mean may be {percent(abs(loss))} too {side}, "
        "any part of that taken as equally likely"
    )
    return Term("partial volume", abs(loss) / math.sqrt(3.0), how)


def _counts(region: Region, emission: Emission) -> Term:
    if emission.voxel_noise_fraction is None or emission.fwhm_mm is None:
        return Term("counts", None, "noise of a voxel, or the width over which it is correlated, not stated")
    relative = noise_of_mean(
        voxel_noise_fraction=emission.voxel_noise_fraction,
        volume_mL=region.volume_mL,
        noise_fwhm_mm=emission.fwhm_mm,
        voxel_volume_mL=emission.voxel_volume_mL,
    )
    return Term("counts", relative, f"voxel noise {percent(emission.voxel_noise_fraction)}, correlated over the resolution")


def _calibration(emission: Emission) -> Term:
    if emission.calibration_fraction is not None:
        return Term("calibration", emission.calibration_fraction, "as given")
    default = uncertainty_terms()["calibration"]
    size, source = default.standard_fraction, default.value.source
    return Term("calibration", size, f"assumed {percent(size)} ({source})", source)


def _time(constant: DoseConstant, emission: Emission) -> list[Term]:
    known = uncertainty_terms().get(f"half-life-{constant.nuclide}")
    decay = math.log(2.0) / constant.half_life_h
    stays = "complete physical decay where the microspheres lie"
    if known is None:
        half_life = Term("half-life", None, f"no spread of the half-life of {constant.nuclide} in the tables")
    else:
        lever = abs(decay * (emission.elapsed_h or 0.0) - 1.0)
        half_life = Term("half-life", lever * known.standard_fraction, f"{stays}; {known.value.holds_for}", known.value.source)
    if emission.elapsed_h is None:
        return [half_life, Term("time of the image", None, "time from injection to image not stated")]
    return [half_life, Term("time of the image", decay * emission.clock_h, f"clocks to {emission.clock_h:g} h")]


def _constant(constant: DoseConstant) -> Term:
    energies = [preset.energy_MeV for preset in nuclide(constant.nuclide).presets]
    half_width = (max(energies) - min(energies)) / 2.0
    how = f"energy per decay {min(energies):g} to {max(energies):g} MeV over the published presets"
    return Term("dose constant", half_width / constant.energy_MeV / math.sqrt(3.0), how)


def _density(density_fraction: float | None) -> Term:
    return Term("density", density_fraction, "not stated" if density_fraction is None else "as given")


def _transport(method: str, organ: Organ) -> Term:
    if organ not in ("liver", "lung"):
        raise OutOfScope(f"uncertainty of a mean dose in {organ}", allowed="liver, lung")
    if method not in ("local", "kernel"):
        return Term(
            "transport", None, f"no published spread of '{method}' in the tables; its statistical error stands beside the dose"
        )
    if organ == "liver":
        known = uncertainty_terms()["transport-liver"]
        within, source = percent(known.value.value), known.value.source
        return Term("transport", known.standard_fraction, f"within {within} of Monte Carlo ({source})", source)
    error = known_errors()[f"{method}-lung"].relative_error
    how = f"mean error {percent(error.value)} in lung, not corrected ({error.source})"
    return Term("transport", float(error.value) / math.sqrt(3.0), how, error.source)
