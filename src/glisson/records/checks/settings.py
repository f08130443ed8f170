"""What a study or a centre decides about the checks; what is not decided is taken from cited knowledge."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from glisson.errors import BadInput
from glisson.knowledge.endpoints import month_days, response_fact
from glisson.knowledge.registry_terms import check_fact

WINDOWS = {"follow-up 1": "cirel-fu1", "follow-up 2": "cirel-fu2"}


def _cirel_windows() -> dict[str, tuple[float, float]]:
    """Days after the first session, both ends included."""
    windows = {name: response_fact(fact).value for name, fact in WINDOWS.items()}
    return {name: (low * month_days(), high * month_days()) for name, (low, high) in windows.items()}


@dataclass(frozen=True)
class CheckSettings:
    """Limits of the checks.

    Attributes:
        loading_mg_per_mL: irinotecan on a millilitre of beads, above which is asked.
        loading_mg: irinotecan on the beads of one embolization, above which is asked.
        baseline_days: oldest baseline scan before the first session.
        windows_days: timepoint to (first, last) day after the first session.
    """

    loading_mg_per_mL: float = field(default_factory=lambda: float(check_fact("irinotecan-per-bead-volume").value))
    loading_mg: float = field(default_factory=lambda: float(check_fact("irinotecan-per-embolization").value))
    baseline_days: int = field(default_factory=lambda: int(check_fact("baseline-scan-days").value))
    windows_days: Mapping[str, tuple[float, float]] = field(default_factory=_cirel_windows)

    def __post_init__(self) -> None:
        """Refuses limits that no entry could meet.

        Raises:
            BadInput: a limit that is not above 0, or a window that ends before it begins.
        """
        for name in ("loading_mg_per_mL", "loading_mg", "baseline_days"):
            if not getattr(self, name) > 0:
                raise BadInput(f"check setting {name} is {getattr(self, name):g}", allowed="above 0")
        for name, (low, high) in self.windows_days.items():
            if not low <= high:
                raise BadInput(f"the window of {name} ends before it begins", allowed="(first day, last day)")
