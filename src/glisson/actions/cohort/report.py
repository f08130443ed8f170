"""``learn report``: the results section of a registry paper, from the registry and a protocol."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from glisson.actions.registry.door import Door, at_registry
from glisson.case import Finding, Level, Result
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, GlissonError

if TYPE_CHECKING:
    from glisson.actions.cohort.gather import Gathered
    from glisson.learn.cohort.registry.protocol import Protocol
    from glisson.learn.cohort.registry.study import RegistryStudy
    from glisson.report.cohort_patients import PatientPictures
    from glisson.report.figures.follow_spider import Leg
    from glisson.report.figures.follow_swimmer import Lane
    from glisson.report.figures.follow_waterfall import Bar

Drawn = TypeVar("Drawn", "Bar", "Leg", "Lane")
KIND = "registry report"
RESULT = "report.json"


@dataclass(frozen=True)
class ReportDone:
    """The analysis, and what was written."""

    result: Result
    files: tuple[Path, ...]


def report_registry(door: Door, protocol: str, out: Path, *, made_at: datetime, progress: Progress = silent) -> ReportDone:
    """Analyses a registry by a protocol and writes ``report.html``, ``report.pdf``, ``report.json``, ``figures/`` and ``tables/``.

    Patients appear by a running number, never by pseudonym. What cannot be computed is said in its place, and the rest stands.

    Args:
        door: of the registry; the user needs the right to query the cohort, or to export whole cases (of the own sites only).
        protocol: path of a YAML file, or the name of an example.
        out: folder; made if it does not exist, files of an earlier report in it are replaced.
        made_at: printed on the report, with its zone.
        progress: called with the share done.

    Raises:
        BadInput: a protocol that cannot be used, a registry without patients, or a folder that holds something else.
        NotAllowed: the user has neither right.
    """
    from glisson.actions.cohort.gather import gathered
    from glisson.actions.cohort.protocol_file import read_protocol
    from glisson.actions.registry.exchange import standing, without_suspicious_text

    asked, digest = read_protocol(protocol)
    require_folder(out)
    progress(0.02, "reading the registry")
    with at_registry(door) as session:
        entries, withheld = without_suspicious_text(standing(session, f"report by protocol {asked.protocol}", cohort_first=True))
    progress(0.10, "judging every visit")
    found = gathered(entries, asked)
    return _analysed(found, asked, out, made_at=made_at, digest=digest, withheld=len(withheld), progress=progress)


def require_folder(out: Path) -> None:
    """Refuses a folder that holds something other than a report.

    Raises:
        BadInput: it is a file, or holds files and no earlier report.
    """
    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / RESULT).is_file())):
        raise BadInput(f"'{out.name}' holds something that is no earlier report", do="name a new folder with --out")


def _analysed(
    found: "Gathered", asked: "Protocol", out: Path, *, made_at: datetime, digest: str, withheld: int, progress: Progress
) -> ReportDone:
    from glisson.learn.cohort.registry.study import registry_study
    from glisson.report.cohort_write import write_registry_report

    study = registry_study(found.tables, asked, progress=lambda share, words: progress(0.2 + 0.5 * share, words))
    result = result_of(found, asked, study, digest=digest, withheld=withheld)
    progress(0.75, "drawing")
    written = write_registry_report(
        out, result=result, pictures=numbered(found, asked, study), made_at=made_at, simulated=found.tables.simulated,
        progress=lambda share, words: progress(0.75 + 0.25 * share, words),
    )  # fmt: skip
    progress(1.0, "")
    return ReportDone(result, written)


def result_of(found: "Gathered", asked: "Protocol", study: "RegistryStudy", *, digest: str, withheld: int) -> Result:
    """The stamped analysis. The protocol as it was read is part of it; pseudonyms are not."""
    value = dict(study.value)
    value["protocol"] = asked.model_dump(mode="json", by_alias=True)
    value["left_out"] = _counted(study.value["left_out"])
    findings = [*study.findings]
    beside = [_beside(one.endpoint, value, asked, findings) for one in asked.beside]
    if beside:
        value["beside"] = beside
    if withheld:
        text = f"{withheld} items of free text may hold a name or a number to call and took no part"
        findings.append(Finding(code="text-withheld", level=Level.NOTE, text=text))
    findings += [one for one in found.answers.findings if one.code in ("reader-chosen", "reader-open", "reference-from-scan")]
    imputes = asked.missing.strategy == "multiple imputation" and bool(asked.models)
    return Result(
        kind=KIND,
        method=f"protocol {asked.protocol}, edition {asked.edition}",
        parameters={"protocol": asked.protocol, "reader": found.tables.reader or "none"},
        inputs={**found.tables.inputs, "protocol": digest},
        value=value,
        findings=tuple(dict.fromkeys(findings)),
        sources=tuple(asked.sources),
        seed=asked.missing.seed if imputes else None,
    )


def _counted(rows: "list[dict[str, str]]") -> list[dict[str, Any]]:
    """Patients left out by what and why, without who."""
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        found[row["what"], row["why"]] = found.get((row["what"], row["why"]), 0) + 1
    return [{"what": what, "why": why, "patients": count} for (what, why), count in sorted(found.items())]


def _beside(endpoint: str, value: Mapping[str, Any], asked: "Protocol", findings: list[Finding]) -> dict[str, Any]:
    """Our median beside published ones, with what differs."""
    from glisson.learn.literature.benchmark import NOT_RANKED, benchmark
    from glisson.learn.literature.figure import Figure

    section = next(one for one in value["survival"] if one["id"] == endpoint)
    wanted = next(one for one in asked.beside if one.endpoint == endpoint)
    told = {"endpoint": endpoint, "name": section.get("name", endpoint), "note": NOT_RANKED}
    if "cannot_say" in section or section["competing"]:
        return told | {"cannot_say": "this endpoint has no median here"}
    median = section["groups"][0]["median"]
    own = Figure(
        id="ours", study="this registry", arm=asked.title, population=wanted.population, disease=wanted.disease, line=wanted.line,
        endpoint=section["name"], definition=section["definition"], family=wanted.family,
        origin=ORIGINS.get(section["origin"], section["origin"]),
        unit="months", value=median["time"], low=median["low"], high=median["high"], n=section["patients"],
    )  # fmt: skip
    try:
        rows = benchmark(own).to_dicts()
    except GlissonError as error:
        findings.append(Finding(code="nothing-beside", level=Level.WARNING, text=str(error)))
        return told | {"cannot_say": str(error)}
    return told | {"rows": rows}


ORIGINS = {"first session": "first treatment", "diagnosis of metastases": "diagnosis of the liver metastases"}
"""Origins of ``follow`` in the words of the library of arms."""


def numbered(found: "Gathered", asked: "Protocol", study: "RegistryStudy") -> "PatientPictures | None":
    """Waterfall, spider and swimmer of the population up to the cut-off, patients by a running number and group."""
    from dataclasses import replace

    import polars as pl

    from glisson.actions.following.pictures import pictures_of
    from glisson.learn.cohort.registry.cut_off import until_cut_off
    from glisson.report.cohort_patients import PatientPictures

    known, answers = until_cut_off(found.tables, asked), found.answers
    if asked.cut_off is not None and answers.course is not None:
        course = replace(known.course, dated=known.course.dated.filter(pl.col("date") <= asked.cut_off))
        answers = replace(answers, responses=known.responses, best=known.best, depth=known.depth, course=course)
    made = pictures_of(answers, found.asked)
    if made is None:
        return None
    number = {patient: f"{place}" for place, patient in enumerate(study.population, start=1)}
    shown = replace(
        made,
        bars=_of_population(made.bars, number),
        legs=_of_population(made.legs, number),
        lanes=_of_population(made.lanes, number),
    )
    groups = {number[patient]: group for patient, group in study.groups.items() if patient in number}
    return PatientPictures(shown, groups, tuple(study.group_order))


def _of_population(found: Sequence[Drawn], number: Mapping[str, str]) -> list[Drawn]:
    """What is drawn of patients, under their running numbers and in their order: pseudonyms leave no trace."""
    from dataclasses import replace

    known = [replace(one, patient=number[one.patient]) for one in found if one.patient in number]
    return sorted(known, key=lambda one: int(one.patient))
