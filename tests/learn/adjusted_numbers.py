"""The made-up table of confounded exposures and what R makes of it."""

from functools import cache

import numpy as np
import polars as pl
from r_numbers import HERE, frozen

from glisson.learn.cohort.table import SurvivalData, survival_data


def adjusted_r() -> dict[tuple[str, str], np.ndarray]:
    """Numbers of ``adjusted.R`` by analysis and item."""
    return frozen("adjusted_small_r")


@cache
def adjusted() -> pl.DataFrame:
    """The table behind them."""
    return pl.read_csv(HERE / "adjusted_small.csv")


def follow_up(**columns: str) -> SurvivalData:
    """Its follow-up, with columns for weight, cluster or stratum."""
    table = adjusted()
    return survival_data(table["time"], table["event"], **{name: table[column].to_numpy() for name, column in columns.items()})
