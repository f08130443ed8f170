"""``learn guyot`` and ``learn combination``: patients behind published curves, and a combination against its parts."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.literature.columns import note, numbers, plain, require_columns
from glisson.case import Level, Result
from glisson.errors import BadInput
from glisson.whole_file import write_whole

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class CurveWanted:
    """A published curve to read.

    Attributes:
        events: in all, where printed.
        time, survival: columns of the points.
        risk_time, at_risk: columns of the risk table.
        percent: whether survival is in percent.
    """

    events: int | None = None
    time: str = "time"
    survival: str = "survival"
    risk_time: str = "time"
    at_risk: str = "at_risk"
    percent: bool = False


def curve_to_patients(
    points: Path, risk: Path, wanted: CurveWanted | None = None, *, out: Path | None = None
) -> tuple[Result, "pl.DataFrame"]:
    """Individual follow-up from a digitised curve and its risk table: a stamped Result and the rows.

    Args:
        points: table of the points.
        risk: the table under the figure.
        wanted: which column is what.
        out: CSV file for the rows: time, event.

    Raises:
        BadInput: no such file or column, or points and risk table that cannot be.
        OutOfScope: a curve that never falls.
    """
    from glisson.learn.cohort.kaplan_meier import kaplan_meier
    from glisson.learn.cohort.reading import survival_quantile
    from glisson.learn.cohort.table import survival_data
    from glisson.learn.literature.digitised import digitised
    from glisson.learn.literature.guyot import reconstruct
    from glisson.records.tables import read_table

    asked = wanted or CurveWanted()
    if out is not None and out.suffix.lower() != ".csv":
        raise BadInput(f"'{out.name}' is no CSV file", allowed="rows.csv")
    read, below = read_table(points), read_table(risk)
    scale = 100 if asked.percent else 1
    heights = numbers(read, asked.survival)
    if asked.percent and heights and max(heights) <= 1:
        raise BadInput("survival in percent that is nowhere above 1", do="leave --percent away: these are fractions")
    found = reconstruct(
        digitised(
            time=numbers(read, asked.time), survival=[value / scale for value in heights],
            risk_time=numbers(below, asked.risk_time), at_risk=numbers(below, asked.at_risk), events=asked.events,
        )
    )  # fmt: skip
    median = survival_quantile(kaplan_meier(survival_data(found.people.time, found.people.event)))
    value = {
        "patients": len(found.people), "events": found.people.events, "events_stated": asked.events, "median_read": found.median_read,
        "median": plain(asdict(median)), "furthest": found.furthest, "typical": found.typical,
        "risk": found.risk_table().to_dicts(),
    }  # fmt: skip
    result = Result(
        kind="reconstructed follow-up", method="Guyot 2012", parameters=asdict(asked),
        inputs={path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (points, risk)}, value=value,
        findings=tuple(note("reconstruction", words, Level.WARNING) for words in found.notes),
    )  # fmt: skip
    rows = found.table()
    if out is not None:
        write_whole(out, rows.write_csv)
    return result, rows


@dataclass(frozen=True)
class CombinationWanted:
    """Three groups of a table.

    Attributes:
        first, second, both: values of the column ``group``.
        time, event, group: columns; an event is 1, censored 0.
        correlations: Spearman's, of the two times of one patient; those of the method if empty.
        horizon: until which mean times are taken; ``None``: the shortest follow-up.
        margin_fraction: of the expected mean time; ``None``: that of the method.
        draws: of the bootstrap.
        seed: of the bootstrap.
    """

    first: str
    second: str
    both: str
    time: str = "time"
    event: str = "event"
    group: str = "group"
    correlations: tuple[float, ...] = ()
    horizon: float | None = None
    margin_fraction: float | None = None
    draws: int = 1000
    seed: int = 1


def combination_of_table(path: Path, wanted: CombinationWanted) -> Result:
    """A combination against independent action of its parts; follow-up from patients or from reconstructed curves.

    Raises:
        BadInput: no such file, column or group, or a horizon beyond the follow-up.
    """
    import polars as pl

    from glisson.learn.literature.friend_or_foe import CORRELATIONS, MARGIN_FRACTION, friend_or_foe
    from glisson.learn.literature.steps import people
    from glisson.records.tables import read_table

    if len({wanted.first, wanted.second, wanted.both}) < 3:
        raise BadInput("the same group is named twice", do="name one group for each treatment and one for both")
    if wanted.seed < 0:
        raise BadInput(f"seed {wanted.seed}", allowed="0 or more")
    table = read_table(path)
    require_columns(table, (wanted.time, wanted.event, wanted.group))

    def of(name: str) -> Any:
        rows = table.filter(pl.col(wanted.group).cast(pl.String) == name)
        if not rows.height:
            raise BadInput(
                f"nobody in the group asked for in column '{wanted.group}'", do="give its value as the table writes it"
            )
        return people(numbers(rows, wanted.time), numbers(rows, wanted.event))

    margin = MARGIN_FRACTION if wanted.margin_fraction is None else wanted.margin_fraction
    found = friend_or_foe(
        first=of(wanted.first), second=of(wanted.second), both=of(wanted.both), seed=wanted.seed,
        correlations=wanted.correlations or CORRELATIONS, horizon=wanted.horizon, margin_fraction=margin, draws=wanted.draws,
    )  # fmt: skip
    value = {
        "answer": found.answer, "reason": found.reason, "horizon": found.horizon, "observed_mean_time": found.observed_mean_time,
        "observed_median": found.observed_median, "expected": found.table().to_dicts(), "best_alone": list(found.best_alone),
        "margin": found.margin, "assumptions": list(found.assumptions), "curves": found.curve_table().to_dict(as_series=False),
    }  # fmt: skip
    return Result(
        kind="friend or foe", method="independent action, restricted mean time, bootstrap", parameters=plain(asdict(wanted)),
        inputs={path.name: hashlib.sha256(path.read_bytes()).hexdigest()}, value=value, seed=wanted.seed,
    )  # fmt: skip
