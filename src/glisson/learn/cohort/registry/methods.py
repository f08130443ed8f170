"""What was done, in sentences that a methods section can take, each from the choice of the protocol that it states."""

from collections.abc import Iterator, Mapping
from typing import Any

from glisson.follow.criteria import BY_NAME
from glisson.follow.measurements import CRITERIA as NAMES
from glisson.learn.cohort.registry.method_references import REFERENCES, Sentence
from glisson.learn.cohort.registry.methods_of_models import adjusted_sentences, closing_sentences, model_sentences
from glisson.learn.cohort.registry.protocol import Protocol

CRITERIA = dict(zip(BY_NAME, NAMES, strict=True))
"""Criteria as a protocol names them, and as papers do."""


def methods(protocol: Protocol, value: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sentences of method, in the order of STROBE; only of what was done.

    Args:
        protocol: the choices.
        value: sections that were made, by name.
    """
    made = [
        *_design(protocol), *_described(protocol, value), *_endpoints(value), *_survival(protocol, value), *_response(protocol, value),
        *_harm(protocol, value), *model_sentences(protocol, value), *adjusted_sentences(protocol, value),
        *closing_sentences(protocol, value),
    ]  # fmt: skip
    return [{"item": item, "text": text, "references": [REFERENCES[key] for key in keys]} for item, text, keys in made]


def _design(protocol: Protocol) -> Iterator[Sentence]:
    data = f"data up to {protocol.cut_off.isoformat()}" if protocol.cut_off else "all data on record, without a cut-off date"
    yield (
        "4",
        (
            f"Registry analysis by protocol '{protocol.protocol}', edition {protocol.edition} ({protocol.title}), which the program read "
            f"and checked before it computed any outcome; whether it was written before anybody had seen the data the program cannot "
            f"know. {data[:1].upper()}{data[1:]}."
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


def _described(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    yield (
        "7",
        (
            "Patients are described by their forms of patient and disease, by the last known laboratory value up to and including the day "
            "of the first session, however old, and by the last decision up to that day; by a later one only where there was none before."
        ),
        (),
    )
    if value.get("table_one", {}).get("differences"):
        yield (
            "12a",
            "Groups are described by counts and quartiles and compared by standardised differences, without a test.",
            ("austin",),
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
            "inverting them; 'not reached' where the curve or its interval does not fall to a half. Follow-up by reverse Kaplan-Meier."
        ),
        ("kaplan-meier", "brookmeyer", "reverse"),
    )
    if any(one.get("tests") for one in value.get("survival", [])):
        yield "12a", "Groups are compared by the log-rank test, whose P value is descriptive.", ("mantel",)
    if any(group.get("restricted_mean") for one in value.get("survival", []) for group in one.get("groups", [])):
        yield "12a", "Restricted mean: the area under the curve up to a time that the protocol states.", ("restricted",)
    if any(one.get("competing") for one in value.get("survival", [])):
        yield (
            "12a",
            (
                "Where another event makes the one of interest impossible, cumulative incidence by Aalen and Johansen, groups compared "
                "by Gray's test and by the log-rank test of the cause-specific hazard."
            ),
            ("aalen-johansen", "gray"),
        )
    if any(one.get("landmarks") for one in value.get("response_effect", [])):
        yield (
            "12a",
            (
                "Response and survival by landmarks, among those alive and without progression by then, and by a response that changes "
                "with time; never responders from the origin."
            ),
            ("landmark", "changing"),
        )


def _response(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    found = value.get("response", {"cannot_say": ""})
    if "cannot_say" not in found:
        criteria = " and ".join(CRITERIA.get(one, one) for one in protocol.reading.criteria)
        windows = f" In windows: {found['rule']}." if found.get("rule") else ""
        yield (
            "8",
            (
                f"Response by {criteria} as computed from the measurements of {found['reader']}; {found['criterion']} decides. Proportions "
                f"with exact (Clopper-Pearson) intervals, of all treated and of the evaluable.{windows}"
            ),
            ("recist", "clopper"),
        )
    if "cannot_say" not in value.get("quality", {"cannot_say": ""}):
        yield (
            "8",
            "Quality of life by the QLQ-C30 as its manual scores it; completion is of those alive and under observation.",
            ("qlq",),
        )


def _harm(protocol: Protocol, value: Mapping[str, Any]) -> Iterator[Sentence]:
    found = value.get("harm", {"cannot_say": ""})
    if "cannot_say" not in found:
        text = "Adverse events as people entered and graded them (CTCAE), by patient and by the session they follow, at the worst grade"
        laboratory = (
            f"; apart from them what laboratory values show, graded by CTCAE {protocol.ctcae}" if found["laboratory"] else ""
        )
        yield "7", f"{text}{laboratory}.", ()
    if "cannot_say" not in found or "cannot_say" not in value.get("sessions", {"cannot_say": ""}):
        text = (
            "Shares of sessions have exact limits at the effective number of sessions, because sessions of one patient are alike."
        )
        yield "12a", text, ("korn",)
