"""``learn survival``: the survival statistics of any table with a time and an event."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.case import Result
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.learn.cohort.screen import Columns


@dataclass(frozen=True)
class SurvivalWanted:
    """What to compute from a table.

    Attributes:
        times: survival is stated at these times.
        cause: of interest, where there are several.
        interval: "log-log", "log" or "plain".
        confidence_fraction: of every interval.
        ties: of the Cox models: "efron" or "breslow".
        horizon: of the restricted mean; not computed if ``None``.
        curves: whether the Result holds every step of the curves, as a page needs them.
        unit, since: of time and its origin, as a figure prints them.
    """

    times: Sequence[float] = ()
    cause: int = 1
    interval: str = "log-log"
    confidence_fraction: float = 0.95
    ties: str = "efron"
    horizon: float | None = None
    curves: bool = False
    unit: str = "time"
    since: str = "origin"


def survival_of_table(path: Path, columns: "Columns", wanted: SurvivalWanted | None = None) -> Result:
    """Kaplan-Meier, log-rank and Cox of a table; with several causes also cumulative incidence, Gray's test and Fine-Gray.

    Args:
        path: CSV, Parquet, SAS transport (XPT) or SAS file (sas7bdat).
        columns: which column is what.
        wanted: what to compute.

    Returns:
        A stamped Result; what could not be computed is missing from it and explained in its findings.

    Raises:
        BadInput: no such file or column, or events whose codes do not say which is the event.
    """
    import hashlib

    from glisson.learn.cohort.drawn_curves import curves_to_draw
    from glisson.learn.cohort.screen import screened
    from glisson.learn.cohort.study import Options, survival_study
    from glisson.records.tables import read_table

    asked = wanted or SurvivalWanted()
    options = Options(
        times=tuple(asked.times), cause=asked.cause, interval=_one_of(asked.interval, ("log-log", "log", "plain"), "interval type"),
        confidence_fraction=asked.confidence_fraction, ties=_one_of(asked.ties, ("efron", "breslow"), "ties"), horizon=asked.horizon,
    )  # fmt: skip
    usable = screened(read_table(path), columns)
    found = survival_study(usable, options)
    drawn = {"curves": curves_to_draw(usable, options) | {"unit": asked.unit, "since": asked.since}} if asked.curves else {}
    return Result(
        kind="survival",
        method="Kaplan-Meier, log-rank, Cox",
        parameters={"columns": _asked_columns(columns), **options.parameters()},
        inputs={path.name: hashlib.sha256(path.read_bytes()).hexdigest()},
        value=found.value | drawn,
        findings=found.findings,
    )


def _one_of(given: str, allowed: tuple[str, ...], what: str) -> Any:
    if given not in allowed:
        raise BadInput(f"{what} '{given}'", allowed=", ".join(allowed))
    return given


def _asked_columns(columns: "Columns") -> dict[str, Any]:
    """The columns that were named, for the stamp."""
    from dataclasses import asdict

    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(columns).items() if value}
