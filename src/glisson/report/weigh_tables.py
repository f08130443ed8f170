"""Tables of the page of options: verdicts, what to ask next, timing, conflicts, rules, published figures."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from glisson.knowledge import sources
from glisson.report.citations import Citations
from glisson.report.document import Cell, Column, Table, Tone, table
from glisson.report.words import CANNOT_SAY, as_given, cannot_say, opening, percent

Value = Mapping[str, Any]
TONES: dict[str, Tone] = {"open": "strong", "caution": "strong", "closed": "bad", CANNOT_SAY: "unknown"}
ORDER = ("open", "caution", CANNOT_SAY, "closed")
HOW = {
    "A": "seen in the source", "D": "stated in a document", "S": "second-hand", "I": "this project's reading", "C": "computed",
    "F": "from a program's files",
}  # fmt: skip
MOST_REASONS, MOST_MISSING = 2, 4


def link(citations: Citations, source: str) -> tuple[str, str]:
    """The number of a source with its address: its DOI or page, else its line in the list of sources."""
    mark = citations.mark(source)
    entry = sources()[source]
    return mark, f"https://doi.org/{entry.doi}" if entry.doi else entry.link or f"#source-{mark.strip('[]')}"


def links(citations: Citations, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Several of them, each once."""
    return tuple(link(citations, name) for name in dict.fromkeys(names))


def fact_words(value: Value, names: Sequence[str], *, dated: bool = True) -> str:
    """Facts with their values and days, as "bilirubin 41 µmol/L (2026-03-01)"."""
    told = []
    for name in names:
        fact = value["facts"][name]
        said = f"{fact['label']} {fact['text']}{' ' + fact['unit'] if fact['unit'] and fact['text'] != CANNOT_SAY else ''}"
        behind = fact["at"] if fact["at"] else fact["how"].split(",")[0] if fact["how"].startswith("results/") else ""
        told.append(f"{said} ({behind})" if dated and behind else said)
    return "; ".join(told)


def verdict_table(value: Value, title: str, rows: Sequence[Value], citations: Citations) -> Table:
    """One line for each option: the answer, why, what is missing, from when; without columns in which nothing stands."""
    ordered = sorted(rows, key=lambda row: ORDER.index(row["answer"]))
    cells = [_verdict(value, row, citations) for row in ordered]
    heads = ("option", "answer", "why", "still missing", "earliest")
    kept = [place for place in range(len(heads)) if any(row[place].text for row in cells)]
    columns = tuple(Column(heads[place], align="left") for place in kept)
    return table(title, columns, [tuple(row[place] for place in kept) for row in cells])


def _verdict(value: Value, row: Value, citations: Citations) -> tuple[Cell, ...]:
    shown = _shown(row)
    marks = links(citations, (value["rules"][entry["rule"]]["source"] for entry in shown))
    return (
        Cell(row["name"], "strong"), Cell(row["answer"], TONES[row["answer"]]),
        Cell(why(value, row) + _otherwise(value, row["option"]), links=marks),
        Cell(missing_words(row["missing"], value), "quiet"), Cell(earliest_words(row["earliest"], value["as_of"]), "quiet"),
    )  # fmt: skip


def _otherwise(value: Value, option: str) -> str:
    """What the answer would be with a computed fact that disagrees with the entered one."""
    told = [(row["label"], one["answer"]) for row in value["computed"] for one in row["would_change"] if one["option"] == option]
    return "".join(f". With the computed {name}: {answer}" for name, answer in told)


def _shown(row: Value) -> Sequence[Value]:
    """One reason for what is closed, the gravest two for the rest."""
    found: Sequence[Value] = row["against"]
    return found[: 1 if row["answer"] == "closed" else MOST_REASONS]


def why(value: Value, row: Value) -> str:
    """The gravest reasons, or that nothing known speaks against it."""
    disputed = {name for pair in row["conflicts"] for name in pair}
    told = [_reason(value, entry) + (" (sources disagree)" if entry["rule"] in disputed else "") for entry in _shown(row)]
    more = len(row["against"]) - len(told)
    text = opening("; ".join(told) + (f"; and {more} more" if more > 0 and row["answer"] != "closed" else ""))
    if row["answer"] != CANNOT_SAY:
        return text or f"Nothing against it in {len(row['passed'])} rule{'s' if len(row['passed']) != 1 else ''}"
    asked = f"{len(row['passed'])} of {len(row['passed']) + len(row['cannot_say'])} rules could be asked"
    best = "" if "closed" in row["possible"] else ". Nothing can close it"
    return f"{text or f'Nothing known against it; {asked}'}{best}"


def _reason(value: Value, entry: Value) -> str:
    rule = value["rules"][entry["rule"]]
    tags = f" [{', '.join(rule['tags'])}]" if rule["tags"] else ""
    short = f"not met: {rule['short']}" if rule["level"] == "needs" else rule["short"]
    return short + tags


