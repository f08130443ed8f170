"""The door of a registry: where it lies, its keys, and who comes in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.records.access import Session
    from glisson.records.desk import Desk
    from glisson.records.store import Registry


@dataclass(frozen=True)
class Door:
    """How a person comes to a registry.

    Attributes:
        place: path of a SQLite file, or ``postgresql://…``.
        keys: keys file; beside a SQLite file, with the ending ``.keys``, if ``None``.
        user, password: who.
    """

    place: str
    user: str
    password: str = field(repr=False)
    keys: Path | None = None

    @property
    def keys_file(self) -> Path:
        """Where the keys are.

        Raises:
            BadInput: a server has no place beside it: the file has to be named.
        """
        if self.keys is not None:
            return self.keys
        if "://" in self.place:
            raise BadInput("a registry on a server without its keys file", do="name it with --keys")
        return Path(self.place).with_suffix(".keys")


def now() -> datetime:
    """The present, in UTC: the clock of every registry that a person opens."""
    return datetime.now(UTC)


@contextmanager
def at_registry(door: Door, *, hold: bool = False) -> "Iterator[Session]":
    """A signed-in session; the registry is let go of afterwards. ``hold``: see ``Registry.open``."""
    from glisson.records.access import People, Session
    from glisson.records.store import Registry

    with Registry.open(door.place, door.keys_file, clock=now, hold=hold) as registry:
        people = People(registry, now)
        yield Session(registry, people.sign_in(door.user, door.password), people)


@contextmanager
def at_desk(door: Door, *, names: tuple[str, ...] = ()) -> "Iterator[Desk]":
    """A desk at the registry; free text is searched for ``names``."""
    from glisson.records.desk import Desk

    with at_registry(door) as session:
        yield Desk(session, names=names)


@contextmanager
def unattended(place: str, keys: Path | None) -> "Iterator[Registry]":
    """A registry opened by nobody: for what the owner of its files may do anyway (verify, migrate, restore)."""
    from glisson.records.store import Registry

    with Registry.open(place, keys, clock=now) as registry:
        yield registry
