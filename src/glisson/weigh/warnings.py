"""What the rules say against one option that is being planned: the same rules, the same facts as on the page of options."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from glisson.case import Case, Disease, Finding, Level
from glisson.knowledge.guidelines import Option
from glisson.knowledge.interactions import rules
from glisson.weigh.contradictions import require_units
from glisson.weigh.fact import Fact
from glisson.weigh.facts import facts_of
from glisson.weigh.verdict import Weighed, verdict
from glisson.weigh.words import label, unit


@dataclass(frozen=True)
class Warnings:
    """Findings, and the sources that they name."""

    findings: tuple[Finding, ...]
    sources: tuple[str, ...]


def warnings_on(case: Case, option: Option, *, day: date) -> Warnings:
    """Every rule that speaks against an option, the gravest first, and the facts without which others cannot be told.

    A rule that was written for hepatocellular carcinoma is shown for another disease with that said, never silently.

    Args:
        case: who.
        option: that is planned.
        day: on which washouts count.

    Raises:
        BadInput: a unit that cannot be, or facts of the systemic therapy that contradict each other.
    """
    require_units(case)
    facts = facts_of(case, day)
    one = verdict(option, case.disease, rules(), facts)
    against = [entry for entry in one.speaking(True) if entry.level != "info"]
    untold = [entry for entry in one.speaking(None) if entry.level != "info"]
    found = [_warning(f"rule-{entry.rule.id}", _said(entry, facts, case.disease)) for entry in against]
    if missing := dict.fromkeys(lack for entry in untold for name in entry.facts for lack in facts[name].missing):
        rules_untold = "1 rule" if len(untold) == 1 else f"{len(untold)} rules"
        text = f"{rules_untold} could not be asked, since not on record: {', '.join(missing)}"
        found.append(_warning("values-missing", text))
    return Warnings(tuple(found), tuple(dict.fromkeys(entry.rule.source for entry in against)))


def _said(entry: Weighed, facts: Mapping[str, Fact], disease: Disease) -> str:
    rule = entry.rule
    seen = "; ".join(f"{label(name)} {facts[name].text} {unit(name)}".rstrip() for name in entry.facts)
    borrowed = "HCC" in rule.tags and disease is not Disease.HEPATOCELLULAR
    written = f" [written for {Disease.HEPATOCELLULAR.value}; this case: {disease.value}]" if borrowed else ""
    tags = "".join(f" [{tag}]" for tag in rule.tags if tag != "HCC")
    origin = f"{rule.source}, {rule.place}{', second-hand' if rule.evidence.value == 'S' else ''}"
    words = str(rule.value)
    says = "" if words == rule.short else f". {words[:1].upper()}{words[1:]}"
    return f"{rule.short}{tags}: {seen or 'always'}{says}{written} ({origin})"


def _warning(code: str, text: str) -> Finding:
    return Finding(code=code, level=Level.WARNING, text=text)
