"""The analysis protocol: what is asked of a registry, stated before anybody looks at the outcome. Unknown keys are refused."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from glisson.case import Treatment
from glisson.follow.endpoints import Clinical, DeathCensored, NewTherapy, Progression
from glisson.knowledge.toxicity import Version

KINDS: tuple[str, ...] = get_args(Treatment.model_fields["kind"].annotation)


class Strict(BaseModel):
    """Frozen; unknown keys and numbers without end are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, allow_inf_nan=False)


def _several(value: Any) -> Any:
    return (value,) if isinstance(value, str | int | float | bool) else value


Words = Annotated[tuple[str, ...], BeforeValidator(_several)]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
OwnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Condition(Strict):
    """What a patient's variable has to be: one of some words, or within bounds.

    ``unknown`` says what becomes of a patient whose value is missing: "kept" or "left out".
    """

    variable: str
    among: Words = Field((), alias="is")
    at_least: float | None = None
    at_most: float | None = None
    unknown: Literal["kept", "left out"] = "left out"

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        bounded = self.at_least is not None or self.at_most is not None
        if bounded == bool(self.among):
            raise ValueError("a condition says either 'is', or 'at_least' and 'at_most'")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nothing is at least {self.at_least:g} and at most {self.at_most:g}")
        return self


class Criterion(Strict):
    """One criterion of the population. ``reason``: printed in the flow diagram for those it leaves out."""

    keep: Condition
    reason: str


class NewVariable(Strict):
    """A variable made from another: cut into classes, or words put together.

    ``cuts``: [65] makes "< 65" and "≥ 65". ``groups``: word to class; a word that is not named is missing.
    """

    name: OwnName
    source: str = Field(alias="from")
    label: str = ""
    cuts: tuple[float, ...] = ()
    groups: dict[str, str] = Field(default_factory=dict)
    labels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if bool(self.cuts) == bool(self.groups):
            raise ValueError(f"{self.name}: say either 'cuts' or 'groups'")
        if list(self.cuts) != sorted(set(self.cuts)):
            raise ValueError(f"{self.name}: cuts have to rise")
        if self.labels and len(self.labels) != len(self.cuts) + 1:
            raise ValueError(f"{self.name}: {len(self.cuts)} cuts make {len(self.cuts) + 1} classes, {len(self.labels)} labels")
        return self


class MissedVisitsAsked(Strict):
    """An event after so many missed visits is not counted."""

    interval_days: int = Field(ge=1)
    missed: int = Field(2, ge=1)
    tolerance_days: int = Field(14, ge=0)


class Endpoint(Strict):
    """A time to event, with every choice that its definition leaves open.

    ``name``: as in the library of endpoints ("OS", "hepatic PFS (death censored)"); a name with several meanings is refused.
    ``competing``: further definitions of the same idea, shown side by side.
    """

    id: Identifier
    name: str
    progression: Progression = "computed"
    clinical_progression: Clinical = "ignored"
    new_therapy: NewTherapy = "ignored"
    missed_visits: MissedVisitsAsked | None = None
    deaths_censored: DeathCensored = "at death"
    origin: str | None = None
    entry: str | None = None
    competing: tuple[str, ...] = ()
    restricted_mean_months: float | None = Field(None, gt=0)
    landmark_months: tuple[Annotated[float, Field(gt=0)], ...] = ()


class WindowAsked(Strict):
    """A window of assessment, months from the first session."""

    name: str
    from_months: float = Field(ge=0)
    to_months: float = Field(gt=0)

    @model_validator(mode="after")
    def _forwards(self) -> Self:
        if self.to_months <= self.from_months:
            raise ValueError(f"window {self.name} ends at {self.to_months:g} months, before it begins ({self.from_months:g})")
        return self


class Windows(Strict):
    """Which scan stands for which visit."""

    windows: tuple[WindowAsked, ...] = Field(min_length=1)
    several: Literal["nearest to centre", "first", "last", "best", "worst"] = "nearest to centre"
    before_new_therapy: bool = False
    deaths: Literal["not assessed", "progression"] = "not assessed"
    carry_progression: bool = False

    @model_validator(mode="after")
    def _apart(self) -> Self:
        order = sorted(self.windows, key=lambda window: window.from_months)
        for before, after in pairwise(order):
            if after.from_months <= before.to_months:
                raise ValueError(f"windows {before.name} and {after.name} share time; a scan would stand for both")
        if len({window.name for window in order}) != len(order):
            raise ValueError("two windows of one name")
        return self


