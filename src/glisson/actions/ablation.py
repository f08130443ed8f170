"""``ablation``: the margin between a tumour before and the zone after its ablation."""

from datetime import datetime
from pathlib import Path

from glisson.actions.masks import file_name, liver_of, masks_on_one_grid, stamp
from glisson.actions.open_case import open_case
from glisson.actions.procedures import ProcedureDone, keep
from glisson.dose.engine import Progress, silent


def measure_ablation(
    folder: Path,
    *,
    before: str,
    after: str,
    liver: str | None = None,
    subcapsular_mm: float | None = None,
    resample: bool = False,
    out: Path | None = None,
    made_at: datetime,
    progress: Progress = silent,
) -> ProcedureDone:
    """The margin of an ablation; writes ``results/ablation-<tumour>.json`` and its page.

    Args:
        folder: the case folder.
        before: site of the case, or file of a mask: the tumour before ablation.
        after: likewise, the ablated zone.
        liver: likewise, for the capsule; the case's liver, where it is drawn, if ``None``.
        subcapsular_mm: surface nearer than this to the capsule is left out of the second set of numbers.
        resample: bring zone and liver onto the tumour's grid; without it other grids are refused.
        out: folder of the page; ``procedures/`` in the case if ``None``.
        made_at: printed on the page, with its zone.
        progress: called with the share done.

    Raises:
        GridMismatch: the masks lie on different grids, or in different frames of reference.
        GlissonError: what is given cannot be used; nothing was written.
    """
    from glisson.plan.ablation import margin_map
    from glisson.plan.ablation_result import margin_result
    from glisson.report.figures.procedure_margin import SurfacePicture

    opened = open_case(folder)
    progress(0.1, "reading masks")
    names = {"tumour": before, "zone": after}
    capsule = liver_of(opened, liver)
    if capsule is not None:
        names["liver"] = capsule
    masks = masks_on_one_grid(opened, names, "tumour", resample=resample)
    progress(0.4, "distances")
    margins = margin_map(tumour=masks["tumour"], zone=masks["zone"], liver=masks.get("liver"))
    parameters, inputs = stamp(names, masks, resample=resample)
    result = margin_result(
        margins,
        subcapsular_mm=subcapsular_mm,
        parameters={**parameters, "subcapsular_mm": subcapsular_mm},
        inputs=inputs,
        findings=opened.findings,
    )
    progress(0.8, "drawing")
    picture = SurfacePicture(margins.surface.points_mm, margins.surface.triangles, margins.margin_mm)
    stem = str(file_name(before)).split(".")[0]
    return keep(opened, result, f"ablation-{stem}", out=out, made_at=made_at, picture=picture)
