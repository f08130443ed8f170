"""Answers of sites into one result, or into the next request of a Cox model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.sites.answer import Answer
from glisson.learn.cohort.sites.cox_site import Described, RiskSets, Total
from glisson.learn.cohort.sites.curves import Curves
from glisson.learn.cohort.sites.definition import Definition, Request
from glisson.learn.cohort.sites.pooled_cox import pool_cox
from glisson.learn.cohort.sites.pooled_curves import pool_curves
from glisson.learn.cohort.sites.tables import Table, pooled_table


@dataclass(frozen=True, eq=False)
class Pooled:
    """What the answers say together.

    Attributes:
        value: for JSON.
        findings: what a reader must know.
        next: the request of the next round; ``None`` at the end.
    """

    value: dict[str, Any]
    findings: tuple[Finding, ...]
    next: Request | None = None


def pooled(request: Request, answers: Sequence[Answer]) -> Pooled:
    """One result from the answers of all sites to one request.

    Raises:
        BadInput: answers to another request, of one site twice, of other sites than before, or that contradict themselves.
    """
    _require_together(request, answers)
    asked = request.definition
    ordered = sorted(answers, key=lambda one: one.site)
    value: dict[str, Any] = {"sites": [_site(one) for one in ordered]}
    if asked.kind == "curves":
        found, findings = pool_curves(asked, [(one.site, _of(one, Curves)) for one in ordered])
        return Pooled(value | found, _with_versions(ordered, findings))
    if asked.kind == "table":
        groups = pooled_table(asked, [(one.site, _of(one, Table)) for one in ordered])
        return Pooled(
            value | {"rows": sum(one.rows for one in ordered), "groups": groups}, _with_versions(ordered, _withheld(groups))
        )
    parts = [(one.site, one.rows, one.content) for one in ordered]
    step = pool_cox(request, parts)
    return Pooled(value | step.value, _with_versions(ordered, step.findings), step.next)


def _site(one: Answer) -> dict[str, Any]:
    return {
        "site": one.site, "rows": one.rows, "min_cell": one.min_cell, "time_width": one.time_width, "log_number": one.log_number,
        "log_before": one.log_before,
    }  # fmt: skip


def _require_together(request: Request, answers: Sequence[Answer]) -> None:
    if not answers:
        raise BadInput("no answers to pool", do="send the request to the sites")
    for one in answers:
        if one.request != request.id or one.analysis != request.definition.id:
            raise BadInput(f"the answer of {one.site} is to another request", do="give the request that the sites answered")
        _require_content(request.definition, request.round is not None, one)
    names = [one.site for one in answers]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(f"two answers of {', '.join(twice)}", do="give one answer of each site")
    if request.round is None:
        return
    if set(names) != set(request.round.sites):
        away = sorted(set(request.round.sites) ^ set(names))
        raise BadInput(
            f"not the sites of the first round: {', '.join(away)}", do="give an answer of each, or begin again without"
        )
    if sum(one.rows for one in answers) != request.round.rows:
        raise BadInput("the answers rest on another number of rows than in the first round", do="begin again")


def _require_content(asked: Definition, later: bool, one: Answer) -> None:
    wanted = {
        "curves": Curves, "table": Table, "cox": (Total if asked.by_site else RiskSets) if later else Described,
    }[asked.kind]  # fmt: skip
    if not isinstance(one.content, wanted):
        raise BadInput(f"the answer of {one.site} holds something else than was asked")
    counts = {
        Curves: lambda content: {sum(content.ends.rows), *([sum(content.entries.rows)] if content.entries else [])},
        Table: lambda content: {sum(group.rows for group in content.groups.values())},
        Described: lambda content: {part.rows for part in content.covariates.values()},
    }.get(wanted)
    if counts is not None and counts(one.content) != {one.rows}:
        raise BadInput(f"the answer of {one.site} contradicts itself: its counts do not add up to its rows")
    if isinstance(one.content, Curves) and min(one.content.ends.rows) < one.min_cell:
        raise BadInput(f"the answer of {one.site} contradicts itself: it holds smaller cells than its rules allow")
    if isinstance(one.content, Described) and set(one.content.covariates) != set(asked.covariates):
        raise BadInput(f"the answer of {one.site} is about other covariates than were asked")
    if isinstance(one.content, Table) and any(set(g.variables) != set(asked.variables) for g in one.content.groups.values()):
        raise BadInput(f"the answer of {one.site} is about other variables than were asked")


def _of(one: Answer, kind: type[Any]) -> Any:
    assert isinstance(one.content, kind)
    return one.content


def _withheld(groups: Sequence[dict[str, Any]]) -> tuple[Finding, ...]:
    names = sorted({part["name"] for group in groups for part in group["variables"] if part["sites_withholding"]})
    if not names:
        return ()
    text = f"not every site gave {', '.join(names)}: their figures are of the sites that did"
    return (Finding(code="withheld", level=Level.WARNING, text=text),)


def _with_versions(answers: Sequence[Answer], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    versions = sorted({one.version for one in answers})
    if len(versions) == 1:
        return tuple(dict.fromkeys(findings))
    text = f"the sites used different versions of the program: {', '.join(versions)}"
    return (*dict.fromkeys(findings), Finding(code="different-versions", level=Level.WARNING, text=text))
