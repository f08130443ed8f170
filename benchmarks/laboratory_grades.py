"""CTCAE grades of a table of laboratory values, beside one call per value in the same run.

Floor: the table grades a value at least 50 times as fast as a call of its own, and twice the values take at most three times as
long. Processor time, so that other work on the machine counts little.
"""

import time

import numpy as np
import polars as pl

from glisson.knowledge.toxicity import laboratories
from glisson.score.ctcae import LabValue, grade_value
from glisson.score.ctcae_table import grade_table

FLOOR, GROWTH = 50.0, 3.0
TESTS: dict[str, tuple[float, float | None, float | None]] = {
    "alt_U_per_L": (30, None, 40), "ast_U_per_L": (30, None, 40), "alp_U_per_L": (90, None, 120),
    "bilirubin_umol_per_L": (12, None, 21), "albumin_g_per_L": (38, 35, None), "platelets_1e9_per_L": (180, 150, None),
    "neutrophils_1e9_per_L": (3, 1.5, None), "leukocytes_1e9_per_L": (6, 4, None), "haemoglobin_g_per_L": (120, 120, 170),
    "creatinine_umol_per_L": (80, 45, 100), "inr": (1.1, None, None), "lipase_U_per_L": (40, None, 60),
}  # fmt: skip
"""Middle, lower and upper limit of normal."""


def table(patients: int, visits: int = 10) -> pl.DataFrame:
    """Twelve tests of every patient at every visit, spread around their middle."""
    draw = np.random.default_rng(20261122)
    parts = []
    for name, (middle, low, high) in TESTS.items():
        values = middle * np.exp(draw.normal(0, 0.6, patients * visits))
        base = np.repeat(middle * np.exp(draw.normal(0, 0.4, patients)), visits)
        limits = [
            pl.lit(name).alias("laboratory"),
            pl.lit(low, pl.Float64).alias("lower_normal"),
            pl.lit(high, pl.Float64).alias("upper_normal"),
        ]
        parts.append(pl.DataFrame({"value": values, "baseline": base}).with_columns(limits))
    return pl.concat(parts)


def seconds_of_table(values: pl.DataFrame) -> float:
    start = time.process_time()
    grade_table(values, version="5")
    return time.process_time() - start


def seconds_of_single(values: pl.DataFrame) -> float:
    ranges = {name: entry.value for name, entry in laboratories().items()}
    rows = [
        row
        for row in values.iter_rows(named=True)
        if ranges[row["laboratory"]][0] <= row["value"] <= ranges[row["laboratory"]][1]
    ]
    start = time.process_time()
    for row in rows:
        names = ("laboratory", "value", "lower_normal", "upper_normal")
        grade_value(LabValue(*(row[name] for name in names)), version="5")
    return (time.process_time() - start) / len(rows)


def main() -> None:
    seconds_of_table(table(10))
    single = seconds_of_single(table(10, 2))
    small, large = table(10_000), table(20_000)
    few, many = (min(seconds_of_table(values) for _ in range(3)) for values in (small, large))
    ratio, growth = single / (many / large.height), many / few
    print(f"{large.height} values in {many:.1f} s of processor time; one call per value {1e6 * single:.0f} µs")
    print(f"table {ratio:.0f} times as fast as single calls (floor {FLOOR:g})")
    print(f"twice the values in {growth:.1f} times the time (at most {GROWTH:g})")
    assert ratio >= FLOOR and growth <= GROWTH


if __name__ == "__main__":
    main()
