"""``glisson compare``: two doses beside each other, or every engine on one case."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.screen import STOPPED, number, print_json, progress_bar, say, say_files, say_findings, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.actions.compare import CompareDone
    from glisson.case import Result


def compare(
    what: Annotated[
        list[Path], typer.Argument(metavar="CASE | REFERENCE DOSE", help="A case folder, or two dose images (Gy) on one grid.")
    ],
    masks: Annotated[
        list[Path] | None, typer.Option("--mask", help="Two doses: a contour to compare them in; may be given several times.")
    ] = None,
    image: Annotated[str, typer.Option("--image", help="CASE: id of the activity image; needed only if there are several.")] = "",
    constant: Annotated[
        str, typer.Option("--constant", help="CASE: named dose constant; the nuclide's default if not given.")
    ] = "",
    uncertainty: Annotated[
        float,
        typer.Option("--uncertainty", help="CASE: how sure the Monte Carlo is to be in every lesion (rms over its voxels)."),
    ] = 0.02,
    seed: Annotated[int, typer.Option("--seed", help="CASE: of the Monte Carlo.")] = 1,
    dose_criterion: Annotated[float, typer.Option("--dose", help="Gamma: share of the local dose.")] = 0.02,
    distance_mm: Annotated[float, typer.Option("--distance", help="Gamma: distance in mm.")] = 2.0,
    threshold: Annotated[
        float, typer.Option("--threshold", help="Gamma: judge voxels from this share of the highest dose.")
    ] = 0.1,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Compare two dose images (gamma index, means, DVH points), or run every engine on a case and show them side by side."""
    from glisson import actions

    criteria = actions.Criteria(dose_criterion, distance_mm, threshold)
    with progress_bar(shown=not as_json) as progress:
        if len(what) == 1 and not masks:
            wanted = actions.Wanted(uncertainty, seed)
            done = actions.compare_case(
                what[0], image=image or None, constant=constant or None, wanted=wanted, criteria=criteria, progress=progress
            )
        elif len(what) == 2:
            done = actions.compare_doses(what[0], what[1], masks=masks or (), criteria=criteria, progress=progress)
        else:
            raise BadInput(
                f"{len(what)} things to compare" + (" and contours" if masks else ""),
                allowed="one CASE folder; or two dose images, with any number of --mask",
            )
    if as_json:
        print_json([done.result])
    else:
        _show(done)
    if done.interrupted:
        raise typer.Exit(STOPPED)


def _show(done: "CompareDone") -> None:
    if "engines" in done.result.value:
        _show_engines(done.result)
    else:
        _show_doses(done.result)
    say_findings(done.result.findings)
    say_files(done.files)


def _show_doses(result: "Result") -> None:
    gamma = result.value["gamma"]
    say(
        f"gamma, {gamma['criteria']}: {100 * gamma['pass_fraction']:.1f} % of {gamma['voxels']} voxels pass, mean {gamma['mean']:.2f}"
    )
    rows = []
    for row in result.value["structures"]:
        known, held, off = row["reference"], row["evaluated"], row["relative_difference"]
        passing = row["gamma_pass_fraction"]
        rows.append(
            [row["site"], number(known["mean_Gy"]), number(held["mean_Gy"]), *(_percent(off[name]) for name in SHOWN),
             "–" if passing is None else f"{100 * passing:.1f}"]
        )  # fmt: skip
    heads = ["contour", "mean Gy", "mean Gy", "mean %", "D95 %", "D70 %", "D2 %", "gamma %"]
    table("Reference, dose, and the difference in percent of the reference", heads, rows)


SHOWN = ("mean_Gy", "D95_Gy", "D70_Gy", "D2_Gy")


def _show_engines(result: "Result") -> None:
    names = {engine["engine"]: _short(engine["name"]) for engine in result.value["engines"] if "reason" not in engine}
    rows = []
    for row in result.value["structures"]:
        by_engine = {one["engine"]: one for one in row["engines"]}
        rows.append([row["name"], *(number(_mean(by_engine, engine)) for engine in names)])
    table("Mean dose by engine, Gy", ["structure", *names.values()], rows)
    for engine in result.value["engines"]:
        if "reason" in engine:
            say(f"  {engine['name']}: cannot say, {engine['reason']}")
    history = result.value["monte_carlo"]["histories"]
    say(f"  Monte Carlo: {history:,} histories. ρ: each voxel's own density; without it every voxel is liver")
    say("Next: glisson report CASE shows them with what sets them apart")


def _short(name: str) -> str:
    return name.replace(", own density", " ρ").replace(", uniform", "")


def _mean(by_engine: dict[str, Any], engine: str) -> Any:
    return by_engine[engine]["mean_Gy"] if engine in by_engine else None


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:+.1f}"
