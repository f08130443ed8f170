"""``glisson learn meta``, ``arms``, ``guyot`` and ``combination``: what is published."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.cli.screen import number, print_json, say, say_files, say_findings, table
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.case import Result

MEASURES = {
    "hr": "hazard ratio", "ratio": "ratio", "or": "odds ratio", "rr": "risk ratio", "rd": "risk difference", "proportion": "proportion",
    "median": "median", "peto": "Peto", "generic": "generic",
}  # fmt: skip
TESTS = {"normal": "normal", "hk": "Hartung-Knapp", "hk-never-narrower": "Hartung-Knapp, never narrower"}
Out = Annotated[Path | None, typer.Option("--out", help="Folder for the page (HTML, PDF), figures and the numbers behind them.")]
Json = Annotated[bool, typer.Option("--json", help="Print the stamped Result on standard output and nothing else.")]


def meta(
    path: Annotated[Path | None, typer.Argument(metavar="[TABLE]", help="One row per study: CSV, Parquet, XPT or SAS file.")] = None,
    measure: Annotated[str, typer.Option("--measure", help="hr, ratio, or, rr, rd, proportion, median, peto, generic.")] = "hr",
    columns: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="NAME=COLUMN", help="Where a column has another name: hr ratio, low, high; or, rr, rd "
            "events, of, control_events, control_of; proportion count, of; median median, low, high; peto observed_minus_expected, "
            "variance; generic estimate, variance."),
    ] = None,
    method: Annotated[str, typer.Option("--method", help="fixed, DL, REML, ML or PM.")] = "REML",
    test: Annotated[str, typer.Option("--test", help="normal, hk (Hartung-Knapp) or hk-never-narrower.")] = "normal",
    transform: Annotated[str, typer.Option("--transform", help="Of proportions: logit, arcsine, 'double arcsine', raw.")] = "logit",
    label: Annotated[str, typer.Option("--label", help="Column with the names of studies.")] = "study",
    order: Annotated[str, typer.Option("--order", help="Column by which studies come in, as year.")] = "",
    moderators: Annotated[str, typer.Option("--moderators", help="Columns of a meta-regression, as dose,year.")] = "",
    arms: Annotated[str, typer.Option("--arms", help="Instead of a table: published hazard ratios by id, with commas.")] = "",
    out: Out = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Pools studies: mean, heterogeneity, prediction interval, small-study effects, sensitivity."""
    from glisson.actions import MetaWanted, meta_of_arms, meta_of_table

    if (path is None) == (not arms):
        raise BadInput("what to pool is not clear", allowed="a TABLE, or --arms with ids of published figures")
    wanted = MetaWanted(
        measure=_one_of(measure, MEASURES, "measure"), method=method, test=_one_of(test, TESTS, "test"), transform=transform,
        label=label, order=order, moderators=_words(moderators), columns=_pairs(columns or []),
    )  # fmt: skip
    result = meta_of_arms(_words(arms), wanted) if path is None else meta_of_table(path, wanted)
    files = written(result, out)
    if as_json:
        print_json([result])
        return
    _show_meta(result)
    say_findings(result.findings)
    say_files(files)


def arms(
    study: Annotated[str, typer.Option("--study", help="Part of the study's name.")] = "",
    endpoint: Annotated[str, typer.Option("--endpoint", help="Part of the endpoint, as OS or 'liver progression'.")] = "",
    line: Annotated[str, typer.Option("--line", help="Line of therapy as printed, as 3+.")] = "",
    disease: Annotated[str, typer.Option("--disease", help="Part of the disease.")] = "",
    containing: Annotated[str, typer.Option("--with", metavar="WORD", help="Part of the arm or the population.")] = "",
    compare: Annotated[str, typer.Option("--compare", metavar="ID,ID", help="May these two stand side by side?")] = "",
    as_json: Json = False,
) -> None:
    """Published figures with their definitions and sources; never ranked."""
    from glisson.actions import published_figures

    result = published_figures(
        study=study, endpoint=endpoint, line=line, disease=disease, containing=containing, compare=_words(compare)
    )
    if as_json:
        print_json([result])
        return
    _show_figures(result.value["figures"])
    if "comparable" in result.value:
        judged = result.value["comparable"]
        say(f"side by side: {judged['answer']}")
        for key, words in (("against", "against it"), ("unknown", "not stated"), ("cautions", "caution")):
            for reason in judged[key]:
                say(f"  {words}: {reason}")
    say_findings(result.findings)


