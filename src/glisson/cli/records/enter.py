"""``glisson records add|correct|deidentify``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say

if TYPE_CHECKING:
    from glisson.records.desk import Entered

Settings = Annotated[list[str], typer.Option("--set", help="item=value; may stand several times. A value is read as YAML.")]


def add(
    registry: o.Registry,
    case: o.Case,
    form: Annotated[str, typer.Argument(metavar="FORM", help="Name of the form; glisson records forms lists them.")],
    values: Annotated[Path | None, typer.Option("--values", help="YAML or JSON file: one 'item: value' in a line.")] = None,
    settings: Settings = [],  # noqa: B006
    visit: o.Visit = "",
    instance: Annotated[int, typer.Option("--instance", help="Which one of a repeating form in its visit.")] = 1,
    site: Annotated[str, typer.Option("--site", help="Site of a case that is entered for the first time.")] = "",
    scans: Annotated[
        Path | None,
        typer.Option("--scans", help="The person's DICOM files: free text is searched for the names in their headers."),
    ] = None,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Enter a form. What cannot be is refused, what is doubtful is stored and asked about."""
    from glisson.actions import enter_form
    from glisson.records.desk import Filled

    filled = Filled(case, form, o.values_of(values, settings), visit, instance)
    _tell(enter_form(o.door(registry, keys, user), filled, site=site or None, scans=scans), as_json=as_json)


def correct(
    registry: o.Registry,
    entry: Annotated[str, typer.Argument(metavar="ENTRY", help="Id of the entry to correct.")],
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    settings: Settings = [],  # noqa: B006
    values: Annotated[Path | None, typer.Option("--values", help="YAML or JSON file with the items that change.")] = None,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Correct an entry: a new one takes its place, the old one stays on record. 'item=null' takes an item away."""
    from glisson.actions import correct_entry

    _tell(correct_entry(o.door(registry, keys, user), entry, o.values_of(values, settings), reason), as_json=as_json)


def deidentify(
    registry: o.Registry,
    case: o.Case,
    source: Annotated[Path, typer.Argument(metavar="SCANS", help="Folder of one person's DICOM files.")],
    out: Annotated[Path, typer.Option("--out", help="New folder for the files without the person.")],
    keep_dates: Annotated[
        bool, typer.Option("--keep-dates", help="Leave dates as they are instead of moving them all alike.")
    ] = False,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Write a person's DICOM files anew without the person, keeping what dosimetry needs."""
    from glisson.actions import deidentify_scans
    from glisson.cli.screen import progress_bar, say_findings

    door = o.door(registry, keys, user)
    with progress_bar(shown=not as_json) as progress:
        done = deidentify_scans(door, case, source, out, keep_dates=keep_dates, progress=progress)
    if as_json:
        o.print_plain({"files": len(done.files), "left_out": done.left_out, "findings": [f.text for f in done.findings]})
        return
    say(f"{len(done.files)} files written, {done.left_out} left out")
    say_findings(done.findings)


def _tell(done: "Entered", *, as_json: bool) -> None:
    if as_json:
        o.print_plain({"entry": done.entry.id, "hash": done.entry.hash, "warnings": done.warnings, "queries": done.queries})
        return
    say(f"entry {done.entry.id}")
    for problem in done.warnings:
        say(f"  {problem.level}: {problem.item + ': ' if problem.item else ''}{problem.words}")
    if done.queries:
        say(f"  {len(done.queries)} queries were opened: {', '.join(done.queries)}")
