"""RECIST 1.1 as one would write it for a single patient, visit after visit; a second opinion on the vectorised one."""

from collections.abc import Iterable
from typing import Any

Row = dict[str, Any]


def responses(rows: Iterable[Row]) -> list[tuple[float, str]]:
    """Visit number and overall response of one patient and reader; targets, non-targets and new lesions, default choices."""
    visits: dict[float, dict[str, Row]] = {}
    for row in rows:
        visits.setdefault(row["visit_number"], {})[row["lesion"]] = row
    numbers = sorted(visits)
    first = visits[numbers[0]]
    targets = [name for name, row in first.items() if row["role"] == "target"]
    others = [name for name, row in first.items() if row["role"] == "non-target"]
    baseline = nadir = _whole(first, targets)
    found, responded, progressed = [], False, False
    for number in numbers[1:]:
        now = visits[number]
        target = _target(now, targets, baseline, nadir, responded)
        if target in ("CR", "PR"):
            responded = True
        elif target == "PD":
            responded = False
        whole = _whole(now, targets)
        if whole is not None:
            nadir = whole if nadir is None else min(nadir, whole)
        other = _other(now, others)
        new = any(row["role"] == "new" and row["state"] != "absent" for row in now.values())
        progressed = progressed or new or target == "PD" or other == "PD"
        found.append((number, "PD" if progressed else _overall(target, other)))
    return found


def _size(row: Row | None) -> float | None:
    if row is None or row["state"] == "not evaluable":
        return None
    return 0.0 if row["state"] == "absent" else 5.0 if row["state"] == "too small" else row["diameter_mm"]


def _whole(visit: dict[str, Row], targets: list[str]) -> float | None:
    sizes = [_size(visit.get(name)) for name in targets]
    return None if not targets or None in sizes else sum(size for size in sizes if size is not None)


def _target(
    visit: dict[str, Row], targets: list[str], baseline: float | None, nadir: float | None, responded: bool
) -> str | None:
    if not targets:
        return None
    sizes = [_size(visit.get(name)) for name in targets]
    seen = [size for size in sizes if size is not None]
    complete = len(seen) == len(sizes)
    if complete and max(seen) == 0:
        return "CR"
    growth = sum(seen) - nadir if nadir is not None and seen else 0.0
    if nadir is not None and round(growth, 6) >= 5 and round(growth - 0.2 * nadir, 6) >= 0:
        return "PD"
    if not complete or baseline is None:
        return "NE"
    return "PR" if responded or round(sum(seen) - 0.7 * baseline, 6) <= 0 else "SD"


def _other(visit: dict[str, Row], others: list[str]) -> str | None:
    if not others:
        return None
    states = [visit[name]["state"] if name in visit else "not evaluable" for name in others]
    if "unequivocal progression" in states:
        return "PD"
    if "not evaluable" in states:
        return "NE"
    return "CR" if set(states) == {"absent"} else "non-CR/non-PD"


def _overall(target: str | None, other: str | None) -> str:
    if target == "CR":
        return "CR" if other in (None, "CR") else "PR"
    return target or other or "NED"
