"""``plan`` and ``sign``: the activity to give, and a person's signature under it."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from glisson.actions.activity import without_negatives
from glisson.actions.contours import Contours, mask_rule
from glisson.actions.engines import constant_for, engine, medium, with_lungs
from glisson.actions.open_case import OpenCase, open_case
from glisson.actions.shunt import ct_lung_mass_of, measured_shunt
from glisson.case import Event, Finding, Level, Purpose, Result, Treatment
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, MissingFact
from glisson.knowledge.products import product
from glisson.plan.propose import propose_activity
from glisson.records import append_event, signed_plans
from glisson.records.results import FOLDER, keep_signed, read_result, store_result
from glisson.voxels import Image


@dataclass(frozen=True)
class PlanDone:
    """What was computed and written.

    ``remarks`` say how it stands to the signed plans; they are no part of the Result, whose bytes a signature must not change.
    """

    result: Result
    files: tuple[Path, ...]
    remarks: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class PlanSigned:
    """The copy that no later plan overwrites, and what the signed plan says against itself."""

    kept: Path
    stops: tuple[Finding, ...]


def plan_case(
    folder: Path,
    *,
    treatment: str | None = None,
    method: str = "kernel",
    masks: str = "covered",
    constant: str | None = None,
    density: str | None = None,
    progress: Progress = silent,
) -> PlanDone:
    """Proposes activities for a treatment of the case; writes ``results/plan.json``. A signed plan stays as it was.

    Args:
        folder: the case folder.
        treatment: id; needed only if several radioembolizations are to be planned.
        method: engine of the voxel doses, "kernel" or "local".
        masks: "covered" or "nearest".
        constant: preset of the dose constant; each nuclide's default if ``None``.
        density: g/mL as text, "ct", or ``None`` for the liver's.
        progress: called with the share done.

    Raises:
        GlissonError: the input cannot be used; nothing was written.
    """
    chosen, rule = engine(method), mask_rule(masks)
    opened = open_case(folder)
    asked = _treatment(opened, treatment)
    progress(0.02, "reading images")
    mapping, others = _mappings(opened, asked)
    grid = mapping.grid
    tissue = medium(opened, density, grid)
    progress(0.15, "contours")
    contours = Contours(opened, grid, rule)
    structures = contours.structures(opened.case.sites)
    tissue = with_lungs(tissue, structures)
    shunt = measured_shunt(opened, asked, mapping, structures)
    planning = asked.planning
    assert planning is not None
    names = {product(name).nuclide for name in planning.products or ((asked.product,) if asked.product else ())}
    result = propose_activity(
        opened.case,
        asked.id,
        mapping=mapping,
        structures=structures,
        density_g_per_mL=tissue.density,
        constants={name: constant_for(name, constant) for name in names} if constant else None,
        lung_shunt=shunt,
        lung_mass=ct_lung_mass_of(opened, asked, contours),
        engine=chosen,
        mappings=others,
        progress=lambda share, words: progress(0.3 + 0.65 * share, words),
    )
    result = result.model_copy(
        update={
            "findings": tuple(dict.fromkeys((*opened.findings, *result.findings))),
            "sources": tuple(dict.fromkeys((*result.sources, *tissue.sources))),
        }
    )
    return PlanDone(result, (store_result(opened.folder, result, "plan"),), _beside_signed(opened, result))


def _beside_signed(opened: OpenCase, result: Result) -> tuple[Finding, ...]:
    """Whether this plan is a signed one, where any is."""
    signed = signed_plans(opened.case)
    if not signed:
        return ()
    if result.sha256() in signed:
        return (Finding(code="plan-is-signed", level=Level.NOTE, text=f"this plan is signed by {signed[result.sha256()]}"),)
    text = "an earlier plan of this case is signed and kept; this is a new plan, not signed"
    return (Finding(code="signed-plan-kept", level=Level.WARNING, text=text),)


def sign_plan(folder: Path, *, by: str, at: datetime) -> PlanSigned:
    """Signs the current plan: an event in case.yaml with its hash, and a copy that no later plan overwrites.

    A plan that no activity satisfies may be signed too, since a person decides; its stops are handed back to be said.

    Raises:
        MissingFact: there is no plan.
        BadInput: no name, a time without a zone, or a plan already signed.
    """
    opened = open_case(folder)
    path = opened.folder / FOLDER / "plan.json"
    if not path.exists():
        raise MissingFact("nothing to sign", missing=["a plan (no plan in this case)"], do="make one with: glisson plan CASE")
    if not by.strip():
        raise BadInput("a signature without a name", do="give --by NAME")
    if at.tzinfo is None:
        raise BadInput("a signature without a time zone", do="give the offset from UTC")
    plan = read_result(path)
    if plan.sha256() in signed_plans(opened.case):
        raise BadInput("this plan is signed already", do="change the case and plan again for a new one")
    kept = keep_signed(opened.folder, plan)
    append_event(opened.folder, Event(kind="plan-signed", by=by.strip(), at=at, recorded_at=at, result=plan.sha256()))
    return PlanSigned(kept, tuple(finding for finding in plan.findings if finding.level is Level.STOP))


def _treatment(opened: OpenCase, name: str | None) -> Treatment:
    if name is not None:
        treatment = opened.case.treatment(name)
        if treatment.planning is None:
            raise MissingFact(f"treatment '{name}'", missing=["planning"], do="say under it what is asked of the plan")
        return treatment
    found = [t for t in opened.case.treatments if t.kind == "radioembolization" and t.planning is not None]
    if not found:
        raise MissingFact(
            "nothing to plan", missing=["a treatment of kind radioembolization with a 'planning' block"], do="add it to case.yaml"
        )
    if len(found) > 1:
        raise BadInput(
            f"{len(found)} treatments could be planned", allowed=", ".join(t.id for t in found), do="name one with --treatment"
        )
    return found[0]


def _mappings(opened: OpenCase, treatment: Treatment) -> tuple[Image, dict[str, Image]]:
    """The main mapping image without negatives, and any other that an injection names, brought onto its grid."""
    from glisson.voxels.resample import conserve

    planning = treatment.planning
    assert planning is not None
    main = opened.only_image(Purpose.MAPPING, planning.mapping_image)
    mapping = without_negatives(opened, opened.image(main.id), main.id)
    others: dict[str, Image] = {}
    for name in {p.mapping_image for p in planning.injections if p.mapping_image} - {main.id}:
        image = without_negatives(opened, opened.image(str(name)), str(name))
        if image.grid.differences(mapping.grid):
            moved = conserve(image, mapping.grid)
            if moved.lost_fraction > 0.001:
                opened.note(
                    "mapping-outside-grid",
                    f"{name}: {100 * moved.lost_fraction:.2g} % of its counts lie outside the field of {main.id} and are not used",
                    Level.WARNING,
                )
            image = moved.image
        others[str(name)] = image
    return mapping, others
