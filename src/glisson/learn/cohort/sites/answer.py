"""A site answers a request: under its rules, within its budget, and with an entry in its log, whatever comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
from pydantic import Field, FiniteFloat, ValidationError

from glisson import __version__
from glisson.case import Finding
from glisson.case.base import Noun
from glisson.errors import BadInput, NotAllowed
from glisson.learn.cohort.sites.behind import Sets, borders_to_leave_out, distinct, packed, too_close, unpacked
from glisson.learn.cohort.sites.cox_site import Described, RiskSets, Total, answer_round, describe, numbers_of
from glisson.learn.cohort.sites.curves import Borders, Curves, site_curves
from glisson.learn.cohort.sites.definition import Request, Word
from glisson.learn.cohort.sites.disclosure import require_rows
from glisson.learn.cohort.sites.population import Population, population
from glisson.learn.cohort.sites.request_log import Entry, entry, hashed, head
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.sites.seal import digest
from glisson.learn.cohort.sites.tables import Table, site_table

FORMAT: Literal["glisson sites answer 1"] = "glisson sites answer 1"
Content = Curves | Table | Described | Total | RiskSets


class Answer(Noun):
    """All that leaves a site.

    Attributes:
        format: of the file.
        request: hash of the request that it answers.
        analysis: hash of the definition.
        site: name of the site.
        rows: that took part.
        min_cell, time_width: rules under which it was made.
        content: counts or sums.
        log_number, log_before: place of its entry in the site's log.
        version: of the program.
    """

    format: Literal["glisson sites answer 1"] = FORMAT
    request: str
    analysis: str
    site: Word
    rows: int = Field(ge=1, le=10_000_000)
    min_cell: int = Field(ge=1)
    time_width: FiniteFloat = Field(ge=0)
    content: Content
    log_number: int = Field(ge=1)
    log_before: str
    version: Word = __version__

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return self.model_dump(mode="json")


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a request.

    Attributes:
        entries: to append to the log before anything leaves.
        answer: that may leave; ``None`` after a refusal.
        refusal: why nothing leaves.
        findings: for the people at the site.
    """

    entries: tuple[Entry, ...]
    answer: Answer | None
    refusal: NotAllowed | None
    findings: tuple[Finding, ...]


def answer_from(content: dict[str, Any], what: str) -> Answer:
    """An answer from the content of its file.

    Raises:
        BadInput: it is no answer that this program knows.
    """
    try:
        return Answer.model_validate(content)
    except ValidationError:
        raise BadInput(f"{what} is no answer of this program", do="give the file that 'glisson learn answer' wrote") from None


def answered(request: Request, table: pl.DataFrame, rules: Rules, log: Sequence[Entry], *, when: str, salt: str) -> Outcome:
    """Answer of a site to a request, or a refusal; both with their entry in the log.

    Args:
        request: what is asked.
        table: one row per patient.
        rules: of the site.
        log: entries so far, verified.
        when: now, as text.
        salt: key of the patients' hashes if the log is new; secret, random.

    Raises:
        BadInput: a table or rules that cannot be used, which is nothing to refuse.
    """
    asked = request.definition
    opening = () if log else (entry((), {"outcome": "opened", "site": rules.site, "salt": salt, "when": when}),)
    entries: list[Entry] = [*log, *opening]
    if entries[0]["site"] != rules.site:
        raise BadInput("the request log is that of another site than the rules", do="give each site its own log")
    told: dict[str, Any] = {
        "when": when, "asker": asked.asker, "question": asked.question, "kind": asked.kind, "request": request.id,
        "analysis": asked.id, "round": request.round.number if request.round else 0, "variables": list(asked.named),
        "rules": digest(rules.model_dump(mode="json")),
    }  # fmt: skip
    findings: tuple[Finding, ...] = ()
    try:
        _require_budget(request, rules, entries)
        given = population(table, asked, rules)
        findings = given.findings
        require_rows(len(given), rules, "can take part")
        people = hashed(given.patient, str(entries[0]["salt"]))
        content, sets = _apart(request, given, people, rules, entries)
    except NotAllowed as refusal:
        last = entry(entries, told | {"outcome": "refused", "why": str(refusal)})
        return Outcome((*opening, last), None, refusal, findings)
    answer = Answer(
        request=request.id, analysis=asked.id, site=rules.site, rows=len(given), min_cell=rules.min_cell,
        time_width=rules.time_width, content=content, log_number=len(entries) + 1, log_before=head(entries),
    )  # fmt: skip
    left = told | {"outcome": "answered", "answer": digest(answer.plain()), "rows": len(given), "numbers": _numbers(request)}
    if request.round is None:
        left |= {"people": people, "sets": packed(sets)}
    return Outcome((*opening, entry(entries, left)), answer, None, findings)


