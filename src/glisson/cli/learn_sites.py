"""``glisson learn ask``, ``rules``, ``answer``, ``pool`` and ``requests``: many centres, no patient moves."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.screen import number, print_json, say, say_files, say_findings, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.actions.sites import SiteAnswer
    from glisson.case import Result

Json = Annotated[bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")]


def ask(
    kind: Annotated[str, typer.Option("--kind", help="curves, cox or table.")],
    asker: Annotated[str, typer.Option("--asker", help="Who asks; stands in every site's log.")],
    out: Annotated[Path, typer.Option("--out", help="JSON file to send to every site.")],
    question: Annotated[str, typer.Option("--question", help="Why; stands in every site's log.")] = "",
    time: Annotated[str, typer.Option("--time", help="Variable: end of follow-up.")] = "",
    event: Annotated[str, typer.Option("--event", help="Variable: 0 censored, 1 event; 1, 2, … competing events.")] = "",
    group: Annotated[str, typer.Option("--group", help="Variable: groups of curves, or columns of a table.")] = "",
    strata: Annotated[str, typer.Option("--strata", help="Variable: strata of tests and models.")] = "",
    entry: Annotated[str, typer.Option("--entry", help="Variable: time from which a patient was observed.")] = "",
    covariates: Annotated[str, typer.Option("--covariates", help="Variables of a Cox model, as age,sex.")] = "",
    variables: Annotated[str, typer.Option("--variables", help="Variables of a table, as age,sex.")] = "",
    complete: Annotated[str, typer.Option("--complete", help="Variables that a row must have, so that analyses use one set of rows.")] = "",
    happened: Annotated[str, typer.Option("--happened", help="Codes of the event variable that are the event.")] = "",
    missing: Annotated[str, typer.Option("--missing", help="Further words for 'no value', as -999.")] = "",
    by_site: Annotated[
        bool | None,
        typer.Option("--by-site/--common", help="Every site is a stratum, or all share one baseline; Cox: by site if not said."),
    ] = None,
    at: Annotated[str, typer.Option("--at", help="Times at which survival is stated, as 6,12,24.")] = "",
    unit: Annotated[str, typer.Option("--unit", help="Of all times.")] = "months",
    interval: Annotated[str, typer.Option("--interval", help="Type of interval: log-log, log or plain.")] = "log-log",
    ties: Annotated[str, typer.Option("--ties", help="Ties of the Cox model: efron or breslow.")] = "efron",
) -> None:  # fmt: skip
    """Writes the request of an analysis over sites; each site answers it with 'glisson learn answer'."""
    from glisson.actions import ask_sites
    from glisson.learn.cohort.sites.definition import definition

    asked = definition(
        kind=kind, asker=asker, question=question, time=time, event=event, group=group, strata=strata, entry=entry, unit=unit,
        covariates=_words(covariates), variables=_words(variables), complete=_words(complete), happened=_words(happened),
        missing=_words(missing), by_site=kind == "cox" if by_site is None else by_site, times=_times(at), interval=interval, ties=ties,
    )  # fmt: skip
    say_files([ask_sites(asked, out)])
    say(
        f"Next: send '{out.name}' to every site. There: glisson learn answer {out.name} TABLE --rules RULES --log LOG --out ANSWER"
    )


def rules(
    site: Annotated[str, typer.Option("--site", help="Name under which the site's answers go out.")],
    patient: Annotated[str, typer.Option("--patient", help="Column that tells patients apart; it never leaves.")],
    allow: Annotated[str, typer.Option("--allow", help="Columns that may be asked for, as os_months,dead,age.")],
    out: Annotated[Path, typer.Option("--out", help="YAML file.")],
    unit: Annotated[str, typer.Option("--unit", help="Unit of the times in the table.")] = "months",
) -> None:
    """Writes a site's rules to start from, each with its meaning."""
    from glisson.actions import write_site_rules

    say_files([write_site_rules(site, patient, _words(allow), out, unit=unit)])
    say("Next: read the file and make it the site's own; then glisson learn answer REQUEST TABLE --rules … --preview")


