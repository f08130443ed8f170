"""What the protocol asks of a model beyond its coefficients: splines, interactions, imputed covariates, centres."""

from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding
from glisson.errors import OutOfScope
from glisson.learn.cohort.centre_effect import centre_effect
from glisson.learn.cohort.design import design
from glisson.learn.cohort.imputation import ImputationOptions
from glisson.learn.cohort.imputed_cox import imputed_cox
from glisson.learn.cohort.interaction import Exposures, interaction
from glisson.learn.cohort.registry.endpoint_times import subject_of
from glisson.learn.cohort.registry.model_frame import Frame
from glisson.learn.cohort.registry.protocol import Model, Protocol
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.splines import Others, Shape, spline_effect
from glisson.learn.cohort.table import rows


def spline_sections(frame: Frame, protocol: Protocol, model: Model) -> Section:
    """A restricted cubic spline of each number that the protocol names, the other covariates beside it, complete cases."""
    value, findings = [], list[Finding]()
    for name, knots in model.splines.items():
        others = [other for other in model.covariates if other != name]
        given = design(frame.covariates, others, levels=frame.levels)
        known = given.complete & frame.covariates[name].is_not_null().to_numpy()
        part = rows(subject_of(frame.data), known)
        x = given.x[known[given.complete]]
        values = frame.covariates[name].cast(pl.Float64).to_numpy()[known]
        found = spline_effect(
            part, values, name, shape=Shape(number=knots), others=Others(x, given.names), ties=model.ties,
            confidence_fraction=protocol.confidence_fraction,
        )  # fmt: skip
        findings += found.findings
        value.append({"variable": name} | found.value | {"values": sorted(float(one) for one in values)})
    return Section({"splines": value}, tuple(findings))


def interaction_sections(tables: RegistryTables, frame: Frame, protocol: Protocol, model: Model) -> Section:
    """Each pair of two-level covariates, the other covariates beside them."""
    value, findings = [], list[Finding]()
    for first, second in model.interactions:
        levels = [_levels(tables, frame, name) for name in (first, second)]
        if any(len(words) != 2 for words in levels):
            value.append(
                {"exposures": [first, second], "cannot_say": "an interaction is worked out for covariates of two levels"}
            )
            continue
        one, other = (_exposed(tables, frame, name, words[1]) for name, words in zip((first, second), levels, strict=True))
        others = [name for name in model.covariates if name not in (first, second)]
        exposures = Exposures(one[1], other[1], names=(one[0], other[0]))
        found = interaction(
            subject_of(frame.data), exposures, frame.covariates.select(others) if others else None, times=protocol.times_months,
            confidence_fraction=protocol.confidence_fraction,
        )  # fmt: skip
        findings += found.findings
        value.append(found.value)
    return Section({"interactions": value}, tuple(findings))


def _exposed(tables: RegistryTables, frame: Frame, name: str, level: str) -> tuple[str, list[bool | None]]:
    """Name of a level as an exposure, and whether each row has it."""
    variable = tables.variable(name)
    words = frame.covariates[name].cast(pl.String).to_list()
    return f"{variable.label}: {variable.label_of(level)}", [None if word is None else word == level for word in words]


def _levels(tables: RegistryTables, frame: Frame, name: str) -> list[str]:
    """Words of a covariate that somebody has, the reference first."""
    present = set(frame.covariates[name].drop_nulls().cast(pl.String).to_list())
    return [word for word in frame.levels.get(name, ()) if word in present]


NOT_APPLICABLE = "not applicable"


