"""The page of options: time for each case of the bank, and for the 197 real patients where their table is at hand.

Run from the repository's root: ``python -m benchmarks.weigh``. Floor: the stamped Result as JSON, written once more. Bound asked for:
0.1 s of processor time for the slowest case.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "weigh"))
BOUND_s = 0.1


def times(cases: Iterable[tuple[object, object]]) -> tuple[list[float], list[float]]:
    """Processor seconds of weighing, and of the JSON alone."""
    from glisson.weigh.options import weigh_case

    weighing, floor = [], []
    for case, day in cases:
        began = time.process_time()
        result = weigh_case(case, day=day)
        weighing.append(time.process_time() - began)
        began = time.process_time()
        result.to_json()
        floor.append(time.process_time() - began)
    return weighing[1:], floor[1:]


def told(name: str, weighing: list[float], floor: list[float]) -> None:
    median, slowest = statistics.median(weighing), max(weighing)
    ratio = median / statistics.median(floor)
    bound = "within" if slowest < BOUND_s else "over"
    print(f"{name}: {len(weighing)} cases, median {1e3 * median:.1f} ms, {ratio:.1f} times the floor")
    print(f"  slowest {1e3 * slowest:.1f} ms, {bound} the bound of {1e3 * BOUND_s:.0f} ms")


def main() -> None:
    from bank import BANK, BOARD

    told("bank", *times([(BANK[0].case, BOARD), *((banked.case, BOARD) for banked in BANK)]))
    table = Path(os.environ.get("GLISSON_SHARED", ROOT.parent / "shared")) / "data" / "crlm_clinical" / "crlm_clinical.csv"
    if not table.exists():
        print("real patients: their table is not here")
        return
    import polars as pl
    from test_real_patients import DAY, case_of

    rows = pl.read_csv(table, infer_schema_length=None).iter_rows(named=True)
    cases = [(case_of(number, row), DAY) for number, row in enumerate(rows)]
    told("real patients", *times([cases[0], *cases]))


if __name__ == "__main__":
    main()
