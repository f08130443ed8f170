"""Lesion doses of many cases as CSV: python many_cases.py CASE1 CASE2 ... > lesions.csv."""

import csv
import sys
from pathlib import Path

from glisson.actions import dose_case
from glisson.errors import GlissonError

table = csv.writer(sys.stdout)
table.writerow(["case", "lesion", "volume_mL", "mean_Gy", "relative_uncertainty", "D70_Gy"])
for folder in map(Path, sys.argv[1:]):
    try:
        result = dose_case(folder).result
    except GlissonError as error:
        print(f"{folder.name}: {error}", file=sys.stderr)
        continue
    for row in result.value["structures"]:
        if row["kind"] == "lesion":
            spread = row["mean_uncertainty"]["relative_total"]
            table.writerow([result.parameters["case"], row["site"], row["volume_mL"], row["mean_Gy"], spread, row["D70_Gy"]])
