"""``glisson contour``: the voxels of one site, written out."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import say, say_findings


def contour(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    site: Annotated[str, typer.Option("--site", help="Id of the site whose contour is to be made.")],
    out: Annotated[Path, typer.Option("--out", help="Mask to write (.nii.gz).")],
) -> None:
    """Make the contour that case.yaml describes (file, union, margin, threshold, region growing) and write it as a mask."""
    from glisson.actions import write_contour

    made = write_contour(folder, site=site, out=out)
    say(f"{made.volume_mL:.2f} mL, {made.how}")
    say_findings(made.findings)
    say(f"written: {out}")
