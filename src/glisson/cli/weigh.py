"""``glisson weigh`` and ``glisson decide``: the options of a case on one page, and what the board chose."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from glisson.cli.screen import print_json, say, say_files, say_findings, table
from glisson.errors import BadInput

MOST = 3


def weigh(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    as_of: Annotated[
        str, typer.Option("--as-of", help="Only what was known on that day, as 2026-03-10; today if not given.")
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Weigh every option: open, caution, closed or cannot say, why, what is missing, and who says so."""
    from glisson.actions import weigh_case
    from glisson.report.weigh_like import like_words

    done = weigh_case(folder, now=_now(), as_of=_day(as_of, "--as-of"))
    if as_json:
        print_json([done.result])
        return
    value = done.result.value
    for group in ("procedure", "systemic", "combination"):
        rows = [_row(value, row) for row in value["options"] if row["group"] == group]
        if rows:
            table(group, ["option", "answer", "why", "missing"], rows, words=(1, 2, 3))
    if asked := [entry["label"] for entry in value["missing"][:MOST]]:
        say(f"Ask first for: {', '.join(asked)}")
    if done.like is not None and done.like.in_time:
        say(f"Patients like this one: {like_words(done.like.result.value)}; on the page, beside no option")
    say_findings(done.result.findings)
    say_files(done.files)
    say(f'Next: glisson decide {folder} --option OPTION --by NAME --reason "…"')


def decide(
    folder: Annotated[Path, typer.Argument(metavar="CASE", help="Folder with case.yaml.")],
    option: Annotated[str, typer.Option("--option", help="Id of what was chosen, as in the page's Result.")],
    by: Annotated[str, typer.Option("--by", help="Who enters the decision; never the patient.")],
    reason: Annotated[list[str], typer.Option("--reason", help="Why; once for each reason.")],
    dissent: Annotated[list[str] | None, typer.Option("--dissent", help="What those said who did not agree.")] = None,
    page: Annotated[str, typer.Option("--page", help="Day of the page that the board saw; the latest if not given.")] = "",
) -> None:
    """Enter the board's decision with its reasons; the page on which it was made is kept."""
    from glisson.actions import decide_case

    done = decide_case(
        folder, option=option, by=by, at=_now(), reasons=tuple(reason), dissent=tuple(dissent or ()), page=_day(page, "--page")
    )
    say(f"decided: {done.option} ({done.answer} on the page)")
    for remark in done.remarks:
        say(f"  warning: {remark}")
    say_files(done.kept)


def _row(value: dict[str, Any], row: dict[str, Any]) -> list[str]:
    rules = [value["rules"][entry["rule"]] for entry in row["against"][:2]]
    short = [f"not met: {rule['short']}" if rule["level"] == "needs" else rule["short"] for rule in rules]
    labels = {entry["fact"]: entry["label"] for entry in value["missing"]}
    names = [labels.get(name, name) for name in row["missing"]]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return [row["option"], row["answer"], "; ".join(short), ", ".join(names[:MOST]) + more]


def _now() -> datetime:
    return datetime.now().astimezone()


def _day(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{name} is not a day", allowed="year-month-day, as 2026-03-10") from None
