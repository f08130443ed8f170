"""``glisson register``: bring one image of a case into the frame of another."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import progress_bar, say, say_findings


def register(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    moving: Annotated[str, typer.Option("--moving", help="Id of the image to move.")],
    fixed: Annotated[str, typer.Option("--fixed", help="Id of the image that stays.")],
) -> None:
    """Find the rigid transform between two images, report its metric, and write it beside the case."""
    from glisson.actions import register_images

    with progress_bar(shown=True) as progress:
        made = register_images(folder, moving=moving, fixed=fixed, progress=progress)
    for line in made.words:
        say(line)
    say_findings(made.findings)
    say(f"written: {made.file}")
    say(f"Next: look at it; if it is right, add to image '{moving}' in case.yaml: registration: {made.reference}")
