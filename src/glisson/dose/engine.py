"""One signature for every way from activity to absorbed dose: local, kernel, Monte Carlo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from glisson.case.result import Finding
from glisson.dose.constant import DoseConstant
from glisson.voxels import Image

Progress = Callable[[float, str], None]
"""Called with the share done (0 to 1) and a few words."""


def silent(share: float, words: str) -> None:
    """A progress callback that says nothing."""


@dataclass(frozen=True)
class Energy:
    """Where the emitted energy went, J. ``deposited + escaped = emitted`` to the tolerance of the engine.

    Attributes:
        emitted_J: energy of all decays, from K and the activity.
        deposited_J: sum of mass times dose over the grid.
        escaped_J: emitted and not turned into dose on the grid.
        escaped_where: the parts of ``escaped_J`` by name: beyond the kernel, over the grid's edge, in air.
    """

    emitted_J: float
    deposited_J: float
    escaped_J: float
    escaped_where: Mapping[str, float] = field(default_factory=dict)

    @property
    def imbalance(self) -> float:
        """(deposited + escaped - emitted) / emitted; 0 when nothing was emitted."""
        if self.emitted_J == 0:
            return 0.0
        return (self.deposited_J + self.escaped_J - self.emitted_J) / self.emitted_J


@dataclass(frozen=True)
class Transport:
    """How long the histories took; for the record of a run, never for a Result.

    Attributes:
        seconds: by the clock.
        cpu_seconds: of all threads together.
        threads: under way at a time.
        histories: that were followed.
        device: "cpu" or "cuda".
    """

    seconds: float
    cpu_seconds: float
    threads: int
    histories: int
    device: str = "cpu"


@dataclass(frozen=True)
class AbsorbedDose:
    """What an engine returns.

    Attributes:
        dose: Gy for complete decay, on the grid of the activity.
        energy: the balance.
        method: "local", "kernel", "monte carlo".
        parameters: everything chosen, units in the names.
        standard_error: Gy, one sigma per voxel, for engines that have one.
        sources: ids of the knowledge sources used.
        findings: what a reader must know about this dose.
        statistics: how sure it is, by region, for engines that have a standard error.
        transport: how long the histories took.
    """

    dose: Image
    energy: Energy
    method: str
    parameters: dict[str, Any] = field(default_factory=dict)
    standard_error: Image | None = None
    sources: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    statistics: Mapping[str, Any] | None = None
    transport: Transport | None = None


class Engine(Protocol):
    """Activity (Bq/mL at time zero, complete physical decay where it lies) to absorbed dose (Gy)."""

    def __call__(
        self, activity: Image, *, density: Image | float, constant: DoseConstant, progress: Progress = silent
    ) -> AbsorbedDose:
        """Absorbed dose on the grid of ``activity``; ``density`` in g/mL, one number or an image on that grid."""
        ...
