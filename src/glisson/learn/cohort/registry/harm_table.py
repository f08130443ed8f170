"""Adverse events by term and grade, per session and per patient, by phase. No event on record is not grade 0."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from glisson.case import Finding, Level
from glisson.follow.phases import PHASES, usual_bounds
from glisson.follow.toxicity import FATAL, count_by_grade, disagreements, fatal, serious, worst_per_patient
from glisson.learn.cohort.clustered_proportion import METHODS
from glisson.learn.cohort.registry.comparison import Comparison, comparison, rows_of
from glisson.learn.cohort.registry.described import clustered_share, exact_share
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables

SEVERE = 3
SILENT = "no adverse event is on record, which does not say that there was none"
AFTER = PHASES[1:]
"""Phases after a session; what began before the first one is counted apart."""


@dataclass(frozen=True, eq=False)
class _Harm:
    """Events of some patients and the sessions that they could follow; a session is a day of a patient."""

    events: pl.DataFrame
    sessions: pl.DataFrame
    patients: pl.Series
    confidence_fraction: float

    def of(self, members: pl.Series) -> "_Harm":
        return _Harm(rows_of(self.events, members), rows_of(self.sessions, members), members, self.confidence_fraction)

    @property
    def after(self) -> pl.DataFrame:
        """Events after a session, or of which it is not known when they began."""
        return self.events.filter(pl.col("phase").is_in(AFTER) | pl.col("phase").is_null())

    @property
    def of_sessions(self) -> pl.DataFrame:
        """Events of which it is known which session of the table they follow."""
        return self.after.join(self.sessions, on=["patient", "session"], how="semi")


def harm_table(tables: RegistryTables, protocol: Protocol) -> Section:
    """Events that people entered, and apart from them those that laboratory values show.

    Returns:
        ``groups`` (heads with patients and sessions), ``entered`` and ``laboratory``, each with ``summary`` by group, ``phases``,
        ``terms`` and what could not be counted; the words of the denominators; ``fatal`` and ``serious``.
    """
    treated = tables.of_patients(tables.patients.filter(pl.col("first_session").is_not_null())["patient"])
    if treated.patients.is_empty():
        return cannot_say("Adverse events", "nobody was treated")
    who = comparison(treated, protocol)
    sessions = _sessions(treated, protocol)
    parts: dict[str, Any] = {}
    findings: list[Finding] = []
    if treated.adverse_events.filter(pl.col("from") == "entered").is_empty():
        findings.append(Finding(code="no-harm-recorded", level=Level.WARNING, text=f"adverse events: cannot say: {SILENT}"))
    for source in ("entered", "laboratory"):
        events = _numbered(treated.adverse_events.filter(pl.col("from") == source))
        harm = _Harm(events, sessions, treated.patients["patient"], protocol.confidence_fraction)
        parts[source] = _part(harm, who) if source == "entered" or events.height else None
        findings += _uncertain(harm, source)
    findings += _contradictions(treated, protocol)
    value = {
        "title": "Adverse events",
        "group_variable": who.label or None,
        "of_no_group": who.of_no_group,
        "groups": [{**head, "sessions": rows_of(sessions, who.members[str(head["group"])]).height} for head in who.heads()],
        "phases": usual_bounds().definition,
        "intervals": {
            "per patient": f"{protocol.confidence_fraction * 100:g} %, exact (Clopper-Pearson)",
            "per session": f"{protocol.confidence_fraction * 100:g} %, {_methods(parts['entered'])}",
        },
        "note": "No recorded event is not grade 0. A patient or session counts once per term, at the worst grade.",
        **parts,
    }  # fmt: skip
    return Section(value, tuple(findings))


def _methods(part: dict[str, Any]) -> str:
    """How the intervals of sessions were made, in words."""
    used = {share["method"] for found in part["summary"].values() for share in found["per_session"].values()}
    return "; ".join(words for method, words in METHODS.items() if method in used) or "none"


def _sessions(tables: RegistryTables, protocol: Protocol) -> pl.DataFrame:
    """Days of the treatments that start the clock; a day is named by its date, as the events name the session they follow."""
    mine = tables.sessions.filter(pl.col("kind").is_in(list(protocol.treatments)) & pl.col("date").is_not_null())
    return mine.select("patient", session=pl.col("date").cast(pl.String)).unique(maintain_order=True)


def _numbered(events: pl.DataFrame) -> pl.DataFrame:
    """Events whose session is named by its date."""
    return events.with_columns(session=pl.col("session_date").cast(pl.String))


def _part(harm: _Harm, who: Comparison) -> dict[str, Any]:
    groups = {name: harm.of(members) for name, members in who.members.items()}
    silent = {"cannot_say": SILENT} if harm.events.is_empty() else {}
    before = harm.events.filter(pl.col("phase") == PHASES[0])
    return {
        **silent,
        "events": harm.after.height,
        "ctcae": harm.events["ctcae"].drop_nulls().unique().sort().to_list(),
        "summary": {name: _summary(one) for name, one in groups.items()},
        "phases": [
            {"phase": phase, "summary": {n: _summary(_in_phase(one, phase)) for n, one in groups.items()}} for phase in AFTER
        ],
        "terms": _terms(harm, groups),
        "fatal": _fatal(harm),
        "serious": _serious(harm),
        "not_counted": {
            "began before the first session": before.height,
            "no session of the table to follow": harm.after.height - harm.of_sessions.height,
            "no day of onset": int(harm.events["start"].null_count()),
            "not graded": int(harm.after["grade"].null_count()),
        },
    }


def _in_phase(harm: _Harm, phase: str) -> _Harm:
    return _Harm(harm.events.filter(pl.col("phase") == phase), harm.sessions, harm.patients, harm.confidence_fraction)


def _summary(harm: _Harm) -> dict[str, Any]:
    """Any event, grade 3 or more, grade 5, serious; per patient and per session; the worst grade of every patient."""
    grade = pl.col("grade")
    kinds = {"any": pl.lit(True), "grade_3_or_more": grade >= SEVERE, "grade_5": grade == FATAL, "serious": pl.col("serious")}
    worst = worst_per_patient(harm.after, harm.patients)
    return {
        "events": harm.after.height,
        "per_patient": {name: _patients(harm, harm.after.filter(which.fill_null(False))) for name, which in kinds.items()},
        "per_session": {
            name: _in_sessions(harm, harm.of_sessions.filter(which.fill_null(False))) for name, which in kinds.items()
        },
        "worst": {
            "none recorded": int((worst["events"] == 0).sum()),
            **{str(number): int((worst["worst"] == number).sum()) for number in range(1, FATAL + 1)},
            "not graded": int(((worst["events"] > 0) & worst["worst"].is_null()).sum()),
        },
    }


def _patients(harm: _Harm, events: pl.DataFrame) -> dict[str, Any]:
    return exact_share(events["patient"].n_unique(), len(harm.patients), harm.confidence_fraction)


def _in_sessions(harm: _Harm, events: pl.DataFrame) -> dict[str, Any]:
    return clustered_share(events.select("patient", "session").unique(), harm.sessions, harm.confidence_fraction)


def _terms(harm: _Harm, groups: dict[str, _Harm]) -> list[dict[str, Any]]:
    """Every term: worst grades per patient and per session, by phase, and by group; the most frequent first."""
    tables = {
        name: {
            "patient": count_by_grade(one.after, unit="patient", units=len(one.patients), by=("term",)),
            "session": count_by_grade(one.of_sessions, unit="session", units=one.sessions.height, by=("term",)),
        }
        for name, one in groups.items()
    }
    phases = {
        phase: count_by_grade(_in_phase(harm, phase).after, unit="patient", units=len(harm.patients), by=("term",))
        for phase in AFTER
    }
    order = tables["all"]["patient"].sort(["any", "term"], descending=[True, False])["term"].to_list()
    return [
        {
            "term": term,
            "groups": {name: {unit: _grades(table, term) for unit, table in units.items()} for name, units in tables.items()},
            "phases": {phase: _grades(table, term) for phase, table in phases.items()},
        }
        for term in order
    ]  # fmt: skip


def _grades(table: pl.DataFrame, term: str) -> dict[str, Any]:
    rows = table.filter(pl.col("term") == term).to_dicts()
    row = rows[0] if rows else {}
    grades = [int(row.get(f"grade_{grade}", 0)) for grade in range(1, FATAL + 1)]
    return {
        "grades": grades,
        "ungraded": int(row.get("ungraded", 0)),
        "any": int(row.get("any", 0)),
        "grade_3_or_more": sum(grades[SEVERE - 1 :]),
    }


def _fatal(harm: _Harm) -> list[dict[str, Any]]:
    """Events of grade 5: always listed; day after the session, phase and what it was said to be related to."""
    rows = fatal(harm.events).sort("term", "day", nulls_last=True)
    return [
        {"term": row["term"], "day": row["day"], "phase": row["phase"], "relation": list(row["relation"] or [])}
        for row in rows.iter_rows(named=True)
    ]


def _serious(harm: _Harm) -> dict[str, int]:
    listed = serious(harm.after)
    said = listed.filter(pl.col("serious").fill_null(False) | (pl.col("grade") == FATAL))
    return {"events": said.height, "patients": said["patient"].n_unique(), "not said": int(listed["open"].is_not_null().sum())}


def _uncertain(harm: _Harm, source: str) -> list[Finding]:
    """What cannot be graded, dated, or is not said to be serious or not."""
    checks = (
        ("not-graded", int(harm.after["grade"].null_count()), "events are not graded: they count as any grade, in no other"),
        ("no-onset", int(harm.events["start"].null_count()), "events have no day of onset: they count per patient, in no phase"),
        ("not-said", _serious(harm)["not said"] if source == "entered" else 0, "events of grade 3 or 4: nobody said whether serious"),
        ("mixed-ctcae", max(harm.events["ctcae"].drop_nulls().n_unique() - 1, 0), "further versions of CTCAE: grades of two are compared"),
    )  # fmt: skip
    where = "adverse events" if source == "entered" else "laboratory"
    return [Finding(code=code, level=Level.WARNING, text=f"{where}: {n} {text}") for code, n, text in checks if n]


def _contradictions(tables: RegistryTables, protocol: Protocol) -> list[Finding]:
    """What contradicts itself: events against deaths and against their own dates, and sessions without a day."""
    deaths = tables.course.source("death").with_columns(cause=pl.lit(None, pl.String))
    entered = tables.adverse_events.filter(pl.col("from") == "entered")
    found = disagreements(entered, deaths).filter(~pl.col("what").is_in(["not graded", "no day of onset"]))
    said = [(int(n), f"events: {what}") for what, n in found.group_by("what").len().sort("what").iter_rows()]
    undated = tables.sessions.filter(pl.col("kind").is_in(list(protocol.treatments)) & pl.col("date").is_null()).height
    said += [(undated, "sessions have no day: no event follows them, and they are in no denominator")] if undated else []
    return [Finding(code="harm-contradicts", level=Level.WARNING, text=f"adverse events: {n} {text}") for n, text in said]
