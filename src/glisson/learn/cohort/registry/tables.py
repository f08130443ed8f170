"""What a registry knows, as the tables that its report is worked out from. Plain columns: no form, no case, no file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import polars as pl

from glisson.errors import BadInput
from glisson.follow.course import Course

Kind = Literal["number", "choice", "choices"]


@dataclass(frozen=True)
class Variable:
    """One column about patients or sessions.

    Attributes:
        name: of the column: form and item ("patient.age_years"), or what it is derived from ("score.albi_grade").
        label: as printed.
        unit: as printed; empty where there is none.
        kind: a number, one word, or a list of words of which several can hold.
        levels: words in their order; empty for a number.
        labels: how a word is printed, where that is not the word.
    """

    name: str
    label: str
    kind: Kind
    unit: str = ""
    levels: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)

    def label_of(self, level: str) -> str:
        """How a word is printed."""
        return self.labels.get(level, level)


@dataclass(frozen=True, eq=False)
class RegistryTables:
    """The tables of a registry.

    Attributes:
        patients: one row per patient: patient, centre, first_session (Date or null), and a column per variable; null is missing.
        variables: what the columns of ``patients`` and ``sessions`` are, by name.
        missing_reasons: patient, variable, reason ("not done", "unknown", "not applicable", "not entered").
        sessions: one row per session that treated: patient, centre, session, number, date, kind, and columns of variables.
        course: origins and dated sources, with the progressions of the reader who decides.
        responses, best, references, depth: of ``follow``: visits, best responses, first sessions, change of the sum.
        adverse_events: with ``phase`` and the session each follows.
        quality: scores of questionnaires: patient, visit, date, months, and one column per scale.
        quality_expected: patient, visit, months: who was alive and due.
        therapies: patient, start, phase ("before", "index", "after"), what.
        doses: patient, session, date, product, tumour_dose_Gy, normal_liver_dose_Gy.
        reader: whose calls decide; ``None`` without responses.
        simulated: whether any patient never was.
        left_out: patients whose entries cannot be used, with what and why.
        inputs: sha256 of what was read, by name.
    """

    patients: pl.DataFrame
    variables: Mapping[str, Variable]
    missing_reasons: pl.DataFrame
    sessions: pl.DataFrame
    course: Course
    responses: pl.DataFrame
    best: pl.DataFrame
    references: pl.DataFrame
    depth: pl.DataFrame
    adverse_events: pl.DataFrame
    quality: pl.DataFrame
    quality_expected: pl.DataFrame
    therapies: pl.DataFrame
    doses: pl.DataFrame
    reader: str | None = None
    simulated: bool = False
    left_out: tuple[tuple[str, str, str], ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)

    def variable(self, name: str) -> Variable:
        """The variable of that name.

        Raises:
            BadInput: none, with the nearest ones.
        """
        if name not in self.variables:
            from difflib import get_close_matches

            near = get_close_matches(name, list(self.variables), n=3, cutoff=0.5)
            raise BadInput(f"no variable '{name}' in this registry", allowed=", ".join(near) or f"{len(self.variables)} others")
        return self.variables[name]

    def of_patients(self, patients: "pl.Series | list[str]") -> "RegistryTables":
        """Everything about some patients only."""
        chosen = pl.Series("patient", patients, dtype=pl.String).unique()
        everyone = self.course.patients.filter(pl.col("patient").is_in(chosen.implode()))

        def part(table: pl.DataFrame) -> pl.DataFrame:
            return table.filter(pl.col("patient").is_in(chosen.implode()))

        course = replace(self.course, patients=everyone, origins=part(self.course.origins), dated=part(self.course.dated))
        names = (
            "patients", "missing_reasons", "sessions", "responses", "best", "references", "depth", "adverse_events", "quality",
            "quality_expected", "therapies", "doses",
        )  # fmt: skip
        parts: dict[str, Any] = {name: part(getattr(self, name)) for name in names}
        return replace(self, course=course, **parts)
