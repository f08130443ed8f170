"""What the plots of many patients show, from the tables: one reader and one criterion."""

from datetime import date
from typing import Any

import polars as pl

from glisson.actions.following.asked import Asked
from glisson.actions.following.responses import Answers
from glisson.follow.objective_response import RESPONSE
from glisson.knowledge.endpoints import month_days
from glisson.report.figures.follow_spider import Leg
from glisson.report.figures.follow_swimmer import Lane
from glisson.report.figures.follow_waterfall import Bar
from glisson.report.follow_plots import CohortPictures

THRESHOLDS = {"mRECIST": "mrecist", "EASL": "easl", "volumetric": "volumetric"}


def pictures_of(answers: Answers, asked: Asked) -> CohortPictures | None:
    """Bars, legs and lanes of the deciding reader and criterion; ``None`` where no reader was chosen or nothing measured."""
    if answers.reader is None or not answers.criteria:
        return None
    criterion = answers.criteria[0]
    chosen = (pl.col("reader") == answers.reader) & (pl.col("criterion") == criterion)
    responses = answers.responses.filter(chosen, pl.col("date").is_not_null())
    origins = _origins(answers)
    cited = getattr(asked.rules, THRESHOLDS.get(criterion, "recist"))
    return CohortPictures(
        bars=_bars(answers, chosen),
        legs=_legs(responses, origins, dict(answers.references.select("patient", "scan").iter_rows())),
        lanes=_lanes(answers, responses, origins),
        thresholds=(cited.partial_response_fraction, cited.progression_fraction),
        criterion=criterion,
        reader=answers.reader,
        since=_since(answers),
    )


def _since(answers: Answers) -> str:
    """What the origin is: the first session of everyone, or of nobody, or of those in whom it is known."""
    borrowed = answers.references["from_scan"].sum()
    if borrowed == 0:
        return "the first session"
    return "the baseline" if borrowed == answers.references.height else "the first session; where it is not known, the baseline"


def _origins(answers: Answers) -> dict[str, date]:
    known = answers.references.filter(pl.col("reference").is_not_null())
    return dict(known.select("patient", "reference").iter_rows())


def _months(day: date, origin: date) -> float:
    return (day - origin).days / month_days()


def _bars(answers: Answers, chosen: pl.Expr) -> list[Bar]:
    best = answers.best.filter(chosen, ~pl.col("confirmed")).select("patient", "best")
    table = answers.depth.filter(chosen).join(best, on="patient", how="left").sort("patient")
    return [
        Bar(row["patient"], row["best_change_fraction"], row["best"] or "NE", bool(row["new_lesion_or_non_target_PD"]),
            row["reason"] if row["best_change_fraction"] is None else "")
        for row in table.iter_rows(named=True)
    ]  # fmt: skip


def _legs(responses: pl.DataFrame, origins: dict[str, date], scans: dict[str, date | None]) -> list[Leg]:
    """The baseline and every visit with a sum."""
    legs = []
    change = pl.col("change_from_baseline_fraction")
    for name, rows in _by_patient(responses.filter(change.is_not_null())).items():
        if name not in origins:
            continue
        points = tuple((_months(r["date"], origins[name]), r["change_from_baseline_fraction"], r["overall"]) for r in rows)
        new = tuple(_months(r["date"], origins[name]) for r in rows if r["new_lesion"] or r["non_target"] == "PD")
        scan = scans.get(name)
        start = 0.0 if scan is None else _months(scan, origins[name])
        legs.append(Leg(name, ((start, 0.0, ""), *points), new))
    return legs


def _by_patient(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in table.sort("patient", "visit_number").iter_rows(named=True):
        groups.setdefault(row["patient"], []).append(row)
    return groups


def _lanes(answers: Answers, responses: pl.DataFrame, origins: dict[str, date]) -> list[Lane]:
    seen = _by_patient(responses)
    dated = _dated(answers)
    sessions = dated.get("session", {})
    return [_lane(name, origin, seen.get(name, []), dated, sessions.get(name, [])) for name, origin in sorted(origins.items())]


def _dated(answers: Answers) -> dict[str, dict[str, list[date]]]:
    """Days of every source by patient; "session" of the first and last one."""
    found: dict[str, dict[str, list[date]]] = {}
    if answers.course is None:
        return found
    sessions = answers.course.origins.filter(pl.col("origin_name").is_in(["first session", "last session"]))
    rows = [*answers.course.dated.select("source", "patient", "date").iter_rows(),
            *((("session", patient, day)) for patient, day in sessions.select("patient", "date").iter_rows())]  # fmt: skip
    for source, patient, day in rows:
        found.setdefault(source, {}).setdefault(patient, []).append(day)
    return found


ENDED = ("lost to follow-up", "withdrawal")


def _lane(
    name: str, origin: date, visits: list[dict[str, Any]], dated: dict[str, dict[str, list[date]]], sessions: list[date]
) -> Lane:
    def days(source: str) -> list[date]:
        return sorted(dated.get(source, {}).get(name, []))

    death = min(days("death"), default=None)
    last = max([origin, *(v["date"] for v in visits), *days("known alive")], default=origin)
    end = death or last
    progressions = [v["date"] for v in visits if v["overall"] in ("PD", "iCPD")]
    first = next((v["date"] for v in visits if v["overall"] in RESPONSE), None)
    return Lane(
        patient=name,
        end=_months(end, origin),
        spans=_spans(visits, origin),
        sessions=tuple(_months(day, origin) for day in sorted(set(sessions))),
        response=None if first is None else _months(first, origin),
        progressions=tuple(_months(day, origin) for day in progressions[:1]),
        therapies=tuple(_months(day, origin) for day in days("new therapy")),
        died=None if death is None else _months(death, origin),
        ongoing=death is None and bool(dated) and not any(days(source) for source in ENDED),
    )


def _spans(visits: list[dict[str, Any]], origin: date) -> tuple[tuple[float, float, str], ...]:
    """Stretches between assessments, up to and including the first progression."""
    spans, before = [], 0.0
    for visit in visits:
        at = _months(visit["date"], origin)
        spans.append((before, at, str(visit["overall"])))
        before = at
        if visit["overall"] in ("PD", "iCPD"):
            break
    return tuple(span for span in spans if span[1] > span[0])