def guyot(
    points: Annotated[Path, typer.Argument(metavar="POINTS", help="Table of points read off the curve: time, survival.")],
    risk: Annotated[Path, typer.Option("--risk", help="Table under the figure: time, at_risk.")],
    events: Annotated[int, typer.Option("--events", help="Events in all, where the paper prints them; -1: not printed.")] = -1,
    percent: Annotated[bool, typer.Option("--percent", help="Survival was read in percent.")] = False,
    time: Annotated[str, typer.Option("--time", help="Column of the points.")] = "time",
    survival: Annotated[str, typer.Option("--survival", help="Column of the points.")] = "survival",
    risk_time: Annotated[str, typer.Option("--risk-time", help="Column of the risk table.")] = "time",
    at_risk: Annotated[str, typer.Option("--at-risk", help="Column of the risk table.")] = "at_risk",
    out: Annotated[Path | None, typer.Option("--out", help="CSV file for the rows: time, event.")] = None,
    as_json: Json = False,
) -> None:
    """Individual follow-up from a published Kaplan-Meier curve (Guyot 2012), with its distance from the figure."""
    from glisson.actions import CurveWanted, curve_to_patients

    wanted = CurveWanted(
        events=None if events < 0 else events, time=time, survival=survival, risk_time=risk_time, at_risk=at_risk, percent=percent
    )
    result, _ = curve_to_patients(points, risk, wanted, out=out)
    if as_json:
        print_json([result])
        return
    value = result.value
    say(f"{value['patients']} patients, {value['events']} events")
    median = value["median"]
    ends = [_reached(median[key]) for key in ("time", "low", "high")]
    say(f"median of the rows {ends[0]} (95 % CI {ends[1]} to {ends[2]}, {median['interval']})")
    say(f"first point read at half or below: {_reached(value['median_read'])}")
    say(f"distance from the points: at most {value['furthest']:.4f}, typically {value['typical']:.4f}")
    shown = [[number(r["time"]), str(r["stated"]), str(r["reconstructed"]), f"{r['difference']:+d}"] for r in value["risk"]]
    table("Patients at risk", ["time", "stated", "reconstructed", "difference"], shown)
    say_findings(result.findings)
    if out is not None:
        say_files([out])


