"""Keeping a registry: begin, people, verify, back up, restore, migrate, erase, audit."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.registry.door import Door, at_registry, now, unattended
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.records.access import Grant, User
    from glisson.records.store import HeadFile, StoredEntry, Verified


@dataclass(frozen=True)
class Begun:
    """A new registry and its keys file."""

    place: str
    keys: Path


def init_registry(door: Door, *, alone: bool = False) -> Begun:
    """A new registry whose first user is an admin; ``alone``: one person who holds every role at every site.

    Raises:
        BadInput: something is there already, or a password that is easily guessed; nothing is left behind then.
    """
    from glisson.records.access import Grant, People, Role
    from glisson.records.store import Registry

    roles = tuple(Role) if alone else (Role.ADMIN,)
    keys = door.keys_file
    existed = keys.exists()
    registry = Registry.create(door.place, keys, clock=now)
    try:
        people = People(registry, now)
        registry.add(people.entry_for(door.user, tuple(Grant(role, "all") for role in roles), door.password, by=door.user))
    except BaseException:
        registry.close()
        if "://" not in door.place:
            Path(door.place).unlink(missing_ok=True)
            if not existed:
                keys.unlink(missing_ok=True)
        raise
    registry.close()
    return Begun(door.place, keys)


def registry_users(door: Door) -> "tuple[User, ...]":
    """Users that may sign in."""
    with at_registry(door) as session:
        return session.users()


def add_registry_user(door: Door, id: str, grants: "tuple[Grant, ...]", password: str) -> None:
    """Add a user, or change one's roles and password."""
    with at_registry(door) as session:
        session.add_user(id, grants, password)


def remove_registry_user(door: Door, id: str) -> None:
    """End a user's access."""
    with at_registry(door) as session:
        session.remove_user(id)


def verify_registry(place: str, *, keys: Path | None = None, head: Path | None = None) -> "Verified":
    """Check every entry and the chain. Without keys the chain alone; with the head of a backup, that nothing was cut off.

    Raises:
        BadInput: no registry there, or ``head`` is no head of one.
    """
    from glisson.records.store import read_head, read_keys

    known = [] if head is None else [read_head(head, None if keys is None else read_keys(keys)).head]
    with unattended(place, keys) as registry:
        return registry.verify(known)


def back_up_registry(door: Door, out: Path) -> "HeadFile":
    """A verified copy with its head hash in a new folder; the keys file is not in it."""
    from glisson.records.store.backup import backup

    with at_registry(door) as session:
        session.permit_maintenance()
        return backup(session.registry.database, session.registry.keys, now, out)


def restore_registry(backup: Path, place: str, keys: Path) -> None:
    """A backup into an empty place of either kind: verified, whole or not at all."""
    from glisson.records.store import read_keys
    from glisson.records.store.restore import restore

    restore(backup, place, read_keys(keys), now)


def migrate_registry_schema(place: str, keys: Path, backup: Path) -> str:
    """Bring an older registry to the schema of this program, after a backup; its name is handed back."""
    from glisson.records.store import migrate_registry, read_keys

    return migrate_registry(place, read_keys(keys), now, backup)


@dataclass(frozen=True)
class Erased:
    """An erasure.

    Attributes:
        entry: on record.
        key_left: the key may still lie in the database's own log, held back by another program that reads.
    """

    entry: "StoredEntry"
    key_left: bool


def erase_case(door: Door, case: str) -> Erased:
    """Destroy the key of a case whose consent was withdrawn with the scope to erase."""
    with at_registry(door) as session:
        return Erased(session.erase(case), session.registry.key_left())


def accept_registry_clock(door: Door, *, today: date, reason: str) -> "StoredEntry":
    """Say that this machine's clock is right though the last entries were written under one that stood ahead.

    Args:
        door: of an admin.
        today: the day, from another clock than this machine's.
        reason: why the other clock was wrong; on record, without names.

    Raises:
        BadInput: this machine's clock has another day, or does not stand before the last entry.
        NotAllowed: not an admin of the whole registry.
    """
    if abs(now().date() - today) > timedelta(days=1):
        raise BadInput(
            f"the day given is not that of this machine's clock, which says {now().date()} (UTC)",
            do="set the clock of this machine first, then say the day that it is",
        )
    with at_registry(door, hold=True) as session:
        return session.accept_clock(reason)


def registry_audit(door: Door, case: str | None = None) -> list[dict[str, Any]]:
    """Who did what: with one case, or in the registry as a whole."""
    with at_registry(door) as session:
        return [
            {"at": entry.recorded_at.isoformat(), "user": entry.author, "kind": entry.kind, **(entry.payload or {})}
            for entry in session.audit(case)
        ]


def pseudonym_of(door: Door, site: str, identifier: str) -> str:
    """The pseudonym of a patient whom a site calls ``identifier``; nothing is stored but that it was asked."""
    from glisson.records.access import Action
    from glisson.records.pseudonyms import site_key

    with at_registry(door) as session:
        session.registry.add(session.require(Action.ENTER, site=site))
        if session.registry.keys is None:
            raise BadInput("a registry without keys", do="name the keys file")
        return site_key(session.registry.keys.pseudonym_key, site).pseudonym(identifier)