def answer(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="JSON file of 'glisson learn ask' or 'pool'.")],
    path: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV, Parquet, XPT or SAS file, one row per patient; only read.")],
    rules: Annotated[Path, typer.Option("--rules", help="YAML file: what this site lets out.")],
    log: Annotated[Path, typer.Option("--log", help="Request log of this site; stays here as the table does.")] = Path("requests.jsonl"),
    out: Annotated[Path | None, typer.Option("--out", help="JSON file to send back.")] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would leave; write nothing, log nothing.")] = False,
) -> None:  # fmt: skip
    """A site answers a request with counts or sums under its rules, and enters it in its log."""
    from glisson.actions import answer_request

    now = datetime.now().astimezone().replace(microsecond=0)
    if out is None and not preview:
        raise BadInput("no file for the answer", do="--out answer.json, or --preview to look first")
    made = answer_request(request, path, rules=rules, log=log, out=out, when=now, preview=preview)
    say_findings(made.findings)
    _show_leaving(made)
    if made.written is None:
        say("Nothing was written and nothing entered. Next: the same command with --out in place of --preview")
        return
    say_files([made.written])
    say(f"Entry {made.log_number} of '{log.name}'. Next: read '{made.written.name}' and send it back; the log stays here")


def pool(
    request: Annotated[Path, typer.Argument(metavar="REQUEST", help="The request that the sites answered.")],
    answers: Annotated[list[Path], typer.Argument(metavar="ANSWER…", help="One file of each site.")],
    next_request: Annotated[
        Path | None, typer.Option("--next", help="JSON file for the next round of a Cox model; beside the request if not said.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Pools the answers of all sites: prints the result or, for a Cox model, writes the next round's request."""
    from glisson.actions import pool_answers

    result, written = pool_answers(request, answers, next_request=next_request)
    if as_json:
        print_json([result])
        return
    _show_sites(result)
    shown = {"curves over sites": _show_curves, "cox over sites": _show_cox, "table over sites": _show_groups}
    shown[result.kind](result)
    say_findings(result.findings)
    if written is not None:
        say_files([written])
        say(f"Next: send '{written.name}' to the same sites and pool their answers with it, until the model is at its maximum")


def requests(log: Annotated[Path, typer.Argument(metavar="LOG", help="Request log of this site.")]) -> None:
    """Checks a site's request log and lists who asked what, when, and what came of it."""
    from glisson.actions import check_site_log

    entries = check_site_log(log)
    rows = [
        [
            str(one["number"]), one["when"], one.get("asker", ""), f"{one.get('kind', '')} {one.get('round') or ''}".strip(),
            ", ".join(one.get("variables", ())), one["outcome"],
        ]
        for one in entries
    ]  # fmt: skip
    table("Requests; the chain is whole", ["", "when", "who", "what", "variables", "outcome"], rows, words=(1, 2, 3, 4, 5))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _times(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError:
        raise BadInput("--at holds something that is no number", do="--at 6,12,24") from None


def _show_leaving(made: "SiteAnswer") -> None:
    """What is in the answer, for the person who sends it."""
    content = made.answer.content.model_dump()
    say(f"leaves under the name {made.answer.site}: {made.answer.rows} rows behind it")
    if "ends" in content and isinstance(content["ends"], dict):
        ends = content["ends"]
        say(f"  {len(ends['rows'])} counts by interval of time, the smallest of {min(ends['rows'])} rows")
        widest = max((high - low for low, high in zip(ends["low"], ends["high"], strict=True)), default=0.0)
        say("  exact times" if widest == 0 else f"  intervals up to {widest:g} wide, with the mean time in each")
    elif "ends" in content:
        say(f"  {len(content['ends'])} intervals of time with sums of the covariates")
    elif "score" in content:
        say(f"  3 sums over {content['events']} events: log likelihood, score, information ({len(content['score'])} covariates)")
    elif "covariates" in content:
        for name, one in content["covariates"].items():
            said = "mean and spread" if one["levels"] is None else f"rows in {len(one['levels'])} levels"
            say(f"  {name}: {said}")
    else:
        for name, one in content["groups"].items():
            given = [key for key, part in one["variables"].items() if not part["withheld"]]
            say(f"  {name or 'all'}: {one['rows']} rows; {', '.join(given) or 'nothing'}")


def _show_sites(result: "Result") -> None:
    rows = [
        [one["site"], str(one["rows"]), str(one["min_cell"]), "exact" if one["time_width"] == 0 else f"{one['time_width']:g}"]
        for one in result.value["sites"]
    ]
    table("Sites", ["", "rows", "smallest cell", "times"], rows)


def _show_curves(result: "Result") -> None:
    from glisson.cli.learn import show_survival

    show_survival(result)
    coarse = result.value.get("coarsening")
    if result.value["exact"]:
        say("times left every site exact: the figures are those of one table")
        return
    if coarse is None:
        say("limits of what coarse times can have moved were not worked out: too many exact times among them")
        return
    rows = []
    for one in coarse["groups"]:
        ends = [one["median"]["low"], one["median"]["high"]]
        rows.append([one["group"], "median", "", *("not reached" if end is None else f"{end:.1f}" for end in ends)])
        rows += [
            [one["group"], "survival, %", f"{row['time']:g}", f"{100 * row['low']:.1f}", f"{100 * row['high']:.1f}"]
            for row in one["survival"]
        ]
    table("What coarse times leave open, at most", ["", "", "time", "from", "to"], rows, words=(1,))
    drawn = (coarse.get("log_rank") or {}).get("drawn", {})
    if drawn.get("low") is not None:
        words = f"log-rank with times drawn inside their intervals, {drawn['draws']} times: 95 % of the chi-squares from "
        say(f"{words}{drawn['low']:.2f} to {drawn['high']:.2f}")


def _show_cox(result: "Result") -> None:
    value = result.value
    if not value["finished"]:
        step = f"; largest step {value['largest_step']:.2g}" if "largest_step" in value else ""
        say(f"round {value['round']} of the model with {', '.join(value['terms'])}{step}")
        return
    cox = value["cox"]
    if cox is None:
        say("no model: see below")
        return
    title = (
        f"Cox, baseline {cox['baseline']}: {cox['rows']} rows, {cox['events']} events, ties {cox['ties']}, {cox['rounds']} rounds"
    )
    rows = [[term["name"], *_ratio(term["together"])] for term in cox["terms"]]
    confidence = 100 * result.parameters["confidence_fraction"]
    table(title, ["", f"HR ({confidence:g} % CI)", "p"], rows)
    say(f"likelihood ratio {number(cox['likelihood_ratio'], 2)}, {cox['degrees']} degrees of freedom")


def _ratio(found: dict[str, Any]) -> list[str]:
    if found["ratio"] is None:
        return ["cannot say", "cannot say"]
    p = "< 0.0001" if found["p"] < 0.0001 else f"{found['p']:.4f}"
    return [f"{found['ratio']:.3g} ({found['low']:.3g} to {found['high']:.3g})", p]


def _show_groups(result: "Result") -> None:
    for group in result.value["groups"]:
        rows = []
        for one in group["variables"]:
            lacking = "some" if one["missing"] is None else str(one["missing"])
            if "mean" in one:
                spread = number(one["standard_deviation"])
                rows.append([one["name"], "mean (SD)", f"{one['mean']:.1f} ({spread})", lacking])
            for level in one.get("levels", ()):
                most = "" if level["rows_at_most"] == level["rows"] else f" to {level['rows_at_most']}"
                rows.append([one["name"], level["level"], f"{level['rows']}{most}", lacking])
            if not one["sites"]:
                rows.append([one["name"], "withheld", "", ""])
        table(f"{group['group']}: {group['rows']} rows", ["", "", "", "missing"], rows, words=(1,))


def add_to(app: typer.Typer) -> None:
    """Puts the commands below ``glisson learn``."""
    app.command("ask")(ask)
    app.command("rules")(rules)
    app.command("answer")(answer)
    app.command("pool")(pool)
    app.command("requests")(requests)