def combination(
    path: Annotated[Path, typer.Argument(metavar="TABLE", help="Follow-up of three groups, one row per patient.")],
    first: Annotated[str, typer.Option("--first", help="Group with the one treatment.")],
    second: Annotated[str, typer.Option("--second", help="Group with the other.")],
    both: Annotated[str, typer.Option("--both", help="Group with the combination.")],
    time: Annotated[str, typer.Option("--time", help="Column.")] = "time",
    event: Annotated[str, typer.Option("--event", help="Column: 1 event, 0 censored.")] = "event",
    group: Annotated[str, typer.Option("--group", help="Column.")] = "group",
    correlations: Annotated[str, typer.Option("--correlations", help="Of a patient's two times, as 0,0.3,0.6.")] = "",
    horizon: Annotated[
        float, typer.Option("--horizon", help="Until which mean times are taken; 0: the shortest follow-up.")
    ] = 0.0,
    margin: Annotated[
        float, typer.Option("--margin", help="Share of the expected time that is no difference worth the name.")
    ] = 0.1,
    draws: Annotated[int, typer.Option("--draws", help="Of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Of the bootstrap.")] = 1,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Friend or foe: the combination against independent action of its parts, over a range of correlations."""
    from glisson.actions import CombinationWanted, combination_of_table

    wanted = CombinationWanted(
        first=first, second=second, both=both, time=time, event=event, group=group, correlations=_reals(correlations),
        horizon=horizon or None, margin_fraction=margin, draws=draws, seed=seed,
    )  # fmt: skip
    result = combination_of_table(path, wanted)
    files = written(result, out)
    if as_json:
        print_json([result])
        return
    value = result.value
    say(f"{value['answer']}: {value['reason']}")
    rows = [
        [f"{one['rank_correlation']:g}", number(one["mean_time_expected"], 2), number(one["mean_time_observed"], 2),
         f"{one['difference']:+.2f}", f"{one['low']:+.2f} to {one['high']:+.2f}"]
        for one in value["expected"]
    ]  # fmt: skip
    title = f"Mean time until {value['horizon']:g}, by the correlation of a patient's two times"
    table(title, ["correlation", "expected", "observed", "difference", "95 %"], rows)
    gain, low, high = value["best_alone"]
    say(f"against the better treatment alone: {gain:+.2f} ({low:+.2f} to {high:+.2f})")
    for words in value["assumptions"]:
        say(f"  assumed: {words}")
    say_findings(result.findings)
    say_files(files)


def written(result: "Result", out: Path | None) -> list[Path]:
    """The page of a Result, where one is asked for; figures lie beside it."""
    from glisson.actions import write_learn_page

    if out is None:
        return []
    files = write_learn_page(result, out, made_at=datetime.now().astimezone().replace(microsecond=0))
    return [file for file in files if file.parent.name != "figures"]


def _show_meta(result: "Result") -> None:
    value = result.value
    say(f"{value['studies']} studies, {value['measure']}; {value['words']}")
    if "forest" in value:
        rows = [
            [
                one["study"],
                f"{one['estimate']:.3g}",
                f"{one['low']:.3g} to {one['high']:.3g}",
                f"{100 * one['weight_fraction']:.1f}",
            ]
            for one in value["forest"]
        ]
        table("Each study and the mean (95 % CI)", ["study", "estimate", "interval", "weight, %"], rows)
    else:
        rows = [
            [t["name"], f"{t['estimate']:.4f}", f"{t['low']:.4f} to {t['high']:.4f}", f"{t['p']:.4f}"] for t in value["terms"]
        ]
        table(f"Meta-regression, {value['measure']}", ["", "estimate", "interval", "p"], rows)
    _show_heterogeneity(value)
    if (mixed := value.get("mixed_logit")) is not None:
        ends = f"{100 * mixed['low']:.1f} to {100 * mixed['high']:.1f}"
        say(f"logit mixed model: {100 * mixed['share']:.1f} % ({ends}), tau² {mixed['tau2']:.4f}")


def _show_heterogeneity(value: dict[str, Any]) -> None:
    h = value["heterogeneity"]
    p = "cannot say" if h["q_p"] is None else f"{h['q_p']:.4f}"
    say(f"Q {h['q']:.2f}, {h['q_free']} degrees of freedom, p {p}; tau² {h['tau2']:.4f}{_ends(h['tau2_interval'], 4)}")
    say(f"I² {100 * h['i2_fraction']:.1f} %{_ends([100 * x for x in h['i2_interval']] if h['i2_interval'] else None, 1)}")
    if value.get("prediction"):
        low, high = value["prediction"]
        say(f"a new study: {low:.3g} to {high:.3g} (prediction interval, t with k - 2)")
    if value.get("egger"):
        say(f"Egger: p {value['egger']['p_value']:.4f}")
    if value.get("trim_and_fill"):
        filled = value["trim_and_fill"]
        say(f"trim and fill ({filled['estimator']}): {filled['missing']} studies missing on the {filled['side']}")


def _show_figures(figures: list[dict[str, Any]]) -> None:
    """A table for each meaning of an endpoint, under its definition."""
    say(f"{len(figures)} published figures")
    for endpoint, definition in dict.fromkeys((one["endpoint"], one["definition"]) for one in figures):
        rows = [
            [one["id"], f"{one['study']}: {one['arm']}", one["line"], _value(one), one["origin"], one["evidence"]]
            for one in figures
            if (one["endpoint"], one["definition"]) == (endpoint, definition)
        ]
        heads = ["id", "study: arm", "line", "value (95 % CI)", "time from", "known"]
        table(f"{endpoint}: {definition}", heads, rows, words=(1, 2, 3, 4, 5))


def _ends(ends: list[float] | None, digits: int) -> str:
    return "" if ends is None else f" ({ends[0]:.{digits}f} to {ends[1]:.{digits}f})"


def _value(one: dict[str, Any]) -> str:
    """Value with interval, or the hazard ratio where only that is printed."""
    ratio = one["hazard_ratio"]
    parts = []
    if one["value"] is not None:
        percent = one["unit"] == "fraction"
        parts.append(f"{100 * one['value']:g} %" if percent else f"{one['value']:g} mo{_pair(one['low'], one['high'])}")
    if ratio is not None:
        parts.append(f"HR {ratio:g}{_pair(one['hazard_ratio_low'], one['hazard_ratio_high'])}")
    return "; ".join(parts)


def _pair(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return ""
    return f" ({'?' if low is None else f'{low:g}'}-{'NR' if high is None else f'{high:g}'})"


def _reached(value: float | None) -> str:
    return "not reached" if value is None else f"{value:.2f}"


def _one_of(given: str, known: dict[str, str], what: str) -> str:
    if given not in known:
        raise BadInput(f"{what} '{given}'", allowed=", ".join(known))
    return known[given]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _reals(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in _words(text))
    except ValueError:
        raise BadInput("--correlations holds something that is no number", do="--correlations 0,0.3,0.6") from None


def _pairs(given: list[str]) -> dict[str, str]:
    found = {}
    for one in given:
        name, equals, column = one.partition("=")
        if not equals:
            raise BadInput("--column without '='", allowed="--column NAME=COLUMN, as --column ratio=hr")
        found[name.strip()] = column.strip()
    return found


def add_to(app: typer.Typer) -> None:
    """Puts the four commands under ``glisson learn``."""
    app.command("meta")(meta)
    app.command("arms")(arms)
    app.command("guyot")(guyot)
    app.command("combination")(combination)
