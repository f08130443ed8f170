"""What was done, in sentences that a methods section can take, each from the choice of the protocol that it states."""

from collections.abc import Iterator, Mapping
from typing import Any

from glisson.follow.criteria import BY_NAME
from glisson.follow.measurements import CRITERIA as NAMES
from glisson.knowledge.endpoints import endpoint_definition
from glisson.learn.cohort.registry.protocol import Protocol

CRITERIA = dict(zip(BY_NAME, NAMES, strict=True))
"""Criteria as a protocol names them, and as papers do."""
REFERENCES: dict[str, str] = {
    "kaplan-meier": "Kaplan and Meier, J Am Stat Assoc 1958;53:457",
    "brookmeyer": "Brookmeyer and Crowley, Biometrics 1982;38:29",
    "reverse": "Schemper and Smith, Control Clin Trials 1996;17:343",
    "aalen-johansen": "Aalen and Johansen, Scand J Stat 1978;5:141",
    "gray": "Gray, Ann Stat 1988;16:1141",
    "cox": "Cox, J R Stat Soc B 1972;34:187",
    "efron": "Efron, J Am Stat Assoc 1977;72:557",
    "breslow": "Breslow, Biometrics 1974;30:89",
    "lin-wei": "Lin and Wei, J Am Stat Assoc 1989;84:1074",
    "fine-gray": "Fine and Gray, J Am Stat Assoc 1999;94:496",
    "grambsch": "Grambsch and Therneau, Biometrika 1994;81:515",
    "landmark": "Anderson, Cain and Gelber, J Clin Oncol 1983;1:710",
    "clopper": "Clopper and Pearson, Biometrika 1934;26:404",
    "recist": "Eisenhauer et al., Eur J Cancer 2009;45:228",
    "qlq": "Fayers et al., EORTC QLQ-C30 Scoring Manual, 3rd edition, 2001",
    "iptw": "Austin and Stuart, Stat Med 2015;34:3661",
    "rubin": "Rubin, Multiple Imputation for Nonresponse in Surveys, 1987; White and Royston, Stat Med 2009;28:1982",
    "frailty": "Therneau and Grambsch, Modeling Survival Data, 2000, chapter 9",
    "reri": "Hosmer and Lemeshow, Epidemiology 1992;3:452",
    "schoenfeld": "Schoenfeld, Biometrika 1981;68:316",
    "spline": "Harrell, Regression Modeling Strategies, 2001, section 2.4",
    "strobe": "von Elm et al., Lancet 2007;370:1453 (STROBE)",
}
"""Where each method is from."""

Sentence = tuple[str, str, tuple[str, ...]]
"""STROBE item, text, keys of ``REFERENCES``."""


