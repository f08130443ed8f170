"""``glisson simulate``: a registry that never was, with its truth."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say, say_files


def simulate(
    out: Annotated[
        Path, typer.Option("--out", help="SQLite file of the registry; its keys and the truth are written beside it.")
    ],
    study: Annotated[
        str,
        typer.Option(
            "--study", help="cirel: irinotecan-TACE; sirt: radioembolization with doses; cohort36: 36 constructed patients."
        ),
    ] = "cirel",
    patients: Annotated[int, typer.Option("--patients", help="Number; the study's own if 0.")] = 0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same patients; cohort36 has none.")] = 1,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Make a simulated registry: published margins, assumed hazards, the truth beside it. Labelled simulated throughout."""
    from glisson.actions import simulate_study

    made = simulate_study(o.door(str(out), None, user, confirm=True), study=study, patients=patients or None, seed=seed)
    if as_json:
        o.print_plain(made)
        return
    say(f"{made.patients} simulated patients, {made.entries} forms; no number of it is a result of any study")
    say_files([out, made.keys, made.truth])
    say(f"Next: glisson records show {out}")
