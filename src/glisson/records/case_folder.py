"""The case folder: ``case.yaml`` and the files it names. Reading explains every mistake with its line."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glisson.case import Case, Event
from glisson.errors import BadInput
from glisson.records.mistakes import explain
from glisson.records.yaml_text import load_text, plain, read_text, round_trip
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
    raw = load_text(read_text(case_file(folder), NAME), NAME)
    if not isinstance(raw, dict):
        raise BadInput(f"{NAME} is not a mapping of keys to values", do="start it with 'glisson: 1' and 'id: ...'")
    try:
        return Case.model_validate(plain(raw))
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
    raw = load_text(read_text(path, NAME), NAME)
    raw.setdefault("events", [])
    if raw["events"] is None:
        raw["events"] = []
    raw["events"].append(_tidy(event.model_dump(mode="json")))
    Case.model_validate(plain(raw))
    write_text(path, _dump(raw))


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
    round_trip().dump(value, out)
    return out.getvalue()
