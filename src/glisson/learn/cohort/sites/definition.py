"""What is asked of every site: the definition of an analysis and, for Cox models, the coefficients of this round."""

from typing import Annotated, Any, Literal

from pydantic import Field, FiniteFloat, ValidationError, model_validator

from glisson.case.base import Noun
from glisson.errors import BadInput
from glisson.learn.cohort.interval import IntervalType
from glisson.learn.cohort.sites.seal import digest

FORMAT: Literal["glisson sites request 1"] = "glisson sites request 1"
Kind = Literal["curves", "cox", "table"]
LONGEST_LABEL = 200
Word = Annotated[str, Field(max_length=LONGEST_LABEL, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Definition(Noun):
    """One analysis over sites. Names of variables are those that all sites agreed on.

    Attributes:
        kind: "curves" (Kaplan-Meier, tests, cumulative incidence), "cox" or "table" (counts, means).
        asker: who asks; stands in every site's log.
        question: why; stands in every site's log.
        unit: of all times.
        time: variable: end of follow-up.
        event: variable: 0 censored; 1, 2, … causes.
        entry: variable: start of observation.
        group: variable: groups of curves, columns of a table.
        strata: variable: strata of tests and models.
        covariates: of Cox models.
        variables: of a table.
        complete: variables that a row must have to take part, so that several analyses use the same rows.
        happened: codes of ``event`` that are the event.
        missing: further words for "no value".
        by_site: every site is a stratum of tests and models.
        ties: of Cox models.
        times: at which survival is stated.
        interval: type of the intervals.
        confidence_fraction: of the intervals.
    """

    kind: Kind
    asker: Word
    question: Word = ""
    unit: Word = "months"
    time: Word = ""
    event: Word = ""
    entry: Word = ""
    group: Word = ""
    strata: Word = ""
    covariates: tuple[Word, ...] = ()
    variables: tuple[Word, ...] = ()
    complete: tuple[Word, ...] = ()
    happened: tuple[Word, ...] = ()
    missing: tuple[Word, ...] = ()
    by_site: bool = False
    ties: Literal["efron", "breslow"] = "efron"
    times: tuple[FiniteFloat, ...] = ()
    interval: IntervalType = "log-log"
    confidence_fraction: float = Field(0.95, gt=0, lt=1)

    @model_validator(mode="after")
    def _whole(self) -> "Definition":
        follows = self.kind != "table"
        needs = {
            "asker": True, "time": follows, "event": follows, "covariates": self.kind == "cox", "variables": self.kind == "table",
        }  # fmt: skip
        absent = [name for name, needed in needs.items() if needed and not getattr(self, name)]
        if absent:
            raise ValueError(f"{self.kind} needs {', '.join(absent)}")
        foreign = {
            "group": self.kind == "cox", "covariates": self.kind != "cox", "variables": self.kind != "table",
            "entry": not follows, "strata": not follows,
        }  # fmt: skip
        extra = [name for name, wrong in foreign.items() if wrong and getattr(self, name)]
        if extra:
            raise ValueError(f"{self.kind} has no {', '.join(extra)}")
        return self

    @property
    def named(self) -> tuple[str, ...]:
        """All variables that are asked for, each once."""
        one = (self.time, self.event, self.entry, self.group, self.strata)
        return tuple(dict.fromkeys(name for name in (*one, *self.covariates, *self.variables, *self.complete) if name))

    @property
    def endpoint(self) -> str:
        """What follow-up is watched for, in words that are the same for the same."""
        return f"{self.time} {self.event} {','.join(self.happened)}"

    @property
    def id(self) -> str:
        """Hash of what is asked; who asks and why take no part, so that the same question is known again."""
        return digest(self.model_dump(mode="json", exclude={"asker", "question", "times", "interval", "confidence_fraction"}))


class Term(Noun):
    """One coefficient: a number, or a level against the reference.

    Attributes:
        column: variable.
        level: of a variable of words; ``None`` for a number.
        reference: that the level is compared with.
        rows: in the level, over all sites.
        centre: mean over all sites; subtracted before anything is multiplied.
        spread: standard deviation over all sites.
    """

    column: str
    level: str | None = None
    reference: str | None = None
    rows: int | None = None
    centre: FiniteFloat
    spread: FiniteFloat

    @property
    def name(self) -> str:
        """As printed."""
        return self.column if self.level is None else f"{self.column}: {self.level} against {self.reference}"


class Round(Noun):
    """Where the search for a Cox model's maximum stands; nothing in it is about one site.

    Attributes:
        number: 1 at no effect; 0, without a ``Round``, describes the covariates.
        terms: coefficients in order.
        beta: at which sums are asked for.
        step: that led from the last accepted coefficients to ``beta``; empty in round 1.
        log_likelihood: at the last accepted coefficients.
        at_zero: log likelihood and score test at no effect.
        sites: that answered the first request; the same must answer every round.
        rows: that they used together.
        said: findings of earlier rounds, as pairs of code and text.
    """

    number: int = Field(ge=1)
    terms: tuple[Term, ...]
    beta: tuple[FiniteFloat, ...]
    step: tuple[FiniteFloat, ...] = ()
    log_likelihood: FiniteFloat | None = None
    at_zero: tuple[FiniteFloat, FiniteFloat] | None = None
    sites: tuple[str, ...]
    rows: int
    said: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> "Round":
        if len(self.beta) != len(self.terms) or len(self.step) not in (0, len(self.terms)):
            raise ValueError("as many coefficients as terms")
        return self


class Request(Noun):
    """A definition, and the round of a Cox model.

    Attributes:
        format: of the file.
        definition: what is asked.
        round: of a Cox model; ``None`` at the beginning.
    """

    format: Literal["glisson sites request 1"] = FORMAT
    definition: Definition
    round: Round | None = None

    def content(self) -> dict[str, Any]:
        """As JSON values."""
        return self.model_dump(mode="json")

    @property
    def id(self) -> str:
        """Hash of the whole request; an answer names it."""
        return digest(self.content())


def definition(**given: Any) -> Definition:
    """A definition from plain values.

    >>> definition(kind="curves", asker="lead", time="os", event="dead").named
    ('os', 'dead')

    Raises:
        BadInput: parts that are missing, unknown or of another kind of analysis.
    """
    try:
        return Definition(**given)
    except ValidationError as error:
        raise BadInput(f"the analysis cannot be asked: {_first(error)}", do="see glisson learn ask --help") from None


def request_from(content: dict[str, Any], what: str) -> Request:
    """A request from the content of its file.

    Raises:
        BadInput: it is no request that this program knows.
    """
    try:
        return Request.model_validate(content)
    except ValidationError as error:
        raise BadInput(f"{what} is no request: {_first(error)}", do="give the file of 'glisson learn ask' or 'pool'") from None


def _first(error: ValidationError) -> str:
    found = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    return f"{place + ': ' if place else ''}{found['msg'].removeprefix('Value error, ')}"
