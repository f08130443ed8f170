"""The entries of one case on their way in: what is refused with its row, what is new, what the checks ask about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from glisson.errors import BadInput
from glisson.records import checks
from glisson.records.access import Action, Session
from glisson.records.access.session import CHECKER
from glisson.records.checks import Act, CheckSettings
from glisson.records.desk import Filled, act_entry, free_text_problems, new_entry, trial_entry
from glisson.records.forms import FormEntry, Problem, check_values
from glisson.records.forms import form as form_of
from glisson.records.intake.incoming import Incoming, Level, Remark, value_class
from glisson.records.pseudonyms import site_of
from glisson.records.store import NewEntry, StoredEntry
from glisson.records.store.standing import Standing

END_OF_DATA = ("no further data", "erase")
Pair = tuple[Incoming, NewEntry]


@dataclass
class CaseIntake:
    """Works on one case; afterwards says what it did.

    Attributes:
        session: of the person who imports.
        case: pseudonym.
        entries: from the file.
        there: whether the registry knows the case.
        settings: of the checks across forms.
        remarks, stored, already, queries: what was found and done.
    """

    session: Session
    case: str
    entries: list[Incoming]
    there: bool
    settings: CheckSettings
    remarks: list[Remark] = field(default_factory=list)
    stored: int = 0
    already: int = 0
    queries: int = 0

    def work(self) -> list[NewEntry]:
        """What is to be stored: new entries of whole rows, and the queries that they open."""
        before = self.session.registry.entries(self.case) if self.there else []
        standing = Standing()
        for stored in before:
            standing.apply(stored)
        current = tuple(FormEntry.of(e) for e in before if e.id in standing.places and e.payload is not None)
        refused = self._refused_as_a_whole(standing, current)
        pairs = [(entry, _made(entry)) for entry in self.entries]
        known = {stored.id for stored in before}
        for entry, made in pairs:
            problems = check_values(form_of(entry.form, entry.edition), entry.values)
            problems += [] if made.id in known else _place(made, standing)
            self.remarks += [_remark(entry, problem) for problem in problems]
            if any(problem.level == "refuse" for problem in problems):
                refused.add(entry.source)
        fresh = self._each_place_once([pair for pair in pairs if pair[1].id not in known], refused)
        self.already = sum(made.id in known and entry.source not in refused for entry, made in pairs)
        self.stored = len(fresh)
        return self._with_queries(fresh, current, before) if fresh else []

    def _refused_as_a_whole(self, standing: Standing, current: tuple[FormEntry, ...]) -> set[tuple[str, int]]:
        """Rows that the case does not take, whatever they say."""
        words = self._against(standing, current)
        if words:
            self.remarks += [_remark_row(entry, words) for entry in self.entries]
            return {entry.source for entry in self.entries}
        own = self.session.registry.site(self.case) if self.there else self.entries[0].site
        other = [entry for entry in self.entries if entry.site != own]
        self.remarks += [_remark_row(entry, "the case belongs to another site") for entry in other]
        return {entry.source for entry in other}

    def _against(self, standing: Standing, current: tuple[FormEntry, ...]) -> str:
        if not self.there:
            return self._against_new()
        if not any(grant.covers(Action.ENTER, self.session.registry.site(self.case)) for grant in self.session.user.grants):
            return "no such case at your sites"
        if standing.erased:
            return "the case was erased"
        if any(entry.form == "consent" and entry.get("withdrawal_scope") in END_OF_DATA for entry in current):
            return "consent was withdrawn to new data of the case"
        return ""

    def _against_new(self) -> str:
        try:
            site = site_of(self.case)
        except BadInput:
            return "the case's name is not a pseudonym of a registry"
        if site != self.entries[0].site:
            return "the case's pseudonym is one of another site"
        if not any(entry.form == "patient" for entry in self.entries):
            return "the case is not in the registry, and the file has no form 'patient' for it"
        return ""

    def _each_place_once(self, pairs: list[Pair], refused: set[tuple[str, int]]) -> list[Pair]:
        """Entries of whole rows; the later row of two that fill one place is refused with all it holds."""
        while True:
            taken: set[tuple[object, ...]] = set()
            for entry, made in pairs:
                place = (made.form, made.visit, made.instance)
                if entry.source not in refused and place in taken:
                    refused.add(entry.source)
                    self.remarks.append(_remark_row(entry, "the file fills this place of the case twice"))
                    break
                if entry.source not in refused:
                    taken.add(place)
            else:
                return self._begun([pair for pair in pairs if pair[0].source not in refused])

    def _begun(self, pairs: list[Pair]) -> list[Pair]:
        """Nothing of a new case whose form 'patient' was refused."""
        if self.there or any(made.form == "patient" for _, made in pairs):
            return pairs
        self.remarks += [_remark_row(entry, "the form 'patient' of this new case was refused") for entry, _ in pairs]
        return []

    def _with_queries(self, pairs: list[Pair], current: tuple[FormEntry, ...], before: Sequence[StoredEntry]) -> list[NewEntry]:
        """The entries with their author, and queries that the checks of the case as it will stand open."""
        entries = (*current, *(trial_entry(made, made.edition or 1) for _, made in pairs))
        problems = [*checks.cross_checks(entries, settings=self.settings), *free_text_problems(entries, ())]
        rows = {str(made.id): entry for entry, made in pairs}
        for problem in problems:
            self.remarks += [_remark(rows[id], replace(problem, level="warn")) for id in problem.entries if id in rows]
        trail = checks.queries_of(Act.of(entry) for entry in before if entry.kind != "form")
        opened = checks.propose(problems, trail, entries).acts
        self.queries = len(opened)
        site = pairs[0][0].site
        mine = [replace(made, author=self.session.user.id) for _, made in pairs]
        return [*mine, *(replace(act_entry(act, self.case, site), author=CHECKER) for act in opened)]


def _made(entry: Incoming) -> NewEntry:
    filled = Filled(entry.case, entry.form, entry.values, entry.visit, entry.instance, entry.edition)
    return new_entry(filled, form_of(entry.form, entry.edition), entry.site)


@dataclass(frozen=True)
class _Identified:
    """A new entry as the fold of a case sees it."""

    id: str | None
    kind: str
    form: str | None
    visit: str | None
    instance: int
    replaces: str | None = None


def _place(made: NewEntry, standing: Standing) -> list[Problem]:
    """Whether the entry's place is free."""
    try:
        standing.require(_Identified(made.id, made.kind, made.form, made.visit, made.instance))
    except BadInput as error:
        locked = error.problem.endswith("is locked")
        words = "its visit is locked" if locked else "another entry stands in its place; correct that one instead"
        return [Problem("place", "refuse", words)]
    return []


def _remark(entry: Incoming, problem: Problem) -> Remark:
    level: Level = "rejected" if problem.level == "refuse" else "doubtful"
    value = entry.values.get(problem.item or "")
    shown = "a reason" if isinstance(value, dict) else f"list of {len(value)}" if isinstance(value, list) else value_class(value)
    column = f"{entry.form}.{problem.item}" if problem.item else entry.form
    return Remark(level, entry.file, entry.row, column, shown, problem.words)


def _remark_row(entry: Incoming, words: str) -> Remark:
    return Remark("rejected", entry.file, entry.row, entry.form, "the row", words)
