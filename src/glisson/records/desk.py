"""The desk of a registry: one entry or act at a time, by one person, checked before it is stored and asked about after."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from glisson.errors import BadInput
from glisson.records import checks
from glisson.records.access import Action, Session
from glisson.records.access.roles import ACTION_OF_KIND
from glisson.records.checks import Act, CheckSettings, Proposals, Query, QueryState, SeriousEvent
from glisson.records.checks.queries import ALLOWED as QUERY_ACTS
from glisson.records.checks.queries import require_allowed
from glisson.records.checks.signature import SignatureState
from glisson.records.checks.visits import Readiness
from glisson.records.forms import Form, FormEntry, ItemType, Problem, check_values, refused
from glisson.records.forms import form as form_of
from glisson.records.forms.entry import day_of
from glisson.records.free_text import plain_words, scan, words
from glisson.records.pseudonyms import site_of
from glisson.records.store import NewEntry, StoredEntry, content_id

WRITTEN = {"words": "the question", "text": "the text", "reason": "the reason", "meaning": "the meaning of the signature"}
"""Parts of an act that a person writes."""


@dataclass(frozen=True)
class Filled:
    """A form as a person hands it in.

    Attributes:
        case: pseudonym. visit, instance: where it stands in the case.
        form, edition: which one; the newest edition if ``None``.
        values: item to value, or ``{"missing": reason}``.
        replaces: id of the entry it corrects.
        reason: why it is corrected; asked for then.
        id: makes a repeated hand-in harmless.
    """

    case: str
    form: str
    values: Mapping[str, Any]
    visit: str = ""
    instance: int = 1
    edition: int | None = None
    replaces: str | None = None
    reason: str = ""
    id: str | None = None


@dataclass(frozen=True)
class Entered:
    """What was stored, and what is asked about it."""

    entry: StoredEntry
    warnings: tuple[Problem, ...]
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Overview:
    """Everything that is known of a case at the desk.

    Attributes:
        current: forms that stand; acts: everything else, oldest first.
        problems: what fails now. queries: by id. proposals: what the checks ask for.
    """

    current: tuple[FormEntry, ...]
    acts: tuple[Act, ...]
    problems: tuple[Problem, ...]
    queries: Mapping[str, Query]
    proposals: Proposals

    @property
    def signatures(self) -> tuple[SignatureState, ...]:
        """Signatures, and whether they stand."""
        return checks.signatures(self.acts, self.current)

    @property
    def verified(self) -> Mapping[str, bool]:
        """Whether the source data of each standing entry was verified."""
        return checks.verified(self.acts, self.current)

    @property
    def locked(self) -> frozenset[str]:
        """Locked visits; an empty name means the whole case."""
        return checks.locked_visits(self.acts)

    def readiness(self, visit: str) -> Readiness:
        """What stands in the way of locking a visit."""
        done = [id for id, flag in self.verified.items() if flag]
        return checks.readiness(visit, self.current, self.queries.values(), done)


@dataclass(frozen=True)
class Desk:
    """A person's desk.

    Attributes:
        session: who works here.
        settings: of the checks.
        names: known from elsewhere (DICOM headers); free text is searched for them and they are not stored.

    Free text of a form that may betray a person is stored, asked about and withheld from exports, since it can be corrected; words
    of an act (reason, question, answer, meaning of a signature) cannot, so such are refused.
    """

    session: Session
    settings: CheckSettings = field(default_factory=CheckSettings)
    names: tuple[str, ...] = ()

    def enter(self, filled: Filled, *, site: str | None = None, importing: bool = False) -> Entered:
        """Check a form and store it, or a correction; what is doubtful opens a query.

        Args:
            filled: the form.
            site: of a case that is entered for the first time; else the case's own.
            importing: it comes from a file.

        Raises:
            BadInput: values that the form does not take (every one is named), a case without its form 'patient', a correction
                without a reason, or with one that may betray a person.
            NotAllowed: the user may not.
        """
        definition = form_of(filled.form, filled.edition)
        if filled.reason.strip():
            plain_words(filled.reason, "the reason of the correction", names=self.names)
        where = self._site(filled, site)
        action = Action.CORRECT if filled.replaces else Action.ENTER
        self.session.require(action, filled.case, where)
        problems = check_values(definition, filled.values)
        if bad := refused(problems):
            raise BadInput(
                f"form {definition.form}: " + "; ".join(_said(problem) for problem in bad),
                do="correct these items; a value that is not known is entered as missing, with its reason",
            )
        new = new_entry(filled, definition, where)
        before = self._current(filled.case)
        _require_once(definition, filled, before)
        trial = trial_entry(new, definition.edition)
        entries = (*(entry for entry in before if entry.id not in (filled.replaces, trial.id)), trial)
        found = [*self._problems(entries), *free_text_problems(entries, self.names)]
        proposals = checks.propose(found, self._queries(filled.case), entries)
        opened = [act_entry(act, filled.case, where) for act in proposals.acts]
        stored = self.session.add([new], opened=opened, importing=importing)
        mine = tuple(problem for problem in found if trial.id in problem.entries or trial.place in problem.places)
        return Entered(
            stored[0], (*(p for p in problems if p not in mine), *mine), tuple(a.text("query") for a in proposals.acts)
        )

    def overview(self, case: str, *, as_of: datetime | date | None = None) -> Overview:
        """Everything of a case, as it was known at ``as_of``."""
        stored = self.session.entries(case, as_of=as_of)
        if any(entry.payload is None for entry in stored if entry.kind == "form"):
            raise BadInput("this case was erased", do="nothing; its envelopes and the chain remain")
        state = self.session.registry.state(case, as_of=as_of)
        current = tuple(FormEntry.of(entry) for entry in state.current)
        acts = tuple(Act.of(entry) for entry in stored if entry.kind != "form")
        problems = (*self._problems(current), *free_text_problems(current, self.names))
        queries = checks.queries_of(acts)
        return Overview(current, acts, problems, queries, checks.propose(problems, queries, current))

    def check(self, case: str) -> Overview:
        """Run every check now; queries that it asks for are opened."""
        seen = self.overview(case)
        if seen.proposals.acts:
            site = self.session.registry.site(case)
            self.session.add([], opened=[act_entry(act, case, site) for act in seen.proposals.acts])
            seen = self.overview(case)
        return seen

    def ask(self, case: str, *, places: Sequence[str], question: str, item: str | None = None) -> StoredEntry:
        """A monitor's own query about some entries, named by their places."""
        self.session.require(Action.OPEN_QUERY, case)
        known = {entry.place for entry in self._current(case)}
        if not places or set(places) - known:
            raise BadInput("a query about entries that do not stand in the case", allowed=", ".join(sorted(known)))
        key = content_id(question, self.session.user.id)
        return self._act(case, checks.ask(item=item, places=places, words=question, key=key))

    def answer(self, case: str, query: str, text: str) -> StoredEntry:
        """An answer to a query."""
        return self._act(case, checks.answer(query, text))

    def close(self, case: str, query: str, text: str) -> StoredEntry:
        """A monitor's closure of a query."""
        seen = self.overview(case)
        if query not in seen.queries:
            raise BadInput(f"no query {query} in this case", allowed=", ".join(seen.queries) or "it has none")
        resolved = query in {act.text("query") for act in seen.proposals.closures}
        return self._act(case, checks.close(seen.queries[query], text, seen.current, resolved=resolved))

    def reopen(self, case: str, query: str, text: str) -> StoredEntry:
        """A query asked again."""
        return self._act(case, checks.reopen(query, text))

    def lock(self, case: str, visit: str = "") -> StoredEntry:
        """Lock a visit, or the whole case."""
        return self._act(case, checks.lock(visit))

    def unlock(self, case: str, visit: str, reason: str) -> StoredEntry:
        """Unlock it again, with a reason."""
        return self._act(case, checks.unlock(visit, reason))

    def verify_source(self, case: str, ids: Iterable[str], items: Iterable[str] = ()) -> StoredEntry:
        """Say that entries were compared with the patient's file."""
        self.session.require(Action.VERIFY_SOURCE, case)
        standing = {entry.id: entry for entry in self._current(case)}
        wanted = list(ids)
        if not wanted or set(wanted) - set(standing):
            raise BadInput("entries that do not stand in this case", do="list them: glisson records show")
        return self._act(case, checks.verify([standing[id] for id in wanted], items))

    def sign(self, case: str, *, meaning: str, visit: str = "") -> StoredEntry:
        """The investigator's signature on a visit, or on the whole case."""
        self.session.require(Action.SIGN, case)
        current = [entry for entry in self._current(case) if visit in ("", entry.visit)]
        return self._act(case, checks.sign(current, meaning=meaning, visit=visit))

    def serious(self, *, now: datetime, hours: float) -> list[SeriousEvent]:
        """Serious adverse events at the user's sites, with the reporting clock."""
        entries = [entry for case in self.session.cases() for entry in self._readable(case)]
        return checks.serious_events(entries, now=now, hours=hours)

    def _readable(self, case: str) -> tuple[FormEntry, ...]:
        return tuple(FormEntry.of(e) for e in self.session.state(case).current if e.payload is not None)

    def _site(self, filled: Filled, site: str | None) -> str:
        if filled.replaces and not filled.reason.strip():
            raise BadInput("a correction without a reason", do="say why the entry is corrected")
        known = filled.case in self.session.registry.cases()
        if known:
            return self.session.registry.site(filled.case)
        if site is None:
            raise BadInput("the first entry of a case without its site", do="give the site")
        if site_of(filled.case) != site:
            raise BadInput("a pseudonym of another site", do="make the pseudonym with the key of the case's own site")
        if filled.form != "patient":
            raise BadInput(f"a case that begins with form '{filled.form}'", do="enter the form 'patient' first")
        return site

    def _current(self, case: str) -> tuple[FormEntry, ...]:
        registry = self.session.registry
        if case not in registry.cases():
            return ()
        return tuple(FormEntry.of(entry) for entry in registry.state(case).current)

    def _queries(self, case: str) -> dict[str, Query]:
        registry = self.session.registry
        if case not in registry.cases():
            return {}
        return checks.queries_of(Act.of(entry) for entry in registry.entries(case) if entry.kind != "form")

    def _problems(self, entries: Sequence[FormEntry]) -> list[Problem]:
        return checks.cross_checks(entries, settings=self.settings)

    def _act(self, case: str, act: Act) -> StoredEntry:
        self.session.require(ACTION_OF_KIND[act.kind], case)
        for key, what in WRITTEN.items():
            if act.text(key):
                plain_words(act.text(key), what, names=self.names)
        if act.kind in QUERY_ACTS:
            require_allowed(self._queries(case), act)
        return self.session.add([act_entry(act, case, self.session.registry.site(case))])[0]


