"""Made-up tables for the tests of analyses over sites, and the same analyses of the whole table."""

from typing import Any

import numpy as np
import polars as pl

from glisson.learn.cohort.cox import CoxFit, cox
from glisson.learn.cohort.design import design
from glisson.learn.cohort.screen import Columns, screened
from glisson.learn.cohort.sites.definition import Definition, definition
from glisson.learn.cohort.sites.rules import Rules
from glisson.learn.cohort.study import Options, survival_study
from glisson.learn.cohort.table import SurvivalData, survival_data

OPEN: dict[str, Any] = {
    "min_cell": 1, "time_width": 0, "largest_share": 1, "numbers_per_value": None, "risk_sets": True, "covariates_at_most": 20,
}  # fmt: skip
"""Rules under which exact sums may leave."""


def cohort(rows: int = 400, seed: int = 1) -> pl.DataFrame:
    """Follow-up in months with ties, two causes, late entry, a number, a yes/no and a word of three levels."""
    random = np.random.default_rng(seed)
    age = random.normal(65, 9, rows).round(1)
    sex = random.integers(0, 2, rows)
    stage = random.choice(["I", "II", "III"], rows, p=[0.3, 0.4, 0.3])
    end = random.exponential(20 * np.exp(-0.03 * (age - 65) - 0.4 * sex)).round(0) + 1
    censored = random.uniform(2, 60, rows).round(0)
    time = np.minimum(end, censored)
    entry = np.minimum(random.integers(0, 6, rows), time - 1)
    event = np.where(end <= censored, random.choice([1, 2], rows, p=[0.6, 0.4]), 0)
    return pl.DataFrame(
        {"id": np.arange(rows), "time": time, "event": event, "entry": entry, "age": age, "sex": sex, "stage": stage}
    ).with_columns(dead=(pl.col("event") > 0).cast(pl.Int64))


def rules(table: pl.DataFrame, site: str = "A", **changed: Any) -> Rules:
    """Rules that allow every column but the patient's."""
    allow = [name for name in table.columns if name != "id"]
    return Rules(**{"site": site, "patient": "id", "allow": allow} | changed)  # type: ignore[arg-type]


def split(table: pl.DataFrame, parts: int = 4, **changed: Any) -> dict[str, tuple[pl.DataFrame, Rules]]:
    """A table dealt out to sites, row by row."""
    return {f"S{part}": (table[part::parts], rules(table, f"S{part}", **changed)) for part in range(parts)}


def site_of(table: pl.DataFrame, parts: int = 4) -> np.ndarray:
    """Site of each row of the whole table."""
    return np.arange(len(table)) % parts


def asked(kind: str = "curves", **given: Any) -> Definition:
    """An analysis of the made-up table."""
    follows = {} if kind == "table" else {"time": "time", "event": "dead"}
    return definition(**{"kind": kind, "asker": "lead", "times": (6, 12, 24)} | follows | given)


def central_curves(table: pl.DataFrame, wanted: Definition) -> dict[str, Any]:
    """The study of the whole table."""
    columns = Columns(
        time=wanted.time, event=wanted.event, entry=wanted.entry, group=wanted.group, stratum=wanted.strata,
        happened=wanted.happened,
    )  # fmt: skip
    return survival_study(screened(table, columns), Options(times=wanted.times)).value


def central_cox(table: pl.DataFrame, wanted: Definition, site: np.ndarray) -> CoxFit:
    """The model of the whole table."""
    given = design(table.select(wanted.covariates), wanted.covariates)
    return cox(central_data(table, wanted, site), given.x, given.names, ties=wanted.ties)


def central_data(table: pl.DataFrame, wanted: Definition, site: np.ndarray) -> SurvivalData:
    """Follow-up of the whole table, with the strata that the analysis asks for."""
    strata = [str(label) for label in table[wanted.strata]] if wanted.strata else [""] * len(table)
    if wanted.by_site:
        strata = [f"{one}: {label}" for one, label in zip(site, strata, strict=True)]
    return survival_data(
        table[wanted.time], table[wanted.event], entry=table[wanted.entry] if wanted.entry else None,
        stratum=strata if wanted.by_site or wanted.strata else None,
    )  # fmt: skip
