"""Reads the cited YAML beside this file; every table is checked when it is first asked for."""

from functools import cache
from importlib import resources
from typing import Any, TypeVar

from pydantic import ValidationError

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.schema import Nuclide, Source, Strict

EDITION = "2026-11-22"
"""Date of this edition of the knowledge tables; stamped on every Result."""

T = TypeVar("T", bound=Strict)


def read_yaml(path: str) -> Any:
    """Content of a YAML file inside ``glisson/knowledge``, as plain Python values.

    Raises:
        BadKnowledge: no such file, or it is not YAML.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    file = resources.files("glisson.knowledge").joinpath(*path.split("/"))
    try:
        return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadKnowledge(f"no knowledge file {path}") from None
    except YAMLError as error:
        raise BadKnowledge(f"{path} is not YAML: {error}") from None


def read_entries(path: str, kind: type[T]) -> tuple[T, ...]:
    """Every entry of a YAML list as ``kind``.

    Raises:
        BadKnowledge: an entry breaks the schema, or names a source that is not in sources.yaml.
    """
    entries: list[T] = []
    for number, raw in enumerate(read_yaml(path), start=1):
        try:
            entry = kind.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadKnowledge(f"{path}, entry {number}, {where}: {first['msg']}") from None
        if kind is not Source:
            for cited in sources_named(entry):
                if cited not in sources():
                    raise BadKnowledge(f"{path}, entry {number}: source '{cited}' is not in sources.yaml")
        entries.append(entry)
    return tuple(entries)


def sources_named(entry: Strict) -> set[str]:
    """Ids of every source that an entry cites, at any depth."""
    named: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, Strict):
            for field in type(value).model_fields:
                inner = getattr(value, field)
                if field == "source" and isinstance(inner, str):
                    named.add(inner)
                else:
                    walk(inner)
        elif isinstance(value, dict):
            for inner in value.values():
                walk(inner)
        elif isinstance(value, tuple | list):
            for inner in value:
                walk(inner)

    walk(entry)
    return named


@cache
def sources() -> dict[str, Source]:
    """Every source by id."""
    return {entry.id: entry for entry in read_entries("sources.yaml", Source)}


def source(name: str) -> Source:
    """One source.

    Raises:
        BadKnowledge: no source of that name.
    """
    if name not in sources():
        raise BadKnowledge(f"no source '{name}'")
    return sources()[name]


@cache
def nuclides() -> dict[str, Nuclide]:
    """Every nuclide by id, as "Y-90"."""
    return {entry.id: entry for entry in read_entries("nuclides/nuclides.yaml", Nuclide)}


def nuclide(name: str) -> Nuclide:
    """The nuclide of that name.

    >>> nuclide("Y-90").half_life_h.value
    64.1

    Raises:
        BadInput: unknown nuclide; the message lists the known ones.
    """
    if name not in nuclides():
        raise BadInput(f"unknown nuclide '{name}'", allowed=", ".join(nuclides()))
    return nuclides()[name]
