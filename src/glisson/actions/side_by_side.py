"""``compare CASE``: one emission image through every engine, the doses beside each other, lungs included."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.actions.activity import measured_activity
from glisson.actions.cache import cache_folder
from glisson.actions.compare import SOURCES, CompareDone, criteria_value, gamma_value
from glisson.actions.contours import Contours, mask_rule
from glisson.actions.engines import constant_for
from glisson.actions.open_case import open_case
from glisson.actions.tissues import Filled
from glisson.actions.ways import REFERENCE, WAYS, NEAR_LIVER_mm, Wanted, Way, engine_of, media_of, organ, regions_of
from glisson.case import Purpose, Result, Structure
from glisson.dose.absorbed import Medium
from glisson.dose.compare import Difference, compare_structures, profile_across, standard_error_of_mean_Gy
from glisson.dose.constant import DoseConstant
from glisson.dose.engine import AbsorbedDose, Progress, silent
from glisson.dose.gamma import Criteria, gamma_index
from glisson.errors import OutOfScope
from glisson.records.results import store_result
from glisson.voxels import Image

KIND = "engines side by side"
NAME = "engines"
NOISE, LEAST_SURE = 0.5, 0.1
"""A voxel is judged where the Monte Carlo's standard error is at most half of the dose criterion: its noise would fail the test
for a perfect engine too. Fewer such voxels than a tenth say nothing."""


def compare_case(
    folder: Path,
    *,
    image: str | None = None,
    masks: str = "covered",
    constant: str | None = None,
    wanted: Wanted | None = None,
    criteria: Criteria | None = None,
    progress: Progress = silent,
) -> CompareDone:
    """The verification image of a case through every engine; writes ``results/engines.json``, which the report shows.

    Own densities are those that a Monte Carlo of the case takes: from its CT where it has one, else liver everywhere but in lungs.

    Args:
        folder: the case folder.
        image: id of the verification image; needed only if there are several.
        masks: "covered" or "nearest".
        constant: preset of the dose constant; the nuclide's default if ``None``.
        wanted: of the Monte Carlo.
        criteria: of the gamma index against the Monte Carlo.
        progress: called with the share done.

    Raises:
        GlissonError: the input cannot be used, or there is no Monte Carlo for the nuclide; nothing was written.
    """
    wanted, criteria, rule = wanted or Wanted(), criteria or Criteria(), mask_rule(masks)
    opened = open_case(folder)
    reference = opened.only_image(Purpose.VERIFICATION, image)
    progress(0.02, "reading images")
    measured, _ = measured_activity(opened, reference, to_delivered=False)
    progress(0.08, "contours")
    structures = Contours(opened, measured.activity.grid, rule).structures(opened.case.sites)
    uniform, own = media_of(opened, structures, measured.activity.grid)
    energy = constant_for(str(measured.activity.nuclide), constant)
    found = _Scene(measured.activity, energy, uniform, own, structures).run(wanted, _part(progress, 0.1, 0.8))
    progress(0.9, "gamma index")
    result = Result(
        kind=KIND,
        method=", ".join(way.name for way in WAYS),
        parameters=criteria_value(criteria) | {"case": opened.case.id, "uncertainty": wanted.uncertainty, "seed": wanted.seed},
        inputs={**measured.inputs, **{f"mask {s.id}": s.mask.sha256() for s in structures}},
        value={
            "nuclide": energy.nuclide,
            "constant": energy.to_value(),
            "activity": {
                "image": reference.id,
                "in_field_GBq": measured.activity.total * 1e-9,
                "resolution_fwhm_mm": reference.resolution_fwhm_mm,
            },
            "medium": {"uniform": uniform.words, "own": own.medium.words},
            "mask_rule": "; ".join(sorted({structure.rule for structure in structures})),
            "reference": REFERENCE,
            **found.to_value(criteria),
        },
        findings=(*opened.findings, *(one for one in found.known.findings if one.code == "dose.interrupted")),
        sources=found.sources,
        seed=wanted.seed,
    )
    progress(0.98, "writing")
    return CompareDone(result, (store_result(opened.folder, result, NAME),), interrupted=found.interrupted)


@dataclass(frozen=True, eq=False)
class _Scene:
    """What every engine is given."""

    activity: Image
    constant: DoseConstant
    uniform: Medium
    own: Filled
    structures: tuple[Structure, ...]

    def run(self, wanted: Wanted, progress: Progress) -> "_Found":
        """Every dose; an engine that does not hold here leaves its reason."""
        doses: dict[str, AbsorbedDose] = {}
        reasons: dict[str, str] = {}
        for way in WAYS:
            medium = self.own.medium if way.own_density else self.uniform
            watch = _part(progress, 0.0, 0.8) if way.id == REFERENCE else silent
            progress(0.8 if doses else 0.0, way.name)
            try:
                doses[way.id] = engine_of(way, wanted, self.structures, self.own)(
                    self.activity, density=medium.density, constant=self.constant, progress=watch
                )
            except OutOfScope as error:
                if way.id == REFERENCE:
                    raise
                reasons[way.id] = error.problem
        return _Found(doses, reasons, self.own.medium, self.structures)


@dataclass(frozen=True, eq=False)
class _Found:
    """The doses by way, why some are missing, and where to read them."""

    doses: Mapping[str, AbsorbedDose]
    reasons: Mapping[str, str]
    own: Medium
    structures: tuple[Structure, ...]

    @property
    def known(self) -> AbsorbedDose:
        """The Monte Carlo."""
        return self.doses[REFERENCE]

    @property
    def interrupted(self) -> bool:
        """Whether the user stopped the Monte Carlo; what it had until then is compared."""
        return bool((self.known.statistics or {}).get("interrupted"))

    @property
    def sources(self) -> tuple[str, ...]:
        """Of the engines and of the comparison."""
        return tuple(dict.fromkeys((*(source for dose in self.doses.values() for source in dose.sources), *SOURCES)))

    def to_value(self, criteria: Criteria) -> dict[str, Any]:
        """JSON values."""
        sure = self._sure(criteria)
        limit = (
            f"the Monte Carlo knows too few voxels to {100 * NOISE * criteria.dose_fraction:g} %: ask for a smaller uncertainty"
        )
        return {
            "gamma_reason": None if sure.any() else limit,
            "monte_carlo": {name: self.known.parameters[name] for name in ("histories", "batches", "seed")}
            | {"interrupted": self.interrupted},
            "engines": [self._way(way, criteria, sure) for way in WAYS],
            "structures": self._structures(),
            "profile": self._profile(),
        }

    def _way(self, way: Way, criteria: Criteria, sure: NDArray[np.bool_]) -> dict[str, Any]:
        """One engine: what tissue it knew, what escaped, and its gamma index against the Monte Carlo."""
        value: dict[str, Any] = {"engine": way.id, "name": way.name, "tissue": "own density" if way.own_density else "uniform"}
        if way.id not in self.doses:
            return value | {"reason": self.reasons[way.id]}
        done = self.doses[way.id]
        value["escaped_fraction"] = done.energy.escaped_J / done.energy.emitted_J
        if way.id == REFERENCE or not sure.any():
            return value
        gamma = gamma_index(self.known.dose, done.dose, criteria, judged=sure, threads=os.cpu_count() or 1, cache=cache_folder())
        return value | {"gamma": gamma_value(gamma)}

    def _sure(self, criteria: Criteria) -> NDArray[np.bool_]:
        """Voxels that the gamma index can judge; none where they are less than a tenth of those above its threshold."""
        dose, error = self.known.dose.array, self.known.standard_error
        above = dose >= criteria.threshold_fraction * float(dose.max())
        sure = above if error is None else above & (error.array <= NOISE * criteria.dose_fraction * dose)
        enough = np.count_nonzero(sure) >= LEAST_SURE * np.count_nonzero(above)
        return sure if enough else np.zeros(dose.shape, dtype=bool)

    def _structures(self) -> list[dict[str, Any]]:
        regions = regions_of(self.structures)
        found = {
            name: {d.site: d for d in compare_structures(self.known.dose, done.dose, regions)}
            for name, done in self.doses.items()
        }
        sites = {structure.id: structure.site for structure in self.structures}
        rows = []
        for name in found[REFERENCE]:
            region, site = regions[name], sites.get(name)
            mask = region.mask if isinstance(region, Structure) else region
            rows.append(
                {
                    "site": name,
                    "name": site.label if site else f"Lung within {NEAR_LIVER_mm:g} mm of the liver",
                    "kind": site.kind.value if site else "part",
                    "organ": site.organ if site else "lung",
                    "volume_mL": mask.volume_mL,
                    "standard_error_Gy": self._standard_error(mask),
                    "engines": [_of_engine(way, found[way.id][name]) for way in WAYS if way.id in found],
                }
            )
        return rows

    def _standard_error(self, mask: Image) -> float | None:
        error = self.known.standard_error
        return None if error is None else standard_error_of_mean_Gy(error, mask)

    def _profile(self) -> dict[str, Any] | None:
        """Dose and density through the dome of the liver; ``None`` where no contoured lung lies above it."""
        lung, liver = organ(self.structures, "lung"), organ(self.structures, "liver")
        if lung is None or liver is None:
            return None
        shown = {name: done.dose for name, done in self.doses.items()}
        if (error := self.known.standard_error) is not None:
            shown["variance"] = error.with_array(np.square(error.array, dtype=np.float64))
        if isinstance(self.own.density, Image):
            shown["density"] = self.own.density
        profile = profile_across(shown, near=liver, far=lung)
        if profile is None:
            return None
        value = profile.to_value()
        curves = value.pop("curves")
        variance = curves.pop("variance", None)
        error_Gy = None if variance is None else [float(f"{(v / profile.columns) ** 0.5:.6g}") for v in variance]
        return value | {"density_g_per_mL": curves.pop("density", None), "standard_error_Gy": error_Gy, "doses_Gy": curves}


def _part(progress: Progress, start: float, share: float) -> Progress:
    return lambda done, words: progress(start + share * done, words)


def _of_engine(way: Way, found: Difference) -> dict[str, Any]:
    return {
        "engine": way.id,
        **found.other,
        "mean_relative_difference": found.relative("mean_Gy"),
        "volume_gap_fraction": found.volume_gap_fraction,
    }
