"""``glisson records show|forms``."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say, table

if TYPE_CHECKING:
    from glisson.records.desk import Overview


def show(
    registry: o.Registry,
    case: Annotated[str, typer.Argument(metavar="[CASE]", help="Pseudonym; a list of your cases if not given.")] = "",
    as_of: Annotated[str, typer.Option("--as-of", help="As it was known on this day or at this instant.")] = "",
    history: Annotated[bool, typer.Option("--history", help="Every entry, corrections and acts included.")] = False,
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Show your cases, or one case: its forms, queries, locks and signatures."""
    from glisson.actions import case_history, show_case, show_cases

    door = o.door(registry, keys, user)
    if not case:
        cases = show_cases(door)
        if as_json:
            o.print_plain(cases)
        else:
            typer.echo("\n".join(cases))
        return
    if history:
        entries = case_history(door, case)
        if as_json:
            o.print_plain(entries)
            return
        rows = [[e.recorded_at.isoformat()[:19], e.author, e.kind, e.form or "", e.visit or "", e.id] for e in entries]
        table(case, ["recorded (UTC)", "by", "what", "form", "visit", "id"], rows, words=(1, 2, 3, 4, 5))
        return
    seen = show_case(door, case, as_of=o.moment(as_of))
    if as_json:
        o.print_plain(overview_plain(seen))
    else:
        _say(case, seen)


def overview_plain(seen: "Overview") -> dict[str, Any]:
    """An overview as JSON knows it."""
    return {
        "entries": [o.plain(entry) for entry in seen.current],
        "problems": o.plain(seen.problems),
        "queries": {
            name: {"state": q.state.value, "words": q.words, "places": list(q.places)} for name, q in seen.queries.items()
        },
        "locked": sorted(seen.locked),
        "verified": dict(seen.verified),
        "signatures": o.plain(seen.signatures),
    }


def _say(case: str, seen: "Overview") -> None:
    verified = seen.verified
    rows = [
        [str(e.at or "")[:10], e.form, e.visit, str(e.instance), "yes" if verified.get(e.id) else "", e.id] for e in seen.current
    ]
    table(case, ["date", "form", "visit", "no.", "verified", "id"], rows, words=(1, 2, 4, 5))
    waiting = [query for query in seen.queries.values() if query.state.value != "closed"]
    say(
        f"{len(seen.problems)} findings, {len(waiting)} queries not closed, locked: {', '.join(sorted(seen.locked)) or 'nothing'}"
    )
    for signature in seen.signatures:
        say(f"signed by {signature.by}: {'stands' if signature.stands else 'fell: something signed has changed'}")


def forms(
    name: Annotated[str, typer.Argument(metavar="[FORM]", help="One form; a list of all if not given.")] = "",
    as_json: o.Json = False,
) -> None:
    """List the forms, or print the codebook of one."""
    from glisson.records.forms import codebook, form
    from glisson.records.forms import forms as newest

    if not name:
        found = newest()
        if as_json:
            o.print_plain(
                {one.form: {"edition": one.edition, "title": one.title, "items": len(one.items)} for one in found.values()}
            )
            return
        rows = [[one.form, str(one.edition), one.title, str(len(one.items))] for one in found.values()]
        table("Forms", ["form", "edition", "title", "items"], rows, words=(2,))
        return
    rows_of = codebook(form(name))
    if as_json:
        o.print_plain(rows_of)
        return
    cells = [[str(row.item), str(row.type), str(row.label)] for row in rows_of]
    table(name, ["item", "type", "label"], cells, words=(1, 2))
