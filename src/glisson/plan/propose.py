"""The procedure: from a case, a mapping image and contours to an activity plan for every product asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glisson.case import Case, Finding, Level, Result, Structure
from glisson.dose.compartments import LUNG_SHUNT
from glisson.dose.constant import DoseConstant, dose_constant
from glisson.dose.engine import Engine, Progress, silent
from glisson.errors import GlissonError, OutOfScope
from glisson.knowledge import sources
from glisson.knowledge.limits import fact, limit_rows
from glisson.knowledge.products import Product, product, products
from glisson.plan.bench import Bench, prepare, unique
from glisson.plan.candidate import Page, candidate_page
from glisson.plan.field import Assignment
from glisson.plan.models import Model, Part, hand_out, mird_model, partition_model, voxel_model
from glisson.plan.shunt import LungMass, Shunt
from glisson.plan.uptake import lesion_ratio, uptake_findings
from glisson.plan.volumes import tissue_of
from glisson.voxels import Image


def propose_activity(
    case: Case,
    treatment_id: str,
    *,
    mapping: Image,
    structures: Sequence[Structure],
    density_g_per_mL: float | Image = 1.05,
    constants: Mapping[str, DoseConstant] | None = None,
    lung_shunt: Shunt | None = None,
    lung_mass: LungMass | None = None,
    assignment: Assignment = Assignment.PERFUSED,
    engine: Engine | None = None,
    mappings: Mapping[str, Image] | None = None,
    activities_GBq: Sequence[float] = (),
    progress: Progress = silent,
) -> Result:
    """Activity, doses, limits and vial of every product for one planned treatment. Pure: reads and writes no file.

    Args:
        case: with ``planning`` on the treatment.
        treatment_id: which treatment.
        mapping: counts or Bq/mL of the test injection; negative values count as 0 and are reported.
        structures: masks on the mapping's grid.
        density_g_per_mL: one number, or an image on that grid.
        constants: dose constant by nuclide; the nuclide's default where none is given.
        lung_shunt: ``None`` takes the case's observation; an injection's own shunt stands before it.
        lung_mass: as measured; ``None`` takes the entered mass, else the convention of 1 kg.
        assignment: what is assumed of counts outside the perfused volume.
        engine: for the voxel method; ``None`` is local deposition. An engine that does not hold for a nuclide is replaced by
            local deposition, which a finding says.
        mappings: further mapping images by id, on the same grid, for injections that name one.
        activities_GBq: rows of the what-if table; empty: around the proposed activity.
        progress: called with the share done.

    Returns:
        A Result of kind "activity plan". A finding of level "stop" says that no activity satisfies what was asked.

    Raises:
        MissingFact: no planning, territory, lung shunt.
        GridMismatch: an image or mask on another grid.
        BadInput: no counts, unknown product.
    """
    progress(0.0, "preparing")
    bench = prepare(
        case,
        treatment_id,
        mapping=mapping,
        structures=structures,
        density_g_per_mL=density_g_per_mL,
        lung_shunt=lung_shunt,
        lung_mass=lung_mass,
        engine=engine,
        assignment=assignment,
        mappings=mappings,
    )
    devices = _devices(bench)
    by_nuclide = {n: (constants or {}).get(n) or dose_constant(n) for n in dict.fromkeys(d.nuclide for d in devices)}
    findings: list[Finding] = []
    models: dict[str, dict[str, Model | str]] = {}
    for number, (nuclide, constant) in enumerate(by_nuclide.items()):
        progress(0.1 + 0.6 * number / len(by_nuclide), f"doses per GBq, {nuclide}")
        models[nuclide] = _models(bench, constant, findings, progress)
    first = by_nuclide[devices[0].nuclide]
    findings += uptake_findings(bench, K_Gy_kg_per_GBq=first.K_Gy_kg_per_GBq)
    findings += _earlier_findings(bench)
    pages = []
    for number, device in enumerate(devices):
        progress(0.7 + 0.3 * number / len(devices), device.name)
        pages.append(
            candidate_page(
                bench,
                device,
                constant=by_nuclide[device.nuclide],
                models=models[device.nuclide],
                activities_GBq=activities_GBq,
            )
        )
    for page in pages:
        findings += page.findings
    findings += _stop(pages)
    voxel = models[devices[0].nuclide]["voxel"]
    assert isinstance(voxel, Model)
    progress(1.0, "done")
    return Result(
        kind="activity plan",
        method=f"voxel ({voxel.words}), partition, mird, bsa",
        parameters=_parameters(bench, voxel, by_nuclide),
        inputs=_inputs(bench, mappings or {}),
        value=_value(bench, first, voxel, pages),
        findings=unique(findings),
        sources=_sources(devices, by_nuclide, models, pages, bench.lung_mass),
    )


def _devices(bench: Bench) -> list[Product]:
    asked = bench.planning.products
    if not asked:
        given = bench.case.treatment(bench.treatment_id).product
        asked = (given,) if given else tuple(products())
    return [product(name) for name in dict.fromkeys(asked)]


def _models(bench: Bench, constant: DoseConstant, findings: list[Finding], progress: Progress) -> dict[str, Model | str]:
    common: dict[str, Any] = {"constant": constant, "density": bench.density, "mass_g": bench.mass_g}
    try:
        voxel = voxel_model(bench.field, bench.deliveries, **common, engine=bench.engine, progress=progress)
    except OutOfScope as error:
        voxel = voxel_model(bench.field, bench.deliveries, **common)
        text = f"{constant.nuclide}: the engine does not hold here ({error}); doses are by local deposition"
        findings.append(Finding(code="engine-out-of-scope", level=Level.WARNING, text=text))
    findings += voxel.findings
    found: dict[str, Model | str] = {"voxel": voxel}
    try:
        found["partition"] = partition_model(
            bench.deliveries,
            bench.partitions,
            constant=constant,
            mass_g=bench.mass_g,
            entered_ratio=bench.planning.tumour_to_normal_ratio,
        )
    except GlissonError as error:
        found["partition"] = str(error)
    found["mird"] = mird_model(bench.deliveries, constant=constant, mass_g=bench.mass_g)
    return found


def _earlier_findings(bench: Bench) -> list[Finding]:
    earlier = bench.earlier
    found = []
    if earlier.lung_unknown:
        text = (
            f"cannot say the cumulative lung dose: not on record for {', '.join(earlier.lung_unknown)}; "
            f"{earlier.lung_Gy:.3g} Gy are known and are a lower bound"
        )
        found.append(Finding(code="earlier-lung-dose-unknown", level=Level.WARNING, text=text))
    for session in earlier.sessions:
        if session.normal_liver_Gy:
            text = (
                f"session '{session.session}' gave the normal liver {session.normal_liver_Gy:.3g} Gy: the limits used here are for livers "
                "without earlier radioembolization; enter lower ones if they should be"
            )
            found.append(Finding(code="earlier-liver-dose", level=Level.WARNING, text=text))
    if earlier.normal_liver_unknown:
        names = ", ".join(earlier.normal_liver_unknown)
        text = f"cannot say what the normal liver got before: not on record for {names}; enter normal_liver_dose_Gy"
        found.append(Finding(code="earlier-liver-dose-unknown", level=Level.WARNING, text=text))
    if earlier.undated:
        names = ", ".join(earlier.undated)
        text = (
            f"deliveries of this same treatment are not counted as earlier ones, because dates do not show their order: {names}"
        )
        found.append(Finding(code="earlier-undated", level=Level.NOTE, text=text))
    return found


def _stop(pages: Sequence[Page]) -> list[Finding]:
    """A stop where no product can satisfy what was asked."""
    judged = [page for page in pages if page.feasible is not None]
    if not judged or any(page.feasible for page in judged):
        return []
    reasons = "; ".join(f"{page.value['name']}: {page.reason}" for page in judged)
    return [Finding(code="no-activity-satisfies", level=Level.STOP, text=f"no product satisfies what was asked. {reasons}")]


def _parameters(bench: Bench, voxel: Model, constants: Mapping[str, DoseConstant]) -> dict[str, Any]:
    return {
        "treatment": bench.treatment_id,
        "assignment": bench.assignment.value,
        "voxel_engine": voxel.words,
        "density_g_per_mL": "image" if isinstance(bench.density, Image) else bench.density,
        "constants": {name: c.preset for name, c in constants.items()},
        "mask_rules": sorted({s.rule for s in bench.structures}),
        "lung_mass_g": bench.lung_mass.mass_g,
        "lung_mass_rule": bench.lung_mass.rule,
    }


def _inputs(bench: Bench, mappings: Mapping[str, Image]) -> dict[str, str]:
    found = {f"mapping:{bench.image_id}": bench.mapping.sha256()}
    found |= {f"mapping:{name}": image.sha256() for name, image in mappings.items()}
    found |= {f"structure:{s.id}": s.mask.sha256() for s in bench.structures}
    if isinstance(bench.density, Image):
        found["density"] = bench.density.sha256()
    return found


def _value(bench: Bench, constant: DoseConstant, voxel: Model, pages: Sequence[Page]) -> dict[str, Any]:
    planning = bench.planning
    return {
        "disease": bench.case.disease.value,
        "approach": planning.approach.value if planning.approach else None,
        "constant": constant.to_value(),
        "mapping": _mapping(bench),
        "compartments": _compartments(bench),
        "dose_per_GBq": [
            {
                "site": s.id,
                "name": s.site.label,
                "kind": s.site.kind.value,
                "organ": s.site.organ,
                "volume_mL": s.volume_mL,
                "contour_volume_mL": s.contour_volume_mL,
                "mass_g": float(np.sum(s.mask.array * bench.mass_g)),
                "mean_Gy_per_GBq": voxel.mean_Gy(s.mask.array.astype(np.float32), bench.mass_g, tissue=tissue_of(s)),
            }
            for s in bench.structures
        ],
        "reference_volumes": [
            {
                "on": r.on,
                "site": r.site,
                "name": r.name,
                "volume_mL": float(r.mask.sum(dtype=np.float64)) * bench.mapping.grid.voxel_volume_mL,
                "mass_g": float(np.sum(r.mask * bench.mass_g)),
                "mean_Gy_per_GBq": voxel.mean_Gy(r.mask, bench.mass_g, tissue=r.tissue),
                "mean_Gy_per_GBq_of_perfused_activity": voxel.mean_Gy(r.mask, bench.mass_g, tissue=r.tissue, beyond=False),
            }
            for r in bench.references
        ],
        "reserve_fraction": bench.reserve_fraction,
        "earlier": {
            "sessions": bench.earlier.as_json(),
            "lung_Gy": bench.earlier.lung_Gy,
            "lung_unknown": list(bench.earlier.lung_unknown),
        },
        "candidates": [page.value for page in pages],
    }


def _mapping(bench: Bench) -> dict[str, Any]:
    counts = np.maximum(bench.mapping.array.astype(np.float64), 0.0)
    total = float(counts.sum())
    held = float(np.sum(counts * bench.perfused))
    liver = next((r.mask for r in bench.references if r.on == "whole liver"), None)
    in_liver = float(np.sum(counts * liver)) if liver is not None else None
    return {
        "image": bench.image_id,
        "quantity": bench.mapping.quantity.value,
        "negative_voxels": int(np.count_nonzero(bench.mapping.array < 0)),
        "activity_in_perfused_fraction": held / total,
        "activity_in_liver_fraction": in_liver / total if in_liver is not None else None,
        "perfused_over_liver": held / in_liver if in_liver else None,
        "assignment": bench.assignment.value,
        "outside_perfused_GBq_per_GBq": float(bench.field.outside.sum()),
        "lung_shunt": {
            "fraction": bench.shunt.fraction if bench.shunt else None,
            "method": bench.shunt.method if bench.shunt else "by injection",
            "source": bench.shunt.source if bench.shunt else "entered",
        },
        "lung_mass_g": bench.lung_mass.mass_g,
        "lung_mass_rule": bench.lung_mass.rule,
    }


def _compartments(bench: Bench) -> list[dict[str, Any]]:
    voxel_mL = bench.mapping.grid.voxel_volume_mL
    delivered = sum(d.delivered for d in bench.deliveries)
    whole = (slice(None), slice(None), slice(None))
    share = np.ones(bench.mass_g.shape) if bench.assignment is Assignment.FIELD else bench.field.covered
    held = hand_out(((Part("any", share, bench.field.inside),),), whole, bench.compartments)
    rows = [
        {
            "name": c.name,
            "site": c.site,
            "role": c.role,
            "volume_mL": float(c.share.sum(dtype=np.float64)) * voxel_mL,
            "mass_g": float(np.sum(c.share * bench.mass_g)),
            "uptake_fraction": taken / delivered,
            "tumour_to_normal": lesion_ratio(bench, c.share) if c.role == "tumour" else None,
        }
        for c, taken in zip(bench.compartments, held, strict=True)
    ]
    rows.append(
        {
            "name": LUNG_SHUNT,
            "site": None,
            "role": "lung",
            "volume_mL": None,
            "mass_g": bench.lung_mass.mass_g,
            "uptake_fraction": sum(d.to_lung for d in bench.deliveries) / delivered,
            "tumour_to_normal": None,
        }
    )
    return rows


def _sources(
    devices: Sequence[Product],
    constants: Mapping[str, DoseConstant],
    models: Mapping[str, Mapping[str, Model | str]],
    pages: Sequence[Page],
    lung_mass: LungMass,
) -> tuple[str, ...]:
    named = {c.source for c in constants.values()}
    named |= {d.activity_per_sphere_Bq.source for d in devices} | {n.source for d in devices for n in d.label_notes}
    named |= {lung_mass.source} & set(sources())
    named |= {bound["source"] for page in pages if (bound := page.value["lung_shunt_bound"]) is not None}
    named |= {s for by_method in models.values() for m in by_method.values() if isinstance(m, Model) for s in m.sources}
    known = {row.dose.source for row in limit_rows()} | {fact("lung-limit-treatment").source}
    for page in pages:
        for method in page.value["methods"]:
            named |= {row["source"] for row in method["limits"]} & known
    return tuple(sorted(named))
