"""What this cohort cannot show, with its own numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.tables import RegistryTables

MANY_MISSING = 0.10
FEW_EVENTS = 10


def limits(tables: RegistryTables, protocol: Protocol, value: Mapping[str, Any]) -> list[str]:
    """Sentences on the limits of a registry and of this one; every count is of the population."""
    return [
        *_always(protocol), *_described_late(tables), *_followed(tables), *_missing(tables, protocol), *_models(value), *_failed(value),
    ]  # fmt: skip


def _always(protocol: Protocol) -> Iterator[str]:
    yield (
        "One group of treated patients without random allocation: nothing here compares this treatment with another. Differences between "
        "groups are differences between patients whom doctors chose for different reasons (confounding by indication)."
    )
    yield "Progression is known from the day of the scan that shows it: it happened before, and later where scans are rarer."
    if not protocol.cut_off:
        yield "No cut-off date is stated: patients whose news arrive early (a death) may be ahead of the others."


def _described_late(tables: RegistryTables) -> Iterator[str]:
    """Decisions that were dated after the treatment had begun."""
    decided = tables.course.origin("decision").rename({"reference": "decided"})
    both = decided.join(tables.course.origin("first session"), on="patient")
    late = both.filter(pl.col("decided") > pl.col("reference")).height
    if late:
        yield (
            f"The decision of {late} of {tables.patients.height} patients is dated after the first session: their intention, earlier lines "
            "and therapy beside the treatment may know of its course."
        )


def _followed(tables: RegistryTables) -> Iterator[str]:
    number = tables.patients.height
    for source, words in (("lost to follow-up", "lost to follow-up"), ("withdrawal", "withdrew their consent to further data")):
        count = tables.course.source(source)["patient"].n_unique()
        if count and number:
            yield f"{count} of {number} patients ({100 * count / number:.0f} %) were {words}; if they did worse, survival here is too good."
    if tables.left_out:
        yield f"{len({one[0] for one in tables.left_out})} patients could not be used, in part or at all; they are counted under Patients."


def _missing(tables: RegistryTables, protocol: Protocol) -> Iterator[str]:
    number = max(tables.patients.height, 1)
    wanted = dict.fromkeys(name for model in protocol.models for name in model.covariates)
    gaps = []
    for name in wanted:
        if name in tables.patients.columns and (share := tables.patients[name].null_count() / number) >= MANY_MISSING:
            gaps.append(f"{tables.variable(name).label} ({100 * share:.0f} %)")
    if gaps:
        text = f"Missing in a tenth of the patients or more: {', '.join(gaps)}. If they are missing for a reason, complete cases mislead"
        imputed = protocol.missing.strategy == "multiple imputation"
        yield f"{text}, and so does imputation where that reason is not in its model." if imputed else f"{text}."


def _models(value: Mapping[str, Any]) -> Iterator[str]:
    for model in value.get("models", []):
        share = model.get("cox", {}).get("events_per_variable")
        if share is not None and share < FEW_EVENTS:
            yield f"Model {model['id']} has {share:.1f} events per coefficient: its hazard ratios are unstable and too extreme on average."


def _failed(value: Mapping[str, Any]) -> Iterator[str]:
    for name, section in value.items():
        for one in section if isinstance(section, list) else [section]:
            if isinstance(one, dict) and "cannot_say" in one:
                yield f"Cannot say ({name}): {one['cannot_say']}."
