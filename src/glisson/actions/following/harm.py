"""Harm and quality of life of one case, as values of its Result."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from glisson.actions.following.plain import rows
from glisson.actions.following.read import first_session
from glisson.case import Case, Finding, Level, current
from glisson.follow.albi_shift import albi_by_day, albi_shift
from glisson.follow.answer import Answer
from glisson.follow.from_cases import INDEX_KINDS
from glisson.follow.harm_from_cases import (
    LOCAL_KINDS,
    adverse_events_of,
    deaths_of,
    graded_laboratory_of,
    laboratory_events,
    laboratory_of,
    sessions_of,
)
from glisson.follow.liver_harm import reild_window
from glisson.follow.liver_harm_of_case import liver_harm_of
from glisson.follow.phases import attribute, usual_bounds, with_phase
from glisson.follow.qol import answers_of, score_table
from glisson.follow.qol_change import Deterioration, changes, time_to_deterioration, usual_threshold
from glisson.follow.toxicity import disagreements, worst_per_session
from glisson.knowledge.quality_of_life import Scale, scales
from glisson.knowledge.toxicity import Version

EMBOLIZING = ("TACE", "radioembolization")
MAIN_SCALE = "QL"
"""Global health: the scale of which time to deterioration is given."""


def harm_of(case: Case, version: Version, findings: list[Finding]) -> dict[str, Any]:
    """Adverse events by phase, laboratory grades, harm to the liver and ALBI of one case."""
    graded = graded_laboratory_of([case], version=version, kinds=_index(case))
    sessions = sessions_of([case])
    entered = adverse_events_of([case])
    events = with_phase(attribute(pl.concat([entered, laboratory_events(graded)]), sessions))
    for row in disagreements(entered, deaths_of([case])).iter_rows(named=True):
        where = "" if row["row"] is None else f" (event {row['row']} of the case)"
        findings.append(Finding(code="adverse-event", level=Level.WARNING, text=f"{row['what']}{where}"))
    return {
        "ctcae": version,
        "phases": usual_bounds().definition,
        "events": rows(events, [*_EVENT, "session", "day", "phase", "attributed"]),
        "sessions": rows(worst_per_session(events, sessions).drop("patient")),
        "laboratory": _laboratory(graded),
        "liver": [_liver(case, name, version) for name in _embolizations(case, findings)],
        "albi": _albi(case),
    }


_EVENT = ("term", "grade", "ctcae", "start", "end", "relation", "serious", "from", "row")


def _index(case: Case) -> tuple[str, ...]:
    """Kinds of treatment whose first session ends the baseline: the index ones, where one was given; else every local one."""
    return INDEX_KINDS if first_session(case) is not None else LOCAL_KINDS


def _embolizations(case: Case, findings: list[Finding]) -> list[str]:
    """Ids of dated sessions after which a liver may fail; the mapping is none. An id used twice is told and left out."""
    every = [session.id for treatment in current(case.treatments) for session in current(treatment.sessions)]
    index = [t for t in current(case.treatments) if t.kind in EMBOLIZING]
    given = [s.id for t in index for s in current(t.sessions) if s.kind != "mapping" and s.at is not None]
    twice = sorted({name for name in given if every.count(name) > 1})
    if twice:
        said = f"harm to the liver is not judged after {', '.join(twice)}: two sessions have that id"
        findings.append(Finding(code="session-id-twice", level=Level.WARNING, text=said))
    return [name for name in given if name not in twice]


def _laboratory(graded: pl.DataFrame) -> list[dict[str, Any]]:
    """Of each test and term: the baseline, the worst later grade with its value and day, and how many could not be graded."""
    after = pl.col("baseline_date").is_null() | (pl.col("date") > pl.col("baseline_date"))
    later = graded.filter(after)
    key = ["laboratory", "term"]
    at_start = graded.filter(pl.col("date") == pl.col("baseline_date"))
    base = at_start.group_by(key).agg(baseline_value=pl.col("value").last(), baseline_grade=pl.col("grade").max())
    worst = (
        later.sort(["grade", "date"], descending=[True, False], nulls_last=True)
        .group_by(key, maintain_order=True)
        .agg(
            pl.col("grade", "lowest", "highest", "value", "date", "ctcae", "reason").first(),
            values=pl.len(), ungraded=pl.col("grade").null_count(),
        )
    )  # fmt: skip
    return rows(worst.join(base, on=key, how="left").sort(key))


def _liver(case: Case, session: str, version: Version) -> dict[str, Any]:
    told = liver_harm_of(case, session, version=version)
    return {
        "session": session,
        "postembolization": _answer(told.postembolization),
        "reild": _answer(told.reild),
        "braat": {
            "grade": told.braat.grade, "lowest": told.braat.lowest, "highest": told.braat.highest,
            "missing": list(told.braat.missing), "text": told.braat.text, "sources": list(told.braat.sources),
        },
    }  # fmt: skip


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "said": answer.said, "because": list(answer.because), "missing": list(answer.missing), "text": answer.text,
        "sources": list(answer.sources), "incidence": list(answer.incidence),
    }  # fmt: skip


def _albi(case: Case) -> dict[str, Any]:
    """ALBI of every day, and its shift from before the first session up to the end of the window of REILD."""
    values = laboratory_of([case])
    to_day = reild_window().to_day
    sessions = sessions_of([case], kinds=_index(case)).filter(pl.col("date").is_not_null())
    first = sessions.group_by("patient").agg(pl.col("date").min())
    shift = rows(albi_shift(values, first, to_day=to_day).drop("patient"))
    return {"days": rows(albi_by_day(values).drop("patient")), "to_day": to_day, "shift": shift[0] if shift else None}


def quality_of_life_of(case: Case, first_session: Any) -> dict[str, Any] | None:
    """Scores of the QLQ-C30 with their change; ``None``: no questionnaire.

    The baseline is the last questionnaire up to the first session; without a dated session the first one.
    """
    answers = answers_of([case])
    if answers.is_empty():
        return None
    scores = score_table(answers)
    before = scores.filter((pl.col("date") <= first_session).fill_null(False)) if first_session is not None else scores.head(1)
    chosen = str(before["visit"].to_list()[-1]) if before.height else None
    marked = scores.with_columns(baseline=(pl.col("visit") == chosen).fill_null(False))
    threshold = usual_threshold()
    called = changes(marked, threshold=threshold)
    return {
        "scales": [_scale(one) for one in scales().values()],
        "questionnaires": rows(marked.drop("patient")),
        "changes": rows(called.drop("patient", "threshold")),
        "threshold_points": threshold.points,
        "threshold_source": threshold.source,
        "deterioration": _deterioration(marked, chosen),
    }  # fmt: skip


def _scale(one: Scale) -> dict[str, Any]:
    return {"scale": one.id, "name": one.name, "kind": one.kind, "more_is_better": one.more_is_better}


def _deterioration(marked: pl.DataFrame, baseline: str | None) -> Mapping[str, Any] | None:
    """Time to deterioration of global health; ``None`` where a questionnaire has no date or there is no baseline."""
    if baseline is None or marked["date"].null_count():
        return None
    found = time_to_deterioration(marked, scale_name=MAIN_SCALE, rule=Deterioration(usual_threshold()))
    return rows(found.drop("patient"))[0]
