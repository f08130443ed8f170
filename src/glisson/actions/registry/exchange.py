"""A registry's content for other programs: REDCap, CDISC, flat tables, everything as JSON lines."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from glisson.actions.registry.door import Door, at_registry, now
from glisson.errors import BadInput
from glisson.whole_file import write_text

if TYPE_CHECKING:
    from glisson.records.access import Session
    from glisson.records.forms import FormEntry

ExportFormat = Literal["redcap", "redcap-dictionary", "cdisc", "csv", "parquet", "jsonl"]
EXPORT_FORMATS = ("redcap", "redcap-dictionary", "cdisc", "csv", "parquet", "jsonl")
LABEL = "SIMULATED.txt"
MANIFEST = "export.json"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        simulated: "all", "some" or "none" of the cases are ones that never were.
        left_out: cases that some analysis data sets do not hold, with why.
        withheld: places of free text that may betray a person; it is not in the export until it is corrected.
    """

    folder: Path
    format: ExportFormat
    files: tuple[str, ...]
    cases: int
    entries: int
    simulated: Literal["all", "some", "none"]
    left_out: tuple[dict[str, str], ...] = ()
    withheld: tuple[str, ...] = ()


def export_registry(
    door: Door, out: Path, format: ExportFormat, *, study: str = "GLISSON", reader: str | None = None
) -> Exported:
    """Everything that stands and that the user may export, into a new folder; no author, no identifier.

    An investigator exports whole cases of the own sites; a statistician tables of the cohort. ``jsonl`` is the whole log, still
    encrypted, and asks for the right to back up.

    Raises:
        BadInput: the folder holds files already, or a value that the format cannot hold (its place is named).
        NotAllowed: the user has neither right.
    """
    if format not in EXPORT_FORMATS:
        raise BadInput("a format that is not known", allowed=", ".join(EXPORT_FORMATS))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"'{out.name}' holds files already", do="name a new folder")
    with at_registry(door) as session:
        if format == "jsonl":
            session.permit_maintenance()
            out.mkdir(parents=True, exist_ok=True)
            session.registry.export(out / "registry.jsonl")
            cases, entries = session.registry.counts()
            return _finish(
                Exported(out, format, ("registry.jsonl",), cases, entries, _labelled(_simulated_cases(session), cases))
            )
        if format == "redcap-dictionary":
            return _finish(Exported(out, format, _write(out, {"data_dictionary.csv": _dictionary()}), 0, 0, "none"))
        entries_out, withheld = without_suspicious_text(standing(session, format))
    simulated = frozenset(entry.case for entry in entries_out if entry.form == "patient" and entry.yes("simulated"))
    names = {entry.case for entry in entries_out}
    written, left_out = _written(entries_out, out, format, _Labels(study, simulated, reader))
    which = _labelled(len(simulated), len(names))
    return _finish(Exported(out, format, written, len(names), len(entries_out), which, left_out, withheld))


def standing(session: "Session", what: str, *, cohort_first: bool = False) -> "list[FormEntry]":
    """Entries that stand and that the user may take out, without their authors; each way leaves its audit.

    Args:
        session: of the user.
        what: for the audit.
        cohort_first: who may query the cohort does so, even with the right to export whole cases of some sites.

    Raises:
        NotAllowed: neither whole cases nor tables of the cohort.
    """
    from glisson.records.access import Action
    from glisson.records.forms import FormEntry, forms

    covered = [grant for grant in session.user.grants if grant.covers(Action.EXPORT_CASES, None)]
    queries = cohort_first and any(grant.covers(Action.COHORT, None) for grant in session.user.grants)
    if covered and not queries:
        registry = session.registry
        cases = [case for case in session.cases() if any(g.covers(Action.EXPORT_CASES, registry.site(case)) for g in covered)]
        stored = [entry for case in cases for entry in _current(session, case)]
    else:
        stored = [entry for name in forms() for entry in session.cohort(f"export as {what}, form {name}", name)]
    return [replace(FormEntry.of(entry), author="") for entry in stored if entry.payload is not None]


def without_suspicious_text(entries: "list[FormEntry]") -> "tuple[list[FormEntry], tuple[str, ...]]":
    """Entries without free text that may hold a name, a date of birth or a number to call; and where it stood."""
    from glisson.records.desk import free_text_problems

    found = {(entry.case, entry.place): [one.item for one in free_text_problems([entry], ())] for entry in entries}
    places = tuple(f"{case} {place} {item}" for (case, place), items in found.items() for item in items)
    kept = [
        replace(entry, values={name: value for name, value in entry.values.items() if name not in found[entry.case, entry.place]})
        for entry in entries
    ]
    return kept, places


