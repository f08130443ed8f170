"""``glisson records check|queries|serious``."""

from typing import Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.records.show import overview_plain
from glisson.cli.screen import say, table
from glisson.errors import BadInput

Some = Annotated[str, typer.Argument(metavar="[CASE]", help="One case; all of yours if not given.")]


def check(registry: o.Registry, case: Some = "", keys: o.Keys = None, user: o.User = "", as_json: o.Json = False) -> None:
    """Run every check across forms; what fails opens a query."""
    from glisson.actions import check_registry

    found = check_registry(o.door(registry, keys, user), case or None)
    if as_json:
        o.print_plain({name: overview_plain(seen) for name, seen in found.items()})
        return
    rows = [
        [name, problem.level, problem.code, f"{problem.item + ': ' if problem.item else ''}{problem.words}"]
        for name, seen in found.items()
        for problem in seen.problems
    ]
    table("Findings", ["case", "level", "check", "what"], rows, words=(1, 2, 3))
    say(f"{len(found)} cases, {len(rows)} findings")


def queries(
    registry: o.Registry,
    case: Some = "",
    answer: Annotated[str, typer.Option("--answer", help="Id of a query to answer, with --text.")] = "",
    close: Annotated[str, typer.Option("--close", help="Id of a query to close, with --text.")] = "",
    reopen: Annotated[str, typer.Option("--reopen", help="Id of a query to ask again, with --text.")] = "",
    ask: Annotated[str, typer.Option("--ask", help="Place of an entry (form/visit/number) to ask about, with --text.")] = "",
    text: Annotated[str, typer.Option("--text", help="Answer, reason or question; no names.")] = "",
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """List the queries that are not closed; answer, close, ask again or open one."""
    from glisson.actions import act_on_query, ask_query, registry_queries

    acts = [("answer", answer), ("close", close), ("reopen", reopen)]
    chosen = [(act, query) for act, query in acts if query]
    door = o.door(registry, keys, user)
    if chosen or ask:
        if len(chosen) + bool(ask) > 1 or not case:
            raise BadInput(
                "more than one act on queries, or none of a case",
                do="name the case and one of --answer, --close, --reopen, --ask",
            )
        for act, query in chosen:
            act_on_query(door, case, query, act, text)  # type: ignore[arg-type]
        if ask:
            ask_query(door, case, [ask], text)
        say("done")
        return
    found = registry_queries(door, case or None)
    if as_json:
        o.print_plain({name: [{"query": q.id, "state": q.state.value, "words": q.words, "places": q.places} for q in qs]
                       for name, qs in found.items()})  # fmt: skip
        return
    rows = [[name, q.id, q.state.value, q.words] for name, qs in found.items() for q in qs]
    table("Queries", ["case", "query", "state", "what"], rows, words=(1, 2, 3))


def serious(
    registry: o.Registry,
    hours: Annotated[float, typer.Option("--hours", help="From awareness to report, as the study's protocol says.")],
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """List the serious adverse events with the reporting clock, the most urgent first."""
    from glisson.actions import serious_adverse_events

    found = serious_adverse_events(o.door(registry, keys, user), hours)
    if as_json:
        o.print_plain(found)
        return
    rows = [[e.case, e.term, str(e.grade or "cannot say"), str(e.started_on or ""), e.clock, f"{e.late_h:.1f}"] for e in found]
    table("Serious adverse events", ["case", "term", "grade", "onset", "report", "hours late"], rows, words=(1, 3, 4))
