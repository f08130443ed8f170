"""From the Result of one patient to what its picture shows."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from glisson.knowledge.endpoints import month_days
from glisson.knowledge.response import parameter
from glisson.report.figures.follow_lesions import LesionLine, PatientCourse, Point, SumPoint
from glisson.report.words import is_number, listed

Value = Mapping[str, Any]
SIZES = {
    "mRECIST": (("viable_mm", "diameter_mm"), "viable diameter (mm)"),
    "EASL": (("viable_mm", "diameter_mm"), "viable diameter (mm)"),
    "volumetric": (("volume_mL",), "volume (mL)"),
}
"""What is drawn of a lesion under a criterion: the first of these columns that has a number."""
THRESHOLDS = {"mRECIST": "mrecist", "EASL": "easl", "volumetric": "volumetric"}
UNITS = {"EASL": ("mm2", "mm²"), "volumetric": ("mL", "mL")}


def columns_of(criterion: str) -> tuple[str, str]:
    """Ending of the columns that hold the sums of a criterion, and their unit.

    >>> columns_of("EASL")
    ('mm2', 'mm²')
    """
    return UNITS.get(criterion, ("mm", "mm"))


def visits_of(value: Value, criterion: str, reader: str) -> list[Mapping[str, Any]]:
    """Responses of one criterion and reader, in order."""
    found = [row for row in listed(value, "visits") if row.get("criterion") == criterion and row.get("reader") == reader]
    return sorted(found, key=lambda row: float(row["visit_number"]))


def patient_course(value: Value, criterion: str, reader: str, names: Mapping[str, str]) -> PatientCourse | None:
    """The course of a reader under a criterion; ``None`` where nothing was measured.

    Args:
        value: of a Result of kind "response".
        criterion: which.
        reader: whose.
        names: of lesions, by id.
    """
    measured = [row for row in listed(value, "lesions") if row.get("reader") == reader]
    calls = visits_of(value, criterion, reader)
    if not measured or not calls:
        return None
    at = _places(measured, value)
    thresholds = value["thresholds"][THRESHOLDS.get(criterion, "recist")]
    return PatientCourse(
        visits=tuple((name, place) for name, place in _visits(measured, at)),
        in_months=_dated(measured),
        sums=_sums(calls, criterion, at),
        lesions=tuple(_lesion(name, rows, at, criterion, names) for name, rows in _by_lesion(measured)),
        partial_response_fraction=thresholds["partial_response_fraction"],
        progression_fraction=thresholds["progression_fraction"],
        sessions=_sessions(value) if _dated(measured) else (),
        what=SIZES.get(criterion, ((), "diameter (mm)"))[1],
        progression_amount=thresholds["progression_amount"],
        baseline=next((row[key] for row in calls if is_number(row.get(key := f"baseline_{columns_of(criterion)[0]}"))), None),
    )


def _dated(measured: Sequence[Value]) -> bool:
    return all(row.get("date") for row in measured)


def _origin(measured: Sequence[Value], value: Value) -> date:
    """The first session; where no session is on record the baseline."""
    sessions = [s["date"] for s in listed(value.get("harm"), "sessions") if s.get("date")]
    reference = value.get("reference") if sessions else None
    return date.fromisoformat(reference or min(row["date"] for row in measured))


def _places(measured: Sequence[Value], value: Value) -> dict[float, float]:
    """Where each visit stands: months, or its number."""
    if not _dated(measured):
        return {float(row["visit_number"]): float(row["visit_number"]) for row in measured}
    first = _origin(measured, value)
    days: dict[float, list[int]] = {}
    for row in measured:
        days.setdefault(float(row["visit_number"]), []).append((date.fromisoformat(row["date"]) - first).days)
    return {number: max(found) / month_days() for number, found in days.items()}


def _visits(measured: Sequence[Value], at: Mapping[float, float]) -> list[tuple[str, float]]:
    names = {float(row["visit_number"]): str(row["visit"]) for row in measured}
    return [(names[number], place) for number, place in sorted(at.items())]


def _sums(calls: Sequence[Value], criterion: str, at: Mapping[float, float]) -> tuple[SumPoint, ...]:
    ending, _ = columns_of(criterion)
    first = [SumPoint(min(at.values()), 1.0, None, "")] if any(is_number(row.get(f"baseline_{ending}")) for row in calls) else []
    found = []
    for row in calls:
        baseline = row.get(f"baseline_{ending}")
        place = at.get(float(row["visit_number"]))
        if place is not None:
            found.append(
                SumPoint(
                    place,
                    _share(row.get(f"sum_{ending}"), baseline),
                    _share(row.get(f"nadir_{ending}"), baseline),
                    row["overall"],
                )
            )
    return (*first, *found)


def _share(value: Any, baseline: Any) -> float | None:
    return float(value) / float(baseline) if is_number(value) and is_number(baseline) and baseline > 0 else None


def _by_lesion(measured: Sequence[Value]) -> list[tuple[str, list[Value]]]:
    groups: dict[str, list[Value]] = {}
    for row in sorted(measured, key=lambda row: (ORDER[row["role"]], str(row["lesion"]), float(row["visit_number"]))):
        groups.setdefault(row["lesion"], []).append(row)
    return list(groups.items())


ORDER = {"target": 0, "non-target": 1, "new": 2}


def _lesion(name: str, rows: Sequence[Value], at: Mapping[float, float], criterion: str, names: Mapping[str, str]) -> LesionLine:
    role = str(rows[0]["role"])
    kind = "node" if role == "target" and rows[0].get("node") else role
    points = tuple(Point(at[float(row["visit_number"])], _size(row, criterion), str(row["state"])) for row in rows)
    return LesionLine(names.get(name, name), kind, points)


def _size(row: Value, criterion: str) -> float | None:
    """What is drawn: the size; 0 where it is gone; the stand-in where it is too small and has none."""
    columns, _ = SIZES.get(criterion, (("diameter_mm",), ""))
    size = next((float(row[name]) for name in columns if is_number(row.get(name))), None)
    if size is not None or row["state"] not in ("absent", "too small"):
        return size
    return 0.0 if row["state"] == "absent" or criterion == "volumetric" else float(parameter("recist11-too-small-mm").value)


def _sessions(value: Value) -> tuple[tuple[str, float], ...]:
    """Kind of treatment and month of every session, mapping aside where it is not told apart."""
    reference = value.get("reference")
    found = [s for s in listed(value.get("harm"), "sessions") if s.get("date")]
    if not found or reference is None:
        return ()
    first = date.fromisoformat(reference)
    return tuple((str(s["session"]), (date.fromisoformat(s["date"]) - first).days / month_days()) for s in found)
