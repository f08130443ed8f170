"""``glisson records import|export``."""

import csv
from dataclasses import asdict, astuple
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say, say_files, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.actions.registry.incoming import ImportFormat
    from glisson.records.intake import ImportReport

SHOWN = 20
"""Most remarks on the screen; all of them are in the report."""


def import_(
    registry: o.Registry,
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...", help="Files or folders, all of one kind.")] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="Mapping file that says what every column of a table means.")
    ] = None,
    redcap: Annotated[
        bool, typer.Option("--redcap", help="REDCap data as CSV with raw codes; events.csv beside it is read.")
    ] = False,
    redcap_api: Annotated[str, typer.Option("--redcap-api", help="Address of a REDCap API; token in GLISSON_REDCAP_TOKEN.")] = "",
    cdisc: Annotated[bool, typer.Option("--cdisc", help="SDTM data sets of an export, CSV or XPT.")] = False,
    flat: Annotated[bool, typer.Option("--flat", help="Tables of an export, CSV or Parquet.")] = False,
    case: Annotated[bool, typer.Option("--case", help="Case folders.")] = False,
    site: Annotated[str, typer.Option("--site", help="Site of case folders whose case has no pseudonym yet.")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="Write every remark to this CSV file.")] = None,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Import files. Nothing is guessed: what is not taken is reported by row, column, class of value and reason."""
    from glisson.actions import ImportHow, import_files

    kinds: dict[ImportFormat, object] = {
        "mapping": mapping, "redcap": redcap, "redcap-api": redcap_api, "cdisc": cdisc, "flat": flat, "case": case,
    }  # fmt: skip
    chosen = [name for name, wanted in kinds.items() if wanted]
    if len(chosen) != 1:
        raise BadInput(
            "files of no kind, or of several", do="say one of --mapping, --redcap, --redcap-api, --cdisc, --flat, --case"
        )
    how = ImportHow(chosen[0], mapping, site or None, redcap_api or None)
    done = import_files(o.door(registry, keys, user), files or [], how)
    if report is not None:
        _write_report(report, done)
    if as_json:
        o.print_plain(done)
        return
    _say(done)
    if report is not None:
        say_files([report])


def export(
    registry: o.Registry,
    format: Annotated[
        str, typer.Option("--format", help="redcap, redcap-dictionary, cdisc, csv, parquet or jsonl (everything, encrypted).")
    ],
    out: Annotated[Path | None, typer.Option("--out", help="New folder for the files.")] = None,
    study: Annotated[str, typer.Option("--study", help="STUDYID of CDISC data sets.")] = "GLISSON",
    reader: Annotated[
        str, typer.Option("--reader", help="Whose calls ADTTE rests on; the one who read most visits if not given.")
    ] = "",
    redcap_api: Annotated[
        str, typer.Option("--redcap-api", help="Send to this REDCap API in place of files; token in GLISSON_REDCAP_TOKEN.")
    ] = "",
    compare: Annotated[
        Path | None, typer.Option("--compare", help="With redcap-dictionary: list how this project's dictionary differs.")
    ] = None,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Export what you may see: no author, no identifier, labelled where a case is simulated."""
    from glisson.actions import export_registry

    if compare is not None:
        _compare(compare, as_json=as_json)
        return
    if redcap_api:
        from glisson.actions import push_redcap

        say(f"the server took {push_redcap(o.door(registry, keys, user), redcap_api)} records")
        return
    if out is None:
        raise BadInput("an export without a folder", do="name a new one with --out")
    done = export_registry(o.door(registry, keys, user), out, format, study=study, reader=reader or None)  # type: ignore[arg-type]
    if as_json:
        o.print_plain(done)
        return
    say(f"{done.entries} entries of {done.cases} cases, {len(done.files)} files" + _simulated(done.simulated))
    for one in done.left_out:
        say(f"  {one['case']} is not in {one['what']}: {one['why']}")
    if done.withheld:
        say(f"  {len(done.withheld)} free texts may betray a person and were withheld; export.json names their places")
    say_files([out])


def _simulated(which: str) -> str:
    return "" if which == "none" else f"; SIMULATED: {which} of the cases never were"


def _compare(dictionary: Path, *, as_json: bool) -> None:
    from glisson.actions import compare_redcap

    found = compare_redcap(dictionary)
    if as_json:
        o.print_plain([asdict(one) for one in found])
        return
    table("Differences", ["field", "what", "forms", "project"], [list(astuple(one)) for one in found], words=(1, 2, 3))
    say(f"{len(found)} differences" if found else "the dictionary fits the forms")


def _say(done: "ImportReport") -> None:
    say(f"{done.rows} rows: {done.stored} entries of {done.cases} cases stored, {done.already} were there already")
    if done.rejected_rows:
        say(f"  {done.rejected_rows} rows were rejected; nothing of them is stored")
    if done.queries:
        say(f"  {done.queries} queries were opened")
    rows = [[one.level, str(one.row), one.column, one.value, one.reason] for one in done.remarks[:SHOWN]]
    if rows:
        table("Remarks", ["", "row", "column", "value", "why"], rows, words=(0, 2, 3, 4))
    if len(done.remarks) > SHOWN:
        say(f"  and {len(done.remarks) - SHOWN} more; --report FILE.csv holds all of them")
    for column, why in done.unmapped:
        say(f"  column {column} goes nowhere{': ' + why if why else ''}")


def _write_report(path: Path, done: "ImportReport") -> None:
    from io import StringIO

    from glisson.spreadsheet import harmless
    from glisson.whole_file import write_text

    out = StringIO()
    writer = csv.writer(out)
    rows = [["level", "file", "row", "column", "value", "reason"]]
    rows += [[one.level, one.file, str(one.row), one.column, one.value, one.reason] for one in done.remarks]
    rows += [["unmapped", "", "", column, "", why] for column, why in done.unmapped]
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    write_text(path, out.getvalue())