def methods(protocol: Protocol, value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sentences of method, in the order of STROBE; only of what was done.

    Args:
        protocol: the choices.
        value: sections that were made, by name.
    """
    made = [
        *_design(protocol), *_endpoints(value), *_survival(protocol, value), *_response(protocol, value), *_models(protocol, value),
        *_adjusted(protocol, value), *_rest(protocol),
    ]  # fmt: skip
    return [{"item": item, "text": text, "references": [REFERENCES[key] for key in keys]} for item, text, keys in made]


def _design(protocol: Protocol) -> Iterator[Sentence]:
    data = f"data up to {protocol.cut_off.isoformat()}" if protocol.cut_off else "all data on record, without a cut-off date"
    yield (
        "4",
        (
            f"Registry analysis by protocol '{protocol.protocol}', edition {protocol.edition} ({protocol.title}), stated before the "
            f"outcomes were looked at by the program; {data}."
        ),
        ("strobe",),
    )
    rules = [criterion.reason for criterion in protocol.population]
    yield (
        "6",
        (
            f"Time counts from the {protocol.origin} of {' or '.join(protocol.treatments)}. "
            + (f"Left out: {'; '.join(rules)}." if rules else "Every patient of the registry is in the population.")
        ),
        (),
    )


def _endpoints(value: Mapping[str, Any]) -> Iterator[Sentence]:
    for one in value.get("survival", []):
        if "definition" in one:
            yield "7", f"{one['definition'][:1].upper()}{one['definition'][1:]}.", ()


def _survival(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    share = f"{100 * protocol.confidence_fraction:g} %"
    yield (
        "12a",
        (
            f"Survival by Kaplan-Meier with pointwise {share} intervals on the {protocol.interval} scale; the interval of a median by "
            "inverting them; 'not reached' where the curve or its interval does not fall to a half. Follow-up by reverse Kaplan-Meier. "
            "Groups are compared by the log-rank test, whose P value is descriptive."
        ),
        ("kaplan-meier", "brookmeyer", "reverse"),
    )
    if any(one.get("competing") for one in value.get("survival", [])):
        yield (
            "12a",
            (
                "Where another event makes the one of interest impossible, cumulative incidence by Aalen and Johansen, compared by Gray's "
                "test, and cause-specific hazards."
            ),
            ("aalen-johansen", "gray"),
        )
    if any(one.get("landmarks") for one in value.get("response_effect", [])):
        yield (
            "12a",
            ("Response and survival by landmarks and by a response that changes with time; never responders from the origin."),
            ("landmark",),
        )


def _response(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    reader = protocol.reading.reader or "the reader on record"
    criteria = " and ".join(CRITERIA.get(one, one) for one in protocol.reading.criteria)
    yield (
        "8",
        (
            f"Response by {criteria} as computed from the measurements of {reader}; proportions with exact "
            "(Clopper-Pearson) intervals, of all treated and of the evaluable."
        ),
        ("recist", "clopper"),
    )
    if "cannot_say" not in value.get("quality", {"cannot_say": ""}):
        yield (
            "8",
            "Quality of life by the QLQ-C30 as its manual scores it; completion is of those alive and under observation.",
            ("qlq",),
        )


def _models(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    for model in protocol.models:
        kinds = "Cox" if model.kind == "cox" else "Fine and Gray, beside cause-specific Cox"
        said = next((one.get("centre_words", "") for one in value.get("models", []) if one.get("id") == model.id), "")
        yield "12a", (
            f"Model {model.id}, of {_endpoint(protocol, model.endpoint)}: {kinds}, ties by {model.ties.capitalize()}, every covariate "
            f"alone and all together; {said}. Proportionality by scaled Schoenfeld residuals; events per variable stated."
        ), ("cox", model.ties, "grambsch", *(("lin-wei",) if model.centre == "clustered variance" else ()),
            *(("fine-gray",) if model.kind == "fine-gray" else ()), *(("frailty",) if model.centre == "frailty" else ()))  # fmt: skip
        if model.splines:
            labels = value.get("variables", {})
            named = ", ".join(
                f"{labels.get(name, {}).get('label', name)} with {knots} knots" for name, knots in model.splines.items()
            )
            yield "12a", f"Model {model.id}: restricted cubic splines of {named}.", ("spline",)
        if model.interactions:
            yield "12b", f"Model {model.id}: interaction on the multiplicative and the additive scale.", ("reri",)


def _adjusted(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    if protocol.weighting:
        asked = protocol.weighting
        yield (
            "12a",
            (
                f"{asked.label}: inverse probability of treatment weights ({asked.estimand}, stabilised, "
                f"{_truncated(asked.truncate_fraction)}), variance robust; balance by standardised differences."
            ),
            ("iptw",),
        )
    if protocol.subgroups:
        yield "12b", f"Subgroups of {protocol.subgroups.label}, with a test of interaction for each variable.", ()
    asked_missing = protocol.missing
    if asked_missing.strategy == "multiple imputation":
        yield (
            "12c",
            (
                f"Missing covariates: {asked_missing.imputations} imputations by chained equations ({asked_missing.iterations} rounds, "
                f"seed {asked_missing.seed}) with the event and the cumulative hazard among the predictors, pooled by Rubin's rules; "
                "complete cases beside them."
            ),
            ("rubin",),
        )
    else:
        yield "12c", "Missing covariates: complete cases; how many are missing stands with every model.", ()


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


def _rest(protocol: Protocol) -> Iterator[Sentence]:
    for one in protocol.sensitivity:
        yield "12e", f"Sensitivity of {_endpoint(protocol, one.endpoint)}: {one.says}.", ()
    yield (
        "12a",
        protocol.multiplicity.statement
        + (
            f" Adjusted by {_proper(protocol.multiplicity.method)} over {', '.join(protocol.multiplicity.family)}."
            if protocol.multiplicity.method != "none" and protocol.multiplicity.family
            else ""
        ),
        (),
    )
    if protocol.next_study:
        yield "10", "Events for the next comparison by Schoenfeld's formula, equal groups, exponential survival.", ("schoenfeld",)
