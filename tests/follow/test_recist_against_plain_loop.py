"""The responses of many patients at once against a loop over one patient's visits."""

import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from glisson.follow.recist import recist11
from glisson.follow.rules import Rules

sys.path.insert(0, str(Path(__file__).parent))
from plain_recist import responses

STATES = ("measured", "absent", "too small", "not evaluable", "missing")


def cohort(patients: int, seed: int) -> pl.DataFrame:
    """Patients with one to four targets, up to two non-targets, now and then a new lesion, over six visits."""
    draw = np.random.default_rng(seed)
    rows = []
    for patient in range(patients):
        shrinks = draw.uniform(0.5, 1.3)
        for target in range(draw.integers(0, 5)):
            size = draw.uniform(10, 60)
            for visit in range(6):
                state = STATES[0] if visit == 0 else draw.choice(STATES, p=(0.86, 0.05, 0.03, 0.03, 0.03))
                if state != "missing":
                    known = state == "measured"
                    rows.append((patient, visit, f"T{target}", "target", state, round(size, 1) if known else None))
                size *= shrinks * draw.uniform(0.9, 1.15)
        for other in range(draw.integers(0, 3)):
            rows += [
                (patient, visit, f"N{other}", "non-target", "present" if visit == 0 else draw.choice(
                    ("present", "absent", "not evaluable", "unequivocal progression"), p=(0.7, 0.2, 0.05, 0.05)), None)
                for visit in range(6)
            ]  # fmt: skip
        if draw.random() < 0.1:
            rows.append((patient, int(draw.integers(1, 6)), "X", "new", "present", None))
        rows += [(patient, visit, "scan", "non-target", "present", None) for visit in range(6)] if draw.random() < 0.2 else []
    table = pl.DataFrame(rows, schema=["patient", "visit_number", "lesion", "role", "state", "diameter_mm"], orient="row")
    baseline = pl.col("visit_number") == 0
    table = table.filter(baseline.any().over("patient"))
    return table.with_columns(pl.col("patient").cast(pl.String), pl.col("visit_number").cast(pl.Float64), baseline=baseline)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_overall_response_against_a_plain_loop(seed) -> None:
    table = cohort(400, seed)
    found = recist11(table, rules=Rules(reappearing_lesion="by size"))
    assert found.height > 1500
    by_patient = table.sort("patient").partition_by("patient", as_dict=True)
    expected = [
        (name, number, call) for (name,), rows in by_patient.items() for number, call in responses(rows.iter_rows(named=True))
    ]
    assert sorted(found.select("patient", "visit_number", "overall").rows()) == sorted(expected)
    assert {call for _, _, call in expected} == {"CR", "PR", "SD", "PD", "NE", "non-CR/non-PD"}
