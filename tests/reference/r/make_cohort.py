"""Writes cohort_small.csv (300 made-up rows: centres, covariates with and without gaps) and dose_small.csv (made-up tumours)."""

import csv
from pathlib import Path

import numpy as np


def cohort() -> list[list[str]]:
    random = np.random.default_rng(2009)
    frailty = random.gamma(1 / 0.4, 0.4, size=12)
    found = []
    for number in range(300):
        centre = int(random.integers(12))
        x1 = round(float(random.normal(60, 10)), 1)
        x2 = int(random.random() < 1 / (1 + np.exp(-(x1 - 60) / 10)))
        level = "abc"[int(random.choice(3, p=[0.5, 0.3, 0.2]))]
        rate = 0.04 * frailty[centre] * np.exp(0.03 * (x1 - 60) + 0.6 * x2 + 0.5 * (level == "c"))
        first, censored = random.exponential(1 / rate), random.uniform(6, 60)
        time, event = min(first, censored), int(first <= censored)
        stop = int(np.ceil(time))
        entry = int(min(random.integers(0, 5), stop - 1))
        gone = random.random(3) < [0.15 + 0.15 * event, 0.15 + 0.2 * event, 0.2]
        gaps = ["" if lost else str(value) for lost, value in zip(gone, (x1, x2, level), strict=True)]
        found.append([number + 1, f"c{centre:02d}", entry, stop, event, x1, x2, level, *gaps])
    return [[str(cell) for cell in row] for row in found]


def tumours() -> list[list[str]]:
    random = np.random.default_rng(2020)
    found = []
    for patient in range(70):
        own = random.normal(0, 0.8)
        for _ in range(int(random.integers(1, 4))):
            dose = round(float(np.exp(random.normal(np.log(180), 0.6))), 1)
            logit = 4 * 0.6 * np.log(dose / 170) + own
            found.append([patient + 1, dose, int(random.random() < 1 / (1 + np.exp(-logit)))])
    return [[str(cell) for cell in row] for row in found]


def write(name: str, names: str, rows: list[list[str]]) -> None:
    with (Path(__file__).parent / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names.split(), *rows])


if __name__ == "__main__":
    write("cohort_small.csv", "id centre entry time event x1 x2 level x1_gaps x2_gaps level_gaps", cohort())
    write("dose_small.csv", "patient dose_Gy response", tumours())
