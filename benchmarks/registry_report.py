"""The whole report of a simulated registry: seconds by stage, and the share of the figures beside what empty ones cost.

Run from the repository's root: ``python -m benchmarks.registry_report [PATIENTS]``. The limit is 30 s for 152 patients. The *floor* of the
figures is the same number of empty sheets written in the same three formats: what the drawing library takes for nothing.
"""

import io
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

PATIENTS = 152
LIMIT_s = 30.0
MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
STAGES = (
    (0.10, "sign in and decrypt"),
    (0.20, "judge every visit, gather the tables"),
    (0.7499, "analyse"),
    (0.9499, "draw the figures"),
    (1.01, "HTML, PDF, tables"),
)
"""Share of the whole up to which each stage goes, as ``report_registry`` reports it."""


class Stopwatch:
    """Seconds by stage, by the clock and of the processor, between reports of progress."""

    def __init__(self) -> None:
        self.clock_s = dict.fromkeys((name for _, name in STAGES), 0.0)
        self.processor_s = dict(self.clock_s)
        self._share, self._clock, self._processor = 0.0, time.perf_counter(), time.process_time()

    def __call__(self, share: float, words: str) -> None:
        name = next(name for end, name in STAGES if self._share < end)
        clock, processor = time.perf_counter(), time.process_time()
        self.clock_s[name] += clock - self._clock
        self.processor_s[name] += processor - self._processor
        self._share, self._clock, self._processor = share, clock, processor


def empty_figures(number: int) -> float:
    """Processor seconds of as many sheets with nothing on them, as SVG, PDF and PNG."""
    from matplotlib.figure import Figure

    before = time.process_time()
    for _ in range(number):
        for kind in ("svg", "pdf", "png"):
            Figure(figsize=(6.9, 4.0)).savefig(io.BytesIO(), format=kind, dpi=300)
    return time.process_time() - before


def measured(folder: Path, patients: int) -> tuple[Stopwatch, int]:
    """The stages of one report from a registry on disk, and how many figures it has."""
    from glisson.actions.cohort.report import report_registry
    from glisson.actions.registry.door import Door
    from glisson.actions.registry.simulated import simulate_study

    door = Door(str(folder / "registry.db"), "bench", "nobody is in this registry")
    simulate_study(door, study="cirel", patients=patients)
    watch = Stopwatch()
    done = report_registry(door, "cirel", folder / "report", made_at=MADE_AT, progress=watch)
    watch(1.0, "")
    return watch, sum(file.suffix == ".svg" for file in done.files)


def main(patients: int = PATIENTS) -> None:
    """Prints the stages, their shares and the floor."""
    with tempfile.TemporaryDirectory() as name:
        watch, figures = measured(Path(name), patients)
    whole = sum(watch.processor_s.values())
    print(f"{patients} simulated patients, protocol cirel, {figures} figures\n")
    print(f"{'stage':40s} {'clock, s':>9s} {'processor, s':>13s} {'share, %':>9s}")
    for stage, seconds in watch.processor_s.items():
        print(f"{stage:40s} {watch.clock_s[stage]:9.1f} {seconds:13.1f} {100 * seconds / whole:9.0f}")
    print(f"{'whole':40s} {sum(watch.clock_s.values()):9.1f} {whole:13.1f} {100:9d}")
    floor = empty_figures(figures)
    drawing = watch.processor_s["draw the figures"]
    print(f"\nempty figures: {floor:.1f} s of the processor; drawing takes {drawing / floor:.1f} times that")
    print(f"limit {LIMIT_s:g} s: the whole took {whole:.1f} s of the processor ({'kept' if whole < LIMIT_s else 'missed'})")


if __name__ == "__main__":
    main(*(int(number) for number in sys.argv[1:2]))
