"""Responses, best responses, endpoints and the comparison with what was stated, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Paragraph, Table, Tone, table
from glisson.report.follow_course import columns_of, visits_of
from glisson.report.words import CANNOT_SAY, as_given, cannot_say, cell, is_number, listed, number, opening, percent, plain

Value = Mapping[str, Any]
TONES: dict[str, Tone] = {"PD": "bad", "iUPD": "bad", "iCPD": "bad", "NE": "unknown", "CR": "strong", "PR": "strong", "iCR": "strong", "iPR": "strong"}
EVENTS = {0: "censored", 1: "event", 2: "competing event"}


def signed(text: str) -> str:
    """With a plus where it is above 0.

    >>> signed("12.0"), signed("0.0"), signed("cannot say")
    ('+12.0', '0.0', 'cannot say')
    """
    return f"+{text}" if text[:1].isdigit() and text.strip("0.") else text


def response_cell(said: Any) -> Cell:
    """A response, loud where it is progression."""
    return Cell("–", "quiet") if said is None else Cell(str(said), TONES.get(str(said), ""))


def day_cell(value: Any) -> Cell:
    """A day, or "cannot say"."""
    return cell(str(value) if value else CANNOT_SAY)


def course_tables(value: Value, criterion: str, reader: str) -> list[Block]:
    """The visits of one criterion and reader: numbers and calls, then the rule that decided each."""
    visits = visits_of(value, criterion, reader)
    if not visits:
        return []
    ending, unit = columns_of(criterion)
    rows = [[Cell(str(v["visit"])), day_cell(v["date"]), *_numbers(v, ending), *_calls(v)] for v in visits]
    baseline = next((v[f"baseline_{ending}"] for v in visits if is_number(v.get(f"baseline_{ending}"))), None)
    columns = [
        Column("Visit", align="left"), Column("date", align="left"), Column("sum", unit), Column("from baseline", "%"),
        Column("smallest before", unit), Column("from smallest", unit), Column("from smallest", "%"), Column("target", align="left"),
        Column("non-target", align="left"), Column("new lesion", align="left"), Column("overall", align="left"),
    ]  # fmt: skip
    note = f"Baseline sum {number(baseline)} {unit}. " if baseline is not None else "No baseline sum of targets. "
    note += "The smallest sum before counts the baseline. A dash: there is none of that kind."
    words = [[Cell(str(v["visit"])), response_cell(v["overall"]), Cell(opening(plain(v["words"]))), Cell(str(v["rule"]), "quiet")] for v in visits]
    heads = [Column("Visit", align="left"), Column("overall", align="left"), Column("which rule decided, on which lesions", align="left"), Column("rule", align="left")]
    name = f"{criterion}, {reader}"
    return [table(f"Visits by {name}", columns, rows, note), Table(f"Why, {name}", tuple(heads), tuple(map(tuple, words)))]


def _numbers(visit: Value, ending: str) -> list[Cell]:
    if visit["target"] is None:
        return [Cell("–", "quiet")] * 5
    total, nadir = visit.get(f"sum_{ending}"), visit.get(f"nadir_{ending}")
    grown = total - nadir if is_number(total) and is_number(nadir) else None
    return [
        cell(number(total)),
        cell(signed(percent(visit["change_from_baseline_fraction"], 1))),
        cell(number(nadir)),
        cell(signed(number(grown))),
        cell(signed(percent(visit["change_from_nadir_fraction"], 1))) if nadir else Cell("–", "quiet"),
    ]


def _calls(visit: Value) -> list[Cell]:
    new = Cell("yes", "bad") if visit["new_lesion"] else Cell("no")
    return [response_cell(visit["target"]), response_cell(visit["non_target"]), new, response_cell(visit["overall"])]


def lesion_table(value: Value, reader: str, names: Mapping[str, str]) -> Block:
    """Every lesion with its size or state at every visit, as one reader measured it."""
    measured = [row for row in listed(value, "lesions") if row.get("reader") == reader]
    if not measured:
        return Paragraph(f"Lesions: {cannot_say('none was measured')}.")
    visits = {float(row["visit_number"]): str(row["visit"]) for row in measured}
    order = sorted(visits)
    by_lesion: dict[str, dict[float, Value]] = {}
    for row in measured:
        by_lesion.setdefault(str(row["lesion"]), {})[float(row["visit_number"])] = row
    rows = []
    for name, seen in sorted(by_lesion.items(), key=lambda pair: (ROLE_ORDER[next(iter(pair[1].values()))["role"]], pair[0])):
        first = next(iter(seen.values()))
        kind = str(first["role"]) + (", node" if first["node"] else "")
        rows.append([Cell(names.get(name, name)), Cell(kind), cell(plain(first["organ"])), *(_size(seen.get(visit)) for visit in order)])
    columns = [Column("Lesion", align="left"), Column("role", align="left"), Column("organ", align="left"), *(Column(visits[v]) for v in order)]
    return table(f"Lesions as measured by {reader} (mm)", columns, rows, "Longest diameter, of a node the short axis; in brackets the viable diameter. A dash: not listed at that visit.")


ROLE_ORDER = {"target": 0, "non-target": 1, "new": 2}


def _size(row: Value | None) -> Cell:
    if row is None:
        return Cell("–", "quiet")
    if row["state"] not in ("measured", "too small"):
        return Cell(str(row["state"]), "unknown" if row["state"] == "not evaluable" else "bad" if "progression" in row["state"] else "")
    size = as_given(row["diameter_mm"]) if is_number(row["diameter_mm"]) else ""
    viable = f" ({as_given(row['viable_mm'])})" if is_number(row["viable_mm"]) else ""
    small = "too small" if row["state"] == "too small" else ""
    return Cell(" ".join(part for part in (size + viable, small) if part.strip()) or CANNOT_SAY)


def best_table(value: Value) -> list[Block]:
    """Best response by every criterion and reader, with and without confirmation, and what the words mean."""
    rows = [
        [
            Cell(plain(row["criterion"])), Cell(plain(row["reader"])), Cell("required" if row["confirmed"] else "not required"),
            response_cell(row["best"]), Cell(plain(row["visit"]) if row["visit"] else "–"), Cell(row["date"] or "–"), Cell(plain(row["reason"])),
        ]
        for row in listed(value, "best")
    ]  # fmt: skip
    if not rows:
        return [Paragraph(f"Best response: {cannot_say('no response with its date')}.")]
    columns = [Column(name, align="left") for name in ("Criterion", "reader", "confirmation", "best", "visit", "date", "why")]
    note = " ".join(f"{'With' if rule['confirmed'] else 'Without'} confirmation: {rule['words']}." for rule in listed(value, "best_rules"))
    return [Table("Best overall response", tuple(columns), tuple(map(tuple, rows)), note)]


def endpoint_blocks(value: Value) -> list[Block]:
    """Every endpoint with its source, then its definition."""
    found = listed(value, "endpoints")
    if not found:
        return [Paragraph(f"Endpoints: {cannot_say('deaths, sessions and contacts are not in these tables')}.")]
    rows = [_endpoint(row) for row in found]
    columns = [
        Column("Endpoint", align="left"), Column("from", align="left"), Column("day", align="left"), Column("", align="left"),
        Column("on", align="left"), Column("days"), Column("months"), Column("decided by", align="left"),
    ]  # fmt: skip
    definitions = tuple((Cell(str(row["endpoint"])), Cell(f"{opening(str(row['definition']))}.")) for row in found)
    heads = (Column("Endpoint", align="left"), Column("definition, with every choice that was made", align="left"))
    return [table("Time to event", columns, rows, "Every number belongs to its definition below."), Table("Definitions", heads, definitions)]


def _endpoint(row: Value) -> list[Cell]:
    event = row["event"]
    said = cell(CANNOT_SAY) if event is None else Cell(EVENTS[event], "strong" if event else "")
    ended = row["ended_by"]
    why = str(row["source"]) if event or row["source"] == ended or not ended else f"{row['source']} ({ended})" if row["source"] else str(ended)
    return [
        Cell(str(row["endpoint"])), Cell(str(row["origin_name"])), day_cell(row["origin"]), said, day_cell(row["date"]),
        cell(number(row["days"], 0)), cell(number(row["months"], 1)), Cell(why),
    ]  # fmt: skip


def check_blocks(rows: Sequence[Value]) -> list[Block]:
    """Stated against computed responses; nothing where nothing was stated."""
    stated = [row for row in rows if row.get("stated") is not None]
    if not stated:
        return []
    table_rows = [
        [
            Cell(str(row["visit"])), day_cell(row["date"]), Cell(str(row["reader"])), response_cell(row["stated"]), response_cell(row["as_read"]),
            _agrees(row["agrees"]), Cell(opening(plain(row["reason"])) if row["reason"] else "–"), Cell(plain(row["rows"] or [])),
        ]
        for row in stated
    ]  # fmt: skip
    columns = [Column(name, align="left") for name in ("Visit", "date", "reader", "stated", "computed", "agrees", "why", "rows")]
    agreed = sum(row["agrees"] is True for row in stated)
    note = f"{agreed} of {len(stated)} stated responses agree with the visit's own reading. Rows are those of the measurements."
    return [Table("By visit", tuple(columns), tuple(map(tuple, table_rows)), note)]


def _agrees(value: Any) -> Cell:
    return cell(CANNOT_SAY) if value is None else Cell("yes", "good") if value else Cell("no", "bad")


def _asked(question: str) -> str:
    return opening(question) if question.endswith("?") else f"{opening(question)}:"


def rules_table(value: Value, citations: Citations) -> Table:
    """Where the standard leaves room: what was chosen, what it means, and who says so."""
    rows = [
        (
            Cell(str(rule["option"])), Cell(str(rule["choice"]), "" if rule["default"] else "strong"), Cell("yes" if rule["default"] else "no"),
            Cell(f"{_asked(str(rule['question']))} {rule['meaning']} {citations.mark(rule['source'])}"),
        )
        for rule in listed(value, "rules")
    ]  # fmt: skip
    columns = (Column("Option", align="left"), Column("choice", align="left"), Column("default", align="left"), Column("question, what the choice means, source", align="left"))
    return Table("Rules in force", columns, tuple(rows))