class Model(Strict):
    """A regression: every covariate alone, then all together.

    ``centre``: what is done about patients of one centre being alike. ``splines``: number of knots for a covariate.
    ``interactions``: pairs of covariates.
    """

    id: Identifier
    endpoint: Identifier
    covariates: tuple[str, ...] = Field(min_length=1)
    kind: Literal["cox", "fine-gray"] = "cox"
    references: dict[str, str] = Field(default_factory=dict)
    strata: str | None = None
    centre: Literal["nothing", "clustered variance", "strata", "frailty"] = "clustered variance"
    ties: Literal["efron", "breslow"] = "efron"
    splines: dict[str, Annotated[int, Field(ge=3, le=7)]] = Field(default_factory=dict)
    interactions: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _within(self) -> Self:
        for name in (*self.splines, *self.references, *(one for pair in self.interactions for one in pair)):
            if name not in self.covariates:
                raise ValueError(f"{self.id}: '{name}' is not among the covariates")
        return self


class Weighting(Strict):
    """Inverse probability of treatment weighting of two groups. ``arms``: short names of the others and of the exposed."""

    endpoint: Identifier
    exposure: Condition
    label: str
    arms: tuple[str, str] | None = None
    covariates: tuple[str, ...] = Field(min_length=1)
    estimand: Literal["ATE", "ATT"] = "ATE"
    truncate_fraction: float = Field(0.01, ge=0, lt=0.5)


class Subgroups(Strict):
    """A subgroup forest of one binary exposure. ``arms``: short names of the others and of the exposed."""

    endpoint: Identifier
    exposure: Condition
    label: str
    arms: tuple[str, str] | None = None
    by: tuple[str, ...] = Field(min_length=1)


class DoseResponse(Strict):
    """Tumour absorbed dose against response and survival, where doses are on record."""

    window: str | None = None
    endpoint: Identifier | None = None
    response: tuple[Literal["CR", "PR", "SD"], ...] = ("CR", "PR")


class Missing(Strict):
    """What is done about missing covariates."""

    strategy: Literal["complete cases", "multiple imputation"] = "complete cases"
    imputations: int = Field(20, ge=2, le=200)
    iterations: int = Field(10, ge=1, le=100)
    seed: int = Field(1, ge=0)


class Multiplicity(Strict):
    """What is done about many tests. ``family``: ids of models, "log-rank" or "subgroups"."""

    method: Literal["none", "bonferroni", "holm", "benjamini-hochberg"] = "none"
    family: tuple[str, ...] = ()
    statement: str = "P values are descriptive; none was adjusted for the number of comparisons."


class NextStudy(Strict):
    """What the next study should be able to see."""

    hazard_ratio: float = Field(gt=0)
    power_fraction: float = Field(0.8, gt=0, lt=1)
    alpha_fraction: float = Field(0.05, gt=0, lt=1)
    half_width: float | None = Field(None, gt=0, lt=1)

    @model_validator(mode="after")
    def _says_a_difference(self) -> Self:
        if self.hazard_ratio == 1:
            raise ValueError("a hazard ratio of 1 is no difference that a study could see")
        return self


class Beside(Strict):
    """Published arms beside an endpoint of this cohort: never ranked, and set apart where they measure something else.

    Attributes:
        family: of endpoints in the library ("overall survival", "progression-free survival", "liver progression").
        line: of systemic therapy of our patients, as the library words it: "1", "2", "3+", "mixed", …
        population: our patients in words.
        disease: as the library words it.
    """

    endpoint: Identifier
    family: str
    line: str
    population: str = ""
    disease: str = "colorectal liver metastases"


class Sensitivity(Strict):
    """An endpoint once more with other choices; only what is named changes."""

    id: Identifier
    endpoint: Identifier
    says: str
    change: dict[str, Any] = Field(min_length=1)


class Reading(Strict):
    """Who read, by which criteria (the one that decides progression first), with which options."""

    reader: str | None = None
    criteria: tuple[str, ...] = ("recist11", "recist11-liver")
    options: dict[str, str] = Field(default_factory=dict)


