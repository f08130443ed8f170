"""``glisson learn like``: what became of patients like this one."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import print_json, say, say_files, say_findings, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.case import Result


def like(
    case: Annotated[
        str, typer.Argument(metavar="CASE", help="Folder with case.yaml, or the pseudonym of a case in the registry.")
    ],
    registry: Annotated[str, typer.Option("--registry", help="SQLite file, or postgresql://… (keys with --keys).")],
    protocol: Annotated[
        str, typer.Option("--protocol", help="Analysis protocol: a YAML file, or cirel, regional36, sirt.")
    ] = "cirel",
    by: Annotated[
        str,
        typer.Option(
            "--by", help="Variables of the distance, as patient.ecog,disease.timing; the protocol's covariates if none."
        ),
    ] = "",
    exact: Annotated[str, typer.Option("--exact", help="Variables that must be the same, as disease.extrahepatic_disease.")] = "",
    within: Annotated[
        list[str] | None,
        typer.Option("--within", metavar="NAME=REACH", help="May differ by this at most, as patient.age_years=10."),
    ] = None,
    nearest: Annotated[int, typer.Option("--nearest", help="So many of the nearest; 0: all who can be compared.")] = 30,
    endpoint: Annotated[
        str, typer.Option("--endpoint", help="Id in the protocol; its first without competing events if none.")
    ] = "",
    minimum: Annotated[int, typer.Option("--minimum", help="Patients below which nothing is shown; 0: the protocol's.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the page: HTML, PDF, figure.")] = None,
    store: Annotated[bool, typer.Option("--store", help="Also write results/like.json into the case folder.")] = False,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """What became of patients like this one: matched patients of a registry, with intervals. A description, no forecast."""
    from glisson.actions import LikeWanted, patients_like

    wanted = LikeWanted(
        by=_words(by), exact=_words(exact), within=_reaches(within or []), nearest=nearest, endpoint=endpoint,
        minimum=minimum or None,
    )  # fmt: skip
    made_at = datetime.now().astimezone().replace(microsecond=0)
    done = patients_like(case, o.door(registry, keys, user), protocol, wanted, made_at=made_at, out=out, store=store)
    if as_json:
        print_json([done.result])
        return
    show_like(done.result)
    say_findings(done.result.findings)
    say_files([file for file in done.files if file.parent.name != "figures"])


def show_like(result: "Result") -> None:
    """How many, how alike, what became of them; or why nothing is shown."""
    value = result.value
    if why := value.get("suppressed") or value.get("cannot_say"):
        say(f"cannot say: {why}")
        return
    say(f"{value['matched']} of {value['cohort']} patients are like this one (protocol {value['protocol']['protocol']})")
    rows = [_alike(one, value["variables"]) for one in value["alike"]]
    table("This case and those like it", ["", "this case", "those like it"], rows, words=(1, 2))
    survival = value["survival"]
    level = f"{100 * survival['confidence_fraction']:g} % CI, {survival['interval']}"
    outcomes = [["median, months", "", _median(survival["median"])]]
    outcomes += [
        [f"at {row['time']:g} months, %", _count(row["at_risk"]), _share(row, "survival")] for row in survival["at_times"]
    ]
    outcomes += [[f"{one['response']}, %", _count(one["of"]), _share(one, "fraction")] for one in value["responses"]]
    table(f"{value['endpoint']['name']} ({level}) and response (exact)", ["", "of", "value"], outcomes, words=(2,))


def _alike(one: dict[str, Any], variables: dict[str, Any]) -> list[str]:
    known = variables[one["variable"]]
    labels, unit = known["labels"], f", {known['unit']}" if known["unit"] else ""
    own = one["case"]
    words = (
        f"{own:.4g}"
        if isinstance(own, int | float)
        else ", ".join(labels.get(w, w) for w in ([own] if isinstance(own, str) else own))
    )
    if one["withheld"]:
        found = "held back"
    elif one["kind"] == "number":
        found = f"mean {one['mean']:.1f}, SD {one['standard_deviation']:.1f}"
    else:
        found = f"{100 * one['same_fraction']:.0f} % the same"
    return [f"{known['label']}{unit}", words, found]


def _median(median: dict[str, Any]) -> str:
    ends = ["held back" if end in median["withheld"] else "not reached" if median[end] is None else f"{median[end]:.1f}"
            for end in ("time", "low", "high")]  # fmt: skip
    return ends[0] if len(set(ends)) == 1 else f"{ends[0]} ({ends[1]} to {ends[2]})"


def _share(one: dict[str, Any], key: str) -> str:
    if one["withheld"]:
        return "held back"
    if one[key] is None:
        return "not known"
    ends = "" if one["low"] is None or one["high"] is None else f" ({100 * one['low']:.0f} to {100 * one['high']:.0f})"
    return f"{100 * one[key]:.0f}{ends}"


def _count(count: float | None) -> str:
    return "" if count is None else f"{count:g}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _reaches(given: list[str]) -> dict[str, float]:
    found = {}
    for one in given:
        name, _, reach = one.partition("=")
        try:
            found[name.strip()] = float(reach)
        except ValueError:
            raise BadInput("--within without a number", allowed="NAME=REACH, as patient.age_years=10") from None
    return found


def add_to(app: typer.Typer) -> None:
    """Adds the command to ``glisson learn``."""
    app.command("like")(like)
