"""The kernel engine against ``scipy.signal.fftconvolve`` in float64 on the full volume, and against reading and writing once.

Run from the repository's root: ``python -m benchmarks.kernel_engine``. Prints ratios: seconds belong to the machine.
The engine is timed whole: checks, convolution, energy ledger, dose image. SciPy is timed for the convolution alone, its input
already float64 and its kernel ready. Times are the best of several rounds in which the methods take turns.
Memory: ``tracemalloc`` counts what NumPy allocates beyond the input; resident memory is read from the kernel of the operating
system (Linux) in a process of its own.
"""

import gc
import json
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.fft
from benchmarks.scenes import SCENES
from scipy.signal import fftconvolve

from glisson.dose.constant import dose_constant
from glisson.dose.kernel import KernelConvolution
from glisson.dose.point_kernel import point_kernel
from glisson.dose.support import Box, Reach, support
from glisson.dose.voxel_kernel import VoxelKernel, voxel_kernel
from glisson.voxels import Image

DENSITY_g_per_mL = 1.05
CONSTANT = dose_constant("Y-90")
SCALE = CONSTANT.K_Gy_kg_per_GBq * 1e-6 / DENSITY_g_per_mL
ROUNDS = 7
REFERENCE = "SciPy fftconvolve, float64, full volume"
Method = Callable[[], np.ndarray]


def methods(activity: Image) -> dict[str, Method]:
    """Every way to the dose, ready to be called."""
    kernel = voxel_kernel(point_kernel("Y-90"), activity.grid.spacing_mm, density_g_per_mL=DENSITY_g_per_mL)
    full = kernel.full

    def reference() -> np.ndarray:
        return np.asarray(fftconvolve(inputs["float64"], full, mode="same"))

    def engine(workers: int) -> Method:
        run = KernelConvolution(workers=workers)
        return lambda: run(activity, density=DENSITY_g_per_mL, constant=CONSTANT).dose.array

    inputs = {"float64": activity.array.astype(np.float64)}
    box = support(activity.array)
    assert box is not None
    return {
        REFERENCE: reference,
        "cropped three-dimensional FFT, float32, 2 threads": lambda: cropped(activity.array, kernel, workers=2),
        "kernel engine, 1 thread": engine(1),
        "kernel engine, 2 threads": engine(2),
        "floor: box read and written once": lambda: floor(activity.array, box),
    }


def cropped(array: np.ndarray, kernel: VoxelKernel, workers: int) -> np.ndarray:
    """The plain alternative: the same box, one real FFT in three dimensions, nothing else."""
    box = support(array)
    assert box is not None
    reach = Reach.of(box, array.shape, kernel.reach)
    size = [t.stop - t.start for t in reach.target]
    length = [
        scipy.fft.next_fast_len(n + o, real=axis == 2) for axis, (n, o) in enumerate(zip(size, reach.overhang, strict=True))
    ]
    spread = np.zeros(length, np.float32)
    spread[tuple(slice(0, n) for n in kernel.full.shape)] = kernel.full * SCALE
    spread = np.roll(spread, [-r for r in kernel.reach], (0, 1, 2))
    padded = np.zeros(length, np.float32)
    padded[tuple(slice(b.start - t.start, b.stop - t.start) for b, t in zip(box, reach.target, strict=True))] = array[box]
    spectrum = scipy.fft.rfftn(padded, workers=workers)
    spectrum *= scipy.fft.rfftn(spread, workers=workers).real
    dose = scipy.fft.irfftn(spectrum, s=length, workers=workers, overwrite_x=True)
    out = np.zeros(array.shape, np.float32)
    out[reach.target] = np.maximum(dose[tuple(slice(0, n) for n in size)], 0)
    return out


def floor(array: np.ndarray, box: Box) -> np.ndarray:
    """What no method can beat: a known box of activity read and written once, on a new grid."""
    out = np.zeros(array.shape, np.float32)
    out[box] = array[box]
    return out


def seconds(calls: dict[str, Method]) -> dict[str, float]:
    """Best time of each, the methods taking turns so that a busy moment hits all of them."""
    best = dict.fromkeys(calls, float("inf"))
    for _ in range(ROUNDS):
        for name, call in calls.items():
            gc.collect()
            start = time.perf_counter()
            call()
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def allocated_MB(call: Method) -> float:
    """Peak of what NumPy holds beyond what was there before, MB."""
    gc.collect()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def resident_MB(call: Method) -> float | None:
    """Peak growth of resident memory, MB; ``None`` where the system does not say."""
    status, clear = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    try:
        gc.collect()
        clear.write_text("5")
        before = _status_kB(status, "VmRSS")
        call()
        return (_status_kB(status, "VmHWM") - before) / 1e3
    except OSError:
        return None


def _status_kB(status: Path, field: str) -> float:
    return next(float(line.split()[1]) for line in status.read_text().splitlines() if line.startswith(field))


def _resident_in_child(scene: str, method: str) -> float | None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.kernel_engine", "--resident", scene, method],
        capture_output=True,
        text=True,
        check=True,
    )
    found: float | None = json.loads(done.stdout)
    return found


def measure(scene: str, activity: Image) -> list[dict[str, Any]]:
    """One row per method."""
    calls = methods(activity)
    doses = {name: call() for name, call in calls.items()}
    expected = doses[REFERENCE] * SCALE
    time_of = seconds(calls)
    rows = []
    for name, call in calls.items():
        is_dose = name not in (REFERENCE, "floor: box read and written once")
        rows.append(
            {
                "method": name,
                "times faster": time_of[REFERENCE] / time_of[name],
                "ms here": 1e3 * time_of[name],
                "difference": float(np.abs(doses[name] - expected).max() / expected.max()) if is_dose else None,
                "allocated_MB": allocated_MB(call),
                "resident_MB": _resident_in_child(scene, name),
            }
        )
    return rows


def table(scene: str, activity: Image, rows: list[dict[str, Any]]) -> str:
    """Markdown."""
    box = support(activity.array)
    assert box is not None
    share = np.prod([b.stop - b.start for b in box]) / activity.array.size
    lines = [
        f"### {scene}: box of activity {100 * share:.0f} % of the grid",
        "",
        "| method | times faster | (ms here) | largest difference / maximum | NumPy memory | resident memory |",
        "|---|---|---|---|---|---|",
    ]
    base = rows[0]
    for row in rows:
        difference = "" if row["difference"] is None else f"{row['difference']:.0e}"
        resident = "?" if row["resident_MB"] is None else f"{row['resident_MB'] / base['resident_MB']:.2f}"
        lines.append(
            f"| {row['method']} | {row['times faster']:.1f} | {row['ms here']:.1f} | {difference} "
            f"| {row['allocated_MB'] / base['allocated_MB']:.2f} | {resident} |"
        )
    lines += ["", f"Memory as a share of the first row's ({base['allocated_MB']:.0f} MB by NumPy beyond the input).", ""]
    return "\n".join(lines)


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--resident"]:
        activity = SCENES[arguments[1]]()
        assert activity is not None
        call = methods(activity)[arguments[2]]
        small = Image(
            activity.grid.crop((slice(0, 20),) * 3), activity.array[:20, :20, :20] + 1, activity.quantity, activity.nuclide
        )
        methods(small)[arguments[2]]()  # what is loaded once is not the method's memory
        print(json.dumps(resident_MB(call)))
        return
    print("## Kernel engine\n")
    for scene, make in SCENES.items():
        activity = make()
        if activity is None:
            print(f"### {scene}: not measured, the image does not lie beside the repository\n")
            continue
        print(table(scene, activity, measure(scene, activity)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
