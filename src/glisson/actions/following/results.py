"""The stamped Result of one patient, and of many."""

import hashlib
from typing import Any

import polars as pl

from glisson.actions.following.asked import Asked
from glisson.actions.following.harm import harm_of, quality_of_life_of
from glisson.actions.following.plain import rows
from glisson.actions.following.read import Read, first_session
from glisson.actions.following.responses import BEST_RULES, Answers
from glisson.case import Case, Finding, Result
from glisson.follow.rules import Rules
from glisson.knowledge.endpoints import endpoint_definitions
from glisson.knowledge.response import parameters

ONE, MANY = "response", "responses of many"


def thresholds(rules: Rules) -> dict[str, dict[str, float]]:
    """Thresholds of each criterion, as used."""
    return {name: getattr(rules, name).model_dump() for name in ("recist", "mrecist", "easl", "volumetric")}


def result_of_one(patient: str, answers: Answers, asked: Asked, read: Read, case: Case | None = None) -> Result:
    """Everything about one patient, with harm and quality of life where there is a case."""
    findings = list(answers.findings)

    def mine(table: pl.DataFrame) -> pl.DataFrame:
        return table.filter(pl.col("patient") == patient).drop("patient")

    value: dict[str, Any] = {
        "patient": patient,
        "reader": answers.reader,
        "readers": mine(read.measurements)["reader"].unique().sort().to_list(),
        "criteria": list(answers.criteria),
        "rules": asked.rules.chosen(),
        "thresholds": thresholds(asked.rules),
        "reference": _reference(answers, patient),
        "lesions": rows(mine(read.measurements)),
        "visits": rows(mine(answers.responses)),
        "best": rows(mine(answers.best)),
        "best_rules": [{"confirmed": rule.confirmed, "words": rule.words} for rule in BEST_RULES],
        "depth": rows(mine(answers.depth)),
        "endpoints": rows(mine(answers.endpoints)),
        "check": rows(mine(answers.check)),
        "harm": harm_of(case, asked.version, findings) if case is not None else None,
        "quality_of_life": quality_of_life_of(case, first_session(case)) if case is not None else None,
    }
    return _stamped(ONE, value, asked, read.inputs, findings)


def _reference(answers: Answers, patient: str) -> str | None:
    found = answers.references.filter(pl.col("patient") == patient)["reference"].to_list()
    return found[0].isoformat() if found and found[0] is not None else None


def result_of_many(answers: Answers, asked: Asked, read: Read, tables: dict[str, pl.DataFrame]) -> Result:
    """Counts and rates of many patients; the rows themselves are in the tables, whose hashes stand here."""
    check = answers.check
    value: dict[str, Any] = {
        "patients": answers.references.height,
        "left_out": list(read.left_out),
        "reader": answers.reader,
        "readers": read.measurements["reader"].unique().sort().to_list(),
        "criteria": list(answers.criteria),
        "rules": asked.rules.chosen(),
        "thresholds": thresholds(asked.rules),
        "best_rules": [{"confirmed": rule.confirmed, "words": rule.words} for rule in BEST_RULES],
        "visits": answers.responses.height,
        "rates": rows(answers.rates),
        "agreement": rows(answers.kappa),
        "endpoints": _counted(answers.endpoints),
        "check": {
            "compared": int(check["agrees"].is_not_null().sum()),
            "agree": int(check["agrees"].sum()),
            "disagreements": rows(check.filter(~pl.col("agrees"))),
            "stated_only": check.filter(pl.col("overall").is_null()).height,
            "not_stated": check.filter(pl.col("stated").is_null()).height,
        },
        "tables": {name: {"rows": table.height, "sha256": _hash(table)} for name, table in tables.items()},
    }
    return _stamped(MANY, value, asked, read.inputs, list(answers.findings))


def _counted(endpoints: pl.DataFrame) -> list[dict[str, Any]]:
    """Events, censored, competing and unknown of every endpoint, with its definition."""
    event = pl.col("event")
    return rows(
        endpoints.group_by("endpoint", "origin_name", "definition", maintain_order=True).agg(
            patients=pl.len(), events=(event == 1).sum(), competing=(event == 2).sum(), censored=(event == 0).sum(),
            cannot_say=event.null_count(),
        )
    )  # fmt: skip


def _hash(table: pl.DataFrame) -> str:
    """Of the table as CSV."""
    from glisson.actions.following.files import flat

    return hashlib.sha256(flat(table).write_csv().encode()).hexdigest()


def _stamped(kind: str, value: dict[str, Any], asked: Asked, inputs: dict[str, str], findings: list[Finding]) -> Result:
    return Result(
        kind=kind,
        method=", ".join(value["criteria"]) or "endpoints",
        parameters=asked.parameters(),
        inputs=inputs,
        value=value,
        findings=tuple(dict.fromkeys(findings)),
        sources=_sources(value),
    )


def _sources(value: dict[str, Any]) -> tuple[str, ...]:
    """Knowledge sources of the thresholds, of the rules, of the endpoints and of the harm."""
    used = [entry.source for entry in parameters().values() if _belongs(entry.id, value["criteria"])]
    used += [rule["source"] for rule in value["rules"]]
    names = {row["endpoint"] for row in value["endpoints"]}
    used += [entry.source for name, entry in endpoint_definitions().items() if name in names]
    for session in (value.get("harm") or {}).get("liver", ()):
        used += [source for part in ("postembolization", "reild", "braat") for source in session[part]["sources"]]
    return tuple(dict.fromkeys(used))


PREFIXES = {
    "RECIST 1.1": "recist11", "RECIST 1.1 liver": "recist11", "iRECIST": "irecist", "mRECIST": "mrecist", "EASL": "easl",
    "volumetric": "volumetric",
}  # fmt: skip
"""Criteria and how the ids of their numbers begin."""


def _belongs(number: str, criteria: list[str]) -> bool:
    return any(number.startswith(PREFIXES[name]) for name in criteria)
