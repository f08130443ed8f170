"""Regression of an endpoint by the protocol: every covariate alone, all together, and what is done about centres."""

from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding
from glisson.learn.cohort.design import design
from glisson.learn.cohort.models import regression
from glisson.learn.cohort.registry.model_extras import with_extras
from glisson.learn.cohort.registry.model_frame import Frame, frame_of
from glisson.learn.cohort.registry.protocol import Model, Protocol
from glisson.learn.cohort.registry.section import Section
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.table import Booleans

CENTRES = {
    "nothing": "patients are taken as independent, whatever their centre",
    "clustered variance": "variance by centre (robust to patients of one centre being alike)",
    "strata": "each centre has its own baseline hazard",
    "frailty": "centres share a gamma frailty: in the table of centres; the first table takes patients as independent",
}


def model_section(tables: RegistryTables, protocol: Protocol, model: Model) -> Section:
    """One model of the protocol: complete cases, and what else the protocol asks of it."""
    frame = frame_of(tables, protocol, model)
    value: dict[str, Any] = {
        "id": model.id, "endpoint": model.endpoint, "name": frame.times.name, "definition": frame.times.definition,
        "kind": model.kind, "centre": model.centre, "centre_words": CENTRES[model.centre], "strata": model.strata,
        "covariates": list(model.covariates), "patients": len(frame.data), "confidence_fraction": protocol.confidence_fraction,
        "missing": {name: int(frame.covariates[name].null_count()) for name in model.covariates},
    }  # fmt: skip
    if not len(frame.data):
        return Section(value | {"cannot_say": "no patient has a time"}, ())
    causes = sorted(int(code) for code in np.unique(frame.data.event) if code > 0) or [1]
    found = regression(
        frame.data, frame.covariates, causes=causes, cause=1, ties=model.ties,
        confidence_fraction=protocol.confidence_fraction, levels=frame.levels,
    )  # fmt: skip
    value |= found.value
    complete = design(frame.covariates, model.covariates, levels=frame.levels).complete
    for part in ("cox", "fine_gray"):
        for term in value.get(part, {}).get("terms", []):
            term.update(_counts(frame, term, complete))
    more = with_extras(tables, frame, protocol, model)
    labels = {name: tables.variable(name).label for name in model.covariates}
    return Section(
        value | more.value, tuple(_in_words(model.id, labels, finding) for finding in (*found.findings, *more.findings))
    )


def _in_words(model: str, labels: dict[str, str], finding: Finding) -> Finding:
    """The finding with the model it is about, and variables by their labels."""
    text = finding.text
    for name in sorted(labels, key=len, reverse=True):
        text = text.replace(name, labels[name])
    return finding.model_copy(update={"text": f"model {model}: {text}"})


def _counts(frame: Frame, term: dict[str, Any], complete: Booleans) -> dict[str, int]:
    """Patients and events behind a hazard ratio: of a level and of its reference, of a number everyone; complete cases only."""
    event = frame.data.event == 1
    if term["level"] is None:
        return {"patients": int(complete.sum()), "events": int((complete & event).sum())}
    words = frame.covariates[term["column"]].cast(pl.String).to_numpy()
    mine, other = complete & (words == term["level"]), complete & (words == term["reference"])
    return {
        "patients": int(mine.sum()), "events": int((mine & event).sum()),
        "reference_patients": int(other.sum()), "reference_events": int((other & event).sum()),
    }  # fmt: skip
