"""The flow of patients: from the registry to every analysis, with counts that add up."""

from typing import Any

from glisson.case import Finding, Level
from glisson.errors import GlissonError
from glisson.learn.cohort.registry.comparison import comparison
from glisson.learn.cohort.registry.endpoint_times import times_of
from glisson.learn.cohort.registry.new_variables import Step, of_population
from glisson.learn.cohort.registry.protocol import Endpoint, Protocol
from glisson.learn.cohort.registry.quality_table import baseline_and_later
from glisson.learn.cohort.registry.response_table import assessed_in_windows
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables

NOT_KNOWN = "not known"
UNUSABLE = "entries that cannot be used"


def flow(tables: RegistryTables, protocol: Protocol) -> Section:
    """Who is in the report, and who is not and why.

    Args:
        tables: of the whole registry, with the protocol's variables.
        protocol: its criteria, groups, endpoints and windows.

    Returns:
        ``steps``: each with ``n`` who are left and ``left_out`` (reason and n): the n of a step is that of the next plus those left
        out there. ``groups``, ``no_group`` and ``small_groups`` add up to those treated; of every endpoint and window those
        analysed and those not do, too.
    """
    population, steps = of_population(tables, protocol)
    present = set(tables.patients["patient"])
    unusable = len({patient for patient, _, _ in tables.left_out} - present)
    entered = len(present) + unusable
    who = comparison(population, protocol)
    treated = population.patients.height
    findings = list(who.findings())
    baseline, later = baseline_and_later(population)
    value = {
        "title": "Flow of patients",
        "entered": entered,
        "steps": [_first(entered, unusable), *(_step(step) for step in steps)],
        "treated": treated,
        "group_variable": who.label or None,
        "groups": [head for head in who.heads() if head["group"] != "all"],
        "small_groups": [{"group": name, "label": who.labels[name], "patients": n} for name, n in who.small.items()],
        "no_group": who.of_no_group,
        "endpoints": [_endpoint(population, protocol, one, findings) for one in protocol.endpoints],
        "windows": _windows(population, protocol, findings),
        "quality": {"treated": treated, "baseline": baseline, "baseline_and_later": later},
    }
    return Section(value, tuple(findings))


def _first(entered: int, unusable: int) -> dict[str, Any]:
    out = [{"reason": UNUSABLE, "n": unusable}] if unusable else []
    return {
        "label": "entered in the registry",
        "before": entered,
        "left_out": out,
        "after": entered - unusable,
        "kept_not_known": 0,
    }


def _step(step: Step) -> dict[str, Any]:
    out = [{"reason": step.reason, "n": step.left_out}] if step.left_out else []
    out += [{"reason": f"{step.condition}: {NOT_KNOWN}", "n": step.not_known}] if step.not_known else []
    return {
        "label": step.condition,
        "before": step.before,
        "left_out": out,
        "after": step.after,
        "kept_not_known": step.kept_not_known,
    }


def _endpoint(population: RegistryTables, protocol: Protocol, endpoint: Endpoint, findings: list[Finding]) -> dict[str, Any]:
    """Patients with a time, and why the others have none."""
    about = {"id": endpoint.id, "name": endpoint.name, "treated": population.patients.height}
    try:
        times = times_of(population, protocol, endpoint)
    except GlissonError as error:
        findings.append(Finding(code="cannot-say", level=Level.WARNING, text=f"{endpoint.id}: cannot say: {error}"))
        return {**about, "analysed": 0, "events": 0, "left_out": [{"reason": error.problem, "n": population.patients.height}]}
    out = [("no time can be said", times.no_time), ("observation ends before it begins", times.never_at_risk)]
    return {
        **about,
        "name": times.name,
        "analysed": len(times.patients),
        "events": int((times.data.event == 1).sum()),
        "left_out": [{"reason": reason, "n": n} for reason, n in out if n],
    }


def _windows(population: RegistryTables, protocol: Protocol, findings: list[Finding]) -> list[dict[str, Any]]:
    try:
        return list(assessed_in_windows(population, protocol))
    except GlissonError as error:
        findings.append(Finding(code="cannot-say", level=Level.WARNING, text=f"windows: cannot say: {error}"))
        return []
