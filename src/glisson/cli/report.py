"""``glisson report``: the pages to show."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import print_json, progress_bar, say_files, say_findings


def report(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the report; CASE/report if not given.")] = None,
    at: Annotated[str, typer.Option("--at", help="Time printed on the report, with offset from UTC; now if not given.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Results on standard output and nothing else.")
    ] = False,
) -> None:
    """Write the report (HTML and PDF, self-contained) from the case's plan and dose."""
    from glisson.actions import report_case
    from glisson.units import parse_instant

    made_at = parse_instant(at, what="--at") if at else datetime.now().astimezone().replace(microsecond=0)
    with progress_bar(shown=not as_json) as progress:
        made = report_case(folder, out=out, made_at=made_at, progress=progress)
    if as_json:
        print_json(made.results)
        say_findings(made.changes)
        return
    say_findings(made.findings)
    say_files(made.files)
