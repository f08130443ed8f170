"""What happened: decisions that people made, and turns in the patient's course."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from glisson.case.base import Entry, Identifier, Moment

Intention = Literal["salvage", "intensification", "consolidation", "first-line", "combination with ablation, curative intent"]
"""Why irinotecan-TACE is given, in the five classes of CIREL (knowledge/registry)."""


class Event(Entry):
    """One event.

    Attributes:
        kind: what happened.
        by: who entered or signed it.
        result: hash of the Result it refers to (a signed plan).
        term: CTCAE term of an adverse event.
        grade: 1 to 5, by the version ``ctcae``.
        ctcae: version of the criteria.
        end: when an adverse event was over.
        relation: to what it is thought to be related.
        serious: death, danger to life, hospital stay, lasting harm.
        treatment, session: to which it belongs.
        where: of a progression.
        called_by: how a progression was called.
        cause: of death.
        intention: of a decision for irinotecan-TACE.
        scope: of a withdrawal of consent.
        option: of a decision, id of what was chosen, as ``glisson weigh`` names it.
        reasons: of a decision, each in a sentence; ``dissent``: of those who did not agree.
    """

    kind: Literal[
        "decision", "plan-signed", "death", "last-contact", "adverse-event", "progression", "diagnosis", "consent",
        "withdrawal", "lost-to-follow-up", "visit-not-done",
    ]  # fmt: skip
    by: str | None = None
    result: str | None = None
    text: str | None = None
    term: str | None = None
    grade: Annotated[int, Field(ge=1, le=5)] | None = None
    ctcae: Literal["4.03", "5", "6"] | None = None
    end: Moment | None = None
    relation: tuple[Literal["device", "drug", "procedure", "disease", "other", "none"], ...] = ()
    serious: bool | None = None
    treatment: Identifier | None = None
    session: Identifier | None = None
    visit: Identifier | None = None
    where: Literal["liver", "extrahepatic", "both"] | None = None
    called_by: Literal["imaging", "clinical"] | None = None
    cause: Literal["cancer", "treatment", "other", "unknown"] | None = None
    intention: Intention | None = None
    scope: Literal["no further contact", "no further data", "erase"] | None = None
    option: Identifier | None = None
    reasons: tuple[str, ...] = ()
    dissent: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Self:
        if self.kind == "adverse-event" and (self.term is None or (self.grade is None) != (self.ctcae is None)):
            raise ValueError("an adverse event needs its 'term', and with a 'grade' the version 'ctcae' by which it was graded")
        if self.kind == "progression" and self.where is None:
            raise ValueError("a progression needs 'where': liver, extrahepatic or both")
        if self.kind != "decision" and (self.option is not None or self.reasons or self.dissent):
            raise ValueError("only a decision has an 'option', 'reasons' or 'dissent'")
        if self.kind != "adverse-event" and self.grade is not None:
            raise ValueError("only an adverse event has a 'grade'")
        return self
