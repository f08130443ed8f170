"""The walk on a GPU: the shared source in numba's simulator, on a real GPU where there is one, refused where there is none."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from glisson.dose.batches import Stop
from glisson.dose.constant import dose_constant
from glisson.dose.electrons.device import device_words, require_device
from glisson.dose.montecarlo import MonteCarlo
from glisson.errors import BadInput
from glisson.voxels import Grid, Image, Quantity

Y90 = dose_constant("Y-90")


def has_gpu() -> bool:
    if find_spec("numba_cuda") is None:
        return False
    from numba import cuda

    return bool(cuda.is_available())


def ball() -> Image:
    z, y, x = np.mgrid[:21, :21, :21] - 10
    array = np.where(x**2 + y**2 + z**2 <= 25, 1e6, 0.0)
    return Image(Grid.aligned(array.shape, (3.0, 3.0, 3.0)), array, Quantity.ACTIVITY, "Y-90")


@pytest.mark.slow
def test_the_kernel_in_the_simulator_against_the_processor() -> None:
    """Same histories through the functions that a GPU would run: to the rounding of sums in another order."""
    program = Path(__file__).with_name("on_gpu_simulated.py")
    environment = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    ran = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=False, env=environment)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert len(found["batches"]) == 3
    for batch in found["batches"]:
        assert batch["off"] < 1e-12 and batch["ledger_off"] < 1e-12
        assert 0.5 < batch["scored"] <= 1.0 + 1e-12
    engine = found["engine"]
    assert engine["off"] < 1e-6  # doses are single precision
    assert (engine["device"], engine["cpu_says"], engine["transport"]) == ("cuda", None, "cuda")
    assert abs(engine["imbalance"]) < 1e-9


@pytest.mark.skipif(not has_gpu(), reason="needs a CUDA GPU and the extra glisson[cuda]")
def test_a_real_gpu_against_the_processor() -> None:
    density = Image(
        ball().grid, np.where(np.arange(21)[:, None, None] > 13, 0.26, 1.05) * np.ones((21, 21, 21)), Quantity.DENSITY
    )
    cpu, gpu = (
        MonteCarlo(stop=Stop(histories=64_000_000), device=device, threads=os.cpu_count() or 1)(
            ball(), density=density, constant=Y90
        )
        for device in ("cpu", "cuda")
    )
    assert cpu.standard_error is not None and gpu.standard_error is not None
    high = cpu.dose.array > 0.01 * cpu.dose.array.max()
    error = np.hypot(cpu.standard_error.array, gpu.standard_error.array)
    z = (cpu.dose.array - gpu.dose.array)[high] / error[high]
    assert abs(float(z.mean())) < 0.2 and float(z.std()) < 1.3
    assert abs(gpu.energy.imbalance) < 1e-9
    assert device_words("cuda")


@pytest.mark.skipif(has_gpu(), reason="there is a CUDA GPU here")
def test_a_gpu_that_is_not_here_is_refused_before_anything_is_computed() -> None:
    with pytest.raises(BadInput, match=r"device cuda.*--device cpu"):
        MonteCarlo(stop=Stop(histories=10**9), device="cuda")(ball(), density=1.05, constant=Y90)


def test_an_extra_without_a_gpu_and_an_unknown_device_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match="device 'abacus'"):
        require_device("abacus")
    monkeypatch.setattr("glisson.dose.electrons.device.find_spec", lambda _: None)
    with pytest.raises(BadInput, match="without the package numba-cuda"):
        require_device("cuda")
    monkeypatch.setattr("glisson.dose.electrons.device.find_spec", lambda _: object())
    monkeypatch.setattr("numba.cuda.is_available", lambda: False)
    with pytest.raises(BadInput, match="no CUDA GPU can be used here"):
        require_device("cuda")
    require_device("cpu")
    assert device_words("cpu") is None
