"""``glisson demo``: the main job on a simulated patient."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import progress_bar, say, say_files, say_findings


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder of the demo case; made anew.")] = Path("demo-case"),
    seed: Annotated[int, typer.Option("--seed", help="Seed of the simulated patient.")] = 1,
) -> None:
    """Make a simulated patient, plan, compute the dose, write the report and the DICOM files, and name what to open."""
    from glisson.actions import run_demo

    with progress_bar(shown=True) as progress:
        made = run_demo(out, seed=seed, made_at=datetime.now().astimezone().replace(microsecond=0), progress=progress)
    say("A SIMULATED patient went through case, plan, dose, report and export; a SIMULATED registry was analysed.")
    for line in made.words:
        say(f"  {line}")
    say_findings(made.findings)
    say("Open:")
    say_files(made.files)
