"""``glisson learn``: what all the cases say."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli import learn_like, learn_literature, learn_registry, learn_sites
from glisson.cli.screen import number, print_json, say, say_files, say_findings, table

if TYPE_CHECKING:
    from glisson.case import Result

app = typer.Typer(help="What all the cases say, next to what is published.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def _learn() -> None:
    pass


@app.command("survival")
def survival(
    path: Annotated[Path, typer.Argument(metavar="TABLE", help="CSV, Parquet, XPT or SAS file (sas7bdat), one row per patient.")],
    time: Annotated[str, typer.Option("--time", help="Column: time from the origin to the event or the last contact.")],
    event: Annotated[str, typer.Option("--event", help="Column: 0 censored, 1 event; 1, 2, … competing events.")],
    group: Annotated[str, typer.Option("--group", help="Column: groups to compare.")] = "",
    covariates: Annotated[str, typer.Option("--covariates", help="Columns of the Cox models, as age,sex,stage.")] = "",
    entry: Annotated[str, typer.Option("--entry", help="Column: time from which a patient was observed (late entry).")] = "",
    strata: Annotated[str, typer.Option("--strata", help="Column: strata of tests and models.")] = "",
    cluster: Annotated[str, typer.Option("--cluster", help="Column: patient or centre whose rows belong together.")] = "",
    weight: Annotated[str, typer.Option("--weight", help="Column: case weights.")] = "",
    happened: Annotated[
        str,
        typer.Option("--happened", help="Codes of the event column that are the event, as 2 or relapse,death; others: censored."),
    ] = "",
    missing: Annotated[str, typer.Option("--missing", help="Further words for 'no value', as -999.")] = "",
    cause: Annotated[int, typer.Option("--cause", help="Of several events, the one of interest.")] = 1,
    at: Annotated[str, typer.Option("--at", help="Times at which survival is stated, as 6,12,24.")] = "",
    horizon: Annotated[float, typer.Option("--horizon", help="Restricted mean up to this time; 0: none.")] = 0.0,
    interval: Annotated[str, typer.Option("--interval", help="Type of interval: log-log, log or plain.")] = "log-log",
    ties: Annotated[str, typer.Option("--ties", help="Ties of the Cox models: efron or breslow.")] = "efron",
    out: learn_literature.Out = None,
    unit: Annotated[str, typer.Option("--unit", help="Of time, as figures print it: months, days.")] = "time",
    since: Annotated[str, typer.Option("--since", help="Origin of time, as figures print it.")] = "origin",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")
    ] = False,
) -> None:
    """Kaplan-Meier, log-rank and Cox of a table; with competing events also cumulative incidence, Gray and Fine-Gray."""
    from glisson.actions import SurvivalWanted, survival_of_table
    from glisson.learn.cohort.screen import Columns

    columns = Columns(
        time=time, event=event, entry=entry, group=group, stratum=strata, cluster=cluster, weight=weight,
        covariates=_words(covariates), happened=_words(happened), missing=_words(missing),
    )  # fmt: skip
    wanted = SurvivalWanted(
        times=_times(at), cause=cause, interval=interval, ties=ties, horizon=horizon or None, curves=out is not None, unit=unit,
        since=since,
    )  # fmt: skip
    result = survival_of_table(path, columns, wanted)
    files = learn_literature.written(result, out)
    if as_json:
        print_json([result])
        return
    show_survival(result)
    say_findings(result.findings)
    say_files(files)


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _times(text: str) -> tuple[float, ...]:
    from glisson.errors import BadInput

    try:
        times = tuple(float(word) for word in _words(text))
    except ValueError:
        raise BadInput("--at holds something that is no number", do="--at 6,12,24") from None
    if any(not 0 <= time < float("inf") for time in times):
        raise BadInput("--at holds a time before the origin", allowed="0 or more")
    return tuple(sorted(times))


def show_survival(result: "Result") -> None:
    """Curves, tests and models of a survival study on the screen."""
    value = result.value
    say(f"{value['used']} of {value['rows']} rows used")
    if "overall" not in value:
        return
    kind, confidence = result.parameters["interval"], 100 * result.parameters["confidence_fraction"]
    shown = [{"group": "all"} | value["overall"], *value.get("groups", [])]
    rows = [
        [one["group"], str(one["rows"]), str(one["events"]), _reached(one["median"], "time"), _ends(one["median"])]
        for one in shown
    ]
    table(
        f"Kaplan-Meier: time free of every event ({confidence:g} % CI, {kind})",
        ["", "rows", "events", "median", "interval"],
        rows,
    )
    say(f"median follow-up (reverse Kaplan-Meier): {_reached(value['follow_up_median'], 'time')}")
    _show_times(shown, "survival", "Survival, %")
    for place, cause in enumerate(value.get("incidence", [])):
        parts = [
            {"group": "all"} | cause,
            *({"group": one["group"]} | one["incidence"][place] for one in value.get("groups", [])),
        ]
        _show_times(parts, "incidence", f"Cumulative incidence of cause {cause['cause']}, the others competing, %")
    for name in ("log_rank", "log_rank_cause", "gray"):
        if name in value:
            _show_test(value[name])
    _show_models(value, confidence)


def _reached(found: dict[str, Any], key: str) -> str:
    return "not reached" if found[key] is None else f"{found[key]:.1f}"


def _ends(found: dict[str, Any]) -> str:
    return f"{_reached(found, 'low')} to {_reached(found, 'high')}"


def _show_times(shown: list[dict[str, Any]], key: str, title: str) -> None:
    rows = []
    for one in shown:
        for row in one["at_times"]:
            said = "unknown" if row[key] is None else f"{100 * row[key]:.1f}"
            ends = "" if row["low"] is None else f"{100 * row['low']:.1f} to {100 * row['high']:.1f}"
            rows.append([one["group"], f"{row['time']:g}", f"{row['at_risk']:g}", f"{row.get('censored', 0):g}", said, ends])
    if key == "incidence":
        table(title, ["", "time", "at risk", "incidence", "interval"], [row[:3] + row[4:] for row in rows])
    else:
        table(title, ["", "time", "at risk", "censored", "survival", "interval"], rows)


def _show_test(test: dict[str, Any]) -> None:
    if test["p"] is None:
        say(f"{test['test']}: cannot say")
    else:
        say(f"{test['test']}: chi-square {test['statistic']:.2f}, {test['degrees']} degrees of freedom, p {_p(test['p'])}")


def _p(p: float | None) -> str:
    if p is None:
        return "cannot say"
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _ratio(found: dict[str, Any]) -> str:
    if found["ratio"] is None:
        return "cannot say"
    middle, low, high = (
        f"{found[key]:.3f}" if 0.1 < found[key] < 10 else f"{found[key]:.3g}" for key in ("ratio", "low", "high")
    )
    return f"{middle} ({low} to {high})"


def _show_models(value: dict[str, Any], confidence: float) -> None:
    if "cox" in value:
        cox = value["cox"]
        title = f"Cox, {cox['of']}: {cox['rows']} rows, {cox['events']} events, ties {cox['ties']}, variance {cox['variance']}"
        rows = [
            [term["name"], _ratio(term["alone"]), _ratio(term["together"]), _p(term["together"]["p"]), _p(term["proportional_p"])]
            for term in cox["terms"]
        ]
        ends = f"({confidence:g} % CI)"
        table(title, ["", f"HR alone {ends}", f"HR together {ends}", "p", "p (PH)"], rows)
        each = number(cox["events_per_variable"])
        say(f"concordance {number(cox['concordance'], 3)}; events per coefficient {each}; p (PH): proportional hazards")
    if "fine_gray" in value:
        model = value["fine_gray"]
        title = f"Fine-Gray, cause {model['cause']}: {model['events']} events, {model['competing']} competing"
        rows = [[term["name"], _ratio(term["together"]), _p(term["together"]["p"])] for term in model["terms"]]
        table(title, ["", f"subdistribution HR ({confidence:g} % CI)", "p"], rows)


learn_literature.add_to(app)
learn_registry.add_to(app)
learn_like.add_to(app)
learn_sites.add_to(app)
