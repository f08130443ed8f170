"""Results beside the case: ``results/<kind>.json`` is the current one; a signed plan is kept for good."""

import json
from pathlib import Path

from pydantic import ValidationError

from glisson.case import Case, Result, Run
from glisson.errors import BadInput
from glisson.whole_file import write_text

FOLDER = "results"
NAMES = ("dose", "engines", "plan")


def store_result(folder: Path, result: Result, name: str) -> Path:
    """Writes ``results/<name>.json``; the same result gives the same bytes."""
    path = folder / FOLDER / f"{name}.json"
    write_text(path, result.to_json() + "\n")
    return path


def store_run(path: Path, run: Run) -> Path:
    """Writes the record of a run beside its result; it differs from run to run."""
    write_text(path, run.to_json() + "\n")
    return path


def read_run(folder: Path, name: str) -> Run | None:
    """The record of the run that made ``results/<name>.json``; ``None`` where there is none, or it cannot be read."""
    try:
        return Run.model_validate_json((folder / FOLDER / f"{name}.run.json").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError):
        return None


def keep_signed(folder: Path, plan: Result) -> Path:
    """A copy of a plan under its own hash, which no later plan overwrites."""
    path = folder / FOLDER / "signed" / f"plan-{plan.sha256()[:12]}.json"
    write_text(path, plan.to_json() + "\n")
    return path


def read_result(path: Path) -> Result:
    """A stored result.

    Raises:
        BadInput: not a result file, or one made by another edition of the format.
    """
    try:
        return Result.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError, ValidationError):
        raise BadInput(f"'{path.name}' is not a glisson result", do="make it again with glisson plan or glisson dose") from None


def read_results(folder: Path) -> dict[str, Result]:
    """Every current result of a case by name: "plan", "dose", "engines". Other files in the folder are left alone."""
    paths = ((name, folder / FOLDER / f"{name}.json") for name in NAMES)
    return {name: read_result(path) for name, path in paths if path.is_file()}


def signed_plans(case: Case) -> dict[str, str]:
    """Hash of each signed plan with who signed it."""
    return {e.result: e.by or "cannot say" for e in case.events if e.kind == "plan-signed" and e.result is not None}