class Protocol(Strict):
    """What is asked of a registry.

    Attributes:
        treatments: kinds whose first session starts the clock.
        groups: variable whose classes are compared throughout.
        group_order: classes in their order, the first is the reference.
        table_one, sessions: variables of those tables.
        ctcae: version by which laboratory values are graded.
        minimum_cell: smallest group of which anything is said.
    """

    protocol: Identifier
    edition: int = Field(1, ge=1)
    title: Annotated[str, Field(min_length=1)]
    because: str = ""
    sources: tuple[str, ...] = ()
    treatments: Words = ("TACE", "radioembolization", "HAI")
    population: tuple[Criterion, ...] = ()
    origin: str = "first session"
    cut_off: date | None = None
    confidence_fraction: float = Field(0.95, gt=0.5, lt=1)
    interval: Literal["log-log", "log", "plain"] = "log-log"
    times_months: tuple[Annotated[float, Field(ge=0)], ...] = (6.0, 12.0, 24.0)
    reading: Reading = Reading()
    variables: tuple[NewVariable, ...] = ()
    intention_classes: dict[str, str] = Field(default_factory=dict)
    groups: str | None = None
    group_order: tuple[str, ...] = ()
    table_one: tuple[str, ...] = ()
    sessions: tuple[str, ...] = ()
    windows: Windows | None = None
    endpoints: tuple[Endpoint, ...] = Field(min_length=1)
    models: tuple[Model, ...] = ()
    weighting: Weighting | None = None
    subgroups: Subgroups | None = None
    dose_response: DoseResponse | None = None
    ctcae: Version = "5"
    quality_scales: tuple[str, ...] = ("QL", "PF", "FA", "PA")
    missing: Missing = Missing()
    multiplicity: Multiplicity = Multiplicity()
    sensitivity: tuple[Sensitivity, ...] = ()
    next_study: NextStudy | None = None
    beside: tuple[Beside, ...] = ()
    minimum_cell: int = Field(5, ge=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        known = [endpoint.id for endpoint in self.endpoints]
        for what, ids in (("endpoint", known), ("model", [m.id for m in self.models]), ("sensitivity", [s.id for s in self.sensitivity]),
                          ("variable", [v.name for v in self.variables])):  # fmt: skip
            if len(set(ids)) != len(ids):
                raise ValueError(f"two of one {what} id")
        for where, wanted in self._named_endpoints():
            if wanted not in known:
                raise ValueError(f"{where}: no endpoint '{wanted}' in this protocol; it has {', '.join(known)}")
        family = {model.id for model in self.models} | {"log-rank", "subgroups"}
        if unknown := set(self.multiplicity.family) - family:
            raise ValueError(f"multiplicity: no family member '{sorted(unknown)[0]}'; it has {', '.join(sorted(family))}")
        for one in self.sensitivity:
            self._require_change(one)
        if unknown := set(self.treatments) - set(KINDS):
            raise ValueError(f"treatments: no kind '{sorted(unknown)[0]}'; it is one of {', '.join(KINDS)}")
        windows = [window.name for window in self.windows.windows] if self.windows else []
        if self.dose_response and self.dose_response.window not in (None, *windows):
            raise ValueError(f"dose_response: no window '{self.dose_response.window}'; it has {', '.join(windows) or 'none'}")
        return self

    def _require_change(self, one: Sensitivity) -> None:
        if unknown := set(one.change) - set(Endpoint.model_fields):
            allowed = ", ".join(name for name in Endpoint.model_fields if name != "id")
            raise ValueError(f"sensitivity {one.id}: an endpoint has no '{sorted(unknown)[0]}'; it has {allowed}")
        try:
            self.changed(one)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise ValueError(f"sensitivity {one.id}: {where}: {first['msg']}") from None

    def _named_endpoints(self) -> list[tuple[str, str]]:
        named = [(f"model {one.id}", one.endpoint) for one in self.models]
        named += [(f"sensitivity {one.id}", one.endpoint) for one in self.sensitivity]
        named += [("beside", one.endpoint) for one in self.beside]
        named += [("weighting", self.weighting.endpoint)] if self.weighting else []
        named += [("subgroups", self.subgroups.endpoint)] if self.subgroups else []
        if self.dose_response and self.dose_response.endpoint:
            named.append(("dose_response", self.dose_response.endpoint))
        return named

    def endpoint(self, id: str) -> Endpoint:
        """The endpoint of that id."""
        return next(endpoint for endpoint in self.endpoints if endpoint.id == id)

    def changed(self, one: Sensitivity) -> Endpoint:
        """The endpoint of a sensitivity analysis, as it is changed there."""
        return Endpoint.model_validate(self.endpoint(one.endpoint).model_dump() | one.change)
