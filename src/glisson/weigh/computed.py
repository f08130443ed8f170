"""Facts that other verbs have computed: the remnant, the lung dose of a plan, the lung dose that was delivered, as their Results say."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from glisson.case import Result
from glisson.errors import BadInput
from glisson.weigh.fact import Fact, between

KINDS = {"remnant": "remnant volume", "plan": "activity plan", "dose": "absorbed dose"}
"""Stored Results that hold facts for rules, by name, and the kind of each."""
STANDARD = "Vauthey"
"""Formula of the standardised volume to which the published minima refer."""
CUMULATIVE = "cumulative_lung_dose_Gy"


def computed_facts(results: Mapping[str, Result]) -> Mapping[str, Fact]:
    """Facts by name, each with the file it comes from; a plan with several products gives a range.

    Args:
        results: by name, of ``KINDS``; those that are not there say nothing.

    Raises:
        BadInput: a Result of another kind under one of the names.
    """
    found: dict[str, Fact] = {}
    for name, kind in KINDS.items():
        if name not in results:
            continue
        if results[name].kind != kind:
            raise BadInput(f"results/{name}.json holds '{results[name].kind}'", allowed=kind, do=f"make it again: glisson {name}")
        for fact in READ[name](results[name].value):
            found[fact.name] = _narrowed(found[fact.name], fact) if fact.name in found else fact
    return found


def disagrees(entered: Fact, computed: Fact) -> bool:
    """Whether a computed number, rounded as the entered one is, is another one; of a range, whether the entered one lies outside.

    >>> one = Fact("future_liver_remnant_fraction", 0.35, 0.35)
    >>> [disagrees(one, Fact(one.name, value, value)) for value in (0.352, 0.31)]
    [False, True]
    """
    if not entered.known or entered.low is None or computed.low is None or computed.high is None:
        return False
    exponent = Decimal(f"{entered.low:g}").as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) else 0
    return (
        not round(computed.low, digits)
        <= entered.low
        <= (math.inf if math.isinf(computed.high) else round(computed.high, digits))
    )


def _remnant(value: Mapping[str, Any]) -> Iterator[Fact]:
    how = "results/remnant.json"
    by_formula = {row["formula"]: row["sflr_fraction"] for row in value["standard"]}
    growth = value["growth"] or {}
    for name, number, words in (
        ("future_liver_remnant_fraction", by_formula.get(STANDARD), f", standardised by {STANDARD}"),
        ("future_liver_remnant_mL_per_m2", value["per_surface_mL_per_m2"], ""),
        ("kinetic_growth_fraction_per_week", growth.get("kinetic_growth_fraction_per_week"), ""),
    ):
        if number is not None:
            yield between(name, number, number, how=how + words)


def _plan(value: Mapping[str, Any]) -> Iterator[Fact]:
    shunt = (value["mapping"]["lung_shunt"] or {}).get("fraction")
    if shunt is not None:
        yield between("lung_shunt_fraction", shunt, shunt, how="results/plan.json")
    names = ", ".join(page["name"] for page in value["candidates"])
    how = f"results/plan.json, activity proposed for {names}"
    doses = [_lung_Gy(page) for page in value["candidates"]]
    activities = [_to_lung_GBq(page) for page in value["candidates"]]
    yield from _span("expected_lung_dose_Gy", doses, how)
    yield from _span("expected_lung_activity_GBq", activities, how)
    earlier, known = value["earlier"]["lung_Gy"], [dose for dose in doses if dose is not None]
    if known and len(known) == len(doses) and earlier is not None:
        high = math.inf if value["earlier"]["lung_unknown"] else earlier + max(known)
        yield between(CUMULATIVE, earlier + min(known), high, how=f"{how}, with what was given before")


def _dose(value: Mapping[str, Any]) -> Iterator[Fact]:
    given = (value.get("lung") or {}).get("mean_Gy")
    if given is not None:
        yield between(CUMULATIVE, given, math.inf, how="results/dose.json, at least what was delivered")


READ = {"remnant": _remnant, "plan": _plan, "dose": _dose}


def _lung_Gy(page: Mapping[str, Any]) -> float | None:
    """Lung dose of the proposed activity; ``None`` where none is proposed."""
    method = next((row for row in page["methods"] if row["method"] == page["proposed_by"]), None)
    return None if method is None or method["activity_GBq"] is None else method["lung_Gy"]


def _to_lung_GBq(page: Mapping[str, Any]) -> float | None:
    parts = [(one["delivered_GBq"], one["lung_shunt_fraction"]) for one in page["injections"]]
    if not parts or any(None in part for part in parts):
        return None
    return float(sum(activity * shunt for activity, shunt in parts))


def _span(name: str, numbers: Sequence[float | None], how: str) -> Iterator[Fact]:
    """Nothing where one product gives none."""
    known = [number for number in numbers if number is not None]
    if known and len(known) == len(numbers):
        yield between(name, min(known), max(known), how=how)


def _narrowed(one: Fact, other: Fact) -> Fact:
    """What two bounds leave; where they exclude each other, the one that says more."""
    assert one.low is not None and one.high is not None and other.low is not None
    low = max(one.low, other.low)
    return replace(one, low=low, high=max(one.high, low), how=one.how if low == one.low else f"{one.how}; {other.how}")
