"""``learn like``: what became of patients like this one, in a registry, without showing a cell of few."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.registry.door import Door, at_registry
from glisson.case import Case, Disease, Finding, Level, Result
from glisson.errors import BadInput, GlissonError, OutOfScope

if TYPE_CHECKING:
    import polars as pl

    from glisson.learn.cohort.like_this import Match
    from glisson.learn.cohort.registry.protocol import Endpoint, Protocol
    from glisson.learn.cohort.registry.tables import RegistryTables

KIND = "patients like this one"
NAME = "like"
"""Of the stored Result: ``results/like.json``."""
NEAREST = 30
METHOD = "matched patients of a registry; Kaplan-Meier; exact proportions"


@dataclass(frozen=True)
class LikeWanted:
    """How patients are matched.

    Attributes:
        by: variables of the distance; where nothing at all is named, the covariates of the protocol's first model.
        exact: must be the same.
        within: may differ by no more than this, in the unit of the variable.
        nearest: so many of the nearest by the distance; 0: all who pass.
        endpoint: id in the protocol; its first one without competing events if empty.
        minimum: patients below which nothing is shown; the protocol's if ``None``.
    """

    by: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()
    within: Mapping[str, float] = field(default_factory=dict)
    nearest: int = NEAREST
    endpoint: str = ""
    minimum: int | None = None


@dataclass(frozen=True)
class LikeDone:
    """What is said of patients like this one, and what was written."""

    result: Result
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Asked:
    protocol: "Protocol"
    digest: str
    endpoint: "Endpoint"
    match: "Match"

    @property
    def words(self) -> str:
        """For the audit of the registry: what was matched on, never the values."""
        return f"patients like one case, by protocol {self.protocol.protocol}, matched on {', '.join(self.match.variables)}"


@dataclass(frozen=True)
class _Subject:
    """The case: from a folder, or a pseudonym of the registry."""

    pseudonym: str
    case: Case | None = None
    inputs: Mapping[str, str] = field(default_factory=dict)


def patients_like(
    case: str,
    door: Door,
    protocol: str,
    wanted: LikeWanted | None = None,
    *,
    made_at: datetime,
    out: Path | None = None,
    store: bool = False,
) -> LikeDone:
    """Survival and first response of the patients of a registry who are like a case.

    Args:
        case: a case folder, or the pseudonym of a case of the registry, which is then left out of the cohort.
        door: of the registry; the user needs the right to query the cohort or to export whole cases, and for a pseudonym also the
            right to see that case.
        protocol: path of a YAML file, or the name of an example: population, endpoint, windows.
        wanted: how to match.
        made_at: printed on the page, with its zone.
        out: folder for ``like.html``, ``like.pdf`` and the figure with its numbers.
        store: also write ``results/like.json`` into the case folder.

    Raises:
        BadInput: a protocol, a variable or a match that cannot be; a pseudonym that has no folder to store into.
        OutOfScope: the case has another disease than the registry.
        NotAllowed: a right is lacking.
    """
    from glisson.actions.cohort.gather import gathered
    from glisson.actions.registry.exchange import standing, without_suspicious_text
    from glisson.records.results import store_result

    asked = _asked(protocol, wanted or LikeWanted())
    folder = Path(case) if Path(case).is_dir() else None
    if store and folder is None:
        raise BadInput("--store with a pseudonym", allowed="a case folder, whose results/ can hold it")
    subject = _of_folder(folder) if folder is not None else _Subject(case)
    with at_registry(door) as session:
        if folder is None:
            session.entries(case)
        entries, _ = without_suspicious_text(standing(session, asked.words, cohort_first=True))
    result = like_of_tables(gathered(entries, asked.protocol).tables, subject, asked)
    files: list[Path] = []
    if store and folder is not None:
        files.append(store_result(folder, result, NAME))
    if out is not None:
        from glisson.report.cohort_like import write_like_page

        page = write_like_page(out, result=result, made_at=made_at)
        files += [page.html, page.pdf, *page.figures]
    return LikeDone(result, tuple(files))


def _asked(protocol: str, wanted: LikeWanted) -> _Asked:
    from glisson.actions.cohort.protocol_file import read_protocol
    from glisson.learn.cohort.like_this import Match

    read, digest = read_protocol(protocol)
    endpoint = _endpoint(read, wanted.endpoint)
    by = wanted.by
    if not (by or wanted.exact or wanted.within):
        models = [model for model in read.models if model.endpoint == endpoint.id] or list(read.models)
        by = models[0].covariates if models else ()
    if not (by or wanted.exact or wanted.within):
        raise BadInput("nothing to match on, and the protocol has no model", do="name variables with --by")
    if wanted.nearest < 0:
        raise BadInput(f"the {wanted.nearest} nearest", allowed="1 or more; 0 for all who pass")
    match = Match(
        exact=wanted.exact, within=dict(wanted.within), alike=by, nearest=wanted.nearest if by and wanted.nearest else None,
        minimum=read.minimum_cell if wanted.minimum is None else wanted.minimum,
    )  # fmt: skip
    return _Asked(read, digest, endpoint, match)


def _endpoint(protocol: "Protocol", name: str) -> "Endpoint":
    from glisson.knowledge.endpoints import endpoint_definition

    single = {one.id: one for one in protocol.endpoints if not endpoint_definition(one.name).competing}
    if name and name not in single:
        raise BadInput(f"no endpoint '{name}' that nothing competes with", allowed=", ".join(single) or "none in this protocol")
    if not single:
        raise BadInput("no endpoint of this protocol is free of competing events", do="add overall survival to the protocol")
    return single[name] if name else next(iter(single.values()))


def _of_folder(folder: Path) -> _Subject:
    from glisson.records import case_file, read_case

    case = read_case(folder)
    if case.disease not in (Disease.COLORECTAL, Disease.UNKNOWN):
        raise OutOfScope(
            f"a case of {case.disease.value} beside a registry of {Disease.COLORECTAL.value}", do="ask a registry of that disease"
        )
    digest = hashlib.sha256(case_file(folder).read_bytes()).hexdigest()
    return _Subject(case.id, case, {"case.yaml": digest})


def like_of_tables(tables: "RegistryTables", subject: _Subject, asked: _Asked) -> Result:
    """The stamped Result from the tables of a registry.

    Raises:
        BadInput: no such patient in the tables, or a variable that patients do not have.
    """
    from glisson.learn.cohort.like_this import patients_like_this
    from glisson.learn.cohort.registry.cut_off import until_cut_off
    from glisson.learn.cohort.registry.endpoint_times import times_of
    from glisson.learn.cohort.registry.new_variables import of_population, with_new_variables

    protocol = asked.protocol
    before = until_cut_off(tables, protocol)
    whole = with_new_variables(before, protocol)
    for name in asked.match.variables:
        if name not in whole.patients.columns and whole.variable(name):
            raise BadInput(f"'{name}' is known of sessions, not of patients", do="name a variable of patients")
    own = _values(subject, before, whole, protocol)
    chosen, _ = of_population(whole, protocol)
    times = times_of(chosen, protocol, asked.endpoint)
    findings = list(_about(subject, tables, times.patients))
    responses = _responses(chosen, protocol, times.patients, findings)
    found = patients_like_this(
        _rows(chosen, times.patients), times.data, own, asked.match, times=protocol.times_months, responses=responses,
        own_row=times.patients.index(subject.pseudonym) if subject.pseudonym in times.patients else None,
        confidence_fraction=protocol.confidence_fraction,
    )  # fmt: skip
    value = found.value | {
        "endpoint": {"id": asked.endpoint.id, "name": times.name, "definition": times.definition, "unit": "months",
                     "origin": asked.endpoint.origin or protocol.origin},
        "protocol": {"protocol": protocol.protocol, "edition": protocol.edition, "title": protocol.title,
                     "cut_off": None if protocol.cut_off is None else protocol.cut_off.isoformat()},
        "variables": _described(whole, asked.match.variables), "simulated": tables.simulated,
        "nearest": asked.match.nearest,
    }  # fmt: skip
    findings += _ties(value)
    return Result(
        kind=KIND, method=METHOD,
        parameters={"protocol": protocol.protocol, "endpoint": asked.endpoint.id, "alike": list(asked.match.alike),
                    "exact": list(asked.match.exact), "within": dict(asked.match.within), "nearest": asked.match.nearest,
                    "minimum": asked.match.minimum},
        inputs={**subject.inputs, "registry": tables.inputs["entries"], "protocol": asked.digest}, value=value,
        findings=tuple(dict.fromkeys((*found.findings, *findings))), sources=tuple(protocol.sources),
    )  # fmt: skip


def _values(subject: _Subject, before: "RegistryTables", whole: "RegistryTables", protocol: "Protocol") -> dict[str, Any]:
    from glisson.actions.cohort.case_values import case_row, own_row

    if subject.case is not None:
        return case_row(subject.case, before, protocol)
    if subject.pseudonym not in whole.patients["patient"]:
        raise BadInput("no such case in the tables of this registry", do="list your cases: glisson records show REGISTRY")
    return own_row(whole, subject.pseudonym)


def _rows(tables: "RegistryTables", patients: tuple[str, ...]) -> "pl.DataFrame":
    """Patients in the order of their follow-up."""
    import polars as pl

    order = pl.DataFrame({"patient": patients}, schema={"patient": pl.String})
    return order.join(tables.patients, on="patient", how="left", maintain_order="left")


def _responses(
    tables: "RegistryTables", protocol: "Protocol", patients: tuple[str, ...], findings: list[Finding]
) -> dict[str, list[bool | None]]:
    """Objective response in the first window; ``None``: no call. Only this one, since the difference of two would be a cell."""
    from glisson.learn.cohort.registry.readings import readings
    from glisson.learn.cohort.registry.response_table import AWAY, calls_in_windows

    if protocol.windows is None or not protocol.windows.windows:
        findings.append(Finding(code="no-response", level=Level.NOTE, text="the protocol names no window of response"))
        return {}
    window = protocol.windows.windows[0]
    try:
        calls, _ = calls_in_windows(tables, protocol, readings(tables))
    except GlissonError as error:
        findings.append(Finding(code="no-response", level=Level.WARNING, text=f"response: cannot say: {error.problem}"))
        return {}
    mine = calls.filter(calls["window"] == window.name)
    known = dict(mine.select("patient", "call").iter_rows())
    said = {patient: call in ("CR", "PR") for patient, call in known.items() if call is not None and call not in AWAY}
    words = f"CR or PR in {window.name} ({window.from_months:g} to {window.to_months:g} months)"
    return {words: [said.get(patient) for patient in patients]}


def _described(tables: "RegistryTables", names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    return {name: {"label": (one := tables.variable(name)).label, "unit": one.unit, "labels": dict(one.labels)} for name in names}


def _ties(value: Mapping[str, Any]) -> list[Finding]:
    nearest, matched = value["nearest"], value.get("matched")
    if nearest is None or matched is None or matched <= nearest:
        return []
    text = (
        f"{matched} are taken, not {nearest}: as many are as near as the last of them; name further variables to tell them apart"
    )
    return [Finding(code="as-near", level=Level.NOTE, text=text)]


def _about(subject: _Subject, tables: "RegistryTables", patients: tuple[str, ...]) -> list[Finding]:
    found = []
    simulated = subject.case is not None and subject.case.simulated
    if tables.simulated and not simulated and subject.case is not None:
        text = "the registry is simulated: its outcomes say nothing about a real patient"
        found.append(Finding(code="simulated-registry", level=Level.WARNING, text=text))
    if subject.case is not None and subject.case.disease is Disease.UNKNOWN:
        text = f"the case does not say its disease; the registry holds {Disease.COLORECTAL.value}"
        found.append(Finding(code="disease-unknown", level=Level.WARNING, text=text))
    if subject.pseudonym in patients:
        found.append(Finding(code="own-left-out", level=Level.NOTE, text="the case itself is left out of the cohort"))
    return found
