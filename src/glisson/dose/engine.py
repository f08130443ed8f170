"""One signature for every way from activity to absorbed dose: local, kernel, Monte Carlo."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

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
        escaped_J: left the grid or the reach of the kernel.
    """

    emitted_J: float
    deposited_J: float
    escaped_J: float

    @property
    def imbalance(self) -> float:
        """(deposited + escaped - emitted) / emitted; 0 when nothing was emitted."""
        if self.emitted_J == 0:
            return 0.0
        return (self.deposited_J + self.escaped_J - self.emitted_J) / self.emitted_J


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
    """

    dose: Image
    energy: Energy
    method: str
    parameters: dict[str, Any] = field(default_factory=dict)
    standard_error: Image | None = None
    sources: tuple[str, ...] = ()


class Engine(Protocol):
    """Activity (Bq/mL at time zero, complete physical decay where it lies) to absorbed dose (Gy)."""

    def __call__(
        self, activity: Image, *, density: Image | float, constant: DoseConstant, progress: Progress = silent
    ) -> AbsorbedDose:
        """Absorbed dose on the grid of ``activity``; ``density`` in g/mL, one number or an image on that grid."""
        ...
