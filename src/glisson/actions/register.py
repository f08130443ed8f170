"""``register``: a rigid transform between two images of a case, with its metric, for a person to accept."""

from dataclasses import dataclass
from pathlib import Path

from glisson.actions.open_case import open_case
from glisson.case import Finding
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput


@dataclass(frozen=True)
class RegisterDone:
    """A transform that was found and written."""

    file: Path
    reference: str
    words: tuple[str, ...]
    findings: tuple[Finding, ...]


def register_images(folder: Path, *, moving: str, fixed: str, progress: Progress = silent) -> RegisterDone:
    """Finds the rigid transform that brings ``moving`` onto ``fixed``; writes ``registrations/<moving>-to-<fixed>.json``.

    It is not used until a person names it in case.yaml.

    Raises:
        BadInput: the same image twice, an unknown one, or images that cannot be registered.
    """
    from glisson.imaging.registration import register_rigid, write_transform

    opened = open_case(folder)
    if moving == fixed:
        raise BadInput(f"image '{moving}' against itself", do="name two different images")
    progress(0.05, "reading")
    still, moved = opened.image(fixed), opened.image(moving)
    progress(0.2, "registering")
    found = register_rigid(still, moved)
    reference = f"registrations/{moving}-to-{fixed}.json"
    path = opened.folder / reference
    path.parent.mkdir(exist_ok=True)
    write_transform(found, path)
    shift = ", ".join(f"{value:.1f}" for value in found.matrix[:3, 3])
    return RegisterDone(
        path,
        reference,
        (
            f"{found.metric}: {found.metric_before:.4f} before, {found.metric_after:.4f} after",
            f"translation ({shift}) mm; overlap {100 * (found.overlap_fraction or 0.0):.0f} % of '{fixed}'",
        ),
        (*opened.findings, *found.findings),
    )
