"""Figures of a meta-analysis from its Result, each with the numbers behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glisson.report.document import Figure
from glisson.report.figures.cohort_meta import (
    FunnelPlot,
    FunnelPoint,
    MetaForest,
    MetaPooled,
    MetaStudy,
    Ratio,
    draw_funnel,
    draw_meta_forest,
    funnel_rows,
    meta_forest_rows,
)
from glisson.report.figures.cohort_meta_series import MetaSeries, draw_meta_series, meta_series_rows
from glisson.report.follow_write import write_numbers

Value = Mapping[str, Any]
SHARES = ("logit", "arcsine", "double arcsine")


@dataclass(frozen=True)
class Quantity:
    """What is pooled, as its axis needs it.

    Attributes:
        name: as "Risk ratio".
        ratio: on a logarithmic axis in the forest.
        none_at: value that means no effect; ``None`` where nothing does.
        percent: a share, written in percent.
    """

    name: str
    ratio: bool
    none_at: float | None
    percent: bool


def quantity_of(value: Value) -> Quantity:
    """The quantity behind a scale of analysis.

    >>> quantity_of({"measure": "log risk ratio", "scale": "log"})
    Quantity(name='Risk ratio', ratio=True, none_at=1.0, percent=False)
    >>> quantity_of({"measure": "logit of a share", "scale": "logit"})
    Quantity(name='Share', ratio=False, none_at=None, percent=True)
    """
    measure, scale = str(value["measure"]), value["scale"]
    if scale in SHARES or measure == "share":
        return Quantity("Share", False, None, True)
    name = measure.removeprefix("log ")
    name = name[:1].upper() + name[1:]
    if scale == "log":
        return Quantity(name, False, None, False) if "time" in name else Quantity(name, True, 1.0, False)
    return Quantity(name, False, 0.0, measure == "risk difference")


def draw_meta(folder: Path, value: Value, confidence_fraction: float) -> dict[str, list[Figure]]:
    """Forest, funnel, cumulative and leave-one-out, by name; none of a meta-regression."""
    if "forest" not in value:
        return {}
    what = quantity_of(value)
    return {
        "forest": [_forest(folder, value, what, confidence_fraction)],
        "funnel": [_funnel(folder, value, what)],
        "series": _series(folder, value, what, confidence_fraction),
    }


def heterogeneity_words(value: Value) -> str:
    """Tau², I² and Q in a line."""
    found = value["heterogeneity"]
    p = "" if found["q_p"] is None else f", P {'< 0.001' if found['q_p'] < 0.001 else format(found['q_p'], '.3f')}"
    return f"tau² {found['tau2']:.3f}; I² {100 * found['i2_fraction']:.0f} %; Q {found['q']:.1f}, df {found['q_free']}{p}"


def _forest(folder: Path, value: Value, what: Quantity, confidence_fraction: float) -> Figure:
    *studies, mean = value["forest"]
    new = value["prediction"]
    plot = MetaForest(
        effect=what.name, columns=(),
        studies=tuple(MetaStudy(one["study"], (), _ends(one), one["weight_fraction"]) for one in studies),
        pooled=(MetaPooled("mean", _ends(mean), None if new is None else (new[0], new[1])),),
        notes=(heterogeneity_words(value), value["words"]), ratio=what.ratio, none_at=what.none_at, percent=what.percent,
        digits=1 if what.percent else 2, confidence_fraction=confidence_fraction,
    )  # fmt: skip
    draw_meta_forest(folder / "forest", plot)
    write_numbers(folder / "forest.csv", meta_forest_rows(plot))
    words = f"{what.name} of {len(studies)} studies and their mean"
    below = " The bar below the diamond is the interval for a new study." if new else ""
    return Figure("forest.svg", f"{words}.", f"{words}; squares by weight.{below} Numbers: forest.csv.")


def _funnel(folder: Path, value: Value, what: Quantity) -> Figure:
    filled, asymmetry = value["trim_and_fill"], value["egger"]
    notes = []
    if asymmetry is not None:
        few = ", too few studies for it to reassure" if asymmetry["few"] else ""
        notes.append(f"Egger's test P {asymmetry['p_value']:.3f}{few}")
    if filled is not None:
        missing = f"{filled['missing']} missing on the {filled['side']}" if filled["missing"] else "none missing"
        notes.append(f"trim and fill ({filled['estimator']}): {missing}")
    plot = FunnelPlot(
        effect=what.name if not what.percent else value["measure"],
        points=tuple(FunnelPoint(one["study"], one["estimate"], one["standard_error"], one["filled"]) for one in value["funnel"]),
        pooled=value["terms"][0]["estimate"], adjusted=filled["estimate"] if filled and filled["missing"] else None,
        ratio=value["scale"] == "log",
        contours=what.none_at is not None, notes=tuple(notes),
    )  # fmt: skip
    draw_funnel(folder / "funnel", plot)
    write_numbers(folder / "funnel.csv", funnel_rows(plot))
    shades = " Shades: P of each place against no effect." if plot.contours else ""
    words = "Effect and standard error of each study"
    return Figure(
        "funnel.svg", f"{words}.", f"{words}, with the funnel around the mean.{shades} A question about sensitivity, not a correction. "
        "Numbers: funnel.csv.",
    )  # fmt: skip


def _series(folder: Path, value: Value, what: Quantity, confidence_fraction: float) -> list[Figure]:
    figures = []
    for stem, head, key, said in (
        ("cumulative", "with each further study", "study", "The mean as studies come in"),
        ("leave_one_out", "without", "left_out", "The mean without each study"),
    ):
        if not value[stem]:
            continue
        series = MetaSeries(
            head=head, effect=what.name, rows=tuple((one[key], _shown(one)) for one in value[stem]), ratio=what.ratio,
            none_at=what.none_at, percent=what.percent, digits=1 if what.percent else 2, mean=value["mean"]["estimate"],
            confidence_fraction=confidence_fraction,
        )  # fmt: skip
        name = stem.replace("_", "-")
        draw_meta_series(folder / name, series)
        write_numbers(folder / f"{name}.csv", meta_series_rows(series))
        figures.append(Figure(f"{name}.svg", f"{said}.", f"{said}; the dashed line is the mean of all. Numbers: {name}.csv."))
    return figures


def _ends(one: Value) -> Ratio:
    return one["estimate"], one["low"], one["high"]


def _shown(one: Value) -> Ratio:
    return one["shown"], one["shown_low"], one["shown_high"]