def open_queries(overview: Overview) -> list[Query]:
    """Queries that are not closed, the most severe first."""
    waiting = [query for query in overview.queries.values() if query.state is not QueryState.CLOSED]
    return sorted(waiting, key=lambda query: (query.state is not QueryState.OPEN, query.code))


def _require_once(definition: Form, filled: Filled, standing: Iterable[FormEntry]) -> None:
    """A form that a case has once is corrected, not filled again at another visit; handing in the same once more is no harm."""
    if definition.per != "case" or filled.replaces:
        return
    for entry in standing:
        if entry.form == filled.form and (entry.visit, entry.instance) != (filled.visit, filled.instance):
            raise BadInput(
                f"form {filled.form} is filled already, by entry {entry.id}", do="correct that entry: a case has it once"
            )


def _said(problem: Problem) -> str:
    return f"{problem.item}: {problem.words}" if problem.item else problem.words


def new_entry(filled: Filled, definition: Form, site: str) -> NewEntry:
    """A filled form as the store takes it; its id is made of its content if none is given."""
    payload: dict[str, Any] = {"form": filled.form, "edition": definition.edition, "values": dict(filled.values)}
    if filled.reason:
        payload["reason"] = filled.reason.strip()
    id = filled.id or content_id(filled.case, filled.form, filled.visit, filled.instance, filled.replaces, payload)
    return NewEntry(
        kind="form", author="desk", case=filled.case, site=site, payload=payload, form=filled.form, edition=definition.edition,
        visit=filled.visit or None, instance=filled.instance, at=_at(definition, filled.values), replaces=filled.replaces, id=id,
    )  # fmt: skip


