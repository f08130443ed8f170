"""Numbers of clinical scores: coefficients, cuts and groups, each with its source."""

from functools import cache

from glisson.errors import BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited

TABLES = ("scores/liver.yaml", "scores/metastases.yaml")


class ScoreFact(Cited):
    """A coefficient, a cut or the bounds of the groups of one score."""

    id: str


@cache
def _facts() -> dict[str, ScoreFact]:
    facts: dict[str, ScoreFact] = {}
    for table in TABLES:
        for entry in read_entries(table, ScoreFact):
            if entry.id in facts:
                raise BadKnowledge(f"{table} has '{entry.id}' a second time")
            facts[entry.id] = entry
    return facts


def score_fact(name: str) -> ScoreFact:
    """One number, or one list of numbers, of a score.

    >>> score_fact("albi-grades").value
    [-2.6, -1.39]

    Raises:
        BadKnowledge: none of that name.
    """
    if name not in _facts():
        raise BadKnowledge(f"no number '{name}' of a score", allowed=", ".join(_facts()))
    return _facts()[name]


def score_number(name: str) -> float:
    """A single number of a score.

    >>> score_number("fong-cea")
    200.0
    """
    return float(score_fact(name).value)


def score_numbers(name: str) -> tuple[float, ...]:
    """A list of numbers of a score.

    >>> score_numbers("child-pugh-inr")
    (1.7, 2.3)
    """
    return tuple(float(value) for value in score_fact(name).value)


def score_sources(prefix: str) -> tuple[str, ...]:
    """Ids of the sources of every number whose name starts with ``prefix``.

    >>> score_sources("fong-")
    ('uptodate-crlm-scores',)
    """
    return tuple(dict.fromkeys(fact.source for name, fact in _facts().items() if name.startswith(prefix)))
