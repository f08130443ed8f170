"""The bank of cases that a clinician can read (tests/cases/*.yaml), as Cases; unknown keys are refused."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from glisson.case import Case, Observation, Treatment

FOLDER = Path(__file__).parents[1] / "cases"
BOARD = date(2026, 11, 22)
SEEN = date(2026, 11, 15)
KEYS = {
    "case",
    "says",
    "base",
    "facts",
    "normal",
    "without",
    "lines",
    "expect",
    "holds",
    "cannot_say",
    "missing",
    "conflict",
    "guidance",
    "source",
}
LINE_KEYS = {"line", "regimen", "drugs", "from", "to", "stopped"}


@dataclass(frozen=True)
class Banked:
    """One case of the bank with what is expected of it."""

    name: str
    case: Case
    expect: dict[str, str]
    holds: dict[str, list[str]]
    cannot_say: dict[str, list[str]]
    missing: dict[str, list[str]]
    conflict: list[list[str]]
    guidance: dict[str, list[str]]
    says: str
    source: str


def _read(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((FOLDER / name).read_text(encoding="utf-8"))


def _base(name: str) -> dict[str, Any]:
    entry = _read("bases.yaml")[name]
    if "like" not in entry:
        return dict(entry)
    under = _base(entry["like"])
    return (
        under
        | {key: value for key, value in entry.items() if key not in ("like", "facts")}
        | {"facts": under["facts"] | entry.get("facts", {})}
    )


BASES = {name: _base(name) for name in _read("bases.yaml")}


def observation(what: str, value: Any, normal: dict[str, float] | None = None) -> Observation:
    said = {"answer": value} if isinstance(value, str) else {"value": value}
    return Observation(what=what, at=SEEN, upper_normal=(normal or {}).get(what), **said)


def treatment(line: dict[str, Any]) -> Treatment:
    assert set(line) <= LINE_KEYS, set(line) - LINE_KEYS
    days = {key: date.fromisoformat(line[name]) for key, name in (("at", "from"), ("end", "to")) if name in line}
    return Treatment(
        id=f"line-{line['line']}", kind="systemic", line=line["line"], regimen=line["regimen"], drugs=tuple(line.get("drugs", ())),
        reason_stopped=line.get("stopped"), **days,
    )  # fmt: skip


def build(entry: dict[str, Any]) -> Case:
    base = BASES[entry["base"]]
    facts = {**base["facts"], **entry.get("facts", {})}
    facts = {name: value for name, value in facts.items() if name not in entry.get("without", [])}
    normal = {**base.get("normal", {}), **entry.get("normal", {})}
    lines = entry.get("lines", base["lines"])
    if "lines" in entry and lines and "systemic_lines" not in entry.get("facts", {}) and entry["case"] != "lines-not-all-listed":
        facts["systemic_lines"] = len(lines)
    return Case(
        id=entry["case"].lower(), disease=base["disease"],
        treatments=tuple(treatment(line) for line in lines),
        observations=tuple(observation(name, value, normal) for name, value in facts.items()),
    )  # fmt: skip


def bank() -> list[Banked]:
    found = []
    for file in sorted(FOLDER.glob("*.yaml")):
        if file.name == "bases.yaml":
            continue
        for entry in _read(file.name):
            assert set(entry) <= KEYS, f"{file.name}: {set(entry) - KEYS}"
            assert {"case", "says", "base", "expect", "source"} <= set(entry), f"{file.name}: {entry}"
            found.append(
                Banked(
                    f"{file.stem}/{entry['case']}", build(entry), entry["expect"], entry.get("holds", {}), entry.get("cannot_say", {}),
                    entry.get("missing", {}), entry.get("conflict", []), entry.get("guidance", {}), entry["says"], entry["source"],
                )
            )  # fmt: skip
    return found


BANK = bank()
