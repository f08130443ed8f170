"""Queries: a failed check asks, somebody answers, a monitor closes. Their state is folded from the acts, nothing is stored twice."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from glisson.errors import BadInput
from glisson.records.checks.acts import QUERY_ANSWERED, QUERY_CLOSED, QUERY_OPENED, QUERY_REOPENED, Act, require_words
from glisson.records.forms import FormEntry, Problem

MONITOR = "monitor"
"""Code of a query that a person opened."""


class QueryState(StrEnum):
    """Where a query stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


ALLOWED: dict[str, tuple[frozenset[QueryState | None], QueryState]] = {
    QUERY_OPENED: (frozenset({None}), QueryState.OPEN),
    QUERY_ANSWERED: (frozenset({QueryState.OPEN}), QueryState.ANSWERED),
    QUERY_REOPENED: (frozenset({QueryState.ANSWERED, QueryState.CLOSED}), QueryState.OPEN),
    QUERY_CLOSED: (frozenset({QueryState.OPEN, QueryState.ANSWERED}), QueryState.CLOSED),
}
"""Each act: from which states, to which. ``None``: there is no such query yet."""


@dataclass(frozen=True)
class Query:
    """One query and its trail.

    Attributes:
        id: made of check, item and places, so that one failure has one query.
        code: of the check; "monitor" for one that a person opened.
        words: what is asked.
        item: it is about, where it is one.
        places: form/visit/instance of each entry it is about.
        evidence: hash of the entries as they were when it was last opened.
        state: open, answered or closed.
        resolved: closed because its check no longer failed; else somebody accepted the entries as they were.
        trail: every act, oldest first.
    """

    id: str
    code: str
    words: str
    item: str | None
    places: tuple[str, ...]
    evidence: str
    state: QueryState
    resolved: bool
    trail: tuple[Act, ...]


def query_id(code: str, item: str | None, places: Iterable[str]) -> str:
    """Name of the query that a failed check has: the same check on the same places has the same name.

    >>> query_id("dates.after-death", None, ["death//1", "laboratory/fu1/1"])
    'q-83805288dedc950c'
    """
    text = json.dumps([code, item, sorted(places)], separators=(",", ":"), ensure_ascii=False)
    return "q-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def queries_of(acts: Iterable[Act]) -> dict[str, Query]:
    """Every query of a case by id, from its acts, oldest first. Acts that are not about queries are passed over.

    Raises:
        BadInput: an act that its query's state does not allow.
    """
    found: dict[str, Query] = {}
    for act in acts:
        if act.kind in ALLOWED:
            name = act.text("query")
            found[name] = _after(found.get(name), act)
    return found


def require_allowed(queries: dict[str, Query], act: Act) -> None:
    """Refuses an act that its query's state does not allow.

    Raises:
        BadInput: there is no such query, it is there already, or its state does not allow the act.
    """
    _after(queries.get(act.text("query")), act)


def _after(query: Query | None, act: Act) -> Query:
    before, after = ALLOWED[act.kind]
    state = query.state if query else None
    if state not in before:
        stands = f"is {state.value}" if state else "does not exist"
        allowed = ", ".join(sorted(name.value if name else "none" for name in before))
        raise BadInput(f"{act.kind} on a query that {stands}", allowed=f"from: {allowed}")
    if query is None:
        return _opened(act)
    evidence = act.text("evidence") or query.evidence
    resolved = act.kind == QUERY_CLOSED and bool(act.payload.get("resolved"))
    return replace(query, state=after, evidence=evidence, resolved=resolved, trail=(*query.trail, act))


def _opened(act: Act) -> Query:
    return Query(
        id=act.text("query"),
        code=act.text("code"),
        words=act.text("words"),
        item=act.text("item") or None,
        places=tuple(map(str, act.payload.get("places", ()))),
        evidence=act.text("evidence"),
        state=QueryState.OPEN,
        resolved=False,
        trail=(act,),
    )


