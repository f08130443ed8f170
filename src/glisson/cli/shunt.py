"""``glisson shunt``: the share of the activity that goes to the lungs."""

import re
from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import print_json, progress_bar, say, say_findings
from glisson.errors import BadInput

RECTANGLE = re.compile(r"^(\d+):(\d+),(\d+):(\d+)$")


def shunt(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    image: Annotated[str, typer.Option("--image", help="Id of a planar or SPECT image; needed only if there are several.")] = "",
    lung: Annotated[str, typer.Option("--lung", help="Planar: rows and columns of the lungs, as 20:60,10:110.")] = "",
    liver: Annotated[str, typer.Option("--liver", help="Planar: rows and columns of the liver.")] = "",
    background: Annotated[str, typer.Option("--background", help="Planar: rows and columns of a background region.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Measure the lung shunt on planar views (geometric mean) or on SPECT with the case's lung and liver contours."""
    from glisson.actions import shunt_case

    with progress_bar(shown=not as_json) as progress:
        done = shunt_case(
            folder,
            image=image or None,
            lung=_rectangle(lung, "--lung"),
            liver=_rectangle(liver, "--liver"),
            background=_rectangle(background, "--background"),
            progress=progress,
        )
    if as_json:
        print_json([done.result])
        return
    say(f"lung shunt {100 * done.shunt.fraction:.2f} % ({done.shunt.method})")
    say_findings(done.result.findings)
    say(
        f"Next: to plan with it, add to case.yaml: observations: [{{what: lung_shunt_fraction, value: {done.shunt.fraction:.4f}}}]"
    )


def _rectangle(text: str, option: str) -> tuple[int, int, int, int] | None:
    if not text:
        return None
    match = RECTANGLE.match(text)
    if match is None:
        raise BadInput(
            f"{option} '{text}'", allowed="first row:last row,first column:last column, counted from 0, as 20:60,10:110"
        )
    first_row, last_row, first_column, last_column = (int(part) for part in match.groups())
    return first_row, last_row, first_column, last_column
