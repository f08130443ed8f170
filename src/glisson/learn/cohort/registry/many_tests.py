"""The tests that a protocol adjusts together, taken from the sections that made them."""

from collections.abc import Mapping
from typing import Any

from glisson.learn.cohort.multiplicity import family
from glisson.learn.cohort.registry.protocol import Protocol

SUBGROUPS, LOG_RANK = "subgroups", "log-rank"


def adjusted(protocol: Protocol) -> bool:
    """Whether the protocol adjusts any test."""
    return protocol.multiplicity.method != "none" and bool(protocol.multiplicity.family)


def family_words(protocol: Protocol) -> list[str]:
    """Members of the family in words.

    >>> one = {"id": "os", "name": "OS"}
    >>> asked = {"method": "holm", "family": ["log-rank"]}
    >>> family_words(Protocol.model_validate({"protocol": "p", "title": "P", "endpoints": [one], "multiplicity": asked}))
    ['the log-rank tests']
    """
    words = {SUBGROUPS: "the tests of interaction in subgroups", LOG_RANK: "the log-rank tests"}
    return [words.get(one, f"the covariates of model {one}, all together") for one in protocol.multiplicity.family]


def many_tests(protocol: Protocol, value: Mapping[str, Any]) -> dict[str, Any] | None:
    """Every test of the family with its p value, before and after adjustment; ``None`` where nothing is adjusted.

    Args:
        protocol: names the method and the family.
        value: sections by name, as they were made.
    """
    method = protocol.multiplicity.method
    if method == "none" or not protocol.multiplicity.family:
        return None
    p: dict[str, float | None] = {}
    for member in protocol.multiplicity.family:
        p |= _tests_of(member, value)
    if not p:
        return {"method": method, "statement": "No test of the family was made; nothing was adjusted.", "tests": []}
    found = family(p, name=" and ".join(family_words(protocol)), method=method)
    tests = [{"test": name, "p": found.p[name], "adjusted": found.adjusted[name]} for name in p]
    return {"method": method, "statement": found.statement, "tests": tests}


def _tests_of(member: str, value: Mapping[str, Any]) -> dict[str, float | None]:
    if member == SUBGROUPS:
        variables = value.get("subgroups", {}).get("variables", [])
        return {f"subgroups, interaction with {_label(one['variable'], value)}": one["interaction_p"] for one in variables}
    if member == LOG_RANK:
        return {
            f"{test['test']}, {section['name']}": test["p"]
            for section in value.get("survival", [])
            for test in section.get("tests", [])
            if test["test"].startswith(LOG_RANK)
        }
    model: Mapping[str, Any] = next((one for one in value.get("models", []) if one["id"] == member), {})
    terms = (model.get("fine_gray") or model.get("cox") or {}).get("terms", [])
    return {f"model {member}, {_term(term, value)}": term["together"]["p"] for term in terms}


def _label(name: str, value: Mapping[str, Any]) -> str:
    return str(value.get("variables", {}).get(name, {}).get("label", name))


def _term(term: Mapping[str, Any], value: Mapping[str, Any]) -> str:
    label = _label(term["column"], value)
    return label if term["level"] is None else f"{label}: {term['level']} against {term['reference']}"
