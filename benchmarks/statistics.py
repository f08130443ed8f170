"""Whether the standard errors are true: many seeds on the phantom. Writes docs/validation/statistics.md."""

import numpy as np
from benchmarks.ours import CONSTANT, THREADS
from benchmarks.pages import Page
from benchmarks.phantom import phantom

from glisson.dose.batches import Stop
from glisson.dose.compare import COUPLED, within_reach
from glisson.dose.montecarlo import MonteCarlo

SEEDS, HISTORIES = 200, 2_000_000


def main() -> None:
    page = Page("statistics", "Whether the standard errors are true", "accuracy")
    given = phantom()
    regions = dict(given.masks) | {
        "lung within 20 mm of the liver": within_reach(given.mask("lung"), given.mask("liver"), 20.0).array,
        "first 30 voxels of the tumour": _first(given.masks["tumour"], 30),
    }
    doses, errors = [], []
    means = {name: [] for name in regions}
    stated = {name: [] for name in regions}
    for seed in range(SEEDS):
        run = MonteCarlo(stop=Stop(histories=HISTORIES), seed=seed, threads=THREADS)(
            given.activity, density=given.density, constant=CONSTANT
        )
        assert run.standard_error is not None
        doses.append(run.dose.array)
        errors.append(run.standard_error.array)
        for name, mask in regions.items():
            means[name].append(float(run.dose.array[mask].mean(dtype=np.float64)))
            stated[name].append(float(np.sqrt((run.standard_error.array[mask].astype(np.float64) ** 2).sum())) / mask.sum())
    every, error = np.array(doses, dtype=np.float64), np.array(errors, dtype=np.float64)
    mean = every.mean(axis=0)
    shown = mean > 0.01 * mean.max()
    z = (every[:, shown] - mean[shown]) / (error[:, shown] * np.sqrt(1 - 1 / SEEDS))
    page.say(
        f"{SEEDS} runs of {HISTORIES:,} histories each, every one with its own seed, on the [phantom](speed.md). For each of "
        f"{int(shown.sum()):,} "
        f"voxels above 1 % of the highest dose: (dose − mean over the seeds) over the stated standard error. Pooled variance "
        f"**{z.var():.3f}** (0.9 to 1.1 wanted; 1.03 is what 64 batches give), mean {z.mean():+.3f}; "
        f"{100 * np.mean(np.abs(z) < 1):.1f} % lie within one standard error (68.3), {100 * np.mean(np.abs(z) < 2):.1f} % within "
        f"two (95.4)."
    )
    same = [
        MonteCarlo(stop=Stop(histories=HISTORIES), threads=threads)(given.activity, density=given.density, constant=CONSTANT)
        for threads in (1, 2, 4)
    ]
    identical = all(np.array_equal(same[0].dose.array, run.dose.array) for run in same[1:])
    page.say(f"One seed with 1, 2 and 4 threads: doses {'the same to the last bit' if identical else '**differ**'}.")
    page.head("Means of regions")
    page.say(
        "Standard error of a region's mean: over the seeds, and from the voxels as if they were independent. Even starts make it "
        "smaller where activity "
        f"lies, histories that cross many voxels make it larger in lung. What is printed for a region is {COUPLED:g} times the second."
    )
    rows = []
    for name in regions:
        true, said, dose = np.std(means[name], ddof=1), float(np.mean(stated[name])), float(np.mean(means[name]))
        rows.append(
            [name, str(int(regions[name].sum())), f"{100 * true / dose:.3f}", f"{100 * said / dose:.3f}", f"{true / said:.2f}"]
        )
    page.table(["region", "voxels", "over the seeds (%)", "voxels independent (%)", "ratio"], rows)
    page.data("statistics", ["region", "voxels", "over_seeds_percent", "independent_percent", "ratio"], rows)
    page.write()


def _first(mask: np.ndarray, number: int) -> np.ndarray:
    found = np.zeros_like(mask)
    found[tuple(np.argwhere(mask)[:number].T)] = True
    return found


if __name__ == "__main__":
    main()
