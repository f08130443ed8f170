"""What makes the Monte Carlo fast, and how far it is from what the machine could do. Writes docs/validation/performance.md.

Events (steps, legs, faces, deposits) are counted by the walk itself, wrapped; the floor of each is measured alone, in a loop that
does nothing else; gains are measured by taking one thing away.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from benchmarks.hardware import described
from benchmarks.ours import CONSTANT, THREADS
from benchmarks.pages import FOLDER, Page, write_json
from benchmarks.phantom import Phantom, phantom
from numba import njit

from glisson.dose.batches import Stop
from glisson.dose.composition import composition
from glisson.dose.electrons import voxels
from glisson.dose.electrons.histories import build_batch, empty_stack, energy_quantiles, voxel_batch
from glisson.dose.electrons.stream import DIRECTIONS, LOW_HALF, PLACES, STRIDE, UNIT, deflect, splitmix
from glisson.dose.electrons.tables import FINE, QUICK, Steps, tables
from glisson.dose.montecarlo import MonteCarlo
from glisson.knowledge.spectra import beta_spectra

HISTORIES, ROUNDS = 200_000, 3
GROUPS, GROUP = 64, 2_000
LOOP = 2_000_000
FAST = {"nogil": True, "error_model": "numpy", "forceinline": True, "_nrt": False}
"""How the walk is compiled."""
Jit = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class Problem:
    """The phantom as the walk sees it."""

    geometry: Any
    emission: Any
    media: tuple[str, ...]

    @classmethod
    def of(cls, given: Phantom) -> "Problem":
        filled = composition(given.activity, given.density)
        hz, hy, hx = given.activity.grid.spacing_mm
        deep, down, across = given.activity.grid.shape
        geometry = voxels.Voxels(
            np.ascontiguousarray(filled.density_g_per_mL).ravel(),
            np.ascontiguousarray(filled.number).ravel(),
            (across, down, deep),
            (hx, hy, hz),
        )
        flat = given.activity.array.astype(np.float64).ravel()
        voxel = np.flatnonzero(flat)
        cumulative = np.cumsum(flat[voxel]) / flat.sum()
        cumulative[-1] = 1.0 + 1e-12
        return cls(geometry, voxels.Emission(voxel, cumulative, energy_quantiles(beta_spectra()["Y-90"])), filled.media)

    def run(self, batch: Any, steps: Steps, first: int, count: int, extra: int = 0) -> tuple[np.ndarray, np.ndarray]:
        score, ledger = np.zeros(len(self.geometry.density) + 1), np.zeros(PLACES + extra)
        batch(
            self.geometry,
            tables(self.media, steps),
            DIRECTIONS,
            self.emission,
            score,
            ledger,
            empty_stack(),
            np.uint64(1),
            first,
            count,
        )
        return score, ledger


def main() -> None:
    page = Page("performance", "What makes the Monte Carlo fast", "floor")
    problem = Problem.of(phantom())
    page.say(
        f"One core of {described()['processor']}, Y-90 on the [phantom](speed.md) of 40³ voxels of 4 mm; processor time. Seconds "
        f"belong to the machine, "
        "ratios hold better. The times of whole doses stand on the [page of speed](speed.md)."
    )
    found = {"hardware": described(), "events": events(page, problem)}
    found["floor"] = floors(page, problem, found["events"]["quick"])
    found["gains"] = gains(page, problem)
    found["variance"] = variance(page, problem)
    history(page)
    write_json(FOLDER / "data" / "performance.json", found)
    page.write()


def ns_per_history(problem: Problem, batch: Any, steps: Steps) -> float:
    """Best of some rounds, nanoseconds of processor time."""
    taken = []
    for number in range(ROUNDS + 1):
        started = time.process_time()
        problem.run(batch, steps, number * HISTORIES, HISTORIES)
        taken.append(time.process_time() - started)
    return 1e9 * min(taken[1:]) / HISTORIES


def events(page: Page, problem: Problem) -> dict[str, dict[str, float]]:
    """Counted by the walk: legs by calls of ``fly``, faces by the voxels between its ends, tracks by calls of ``stay``."""
    page.head("What a history does")
    batch = counting_batch()
    rows, found = [], {}
    for name, steps in (("quick", QUICK), ("fine", FINE)):
        score, ledger = problem.run(batch, steps.without_photons(), 0, HISTORIES, extra=2)
        legs, faces = (float(v) / HISTORIES for v in ledger[PLACES:])
        tracks = float(score[-1]) / HISTORIES
        each = {"steps": (legs - tracks) / 2.0, "legs": legs, "faces": faces, "deposits": legs + faces + tracks, "tracks": tracks}
        each["ns"] = ns_per_history(problem, voxel_batch(), steps)
        each["ns without photons"] = ns_per_history(problem, voxel_batch(), steps.without_photons())
        found[name] = each
        rows.append([name, *(f"{each[key]:.2f}" for key in ("steps", "legs", "faces", "deposits", "tracks")), f"{each['ns']:.0f}",
                     f"{each['ns'] / each['steps']:.0f}"])  # fmt: skip
    columns = ["steps", "steps", "legs", "faces crossed", "deposits", "electrons (one and those it strikes)", "ns", "ns per step"]
    page.table(
        ["", *columns[1:]], rows, "Means per history, counted by the walk itself; a step is two straight legs around its turn."
    )
    return found


def counting_batch() -> Any:
    """The batch with a counter in the ledger and one in the last place of the score."""
    jit = njit(**FAST)
    put = jit(voxels.add)
    fly, stay = jit(voxels.build_fly(put)), jit(voxels.build_stay(put))

    def counted_fly(geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, loss, stretch):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        px, py, pz, a, b, c, left = fly(geometry, tables, score, ledger, x, y, z, u, v, w, i, j, k, energy, loss, stretch)
        ledger[PLACES] += 1.0
        ledger[PLACES + 1] += abs(a - i) + abs(b - j) + abs(c - k)
        return px, py, pz, a, b, c, left

    def counted_stay(geometry, score, x, y, z, i, j, k, energy):  # type: ignore[no-untyped-def]  # noqa: PLR0917
        stay(geometry, score, x, y, z, i, j, k, energy)
        score[len(score) - 1] += 1.0

    return build_batch(
        jit, counted_fly, counted_stay, voxels.place, voxels.travel, njit(nogil=True, error_model="numpy", _nrt=False)
    )


@dataclass(frozen=True)
class Part:
    """One thing that a history must do: how often, and what one costs alone."""

    name: str
    number: float
    ns: float
    words: str


def floors(page: Page, problem: Problem, counted: dict[str, float]) -> list[dict[str, object]]:
    """The least that the counted events cost, each measured alone."""
    page.head("The floor")
    steps, legs, faces, deposits = (counted[key] for key in ("steps", "legs", "faces", "deposits"))
    known = tables(problem.media, QUICK)
    size = len(problem.geometry.density)
    rng = np.random.default_rng(1)
    walk = rng.choice(problem.emission.voxel, 256)[:, None] + np.cumsum(rng.integers(-1, 2, (256, 16)), axis=1)
    around = (np.zeros(size), problem.geometry.density, problem.geometry.medium, np.clip(walk, 0, size - 1).ravel())
    nodes = rng.integers(10, 220, 4096)
    parts = [
        Part(
            "64 random bits, as two numbers", 3 * steps + 3, alone(_draws()),
            "three per step (hinge and spread, angle and chance, azimuth and rounding), three per start; integer operations",
        ),
        Part(
            "numbers from tables", 12 * steps, alone(_look_ups(), known.stopping[0], known.angle[0, 0], nodes),
            "step, spread, two of stopping for each leg, two edges of the angle's bin, direction (2), collisions, photons",
        ),
        Part("turn", steps, alone(_turns(), DIRECTIONS), "two square roots, one division, 26 products and sums"),
        Part("straight leg", legs, alone(_legs()), "one division (loss to distance), 21 products and sums, six comparisons"),
        Part("face", faces, alone(_faces()), "three divisions, 15 products and sums"),
        Part("deposit", deposits, alone(_deposits(), *around), "8 bytes read and written in the score, 5 read (density, medium)"),
    ]  # fmt: skip
    total = sum(part.number * part.ns for part in parts)
    rows = [[part.name, f"{part.number:.1f}", f"{part.ns:.2f}", f"{part.number * part.ns:.0f}", part.words] for part in parts]
    rows.append(["**the floor**", "", "", f"**{total:.0f}**", ""])
    rows.append(
        [
            "**a history, without photons**",
            "",
            "",
            f"**{counted['ns without photons']:.0f}**",
            f"{counted['ns without photons'] / total:.1f} times the floor",
        ]
    )
    page.say(
        "Each part alone in a compiled loop whose turns do not wait for each other: the least that it can cost here (quick steps). "
        "Within a history they do "
        "wait: a leg for the turn before it, a turn for its random bits, a look-up for the energy that is left; and each end of a "
        "track, face or collision "
        "is a branch that is guessed wrong now and then."
    )
    page.table(["part", "per history", "ns each", "ns per history", "counted from the source"], rows)
    kilobytes = (problem.geometry.density.nbytes + problem.geometry.medium.nbytes + 8 * size) / 1e3
    per_medium = (known.angle[:, 0].nbytes + known.tail[:, 0].nbytes) / 1e3
    page.say(
        f"Memory that the walk touches: {kilobytes:.0f} kB for this grid (13 bytes a voxel), {per_medium:.0f} kB of angles for each "
        f"medium. A history writes "
        f"{16 * deposits:.0f} bytes of score; at the rate above that is {16 * deposits / counted['ns']:.1f} GB/s, far below what a "
        f"cache moves: the walk is bound "
        "by latencies of dependent arithmetic and by branches, not by bytes."
    )
    return [{"part": part.name, "per_history": part.number, "ns": part.ns} for part in parts]


def alone(function: Any, *arrays: Any) -> float:
    """Nanoseconds of one turn of a loop, best of some."""
    taken = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        function(LOOP, *arrays)
        taken.append(time.process_time() - started)
    return 1e9 * min(taken[1:]) / LOOP


def _draws() -> Any:
    scramble = njit(**FAST)(splitmix)

    @njit(error_model="numpy")
    def loop(n):  # type: ignore[no-untyped-def]
        state, total = np.uint64(1), 0.0
        for _ in range(n):
            state += np.uint64(STRIDE)
            bits = scramble(state)
            total += float(np.int64(bits >> np.uint64(32))) * UNIT + float(np.int64(bits & np.uint64(LOW_HALF))) * UNIT
        return total

    return loop


def _look_ups() -> Any:
    """One number of a row of a table at a place known before."""

    @njit(error_model="numpy")
    def loop(n, row, table, places):  # type: ignore[no-untyped-def]
        total = 0.0
        for k in range(n // 2):
            node = places[k & 4095]
            total += row[node] + table[node, k & 63]
        return total

    return loop


def _turns() -> Any:
    """Turns that do not wait for each other."""
    turned = njit(**FAST)(deflect)

    @njit(error_model="numpy")
    def loop(n, directions):  # type: ignore[no-untyped-def]
        total = 0.0
        for k in range(n):
            u, v, w = turned(0.6, 1e-7 * k, 0.8, 0.1 + 1e-7 * k, directions[k & 2047])
            total += u + v + w
        return total

    return loop


def _legs() -> Any:
    """Legs that stay in their voxel and do not wait for each other."""

    @njit(error_model="numpy")
    def loop(n):  # type: ignore[no-untyped-def]
        total, inside = 0.0, 0
        for k in range(n):
            at = (1.0 + 1e-7 * k) * 100.0
            part = at - int(at)
            per_mm = 0.1 * (2.0 * (1.0 - part) + 2.1 * part) * 1.05
            distance = 1e-9 * k / per_mm
            x, y, z = 0.5 + 0.6 * distance, 0.5 + 0.1 * distance, 0.5 + 0.7 * distance
            if 0.0 <= x < 1e9 and 0.0 <= y < 1e9 and 0.0 <= z < 1e9:
                inside += 1
            total += x + y + z
        return total + inside

    return loop


def _faces() -> Any:
    @njit(error_model="numpy")
    def loop(n):  # type: ignore[no-untyped-def]
        total = 0.0
        for k in range(n):
            shift = 1e-9 * k
            tx, ty, tz = (4.0 - shift) / (0.6 + shift), (shift - 4.0) / (shift - 0.5), (4.0 - shift) / (0.62 + shift)
            nearest = max(min(tx, ty, tz), 0.0)
            total += 0.6 * nearest - 0.5 * nearest + 0.62 * nearest
        return total

    return loop


def _deposits() -> Any:
    """A voxel known before: density and medium read, score read and written."""

    @njit(error_model="numpy")
    def loop(n, score, density, medium, places):  # type: ignore[no-untyped-def]
        for k in range(n):
            index = places[k & 4095]
            score[index] += density[index] + medium[index]
        return score[0]

    return loop


def gains(page: Page, problem: Problem) -> list[dict[str, object]]:
    """One thing taken away at a time."""
    page.head("What each optimisation gains")
    base = ns_per_history(problem, voxel_batch(), QUICK)
    without = {
        "no reference counts on arrays inside the compiled walk": FAST | {"_nrt": True},
        "every function of the walk inlined by force": FAST | {"forceinline": False},
        "division by zero not checked": FAST | {"error_model": "python"},
    }
    rows, found = [], []

    def add(words: str, before: float, after: float) -> None:
        rows.append([words, f"{1e9 / before:,.0f}", f"{1e9 / after:,.0f}", f"{before / after:.2f}"])
        found.append({"change": words, "before_per_s": 1e9 / before, "after_per_s": 1e9 / after, "gain": before / after})

    for words, options in without.items():
        add(words, ns_per_history(problem, _variant(options), QUICK), base)
    add("quick steps instead of fine ones", ns_per_history(problem, voxel_batch(), FINE), base)
    add(
        "no photons at all (not the default)",
        base,
        ns_per_history(problem, voxel_batch(), QUICK.without_photons()),
    )
    given = phantom()
    clock = []
    for threads in (1, THREADS):
        engine = MonteCarlo(stop=Stop(histories=10 * HISTORIES), threads=threads)
        done = engine(given.activity, density=given.density, constant=CONSTANT)
        assert done.transport is not None
        clock.append(1e9 * done.transport.seconds / done.transport.histories)
    add(f"{THREADS} threads instead of one (by the clock)", clock[0], clock[1])
    page.table(
        ["change", "histories/s before", "after", "gain"],
        rows,
        "Before: the walk as it is, with this one thing taken away. Last line: the whole engine.",
    )
    return found


def _variant(options: dict[str, Any]) -> Any:
    call = {key: value for key, value in options.items() if key != "forceinline"}
    jit = njit(**options)
    put = jit(voxels.add)
    return build_batch(jit, voxels.build_fly(put), voxels.build_stay(put), voxels.place, voxels.travel, njit(**call))


def variance(page: Page, problem: Problem) -> dict[str, float]:
    """Even starts and energies against independent ones: variance of the mean dose of a voxel and of a region, same number of "
    "histories."""
    page.head("Even starts and energies")
    given, batch = phantom(), voxel_batch()
    tumour, liver = given.masks["tumour"].ravel(), given.masks["liver"].ravel()
    scores: dict[str, list[np.ndarray]] = {"even": [], "independent": []}
    for group in range(GROUPS):
        scores["even"].append(problem.run(batch, QUICK, group * GROUP, GROUP)[0][:-1])
        alone_ = np.zeros(len(problem.geometry.density) + 1)
        stack, known, ledger = empty_stack(), tables(problem.media, QUICK), np.zeros(PLACES)
        for n in range(GROUP):  # a batch of one history is a random start with a random energy
            first = 10**9 + group * GROUP + n
            batch(problem.geometry, known, DIRECTIONS, problem.emission, alone_, ledger, stack, np.uint64(1), first, 1)
        scores["independent"].append(alone_[:-1])
    found = {}
    for name, groups in scores.items():
        every = np.array(groups)
        found[f"{name}, voxels"] = float(every[:, tumour].var(axis=0, ddof=1).mean())
        for region, mask in (("tumour", tumour), ("liver", liver)):
            found[f"{name}, {region}"] = float(every[:, mask].sum(axis=1).var(ddof=1))
    gain = {what: found[f"independent, {what}"] / found[f"even, {what}"] for what in ("voxels", "tumour", "liver")}
    page.say(
        f"Starts are spread evenly over the activity and energies evenly over the spectrum. Against independent ones, the same "
        f"histories per second: the variance "
        f"of a tumour voxel falls by a factor of {gain['voxels']:.2f}, that of the tumour's mean {gain['tumour']:.1f}, of the "
        f"liver's mean {gain['liver']:.0f}. "
        f"({GROUPS} groups of {GROUP:,} histories; the last two are known to {100 * (2 / (GROUPS - 1)) ** 0.5 * 2**0.5:.0f} %.)"
    )
    return gain


def history(page: Page) -> None:
    page.head("Tried, and what came of it")
    page.table(
        ["change", "histories/s before", "after", "gain"],
        [
            ["helpers inlined by force, when references were still counted", "285,000", "340,000", "1.2"],
            ["no reference counts (same walk)", "340,000", "1,760,000 to 2,400,000", "5 to 7"],
            ["random bits turned into numbers through signed integers", "340,000", "320,000", "none"],
        ],
        "Measured on one core of a shared two-core machine while the walk was written; voxels of 3 mm of water, no photons.",
    )
    page.say(
        "The second was the surprise: every call that hands on a tuple of arrays counted references to each of them, up and down, "
        "with atomic operations."
    )


if __name__ == "__main__":
    main()
