"""Variables that follow from others: scores of the liver at the first session, the class of intention."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.knowledge.registry_terms import intention_definitions
from glisson.learn.cohort.registry.tables import Variable
from glisson.score.albi import albi
from glisson.score.apri import apri
from glisson.score.intention import derive_intention, recode_intention
from glisson.score.nlr import nlr

Row = Mapping[str, Any]
TRUTH = {"yes": True, "no": False}


def derived_columns(rows: Sequence[Row], classes: Mapping[str, str]) -> tuple[dict[str, list[Any]], dict[str, Variable]]:
    """Columns of scores and intentions.

    Args:
        rows: baseline variables of each patient by name.
        classes: intention to group, where the study says more than the two names do.
    """
    found = [_scores(row) | _intentions(row, classes) for row in rows]
    intentions = tuple(entry.intention for entry in intention_definitions())
    said = [recode_intention(intention, classes).group for intention in intentions] + [
        one["intention.two_classes"] for one in found
    ]
    groups = tuple(dict.fromkeys(group for group in said if group is not None))
    known = {
        one.name: one
        for one in (
            Variable("score.albi", "ALBI score", "number"),
            Variable("score.albi_grade", "ALBI grade", "choice", levels=("1", "2", "3")),
            Variable("score.apri", "APRI", "number"),
            Variable("score.nlr", "Neutrophil-to-lymphocyte ratio", "number"),
            Variable("intention.derived", "Intention derived from its drivers", "choice", levels=intentions),
            Variable("intention.agreement", "Derived against stated intention", "choice", levels=("agrees", "disagrees")),
            Variable(
                "intention.two_classes", "Intention, two classes", "choice", levels=tuple(sorted(groups, key=_salvage_first))
            ),
        )
    }
    return {name: [one[name] for one in found] for name in known}, known


def _salvage_first(group: str) -> tuple[bool, str]:
    return group != "salvage", group


def _scores(row: Row) -> dict[str, Any]:
    liver = albi(
        bilirubin_umol_per_L=row.get("laboratory.bilirubin_umol_per_L"), albumin_g_per_L=row.get("laboratory.albumin_g_per_L")
    )
    fibrosis = apri(
        ast_U_per_L=row.get("laboratory.ast_U_per_L"), ast_upper_normal_U_per_L=row.get("laboratory.ast_upper_normal_U_per_L"),
        platelets_1e9_per_L=row.get("laboratory.platelets_1e9_per_L"),
    )  # fmt: skip
    cells = nlr(
        neutrophils_1e9_per_L=row.get("laboratory.neutrophils_1e9_per_L"),
        lymphocytes_1e9_per_L=row.get("laboratory.lymphocytes_1e9_per_L"),
    )
    grade = None if liver.group is None else liver.group.removeprefix("grade ").strip()
    return {"score.albi": liver.value, "score.albi_grade": grade, "score.apri": fibrosis.value, "score.nlr": cells.value}


def _intentions(row: Row, classes: Mapping[str, str]) -> dict[str, Any]:
    stated = row.get("decision.intention")
    lines = row.get("decision.systemic_lines")
    reading = derive_intention(
        systemic_lines=None if lines is None else round(lines),
        last_response=row.get("decision.last_response"),
        ablation_planned=TRUTH.get(str(row.get("decision.ablation_planned"))),
        curative_intent=TRUTH.get(str(row.get("decision.curative_intent"))),
    )
    agreement = reading.compared_with(stated)
    return {
        "intention.derived": reading.derived,
        "intention.agreement": None if agreement == "cannot say" else agreement,
        "intention.two_classes": recode_intention(stated, classes).group,
    }
