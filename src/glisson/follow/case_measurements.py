"""The two tables of follow-up from the nouns of a Case: lesions with a role, and what was observed on them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl

from glisson.case import Case, Observation, Site, SiteKind
from glisson.case.case import current
from glisson.errors import BadInput, MissingFact
from glisson.follow.measurements import MEASUREMENTS, ONE_READER, STATEMENTS

SIZES = {
    "viable_diameter_mm": "viable_mm",
    "perpendicular_diameter_mm": "perpendicular_mm",
    "viable_perpendicular_diameter_mm": "viable_perpendicular_mm",
    "lesion_volume_mL": "volume_mL",
}
"""Observations and the columns they fill, besides the diameters."""
DIAMETERS = ("longest_diameter_mm", "short_axis_mm")
OF_LESIONS = (*DIAMETERS, *SIZES)
BASELINE = "baseline"
NUMBER = {"yes": True, "no": False}


def measurements_of(case: Case, *, since: date | None = None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Measurements and statements of one case.

    A visit is named by its observations' ``visit``, else by their day. The baseline is the visit named "baseline"; else the last
    one not later than ``since``; else the first. Visits before the baseline are history and left out. Lesions without a
    ``role`` take no part. ``row`` is the number of the observation in the case, from 1.

    Args:
        case: the nouns; corrections are applied.
        since: the day of the treatment whose effect is followed.

    Raises:
        MissingFact: an observation on a lesion has neither visit nor day.
    """
    standing = {id(o) for o in current(case.observations)}
    seen = [(number, o) for number, o in enumerate(case.observations, start=1) if id(o) in standing]
    lesions = {site.id: site for site in case.sites if site.kind is SiteKind.LESION and site.role is not None}
    told = [(n, o) for n, o in seen if (o.site in lesions and o.what in OF_LESIONS) or o.what in STATED]
    scans = _scans(told, since, _slices(o for _, o in seen))
    told = [(n, o) for n, o in told if _visit(o) in scans.order]
    rows = [_row(case, lesions[site], key, group, scans) for (key, site), group in _grouped(told).items()]
    stated = [_statement(case, key, group, scans) for key, group in _stated(told).items()]
    return _table(rows, MEASUREMENTS), _table(stated, STATEMENTS)


@dataclass(frozen=True)
class _Scans:
    """The visits from the baseline on: order and day of each, the baseline's name, slice thickness of each (mm)."""

    order: dict[str, tuple[float, date | None]]
    baseline: str | None
    slice_mm: dict[str | None, float]


def _scans(told: list["Numbered"], since: date | None, slice_mm: dict[str | None, float]) -> _Scans:
    visits = _visits(told)
    start = _baseline(visits, since)
    first = visits[start][0] if start is not None else 0.0
    return _Scans({name: one for name, one in visits.items() if one[0] >= first}, start, slice_mm)


STATED = ("non_target", "tumour_markers_normal", "reader_response")
Numbered = tuple[int, Observation]
Reading = tuple[str, str]
"""Reader and visit."""


def _day(observation: Observation) -> date | None:
    at = observation.at
    return at.date() if isinstance(at, datetime) else at


def _visit(observation: Observation) -> str | None:
    day = _day(observation)
    return observation.visit or (day.isoformat() if day else None)


def _visits(told: list[Numbered]) -> dict[str, tuple[float, date | None]]:
    """Order and day of each visit: by day, one without a day where the case lists it."""
    days: dict[str, date | None] = {}
    for number, observation in told:
        name = _visit(observation)
        if name is None:
            raise MissingFact(f"observation {number} ({observation.what})", missing=["visit", "at"])
        days[name] = max(filter(None, (days.get(name), _day(observation))), default=None)
    names = sorted(days, key=lambda name: (days[name], name)) if all(days.values()) else list(days)
    return {name: (float(rank), days[name]) for rank, name in enumerate(names)}