@dataclass(frozen=True)
class Proposals:
    """What the checks ask for now.

    Attributes:
        acts: to be entered at once: queries to open, and closed ones to reopen because the entries changed and still fail.
        closures: to be shown to a monitor, who closes: queries whose check no longer fails.
    """

    acts: tuple[Act, ...]
    closures: tuple[Act, ...]


def propose(problems: Sequence[Problem], queries: dict[str, Query], entries: Iterable[FormEntry]) -> Proposals:
    """Acts that bring the queries up to the problems; entered and asked again, it proposes no act twice.

    A query that is open or answered stays as it is while its check fails. One that a monitor closed although the check
    failed stays closed until an entry it is about changes; one that was resolved is asked again when its check fails again.
    """
    hashes = _hashes(entries)
    acts: list[Act] = []
    failing: set[str] = set()
    for problem in problems:
        name = query_id(problem.code, problem.item, problem.places)
        evidence = _evidence(problem.places, hashes)
        if name in failing:
            continue
        failing.add(name)
        query = queries.get(name)
        if query is None:
            acts.append(Act(QUERY_OPENED, _opening(name, problem, evidence)))
        elif query.state is QueryState.CLOSED and (query.resolved or query.evidence != evidence):
            acts.append(Act(QUERY_REOPENED, {"query": name, "evidence": evidence, "text": "the check fails again"}))
    closures = tuple(
        Act(QUERY_CLOSED, _closing(query, "the check no longer fails", hashes, resolved=True))
        for query in queries.values()
        if query.state is not QueryState.CLOSED and query.code != MONITOR and query.id not in failing
    )
    return Proposals(tuple(acts), closures)


def ask(*, item: str | None, places: Sequence[str], words: str, key: str) -> Act:
    """A query that a person opens; ``key`` tells two questions about one place apart.

    Raises:
        BadInput: no words.
    """
    name = query_id(f"{MONITOR}:{key}", item, places)
    payload = {"query": name, "code": MONITOR, "item": item, "places": list(places), "words": require_words(words, "a query")}
    return Act(QUERY_OPENED, payload)


def answer(query: str, text: str) -> Act:
    """An answer to an open query.

    Raises:
        BadInput: no words.
    """
    return Act(QUERY_ANSWERED, {"query": query, "text": require_words(text, "an answer")})


def close(query: Query, text: str, entries: Iterable[FormEntry], *, resolved: bool = False) -> Act:
    """A monitor's closure, with the reason.

    Args:
        query: to close.
        text: why.
        entries: current entries of the case: what the monitor saw.
        resolved: the check no longer fails (as ``Proposals.closures`` says); else the entries are accepted as they are.

    Raises:
        BadInput: no words.
    """
    return Act(QUERY_CLOSED, _closing(query, require_words(text, "the reason of a closure"), _hashes(entries), resolved=resolved))


def reopen(query: str, text: str) -> Act:
    """A query asked again: the answer does not settle it.

    Raises:
        BadInput: no words.
    """
    return Act(QUERY_REOPENED, {"query": query, "text": require_words(text, "the reason of asking again")})


def _opening(name: str, problem: Problem, evidence: str) -> dict[str, object]:
    return {
        "query": name,
        "code": problem.code,
        "level": problem.level,
        "item": problem.item,
        "places": list(problem.places),
        "words": problem.words,
        "evidence": evidence,
    }


def _closing(query: Query, text: str, hashes: dict[str, str], *, resolved: bool) -> dict[str, object]:
    return {"query": query.id, "text": text, "evidence": _evidence(query.places, hashes), "resolved": resolved}


def _hashes(entries: Iterable[FormEntry]) -> dict[str, str]:
    return {entry.place: entry.hash or entry.id for entry in entries}


def _evidence(places: Iterable[str], hashes: dict[str, str]) -> str:
    """Hash over the entries that now stand in the places."""
    text = json.dumps(sorted((place, hashes.get(place, "")) for place in set(places)), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
