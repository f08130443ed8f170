"""Table 1 against tableone, and against counting where several words can hold or values are missing."""

import json
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from registry_tables import protocol, small, with_patients

from glisson.errors import BadInput
from glisson.learn.cohort.registry.table_one import NO_REASON, table_one
from glisson.learn.cohort.registry.tables import RegistryTables, Variable


def rows_of(tables: RegistryTables, **more: Any) -> dict[str, dict[str, Any]]:
    found = table_one(tables, protocol(**more)).value
    json.dumps(found, allow_nan=False)
    return {row["variable"]: row for row in found["rows"]}


def test_numbers_against_hand() -> None:
    cells = rows_of(small())["age_years"]["cells"]
    assert (cells["a"]["median"], cells["a"]["q1"], cells["a"]["q3"], cells["a"]["least"], cells["a"]["most"]) == (
        62.5,
        57.5,
        66.25,
        50,
        70,
    )
    assert cells["a"]["sd"] == pytest.approx(np.std([50, 60, 65, 70], ddof=1))
    assert (cells["all"]["known"], cells["all"]["missing"], cells["all"]["reasons"]) == (9, 1, {"unknown": 1})


def test_several_words_against_counting() -> None:
    cells = rows_of(small())["sites"]["cells"]
    assert cells["all"]["words"]["lung"] == {"count": 2, "of": 9, "fraction": 2 / 9}
    assert cells["a"]["words"]["bone"]["count"] == 1
    assert cells["all"]["words"]["brain"]["count"] == 0
    assert cells["all"]["reasons"] == {"not done": 1}


def test_missing_without_a_reason_is_said() -> None:
    cells = rows_of(small())["arm"]["cells"]
    assert cells["all"]["reasons"] == {NO_REASON: 1}
    assert cells["all"]["words"]["b"]["of"] == 9
    assert cells["a"]["words"]["a"]["fraction"] == 1.0


def test_a_word_that_the_form_does_not_know_is_told() -> None:
    strange = pl.Series(["z", *[None] * 9], dtype=pl.String)
    tables = with_patients(small(), arm=strange)
    section = table_one(tables, protocol(groups=None, table_one=["arm"]))
    assert section.value["rows"][0]["cells"]["all"]["other"] == 1
    assert [finding.code for finding in section.findings] == ["word-unknown"]
    lists = with_patients(small(), sites=pl.Series([["lung", "skin"], *[None] * 9], dtype=pl.List(pl.String)))
    assert table_one(lists, protocol(table_one=["sites"])).value["rows"][0]["cells"]["all"]["other"] == 1


def test_no_group_no_difference() -> None:
    found = table_one(small(), protocol(groups=None)).value
    assert [head["group"] for head in found["groups"]] == ["all"]
    assert found["rows"][0]["standardised_difference"] is None
    assert found["differences"] is None


def test_nothing_is_known_of_a_group() -> None:
    tables = with_patients(small(), age_years=pl.Series([1.0] * 4 + [None] * 6, dtype=pl.Float64))
    row = rows_of(tables)["age_years"]
    assert row["cells"]["b"]["median"] is None
    assert row["standardised_difference"] is None
    assert "nobody" in row["no_difference"]


def test_a_variable_of_sessions_has_no_place_in_it() -> None:
    with pytest.raises(BadInput, match="sessions"):
        table_one(small(), protocol(table_one=["tace_session.drug_mg"]))


def test_an_empty_table_says_so() -> None:
    assert "names no variable" in table_one(small(), protocol(table_one=[])).value["cannot_say"]


def drawn(patients: int = 120) -> RegistryTables:
    """A larger table with two variables and three groups."""
    random = np.random.default_rng(4)
    arm = random.choice(["a", "b", "c"], patients)
    age = np.where(random.random(patients) < 0.1, np.nan, random.normal(60, 9, patients) + (arm == "c") * 6)
    side = np.where(random.random(patients) < 0.15, None, random.choice(["right", "left", "rectum"], patients).astype(object))
    base = small()
    columns = {"patient": [f"d{n}" for n in range(patients)], "first_session": [base.patients["first_session"][0]] * patients}
    table = pl.DataFrame(
        {**columns, "age_years": pl.Series(age).fill_nan(None), "arm": arm, "side": pl.Series(side.tolist(), dtype=pl.String)}
    )
    variables = {**base.variables, "side": Variable("side", "Side", "choice", levels=("right", "left", "rectum", "both"))}
    return replace(base, patients=table, variables=variables, missing_reasons=base.missing_reasons.clear())


def test_table_against_tableone() -> None:
    from tableone import TableOne

    tables = drawn()
    ours = rows_of(tables, table_one=["age_years", "side"])
    plain = pd.DataFrame(tables.patients.select("age_years", "side", "arm").to_dict(as_series=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = TableOne(
            plain, columns=["age_years", "side"], categorical=["side"],
            nonnormal=["age_years"], groupby="arm", missing=True, smd=True, include_null=False, decimals=6,
        ).tableone  # fmt: skip
    theirs.columns = [column[-1] for column in theirs.columns]
    for group in ("a", "b", "c"):
        cell = ours["age_years"]["cells"][group]
        text = theirs.loc[("age_years, median [Q1,Q3]", ""), group]
        assert text == f"{cell['median']:.6f} [{cell['q1']:.6f},{cell['q3']:.6f}]"
        for level in ("right", "left", "rectum"):
            share = ours["side"]["cells"][group]["words"][level]
            assert theirs.loc[("side, n (%)", level), group] == f"{share['count']} ({share['fraction'] * 100:.6f})"
    assert theirs.loc[("age_years, median [Q1,Q3]", ""), "Missing"] == ours["age_years"]["cells"]["all"]["missing"]
    for name, label in (("age_years", "age_years, median [Q1,Q3]"), ("side", "side, n (%)")):
        pairs = [
            abs(float(v)) for column in theirs.columns if column.startswith("SMD") for v in theirs.loc[label][column] if v != ""
        ]
        assert ours[name]["standardised_difference"] == pytest.approx(max(pairs), abs=6e-4)  # they print three decimals
