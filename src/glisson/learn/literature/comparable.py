"""May two figures stand side by side? Yes, no, or cannot say, each with its reasons. Nothing here ranks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from glisson.errors import OutOfScope
from glisson.knowledge.trials import NOT_STATED
from glisson.learn.literature.figure import FOLLOW_UP, LIVER, Figure

Answer = Literal["yes", "no", "cannot say"]
LINES = {
    "1": {"1"}, "2": {"2"}, "2+": {"2", "3+"}, "3+": {"3+"}, "pretreated": {"2", "3+"}, "refractory": {"2", "3+"},
    "mixed": {"1", "2", "3+"}, "adjuvant": {"adjuvant"}, "local": {"local"},
}  # fmt: skip
"""Which lines of therapy the printed word may hold."""
ONE_KIND = ("1", "2", "3+", "adjuvant", "local")
"""Words that, printed twice, mean one line."""
UNTIMED = ("response", "local control")
"""Families that count from no day."""


@dataclass(frozen=True)
class Comparison:
    """Whether two figures may stand side by side.

    Attributes:
        answer: "yes", "no" or "cannot say".
        against: why not.
        unknown: what is not stated and would decide.
        cautions: to be read with both.
    """

    answer: Answer
    against: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    cautions: tuple[str, ...] = ()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that speaks against, then everything that is not known."""
        return (*self.against, *self.unknown)


def comparable(a: Figure, b: Figure) -> Comparison:
    """Whether ``a`` and ``b`` measure one thing, in patients of one kind, from one day, and in different people.

    >>> from glisson.learn.literature.figure import figure
    >>> found = comparable(figure("epoch-arm-hepatic-pfs"), figure("sirflox-arm-liver-pfs-competing-risk"))
    >>> found.answer
    'no'
    >>> found.against[0]
    'hepatic PFS of two types: death an event, and death competing'
    """
    against: list[str] = []
    unknown: list[str] = []
    for verdict, words in _checks(a, b):
        (against if verdict == "no" else unknown).append(words)
    answer: Answer = "no" if against else "cannot say" if unknown else "yes"
    cautions = tuple(dict.fromkeys(f"{one.study}: {one.caution}" for one in (a, b) if one.caution))
    return Comparison(answer, tuple(against), tuple(unknown), cautions)


def require_poolable(figures: Sequence[Figure]) -> tuple[str, ...]:
    """Refuses figures of which any two differ for a known reason; returns what is not stated and was taken to be the same.

    Raises:
        OutOfScope: two that may not be pooled; the first reasons are named.
    """
    unknown: dict[str, None] = {}
    for first, a in enumerate(figures):
        for b in figures[first + 1 :]:
            found = comparable(a, b)
            if found.answer == "no":
                raise OutOfScope(
                    f"{a.id} and {b.id} cannot be pooled: {'; '.join(found.against)}",
                    do="pool figures of one endpoint, one definition, one origin and one line, each patient once",
                )
            unknown |= dict.fromkeys(f"{a.study} and {b.study}: {words}" for words in found.unknown)
    return tuple(unknown)


Check = Iterator[tuple[Literal["no", "unknown"], str]]


def _checks(a: Figure, b: Figure) -> Check:
    yield from _quantity(a, b)
    yield from _origin(a, b)
    yield from _line(a, b)
    if a.disease != b.disease:
        yield "no", f"two diseases: {a.disease}, and {b.disease}"
    yield from _patients(a, b)


def _quantity(a: Figure, b: Figure) -> Check:
    if FOLLOW_UP in (a.family, b.family):
        yield "no", "a length of follow-up is no outcome"
    elif a.family == b.family == NOT_STATED:
        yield "unknown", f"what '{a.endpoint}' and '{b.endpoint}' mean"
    elif a.family != b.family:
        yield "no", f"two endpoints: {a.family}, and {b.family}"
    elif a.family == LIVER and a.liver_type != b.liver_type and a.liver_type and b.liver_type:
        yield "no", f"hepatic PFS of two types: {a.liver_type}, and {b.liver_type}"
    elif a.family == LIVER and not (a.liver_type and b.liver_type):
        silent = " and ".join(dict.fromkeys(one.study for one in (a, b) if not one.liver_type))
        yield "unknown", f"whether a death without liver progression is an event, competes or is censored ({silent})"
    if a.unit != b.unit:
        yield "no", f"two units: {a.unit}, and {b.unit}"


def _origin(a: Figure, b: Figure) -> Check:
    if a.family.startswith(UNTIMED) or b.family.startswith(UNTIMED) or (a.study == b.study and a.origin == b.origin):
        return
    if NOT_STATED in (a.origin, b.origin):
        silent = " and ".join(dict.fromkeys(one.study for one in (a, b) if one.origin == NOT_STATED))
        yield "unknown", f"the day from which time counts ({silent})"
    elif a.origin != b.origin:
        yield "no", f"time counts from two days: {a.origin}, and {b.origin}"


def _line(a: Figure, b: Figure) -> Check:
    lines = [LINES.get(one.line, {"1", "2", "3+"}) for one in (a, b)]
    if not lines[0] & lines[1]:
        yield "no", f"two lines of therapy: {a.line}, and {b.line}"
    elif a.study == b.study and a.line == b.line:
        return
    elif a.line != b.line or a.line not in ONE_KIND:
        yield "unknown", f"which lines of therapy are in '{a.line}' and '{b.line}', and in what shares"


def _patients(a: Figure, b: Figure) -> Check:
    if a.study == b.study:
        if a.arm == b.arm and a.population == b.population:
            yield "no", "the same patients twice"
        elif a.population != b.population:
            yield "unknown", "parts of one study: the same patients may be in both"
        elif not a.randomised:
            yield "unknown", "the arms of this study were not randomised"
    elif shared := sorted(set(a.patients) & set(b.patients)):
        yield "no", f"the same patients twice: both hold those of {', '.join(shared)}"
