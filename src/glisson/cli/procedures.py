"""``glisson tace``, ``hai``, ``systemic``, ``ablation``, ``remnant``: the plan of each other procedure."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.screen import number, percent, print_json, progress_bar, say, say_files, say_findings, table

if TYPE_CHECKING:
    from glisson.actions.procedures import ProcedureDone

STOPPED_BY_THE_PLAN = 3

Folder = Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")]
One = Annotated[str, typer.Option("--treatment", help="Id of the treatment; needed only if there are several.")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of the page; procedures/ in the case if not given.")]
Json = Annotated[bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")]
Liver = Annotated[str, typer.Option("--liver", help="Site or mask file of the liver; the case's liver if not given.")]
Resample = Annotated[bool, typer.Option("--resample", help="Bring masks of other grids onto one grid; else they are refused.")]


def tace(folder: Folder, treatment: One = "", out: Out = None, as_json: Json = False) -> None:
    """Plan a chemoembolization with drug-eluting beads: load, sessions, what was given so far, warnings."""
    from glisson.actions import plan_tace

    done = plan_tace(folder, treatment=treatment or None, out=out, made_at=_now())
    _finish(done, _tace_rows, as_json=as_json)


def hai(folder: Folder, treatment: One = "", out: Out = None, as_json: Json = False) -> None:
    """Plan a hepatic artery pump with floxuridine, or the cycles of an infusion into the hepatic artery."""
    from glisson.actions import plan_hai

    done = plan_hai(folder, treatment=treatment or None, out=out, made_at=_now())
    _finish(done, _pump_rows if done.result.kind == "pump plan" else _cycle_rows, as_json=as_json)


def systemic(folder: Folder, treatment: One = "", out: Out = None, as_json: Json = False) -> None:
    """Lay out the cycles of a systemic regimen: doses by body surface, calendar, days to every procedure."""
    from glisson.actions import plan_systemic

    done = plan_systemic(folder, treatment=treatment or None, out=out, made_at=_now())
    _finish(done, _cycle_rows, as_json=as_json)


def ablation(
    folder: Folder,
    before: Annotated[str, typer.Option("--before", help="Site or mask file of the tumour before the ablation.")],
    after: Annotated[str, typer.Option("--after", help="Site or mask file of the ablated zone.")],
    liver: Liver = "",
    subcapsular: Annotated[
        float | None,
        typer.Option("--subcapsular-mm", help="Leave out surface nearer than this to the capsule in the second numbers."),
    ] = None,
    resample: Resample = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Measure the margin of an ablation all over the tumour's surface, and what of the tumour is outside the zone."""
    from glisson.actions import measure_ablation

    with progress_bar(shown=not as_json) as progress:
        done = measure_ablation(
            folder,
            before=before,
            after=after,
            liver=liver or None,
            subcapsular_mm=subcapsular,
            resample=resample,
            out=out,
            made_at=_now(),
            progress=progress,
        )
    _finish(done, _ablation_rows, as_json=as_json)


