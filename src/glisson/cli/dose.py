"""``glisson dose``: what was absorbed, where, with what uncertainty."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glisson.cli.screen import STOPPED, number, percent, print_json, progress_bar, say, say_files, say_findings, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.actions.dose import DoseDone


def dose(
    folder: Annotated[Path | None, typer.Argument(metavar="[CASE]", help="Folder with case.yaml; or use --activity.")] = None,
    image: Annotated[str, typer.Option("--image", help="Id of the activity image; needed only if there are several.")] = "",
    method: Annotated[str, typer.Option("--method", help="kernel, local or montecarlo.")] = "kernel",
    kernel: Annotated[
        str | None, typer.Option("--kernel", help="Kernel: published (default) or transport (the program's own, cached).")
    ] = None,
    masks: Annotated[
        str, typer.Option("--masks", help="How contours meet the emission grid: covered, nearest or contour.")
    ] = "covered",
    constant: Annotated[str, typer.Option("--constant", help="Named dose constant; the nuclide's default if not given.")] = "",
    density: Annotated[
        str, typer.Option("--density", help="g/mL: a number, an image (arrays), 'ct' or 'ct-schneider' (case).")
    ] = "",
    calibrate: Annotated[
        bool, typer.Option("--to-delivered", help="Scale the image to the delivered activity on record.")
    ] = False,
    activity: Annotated[Path | None, typer.Option("--activity", help="Without a case: image of activity at time zero.")] = None,
    unit: Annotated[str, typer.Option("--unit", help="Without a case: Bq/mL, or Bq per voxel.")] = "",
    nuclide: Annotated[str, typer.Option("--nuclide", help="Without a case: Y-90 or Ho-166.")] = "Y-90",
    out: Annotated[Path | None, typer.Option("--out", help="Without a case: the dose image to write (.nii.gz or .nrrd).")] = None,
    histories: Annotated[int | None, typer.Option("--histories", help="Monte Carlo: stop after so many decays.")] = None,
    uncertainty: Annotated[
        float | None,
        typer.Option(
            "--uncertainty",
            help="Monte Carlo: stop when the voxels above half of the maximum of each lesion or region are this sure, as 0.01.",
        ),
    ] = None,
    criterion: Annotated[
        str | None,
        typer.Option("--criterion", help="Monte Carlo: what must be so sure: every (voxel, default) or rms (over the voxels)."),
    ] = None,
    regions: Annotated[
        Path | None,
        typer.Option(
            "--regions", help="Monte Carlo, arrays: image of labels of the regions that must be so sure; else the image."
        ),
    ] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Monte Carlo: stop after so long.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Monte Carlo: same seed, same dose.")] = None,
    threads: Annotated[int | None, typer.Option("--threads", help="Monte Carlo: threads; they change the speed only.")] = None,
    device: Annotated[str | None, typer.Option("--device", help="Monte Carlo: cpu (default) or cuda (NVIDIA GPU).")] = None,
    steps: Annotated[str | None, typer.Option("--steps", help="Monte Carlo: quick (default) or fine.")] = None,
    materials: Annotated[
        Path | None, typer.Option("--materials", help="Monte Carlo, arrays: image of labels; by density if not given.")
    ] = None,
    legend: Annotated[
        Path | None, typer.Option("--legend", help="Monte Carlo, arrays: CSV with the columns label,material.")
    ] = None,
    sigma: Annotated[
        Path | None, typer.Option("--sigma", help="Monte Carlo: the standard error of each voxel to write (.nii.gz or .nrrd).")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Absorbed dose for complete decay: of a case's verification image, or of a plain image of activity."""
    from glisson import actions

    if (folder is None) == (activity is None):
        raise BadInput("glisson dose needs one thing to work on", allowed="a CASE folder, or --activity IMAGE --out DOSE")
    if folder is not None and regions:
        raise BadInput("a region image with a case", allowed="with --activity only; in a case the regions are its lesions")
    if folder is not None and (materials or legend):
        raise BadInput("a material image with a case", allowed="with --activity only; in a case the medium follows the density")
    asked = actions.Histories(histories, uncertainty, seconds, seed, threads, steps, criterion, device)
    with progress_bar(shown=not as_json) as progress:
        if folder is not None:
            done = actions.dose_case(
                folder, image=image or None, method=method, kernel=kernel, masks=masks, constant=constant or None,
                density=density or None, to_delivered=calibrate, histories=asked, sigma=sigma, progress=progress,
            )  # fmt: skip
        else:
            assert activity is not None
            done = actions.dose_image(
                activity, unit=unit, density=density or None, nuclide=nuclide, method=method, kernel=kernel,
                constant=constant or None, histories=asked, materials=materials, legend=legend, regions=regions, sigma=sigma,
                out=out, progress=progress,
            )  # fmt: skip
    if as_json:
        print_json([done.result], done.run)
    else:
        _say(done)
    if done.interrupted:
        raise typer.Exit(STOPPED)


def _say(done: "DoseDone") -> None:
    """Tables, the run, findings and files."""
    rows = [
        [s["name"], number(s["volume_mL"]), number(s["mean_Gy"]), number(s["D70_Gy"])]
        for s in done.result.value.get("structures", [])
    ]
    if rows:
        table("Absorbed dose", ["structure", "mL", "mean Gy", "D70 Gy"], rows)
    sure = [
        [r.region, str(r.voxels), percent(r.relative_standard_error_rms), percent(r.relative_standard_error_largest),
         number(r.figure_of_merit_per_core, 0)]
        for r in done.run.regions
    ]  # fmt: skip
    if sure:
        columns = ["region", "voxels", "rms %", "largest %", "1/(rms² s) per core"]
        table("Standard error above half of the maximum of each region", columns, sure)
    say(done.run.text)
    say_findings(done.result.findings)
    say_files(done.files)
