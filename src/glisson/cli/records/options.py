"""What every command of a registry asks for, and how it answers."""

import json
import os
import sys
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.actions import Door

Registry = Annotated[str, typer.Argument(metavar="REGISTRY", help="SQLite file, or postgresql://… (keys with --keys).")]
Case = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym.")]
Keys = Annotated[Path | None, typer.Option("--keys", help="Keys file; beside a SQLite file, ending .keys, if not given.")]
User = Annotated[str, typer.Option("--user", envvar="GLISSON_USER", help="Who asks: the code of a user.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on standard output and nothing else.")]
Visit = Annotated[str, typer.Option("--visit", help="Name of the visit.")]


def door(place: str, keys: Path | None, user: str, *, confirm: bool = False) -> "Door":
    """The door of a registry; what is missing is asked for."""
    from glisson.actions import Door

    name = user or asked("User", "GLISSON_USER")
    return Door(place, name, password("GLISSON_PASSWORD", "Password", confirm=confirm), keys)


def password(variable: str, words: str, *, confirm: bool = False) -> str:
    """A password from the environment, or asked for without showing it; never an option, which others could read."""
    given = os.environ.get(variable)
    return given if given else asked(words, variable, hidden=True, confirm=confirm)


def asked(words: str, variable: str, *, hidden: bool = False, confirm: bool = False) -> str:
    """What a person types.

    Raises:
        BadInput: nobody is there to type.
    """
    try:
        return str(typer.prompt(words, hide_input=hidden, confirmation_prompt=confirm, err=True))
    except typer.Abort:
        if sys.stdin.isatty():
            raise
        raise BadInput(f"{words.lower()} not given, and no terminal to ask at", do=f"set {variable}") from None


def print_plain(value: Any) -> None:
    """Anything plain as JSON on standard output."""
    sys.stdout.write(json.dumps(plain(value), indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def plain(value: Any) -> Any:
    """Dataclasses, dates and enumerations as JSON knows them."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Path) else value


def values_of(file: Path | None, settings: list[str]) -> dict[str, Any]:
    """Values of a form from a YAML or JSON file and from ``item=value``; a value is read as YAML reads it.

    Raises:
        BadInput: no such file, not a mapping, or a setting without ``=``.
    """
    from ruamel.yaml.error import YAMLError

    values: dict[str, Any] = {}
    if file is not None:
        if not file.is_file():
            raise BadInput(f"no file '{file.name}'", do="check the path")
        try:
            read = yaml(file.read_text(encoding="utf-8"))
        except (YAMLError, UnicodeDecodeError):
            raise BadInput(f"'{file.name}' is not YAML or JSON in UTF-8", do="write one 'item: value' in a line") from None
        if not isinstance(read, dict):
            raise BadInput(f"'{file.name}' is not a mapping of items to values", do="write one 'item: value' in a line")
        values |= {str(key): plain(value) for key, value in read.items()}
    for setting in settings:
        name, sign, text = setting.partition("=")
        if not sign:
            raise BadInput("a --set without '='", allowed="item=value, as ecog=1, or item={missing: unknown}")
        try:
            values[name.strip()] = plain(yaml(text))
        except YAMLError:
            raise BadInput(f"the value of {name.strip()} cannot be read", allowed="item=value, as ecog=1") from None
    return values


def yaml(text: str) -> Any:
    """A YAML text; words like yes and no stay words, dates and instants stay as they are written."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor

    class Constructor(SafeConstructor):
        """Leaves times as text, so that their offset is not lost."""

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)
    reader = YAML(typ="safe", pure=True)
    reader.Constructor = Constructor
    return reader.load(text)


def moment(text: str) -> datetime | date | None:
    """A day or an instant from an option.

    Raises:
        BadInput: neither.
    """
    from glisson.units import parse_instant

    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-02") else parse_instant(text, what="--as-of")
    except ValueError:
        raise BadInput(f"--as-of '{text}'", allowed="a day as 2026-03-02, or an instant with its offset") from None