def imputed_section(tables: RegistryTables, frame: Frame, protocol: Protocol, model: Model) -> Section:
    """The model after multiple imputation, the complete cases beside it.

    Raises:
        OutOfScope: a covariate that cannot exist in some patients: what is not applicable must not be made up.
    """
    never = tables.missing_reasons.filter(
        (pl.col("reason") == NOT_APPLICABLE)
        & pl.col("variable").is_in(list(model.covariates))
        & pl.col("patient").is_in(frame.times.patients)
    )
    if never.height:
        named = ", ".join(tables.variable(name).label for name in never["variable"].unique().sort().to_list())
        raise OutOfScope(
            f"{named}: not applicable to some patients, and cannot be imputed", do="make that a class of its own, or leave it out"
        )
    gaps = sum(int(frame.covariates[name].null_count()) for name in model.covariates)
    if not gaps:
        return Section({})
    asked = protocol.missing
    competing = bool(np.any(frame.data.event > 1))
    words = [pl.col(name).cast(pl.String).cast(pl.Enum(_words(frame, name))) for name in frame.levels]
    found = imputed_cox(
        frame.data, frame.covariates.with_columns(words), seed=asked.seed, cause=1 if competing else None, ties=model.ties,
        options=ImputationOptions(imputations=asked.imputations, iterations=asked.iterations),
        confidence_fraction=protocol.confidence_fraction,
    )  # fmt: skip
    return Section({"imputed": found.value}, found.findings)


def _words(frame: Frame, name: str) -> list[str]:
    """Words of a covariate, the reference first; those of nobody's list last."""
    found = set(frame.covariates[name].drop_nulls().cast(pl.String))
    return [*frame.levels[name], *sorted(found - set(frame.levels[name]))]


def centre_section(frame: Frame, protocol: Protocol, model: Model) -> Section:
    """The same model with centres ignored, as strata, as clusters and as a frailty; complete cases."""
    given = design(frame.covariates, model.covariates, levels=frame.levels)
    part = rows(subject_of(frame.times.data), given.complete)
    centres = [centre for centre, kept in zip(frame.centres, given.complete, strict=True) if kept]
    found = centre_effect(
        part, given.x, given.names, centre=centres, ties=model.ties, confidence_fraction=protocol.confidence_fraction
    )
    terms = [{"column": term.column, "level": term.level, "reference": term.reference} for term in given.terms]
    told = [one | term for one, term in zip(found.value.get("terms", []), terms, strict=False)]
    shown = _shown_centres(found.value.get("centres", []), frame, protocol.minimum_cell)
    return Section({"centre_effect": found.value | {"terms": told} | shown}, found.findings)


def _shown_centres(centres: list[dict[str, Any]], frame: Frame, smallest: int) -> dict[str, Any]:
    """Centres by running number in the order of their names, as in ``centre_survival``; those below the cell size are only counted."""
    names = sorted({centre for centre in frame.centres if centre is not None})
    number = {name: place for place, name in enumerate(names, start=1)}
    kept = sorted((one for one in centres if one["rows"] >= smallest), key=lambda one: number[one["centre"]])
    return {
        "centres": [one | {"centre": f"Centre {number[one['centre']]}"} for one in kept],
        "small": len(centres) - len(kept),
        "smallest": smallest,
    }


def with_extras(tables: RegistryTables, frame: Frame, protocol: Protocol, model: Model) -> Section:
    """Everything beyond the coefficients, each part standing or failing for itself."""
    from glisson.learn.cohort.registry.section import attempt

    value: dict[str, Any] = {}
    findings: list[Finding] = []
    asked = {
        "splines": (bool(model.splines), lambda: spline_sections(frame, protocol, model)),
        "interactions": (bool(model.interactions), lambda: interaction_sections(tables, frame, protocol, model)),
        "centre_effect": (model.centre != "nothing", lambda: centre_section(frame, protocol, model)),
        "imputed": (protocol.missing.strategy == "multiple imputation", lambda: imputed_section(tables, frame, protocol, model)),
    }
    for name, (wanted, work) in asked.items():
        if wanted:
            made = attempt(f"model {model.id}, {name}", work)
            several = name in ("splines", "interactions")
            value |= {name: [made.value] if several else made.value} if "cannot_say" in made.value else made.value
            findings += made.findings
    return Section(value, tuple(findings))
