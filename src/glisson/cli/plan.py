"""``glisson plan``: how much activity, for which territory, and what it will do."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import number, print_json, progress_bar, say, say_files, say_findings, table

NO_PLAN_SATISFIES = 3


def plan(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    treatment: Annotated[
        str, typer.Option("--treatment", help="Id of the treatment to plan; needed only if there are several.")
    ] = "",
    method: Annotated[str, typer.Option("--method", help="Engine for the voxel doses: kernel or local.")] = "kernel",
    masks: Annotated[
        str, typer.Option("--masks", help="How contours meet the emission grid: covered, nearest or contour.")
    ] = "covered",
    constant: Annotated[str, typer.Option("--constant", help="Named dose constant; the nuclide's default if not given.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Propose an activity for every product asked for, with the limit that binds and how far the others are."""
    from glisson.actions import plan_case

    with progress_bar(shown=not as_json) as progress:
        done = plan_case(
            folder, treatment=treatment or None, method=method, masks=masks, constant=constant or None, progress=progress
        )
    if as_json:
        print_json([done.result])
    else:
        for candidate in done.result.value["candidates"]:
            rows = [
                [m["method"], number(m.get("activity_GBq"), 2), m.get("binding") or _why_not(m.get("reason"))]
                for m in candidate["methods"]
            ]
            table(candidate["name"], ["method", "GBq", "binds"], rows, words=(2,))
        say_findings([*done.remarks, *done.result.findings])
        say_files(done.files)
        say(f"Next: glisson report {folder}, or sign it: glisson sign {folder} --by NAME")
    if done.result.stopped:
        raise typer.Exit(NO_PLAN_SATISFIES)


def _why_not(reason: str | None) -> str:
    """Why a method gives no activity; its column of GBq says "cannot say" already."""
    return (reason or "").removeprefix("cannot say: ")
