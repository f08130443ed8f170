"""Radiobiological parameter sets and published dose-response curves, each with its source; several per tissue, to show the spread."""

from functools import cache
from typing import Literal

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.load import read_entries
from glisson.knowledge.products import DeviceClass
from glisson.knowledge.schema import Cited, Strict

TissueName = Literal["normal liver", "tumour", "lung"]
Metric = Literal["mean absorbed dose", "mean BED", "EUD of the authors"]
Form = Literal["logit", "probit", "poisson"]
Kind = Literal["TCP", "NTCP"]


class Tissue(Strict):
    """One linear-quadratic parameter set.

    Attributes:
        default: the set that is used when none is named; exactly one per tissue.
        alpha_beta_Gy: ratio of the linear to the quadratic coefficient.
        repair_half_time_h: of sublethal damage; ``None``: the source states none.
        alpha_per_Gy: linear coefficient; ``None``: the source states none.
    """

    id: str
    tissue: TissueName
    default: bool = False
    alpha_beta_Gy: Cited
    repair_half_time_h: Cited | None = None
    alpha_per_Gy: Cited | None = None


class Exponent(Cited):
    """The exponent a of the generalised equivalent uniform dose, for one tissue."""

    id: TissueName


class ResponseCurve(Strict):
    """A published dose-response curve, as far as its source states it.

    Attributes:
        endpoint: what was observed.
        device_classes: the microspheres it was fitted on; it holds for no other.
        diseases: the diseases it holds for; empty: primary and metastatic liver tumours in one fit.
        population: who was observed.
        metric: the dose it is a function of.
        volume: what that dose is the dose of.
        d50_Gy: dose of 50 % probability.
        gamma50: slope there, d probability / d ln(dose); ``None``: the source that was read states none.
    """

    id: str
    kind: Kind
    endpoint: str
    device_classes: tuple[DeviceClass, ...]
    nuclides: tuple[str, ...]
    diseases: tuple[str, ...]
    population: str
    metric: Metric
    volume: Literal["lesion", "normal liver"]
    form: Form
    d50_Gy: Cited
    gamma50: Cited | None = None


@cache
def tissues() -> dict[str, Tissue]:
    """Every parameter set by id.

    Raises:
        BadKnowledge: a tissue with no default, or with two.
    """
    entries = read_entries("radiobiology/tissues.yaml", Tissue)
    for name in {entry.tissue for entry in entries}:
        if sum(entry.default for entry in entries if entry.tissue == name) != 1:
            raise BadKnowledge(f"tissue '{name}' needs exactly one default parameter set")
    return {entry.id: entry for entry in entries}


def tissue_sets(tissue: TissueName) -> tuple[Tissue, ...]:
    """All sets of a tissue, the default first.

    >>> [entry.alpha_beta_Gy.value for entry in tissue_sets("normal liver")]
    [2.5, 2.75, 8.0]
    """
    found = sorted((entry for entry in tissues().values() if entry.tissue == tissue), key=lambda entry: not entry.default)
    if not found:
        raise BadInput(f"no radiobiological parameters for '{tissue}'", allowed="normal liver, tumour, lung")
    return tuple(found)


@cache
def response_curves() -> dict[str, ResponseCurve]:
    """Every dose-response curve by id."""
    return {entry.id: entry for entry in read_entries("radiobiology/responses.yaml", ResponseCurve)}


def response_curve(name: str) -> ResponseCurve:
    """One curve.

    Raises:
        BadInput: unknown name; the message lists the known ones.
    """
    if name not in response_curves():
        raise BadInput(f"unknown dose-response curve '{name}'", allowed=", ".join(response_curves()))
    return response_curves()[name]


@cache
def geud_exponent(tissue: TissueName) -> Exponent:
    """Exponent a of the gEUD of a tissue.

    >>> geud_exponent("tumour").value
    -10.0
    """
    for entry in read_entries("radiobiology/geud.yaml", Exponent):
        if entry.id == tissue:
            return entry
    raise BadInput(f"no gEUD exponent for '{tissue}'", allowed="tumour, normal liver, lung")
