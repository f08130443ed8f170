"""Turns what a schema found wrong into one message with lines and the nearest allowed key."""

import difflib
import re
import types
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from glisson.case import Case
from glisson.errors import BadInput

MOST_SHOWN = 6
NUMBER = re.compile(r"\s*[<>~≤≥]?\s*[+\-−]?[0-9][0-9.,eE+\-]*\s*[A-Za-zµμ%/²³°·]{0,8}\s*")
PLAIN = {"string_pattern_mismatch": "only small letters, digits, '.', '_' and '-', at most 64, a letter or digit first"}
"""What a schema says in its own language, in words."""


def explain(error: ValidationError, raw: Any, file: str, *, schema: type[BaseModel] = Case) -> BadInput:
    """One error for the whole file of this schema: every mistake with its line, the first ``MOST_SHOWN`` of them."""
    mistakes = sorted(error.errors(), key=lambda mistake: mistake["type"] != "extra_forbidden")
    told: list[str] = []
    for mistake in mistakes:
        words = _mistake(dict(mistake), raw, schema)
        line, _, rest = words.partition(": ")
        suggested = any(line in earlier and f"did you mean {rest.removesuffix(' is missing')}?" in earlier for earlier in told)
        if not (mistake["type"] == "missing" and suggested):
            told.append(words)
    more = f"; and {len(told) - MOST_SHOWN} more" if len(told) > MOST_SHOWN else ""
    told = told[:MOST_SHOWN]
    return BadInput(f"{file}: " + "; ".join(told) + more, do=f"correct {file} and run the same command again")


def _mistake(mistake: dict[str, Any], raw: Any, schema: type[BaseModel]) -> str:
    path, keys = _walk(mistake["loc"], schema)
    line = _line(raw, path)
    where = f"line {line}" if line else "the whole"
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    if mistake["type"] == "extra_forbidden":
        key = str(path[-1])
        near = difflib.get_close_matches(key, keys, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"allowed: {', '.join(sorted(keys))}"
        return f"{where}: unknown key '{key}', {hint}"
    if mistake["type"] == "missing":
        return f"{where}: '{name}' is missing"
    message = PLAIN.get(mistake["type"]) or str(mistake["msg"]).removeprefix("Value error, ").rstrip(".")
    given = mistake.get("input")
    shown = f" (given: {given!r})" if _may_be_shown(given) and str(given) not in message else ""
    return f"{where}: {name + ': ' if name and not message.startswith(name) else ''}{message}{shown}"


def _may_be_shown(given: Any) -> bool:
    """A number, or a text that is one with a unit or a sign: never words, which may be a person's."""
    if isinstance(given, bool):
        return False
    return isinstance(given, int | float) or (isinstance(given, str) and NUMBER.fullmatch(given) is not None)


def _walk(loc: tuple[int | str, ...], schema: type[BaseModel]) -> tuple[list[int | str], list[str]]:
    """The path inside the file (without names of union members) and the keys allowed where its last part stands."""
    path: list[int | str] = []
    here: Any = schema
    keys: list[str] = []
    for part in loc:
        models = _models(here)
        if isinstance(part, int):
            path.append(part)
            continue
        keys = [name for model in models for name in model.model_fields]
        owner = next((model for model in models if part in model.model_fields), None)
        tagged = [model for model in models if _tag_of(model, here) == part]
        if owner is None and tagged and len(models) > 1:
            here = tagged[0]
            continue
        path.append(part)
        here = owner.model_fields[part].annotation if owner else None
    return path, keys


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Every model named in a type, through tuples, unions and annotations."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, types.UnionType, tuple):
        return [model for inner in get_args(annotation) for model in _models(inner)]
    return []


def _tag_of(model: type[BaseModel], annotation: Any) -> str | None:
    """The tag under which a union lists a model."""
    if get_origin(annotation) is Annotated:
        first, *marks = get_args(annotation)
        if first is model:
            return next((mark.tag for mark in marks if hasattr(mark, "tag")), None)
        return _tag_of(model, first)
    for inner in get_args(annotation):
        if (tag := _tag_of(model, inner)) is not None:
            return tag
    return None


def _line(raw: Any, path: list[int | str]) -> int | None:
    """Line (from 1) of the deepest part of ``path`` that the file holds."""
    line: int | None = None
    here = raw
    for part in path:
        try:
            position = here.lc.item(part) if isinstance(part, int) else here.lc.key(part)
            line = int(position[0]) + 1
            here = here[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
    return line
