"""A figure that can stand beside another: what it measures, in whom, from which day. Published, or our own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from glisson.errors import BadInput
from glisson.knowledge.trials import NOT_STATED, LiverType, PublishedArm, endpoint_words, published_arms, studies

FOLLOW_UP = "follow-up"
LIVER = "liver progression"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of one group of patients, with what must be the same before two are set side by side.

    Attributes:
        id: of the published arm, or a name of our own.
        study: trial, series or registry.
        arm: what was given.
        population: in words.
        disease: of the patients.
        line: of systemic therapy: "1", "2", "2+", "3+", "refractory", "pretreated", "mixed", "adjuvant", "local".
        endpoint: as printed.
        definition: of the endpoint, in words.
        family: what kind of quantity the endpoint is.
        liver_type: what a death without liver progression is; ``None`` where that is not stated or has no meaning.
        origin: the day from which time counts, or "not stated".
        unit: "months", "fraction" or "hazard ratio".
        value: in that unit; ``None`` where only a ratio is printed.
        low, high: of the 95 % interval; ``None`` where not printed or not reached.
        ratio: hazard ratio against the comparator with its interval.
        n: patients.
        year: of the report.
        patients: names of the cohorts inside; two figures that share one count the same patients.
        randomised: whether the arms of the study were.
        source: id of the source; ``place`` in it; ``evidence``: how it is known.
        caution: to be read before it is quoted.
    """

    id: str
    study: str
    arm: str
    population: str
    disease: str
    line: str
    endpoint: str
    definition: str
    family: str
    liver_type: LiverType | None = None
    origin: str = NOT_STATED
    unit: str
    value: float | None
    low: float | None = None
    high: float | None = None
    ratio: tuple[float, float | None, float | None] | None = None
    n: int | None = None
    year: int | None = None
    patients: tuple[str, ...] = ()
    randomised: bool = False
    source: str = ""
    place: str = ""
    evidence: str = ""
    caution: str = ""


def figure_of(arm: PublishedArm) -> Figure:
    """The published arm with what its study and the name of its endpoint say."""
    words = endpoint_words()[arm.endpoint]
    study = studies().get(arm.study)
    low, high = arm.interval or (None, None)
    liver_type = study.liver_types.get(arm.endpoint) if study else None
    stated = words.origin or (str(study.value) if study else NOT_STATED)
    return Figure(
        id=arm.id,
        study=arm.study,
        arm=arm.arm,
        population=arm.holds_for,
        disease=arm.disease,
        line=arm.line,
        endpoint=arm.endpoint,
        definition=f"progression in the liver, {liver_type}" if liver_type else str(words.value),
        family=words.family,
        liver_type=liver_type or words.liver_type,
        origin=stated,
        unit=arm.unit,
        value=arm.value,
        low=low,
        high=high,
        ratio=arm.ratio,
        n=arm.n,
        year=arm.year,
        patients=study.patients if study else (arm.study,),
        randomised=bool(study and study.randomised),
        source=arm.source,
        place=arm.place,
        evidence=arm.evidence.value,
        caution="; ".join(part for part in (study.caution if study else "", arm.note or "") if part),
    )


@cache
def library() -> tuple[Figure, ...]:
    """Every published figure, in the order of studies.

    >>> epoch = [one for one in library() if one.study == "EPOCH" and one.endpoint == "hepatic_PFS"]
    >>> epoch[0].ratio, epoch[0].liver_type, epoch[0].origin
    ((0.59, 0.46, 0.77), 'death an event', 'randomisation')
    """
    return tuple(figure_of(arm) for arm in published_arms())


def figure(name: str) -> Figure:
    """The published figure of that id.

    Raises:
        BadInput: none of that id.
    """
    for one in library():
        if one.id == name:
            return one
    raise BadInput(f"no published figure '{name}'", do="glisson learn arms lists them")


def figures(*, study: str = "", family: str = "", line: str = "", disease: str = "", containing: str = "") -> tuple[Figure, ...]:
    """Figures whose words match every word given; "" matches all.

    Args:
        study: part of the study's name.
        family: part of the family or of the printed endpoint.
        line: exactly as printed.
        disease: part of the disease.
        containing: part of the arm or of the population.
    """

    def fits(one: Figure) -> Iterator[bool]:
        yield study.lower() in one.study.lower()
        yield family.lower() in one.family.lower() or family.lower() in one.endpoint.lower()
        yield line in ("", one.line)
        yield disease.lower() in one.disease.lower()
        yield containing.lower() in f"{one.arm} {one.population}".lower()

    return tuple(one for one in library() if all(fits(one)))
