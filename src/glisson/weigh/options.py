"""``weigh``: every option of a case with its answer, its reasons, what is missing and who says so, as one stamped Result."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from typing import Any

from glisson.case import Case, Disease, Finding, Level, Result, current
from glisson.errors import BadKnowledge
from glisson.knowledge.guidelines import Guidance, Option, Rule, guidance, options
from glisson.knowledge.interactions import Interaction, rules
from glisson.knowledge.trials import Arm, arms, endpoint_words
from glisson.score.intention import derive_intention
from glisson.score.of_case import scores_of
from glisson.weigh.beside import computed_rows, disagreements
from glisson.weigh.computed import KINDS, computed_facts
from glisson.weigh.contradictions import require_consistent, require_possible
from glisson.weigh.fact import Fact
from glisson.weigh.facts import fact_names, facts_of
from glisson.weigh.history import History, history_of
from glisson.weigh.timing import Washout, earliest_of, washouts
from glisson.weigh.verdict import Verdict, Weighed, concerns, verdict
from glisson.weigh.words import label, unit

NOT_RANKED = (
    "Published figures are not ranked and not compared with each other: lines, people and definitions of endpoints differ. "
    "They are no forecast for this person."
)


def weigh_case(
    case: Case,
    *,
    day: date,
    today: date | None = None,
    zone: tzinfo = UTC,
    results: Mapping[str, Result] | None = None,
) -> Result:
    """Weighs every option of the case as it was known at the end of ``day``.

    Args:
        case: who.
        day: only what was recorded until then is used.
        today: the day on which this is asked, for refusing days that have not come; ``day`` if ``None``.
        zone: where the day ends.
        results: stored Results of the case by name ("remnant", "plan", "dose"): what they say of the remnant and of the lungs is used
            where nobody entered it, and stands beside what was entered.

    Raises:
        BadInput: units or days that cannot be, or facts that exclude each other; all of them are named.
    """
    require_possible(case, today=today or day)
    known = case.as_of(datetime.combine(day, time.max, zone))
    entered = facts_of(known, day)
    require_consistent(entered)
    stored = {name: result for name, result in (results or {}).items() if name in KINDS}
    computed = computed_facts(stored)
    facts = facts_of(known, day, computed)
    history = history_of(known, day)
    book = _rulebook()
    offered = [entry for entry in options().values() if known.disease.value in entry.diseases]
    asked = {entry.id: _asked(entry.id, known.disease) for entry in offered}
    verdicts = [verdict(entry, known.disease, asked[entry.id], facts) for entry in offered]

    def answers(others: Mapping[str, Fact]) -> Mapping[str, str]:
        return {entry.id: verdict(entry, known.disease, asked[entry.id], others).answer for entry in offered}

    times = washouts(history, [rule for rule in book if isinstance(rule, Interaction)], offered, known.disease)
    value = _value(known, day=day, facts=facts, verdicts=verdicts, history=history, times=times)
    shas = {f"results/{name}.json": result.sha256() for name, result in stored.items()}
    value["computed"] = computed_rows(entered, facts, computed, answers, shas) if computed else []
    return Result(
        kind="options",
        method="cited rules, three-valued",
        parameters={"as_of": day.isoformat()},
        inputs={"case": hashlib.sha256(known.model_dump_json().encode()).hexdigest()} | shas,
        value=value,
        findings=(
            *disagreements(value["computed"], {entry.id: entry.name for entry in offered}),
            *_findings(known, verdicts, value),
        ),
        sources=_sources(value),
    )


@cache
def _rulebook() -> tuple[Rule, ...]:
    """The rules, each of whose facts exists.

    Raises:
        BadKnowledge: one asks for a fact that no case can have.
    """
    for rule in rules():
        if strange := set(rule.when.facts()) - fact_names():
            raise BadKnowledge(f"rule {rule.id} asks for '{min(strange)}', which no case can have")
    return rules()


@cache
def _asked(option: str, disease: Disease) -> tuple[Rule, ...]:
    """The rules that concern an option in a disease."""
    return tuple(rule for rule in _rulebook() if concerns(rule, options()[option], disease))


def _value(
    case: Case,
    *,
    day: date,
    facts: Mapping[str, Fact],
    verdicts: Sequence[Verdict],
    history: History,
    times: Sequence[Washout],
) -> dict[str, Any]:
    read = [entry for entry in guidance() if _speaks(entry, case.disease, [one.option for one in verdicts])]
    shown = [arm for arm in arms() if arm.disease == case.disease.value]
    rows = [_option(one, facts, read, shown, times) for one in verdicts]
    used = {name for row in rows for key in ("against", "cannot_say", "holds") for entry in row[key] for name in entry["facts"]}
    said = {name for row in rows for key in ("against", "cannot_say", "holds", "passed") for name in _ids(row[key])}
    said |= {rule for row in rows for conflict in row["conflicts"] for rule in conflict} | {one.rule.id for one in times}
    return {
        "case": case.id, "disease": case.disease.value, "as_of": day.isoformat(), "options": rows,
        "counts": {answer: sum(row["answer"] == answer for row in rows) for answer in ("open", "caution", "closed", "cannot say")},
        "missing": _missing(verdicts),
        "facts": {name: _fact(facts[name]) for name in sorted(used)},
        "rules": {rule.id: _rule(rule) for rule in rules() if rule.id in said},
        "timeline": [one.row(day) for one in times],
        "lines": [_line(line) for line in history.lines],
        "guidance": [_guidance(entry) for entry in read],
        "arms": [_arm(arm) for arm in shown], "arms_note": NOT_RANKED,
        "scores": [score.row() for score in scores_of(case)],
        "intention": _intention(case, facts),
        "decisions": [_decision(event) for event in current(case.events) if event.kind == "decision"],
    }  # fmt: skip


def _speaks(entry: Guidance, disease: Disease, offered: Sequence[Option]) -> bool:
    """Whether guidance speaks on any option of the page."""
    reached = any(option.answers_to(name) for name in entry.options for option in offered)
    return reached and (not entry.diseases or disease.value in entry.diseases)


def _ids(entries: Sequence[Any]) -> set[str]:
    return {entry if isinstance(entry, str) else entry["rule"] for entry in entries}


def _option(
    one: Verdict, facts: Mapping[str, Fact], read: Sequence[Guidance], shown: Sequence[Arm], times: Sequence[Washout]
) -> dict[str, Any]:
    against = [entry for entry in one.speaking(True) if entry.level != "info"]
    holding = [entry for entry in one.speaking(True) if entry.level == "info"]
    return {
        "option": one.option.id, "name": one.option.name, "group": one.option.group,
        "answer": one.answer, "possible": list(one.possible),
        "against": [_weighed(entry) for entry in against],
        "cannot_say": [_weighed(entry) for entry in one.speaking(None) if entry.level != "info"],
        "holds": [_weighed(entry) for entry in holding],
        "passed": [entry.rule.id for entry in one.speaking(False) if entry.level != "info"],
        "missing": list(one.missing), "could_close": list(one.closing),
        "conflicts": _conflicts(one),
        "earliest": earliest_of(one.option, times),
        "guidance": [entry.id for entry in read if any(one.option.answers_to(name) for name in entry.options)],
        "arms": [arm.id for arm in shown if one.option.id in arm.options],
    }  # fmt: skip


def _weighed(entry: Weighed) -> dict[str, Any]:
    return {"rule": entry.rule.id, "level": entry.level, "lowered": entry.lowered, "facts": list(entry.facts)}


def _conflicts(one: Verdict) -> list[list[str]]:
    """Pairs of rules that say otherwise: both hold of the case, or of two that may speak against the option only one does."""
    own = {entry.rule.id: entry for entry in one.weighed}
    pairs = {
        tuple(sorted((name, other)))
        for name, entry in own.items()
        for other in entry.rule.against
        if other in own and _disagree(entry, own[other])
    }
    return [list(pair) for pair in sorted(pairs)]


def _disagree(one: Weighed, other: Weighed) -> bool:
    if one.holds and other.holds:
        return True
    return {one.holds, other.holds} == {True, False} and "info" not in (one.level, other.level)


def _missing(verdicts: Sequence[Verdict]) -> list[dict[str, Any]]:
    """Missing facts with the options that each would help to settle, the most useful first."""
    helps: dict[str, list[str]] = defaultdict(list)
    closes: dict[str, list[str]] = defaultdict(list)
    for one in verdicts:
        for name in one.missing:
            helps[name].append(one.option.id)
        for name in one.closing:
            closes[name].append(one.option.id)
    names = sorted({*helps, *closes}, key=lambda name: (-len(helps[name]), -len(closes[name]), name))
    return [{"fact": name, "label": label(name), "options": helps[name], "could_close": closes[name]} for name in names]


def _fact(fact: Fact) -> dict[str, Any]:
    return fact.row() | {"label": label(fact.name), "unit": unit(fact.name) if fact.value != "never" else ""}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "says": str(rule.value), "short": rule.short, "level": rule.level, "holds_for": rule.holds_for, "source": rule.source,
        "place": rule.place, "evidence": rule.evidence.value, "year": rule.year, "tags": list(rule.tags),
        "against": list(rule.against), "note": rule.note,
    }  # fmt: skip


def _line(line: Any) -> dict[str, Any]:
    return {
        "treatment": line.name, "words": line.words, "line": line.number,
        "first": None if line.first is None else line.first.isoformat(), "last": None if line.last is None else line.last.isoformat(),
        "goes_on": line.goes_on, "drugs": None if line.drugs is None else sorted(line.drugs),
    }  # fmt: skip


def _guidance(entry: Guidance) -> dict[str, Any]:
    return {"id": entry.id, "says": str(entry.value), "source": entry.source, "place": entry.place}


def _arm(arm: Arm) -> dict[str, Any]:
    words = endpoint_words()[arm.endpoint]
    return {
        "id": arm.id, "study": arm.study, "year": arm.year, "arm": arm.arm, "comparator": arm.comparator, "people": arm.holds_for,
        "line": arm.line, "n": arm.n, "endpoint": arm.endpoint, "definition": str(words.value), "value": arm.value, "unit": arm.unit,
        "interval": None if arm.interval is None else list(arm.interval), "ratio": None if arm.ratio is None else list(arm.ratio),
        "source": arm.source, "place": arm.place, "evidence": arm.evidence.value,
    }  # fmt: skip


def _intention(case: Case, facts: Mapping[str, Fact]) -> dict[str, Any] | None:
    """The class of intention with which irinotecan-TACE would be given; ``None`` where that is no option."""
    if case.disease is not Disease.COLORECTAL:
        return None
    lines, last = facts["systemic_lines"], facts["last_response"]
    reading = derive_intention(
        systemic_lines=int(lines.low) if lines.known and lines.low is not None else None,
        last_response=str(last.value) if last.known else None,
    )
    return {"option": "irinotecan-tace", "derived": reading.derived, "words": reading.words, "missing": list(reading.missing)}


def _decision(event: Any) -> dict[str, Any]:
    at = None if event.at is None else event.at.isoformat()
    return {
        "at": at, "by": event.by, "option": event.option, "reasons": list(event.reasons), "dissent": list(event.dissent),
        "result": event.result, "text": event.text,
    }  # fmt: skip


def _findings(case: Case, verdicts: Sequence[Verdict], value: Mapping[str, Any]) -> tuple[Finding, ...]:
    found: list[Finding] = []

    def say(code: str, level: Level, text: str) -> None:
        found.append(Finding(code=code, level=level, text=text))

    if case.disease is Disease.UNKNOWN:
        say("disease-missing", Level.WARNING, "cannot say: the disease is not entered, and every rule was written for one")
    elif not verdicts:
        say("disease-without-options", Level.WARNING, f"no option is sourced here for {case.disease.value}")
    if any(event.kind == "death" for event in current(case.events)):
        say("death-on-record", Level.WARNING, "the case records a death")
    pairs = sorted({tuple(pair) for row in value["options"] for pair in row["conflicts"]})
    for first, second in pairs:
        say("sources-disagree", Level.WARNING, f"sources disagree: {_brief(value, first)}; {_brief(value, second)}")
    borrowed = sorted({entry.rule.id for one in verdicts for entry in one.speaking(True) if entry.lowered})
    if borrowed:
        say(
            "borrowed-rules", Level.NOTE,
            f"{len(borrowed)} rules of labels or written for hepatocellular carcinoma are shown as cautions here, whatever they say",
        )  # fmt: skip
    if value["guidance"]:
        say(
            "guidance-to-read",
            Level.NOTE,
            f"{len(value['guidance'])} guidelines speak on these options and are not encoded: they must be read",
        )
    return tuple(found)


def _brief(value: Mapping[str, Any], rule: str) -> str:
    entry = value["rules"][rule]
    tags = f" [{', '.join(entry['tags'])}]" if entry["tags"] else ""
    return f"{entry['short']}{tags} ({entry['source']})"


def _sources(value: Mapping[str, Any]) -> tuple[str, ...]:
    groups = (value["rules"].values(), value["guidance"], value["arms"])
    named = [entry["source"] for group in groups for entry in group]
    return tuple(dict.fromkeys([*named, *(source for score in value["scores"] for source in score["sources"])]))
