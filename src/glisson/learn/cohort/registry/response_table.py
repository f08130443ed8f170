"""Response in each window and best response, with two denominators and exact intervals."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from glisson.case import Finding, Level
from glisson.follow.best_response import BestResponseRule
from glisson.follow.rates import MEASURES, NOT_EVALUABLE
from glisson.follow.windows import Window, WindowRule, outside_windows, place_in_windows, responses_in_windows
from glisson.knowledge.endpoints import month_days
from glisson.learn.cohort.registry.comparison import ALL, Comparison, comparison, rows_of
from glisson.learn.cohort.registry.described import exact_share, share
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.readings import Readings, readings
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables

ALWAYS = ("CR", "PR", "SD", "PD", "NE", "not done")
ORDER = (
    "CR",
    "PR",
    "SD",
    "non-CR/non-PD",
    "PD",
    "iCR",
    "iPR",
    "iSD",
    "non-iCR/non-iUPD",
    "iUPD",
    "iCPD",
    "NED",
    "NE",
    "not done",
)
NOT_DONE = {"not assessed": "not done", "ND": "not done", "MISSING": "not done"}
UNFINISHED = "the data end before the window does"
AWAY = tuple(dict.fromkeys(NOT_DONE.get(call, call) for call in NOT_EVALUABLE))
DENOMINATORS = {
    "treated": "everyone who was treated and belongs to the population",
    "evaluable": "those with a call other than NE, no disease, or not done",
}


def response_table(tables: RegistryTables, protocol: Protocol) -> Section:
    """Calls of the deciding reader in each window of the protocol, and the best response without and with confirmation.

    Returns:
        ``windows`` and ``best``, each a list of tables with ``groups``: counts of every call, ``why`` nobody was seen, objective
        response and disease control of all treated and of those evaluable; ``outside``: scans in no window.

    Raises:
        BadInput: no reader decides, nobody was read, or windows that overlap.
    """
    read = readings(tables)
    who = comparison(tables.of_patients(read.patients["patient"]), protocol)
    value: dict[str, Any] = {
        "title": "Response",
        "reader": read.reader,
        "criterion": read.criterion,
        "group_variable": who.label or None,
        "of_no_group": who.of_no_group,
        "denominators": DENOMINATORS,
        "interval": f"{protocol.confidence_fraction * 100:g} %, exact (Clopper-Pearson)",
        "set_aside": len(read.set_aside),
        **_windows(tables, protocol, read, who),
        "best": [_best(tables, protocol, read, who, confirmed=confirmed) for confirmed in (False, True)],
    }
    findings: list[Finding] = []
    if read.set_aside:
        reasons = sorted(set(read.set_aside.values()))
        text = f"responses of {len(read.set_aside)} patients cannot be used ({', '.join(reasons)}); they count as NE"
        findings.append(Finding(code="responses-set-aside", level=Level.WARNING, text=text))
    if not protocol.windows:
        findings.append(Finding(code="no-windows", level=Level.NOTE, text="the protocol names no window: best response only"))
    return Section(value, tuple(findings))


def window_rule(protocol: Protocol) -> tuple[tuple[Window, ...], WindowRule]:
    """Windows and rule as ``follow`` takes them; no window where the protocol has none."""
    asked = protocol.windows
    if asked is None:
        return (), WindowRule()
    windows = tuple(Window(one.name, one.from_months, one.to_months) for one in asked.windows)
    return windows, WindowRule(asked.several, asked.before_new_therapy, asked.deaths, asked.carry_progression)


def calls_in_windows(tables: RegistryTables, protocol: Protocol, read: Readings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The call of every treated patient in every window (patient, window, call, why), and all scans with their window."""
    windows, rule = window_rule(protocol)
    placed = place_in_windows(read.responses, read.patients, windows)
    deaths, therapy = (tables.course.source(name) for name in ("death", "new therapy"))
    found = responses_in_windows(placed, read.patients, windows, rule=rule, deaths=deaths, new_therapy=therapy)
    found = found.with_columns(call=pl.col("status").replace(NOT_DONE)).select(
        "patient", "window", "call", "why", "scans_after_new_therapy"
    )
    return _aside(_unfinished(found, protocol, read), read), placed


def _unfinished(calls: pl.DataFrame, protocol: Protocol, read: Readings) -> pl.DataFrame:
    """Where the data end before the window does, that is why nobody was seen."""
    if protocol.cut_off is None:
        return calls
    windows, _ = window_rule(protocol)
    ends = pl.DataFrame({"window": [one.name for one in windows], "days": [int(one.to_months * month_days()) for one in windows]})
    table = calls.join(ends, on="window", how="left", maintain_order="left").join(
        read.patients, on="patient", how="left", maintain_order="left"
    )
    over = pl.col("reference") + pl.duration(days=pl.col("days")) <= pl.lit(protocol.cut_off)
    open_ = (pl.col("call") == "not done") & ~over & (pl.col("why") == "no scan in the window")
    return table.with_columns(why=pl.when(open_).then(pl.lit(UNFINISHED)).otherwise("why")).drop("days", "reference")


