"""``glisson sign``: a person signs the current plan."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.screen import say, say_findings


def sign(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    by: Annotated[str, typer.Option("--by", help="Who signs.")],
    at: Annotated[str, typer.Option("--at", help="When, with offset from UTC; now if not given.")] = "",
) -> None:
    """Sign the current plan by name and time; the signed plan is kept, and a later change makes a new one."""
    from glisson.actions import sign_plan
    from glisson.units import parse_instant

    moment = parse_instant(at, what="--at") if at else datetime.now().astimezone().replace(microsecond=0)
    signed = sign_plan(folder, by=by, at=moment)
    say_findings(signed.stops)
    say(f"signed by {by}; kept as {signed.kept}")
    say(f"Next: glisson report {folder}")