def _apart(
    request: Request, given: Population, people: list[str], rules: Rules, entries: Sequence[Entry]
) -> tuple[Content, Sets]:
    """Content that no earlier answer makes a small cell of; borders of intervals are left out where that helps."""
    without: Borders = frozenset()
    while True:
        content, sets = _content(request, given, rules, entries, without)
        close = _too_close(request, people, sets, rules, entries)
        if not close:
            return content, sets
        without |= borders_to_leave_out(close, rules)


def _content(
    request: Request, given: Population, rules: Rules, entries: Sequence[Entry], without: Borders
) -> tuple[Content, Sets]:
    asked = request.definition
    if asked.kind == "curves":
        counted = site_curves(given, asked, rules, without=without)
        return counted.content, counted.sets
    if asked.kind == "table":
        return site_table(given, asked, rules)
    described, sets = describe(given, asked, rules)
    if not asked.by_site and rules.risk_sets:
        sets = distinct([*sets, *(one._replace(border=None) for one in site_curves(given, asked, rules).sets)])
    if request.round is None:
        return described, sets
    if len(request.round.terms) > rules.covariates_at_most:
        raise NotAllowed(f"{len(request.round.terms)} coefficients", allowed=f"{rules.covariates_at_most} at this site")
    left = sum(one["numbers"] for one in _rounds(entries, asked.covariates) if one["request"] != request.id)
    return answer_round(given, asked, request.round, rules, left=left), sets


def _numbers(request: Request) -> int:
    return 0 if request.round is None else numbers_of(request.definition, request.round)


def _answered(entries: Sequence[Entry]) -> list[Entry]:
    """The last answer to each request."""
    return list({one["request"]: one for one in entries if one["outcome"] == "answered"}.values())


def _rounds(entries: Sequence[Entry], covariates: Sequence[str]) -> list[Entry]:
    """Answered rounds of Cox models that share a covariate, in this analysis or another."""
    return [one for one in _answered(entries) if one["round"] > 0 and set(one["variables"]) & set(covariates)]


def _require_budget(request: Request, rules: Rules, entries: Sequence[Entry]) -> None:
    done = _answered(entries)
    if any(one["request"] == request.id for one in done):
        return
    same = [one for one in done if one["analysis"] == request.definition.id]
    if not same and len({one["analysis"] for one in done}) >= rules.analyses_at_most:
        raise NotAllowed(
            f"this site has answered {rules.analyses_at_most} analyses, as many as its rules allow", do="ask the site"
        )
    if len(same) >= rules.rounds_at_most:
        raise NotAllowed(f"this site has answered {rules.rounds_at_most} rounds of this analysis, as many as its rules allow")
    if request.round is not None and not any(one["round"] == 0 for one in same):
        raise NotAllowed("a later round of an analysis whose first request this site did not answer", do="send the first request")


def _too_close(request: Request, people: list[str], sets: Sets, rules: Rules, entries: Sequence[Entry]) -> Sets:
    """Later rounds rest on the rows of the first; another analysis is compared with itself and with every earlier one."""
    earlier = [one for one in entries if one["outcome"] == "answered" and "sets" in one]
    if request.round is not None:
        first = next(one for one in reversed(earlier) if one["analysis"] == request.definition.id)
        if first["people"] != people or first["sets"] != packed(sets):
            raise NotAllowed("the table has changed since the first round of this analysis", do="begin the analysis again")
        return []
    answers = [(sets, people), *((unpacked(one["sets"], len(one["people"])), one["people"]) for one in earlier)]
    return [close for old, before in answers for close in too_close(sets, people, old, before, rules)]
