"""``glisson export``: DICOM and NIfTI for other systems."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import print_json, progress_bar, say_files, say_findings
from glisson.errors import BadInput


def export(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    dicom: Annotated[
        Path | None, typer.Option("--dicom", help="Write RTDOSE, RTSTRUCT, SEG and measurement report here.")
    ] = None,
    nifti: Annotated[Path | None, typer.Option("--nifti", help="Write the dose and the masks as NIfTI here.")] = None,
    at: Annotated[str, typer.Option("--at", help="Content date and time of the files, with offset; now if not given.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Results on standard output and nothing else.")
    ] = False,
) -> None:
    """Write the absorbed dose and the structures for planning stations, PACS and scripts."""
    from glisson.actions import export_case
    from glisson.units import parse_instant

    if dicom is None and nifti is None:
        raise BadInput("nothing to export", do="give --dicom DIR, --nifti DIR, or both")
    made_at = parse_instant(at, what="--at") if at else datetime.now().astimezone().replace(microsecond=0)
    with progress_bar(shown=not as_json) as progress:
        made = export_case(folder, dicom=dicom, nifti=nifti, made_at=made_at, progress=progress)
    if as_json:
        print_json(made.results)
        return
    say_findings(made.findings)
    say_files(made.files)
