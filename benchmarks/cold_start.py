"""What a fresh process pays before its first history, and what a folder of compiled code takes off: ``python -m benchmarks.cold_start``.

Processor time of all threads, so that other work on the machine counts little. The folder is empty for the first process.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PROCESSES = 3
PARTS = ("imports", "cross sections", "first walk", "next walk", "first gamma", "next gamma")
CODE = """
import json, sys, time
from pathlib import Path

marks = [time.process_time()]
mark = lambda: marks.append(time.process_time())
from benchmarks.phantom import phantom
from glisson.dose.batches import Stop
from glisson.dose.composition import composition
from glisson.dose.constant import dose_constant
from glisson.dose.electrons.tables import QUICK, tables
from glisson.dose.gamma import gamma_index
from glisson.dose.montecarlo import MonteCarlo
given, folder = phantom(), Path(sys.argv[1])
engine, constant = MonteCarlo(stop=Stop(histories=64_000), cache=folder), dose_constant("Y-90")
mark()
tables(composition(given.activity, given.density, None).media, QUICK)
mark()
for _ in range(2):
    dose = engine(given.activity, density=given.density, constant=constant).dose
    mark()
hot = dose.array >= 0.9 * dose.array.max()
for _ in range(2):
    gamma_index(dose, dose.with_array(dose.array * 1.01), judged=hot, cache=folder)
    mark()
print(json.dumps([after - before for before, after in zip(marks, marks[1:])]))
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runs = [_fresh(folder) for _ in range(PROCESSES)]
        bytes_ = sum(file.stat().st_size for file in Path(folder).rglob("*.bin"))
    print(f"| process | {' | '.join(PARTS)} |")
    print("|" + "---|" * (len(PARTS) + 1))
    for number, run in enumerate(runs, start=1):
        print(f"| {number} | {' | '.join(f'{seconds:.2f} s' for seconds in run)} |")
    whole = [sum(run[:3]) for run in runs]
    print(f"\nUp to the first dose {whole[0] / min(whole[1:]):.1f} times as fast; {bytes_ / 1000:.0f} kB kept.")


def _fresh(folder: str) -> list[float]:
    done = subprocess.run(
        [sys.executable, "-c", CODE, folder], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    return [float(seconds) for seconds in json.loads(done.stdout)]


if __name__ == "__main__":
    main()
