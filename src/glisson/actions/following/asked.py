"""What is asked of ``follow``: criteria, reader, options of the criteria, time origin."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast, get_args

from glisson.errors import BadInput
from glisson.follow.course import ORIGIN_NAMES
from glisson.follow.criteria import BY_NAME, criterion
from glisson.follow.endpoints import EndpointRules, Progression
from glisson.follow.rules import Rules, rules_from
from glisson.knowledge.toxicity import Version

PROGRESSION: tuple[str, ...] = get_args(Progression)
VERSIONS: tuple[str, ...] = get_args(Version)


@dataclass(frozen=True)
class Asked:
    """The question.

    Attributes:
        criteria: names of the command line, the one that decides progression first.
        reader: whose calls decide endpoints and figures; ``None``: the only one, or the investigator.
        choices: options of the criteria by name.
        origin: the day from which endpoints count.
        cut_off: last day of data.
        progression: "computed" by the first criterion, "called" by a person, or "either".
        ctcae: version by which laboratory values are graded.
    """

    criteria: tuple[str, ...] = ("recist11", "recist11-liver")
    reader: str | None = None
    choices: Mapping[str, str] = field(default_factory=dict)
    origin: str = "first session"
    cut_off: date | None = None
    progression: str = "computed"
    ctcae: str = "5"

    def __post_init__(self) -> None:
        for name in self.criteria:
            criterion(name)
        if not self.criteria or len(set(self.criteria)) < len(self.criteria):
            raise BadInput("criteria: none, or one twice", allowed=", ".join(BY_NAME))
        if self.origin not in ORIGIN_NAMES:
            raise BadInput(f"no time origin '{self.origin}'", allowed=", ".join(ORIGIN_NAMES))
        if self.progression not in PROGRESSION:
            raise BadInput(f"progression '{self.progression}'", allowed=", ".join(PROGRESSION))
        if self.ctcae not in VERSIONS:
            raise BadInput(f"no version '{self.ctcae}' of the CTCAE", allowed=", ".join(VERSIONS))
        rules_from(dict(self.choices))

    @property
    def rules(self) -> Rules:
        """The options of the criteria."""
        return rules_from(dict(self.choices))

    @property
    def endpoint_rules(self) -> EndpointRules:
        """The options of the endpoints."""
        return EndpointRules(origin=self.origin, cut_off=self.cut_off, progression=cast("Progression", self.progression))

    @property
    def version(self) -> Version:
        """Of the CTCAE."""
        return cast("Version", self.ctcae)

    def parameters(self) -> dict[str, Any]:
        """As stamped on a result."""
        return {
            "criteria": list(self.criteria),
            "reader": self.reader or "not named",
            "options": dict(self.choices),
            "origin": self.origin,
            "cut_off": self.cut_off.isoformat() if self.cut_off else "none",
            "progression": self.progression,
            "ctcae": self.ctcae,
        }
