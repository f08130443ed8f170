"""Three answers: True, False, and ``None`` for "cannot say"; and which missing facts would settle a condition."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from glisson.knowledge.guidelines import Condition
from glisson.weigh.fact import Fact

Truth = bool | None
Settling = tuple[frozenset[str], ...]
"""Alternative sets of missing facts; the empty set: nothing is missing; no set: it cannot be."""

MOST_ALTERNATIVES = 24


@dataclass(frozen=True)
class Holding:
    """What a condition came to.

    Attributes:
        holds: the answer.
        facts: names of the facts that decided it; for "cannot say", those that are missing.
    """

    holds: Truth
    facts: tuple[str, ...]


def all_of(answers: Iterable[Truth]) -> Truth:
    """And of three values.

    >>> all_of([True, None]), all_of([False, None]), all_of([True])
    (None, False, True)
    """
    found = list(answers)
    return False if False in found else None if None in found else True


def any_of(answers: Iterable[Truth]) -> Truth:
    """Or of three values.

    >>> any_of([False, None]), any_of([True, None]), any_of([False])
    (None, True, False)
    """
    found = list(answers)
    return True if True in found else None if None in found else False


def holding(condition: Condition, facts: Mapping[str, Fact]) -> Holding:
    """Whether a condition holds of the facts, and which of them decided it."""
    if condition.always:
        return Holding(True, ())
    if condition.fact is not None:
        return Holding(_atom(condition, facts[condition.fact]), (condition.fact,))
    if condition.no is not None:
        inner = holding(condition.no, facts)
        return Holding(None if inner.holds is None else not inner.holds, inner.facts)
    parts = [holding(part, facts) for part in (condition.all or condition.any)]
    answer = (all_of if condition.all else any_of)(part.holds for part in parts)
    return Holding(answer, tuple(dict.fromkeys(name for part in parts if part.holds is answer for name in part.facts)))


def settling(condition: Condition, facts: Mapping[str, Fact], wanted: bool) -> Settling:
    """The smallest sets of missing facts that could make a condition come to ``wanted``."""
    if condition.always:
        return (frozenset(),) if wanted else ()
    if condition.no is not None:
        return settling(condition.no, facts, not wanted)
    if condition.fact is not None:
        fact = facts[condition.fact]
        answer = _atom(condition, fact)
        if answer is None:
            return (frozenset(fact.missing or (fact.name,)),)
        return (frozenset(),) if answer is wanted else ()
    parts = [settling(part, facts, wanted) for part in (condition.all or condition.any)]
    if bool(condition.all) == wanted:
        return together(parts)
    return _smallest(choice for part in parts for choice in part)


def together(parts: Iterable[Settling]) -> Settling:
    """One choice of every part, joined; the smallest of them."""
    joined: Settling = (frozenset(),)
    for part in sorted(parts, key=len):
        joined = _smallest(one | other for one in joined for other in part)
    return joined


def _smallest(choices: Iterable[frozenset[str]]) -> Settling:
    """Without those that hold another one; shortest first."""
    kept: list[frozenset[str]] = []
    for choice in sorted(set(choices), key=lambda names: (len(names), sorted(names))):
        if not any(smaller <= choice for smaller in kept):
            kept.append(choice)
        if len(kept) == MOST_ALTERNATIVES:
            break
    return tuple(kept)


def _atom(condition: Condition, fact: Fact) -> Truth:
    """One question to one fact."""
    words = condition.words or ((condition.word,) if condition.word is not None else ())
    return _of_words(words, fact) if words else _of_number(condition, fact)


def _of_words(words: tuple[str, ...], fact: Fact) -> Truth:
    inside = [word in words for word in fact.words]
    return None if not inside or (any(inside) and not all(inside)) else inside[0]


def _of_number(condition: Condition, fact: Fact) -> Truth:
    """A number may be known within a range only; the answer is then known where the whole range shares it."""
    if fact.low is None or fact.high is None:
        return None
    if condition.above is not None:
        return _compared(fact.low > condition.above, fact.high > condition.above)
    if condition.at_least is not None:
        return _compared(fact.low >= condition.at_least, fact.high >= condition.at_least)
    if condition.below is not None:
        return _compared(fact.high < condition.below, fact.low < condition.below)
    assert condition.at_most is not None
    return _compared(fact.high <= condition.at_most, fact.low <= condition.at_most)


def _compared(surely: bool, possibly: bool) -> Truth:
    return True if surely else None if possibly else False
