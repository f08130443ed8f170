"""Carries values from one edition of a form to the next by the map that the newer edition declares."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glisson.errors import BadInput
from glisson.records.forms.definition import Form
from glisson.records.forms.load import Catalogue, form


@dataclass(frozen=True)
class Upgraded:
    """Values in the words of a newer edition.

    Attributes:
        values: by the newer edition's items.
        dropped: old items with a value that the newer edition does not ask; the entry itself keeps them.
        to_ask: items that the newer edition asks for and the old entry cannot answer.
    """

    values: dict[str, Any]
    dropped: tuple[str, ...]
    to_ask: tuple[str, ...]


def upgrade(
    values: Mapping[str, Any], *, name: str, edition: int, to: int | None = None, known: Catalogue | None = None
) -> Upgraded:
    """Values of one edition as the edition ``to`` (the newest if not given) would hold them; the entry itself is not changed.

    Raises:
        BadInput: no such edition, no way from one to the other, or an edition to come before the one given.
    """
    target = form(name, to, known)
    steps = _steps(target, edition, known)
    here = dict(values)
    dropped: list[str] = []
    for step in steps:
        here, lost = _step(here, step)
        dropped += lost
    to_ask = tuple(item.name for item in target.items if item.required and item.asked(here) and item.name not in here)
    return Upgraded(here, tuple(dropped), to_ask)


def _steps(target: Form, edition: int, known: Catalogue | None) -> list[Form]:
    """The editions to go through, oldest first."""
    steps: list[Form] = []
    here = target
    while here.edition > edition:
        if here.upgrade is None:
            raise BadInput(f"form {here.form}, edition {here.edition} does not say how an earlier edition becomes it")
        steps.insert(0, here)
        here = form(here.form, here.upgrade.edition, known)
    if here.edition != edition:
        raise BadInput(f"no way from edition {edition} of form {target.form} to edition {target.edition}")
    return steps


def _step(values: Mapping[str, Any], newer: Form) -> tuple[dict[str, Any], list[str]]:
    assert newer.upgrade is not None
    moved: dict[str, Any] = {}
    lost: list[str] = []
    for old, value in values.items():
        name = newer.upgrade.rename.get(old, old)
        if old in newer.upgrade.dropped or name not in newer.by_name:
            lost.append(old)
            continue
        moved[name] = _recoded(value, newer.upgrade.recode.get(name, {}))
    return moved, lost


def _recoded(value: Any, words: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return words.get(value, value)
    if isinstance(value, list | tuple):
        return [words.get(word, word) if isinstance(word, str) else word for word in value]
    return value