def missing_words(names: Sequence[str], value: Value, most: int = MOST_MISSING) -> str:
    """The first facts of a list, in words."""
    labels = {entry["fact"]: entry["label"] for entry in value["missing"]}
    shown = [labels.get(name, name) for name in names]
    rank = {entry["fact"]: place for place, entry in enumerate(value["missing"])}
    shown = [labels.get(name, name) for name in sorted(names, key=lambda name: rank.get(name, len(rank)))]
    return ", ".join(shown[:most]) + (f" and {len(shown) - most} more" if len(shown) > most else "")


def earliest_words(earliest: Value | None, day: str) -> str:
    """From when, by the shorter and the longer published time; nothing where both have passed."""
    if earliest is None or earliest["longer"] <= day:
        return ""
    days = earliest["shorter"] if earliest["shorter"] == earliest["longer"] else f"{earliest['shorter']} to {earliest['longer']}"
    return f"{days} if stopped today" if earliest["if_stopped_today"] else days


def ask_table(value: Value, most: int = 10) -> Table:
    """The facts that would settle most."""
    names = {row["option"]: row["name"] for row in value["options"]}
    columns = (Column("ask for", align="left"), Column("helps to settle", align="left"), Column("could close", align="left"))
    rows = [
        (Cell(entry["label"], "strong"), Cell(_several(entry["options"], names)), Cell(_several(entry["could_close"], names)))
        for entry in value["missing"][:most]
    ]
    left = len(value["missing"]) - most
    return table(
        "What to ask next", columns, rows, f"{left} more facts would help; they stand with each option." if left > 0 else ""
    )


def _several(options: Sequence[str], names: Mapping[str, str], most: int = 2) -> str:
    if not options:
        return "–"
    first = "; ".join(names[option] for option in options[:most])
    return f"{first}; and {len(options) - most} more" if len(options) > most else first


def timeline_table(value: Value, citations: Citations) -> Table:
    """Washouts: drug, last dose, what is planned, from when by each source."""
    names = {row["option"]: row["name"] for row in value["options"]}
    columns = tuple(Column(head, align="left") for head in ("drug", "last dose", "before", "from", "after it", "source"))
    rows = []
    for entry in value["timeline"]:
        before = _span(entry["before_days"])
        days = "–" if entry["earliest"] is None else entry["earliest"]
        if entry["latest"] != entry["earliest"]:
            days = f"{entry['earliest']} to {entry['latest']}"
        passed = " (passed)" if entry["passed"] else ""
        rows.append((
            Cell(f"{entry['drug']} ({entry['line']})", "strong"),
            Cell(entry["last_dose"] or "goes on; counted from a stop today"),
            Cell(f"{_several(entry['options'], names, 1)}: {before}" if before else _several(entry["options"], names, 1)),
            Cell(days + passed), Cell(_after(entry["after_days"])), Cell("", links=links(citations, [entry["source"]])),
        ))  # fmt: skip
    return table(
        "Drugs against what is planned", columns, rows, "Days count from the last day of the line to the day of the procedure."
    )


def computed_table(value: Value) -> Table:
    """What stored Results say beside what was entered."""
    names = {row["option"]: row["name"] for row in value["options"]}
    heads = ("fact", "computed", "from", "entered", "used", "with the computed one")
    columns = tuple(Column(head, align="left") for head in heads)
    rows = []
    for row in value["computed"]:
        behind = f" {row['unit']}" if row["unit"] else ""
        entered = "–" if row["entered"] is None else f"{row['entered']}{behind}{_on(row['entered_at'])}"
        changed = "; ".join(f"{names[one['option']]}: {one['answer']}" for one in row["would_change"])
        tone: Tone = "bad" if row["disagrees"] else ""
        rows.append((
            Cell(row["label"], "strong"), Cell(f"{row['text']}{behind}"), Cell(f"{row['how']} (sha256 {row['result'][:12]})", "quiet"),
            Cell(f"{entered}{': disagrees' if tone else ''}", tone),
            Cell("the computed one" if row["used"] else "the entered one"),
            Cell(changed or ("no answer differs" if tone else "–")),
        ))  # fmt: skip
    return table("Computed for this case", columns, rows, "Stored Results carry no day; what was entered stands before them.")


def _on(day: str | None) -> str:
    return f" ({day})" if day else ""


def _span(days: Sequence[float] | None) -> str:
    if days is None:
        return ""
    low, high = (as_given(each) for each in days)
    return f"{low} days" if low == high else f"{low} to {high} days"


def _after(days: Sequence[float | None] | None) -> str:
    if days is None:
        return "–"
    low, high = days
    if high is None:
        return "not any time after" if not low else f"{as_given(low)} days or later"
    return f"within {as_given(high)} days: a risk" if not low else f"{as_given(low)} to {as_given(high)} days or later"


