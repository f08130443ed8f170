"""The entries of one case, as the checks look at them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from glisson.records.checks.rules import RULES
from glisson.records.forms import FormEntry, ItemType, Problem, current_entries
from glisson.records.forms.entry import day_of
from glisson.records.forms.load import Catalogue, packaged

SESSIONS = {"tace_session": "TACE", "sirt_session": "radioembolization", "ablation_session": "ablation"}
"""Forms of a day of treatment, by the treatment they belong to."""


class Hit(NamedTuple):
    """A rule that failed, the entries it failed on, and the item where it is one."""

    code: str
    entries: tuple[FormEntry, ...]
    item: str | None = None

    @property
    def problem(self) -> Problem:
        """As everybody else sees it."""
        rule = RULES[self.code]
        words = rule.words + (f" ({self.item})" if self.item else "")
        ids = tuple(entry.id for entry in self.entries)
        return Problem(self.code, rule.level, words, self.item, ids, tuple(entry.place for entry in self.entries))


class Dated(NamedTuple):
    """One date item of one entry."""

    entry: FormEntry
    item: str
    day: date


@dataclass(frozen=True)
class Course:
    """Current entries of one case.

    Attributes:
        entries: in the order given, corrections applied.
        known: the forms by which they were filled.
    """

    entries: tuple[FormEntry, ...]
    known: Catalogue

    @classmethod
    def of(cls, entries: Iterable[FormEntry], known: Catalogue | None = None) -> "Course":
        """The entries that stand among ``entries``."""
        return cls(current_entries(entries), packaged() if known is None else known)

    def all(self, *forms: str) -> tuple[FormEntry, ...]:
        """Entries of some forms."""
        return tuple(entry for entry in self.entries if entry.form in forms)

    def one(self, form: str) -> FormEntry | None:
        """The first entry of a form that is filled once."""
        return next((entry for entry in self.entries if entry.form == form), None)

    @cached_property
    def readable(self) -> tuple[FormEntry, ...]:
        """Entries whose form and edition are known here."""
        return tuple(entry for entry in self.entries if (entry.form, entry.edition) in self.known)

    @cached_property
    def dates(self) -> tuple[Dated, ...]:
        """Every date of every entry, item by item."""
        return tuple(self._dates())

    def _dates(self) -> Iterator[Dated]:
        for entry in self.readable:
            for item in self.known[entry.form, entry.edition].items:
                if item.type in (ItemType.DATE, ItemType.INSTANT) and (day := entry.day(item.name)) is not None:
                    yield Dated(entry, item.name, day)

    @cached_property
    def sessions(self) -> tuple[tuple[date, FormEntry], ...]:
        """Days of treatment, earliest first: TACE, SIRT delivery, ablation, first day of an infusion."""
        given = [(entry.day("session_on"), entry) for entry in self.all(*SESSIONS) if entry.get("step") != "mapping"]
        given += [(entry.day("started_on"), entry) for entry in self.all("hai_course")]
        return tuple(sorted(((day, entry) for day, entry in given if day is not None), key=lambda pair: (pair[0], pair[1].place)))

    @property
    def first_session(self) -> tuple[date, FormEntry] | None:
        """The first day of treatment."""
        return self.sessions[0] if self.sessions else None

    @property
    def died_on(self) -> date | None:
        """Day of death."""
        death = self.one("death")
        return day_of(death.get("died_on")) if death else None

    @cached_property
    def scans(self) -> dict[tuple[str, str], FormEntry]:
        """Scans by visit and reader."""
        return {(entry.visit, str(entry.get("reader"))): entry for entry in self.all("imaging")}

    @cached_property
    def tables(self) -> dict[str, dict[str, list[FormEntry]]]:
        """Lesion tables: reader, then visit (earliest scan first), then the lesions of that scan."""
        found: dict[str, dict[str, list[FormEntry]]] = {}
        for entry in sorted(self.all("lesion"), key=lambda entry: (entry.day("scanned_on") or date.max, entry.visit)):
            found.setdefault(str(entry.get("reader")), {}).setdefault(entry.visit, []).append(entry)
        return found

    def is_baseline(self, visit: str, reader: str) -> bool:
        """Whether the scan of a visit and reader is said to be the baseline."""
        scan = self.scans.get((visit, reader))
        return scan is not None and scan.get("timepoint") == "baseline"
