"""Mean doses of a case by local deposition and by the kernel engine: python compare_engines.py CASE."""

import sys
from pathlib import Path

from glisson.actions import dose_case


def means(folder: Path, method: str) -> dict[str, float]:
    done = dose_case(folder, method=method)
    return {row["name"]: row["mean_Gy"] for row in done.result.value["structures"]}


folder = Path(sys.argv[1])
local, kernel = means(folder, "local"), means(folder, "kernel")
print(f"{'structure':24} {'local Gy':>9} {'kernel Gy':>9}")
for name in local:
    print(f"{name:24} {local[name]:9.1f} {kernel[name]:9.1f}")
