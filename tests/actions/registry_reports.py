"""Simulated registries and what is asked of them, shared by the tests of the registry report."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from glisson.actions.cohort.gather import Gathered, gathered
from glisson.actions.registry.door import Door, at_registry
from glisson.actions.registry.exchange import standing
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.records.forms import FormEntry

MADE_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USER, PASSWORD = "lead", "nobody-guesses-this-9"
SIMPLE: dict[str, Any] = {
    "protocol": "simple", "title": "A simple protocol", "treatments": ["TACE"], "endpoints": [{"id": "os", "name": "OS"}],
}  # fmt: skip


def door(place: Path, user: str = USER, password: str = PASSWORD) -> Door:
    """The door of a registry on disk."""
    return Door(str(place), user, password)


def entries(place: Path) -> list[FormEntry]:
    """Everything that stands."""
    with at_registry(door(place)) as session:
        return standing(session, "a test")


def simple(**more: Any) -> Protocol:
    """A protocol with nothing but overall survival, and what a test adds."""
    return Protocol.model_validate(SIMPLE | more)


def filled(form: str, case: str = "c", *, at: date | None = None, visit: str = "", instance: int = 1, **values: Any) -> FormEntry:
    """One filled form."""
    return FormEntry(
        id=f"{case}-{form}-{visit}-{instance}-{at}", case=case, site="site-01", form=form, visit=visit, instance=instance, at=at,
        recorded_at=MADE_AT, values=values,
    )  # fmt: skip


def with_values(entry: FormEntry, **values: Any) -> FormEntry:
    """The same form with other answers."""
    return replace(entry, values={**entry.values, **values})


def of_cases(found: Sequence[FormEntry], *cases: str) -> list[FormEntry]:
    """Entries of some patients."""
    return [entry for entry in found if entry.case in cases]


def without(found: Sequence[FormEntry], *forms: str) -> list[FormEntry]:
    """Entries without some forms."""
    return [entry for entry in found if entry.form not in forms]


def tables_of(found: Sequence[FormEntry], **more: Any) -> Gathered:
    """Gathered by the simple protocol."""
    return gathered(found, simple(**more))
