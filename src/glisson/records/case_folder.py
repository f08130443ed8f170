"""The case folder: ``case.yaml`` and the files it names. Reading explains every mistake with its line."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glisson.case import Case, Event
from glisson.errors import BadInput
from glisson.records.mistakes import explain
from glisson.whole_file import write_text

NAME = "case.yaml"

HEADER = """\
# A glisson case. Correct anything here by hand; unknown keys are refused with their line.
# Times carry their offset from UTC (2026-03-02T09:30:00+01:00). Paths are relative to this folder.
# Never write a name, a date of birth or a hospital number into this file.
"""


def case_file(folder: Path) -> Path:
    """Path of the case file in ``folder``.

    Raises:
        BadInput: no such folder, or no case.yaml in it.
    """
    if folder.name == NAME and folder.is_file():
        return folder
    if not folder.is_dir():
        raise BadInput(f"no folder '{folder.name}'", do="make a case with: glisson case new SCANS --out CASE")
    if not (folder / NAME).is_file():
        raise BadInput(f"the folder '{folder.name}' holds no {NAME}", do="make a case with: glisson case new SCANS --out CASE")
    return folder / NAME


def read_case(folder: Path) -> Case:
    """The case in ``folder``.

    Raises:
        BadInput: not YAML, an unknown key (with its line and the nearest allowed one), a value out of range,
            or a reference to something that is not there.
    """
    raw = _load(case_file(folder))
    if not isinstance(raw, dict):
        raise BadInput(f"{NAME} is not a mapping of keys to values", do="start it with 'glisson: 1' and 'id: ...'")
    try:
        return Case.model_validate(_plain(raw))
    except ValidationError as error:
        raise explain(error, raw, NAME) from None


def new_case(folder: Path, case: Case, remarks: tuple[str, ...] = (), *, to_fill_in: str = "") -> Path:
    """Writes ``case.yaml`` for a new case; ``remarks`` stand at its top as comments, lines ``to_fill_in`` at its end.

    Raises:
        BadInput: the folder already holds a case.
    """
    path = folder / NAME
    if path.exists():
        raise BadInput(f"'{folder.name}' already holds a {NAME}", do="choose another folder, or edit that file")
    lines = HEADER + "".join(f"# {remark}\n" for remark in remarks) + "\n"
    ending = "".join(f"# {line}".rstrip() + "\n" for line in to_fill_in.splitlines())
    write_text(path, lines + _dump(_tidy(case.model_dump(mode="json"))) + ("\n" + ending if ending else ""))
    return path


def append_event(folder: Path, event: Event) -> None:
    """Adds one event to the case, leaving every other line and comment of the file as it is."""
    path = case_file(folder)
    raw = _load(path)
    raw.setdefault("events", [])
    if raw["events"] is None:
        raw["events"] = []
    raw["events"].append(_tidy(event.model_dump(mode="json")))
    Case.model_validate(_plain(raw))
    write_text(path, _dump(raw))


def _yaml() -> Any:
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


def _load(path: Path) -> Any:
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{NAME} is not UTF-8 text", do="save it as UTF-8") from None
    try:
        return _yaml().load(text)
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadInput(f"{NAME}, line {line}: a key stands twice in one block", do="keep one of them") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadInput(
            f"{NAME}, line {line}: not YAML ({error.problem})", do="look for a missing colon, quote or indent there"
        ) from None
    except (YAMLError, RecursionError, ValueError):
        raise BadInput(
            f"{NAME} holds characters, numbers or a depth that no case has", do="remove control characters and write it anew"
        ) from None


def _plain(value: Any) -> Any:
    """Ordinary dicts, lists and scalars."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def _tidy(value: Any) -> Any:
    """Without keys that say nothing (None, empty lists), which would only hide what was entered."""
    if isinstance(value, dict):
        tidy = {key: _tidy(inner) for key, inner in value.items()}
        return {key: inner for key, inner in tidy.items() if inner is not None and inner != [] and inner is not False}
    if isinstance(value, list):
        return [_tidy(inner) for inner in value]
    return value


def _dump(value: Any) -> str:
    from io import StringIO

    out = StringIO()
    _yaml().dump(value, out)
    return out.getvalue()
