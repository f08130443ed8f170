"""Regimens with the dose of every drug, and what genotype and bilirubin mean for the first dose; each with its source."""

import re
from functools import cache
from typing import Literal

from pydantic import Field, model_validator

from glisson.errors import BadInput
from glisson.knowledge.load import read_entries
from glisson.knowledge.schema import Cited, Strict

UNITS = ("mg/m2", "mg/kg", "mg")


class DrugDose(Strict):
    """One drug of a regimen.

    Attributes:
        days: of the cycle on which it is given; 1 is its first day.
        how: "bolus", "infusion"; by mouth or vein where nothing is said.
        hours: of the infusion.
        times_a_day: doses on each day; ``dose`` is one of them.
        dose: ``None``: no source here states it.
        first: of the first cycle, where it differs.
    """

    drug: str
    days: tuple[int, ...]
    how: str = ""
    hours: float | None = None
    times_a_day: int = Field(default=1, ge=1, le=4)
    dose: Cited | None = None
    first: Cited | None = None

    @model_validator(mode="after")
    def _known_unit(self) -> "DrugDose":
        for cited in (self.dose, self.first):
            if cited is not None and cited.unit not in UNITS:
                raise ValueError(f"unit '{cited.unit}' is none of {', '.join(UNITS)}")
        return self


class Regimen(Strict):
    """A regimen.

    Attributes:
        cycle_days: from one cycle to the next; ``None``: no source here states it.
        setting: line and biomarkers, in the words of the source.
        way: into which vessel.
    """

    id: str
    name: str
    cycle_days: int | None = Field(default=None, ge=1, le=84)
    setting: str
    way: Literal["systemic", "hepatic artery"] = "systemic"
    premedication: str = ""
    doses: tuple[DrugDose, ...]

    @model_validator(mode="after")
    def _days_within(self) -> "Regimen":
        if self.cycle_days is not None and any(max(dose.days) > self.cycle_days for dose in self.doses):
            raise ValueError("a day beyond the cycle")
        return self


class Modification(Strict):
    """What one source says of the first dose for a genotype, an activity score or a bilirubin.

    Attributes:
        gene: "DPYD", "UGT1A1" or "bilirubin".
        drugs: to which it applies.
        scores: activity score from and to.
        answers: phenotypes, as a case names them.
        uln: bilirubin over its upper limit of normal: above the first, up to the second.
        dose: the claim; ``advice`` in words.
    """

    id: str
    gene: str
    by: str
    drugs: tuple[str, ...]
    scores: tuple[float, float] | None = None
    answers: tuple[str, ...] = ()
    uln: tuple[float, float] | None = None
    advice: str
    dose: Cited


@cache
def regimens() -> dict[str, Regimen]:
    """Every regimen by id."""
    return {entry.id: entry for entry in read_entries("regimens/regimens.yaml", Regimen)}


def regimen(name: str) -> Regimen:
    """The regimen of that id or name; letters, digits and case aside.

    >>> regimen("FOLFIRI").cycle_days, regimen("XELOX").id
    (14, 'capox')

    Raises:
        BadInput: unknown; the message lists the ids.
    """
    wanted = _plain(name)
    for entry in regimens().values():
        if wanted in {_plain(entry.id), *(_plain(part) for part in re.split(r"[()]", entry.name)), _plain(entry.name)} - {""}:
            return entry
    raise BadInput(
        f"unknown regimen '{name}'", allowed=", ".join(regimens()), do="name one of them in 'regimen' of the treatment"
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def modifications() -> tuple[Modification, ...]:
    """Every statement on the first dose; those on phenotypes as scores are left out."""
    return tuple(entry for entry in read_entries("regimens/modifications.yaml", Modification) if entry.drugs)


@cache
def dpyd_scores() -> dict[str, tuple[float, float]]:
    """Activity scores that each phenotype of a case may have.

    >>> dpyd_scores()["intermediate"]
    (1.0, 1.5)
    """
    entry = next(e for e in read_entries("regimens/modifications.yaml", Modification) if e.id == "dpyd-phenotypes")
    normal, low, high, poor, poor_high = (float(v) for v in entry.dose.value)
    return {"normal": (normal, normal), "intermediate": (low, high), "poor": (poor, poor_high)}
