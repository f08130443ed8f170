"""Writes adjusted_small.csv: 240 made-up rows with two confounded exposures, ties, censoring and gaps. Nobody's data."""

import csv
from pathlib import Path

import numpy as np


def rows() -> list[list[str]]:
    random = np.random.default_rng(2007)
    found = []
    for number in range(240):
        age = round(float(63 + 10 * random.normal()), 1)
        marker = round(float(np.exp(1.2 * random.normal() + 2)), 2)
        stage = ("one", "two", "three")[int(random.choice(3, p=[0.45, 0.35, 0.2]))]
        sex = "fm"[int(random.random() < 0.55)]
        chance = 1 / (1 + np.exp(-(0.04 * (age - 63) + 0.5 * (stage == "three") - 0.3 * (sex == "f"))))
        first = int(random.random() < chance)
        second = int(random.random() < 0.4 + 0.15 * first)
        log_rate = 0.4 * first + 0.5 * second + 0.3 * first * second + 0.02 * (age - 63) + 0.35 * (stage == "three")
        log_rate += 0.25 * (np.log(marker) - 2) ** 2
        event, censored = random.exponential(18 / np.exp(log_rate)), random.uniform(3, 36)
        time = max(round(float(min(event, censored)) * 2) / 2, 0.5)
        centre = int(random.integers(8)) + 1
        weight = (0.5, 1.0, 1.75)[int(random.integers(3))]
        found.append([number + 1, time, int(event <= censored), first, second, age, marker, stage, sex, centre, weight])
    return [[str(cell) for cell in row] for row in found]


if __name__ == "__main__":
    names = ["id", "time", "event", "first", "second", "age", "marker", "stage", "sex", "centre", "weight"]
    with (Path(__file__).parent / "adjusted_small.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows()])
