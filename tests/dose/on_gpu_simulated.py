"""Run by test_on_gpu.py where numba runs device code in plain Python: the kernel of the GPU beside the walk of the processor."""

import json
import sys
import warnings

import numpy as np

from glisson.dose.batches import Stop
from glisson.dose.constant import dose_constant
from glisson.dose.electrons import on_gpu, voxels
from glisson.dose.electrons.histories import cpu_score, energy_quantiles
from glisson.dose.electrons.tables import QUICK, tables
from glisson.dose.montecarlo import MonteCarlo
from glisson.knowledge.spectra import beta_spectra
from glisson.voxels import Grid, Image, Quantity

SIZE, SEED = 7, 3


def batches() -> list[dict[str, float]]:
    thin = np.arange(SIZE**3) // SIZE**2 > 3
    geometry = voxels.Voxels(
        np.where(thin, 0.26, 1.05).astype(np.float32), thin.astype(np.uint8), (SIZE, SIZE, SIZE), (3.0, 3.5, 4.0)
    )
    cumulative = np.cumsum([0.2, 0.3, 0.1, 0.4])
    cumulative[-1] = 1.0 + 1e-12
    emission = voxels.Emission(np.array([150, 171, 172, 180]), cumulative, energy_quantiles(beta_spectra()["Y-90"]), 0.001)
    looked_up = tables(("soft-tissue", "lung"), QUICK)
    found = []
    for first, count in ((0, 37), (1000, 20), (37, 1)):
        scores, ledgers = [], []
        for make in (cpu_score, on_gpu.cuda_score):
            array = np.zeros(SIZE**3)
            ledgers.append(make(geometry, looked_up, emission, SEED)(first, count, array))
            scores.append(array)
        found.append({
            "off": float(np.abs(scores[0] - scores[1]).max()),
            "ledger_off": float(np.abs(ledgers[0] - ledgers[1]).max()),
            "scored": float(scores[0].sum()),
        })  # fmt: skip
    return found


def engine() -> dict[str, object]:
    array = np.zeros((5, 5, 5))
    array[2, 2, 2] = 1e6
    image = Image(Grid.aligned(array.shape, (4.0, 4.0, 4.0)), array, Quantity.ACTIVITY, "Y-90")
    doses = [
        MonteCarlo(stop=Stop(histories=320), seed=2, device=device)(image, density=1.05, constant=dose_constant("Y-90"))
        for device in ("cpu", "cuda")
    ]
    cpu, gpu = doses
    return {
        "off": float(np.abs(cpu.dose.array - gpu.dose.array).max() / cpu.dose.array.max()),
        "device": gpu.parameters["device"],
        "cpu_says": cpu.parameters.get("device"),
        "transport": gpu.transport.device if gpu.transport else None,
        "imbalance": gpu.energy.imbalance,
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore", RuntimeWarning)  # random streams overflow on purpose
    on_gpu.THREADS, on_gpu.EACH = 2, 5
    json.dump({"batches": batches(), "engine": engine()}, sys.stdout)
