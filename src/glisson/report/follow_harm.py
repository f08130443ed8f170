"""Harm and quality of life of one patient, as tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Facts, Paragraph, Table, Tone, table
from glisson.report.follow_tables import day_cell, heads, signed
from glisson.report.words import CANNOT_SAY, as_given, cannot_say, cell, is_number, listed, number, opening, plain, yes_no

Value = Mapping[str, Any]
PHASES = ("before treatment", "periprocedural", "early", "later")


def grade_cell(grade: Any) -> Cell:
    """A grade, loud from 3 on."""
    if grade is None:
        return cell(CANNOT_SAY)
    return Cell(str(grade), "bad" if grade >= 3 else "")


def harm_blocks(harm: Any, citations: Citations) -> list[Block]:
    """Adverse events by phase, worst grade of every session, laboratory grades, harm to the liver, ALBI."""
    if not isinstance(harm, Mapping):
        return [Paragraph(f"Harm: {cannot_say('these tables hold responses only')}.")]
    blocks: list[Block] = [
        *_events(harm),
        *_sessions(harm),
        *_laboratory(harm),
        *_liver(harm, citations),
        *_albi(harm.get("albi")),
    ]
    return blocks


def _events(harm: Value) -> list[Block]:
    events = sorted(
        listed(harm, "events"), key=lambda e: (PHASES.index(e["phase"]) if e["phase"] else len(PHASES), str(e["start"]))
    )
    if not events:
        return [Paragraph("Adverse events: none is on record, which does not say that there was none.")]
    rows = [
        [
            cell(plain(e["phase"])), Cell(str(e["term"])), grade_cell(e["grade"]), day_cell(e["start"]), cell(number(e["day"], 0)),
            Cell(e["end"] or "–"), cell(plain(e["session"])), cell(plain(e["relation"])), cell(yes_no(e["serious"])),
            Cell(f"{e['from']}, CTCAE {e['ctcae']}" if e["ctcae"] else str(e["from"])),
        ]
        for e in events
    ]  # fmt: skip
    columns = heads("Phase", "term", "#grade", "began", "#day", "ended", "session", "related to", "serious", "from")
    return [table("Adverse events", columns, rows, f"{opening(str(harm['phases']))}.")]


def _sessions(harm: Value) -> list[Block]:
    rows = [
        [Cell(str(s["session"])), day_cell(s["date"]), Cell(number(s["events"], 0)),
         Cell("none recorded", "quiet") if not s["events"] else grade_cell(s["worst"]), Cell(", ".join(s["terms"]) or "–"),
         Cell(", ".join(s["ctcae"]) or "–")]
        for s in listed(harm, "sessions")
    ]  # fmt: skip
    if not rows:
        return []
    columns = heads("Session", "date", "#events", "worst grade", "terms of the worst", "CTCAE")
    return [table("Worst grade of every session", columns, rows, "No recorded event is not grade 0.")]


UNITS = {
    "umol_per_L": "µmol/L",
    "mmol_per_L": "mmol/L",
    "ug_per_L": "µg/L",
    "g_per_L": "g/L",
    "U_per_L": "U/L",
    "1e9_per_L": "10⁹/L",
}
SHORT = ("alt", "ast", "alp", "ggt", "inr", "cea")


def laboratory_name(what: str) -> str:
    """A laboratory test with its unit.

    >>> laboratory_name("alt_U_per_L"), laboratory_name("bilirubin_umol_per_L"), laboratory_name("inr")
    ('ALT (U/L)', 'Bilirubin (µmol/L)', 'INR')
    """
    name, unit = next(
        ((what.removesuffix(f"_{end}"), f" ({unit})") for end, unit in UNITS.items() if what.endswith(f"_{end}")), (what, "")
    )
    return (name.upper() if name in SHORT else opening(name.replace("_", " "))) + unit


def _laboratory(harm: Value) -> list[Block]:
    rows = []
    for one in listed(harm, "laboratory"):
        ungraded = f"{one['ungraded']} of {one['values']}" if one["ungraded"] else "–"
        rows.append(
            [
                Cell(laboratory_name(str(one["laboratory"]))), Cell(str(one["term"])), cell(as_given(one["baseline_value"])),
                _base_grade(one), cell(as_given(one["value"])), day_cell(one["date"]), _worst(one), Cell(ungraded),
                Cell(opening(str(one["reason"] or "–"))),
            ]
        )  # fmt: skip
    if not rows:
        return [Paragraph(f"Laboratory grades: {cannot_say('no value after the first session that CTCAE can grade')}.")]
    columns = heads("Test", "CTCAE term", "#baseline", "grade", "#worst", "on", "grade", "not graded", "why not")
    return [table(f"Worst laboratory grades after the first session, CTCAE {harm['ctcae']}", columns, rows)]


def _base_grade(one: Value) -> Cell:
    return Cell("–", "quiet") if one["baseline_value"] is None else grade_cell(one["baseline_grade"])


def _worst(one: Value) -> Cell:
    if one["grade"] is not None:
        return grade_cell(one["grade"])
    if one["lowest"] is not None and one["highest"] is not None:
        return Cell(f"{one['lowest']} to {one['highest']}", "unknown")
    return cell(CANNOT_SAY)


def _liver(harm: Value, citations: Citations) -> list[Block]:
    rows, published = [], []
    for session in listed(harm, "liver"):
        for part in ("postembolization", "reild"):
            answer = session[part]
            sources = " ".join(citations.mark(name) for name in answer["sources"])
            name = str(answer["text"]).partition(":")[0]
            rows.append(
                (Cell(str(session["session"])), Cell(opening(name)), _said(answer), Cell(_reasons(answer)), Cell(sources))
            )
            published += [(opening(name), claim) for claim in answer["incidence"]]
        braat = session["braat"]
        sources = " ".join(citations.mark(name) for name in braat["sources"])
        grade = (
            grade_cell(braat["grade"])
            if braat["grade"] is not None
            else Cell(f"{braat['lowest']} to {braat['highest']}", "unknown")
        )
        why = f"Missing: {', '.join(braat['missing'])}" if braat["missing"] else "–"
        rows.append((Cell(str(session["session"])), Cell("Hepatotoxicity (Braat)"), grade, Cell(why), Cell(sources)))
    if not rows:
        return []
    columns = heads("After session", "harm", "answer", "because, or what is missing", "source")
    blocks: list[Block] = [Table("Harm to the liver", columns, tuple(rows))]
    if published:
        said = tuple(dict.fromkeys((name, _cited(claim, citations)) for name, claim in published))
        blocks.append(Facts(said, "Published incidences, which disagree"))
    return blocks


def _cited(claim: str, citations: Citations) -> str:
    """A claim with its source as a number: "7 % (what; source, place)"."""
    head, _, tail = claim.rpartition("; ")
    source, _, place = tail.rstrip(")").partition(", ")
    return f"{head}) {citations.mark(source)} {place}" if head else claim


def _said(answer: Value) -> Cell:
    tones: dict[str, Tone] = {"yes": "bad", "cannot say": "unknown"}
    return Cell(str(answer["said"]), tones.get(str(answer["said"]), ""))


def _reasons(answer: Value) -> str:
    parts = [opening("; ".join(answer["because"]))] if answer["because"] else []
    parts += [f"Missing: {', '.join(answer['missing'])}"] if answer["missing"] else []
    return ". ".join(parts) or "–"


def _albi(albi: Any) -> list[Block]:
    days = listed(albi, "days")
    if not days:
        return [Paragraph(f"ALBI: {cannot_say('no day with both bilirubin and albumin')}.")]
    rows = [[Cell(str(one["date"])), Cell(number(one["albi"], 2)), Cell(str(one["albi_grade"]))] for one in days]
    shift = albi.get("shift") or {}
    said = f"no shift: {shift.get('missing') or 'no dated session'}" if shift.get("shift") is None else (
        f"grade {shift['baseline_grade']} before the first session, worst {shift['worst_grade']} to day {albi['to_day']}: "
        f"shift {signed(number(shift['shift'], 0))}"
    )  # fmt: skip
    columns = heads("Date", "ALBI", "grade")
    return [table("ALBI", columns, rows, f"{opening(said)}.")]


def quality_blocks(quality: Any) -> list[Block]:
    """QLQ-C30 scores of every questionnaire with their change from the baseline."""
    if not isinstance(quality, Mapping):
        return [Paragraph(f"Quality of life: {cannot_say('no questionnaire is on record')}.")]
    asked = listed(quality, "questionnaires")
    called = {(c["visit"], c["scale"]): c for c in listed(quality, "changes")}
    columns = heads("Scale", "better", *(f"#{_visit(q)}" for q in asked))
    rows = [
        [
            Cell(opening(str(s["name"]))),
            Cell("high" if s["more_is_better"] else "low", "quiet"),
            *(_score(q, s, called) for q in asked),
        ]
        for s in listed(quality, "scales")
    ]
    threshold = f"{as_given(quality['threshold_points'])} points ({quality['threshold_source']})"
    note = f"Scores 0 to 100. In brackets the change from the baseline questionnaire; better or worse from {threshold}. {_answered(asked)}"
    return [Table("EORTC QLQ-C30", columns, tuple(map(tuple, rows)), note), *_deterioration(quality.get("deterioration"))]


def _visit(questionnaire: Value) -> str:
    return (
        f"{questionnaire['visit']}{' (baseline)' if questionnaire['baseline'] and questionnaire['visit'] != 'baseline' else ''}"
    )


def _score(questionnaire: Value, scale: Value, called: Mapping[tuple[Any, Any], Value]) -> Cell:
    score = questionnaire.get(scale["scale"])
    if not is_number(score):
        return cell(CANNOT_SAY)
    change = called.get((questionnaire["visit"], scale["scale"]), {})
    word = change.get("called")
    if word is None:
        return Cell(number(score, 0))
    moved = f" ({signed(number(change['change'], 0))}" + (
        ")" if word == "stable" else f", {'better' if word == 'improved' else 'worse'})"
    )
    return Cell(number(score, 0) + moved, "bad" if word == "worse" else "strong" if word == "improved" else "")


def _answered(asked: Sequence[Value]) -> str:
    few = [f"{q['visit']}: {q['answered']}" for q in asked if q["answered"] < 30]
    return f"Items answered of 30: {', '.join(few)}." if few else "All items were answered."


def _deterioration(found: Any) -> list[Block]:
    if not isinstance(found, Mapping):
        return []
    said = {1: "deteriorated", 2: "died before", 0: "not deteriorated, last questionnaire"}.get(found["event"], CANNOT_SAY)
    when = (
        f"{said} after {number(found['months'], 1)} months"
        if found["months"] is not None
        else f"{CANNOT_SAY} ({found['ended_by']})"
    )
    return [Facts(((opening(str(found["endpoint"])), f"{opening(when)}. {opening(str(found['definition']))}."),))]