def _aside(table: pl.DataFrame, read: Readings) -> pl.DataFrame:
    """Patients whose calls cannot be used are not evaluable, and the reason says so."""
    away = pl.col("patient").is_in(list(read.set_aside))
    why = pl.col("patient").replace_strict(read.set_aside, default=None, return_dtype=pl.String)
    return table.with_columns(
        call=pl.when(away).then(pl.lit("NE")).otherwise("call"), why=pl.when(away).then(why).otherwise("why")
    )


def _windows(tables: RegistryTables, protocol: Protocol, read: Readings, who: Comparison) -> dict[str, Any]:
    windows, rule = window_rule(protocol)
    if not windows:
        return {"rule": None, "windows": [], "outside": None}
    calls, placed = calls_in_windows(tables, protocol, read)
    found = []
    for window in windows:
        mine = calls.filter(pl.col("window") == window.name)
        head = {"window": window.name, "from_months": window.from_months, "to_months": window.to_months}
        found.append({**head, "groups": _groups(mine, who, protocol, window.name)})
    rows = outside_windows(placed).to_dicts()
    outside = rows[0] if rows else {"scans": 0, "outside": 0, "patients_outside": 0}
    return {
        "rule": rule.words,
        "windows": found,
        "outside": {name: outside[name] for name in ("scans", "outside", "patients_outside")},
    }


def _best(tables: RegistryTables, protocol: Protocol, read: Readings, who: Comparison, *, confirmed: bool) -> dict[str, Any]:
    rule = BestResponseRule(confirmed=confirmed)
    mine = tables.best.filter(
        (pl.col("reader") == read.reader) & (pl.col("criterion") == read.criterion) & (pl.col("confirmed") == confirmed)
    ).select("patient", call=pl.col("best").replace(NOT_DONE), why=pl.col("reason"))
    every = read.patients.select("patient").join(mine, on="patient", how="left", maintain_order="left")
    every = every.with_columns(pl.col("call").fill_null("not done"), pl.col("why").fill_null("no visit that counts"))
    what = "best response, confirmed" if confirmed else "best response"
    return {"confirmed": confirmed, "rule": rule.words, "groups": _groups(_aside(every, read), who, protocol, what)}


def _groups(calls: pl.DataFrame, who: Comparison, protocol: Protocol, what: str) -> list[dict[str, Any]]:
    labels = {ALL: "All", **who.labels}
    return [
        {"group": name, "label": labels[name], **counted(rows_of(calls, members), protocol, what)}
        for name, members in who.members.items()
    ]


def counted(calls: pl.DataFrame, protocol: Protocol, what: str) -> dict[str, Any]:
    """Counts of one table of calls (patient, call, why), and the two rates with both denominators."""
    treated = calls.height
    counts = {call: int((calls["call"] == call).sum()) for call in ORDER}
    evaluable = treated - sum(counts[call] for call in AWAY)
    why = calls.filter(pl.col("call") == "not done")["why"].value_counts().sort(["count", "why"], descending=[True, False])
    rates = {}
    for measure, (inside, said) in MEASURES.items():
        count = sum(counts.get(call, 0) for call in inside)
        rates[measure.replace(" ", "_")] = {
            "treated": exact_share(count, treated, protocol.confidence_fraction),
            "evaluable": exact_share(count, evaluable, protocol.confidence_fraction),
            "definition": f"{said}, {what}",
        }
    return {
        "treated": treated,
        "evaluable": evaluable,
        "calls": {call: share(count, treated) for call, count in counts.items() if count or call in ALWAYS},
        "why_not_done": dict(why.iter_rows()),
        **rates,
    }


def assessed_in_windows(tables: RegistryTables, protocol: Protocol) -> Sequence[dict[str, Any]]:
    """Treated, assessed (a call, NE included) and evaluable patients of each window, for the flow diagram."""
    windows, _ = window_rule(protocol)
    if not windows:
        return []
    read = readings(tables)
    calls, _ = calls_in_windows(tables, protocol, read)
    found = []
    for window in windows:
        counts = counted(calls.filter(pl.col("window") == window.name), protocol, window.name)
        not_done = counts["calls"]["not done"]["count"]
        found.append(
            {"window": window.name, "treated": counts["treated"], "assessed": counts["treated"] - not_done,
             "evaluable": counts["evaluable"], "not_done": not_done, "why": counts["why_not_done"]}
        )  # fmt: skip
    return found
