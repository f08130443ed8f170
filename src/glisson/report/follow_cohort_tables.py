"""Rates, endpoints, agreement of readers and disagreements of many patients, as tables."""

from collections.abc import Mapping
from typing import Any

from glisson.report.document import Block, Cell, HeadlineItem, Paragraph, Table, table
from glisson.report.follow_tables import definitions, heads, response_cell
from glisson.report.words import CANNOT_SAY, cannot_say, cell, listed, number, opening, percent, plain

Value = Mapping[str, Any]


def _mine(value: Value, confirmed: bool) -> dict[str, Value]:
    """Rates of the reader and criterion that decide, by measure."""
    reader, criterion = value["reader"], (value["criteria"] or [None])[0]
    rows = [r for r in listed(value, "rates") if (r["reader"], r["criterion"], r["confirmed"]) == (reader, criterion, confirmed)]
    return {row["measure"]: row for row in rows}


def cohort_headlines(value: Value) -> list[HeadlineItem]:
    """Patients, objective response, disease control and how many stated calls agree."""
    items = [HeadlineItem(str(value["patients"]), "", "patients", f"{value['visits']} visits judged")]
    plain_rates, confirmed = _mine(value, False), _mine(value, True)
    for measure in ("objective response", "disease control"):
        row, other = plain_rates.get(measure), confirmed.get(measure)
        if row is None:
            items.append(HeadlineItem(CANNOT_SAY, "", measure, "no reader was chosen"))
            continue
        note = f"{row['count']} of {row['of']}; {percent(row['low'])} to {percent(row['high'])} %"
        note += f"; confirmed {other['count']}" if other and measure == "objective response" else ""
        items.append(HeadlineItem(percent(row["fraction"]), "%", measure, note))
    check = value["check"]
    if check["compared"]:
        wrong = check["compared"] - check["agree"]
        items.append(
            HeadlineItem(
                f"{check['agree']} / {check['compared']}", "", "stated calls agree", f"{wrong} differ", "bad" if wrong else ""
            )
        )
    return items


def rate_blocks(value: Value) -> list[Block]:
    """Rates of the deciding reader in full; of the others the two main ones."""
    blocks: list[Block] = []
    for rule in listed(value, "best_rules"):
        rows = [_rate(row) for row in _mine(value, rule["confirmed"]).values() if row["count"] or row["measure"] in MAIN]
        if rows:
            name = f"Best response, {value['criteria'][0]}, {value['reader']}"
            columns = heads("Category", "#patients", "#of", *SHARE)
            denominator = next(iter(_mine(value, rule["confirmed"]).values()))["denominator"]
            note = f"{opening(str(rule['words']))}. Denominator: {denominator}. Intervals are exact (Clopper-Pearson)."
            blocks.append(
                table(f"{name}, confirmation {'required' if rule['confirmed'] else 'not required'}", columns, rows, note)
            )
    others = [r for r in listed(value, "rates") if r["measure"] in MAIN]
    columns = heads("Criterion", "reader", "confirmation", "rate", "#patients", "#of", *SHARE)
    lines = [
        [Cell(str(r["criterion"])), Cell(str(r["reader"])), Cell("required" if r["confirmed"] else "not required"), *_rate(r)]
        for r in others
    ]
    return [*blocks, *([table("Every criterion and reader", columns, lines)] if lines else [])]


MAIN = ("objective response", "disease control")
SHARE = ("#share|%", "#95 %, from|%", "#to|%")


def _rate(row: Value) -> list[Cell]:
    name = Cell(opening(str(row["measure"])), "strong" if row["measure"] in MAIN else "")
    return [
        name,
        Cell(str(row["count"])),
        Cell(str(row["of"])),
        cell(percent(row["fraction"], 1)),
        cell(percent(row["low"], 1)),
        cell(percent(row["high"], 1)),
    ]


def endpoint_counts(value: Value) -> list[Block]:
    """How many events and censored patients every endpoint has, and its definition."""
    found = listed(value, "endpoints")
    if not found:
        return [Paragraph(f"Endpoints: {cannot_say('deaths, sessions and contacts are not in these tables')}.")]
    rows = [
        [
            Cell(str(r["endpoint"])),
            Cell(str(r["origin_name"])),
            *(Cell(str(r[n])) for n in ("patients", "events", "competing", "censored", "cannot_say")),
        ]
        for r in found
    ]
    columns = heads("Endpoint", "from", "#patients", "#events", "#competing", "#censored", "#cannot say")
    return [table("Time to event", columns, rows, "Times of every patient are in endpoints and adtte."), definitions(found)]


def agreement_blocks(value: Value) -> list[Block]:
    """Kappa of every pair of readers and of all of them."""
    rows = [
        [
            *(Cell(str(r[name])) for name in ("criterion", "readers", "subjects", "left_out", "agreed")),
            *(cell(number(r[name], 2)) for name in ("kappa", "low", "high")),
        ]
        for r in listed(value, "agreement")
    ]  # fmt: skip
    columns = heads("Criterion", "readers", "#visits", "#not read by all", "#agreed", "#kappa", "#95 %, from", "#to")
    methods = ". ".join(dict.fromkeys(opening(str(r["method"])) for r in listed(value, "agreement")))
    return [table("Agreement of readers on the overall response", columns, rows, f"{methods}.")]


def disagreement_blocks(check: Value) -> list[Block]:
    """Stated against computed calls: the count, and every one that differs."""
    said = f"{check['agree']} of {check['compared']} stated responses agree with the visit's own reading."
    said += f" {check['stated_only']} were stated without a measurement, {check['not_stated']} computed without a statement."
    rows = listed(check, "disagreements")
    if not rows:
        return [Paragraph(f"{said} None differs.")]
    lines = tuple(
        (
            *(Cell(plain(r[name])) for name in ("patient", "reader", "visit")), response_cell(r["stated"]), response_cell(r["as_read"]),
            Cell(opening(plain(r["reason"]))), Cell(plain(r["rows"] or [])),
        )
        for r in rows
    )  # fmt: skip
    columns = heads("Patient", "reader", "visit", "stated", "computed", "why", "rows")
    return [Paragraph(said), Table("Where they differ", columns, lines)]
