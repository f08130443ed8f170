"""Writes survival_small.csv: 90 made-up rows with ties, late entry, weights, clusters, strata and two causes. Nobody's data."""

import csv
from pathlib import Path

import numpy as np


def rows() -> list[list[str]]:
    random = np.random.default_rng(1988)
    found = []
    for number in range(90):
        x1, x2 = round(float(random.normal()), 2), int(random.random() < 0.45)
        group, stratum, cluster = "ABC"[int(random.integers(3))], "uv"[int(random.integers(2))], int(random.integers(25)) + 1
        rate = 0.06 * np.exp(0.5 * x1 - 0.6 * x2 + 0.4 * (group == "C"))
        first, second, censored = random.exponential(1 / rate), random.exponential(1 / 0.03), random.uniform(4, 40)
        time = min(first, second, censored)
        cause = 1 if time == first else 2 if time == second else 0
        stop = int(np.ceil(time))
        entry = int(min(random.integers(0, 6), stop - 1))
        weight, times = (0.5, 1.0, 1.5, 2.25)[int(random.integers(4))], int(random.integers(1, 4))
        found.append([number + 1, entry, stop, cause, group, stratum, cluster, x1, x2, weight, times])
    return [[str(cell) for cell in row] for row in found]


if __name__ == "__main__":
    names = ["id", "entry", "time", "cause", "group", "stratum", "cluster", "x1", "x2", "weight", "times"]
    with (Path(__file__).parent / "survival_small.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows()])
