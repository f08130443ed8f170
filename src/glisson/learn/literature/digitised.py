"""A published curve as points that were read off its figure, and the table of patients at risk below it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from glisson.errors import BadInput
from glisson.learn.literature.effects import Floats

MOST_PATIENTS = 10_000_000
"""Behind one curve; every one becomes a row."""
RISE = 0.02
"""A point that had to move by more than this to make the curve fall is named: it was misread."""


@dataclass(frozen=True, eq=False)
class Digitised:
    """Points of a curve that only falls, with one at every time of the risk table.

    Attributes:
        time: ascending, from 0, shape (k,).
        survival: 0 to 1, never rising, 1 at time 0.
        risk_time: times of the risk table, from 0, shape (m,).
        at_risk: patients at risk at those times, never rising.
        events: in all, where the paper prints it.
        read_time: times of the points as they were read.
        read_survival: their survival as it was read.
        moved: largest change that made the curve fall.
        notes: what was changed.
    """

    time: Floats
    survival: Floats
    risk_time: Floats
    at_risk: Floats
    events: int | None
    read_time: Floats
    read_survival: Floats
    moved: float
    notes: tuple[str, ...]


def digitised(
    *,
    time: npt.ArrayLike,
    survival: npt.ArrayLike,
    risk_time: npt.ArrayLike,
    at_risk: npt.ArrayLike,
    events: int | None = None,
) -> Digitised:
    """Points and risk table, checked and made into a curve that only falls.

    Points may come in any order and carry the noise of pixels: they are replaced by the nearest falling curve (isotonic least
    squares), and by how much is said.

    Args:
        time: of the points, in any one unit.
        survival: at the points, as fractions.
        risk_time: of the risk table, ascending; the first is 0.
        at_risk: patients at risk at those times.
        events: in all, where printed.

    Raises:
        BadInput: fewer than 2 points, percent instead of fractions, a risk table that does not start at 0 or that rises, or more
            events than patients.
    """
    t, s, rt, n = (np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in (time, survival, risk_time, at_risk))
    _require_points(t, s)
    _require_risks(rt, n, events)
    order = np.lexsort((-s, t))
    t, s = t[order], s[order]
    falling, moved = _falling(t, s)
    notes = []
    if moved > RISE:
        notes.append(f"a point rises: the curve was moved by up to {moved:.3f} to make it fall; read the figure again there")
    if rt[-1] > t[-1]:
        notes.append("the risk table goes on after the last point; the curve is taken to stay flat")
    whole_t = np.concatenate([[0.0], t])
    whole_s = np.concatenate([[1.0], falling])
    at_table = whole_s[np.searchsorted(whole_t, rt, side="right") - 1]
    every = np.concatenate([whole_t, rt])
    values = np.concatenate([whole_s, at_table])
    times = np.unique(every)
    last = np.array([values[every == one].min() for one in times])
    last[0] = 1.0
    return Digitised(times, last, rt, n, events, t, s, moved, tuple(notes))


def _require_points(t: Floats, s: Floats) -> None:
    if t.shape != s.shape or len(t) < 2:
        raise BadInput(f"{len(t)} times and {len(s)} survivals of points", allowed="as many of both, 2 or more")
    if not (np.isfinite(t) & (t >= 0) & np.isfinite(s)).all():
        raise BadInput("a point that is missing or before time 0", do="read the figure again there")
    if (s > 1.5).any():
        raise BadInput("a survival above 1", allowed="fractions, 0 to 1", do="divide percent by 100")
    if ((s < -RISE) | (s > 1 + RISE)).any():
        raise BadInput("a survival outside 0 to 1 by more than the noise of pixels", do="calibrate the axes again")


def _require_risks(rt: Floats, n: Floats, events: int | None) -> None:
    if rt.shape != n.shape or not len(rt) or rt[0] != 0 or not np.isfinite(rt).all() or (np.diff(rt) <= 0).any():
        raise BadInput("a risk table whose times do not ascend from 0", do="give the patients at risk at time 0 at least")
    if not np.isfinite(n).all() or (n < 0).any() or (np.diff(n) > 0).any() or n[0] < 1 or (n != np.round(n)).any():
        raise BadInput(
            "patients at risk that rise, are missing or are no whole numbers", do="copy the table under the figure again"
        )
    if n[0] > MOST_PATIENTS:
        raise BadInput(f"{n[0]:g} patients at risk", allowed=f"up to {MOST_PATIENTS:,}")
    if events is not None and not 0 <= events <= n[0]:
        raise BadInput(f"{events} events among {n[0]:g} patients", allowed=f"0 to {n[0]:g}")


def _falling(t: Floats, s: Floats) -> tuple[Floats, float]:
    from scipy.optimize import isotonic_regression

    inside = np.clip(s, 0, 1)
    fitted = np.asarray(isotonic_regression(inside, increasing=False).x, dtype=np.float64)
    return fitted, float(np.abs(fitted - s).max())
