"""The record of a run: how long an engine took, on what, and how much certainty each second bought."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from glisson.case import RegionMerit, Result, Run
from glisson.dose.constant import DoseConstant
from glisson.dose.electrons.device import device_words
from glisson.dose.engine import AbsorbedDose, Engine, Progress, Transport, silent
from glisson.voxels import Image

LIBRARIES = ("numpy", "scipy", "numba")


@dataclass
class Timed:
    """An engine that notes how long it took; otherwise the engine itself.

    Attributes:
        engine: what computes.
        clock, cpu_clock: seconds.
        seconds, cpu_seconds: of the last call.
    """

    engine: Engine
    clock: Callable[[], float] = time.perf_counter
    cpu_clock: Callable[[], float] = time.process_time
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    def __call__(
        self, activity: Image, *, density: Image | float, constant: DoseConstant, progress: Progress = silent
    ) -> AbsorbedDose:
        """As the engine's."""
        began, cpu_began = self.clock(), self.cpu_clock()
        done = self.engine(activity, density=density, constant=constant, progress=progress)
        self.seconds, self.cpu_seconds = self.clock() - began, self.cpu_clock() - cpu_began
        return done


def record_of(timed: Timed, done: AbsorbedDose, result: Result) -> Run:
    """The record of a run and of the Result that it made."""
    from glisson import __version__

    found = Run(
        result=result.sha256(),
        method=done.method,
        seconds=round(timed.seconds, 4),
        cpu_seconds=round(timed.cpu_seconds, 4),
        processor=processor(),
        cores=cores(),
        software={"glisson": __version__, "python": platform.python_version(), **{name: version(name) for name in LIBRARIES}},
    )
    return found if done.transport is None else found.model_copy(update=_of_transport(done.transport, done.statistics or {}))


def _of_transport(transport: Transport, statistics: Mapping[str, Any]) -> dict[str, Any]:
    gpu = device_words(transport.device)
    cpu = transport.cpu_seconds if gpu is None else transport.seconds
    return {
        "processor": processor() if gpu is None else f"{gpu}; {processor()}",
        "threads": transport.threads,
        "device": transport.device,
        "histories": transport.histories,
        "transport_seconds": round(transport.seconds, 4),
        "transport_cpu_seconds": round(transport.cpu_seconds, 4),
        "histories_per_second_per_core": _digits(transport.histories / cpu) if cpu > 0 else None,
        "regions": tuple(_merit(region, cpu) for region in statistics.get("regions", ())),
    }


def _merit(region: Mapping[str, Any], cpu_seconds: float) -> RegionMerit:
    rms = region["relative_standard_error_rms"]
    merit = _digits(1.0 / (rms**2 * cpu_seconds)) if rms and cpu_seconds > 0 else None
    return RegionMerit(**region, figure_of_merit_per_core=merit)


def _digits(value: float) -> float:
    return float(f"{value:.4g}")


def processor() -> str:
    """The maker's words for the processor; "cannot say" where the system tells none."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine() or "cannot say"


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
