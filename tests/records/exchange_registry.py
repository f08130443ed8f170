"""Registries to import into, and what stands in them, as plain values that can be compared."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from form_values import valid_values
from hypothesis import strategies as st

from glisson.records.access import Grant, People, Role, Session, User
from glisson.records.forms import Form, FormEntry, forms
from glisson.records.forms.entry import day_of
from glisson.records.intake import ImportReport, Read, Source, take_in
from glisson.records.pseudonyms import site_key
from glisson.records.store import Registry

KEY = b"k" * 32
SITES = ("site-01", "site-02")


def pseudonym(site: str, identifier: str) -> str:
    return site_key(KEY, site).pseudonym(identifier)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@contextmanager
def empty(folder: Path, *roles: Role, sites: Any = "all") -> Iterator[Session]:
    """A person with these roles at a new registry; data entry if none is named."""
    folder.mkdir(parents=True, exist_ok=True)
    with Registry.create(folder / "r.sqlite", folder / "r.keys", clock=Clock()) as registry:
        yield session(registry, *(roles or (Role.DATA_ENTRY,)), sites=sites)


def session(registry: Registry, *roles: Role, sites: Any = "all") -> Session:
    return Session(registry, User("u-1", tuple(Grant(role, sites) for role in roles), ""), People(registry, Clock()))


def standing(registry: Registry) -> list[FormEntry]:
    return [FormEntry.of(entry) for case in registry.cases() for entry in registry.state(case).current]


Place = tuple[str, str, str, int, str, int]


def plain(entries: Iterable[Any]) -> dict[Place, dict[str, Any]]:
    """What is said where; without ids, authors and times of record."""
    return {(e.case, e.site, e.form, e.edition, e.visit, e.instance): dict(e.values) for e in entries}


def taken(folder: Path, read: Read, kind: str = "test") -> tuple[dict[Place, dict[str, Any]], ImportReport]:
    """What stands in an empty registry after an import, and the report."""
    with empty(folder) as person:
        report = take_in(person, read, Source(kind, "0" * 64))
        return plain(standing(person.registry)), report


@st.composite
def cases(draw: st.DrawFn) -> list[FormEntry]:
    """A case with a patient and two entries of any form, every value one that the form takes."""
    case = pseudonym("site-01", "4711")
    made: list[FormEntry] = []
    for name in ("patient", draw(st.sampled_from(sorted(forms()))), draw(st.sampled_from(sorted(forms())))):
        form = forms()[name]
        values = draw(valid_values(form))
        visit = draw(st.sampled_from(["", "baseline", "session-1", "fu.1"]))
        entry = FormEntry(f"e{len(made)}", case, "site-01", name, 1, visit, 1, _at(form, values), values=values)
        taken_already = {(one.form, one.visit) for one in made}
        made.append(replace(entry, instance=2) if (name, visit) in taken_already else entry)
    return made if len(plain(made)) == len(made) else made[:2]


def _at(form: Form, values: dict[str, Any]) -> date | None:
    return day_of(values.get(form.at)) if form.at else None


def ordered(values: dict[str, Any], rank: Callable[[Any], Any] = sorted) -> dict[str, Any]:
    """Values whose lists of words stand in one order: ticked boxes have none."""
    return {item: rank(value) if isinstance(value, list) else value for item, value in values.items()}
