"""The people of a registry: entries of the log, so that who could do what is as traceable as what was done."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from glisson.errors import BadInput, NotAllowed
from glisson.records.access.roles import ALL_SITES, Grant, Role
from glisson.records.store import NewEntry, Registry

USER, REMOVED, SIGNED_IN, SIGN_IN_FAILED = "user", "user-removed", "signed-in", "sign-in-failed"
SHORTEST_PASSWORD = 12
FREE_FAILURES = 3
LONGEST_WAIT_s = 60
FORGOTTEN_AFTER = timedelta(minutes=15)
_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,30}")


@dataclass(frozen=True)
class User:
    """One person: a code, never a name; what was granted; the hash of the password (argon2id)."""

    id: str
    grants: tuple[Grant, ...]
    password_hash: str = field(repr=False)

    @property
    def sites(self) -> tuple[str, ...] | str:
        """Every site of every grant, or "all"."""
        if any(grant.sites == ALL_SITES for grant in self.grants):
            return ALL_SITES
        return tuple(sorted({site for grant in self.grants for site in grant.sites}))


@dataclass(frozen=True)
class People:
    """The users of one registry.

    Attributes:
        registry: their registry.
        clock: the present.
        hasher: of passwords; argon2id with the library's parameters (RFC 9106, low memory) if absent.
    """

    registry: Registry
    clock: Callable[[], datetime]
    hasher: Any = None

    def all(self) -> Mapping[str, User]:
        """Users that may sign in now, by id."""
        found: dict[str, User] = {}
        for entry in self.registry.entries(None, kinds=[USER, REMOVED]):
            payload = entry.payload or {}
            if entry.kind == REMOVED:
                found.pop(str(payload["user"]), None)
            else:
                found[str(payload["user"])] = _user(payload)
        return found

    def entry_for(self, id: str, grants: tuple[Grant, ...], password: str, *, by: str) -> NewEntry:
        """The entry that adds a user, or gives one new grants and a new password.

        Raises:
            BadInput: an id that could be a name, no grant, a site that is none, a short password.
        """
        if not _ID.fullmatch(id):
            raise BadInput("a user's id", allowed="a code of lower-case letters, digits, dot, dash, underscore, 2 to 31 of them")
        if not grants:
            raise BadInput("a user without a role", allowed=", ".join(Role))
        for grant in grants:
            if grant.sites != ALL_SITES and (not grant.sites or not all(_ID.fullmatch(site) for site in grant.sites)):
                raise BadInput("a role without its sites", allowed="ids of sites, or all")
        _require_strong(password, id)
        payload = {
            "user": id,
            "grants": [{"role": grant.role.value, "sites": _sites_as_json(grant)} for grant in grants],
            "password": self._hash().hash(password),
        }
        return NewEntry(kind=USER, author=by, payload=payload, key="registry")

    def sign_in(self, id: str, password: str) -> User:
        """The user, if the password is right; each attempt is on record.

        Raises:
            NotAllowed: unknown user, wrong password (the message is the same), or too soon after failures.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        who = id if _ID.fullmatch(id) else "unknown"
        self._require_patience(who)
        user = self.all().get(who)
        try:
            self._hash().verify(user.password_hash if user else self._hash().hash("nobody's password"), password)
        except (VerificationError, InvalidHashError):
            user = None
        if user is None:
            self.registry.add(NewEntry(kind=SIGN_IN_FAILED, author=who, payload={}, key="registry"))
            raise NotAllowed("unknown user or wrong password", do="try again, or ask an admin for a new password")
        self.registry.add(NewEntry(kind=SIGNED_IN, author=who, payload={}, key="registry"))
        return user

    def _require_patience(self, id: str) -> None:
        """Refuses an attempt that comes too soon after failures; it is not judged, not counted and makes nobody wait longer."""
        failures, last = self._failures(id)
        if last is None:
            return
        since = self.clock() - last
        wait = timedelta(seconds=wait_s(failures))
        if timedelta(0) <= since < min(wait, FORGOTTEN_AFTER):  # a failure under a clock that stood ahead tells no length of time
            seconds = ceil((wait - since).total_seconds())
            raise NotAllowed(
                f"{failures} failed attempts to sign in", do=f"wait {seconds} seconds; a right password is taken then"
            )

    def _failures(self, id: str) -> tuple[int, datetime | None]:
        """Failed attempts since the user last came in or got a password, without a pause that lets them be forgotten; the last."""
        failures, last = 0, None
        for entry in self.registry.entries(None, kinds=[SIGNED_IN, SIGN_IN_FAILED, USER]):
            if entry.kind == SIGN_IN_FAILED and entry.author == id:
                forgotten = last is not None and entry.recorded_at - last >= FORGOTTEN_AFTER
                failures, last = (1 if forgotten else failures + 1), entry.recorded_at
            elif (
                (entry.payload or {}).get("user") == id if entry.kind == USER else entry.kind == SIGNED_IN and entry.author == id
            ):
                failures, last = 0, None
        return failures, last

    def _hash(self) -> Any:
        if self.hasher is not None:
            return self.hasher
        from argon2 import PasswordHasher

        return PasswordHasher()


def wait_s(failures: int) -> int:
    """Seconds from the last of so many failed attempts to the next that is judged: none up to three, then doubling to a minute.

    There is no lock: whoever knows a user's code could else keep that user out. At most 1,440 guesses a day are judged.

    >>> [wait_s(failures) for failures in (0, 3, 4, 5, 6, 9, 10, 1000)]
    [0, 0, 2, 4, 8, 60, 60, 60]
    """
    return min(2 ** min(failures - FREE_FAILURES, 6), LONGEST_WAIT_s) if failures > FREE_FAILURES else 0


def removal(id: str, *, by: str) -> NewEntry:
    """The entry that ends a user's access; what the user did stays on record."""
    return NewEntry(kind=REMOVED, author=by, payload={"user": id}, key="registry")


def _user(payload: Mapping[str, Any]) -> User:
    return User(str(payload["user"]), tuple(_grant(grant) for grant in payload["grants"]), str(payload["password"]))


def _grant(stored: Mapping[str, Any]) -> Grant:
    role, sites = Role(stored["role"]), stored["sites"]
    return Grant(role, "all") if sites == ALL_SITES else Grant(role, tuple(str(site) for site in sites))


def _sites_as_json(grant: Grant) -> Any:
    return grant.sites if grant.sites == ALL_SITES else list(grant.sites)


def _require_strong(password: str, id: str) -> None:
    if len(password) < SHORTEST_PASSWORD or id in password.lower() or len(set(password)) < 5:
        raise BadInput(
            "a password that is easily guessed",
            allowed=f"{SHORTEST_PASSWORD} characters or more, not the user's id, not one repeated",
        )
