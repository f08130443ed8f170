"""The whole analysis by protocol: every section, in the order in which a paper prints them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from glisson.case import Finding, Level
from glisson.learn.cohort.registry.adjusted_sections import subgroup_section, weighting_section
from glisson.learn.cohort.registry.centre_survival import centre_survival
from glisson.learn.cohort.registry.comparison import ALL, comparison
from glisson.learn.cohort.registry.cut_off import until_cut_off
from glisson.learn.cohort.registry.dose_section import dose_section
from glisson.learn.cohort.registry.flow import flow
from glisson.learn.cohort.registry.harm_table import harm_table
from glisson.learn.cohort.registry.limits import limits
from glisson.learn.cohort.registry.many_tests import many_tests
from glisson.learn.cohort.registry.methods import methods
from glisson.learn.cohort.registry.model_section import model_section
from glisson.learn.cohort.registry.new_variables import of_population, with_new_variables
from glisson.learn.cohort.registry.next_study import next_study
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.quality_table import quality_table
from glisson.learn.cohort.registry.response_effect import response_effect
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.section import Section, attempt
from glisson.learn.cohort.registry.sequences import treatment_sequences
from glisson.learn.cohort.registry.session_table import session_table
from glisson.learn.cohort.registry.survival_section import survival_section
from glisson.learn.cohort.registry.table_one import table_one
from glisson.learn.cohort.registry.tables import RegistryTables

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class RegistryStudy:
    """Everything that the report says, as plain values.

    Attributes:
        value: sections by name; a section that cannot be made holds ``cannot_say``.
        findings: what a reader must know.
        population: patients in the analysis.
        groups: label of the group of each of them, where there are groups and it is known and shown.
        group_order: labels in their order.
    """

    value: dict[str, Any]
    findings: tuple[Finding, ...]
    population: tuple[str, ...]
    groups: Mapping[str, str] = field(default_factory=dict)
    group_order: tuple[str, ...] = ()


def registry_study(
    tables: RegistryTables, protocol: Protocol, *, progress: Progress = lambda share, words: None
) -> RegistryStudy:
    """The results section of a registry.

    A section that cannot be made (no events, separation, an empty group) says why, and the others stand.

    Args:
        tables: of the registry.
        protocol: what is asked.
        progress: called with the share done.

    Raises:
        BadInput: the protocol names a variable or level that the registry does not have.
    """
    whole = with_new_variables(until_cut_off(tables, protocol), protocol)
    _require_known(whole, protocol)
    chosen, _ = of_population(whole, protocol)
    single = {
        "flow": lambda: flow(whole, protocol),
        "table_one": lambda: table_one(chosen, protocol),
        "sessions": lambda: session_table(chosen, protocol),
        "response": lambda: response_table(chosen, protocol),
        "harm": lambda: harm_table(chosen, protocol),
        "quality": lambda: quality_table(chosen, protocol),
        "sequences": lambda: treatment_sequences(chosen, protocol),
    }
    value: dict[str, Any] = {}
    findings: list[Finding] = _few(chosen, protocol)
    progress(0.0, "describing patients, sessions, harm")
    for name, work in single.items():
        value[name] = _taken(attempt(name, work), findings)
    progress(0.3, "survival")
    value["survival"] = _several(
        ((one.id, _bound(survival_section, chosen, protocol, one)) for one in protocol.endpoints), findings
    )
    value["response_effect"] = _several(
        ((one.id, _bound(response_effect, chosen, protocol, one)) for one in protocol.endpoints if one.landmark_months), findings
    )
    value["centres"] = _taken(attempt("centres", lambda: centre_survival(chosen, protocol)), findings)
    progress(0.45, "models")
    value["models"] = _several(((one.id, _bound(model_section, chosen, protocol, one)) for one in protocol.models), findings)
    progress(0.8, "adjusted comparisons")
    asked: dict[str, tuple[Any, Callable[..., Section]]] = {
        "weighting": (protocol.weighting, weighting_section),
        "subgroups": (protocol.subgroups, subgroup_section),
        "dose_response": (protocol.dose_response, dose_section),
        "next_study": (protocol.next_study, next_study),
    }
    for name, (wanted, make) in asked.items():
        if wanted is not None:
            value[name] = _taken(attempt(name, _bound(make, chosen, protocol, wanted)), findings)
    value["variables"] = _variables(whole, protocol)
    if set(protocol.multiplicity.family) - {"subgroups"} and (together := many_tests(protocol, value)) is not None:
        value["multiplicity"] = together
    value |= {
        "methods": methods(protocol, value),
        "limits": limits(chosen, protocol, value),
        "left_out": [{"patient": patient, "what": what, "why": why} for patient, what, why in tables.left_out],
    }
    progress(1.0, "")
    who = comparison(chosen, protocol)
    shown = {name: members for name, members in who.members.items() if name != ALL}
    groups = {patient: who.labels[name] for name, members in shown.items() for patient in members}
    everyone = tuple(chosen.patients["patient"].to_list())
    return RegistryStudy(value, tuple(dict.fromkeys(findings)), everyone, groups, tuple(who.labels[name] for name in shown))


def _few(chosen: RegistryTables, protocol: Protocol) -> list[Finding]:
    count = chosen.patients.height
    if not count:
        text = "nobody is left to analyse: the flow of patients says where they were lost; look at treatments, cut_off and population"
        return [Finding(code="nobody-left", level=Level.WARNING, text=text)]
    if count >= protocol.minimum_cell:
        return []
    text = (
        f"a population of {count}, below the protocol's smallest group of {protocol.minimum_cell}: the figures describe persons, "
        "no cohort; keep them where the registry is"
    )
    return [Finding(code="few-patients", level=Level.WARNING, text=text)]


def _bound(make: Callable[..., Section], *given: Any) -> Callable[[], Section]:
    return lambda: make(*given)


def _taken(section: Section, findings: list[Finding]) -> dict[str, Any]:
    findings += section.findings
    return section.value


def _several(works: Iterable[tuple[str, Callable[[], Section]]], findings: list[Finding]) -> list[dict[str, Any]]:
    return [{"id": name, **_taken(attempt(name, work), findings)} for name, work in works]


def named_variables(protocol: Protocol) -> tuple[str, ...]:
    """Every variable that the protocol names outside its own new ones."""
    names: list[str] = [criterion.keep.variable for criterion in protocol.population]
    names += [protocol.groups] if protocol.groups else []
    names += [*protocol.table_one, *protocol.sessions]
    for model in protocol.models:
        names += [*model.covariates, *([model.strata] if model.strata else [])]
    if protocol.weighting:
        names += [protocol.weighting.exposure.variable, *protocol.weighting.covariates]
    if protocol.subgroups:
        names += [protocol.subgroups.exposure.variable, *protocol.subgroups.by]
    return tuple(dict.fromkeys(names))


def _require_known(tables: RegistryTables, protocol: Protocol) -> None:
    """Refuses names before anything is computed; items of sessions that nobody had are no mistake."""
    sessions = set(protocol.sessions)
    for name in named_variables(protocol):
        if name not in sessions:
            tables.variable(name)


def _variables(tables: RegistryTables, protocol: Protocol) -> dict[str, dict[str, Any]]:
    """How the variables of the protocol are printed."""
    known: Sequence[str] = [name for name in named_variables(protocol) if name in tables.variables]
    return {
        name: {
            "label": (one := tables.variables[name]).label,
            "unit": one.unit,
            "labels": dict(one.labels),
            "levels": list(one.levels),
        }
        for name in known
    }
