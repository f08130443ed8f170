"""One person at work in a registry: what is allowed is done, what is not is refused, and both are on record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from glisson.errors import BadInput, NotAllowed
from glisson.records.access.people import People, User, removal
from glisson.records.access.roles import ACTION_OF_KIND, ALL_SITES, ALLOWED, Action, Grant
from glisson.records.free_text import plain_words
from glisson.records.store import OWN_ACTS, CaseState, Head, NewEntry, Registry, StoredEntry, Verified

AUDIT = "audit"
CHECKER = "checks"
"""Author of queries that the program opened."""


@dataclass(frozen=True)
class Session:
    """A signed-in user at a registry.

    Every method raises ``NotAllowed`` where no grant of the user covers it. A case of another site answers like one that does
    not exist.
    """

    registry: Registry
    user: User
    people: People

    def cases(self) -> list[str]:
        """Pseudonyms at the user's sites, sorted."""
        self._permit(Action.LIST_CASES)
        sites = self._sites(Action.LIST_CASES)
        if sites is None:
            return self.registry.cases()
        return sorted(case for site in sites for case in self.registry.cases(site))

    def entries(self, case: str, *, as_of: datetime | date | None = None) -> list[StoredEntry]:
        """Every entry of a case but the audit, oldest first."""
        self._permit(Action.SHOW_CASE, case)
        return [entry for entry in self.registry.entries(case, as_of=as_of) if entry.kind != AUDIT]

    def state(self, case: str, *, as_of: datetime | date | None = None, true_by: date | None = None) -> CaseState:
        """What stands in a case."""
        self._permit(Action.SHOW_CASE, case)
        return self.registry.state(case, as_of=as_of, true_by=true_by)

    def queries(self, case: str) -> list[StoredEntry]:
        """The trail of queries of a case."""
        self._permit(Action.SHOW_QUERIES, case)
        return [entry for entry in self.registry.entries(case) if entry.kind.startswith("query_")]

    def add(self, entries: Sequence[NewEntry], *, opened: Sequence[NewEntry] = (), importing: bool = False) -> list[StoredEntry]:
        """Hand in entries together, all or none; the author is the user.

        Args:
            entries: forms, corrections, locks, answers …
            opened: queries that checks of these entries opened; their author is the program.
            importing: they come from a file: the right to import is asked for too.

        Raises:
            NotAllowed: one of them is not allowed; nothing is stored then.
            BadInput: an entry of no case or of an unknown kind, or one that does not fit (see the store).
        """
        audits: dict[tuple[Action, str | None], NewEntry] = {}
        for case in {entry.case for entry in entries if entry.kind == "form" and entry.form != "consent"}:
            self._require_consent(case)
        for entry in entries:
            for action in (_action(entry), Action.IMPORT) if importing else (_action(entry),):
                if (action, entry.case) not in audits:
                    audits[action, entry.case] = self.require(action, entry.case, entry.site)
        mine = [replace(entry, author=self.user.id) for entry in entries]
        automatic = [replace(entry, author=CHECKER) for entry in opened]
        stored = self.registry.add_all([*mine, *automatic, *audits.values()])
        return stored[: len(mine) + len(automatic)]

    def cohort(self, query: str, form: str, *, as_of: datetime | date | None = None) -> Iterator[StoredEntry]:
        """Standing entries of one form at the user's sites, without authors; one audit entry names the query.

        The check runs at the call, not at the first entry.
        """
        self._permit(Action.COHORT, query=query)
        sites = self._sites(Action.COHORT)
        streamed = self.registry.stream(form, as_of=as_of, sites=None if sites is None else list(sites))
        return (replace(entry, author="") for entry in streamed)

    def export(self, case: str) -> list[StoredEntry]:
        """Every entry of a case with its envelope, for an export of whole cases."""
        self._permit(Action.EXPORT_CASES, case)
        return [entry for entry in self.registry.entries(case) if entry.kind != AUDIT]

    def erase(self, case: str) -> StoredEntry:
        """Destroy the key of a case whose consent was withdrawn with the scope to erase.

        Raises:
            BadInput: no such withdrawal stands in the case.
        """
        self._permit(Action.ERASE, case)
        if not any(_asks_erasure(entry) for entry in self.registry.state(case).current):
            raise BadInput(
                "an erasure without a withdrawal of consent that asks for it",
                do="have the site enter the form 'consent' with the withdrawal and its scope 'erase' first",
            )
        return self.registry.erase(case, author=self.user.id)

    def add_user(self, id: str, grants: tuple[Grant, ...], password: str) -> None:
        """Add a user, or change one's grants and password."""
        audit = self.require(Action.MANAGE_USERS)
        self.registry.add_all([self.people.entry_for(id, grants, password, by=self.user.id), audit])

    def remove_user(self, id: str) -> None:
        """End a user's access."""
        audit = self.require(Action.MANAGE_USERS)
        if id not in self.people.all():
            raise BadInput("no such user", do="list them: glisson records users")
        self.registry.add_all([removal(id, by=self.user.id), audit])

    def users(self) -> tuple[User, ...]:
        """Users that may sign in."""
        self._permit(Action.MANAGE_USERS)
        return tuple(self.people.all().values())

    def audit(self, case: str | None = None) -> list[StoredEntry]:
        """Who did what: with one case, or in the registry as a whole, refusals included."""
        self._permit(Action.SHOW_AUDIT)
        kinds = [AUDIT, "signed-in", "sign-in-failed", "user", "user-removed", *OWN_ACTS]
        return [_without_password(entry) for entry in self.registry.entries(case, kinds=kinds)]

    def verify(self, known: Sequence[Head] = ()) -> Verified:
        """Check the whole chain, against heads that were kept apart if given."""
        self._permit(Action.MAINTAIN)
        return self.registry.verify(known)

    def accept_clock(self, reason: str) -> StoredEntry:
        """Say that the machine's clock is right though the last entries are ahead of it.

        The registry has to be opened with ``hold``, so that signing in could be stored at all.

        Raises:
            BadInput: no reason, one that may betray a person, or a clock that does not stand before the last entry.
        """
        audit = self.require(Action.MAINTAIN)
        entry = self.registry.accept_clock(author=self.user.id, reason=plain_words(reason, "the reason"))
        self.registry.add(audit)
        return entry

    def permit_maintenance(self) -> None:
        """Ask leave to back up or restore, and put it on record."""
        self._permit(Action.MAINTAIN)

    def _require_consent(self, case: str | None) -> None:
        """Refuse new data of a person who withdrew from it; a case that is not at the user's sites is refused later on."""
        site = self._site_of(case)
        if case is None or site is None or not any(grant.covers(Action.ENTER, site) for grant in self.user.grants):
            return
        if any(_ends_collection(entry) for entry in self.registry.state(case).current):
            raise BadInput(
                "new data of a person who withdrew consent to it", do="enter nothing more; only the form 'consent' may change"
            )

    def _permit(self, action: Action, case: str | None = None, *, query: str | None = None) -> None:
        """As ``_require``, and the audit entry is stored at once."""
        self.registry.add(self.require(action, case, query=query))

    def require(self, action: Action, case: str | None = None, site: str | None = None, *, query: str | None = None) -> NewEntry:
        """The audit entry of something allowed.

        Raises:
            NotAllowed: no grant covers it; the refusal is stored first.
        """
        found = self._site_of(case)
        where = found or site
        if any(grant.covers(action, where) for grant in self.user.grants) and (case is None or where is not None):
            return self._audit(action, case, where, allowed=True, query=query)
        self.registry.add(self._audit(action, case, found, allowed=False, query=query))
        if not any(action in ALLOWED[grant.role] for grant in self.user.grants):
            raise NotAllowed(
                f"to {action.value} is not among the rights of {self._roles()}", do="ask someone with that role, or an admin"
            )
        raise NotAllowed(f"to {action.value}: no such case at your sites", do="list your cases: glisson records show")

    def _audit(self, action: Action, case: str | None, site: str | None, *, allowed: bool, query: str | None) -> NewEntry:
        payload: dict[str, str] = {"action": action.value, "outcome": "done" if allowed else "refused"}
        if query is not None:
            payload["query"] = query
        if case is not None and site is None and not allowed:
            payload["case"] = "unknown"
        known = site is not None
        return NewEntry(kind=AUDIT, author=self.user.id, case=case if known else None, site=site, payload=payload, key="registry")

    def _site_of(self, case: str | None) -> str | None:
        if case is None:
            return None
        try:
            return self.registry.site(case)
        except BadInput:
            return None

    def _sites(self, action: Action) -> tuple[str, ...] | None:
        """Sites at which the user may do it; ``None`` for all."""
        grants = [grant for grant in self.user.grants if action in ALLOWED[grant.role]]
        if any(grant.sites == ALL_SITES for grant in grants):
            return None
        return tuple(sorted({site for grant in grants for site in grant.sites}))

    def _roles(self) -> str:
        return " and ".join(grant.role.value for grant in self.user.grants)


def _action(entry: NewEntry) -> Action:
    if entry.case is None:
        raise BadInput("an entry of no case", do="give the case")
    if entry.kind == "form" and entry.replaces is not None:
        return Action.CORRECT
    if entry.kind not in ACTION_OF_KIND:
        raise BadInput(f"an entry of kind '{entry.kind}'", allowed=", ".join(ACTION_OF_KIND))
    return ACTION_OF_KIND[entry.kind]


def _withdrawal(entry: StoredEntry) -> object:
    return (entry.payload or {}).get("values", {}).get("withdrawal_scope") if entry.form == "consent" else None


def _asks_erasure(entry: StoredEntry) -> bool:
    return _withdrawal(entry) == "erase"


def _ends_collection(entry: StoredEntry) -> bool:
    return _withdrawal(entry) in ("no further data", "erase")


def _without_password(entry: StoredEntry) -> StoredEntry:
    if entry.payload is None or "password" not in entry.payload:
        return entry
    return replace(entry, payload={key: value for key, value in entry.payload.items() if key != "password"})
