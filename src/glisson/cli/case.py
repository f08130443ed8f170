"""``glisson case``: make a case from scans, and check one."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import progress_bar, say, say_findings, shorter

app = typer.Typer(help="Make a case from scans, and check one.", no_args_is_help=True, rich_markup_mode=None)


@app.command("new")
def new(
    scans: Annotated[Path, typer.Argument(help="Folder of DICOM, NIfTI or NRRD files.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new case.")],
    case_id: Annotated[str, typer.Option("--id", help="Pseudonym; the folder's name if not given.")] = "",
    copy: Annotated[bool, typer.Option("--copy", help="Copy the scans into the case instead of pointing to them.")] = False,
) -> None:
    """Write case.yaml from a folder of scans, and say what was recognised, what was left out and why."""
    from glisson.actions import new_case_from_scans

    with progress_bar(shown=True) as progress:
        made = new_case_from_scans(scans, out, case_id=case_id or None, copy=copy, progress=progress)
    for line in made.recognised:
        say(f"  recognised  {line}")
    for line in shorter(made.left_out):
        say(f"  left out    {line}")
    say_findings(made.findings)
    say(f"\nwritten: {made.file}")
    say(f"Next: read it, correct it, then: glisson case check {out}")


@app.command("check")
def check(folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")]) -> None:
    """Read the case and every file it names; say what is there and what a plan or a dose still lacks."""
    from glisson.actions import check_case

    with progress_bar(shown=True) as progress:
        checked = check_case(folder, progress=progress)
    for line in checked.present:
        say(f"  {line}")
    say_findings(checked.findings)
    for line in checked.next_steps:
        say(f"Next: {line}")