def _at(definition: Form, values: Mapping[str, Any]) -> date | None:
    return day_of(values.get(definition.at)) if definition.at else None


def trial_entry(new: NewEntry, edition: int) -> FormEntry:
    """The entry as it will stand, before it is stored."""
    return FormEntry(
        id=str(new.id), case=str(new.case), site=str(new.site), form=str(new.form), edition=edition, visit=new.visit or "",
        instance=new.instance, at=new.at, replaces=new.replaces, values=new.payload["values"],
    )  # fmt: skip


def act_entry(act: Act, case: str, site: str) -> NewEntry:
    """An act as the store takes it."""
    return NewEntry(kind=act.kind, author="desk", case=case, site=site, payload=dict(act.payload), visit=act.visit or None)


def free_text_problems(entries: Iterable[FormEntry], names: Sequence[str]) -> list[Problem]:
    """Free text that may betray a person; said without a word of it."""
    found = []
    for entry in entries:
        for item in form_of(entry.form, entry.edition).items:
            text = entry.get(item.name)
            if item.type is ItemType.TEXT and isinstance(text, str) and (suspicions := scan(text, names=names)):
                said = words(suspicions)
                found.append(Problem("free-text.identifier", "warn", said, item.name, (entry.id,), (entry.place,)))
    return found
