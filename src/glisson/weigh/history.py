"""Systemic therapy of a case as rules ask for it: which drugs were given, how long ago the last dose was, for how many months.

What is not listed counts as not given only where the number of lines is entered (``systemic_lines``) and as many are listed.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from glisson.case import Case, Observation, Treatment, current
from glisson.errors import BadInput
from glisson.knowledge.interactions import DAYS_PER_MONTH, drug_classes, drugs_of_regimen
from glisson.weigh.fact import NEVER, Fact, between, number, unknown, word

ANY, OTHER = "systemic", "other_drug"
LINES = "systemic_lines"
HOW = "from the lines of systemic therapy"


@dataclass(frozen=True)
class Line:
    """One listed line.

    Attributes:
        name: id of the treatment; ``words``: regimen or drugs, as printed.
        drugs: ``None``: not told by the case.
        first, last: first day, last day; ``last`` is ``None`` where it goes on or nobody says.
        goes_on: no end is entered, and no reason why it stopped.
    """

    name: str
    words: str
    number: int | None
    drugs: frozenset[str] | None
    first: date | None
    last: date | None
    goes_on: bool

    def since(self, day: date) -> tuple[float, float]:
        """Fewest and most days since its last dose."""
        if self.last is not None:
            days = float((day - self.last).days)
            return max(days, 0.0), max(days, 0.0)
        if self.goes_on:
            return 0.0, 0.0
        return 0.0, float((day - self.first).days) if self.first is not None else math.inf

    def months(self, day: date) -> tuple[float, float]:
        """Fewest and most months it lasted until ``day``."""
        if self.first is None:
            return 0.0, math.inf
        end = day if self.goes_on else self.last
        if end is None:
            return 0.0, (day - self.first).days / DAYS_PER_MONTH
        months = max((min(end, day) - self.first).days, 0) / DAYS_PER_MONTH
        return months, months


@dataclass(frozen=True)
class History:
    """Every listed line, and whether they are all."""

    lines: tuple[Line, ...]
    counted: Observation | None
    complete: bool
    day: date

    @property
    def facts(self) -> dict[str, Fact]:
        """Number of lines, months, and for each class of drugs whether and when."""
        found = {LINES: self._number(), "chemotherapy_months": self._months()}
        for name in (*drug_classes(), ANY, OTHER):
            found[f"had_{name}"] = self._had(name)
            found[f"days_since_{name}"] = self._since(name)
        return found

    def given(self, name: str, line: Line) -> bool | None:
        """Whether a line held a drug of that class; ``None`` where the case does not say what it held."""
        if name == ANY:
            return True
        if line.drugs is None:
            return None
        if name == OTHER:
            known = {drug for entry in drug_classes().values() for drug in entry.drugs}
            return bool(line.drugs - known)
        return bool(line.drugs & set(drug_classes()[name].drugs))

    @property
    def lacks(self) -> tuple[str, ...]:
        """What would have to be entered for the drugs to be known."""
        found = [] if self.complete else ["treatments: every line of systemic therapy" if self.counted is not None else LINES]
        return tuple(found + [f"drugs of {line.name}" for line in self.lines if line.drugs is None])

    def _had(self, name: str) -> Fact:
        answers = [self.given(name, line) for line in self.lines]
        fact = f"had_{name}"
        if True in answers:
            return word(fact, "yes", at=self._first(name), how=HOW)
        if self.complete and None not in answers:
            return word(fact, "no", at=_day(self.counted.at) if self.counted is not None else None, how=HOW)
        return unknown(fact, *self.lacks, how=HOW)

    def _since(self, name: str) -> Fact:
        fact = f"days_since_{name}"
        spans = [(self.given(name, line), line.since(self.day), line) for line in self.lines]
        possible = [span for given, span, _ in spans if given is not False]
        low = min((span[0] for span in possible), default=NEVER) if self.complete else 0.0
        high = min((span[1] for given, span, _ in spans if given), default=NEVER)
        undated = [f"end of {line.name}" for given, span, line in spans if given is not False and span[0] != span[1]]
        last = max((line.last for given, _, line in spans if given and line.last is not None), default=None)
        return between(fact, min(low, high), high, missing=(*self.lacks, *undated), at=last, how=HOW)

    def _months(self) -> Fact:
        spans = [line.months(self.day) for line in self.lines]
        low = sum(span[0] for span in spans)
        high = sum(span[1] for span in spans) if self.complete else math.inf
        undated = tuple(
            f"first and last day of {line.name}" for line, span in zip(self.lines, spans, strict=True) if span[0] != span[1]
        )
        lacks = () if self.complete else self.lacks[:1]
        return between("chemotherapy_months", low, high, missing=(*lacks, *undated), how=HOW)

    def _number(self) -> Fact:
        listed = _count(self.lines)
        if self.counted is None:
            return between(LINES, float(listed), math.inf, missing=(LINES,), how=HOW)
        return number(LINES, self.counted.number + _count(_after(self.lines, self.counted)), at=_day(self.counted.at))

    def _first(self, name: str) -> date | None:
        return min((line.first for line in self.lines if self.given(name, line) and line.first is not None), default=None)


def history_of(case: Case, day: date) -> History:
    """The systemic therapy of a case as it is known on ``day``.

    Raises:
        BadInput: a line that ends before it begins, or more lines listed than are counted.
    """
    lines = tuple(_line(treatment, day) for treatment in current(case.treatments) if treatment.kind == "systemic")
    seen = case.observed(LINES)
    counted = seen if seen is not None and seen.value is not None else None
    if counted is None:
        return History(lines, None, False, day)
    before = _count(lines) - _count(_after(lines, counted))
    if before > counted.number:
        raise BadInput(
            f"{before} lines of systemic therapy are listed, {LINES} says {counted.number:g}", do="correct the one that is wrong"
        )
    return History(lines, counted, before >= counted.number, day)


def _line(treatment: Treatment, day: date) -> Line:
    first, last = _day(treatment.at), _day(treatment.end)
    if first is not None and last is not None and last < first:
        raise BadInput(f"treatment '{treatment.id}' ends before it begins", do="correct its days")
    named = drugs_of_regimen(treatment.regimen) if treatment.regimen else None
    drugs = frozenset(drug.lower() for drug in treatment.drugs) | frozenset(named or ())
    later = last is not None and last > day
    words = treatment.regimen or ", ".join(treatment.drugs) or treatment.id
    goes_on = later or (last is None and treatment.reason_stopped is None and first is not None)
    return Line(treatment.id, words, treatment.line, drugs or None, first, None if later else last, goes_on)


def _count(lines: Iterable[Line]) -> int:
    """Lines by their number; one without a number counts for itself."""
    return len({line.number if line.number is not None else line.name for line in lines})


def _after(lines: Iterable[Line], counted: Observation) -> list[Line]:
    """Lines that began after the count was made."""
    made = _day(counted.at)
    found = list(lines)
    older = {line.number for line in found if made is None or line.first is None or line.first <= made}
    return [
        line for line in found if made is not None and line.first is not None and line.first > made and line.number not in older
    ]


def _day(value: datetime | date | None) -> date | None:
    return value.date() if isinstance(value, datetime) else value