def _current(session: "Session", case: str) -> Iterable[Any]:
    from glisson.records.store.replay import replay

    return replay(session.export(case)).current


def _simulated_cases(session: "Session") -> int:
    stored = session.registry.stream("patient")
    return sum((entry.payload or {}).get("values", {}).get("simulated") == "yes" for entry in stored)


@dataclass(frozen=True)
class _Labels:
    study: str
    simulated: frozenset[str]
    reader: str | None


def _written(
    entries: "list[FormEntry]", out: Path, format: ExportFormat, labels: _Labels
) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    """Names of the files, and cases that some of them leave out."""
    if format == "redcap":
        from glisson.records.redcap import redcap_files

        return _write(out, redcap_files(entries).named()), ()
    if format == "cdisc":
        return _cdisc(entries, out, labels)
    from glisson.records.flat import flat_tables
    from glisson.records.forms import codebook_csv, forms
    from glisson.records.tables import write_table

    out.mkdir(parents=True, exist_ok=True)
    tables = flat_tables(entries, labels.simulated, typed=format == "parquet")
    names = [write_table(out / f"{name}.{format}", table).name for name, table in tables.items()]
    return (*names, *_write(out, {"codebook.csv": codebook_csv(list(forms().values()))})), ()


def _cdisc(entries: "list[FormEntry]", out: Path, labels: _Labels) -> tuple[tuple[str, ...], tuple[dict[str, str], ...]]:
    """SDTM and ADaM, each as XPT and CSV with its Define-XML beside it."""
    from dataclasses import asdict

    from glisson.actions.registry.analysis import adam
    from glisson.records.cdisc.dataset import Format, write_datasets
    from glisson.records.cdisc.define import define_xml
    from glisson.records.cdisc.sdtm_out import sdtm

    analysis = adam(entries, study=labels.study, simulated=labels.simulated, reader=labels.reader)
    kinds = {"sdtm": sdtm(entries, study=labels.study, simulated=labels.simulated), "adam": list(analysis.datasets)}
    created, written = now(), list[str]()
    for kind, datasets in kinds.items():
        formats: tuple[Format, ...] = ("xpt", "csv")
        for format in formats:
            folder = out / kind / format
            folder.mkdir(parents=True, exist_ok=True)
            written += [f"{kind}/{format}/{path.name}" for path in write_datasets(datasets, folder, format)]
            words = define_xml(datasets, study=labels.study, created=created, format=format, simulated=bool(labels.simulated))
            write_text(folder / "define.xml", words)
            written.append(f"{kind}/{format}/define.xml")
    return tuple(written), tuple(asdict(one) for one in analysis.left_out)


def _finish(done: Exported) -> Exported:
    """The manifest with the hash of every file, and the label of cases that never were."""
    files = list(done.files)
    if done.simulated != "none":
        words = (
            f"SIMULATED: {done.simulated} of the cases in this folder never were; no number from them is a result of a study.\n"
        )
        write_text(done.folder / LABEL, words)
        files.append(LABEL)
    manifest = {
        "format": done.format, "simulated": done.simulated, "cases": done.cases, "entries": done.entries,
        "files": {name: hashlib.sha256((done.folder / name).read_bytes()).hexdigest() for name in files},
        "left_out": list(done.left_out), "withheld": list(done.withheld),
    }  # fmt: skip
    write_text(done.folder / MANIFEST, json.dumps(manifest, indent=1, sort_keys=True) + "\n")
    return replace(done, files=(*files, MANIFEST))


def _labelled(simulated: int, cases: int) -> Literal["all", "some", "none"]:
    if not simulated:
        return "none"
    return "all" if simulated == cases else "some"


def _write(out: Path, texts: dict[str, str]) -> tuple[str, ...]:
    out.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        write_text(out / name, text)
    return tuple(texts)


def _dictionary() -> str:
    from glisson.records.forms import forms
    from glisson.records.redcap import dictionary_csv

    return dictionary_csv(forms().values())


def push_redcap(door: Door, url: str) -> int:
    """Everything that stands and that the user may export into a running REDCap project; the number of records that it took.

    Raises:
        BadInput: no token, PyCap is not installed, or the server refuses.
        NotAllowed: the user may not export.
    """
    from glisson.records.redcap import redcap_files
    from glisson.records.redcap.api import push

    with at_registry(door) as session:
        data = redcap_files(without_suspicious_text(standing(session, "REDCap API"))[0]).data
    return push(url, data)
