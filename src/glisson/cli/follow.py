"""``glisson follow``: did the tumour answer, did the patient suffer, when did the liver progress?"""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.screen import number, print_json, progress_bar, say, say_files, say_findings, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from datetime import date

    from glisson.actions import Asked
    from glisson.actions.follow import FollowDone
    from glisson.actions.following.output import Output

LEFT_OUT = 3
"""Exit code when patients were left out."""
SHORT = {"objective response": "ORR", "disease control": "DCR"}
MOST_ROWS = 10


def follow(
    folder: Annotated[Path | None, typer.Argument(metavar="[CASE]", help="Folder with case.yaml; or give --tu and --tr.")] = None,
    tu: Annotated[Path | None, typer.Option("--tu", help="SDTM tumour identification: CSV, XPT or Parquet.")] = None,
    tr: Annotated[Path | None, typer.Option("--tr", help="SDTM tumour results.")] = None,
    rs: Annotated[Path | None, typer.Option("--rs", help="SDTM responses: what readers stated.")] = None,
    subjects: Annotated[
        Path | None, typer.Option("--subjects", help="DM or ADSL: first treatment, death, last day alive; for endpoints.")
    ] = None,
    partial_dates: Annotated[
        str, typer.Option("--partial-dates", help="A date without day or month: unknown, first or last day that it can mean.")
    ] = "unknown",
    criteria: Annotated[
        str,
        typer.Option(
            "--criteria",
            help="recist11, recist11-liver, mrecist, irecist, easl, volumetric; several with commas, the one that decides first.",
        ),
    ] = "",
    reader: Annotated[str, typer.Option("--reader", help="Whose calls decide endpoints and plots.")] = "",
    choices: Annotated[
        list[str] | None, typer.Option("--set", metavar="OPTION=CHOICE", help="An option of the criteria; --options lists them.")
    ] = None,
    options: Annotated[
        bool, typer.Option("--options", help="List the options with choices, default and source, and stop.")
    ] = False,
    origin: Annotated[str, typer.Option("--origin", help="Day from which endpoints count.")] = "first session",
    cut_off: Annotated[str, typer.Option("--cut-off", metavar="DATE", help="Last day of data, as 2026-06-30.")] = "",
    progression: Annotated[
        str, typer.Option("--progression", help="In endpoints: computed, called (as people entered it) or either.")
    ] = "computed",
    ctcae: Annotated[str, typer.Option("--ctcae", help="Version by which laboratory values are graded: 5 or 6.")] = "5",
    check: Annotated[
        bool, typer.Option("--check", help="List every stated response that differs, with reason and rows.")
    ] = False,
    pages: Annotated[
        list[str] | None, typer.Option("--page", metavar="PATIENT", help="Tables: a page for this patient, or for 'all'.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for tables, pages and plots; CASE/follow for a case.")] = None,
    format: Annotated[str, typer.Option("--format", help="Of the tables: csv, xpt or parquet.")] = "csv",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Response by RECIST 1.1 and its relatives, endpoints, harm and quality of life, of a case or of SDTM tables."""
    if options:
        _show_options()
        return
    _require_one_source(folder, tu, tr)
    from glisson.actions.follow import Asked, Output, TumourFiles, follow_case, follow_tables

    default = ("recist11", "recist11-liver") if folder is not None else ("recist11",)
    names = tuple(name.strip() for name in criteria.split(",")) if criteria else default
    asked = Asked(
        criteria=names, reader=reader or None, choices=_choices(choices or []), origin=origin, cut_off=_day(cut_off),
        progression=progression, ctcae=ctcae,
    )  # fmt: skip
    output = Output(out=out, format=format, check=check, pages=tuple(pages or ()))
    made_at = datetime.now().astimezone().replace(microsecond=0)
    with progress_bar(shown=not as_json) as progress:
        if folder is not None:
            done = follow_case(folder, asked=asked, output=output, made_at=made_at, progress=progress)
        else:
            assert tu is not None and tr is not None
            files = TumourFiles(tu, tr, rs, subjects, partial_dates)
            done = follow_tables(files, asked=asked, output=output, made_at=made_at, progress=progress)
    if as_json:
        print_json([done.result])
    else:
        _show(done, asked, output, many=folder is None)
    if done.result.stopped:
        raise typer.Exit(LEFT_OUT)


def _require_one_source(folder: Path | None, tu: Path | None, tr: Path | None) -> None:
    tables = tu is not None or tr is not None
    if (folder is None) != tables or (tables and (tu is None or tr is None)):
        raise BadInput("what to follow is not clear", allowed="a CASE folder; or --tu and --tr together")


def _choices(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, choice = one.partition("=")
        if not equals:
            raise BadInput("--set without '='", allowed="--set OPTION=CHOICE; glisson follow --options lists them")
        found[name.strip()] = choice.strip()
    return found


def _day(text: str) -> "date | None":
    from datetime import date

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise BadInput("--cut-off is no day", allowed="as 2026-06-30") from None


def _show_options() -> None:
    from glisson.knowledge import sources
    from glisson.knowledge.response import options

    for option in options().values():
        typer.echo(f"{option.id}: {option.holds_for}")
        for choice, meaning in option.choices.items():
            typer.echo(f"  {choice}{' (default)' if choice == option.value else ''}: {meaning}")
        typer.echo(f"  source: {sources()[option.source].citation}; {option.place}")


def _show(done: "FollowDone", asked: "Asked", output: "Output", *, many: bool) -> None:
    value = done.result.value
    if many:
        _show_many(value, check=output.check)
    else:
        _show_one(value)
        _show_differences([row for row in value["check"] if row["agrees"] is False], check=output.check)
    say_findings(done.result.findings)
    say_files(done.files)
    if many and output.out is None:
        say("Next: --out FOLDER writes tables, page and plots; --page PATIENT a patient's page")


def _show_one(value: dict[str, Any]) -> None:
    for criterion in value["criteria"]:
        for reader in value["readers"]:
            _show_visits(value, criterion, reader)
    for row in value["best"]:
        how = "confirmation required" if row["confirmed"] else "without confirmation"
        say(f"best response, {row['criterion']}, {row['reader']}, {how}: {row['best']} ({row['reason']})")
    events = {0: "censored", 1: "event", 2: "competing event", None: "cannot say"}
    rows = [
        [r["endpoint"], number(r["months"]), events[r["event"]], r["source"] or r["ended_by"] or "cannot say"]
        for r in value["endpoints"]
    ]
    table("Endpoints; the page holds their definitions", ["endpoint", "months", "", "decided by"], rows, words=(2, 3))
    _show_harm(value["harm"])


def _show_visits(value: dict[str, Any], criterion: str, reader: str) -> None:
    rows = [
        [v["visit"], v["date"] or "cannot say", *_sum(v), v["target"] or "–", v["non_target"] or "–", "yes" if v["new_lesion"] else "no",
         v["overall"]]
        for v in value["visits"]
        if (v["criterion"], v["reader"]) == (criterion, reader)
    ]  # fmt: skip
    heads = ["visit", "date", "sum", "%", "target", "non-target", "new", "overall"]
    table(f"{criterion}, {reader}; % from the baseline", heads, rows, words=(1, 4, 5, 6, 7))


def _sum(visit: dict[str, Any]) -> list[str]:
    """Sum in its unit, and change from the baseline."""
    for column, unit in (("sum_mm", "mm"), ("sum_mm2", "mm²"), ("sum_mL", "mL")):
        if visit[column] is not None:
            change = visit["change_from_baseline_fraction"]
            return [f"{visit[column]:.1f} {unit}", "cannot say" if change is None else f"{100 * change:+.1f}"]
    return ["–", "–"] if visit["target"] is None else ["cannot say", "cannot say"]


def _show_harm(harm: dict[str, Any]) -> None:
    for session in harm["sessions"]:
        worst = "none recorded" if not session["events"] else f"worst grade {session['worst'] or 'cannot say'}"
        say(f"harm after {session['session']}: {session['events']} events, {worst}")
    for session in harm["liver"]:
        for part in ("postembolization", "reild", "braat"):
            say(f"  after {session['session']}: {session[part]['text']}")


def _show_many(value: dict[str, Any], *, check: bool) -> None:
    say(f"{value['patients']} patients, {value['visits']} visits, {', '.join(value['criteria'])}")
    rows = [
        [r["criterion"], r["reader"], "yes" if r["confirmed"] else "no", SHORT[r["measure"]], f"{r['count']}/{r['of']}",
         f"{100 * r['fraction']:.0f} ({100 * r['low']:.0f} to {100 * r['high']:.0f})"]
        for r in value["rates"]
        if r["measure"] in SHORT and r["fraction"] is not None
    ]  # fmt: skip
    heads = ["criterion", "reader", "confirmed", "rate", "patients", "% (95 % exact)"]
    table("Best response: ORR objective response, DCR disease control", heads, rows, words=(1, 2, 3))
    for row in value["agreement"]:
        kappa = "cannot say" if row["kappa"] is None else f"{row['kappa']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        say(f"readers {row['readers']}: {row['agreed']} of {row['subjects']} visits agree, kappa {kappa}")
    stated = value["check"]
    if stated["compared"]:
        say(f"stated responses: {stated['agree']} of {stated['compared']} agree")
        _show_differences(stated["disagreements"], check=check)


def _show_differences(rows: list[dict[str, Any]], *, check: bool) -> None:
    """Each stated response that differs: with ``--check`` its reason and rows, else their number."""
    if rows and not check:
        say(f"{len(rows)} stated responses differ; --check lists them")
        return
    for row in rows:
        named = ", ".join(str(one) for one in (row["rows"] or [])[:MOST_ROWS])
        who = f"{row['patient']}, " if "patient" in row else ""
        differs = f"{who}{row['reader']}, {row['visit']}: stated {row['stated']}, computed {row['as_read']}"
        say(f"  {differs}. {row['reason']} Rows {named or 'none'}")