def remnant(
    folder: Folder,
    stays: Annotated[str, typer.Option("--remnant", help="Site or mask file of what stays.")] = "",
    resected: Annotated[str, typer.Option("--resected", help="Site or mask file of what is taken, in place of --remnant.")] = "",
    liver: Liver = "",
    resample: Resample = False,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Measure the future liver remnant and set it beside every published minimum, and its growth after embolization."""
    from glisson.actions import measure_remnant

    with progress_bar(shown=not as_json) as progress:
        done = measure_remnant(
            folder,
            remnant=stays or None,
            resected=resected or None,
            liver=liver or None,
            resample=resample,
            out=out,
            made_at=_now(),
            progress=progress,
        )
    _finish(done, _remnant_rows, as_json=as_json)


def _now() -> datetime:
    return datetime.now().astimezone()


def _finish(done: "ProcedureDone", show: Any, *, as_json: bool) -> None:
    """The Result as JSON, or a table with findings and files; exit 3 where the plan says stop."""
    if as_json:
        print_json([done.result])
    else:
        for title, columns, rows in show(done.result.value):
            table(title, columns, rows, words=range(1, len(columns)))
        say_findings(done.result.findings)
        say_files(done.files)
    if done.result.stopped:
        raise typer.Exit(STOPPED_BY_THE_PLAN)


Shown = list[tuple[str, Sequence[str], Sequence[Sequence[str]]]]


def _tace_rows(value: Any) -> Shown:
    chosen = [[row["name"], _amount(row["value"], row["unit"]), row["from"]] for row in value["chosen"]]
    days = [
        [str(row["session"]), row["day"] or "cannot say", row["lobe"], _amount(row["dose_mg"], "mg")] for row in value["sessions"]
    ]
    return [("Chosen", ["what", "value", "from"], chosen), ("Sessions", ["session", "day", "lobe", value["drug"]], days)]


def _amount(value: Any, unit: str) -> str:
    return f"{value:g} {unit}" if value is not None else "as your centre decides"


def _pump_rows(value: Any) -> Shown:
    dose = [
        [
            "floxuridine",
            f"{number(value['dose_mg_per_day'], 2)} mg/day",
            f"{value['dose_mg_per_kg_per_day']:g} mg/kg/day, {value['dose_from']}",
        ]
    ]
    if value["reservoir"] is not None:
        found = value["reservoir"]
        dose.append(
            [
                "reservoir",
                f"{number(found['drug_mg'], 1)} mg",
                f"{number(found['concentration_mg_per_mL'], 3)} mg/mL, {found['basis']}",
            ]
        )
    fills = [[str(row["cycle"]), row["drug_from"], row["drug_until"], row["next_fill"]] for row in value["calendar"]]
    return [("Dose", ["what", "value", "from"], dose), ("Fills", ["cycle", "fill", "drug ends", "next fill"], fills)]


def _cycle_rows(value: Any) -> Shown:
    doses = [
        [row["drug"], row["how"], _span(row["printed"], row["unit"]), _span(row["dose_mg"], "mg"), row["source"] or "cannot say"]
        for row in value["doses"]
    ]
    days = [[str(row["cycle"]), row["first_day"], row["ends"]] for row in value["cycles"]]
    return [
        (value["regimen"]["name"], ["drug", "how", "in the source", "one dose", "source"], doses),
        ("Cycles", ["cycle", "day 1", "next from"], days),
    ]


def _span(values: Any, unit: str | None) -> str:
    if not values:
        return "cannot say"
    return " to ".join(f"{value:.4g}" for value in dict.fromkeys(values)) + f" {unit}"


def _ablation_rows(value: Any) -> Shown:
    rows = []
    for name, part in (("whole surface", value["whole"]), ("away from the capsule", value["away_from_capsule"])):
        if part is not None:
            rows.append([name, number(part["minimum_mm"]), *(percent(share) for share in part["below_fraction"])])
    columns = ["tumour's surface", "smallest mm", *(f"below {edge:g} mm %" for edge in value["thresholds_mm"])]
    residual = [["tumour outside the zone", f"{value['residual_mL']:.2f} mL of {value['tumour_mL']:.2f} mL"]]
    return [("Margin", columns, rows), ("Residual", ["what", "volume"], residual)]


def _remnant_rows(value: Any) -> Shown:
    sizes = [
        ["remnant without tumours", f"{value['volumes']['remnant_mL']:.0f} mL"],
        ["of the measured liver", f"{percent(value['measured_fraction'])} %"],
    ]
    sizes += [[f"standardised, {row['formula']}", f"{percent(row['sflr_fraction'])} %"] for row in value["standard"]]
    minima = [
        [row["liver"], row["by"], row["applies"], "; ".join(f"{r['against']}: {r['answer']}" for r in row["readings"])]
        for row in value["minima"]
    ]
    if (growth := value["growth"]) is not None:
        sizes.append(["kinetic growth", f"{percent(growth['kinetic_growth_fraction_per_week'])} % a week"])
    say_next = value["volumes"]["remnant_mL"]
    say(
        f"Next: to follow its growth, add to case.yaml: observations: [{{what: remnant_volume_mL, value: {say_next:.0f}, at: DAY}}]"
    )
    return [("Remnant", ["what", "value"], sizes), ("Least remnant", ["liver", "by", "holds here", "this remnant"], minima)]
