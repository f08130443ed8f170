"""What a speed was measured on, and the log of the run."""

import os
import platform
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path


def processor() -> str:
    """Model of the processor, as the system names it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def described() -> dict[str, str]:
    """Processor, cores, memory, versions."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30 if hasattr(os, "sysconf") else float("nan")
    return {
        "processor": processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{pages:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "numpy, numba, scipy": ", ".join(version(name) for name in ("numpy", "numba", "scipy")),
        "glisson": version("glisson"),
    }


@dataclass
class Log:
    """Lines with the seconds since the start and the load of the machine; printed and kept."""

    started: float = field(default_factory=time.perf_counter)
    lines: list[str] = field(default_factory=list)

    def __call__(self, words: str) -> None:
        load = f"{os.getloadavg()[0]:.2f}" if hasattr(os, "getloadavg") else "?"
        self.lines.append(f"{time.perf_counter() - self.started:8.1f} s  load {load}  {words}")
        print(self.lines[-1], flush=True)

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        head = [f"{name}: {value}" for name, value in described().items()]
        path.write_text("\n".join([*head, "", *self.lines]) + "\n", encoding="utf-8")
