"""YAML that a person wrote: read with the line of every mistake, comments and times left as they are written."""

from pathlib import Path
from typing import Any

from glisson.errors import BadInput

MOST_BYTES = 2_000_000
"""A longer text was not written by a person, and takes minutes to read."""
MOST_VALUES = 200_000
DEEPEST = 60


def round_trip() -> Any:
    """Reader and writer that keep comments, order and quotes, and times as text."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import RoundTripConstructor

    class Constructor(RoundTripConstructor):
        """Leaves times as the text that was written, so that their offset is not lost."""

    Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)
    yaml = YAML(typ="rt")
    yaml.Constructor = Constructor
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml


def read_text(path: Path, name: str) -> str:
    """A text file in UTF-8.

    Raises:
        BadInput: it is not UTF-8, or longer than a person writes.
    """
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{name} holds {path.stat().st_size / 1e6:.1f} MB", allowed=f"{MOST_BYTES / 1e6:g} MB of YAML")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8 text", do="save it as UTF-8") from None


def load_text(text: str, name: str) -> Any:
    """What a YAML text holds, with its line numbers.

    Raises:
        BadInput: it is not YAML, or a key stands twice (the line is named), or aliases blow it up.
    """
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return _of_a_size(round_trip().load(text), name)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadInput(f"{name}, line {line}: a key stands twice in one block", do="keep one of them") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadInput(
            f"{name}, line {line}: not YAML ({error.problem})", do="look for a missing colon, quote or indent there"
        ) from None
    except (YAMLError, RecursionError, ValueError):
        raise BadInput(
            f"{name} holds characters, numbers or a depth that no such file has", do="remove control characters and write it anew"
        ) from None


def _of_a_size(raw: Any, name: str) -> Any:
    """The same, unless its aliases repeat or nest it beyond what can be read."""
    waiting, seen = [(raw, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        seen += 1
        if seen > MOST_VALUES or depth > DEEPEST:
            raise BadInput(
                f"{name} repeats or nests its values without end", do="write them out where they belong, without aliases"
            )
        if isinstance(value, dict | list):
            waiting += [(inner, depth + 1) for inner in (value.values() if isinstance(value, dict) else value)]
    return raw


def plain(value: Any) -> Any:
    """Ordinary dicts, lists and scalars."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value
