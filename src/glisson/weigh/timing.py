"""What was taken against what is planned: washouts as published, and the days from which each source would allow an option."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from glisson.case import Disease
from glisson.knowledge.guidelines import Option
from glisson.knowledge.interactions import Interaction, drug_classes
from glisson.weigh.history import ANY, OTHER, History
from glisson.weigh.verdict import concerns


@dataclass(frozen=True)
class Washout:
    """One source's time between a drug and an option.

    Attributes:
        line: regimen or drugs of the line, as printed.
        last_dose: ``None``: it goes on; the days then count from a stop on the day of the page.
        earliest, latest: days from which the shorter and the longer published time has passed; ``None`` where only the time after is
            published.
    """

    rule: Interaction
    line: str
    last_dose: date | None
    earliest: date | None
    latest: date | None
    options: tuple[str, ...]

    def row(self, day: date) -> dict[str, Any]:
        """As JSON."""
        after = self.rule.after_days
        return {
            "rule": self.rule.id, "drug": _class_name(self.rule.drug), "line": self.line,
            "last_dose": None if self.last_dose is None else self.last_dose.isoformat(),
            "before_days": None if self.rule.before_days is None else list(self.rule.before_days),
            "after_days": None if after is None else list(after),
            "earliest": None if self.earliest is None else self.earliest.isoformat(),
            "latest": None if self.latest is None else self.latest.isoformat(),
            "passed": None if self.latest is None else self.last_dose is not None and self.latest <= day,
            "options": list(self.options), "source": self.rule.source, "says": str(self.rule.value),
        }  # fmt: skip


def washouts(
    history: History, entries: Iterable[Interaction], options: Iterable[Option], disease: Disease
) -> tuple[Washout, ...]:
    """Every published time that concerns a drug of the case and an option of its disease; the last dose of a class counts."""
    offered = list(options)
    found: dict[tuple[object, ...], Washout] = {}
    for rule in entries:
        reached = tuple(option.id for option in offered if concerns(rule, option, disease))
        if not reached or (rule.before_days is None and rule.after_days is None):
            continue
        lines = [line for line in history.lines if history.given(rule.drug, line) and (line.last is not None or line.goes_on)]
        if not lines:
            continue
        last = max(lines, key=lambda line: history.day if line.last is None else line.last)
        stop = last.last or history.day
        days = rule.before_days
        earliest, latest = (None, None) if days is None else tuple(stop + timedelta(days=each) for each in days)
        found.setdefault(
            (rule.drug, rule.source, days, rule.after_days), Washout(rule, last.words, last.last, earliest, latest, reached)
        )
    return tuple(found.values())


def earliest_of(option: Option, found: Iterable[Washout]) -> dict[str, Any] | None:
    """From when an option could take place by the shorter and by the longer of all times that concern it."""
    own = [one for one in found if option.id in one.options and one.earliest is not None and one.latest is not None]
    if not own:
        return None
    first, last = (max(day for one in own if (day := getattr(one, which)) is not None) for which in ("earliest", "latest"))
    return {
        "shorter": first.isoformat(), "longer": last.isoformat(), "if_stopped_today": any(one.last_dose is None for one in own),
        "rules": [one.rule.id for one in own],
    }  # fmt: skip


def _class_name(name: str) -> str:
    known = drug_classes().get(name)
    return known.name if known is not None else {ANY: "systemic therapy", OTHER: "a drug without a rule"}[name]
