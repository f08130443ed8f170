"""``glisson records export-fhir|import-fhir``."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say, say_files, table

INCOMPLETE = 3
"""Exit code: done, but something was not taken."""


def export_fhir(
    registry: o.Registry,
    out: Annotated[Path, typer.Option("--out", help="Folder for one bundle per case.")],
    cases: Annotated[list[str], typer.Argument(metavar="[CASE...]", help="Pseudonyms; all of your cases if none.")] = [],  # noqa: B006
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Write cases as mCODE bundles in FHIR R4: pseudonym and site, no name, no date of birth."""
    from glisson.actions import export_fhir as export

    found = export(o.door(registry, keys, user), out, cases)
    if as_json:
        o.print_plain(found)
        return
    rows = [[one.case, str(one.entries), str(one.resources), str(one.withheld)] for one in found]
    table("mCODE bundles", ["case", "forms", "resources", "texts withheld"], rows)
    say_files([one.file for one in found])


def import_fhir(
    registry: o.Registry,
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="JSON files, one case each.")],
    case: Annotated[str, typer.Option("--case", help="Pseudonym, for a bundle of another program that holds none.")] = "",
    visit: Annotated[str, typer.Option("--visit", help="Visit of laboratory values of another program.")] = "",
    absent: Annotated[
        str,
        typer.Option("--absent", help="Reason for what the form asks and the bundle lacks: not done, unknown, not applicable."),
    ] = "",
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Take the forms in FHIR bundles into a registry, and report everything that was not taken."""
    from glisson.actions import import_fhir as take
    from glisson.records.fhir import Choices

    found = take(o.door(registry, keys, user), bundles, Choices(case or None, visit or None, absent or None))
    if as_json:
        o.print_plain(found)
    else:
        for one in found:
            say(f"{one.bundle}: {len(one.entered)} forms entered, {one.already} stood already, {one.queries} queries were opened")
            rows = [[row.resource, str(row.index), row.path, row.kind, row.reason] for row in one.not_taken]
            if rows:
                table("Not taken", ["resource", "no.", "where", "kind", "why"], rows, words=(2, 3, 4))
    if any(one.not_taken for one in found):
        raise typer.Exit(INCOMPLETE)
