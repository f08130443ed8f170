"""``remnant``: what stays of the liver after a planned resection."""

from datetime import datetime
from pathlib import Path

from glisson.actions.masks import lesions_of, liver_of, masks_on_one_grid, stamp
from glisson.actions.open_case import open_case
from glisson.actions.procedures import ProcedureDone, keep
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, MissingFact


def measure_remnant(
    folder: Path,
    *,
    remnant: str | None = None,
    resected: str | None = None,
    liver: str | None = None,
    resample: bool = False,
    out: Path | None = None,
    made_at: datetime,
    progress: Progress = silent,
) -> ProcedureDone:
    """The future liver remnant; writes ``results/remnant.json`` and its page. Every drawn lesion of the liver counts as tumour.

    Args:
        folder: the case folder.
        remnant: site of the case, or file of a mask: what stays; or
        resected: likewise, what is taken.
        liver: likewise; the case's liver if ``None``.
        resample: bring all masks onto the liver's grid; without it other grids are refused.
        out: folder of the page; ``procedures/`` in the case if ``None``.
        made_at: printed on the page, with its zone.
        progress: called with the share done.

    Raises:
        GridMismatch: the masks lie on different grids, or in different frames of reference.
        GlissonError: what is given cannot be used; nothing was written.
    """
    from glisson.plan.remnant import remnant_volumes
    from glisson.plan.remnant_of_case import remnant_result

    opened = open_case(folder)
    whole = liver_of(opened, liver)
    if whole is None:
        raise MissingFact("a remnant", missing=["a contour of the liver"], do="add a site with organ: liver, or give --liver")
    if (remnant is None) == (resected is None):
        raise BadInput("a remnant needs one of what stays and what is taken", do="give --remnant or --resected, not both")
    part = {"remnant": remnant} if remnant is not None else {"resected": str(resected)}
    lesions = lesions_of(opened.case, whole)
    progress(0.1, "reading masks")
    names = {"liver": whole, **part, **{f"tumour {name}": name for name in lesions}}
    masks = masks_on_one_grid(opened, names, "liver", resample=resample)
    progress(0.6, "volumes")
    volumes = remnant_volumes(
        liver=masks["liver"],
        tumours=[masks[f"tumour {name}"] for name in lesions],
        remnant=masks.get("remnant"),
        resected=masks.get("resected"),
    )
    parameters, inputs = stamp({"liver": whole, **part}, masks, resample=resample)
    result = remnant_result(
        opened.case, volumes, parameters={**parameters, "tumours": list(lesions)}, inputs=inputs, findings=opened.findings
    )
    progress(0.8, "drawing")
    return keep(opened, result, "remnant", out=out, made_at=made_at)
