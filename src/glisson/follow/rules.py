"""What a response criterion may be told: its thresholds, and a choice for each question that the standards leave open."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from glisson.errors import BadInput
from glisson.knowledge.response import options, parameter

Share = Annotated[float, Field(gt=0, le=100)]


def number(name: str) -> float:
    """A cited number of the response criteria."""
    return float(parameter(name).value)


def _earliest_days() -> float:
    return number("irecist-confirmation-from-days") - number("irecist-confirmation-variance-days")


class Thresholds(BaseModel):
    """Where PR and PD begin.

    Attributes:
        partial_response_fraction: decrease from the baseline, at least.
        progression_fraction: increase from the smallest sum, at least; the baseline counts among the sums.
        progression_amount: and at least this much more, in the unit of the sum; 0 for no bar.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    partial_response_fraction: Annotated[float, Field(gt=0, lt=1)]
    progression_fraction: Share
    progression_amount: Annotated[float, Field(ge=0)] = 0.0

    @classmethod
    def cited(cls, criterion: str, *, bar: bool = True) -> Self:
        """The published thresholds of ``recist11``, ``mrecist``, ``easl`` or ``volumetric``.

        >>> Thresholds.cited("recist11")
        Thresholds(partial_response_fraction=0.3, progression_fraction=0.2, progression_amount=5.0)
        """
        return cls(
            partial_response_fraction=number(f"{criterion}-partial-response"),
            progression_fraction=number(f"{criterion}-progression"),
            progression_amount=number(f"{criterion}-progression-mm") if bar else 0.0,
        )


class Rules(BaseModel):
    """Every choice of a run. Each field but the numbers is an entry of ``knowledge/response/options.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partial_response_holds: Literal["yes", "no"] = "yes"
    reappearing_lesion: Literal["by size", "progression after confirmed CR", "progression after CR", "progression"] = (
        "progression after confirmed CR"
    )
    regrown_node: Literal["by size", "as a lesion"] = "by size"
    partial_sum: Literal["proves progression", "not evaluable"] = "proves progression"
    complete_with_unevaluated: Literal["PR", "NE"] = "PR"
    after_progression: Literal["stays PD", "as read"] = "stays PD"
    split_lesion: Literal["sum of the parts", "largest part"] = "sum of the parts"
    merged_lesion: Literal["one diameter", "not evaluable"] = "one diameter"
    symptomatic_deterioration: Literal["not progression", "progression"] = "not progression"
    equivocal_new_lesion: Literal["dated when certain", "dated when first seen"] = "dated when certain"
    markers_unknown: Literal["complete", "not complete"] = "complete"
    stable_new_lesion: Literal["iUPD while present", "judged afresh"] = "iUPD while present"
    non_target_again: Literal["further increase", "no change"] = "further increase"

    recist: Thresholds = Field(default_factory=lambda: Thresholds.cited("recist11"))
    mrecist: Thresholds = Field(default_factory=lambda: Thresholds.cited("mrecist"))
    easl: Thresholds = Field(default_factory=lambda: Thresholds.cited("easl", bar=False))
    volumetric: Thresholds = Field(default_factory=lambda: Thresholds.cited("volumetric", bar=False))
    too_small_mm: Annotated[float, Field(ge=0, le=10)] = Field(default_factory=lambda: number("recist11-too-small-mm"))
    normal_node_mm: Annotated[float, Field(gt=0, le=20)] = Field(default_factory=lambda: number("recist11-normal-node-mm"))
    further_growth_mm: Annotated[float, Field(ge=0)] = Field(default_factory=lambda: number("irecist-further-growth-mm"))
    confirmation_from_days: Annotated[float, Field(ge=0)] = Field(default_factory=_earliest_days)
    confirmation_to_days: Annotated[float, Field(ge=0)] = Field(default_factory=lambda: number("irecist-confirmation-to-days"))

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.confirmation_to_days < self.confirmation_from_days:
            raise ValueError("confirmation_to_days lies before confirmation_from_days")
        return self

    def chosen(self) -> list[dict[str, Any]]:
        """Each open question with the choice made, whether it is the default, what it means and the source; to be printed.

        >>> Rules().chosen()[0]["choice"], Rules().chosen()[0]["default"]
        ('yes', True)
        """
        return [
            {
                "option": option.id,
                "question": option.holds_for,
                "choice": (choice := str(getattr(self, option.id))),
                "default": choice == option.value,
                "meaning": option.choices[choice],
                "source": option.source,
                "place": option.place,
            }
            for option in options().values()
        ]


def rules_from(choices: dict[str, str]) -> Rules:
    """Rules with some options chosen by their names and words, as from a command line.

    >>> rules_from({"reappearing_lesion": "by size"}).reappearing_lesion
    'by size'

    Raises:
        BadInput: no option of that name, or no such choice.
    """
    known = options()
    for name, choice in choices.items():
        if name not in known:
            raise BadInput(f"no option '{name}'", allowed=", ".join(known))
        if choice not in known[name].choices:
            raise BadInput(f"option {name}: no choice '{choice}'", allowed="; ".join(known[name].choices))
    return Rules.model_validate(choices)
