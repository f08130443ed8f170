"""The rules of a site: what may leave, how coarse, how often. The site owns them; a request cannot change them."""

from typing import Any

from pydantic import Field, FiniteFloat, ValidationError, field_validator

from glisson.case.base import Noun
from glisson.errors import BadInput

SMALLEST_CELL = 5
COARSE = 1.0


class Rules(Noun):
    """What a site lets out.

    Attributes:
        site: name under which its answers go out.
        patient: column that tells patients apart; it never leaves and its values are only kept as keyed hashes in the site's log.
        allow: variables that may be asked for, by agreed name, with the site's own column.
        askers: who may ask; empty: anyone.
        unit: of all times in the table.
        min_cell: no number that leaves rests on fewer rows than this, but none at all.
        time_width: times leave in intervals of this width; 0: exact times, where ``min_cell`` allows them.
        covariates_at_most: coefficients in one model.
        rounds_at_most: answers to one Cox model.
        analyses_at_most: different analyses that the log may ever hold.
        largest_share: of a sum or of a risk set that one patient may make up.
        numbers_per_value: numbers that leave in all rounds of a Cox model, for each value behind them; ``None``: no limit.
        risk_sets: whether sums at single event times may leave, which a Cox model with one baseline for all sites needs.
    """

    site: str = Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")
    patient: str = Field(min_length=1)
    allow: dict[str, str]
    askers: tuple[str, ...] = ()
    unit: str = "months"
    min_cell: int = Field(SMALLEST_CELL, ge=1)
    time_width: FiniteFloat = Field(COARSE, ge=0)
    covariates_at_most: int = Field(8, ge=1)
    rounds_at_most: int = Field(15, ge=2)
    analyses_at_most: int = Field(20, ge=1)
    largest_share: float = Field(0.5, gt=0, le=1)
    numbers_per_value: FiniteFloat | None = Field(1.0, gt=0)
    risk_sets: bool = False

    @field_validator("allow", mode="before")
    @classmethod
    def _listed(cls, given: Any) -> Any:
        """A plain list allows columns under their own names."""
        return {name: name for name in given} if isinstance(given, list | tuple) else given


def rules_from(content: Any, what: str) -> Rules:
    """Rules from the content of their file.

    >>> rules_from({"site": "A", "patient": "id", "allow": ["os", "dead"]}, "rules").min_cell
    5

    Raises:
        BadInput: a rule that is missing, unknown or out of range.
    """
    try:
        return Rules.model_validate(content)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in found["loc"])
        raise BadInput(f"{what}: {place}: {found['msg']}", do="see 'glisson learn rules' for a file to start from") from None


MEANING: dict[str, tuple[str, ...]] = {
    "site": ("Name under which answers go out.",),
    "patient": ("Column that tells patients apart: one row each. It never leaves; the log keeps keyed hashes of it.",),
    "allow": (
        "Variables that may be asked for: agreed name, and the column of this site's table.",
        "Leave out dates, names, postcodes and whatever only one patient can have.",
    ),
    "askers": ("Who may ask; empty: anyone. A name is not proof: know where a request comes from.",),
    "unit": ("Unit of all times in the table.",),
    "min_cell": ("No number that leaves rests on fewer rows than this.",),
    "time_width": (
        "Times leave in intervals of this width, wider where a cell would be small; 0: exact, where min_cell allows.",
    ),
    "covariates_at_most": ("Coefficients in one Cox model.",),
    "rounds_at_most": ("Answers to one Cox model; about seven are needed.",),
    "analyses_at_most": ("Different analyses that this log may ever hold.",),
    "largest_share": ("Of a sum or a risk, at most this share may be one patient's.",),
    "numbers_per_value": (
        "Of Cox models with a covariate in common, at most so many numbers leave for each value behind them; null: no limit.",
    ),
    "risk_sets": ("Whether sums at single times may leave, for a Cox model with one baseline for all sites.",),
}
"""What each rule means, for the people at the site."""
