"""Sentences of method about models, adjusted comparisons, missing values and many tests; only of what was done."""

from collections.abc import Iterator, Mapping
from typing import Any

from glisson.knowledge.endpoints import endpoint_definition
from glisson.learn.cohort.registry.many_tests import adjusted, family_words
from glisson.learn.cohort.registry.method_references import Sentence
from glisson.learn.cohort.registry.protocol import Protocol


def model_sentences(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    """Of every model that could be made."""
    made = {one["id"]: one for one in value.get("models", []) if "cox" in one}
    for model in protocol.models:
        if model.id not in made:
            continue
        kinds = "Cox" if model.kind == "cox" else "Fine and Gray, beside cause-specific Cox"
        yield "12a", (
            f"Model {model.id}, of {_endpoint(protocol, model.endpoint)}: {kinds}, ties by {model.ties.capitalize()}, every covariate "
            f"alone and all together; {made[model.id].get('centre_words', '')}. Proportionality of the Cox model by scaled Schoenfeld "
            "residuals; events per variable stated."
        ), ("cox", model.ties, "grambsch", *(("lin-wei",) if model.centre == "clustered variance" else ()),
            *(("fine-gray",) if model.kind == "fine-gray" else ()))  # fmt: skip
        if "terms" in made[model.id].get("centre_effect", {}):
            yield "12e", (
                f"Model {model.id} once more, Cox: centres ignored, as strata, as clusters of the variance, and with a shared gamma "
                "frailty."
            ), ("frailty",)  # fmt: skip
        if model.splines:
            labels = value.get("variables", {})
            named = ", ".join(
                f"{labels.get(name, {}).get('label', name)} with {knots} knots" for name, knots in model.splines.items()
            )
            yield "12a", f"Model {model.id}: restricted cubic splines of {named}.", ("spline",)
        if model.interactions:
            yield "12b", f"Model {model.id}: interaction on the multiplicative and the additive scale.", ("reri",)


def adjusted_sentences(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    """Of weighting, subgroups, doses and imputation, where they were done."""
    if protocol.weighting and (value.get("weighting", {}).get("cox") or {}).get("weighted"):
        asked = protocol.weighting
        yield (
            "12a",
            (
                f"{asked.label}: inverse probability of treatment weights ({asked.estimand}, stabilised, "
                f"{_truncated(asked.truncate_fraction)}), variance robust; balance by standardised differences."
            ),
            ("iptw", "austin"),
        )
    if protocol.subgroups and "variables" in value.get("subgroups", {}):
        yield "12b", f"Subgroups of {protocol.subgroups.label}, with a test of interaction for each variable.", ()
    if "fit" in value.get("dose_response", {}):
        yield (
            "12a",
            (
                "Tumour absorbed dose of the first session against response by logistic regression on the logarithm of the dose, each "
                "microsphere by itself; against survival by Cox regression."
            ),
            ("okunieff", "cox"),
        )
    yield _of_missing(protocol, value)


def _of_missing(protocol: Protocol, value: Mapping[str, Any]) -> Sentence:
    """What was done about missing covariates."""
    asked = protocol.missing
    if asked.strategy == "complete cases":
        return "12c", "Missing covariates: complete cases; how many are missing stands with every model.", ()
    made = [one["id"] for one in value.get("models", []) if "terms" in one.get("imputed", {})]
    if not made:
        return "12c", "Missing covariates: imputation was asked for, and no model needed it or allowed it.", ()
    text = (
        f"Missing covariates ({'model' if len(made) == 1 else 'models'} {', '.join(made)}): {asked.imputations} imputations by chained "
        f"equations ({asked.iterations} rounds, seed {asked.seed}) with the event and the cumulative hazard among the predictors, Cox "
        "models pooled by Rubin's rules; complete cases beside them."
    )
    return "12c", text, ("rubin",)


def _truncated(fraction: float) -> str:
    """How weights are cut, in words.

    >>> _truncated(0.01), _truncated(0.0)
    ('cut at the percentiles 1 and 99', 'not cut')
    """
    return f"cut at the percentiles {100 * fraction:g} and {100 * (1 - fraction):g}" if fraction else "not cut"


def _endpoint(protocol: Protocol, id: str) -> str:
    """Name of the endpoint of that id.

    >>> _endpoint(Protocol.model_validate({"protocol": "p", "title": "P", "endpoints": [{"id": "main", "name": "OS"}]}), "main")
    'OS'
    """
    return endpoint_definition(protocol.endpoint(id).name).name


def _proper(method: str) -> str:
    """Methods that carry a name begin with a capital.

    >>> _proper("benjamini-hochberg"), _proper("holm")
    ('Benjamini-Hochberg', 'Holm')
    """
    return "-".join(part.capitalize() for part in method.split("-"))


def closing_sentences(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    """Sensitivity, multiplicity and the next study."""
    for one in protocol.sensitivity:
        yield "12e", f"Sensitivity of {_endpoint(protocol, one.endpoint)}: {one.says}.", ()
    yield (
        "12a",
        protocol.multiplicity.statement
        + (
            f" Adjusted by {_proper(protocol.multiplicity.method)} over {' and '.join(family_words(protocol))}, as one family."
            if adjusted(protocol)
            else ""
        ),
        (),
    )
    if "events" in value.get("next_study", {}):
        yield "10", "Events for the next comparison by Schoenfeld's formula, equal groups, exponential survival.", ("schoenfeld",)