def _baseline(visits: dict[str, tuple[float, date | None]], since: date | None) -> str | None:
    if BASELINE in visits or not visits:
        return BASELINE if visits else None
    before = [name for name, (_, day) in visits.items() if since is not None and day is not None and day <= since]
    return before[-1] if before else next(iter(visits))


def _reader(observation: Observation) -> str:
    return observation.by or ONE_READER


def _grouped(told: list[Numbered]) -> dict[tuple[Reading, str], list[Numbered]]:
    """Observations on each lesion by reader and visit."""
    groups: dict[tuple[Reading, str], list[Numbered]] = {}
    for number, o in told:
        if o.what in OF_LESIONS and o.site is not None:
            groups.setdefault(((_reader(o), str(_visit(o))), o.site), []).append((number, o))
    return groups


def _stated(told: list[Numbered]) -> dict[Reading, list[Numbered]]:
    """Statements by reader and visit."""
    groups: dict[Reading, list[Numbered]] = {}
    for number, o in told:
        if o.what in STATED:
            groups.setdefault((_reader(o), str(_visit(o))), []).append((number, o))
    return groups


def _slices(seen: Iterable[Observation]) -> dict[str | None, float]:
    """Slice thickness by visit."""
    return {_visit(o): o.value for o in seen if o.what == "slice_thickness_mm" and o.value is not None}


def _row(case: Case, site: Site, key: Reading, group: list[Numbered], scans: _Scans) -> dict[str, Any]:
    """One row of the measurements."""
    reader, visit = key
    values = _once(group, site.id)
    sizes = {column: values.get(what) for what, column in SIZES.items()}
    longest, short = values.get("longest_diameter_mm"), values.get("short_axis_mm")
    diameter, other = (short, longest) if site.node else (longest, short)
    if sizes["perpendicular_mm"] is None:
        sizes["perpendicular_mm"] = other
    states = [o.state for _, o in group if o.state is not None]
    measured = diameter is not None or any(size is not None for size in sizes.values())
    number, day = scans.order[visit]
    return {
        "patient": case.id, "reader": reader, "visit": visit, "visit_number": number, "date": day,
        "baseline": visit == scans.baseline, "lesion": site.id, "role": site.role, "organ": _organ(case, site), "node": site.node,
        "state": states[0] if states else "measured" if measured else "not evaluable",
        "diameter_mm": diameter, **sizes,
        "prior_local_therapy": site.treated_before is not None, "progressed_since": site.progressed_since,
        "split_from": site.split_from, "merged_into": site.merged_into, "slice_mm": scans.slice_mm.get(visit),
        "row": min(n for n, _ in group),
    }  # fmt: skip


def _once(group: list[Numbered], lesion: str) -> dict[str, float]:
    """The value of each observation on one lesion by one reader at one visit.

    Raises:
        BadInput: one of them stands twice with different values.
    """
    values: dict[str, float] = {}
    for number, o in group:
        if o.value is not None and values.setdefault(o.what, o.value) != o.value:
            raise BadInput(
                f"observation {number}: a second {o.what} of '{lesion}' by the same reader at the same visit",
                do="say with 'replaces' which entry it corrects",
            )
    return values


def _organ(case: Case, site: Site) -> str | None:
    """The organ that a lesion names, else that of the nearest organ it lies in."""
    above = (case.site(name) for name in case.ancestors(site.id))
    return next((s.organ for s in (site, *above) if s.organ is not None), None)


def _statement(case: Case, key: Reading, group: list[Numbered], scans: _Scans) -> dict[str, Any]:
    """One row of the statements."""
    reader, visit = key
    number, day = scans.order[visit]
    said = {o.what: o.answer for _, o in group}
    return {
        "patient": case.id, "reader": reader, "visit": visit, "visit_number": number, "date": day,
        "non_target_statement": said.get("non_target"), "markers_normal": NUMBER.get(str(said.get("tumour_markers_normal"))),
        "stated_response": said.get("reader_response"),
    }  # fmt: skip


def _table(rows: list[dict[str, Any]], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    table = pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
    return table.sort("patient", "reader", "visit_number", maintain_order=True)
