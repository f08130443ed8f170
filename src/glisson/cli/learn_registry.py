"""``glisson learn report`` and ``protocol``: a registry as the results section of a paper."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import number, print_json, progress_bar, say, say_files, say_findings, table

if TYPE_CHECKING:
    from glisson.case import Result


def report(
    registry: o.Registry,
    out: Annotated[Path, typer.Option("--out", help="Folder of the report: HTML, PDF, JSON, figures, tables.")],
    protocol: Annotated[
        str, typer.Option("--protocol", help="Analysis protocol: a YAML file, or cirel, regional36, sirt.")
    ] = "cirel",
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Write the whole results section from a registry and an analysis protocol: flow, tables, figures, methods, limits."""
    from glisson.actions import report_registry

    made_at = datetime.now().astimezone().replace(microsecond=0)
    with progress_bar(shown=not as_json) as progress:
        done = report_registry(o.door(registry, keys, user), protocol, out, made_at=made_at, progress=progress)
    if as_json:
        print_json([done.result])
        return
    show_report(done.result)
    say_findings(done.result.findings)
    figures = sum(file.parent.name == "figures" for file in done.files)
    tables = sum(file.parent.name == "tables" for file in done.files)
    say(f"{figures} files of figures and {tables} tables lie in the folder of the report")
    say_files([file for file in done.files if file.parent.name not in ("figures", "tables")])


def show_report(result: "Result") -> None:
    """The main figures on the screen."""
    value = result.value
    say(f"{value['flow'].get('treated', 'cannot say')} patients treated, of {value['flow'].get('entered', '?')} entered")
    rows = [_row(section) for section in value["survival"]]
    table("Endpoints", ["", "events / n", "median, months", "or incidence at 12 months, %"], rows)


def _row(section: dict[str, Any]) -> list[str]:
    if "cannot_say" in section:
        return [section["id"], "", f"cannot say: {section['cannot_say']}", ""]
    everyone = section["groups"][0]
    counts = f"{everyone['events']} / {everyone['patients']}"
    if section["competing"]:
        at = next(
            (row for row in everyone["incidence"][0]["at_times"] if row["time"] == 12 and row["incidence"] is not None), None
        )
        return [section["name"], counts, "", "" if at is None else number(100 * at["incidence"])]
    ends = [
        "not reached" if everyone["median"][key] is None else number(everyone["median"][key]) for key in ("time", "low", "high")
    ]
    return [section["name"], counts, f"{ends[0]} ({ends[1]} to {ends[2]})", ""]


def protocol(
    name: Annotated[str, typer.Argument(metavar="NAME", help="cirel, regional36 or sirt; or a YAML file to check.")],
) -> None:
    """Print an example of an analysis protocol, to be copied and changed; or check one's own."""
    from glisson.actions import check_protocol, example_protocol

    if Path(name).is_file():
        say(check_protocol(name))
        return
    sys.stdout.write(example_protocol(name))


def add_to(app: typer.Typer) -> None:
    """Adds the commands to ``glisson learn``."""
    app.command("report")(report)
    app.command("protocol")(protocol)
