"""Frozen output of R and the small tables it came from."""

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).parents[1] / "reference" / "r"


@cache
def frozen(name: str) -> dict[tuple[str, str], np.ndarray]:
    """Numbers by analysis and item; NaN where R has NA."""
    found = defaultdict(list)
    with (HERE / f"{name}.csv").open(encoding="utf-8") as file:
        for line in csv.DictReader(file):
            if line["analysis"] != "versions":
                found[line["analysis"], line["item"]].append(float(line["value"] or "nan"))
    return {key: np.array(values) for key, values in found.items()}


@cache
def small() -> pl.DataFrame:
    """The made-up table with ties, late entry, weights, clusters, strata and two causes."""
    return pl.read_csv(HERE / "survival_small.csv")