def conflict_table(value: Value, citations: Citations) -> Table:
    """Sources that say otherwise, side by side."""
    columns = (Column("says", align="left"), Column("says otherwise", align="left"), Column("on", align="left"))
    on: dict[tuple[str, str], list[str]] = {}
    for row in value["options"]:
        for pair in row["conflicts"]:
            on.setdefault((pair[0], pair[1]), []).append(row["option"])
    names = {row["option"]: row["name"] for row in value["options"]}
    rows = [
        (_statement(value, first, citations), _statement(value, second, citations), Cell(_several(options, names), "quiet"))
        for (first, second), options in on.items()
    ]
    return table("Sources that disagree", columns, rows)


def _statement(value: Value, name: str, citations: Citations) -> Cell:
    rule = value["rules"][name]
    return Cell(f"{opening(rule['says'])} ({how_good(rule)})", links=links(citations, [rule["source"]]))


def how_good(rule: Value) -> str:
    """Year, evidence and tags of a statement in words."""
    parts = [str(rule["year"])] if rule["year"] else []
    return ", ".join([*parts, HOW[rule["evidence"]], *(f"written for {tag}" if tag == "HCC" else tag for tag in rule["tags"])])


def rules_table(value: Value, row: Value, citations: Citations) -> Table:
    """Every rule that holds or cannot be told of one option, with its facts and its source."""
    columns = (
        Column("", align="left"),
        Column("statement", align="left"),
        Column("facts of the case", align="left"),
        Column("source", align="left"),
    )
    told = (
        [("against", "bad"), ("cannot_say", "unknown"), ("holds", "quiet")] if row["answer"] != "closed" else [("against", "bad")]
    )
    rows = [_rule(value, entry, key, tone, citations) for key, tone in told for entry in row[key]]
    passed = "; ".join(value["rules"][name]["short"] for name in row["passed"]) if row["answer"] != "closed" else ""
    return table("Rules", columns, rows, f"Asked, and not in the way: {passed}." if passed else "")


def _rule(value: Value, entry: Value, key: str, tone: Any, citations: Citations) -> tuple[Cell, ...]:
    rule = value["rules"][entry["rule"]]
    levels = {"closes": "closes", "needs": "closes", "caution": "caution", "info": "note"}
    verb = levels[entry["level"]] if key != "cannot_say" else f"{levels[entry['level']]}?"
    lowered = (
        f" It says '{'contraindicated' if rule['level'] == 'closes' else 'needed'}'; used as a caution here."
        if entry["lowered"]
        else ""
    )
    wanted = "Needed: " if rule["level"] == "needs" else ""
    note = f" ({rule['note']})" if rule["note"] else ""
    brief = "" if key == "holds" else f"{wanted}{opening(rule['short'])}. "
    return (
        Cell(verb, tone), Cell(f"{brief}{opening(rule['says'])}{note}.{lowered}"),
        Cell(fact_words(value, entry["facts"]) or "always"),
        Cell(f"{rule['place']}, {how_good(rule)}", "quiet", links=links(citations, [rule["source"]])),
    )  # fmt: skip


def arms_table(value: Value, names: Sequence[str], citations: Citations) -> Table:
    """Published figures of one option, in the order of studies; never ranked."""
    heads = ("study", "arm", "line", "n", "endpoint", "figure", "hazard ratio", "source")
    columns = tuple(Column(head, align="right" if head == "n" else "left") for head in heads)
    found = {arm["id"]: arm for arm in value["arms"]}
    rows = [_arm(found[name], citations) for name in names]
    return table("Published figures", columns, rows, value["arms_note"])


def _arm(arm: Value, citations: Citations) -> tuple[Cell, ...]:
    figure = cannot_say("not reached or not printed") if arm["value"] is None else f"{as_given(arm['value'])} {arm['unit']}"
    if arm["unit"] == "fraction" and arm["value"] is not None:
        figure = f"{percent(arm['value'], 1)} %"
    interval = f" ({_bounds(arm['interval'])})" if arm["interval"] else ""
    ratio = f"{as_given(arm['ratio'][0])} ({_bounds(arm['ratio'][1:])})" if arm["ratio"] else "–"
    return (
        Cell(f"{arm['study']}{' ' + str(arm['year']) if arm['year'] else ''}"), Cell(f"{arm['arm']}; {arm['people']}"),
        Cell(arm["line"]), Cell(str(arm["n"] or "–")), Cell(f"{arm['endpoint'].replace('_', ' ')}: {arm['definition']}", "quiet"),
        Cell(figure + interval), Cell(ratio), Cell("", links=links(citations, [arm["source"]])),
    )  # fmt: skip


def _bounds(pair: Sequence[float | None]) -> str:
    low, high = ("not stated" if each is None else as_given(each) for each in pair)
    return "interval not stated" if low == high == "not stated" else f"{low} to {high}"
