"""Windows of assessment: which scan stands for a follow-up visit, and which scans lie outside every window."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import polars as pl

from glisson.errors import BadInput
from glisson.follow.best_response import KEY, everyone
from glisson.follow.confirmation import CALLS
from glisson.follow.rates import IMMUNE_ALONE, Denominator, rate_table
from glisson.knowledge.endpoints import month_days, response_fact

Several = Literal["nearest to centre", "first", "last", "best", "worst"]
SEVERAL: tuple[Several, ...] = ("nearest to centre", "first", "last", "best", "worst")
Deaths = Literal["not assessed", "progression"]
DEATHS: tuple[Deaths, ...] = ("not assessed", "progression")
OUTSIDE = "outside every window"


@dataclass(frozen=True)
class Window:
    """Months after the first treatment, both ends included. A month is 30.4375 days."""

    name: str
    from_months: float
    to_months: float

    def __post_init__(self) -> None:
        if not 0 <= self.from_months < self.to_months:
            raise BadInput(
                f"window {self.name}: {self.from_months:g} to {self.to_months:g} months", allowed="0 or more, and rising"
            )

    @property
    def centre_months(self) -> float:
        """Half way between its ends.

        >>> Window("FU1", 0.5, 2.5).centre_months
        1.5
        """
        return (self.from_months + self.to_months) / 2


@dataclass(frozen=True)
class WindowRule:
    """What happens inside a window.

    Attributes:
        several: which of several scans stands. "best" and "worst" choose by the call, the others by the date.
        before_new_therapy: scans after the start of another anticancer therapy are left out of the choice and counted.
        deaths: "not assessed", or "progression": a patient who died by the end of the window without a scan that stands is PD.
        carry_progression: a patient who progressed before and was not scanned again is PD instead of not assessed.
    """

    several: Several = "nearest to centre"
    before_new_therapy: bool = False
    deaths: Deaths = "not assessed"
    carry_progression: bool = False

    def __post_init__(self) -> None:
        if self.several not in SEVERAL:
            raise BadInput(f"unknown rule for several scans '{self.several}'", allowed=", ".join(SEVERAL))
        if self.deaths not in DEATHS:
            raise BadInput(f"unknown rule for deaths '{self.deaths}'", allowed=", ".join(DEATHS))

    @property
    def words(self) -> str:
        """The rule in one line, for the page."""
        said = f"of several scans in a window the {self.several.replace('nearest to', 'one nearest to its')}"
        said += ", none after the start of another therapy" if self.before_new_therapy else ""
        said += "; a death by the end of the window without a scan counts as " + (
            "PD" if self.deaths == "progression" else "not assessed"
        )
        return said + ("; earlier PD is carried forward where no scan followed" if self.carry_progression else "")


def cirel_windows() -> tuple[Window, ...]:
    """The two windows of the CIREL registry.

    >>> [(window.name, window.from_months, window.to_months) for window in cirel_windows()]
    [('FU1', 0.5, 2.5), ('FU2', 2.7, 6.9)]
    """
    return tuple(Window(name.removeprefix("cirel-").upper(), *response_fact(name).value) for name in ("cirel-fu1", "cirel-fu2"))


def place_in_windows(responses: pl.DataFrame, patients: pl.DataFrame, windows: Sequence[Window]) -> pl.DataFrame:
    """Table 2 with ``months`` after the reference date and ``window``; a scan in none says so and is never moved.

    Args:
        responses: Table 2.
        patients: ``patient`` and ``reference``, the first treatment.
        windows: in order, not overlapping.

    Raises:
        BadInput: windows that overlap or have one name, a response without date or a patient without reference date.
    """
    _check(windows, responses, patients)
    months = (pl.col("date") - pl.col("reference")).dt.total_days() / month_days()
    window = pl.lit(OUTSIDE)
    for one in windows:
        inside = pl.col("months").is_between(one.from_months, one.to_months)
        window = pl.when(inside).then(pl.lit(one.name)).otherwise(window)
    placed = responses.join(patients.select("patient", "reference"), on="patient", how="left")
    return placed.with_columns(months=months).with_columns(window=window)


def responses_in_windows(
    placed: pl.DataFrame,
    patients: pl.DataFrame,
    windows: Sequence[Window],
    *,
    rule: WindowRule | None = None,
    deaths: pl.DataFrame | None = None,
    new_therapy: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """One row for every patient, reader, criterion and window, also where nothing was seen.

    Args:
        placed: from ``place_in_windows``.
        patients: ``patient`` and ``reference``.
        windows: the same as there.
        rule: see ``WindowRule``.
        deaths: ``patient`` and ``date``.
        new_therapy: ``patient`` and ``date`` of the start of another anticancer therapy.

    Returns:
        patient, reader, criterion, window, status (a call, or "not assessed"), why, visit, date, months, scans (in the
        window), scans_after_new_therapy, dead (by the end of the window), definition.
    """
    rule = rule or WindowRule()
    deaths = _first_dates(deaths, "death")
    therapy = _first_dates(new_therapy, "therapy")
    bounds = pl.DataFrame(
        {
            "window": [w.name for w in windows],
            "centre": [w.centre_months for w in windows],
            "until": [w.to_months for w in windows],
        }
    )
    inside = placed.join(therapy, on="patient", how="left").join(bounds, on="window", how="inner")
    late = (pl.col("date") > pl.col("therapy")).fill_null(False)
    counts = inside.group_by([*KEY, "window"]).agg(scans=pl.len(), scans_after_new_therapy=late.sum())
    chosen = _choose(inside.filter(~late) if rule.before_new_therapy else inside, rule.several)
    progressed = placed.filter(pl.col("overall").is_in(["PD", "iCPD"])).group_by(KEY).agg(progressed=pl.col("date").min())
    every = everyone(placed, patients).join(patients.select("patient", "reference"), on="patient")
    table = (
        every.join(bounds, how="cross")
        .join(counts, on=[*KEY, "window"], how="left")
        .join(chosen, on=[*KEY, "window"], how="left")
        .join(progressed, on=KEY, how="left")
        .join(deaths, on="patient", how="left")
        .with_columns(end=pl.col("reference") + pl.duration(days=(pl.col("until") * month_days()).floor().cast(pl.Int64)))
        .with_columns(dead=(pl.col("death") <= pl.col("end")).fill_null(False))
    )
    return _status(table, rule).sort([*KEY, "until"]).select(
        *KEY, "window", "status", "why", "visit", "date", "months",
        pl.col("scans").fill_null(0), pl.col("scans_after_new_therapy").fill_null(0), "dead", "definition",
    )  # fmt: skip


def window_rates(table: pl.DataFrame, *, denominator: Denominator = "all treated") -> pl.DataFrame:
    """Rates of each call in each window, from ``responses_in_windows``; the definition says rule and denominator."""
    rules = table["definition"].unique().to_list()
    said = f"response in the window ({'; '.join(rules)})"
    return rate_table(table, answer="status", by=["reader", "criterion", "window"], denominator=denominator, said=said)


def outside_windows(placed: pl.DataFrame) -> pl.DataFrame:
    """How many scans lie outside every window, and of how many patients, for each reader and criterion."""
    outside = pl.col("window") == OUTSIDE
    return (
        placed.group_by("reader", "criterion")
        .agg(scans=pl.len(), outside=outside.sum(), patients_outside=pl.col("patient").filter(outside).n_unique())
        .sort("reader", "criterion")
    )


def _choose(inside: pl.DataFrame, several: Several) -> pl.DataFrame:
    """One scan of each patient, reader, criterion and window; ties go to the earlier date, then the earlier visit."""
    order = {call: place for place, call in enumerate([*CALLS, *IMMUNE_ALONE])}
    rank = pl.col("overall").replace_strict(list(order), list(order.values()), return_dtype=pl.Int64)
    rank = pl.when(pl.col("overall").is_in(["NE", "ND"])).then(99).otherwise(rank)
    worst = pl.when(rank == 99).then(99).otherwise(-rank)
    first = {
        "nearest to centre": (pl.col("months") - pl.col("centre")).abs(),
        "first": pl.col("months"),
        "last": -pl.col("months"),
        "best": rank,
        "worst": worst,
    }[several]
    return (
        inside.with_columns(first=first)
        .sort([*KEY, "window", "first", "date", "visit_number"])
        .group_by([*KEY, "window"], maintain_order=True)
        .first()
        .select(*KEY, "window", "visit", "date", "months", "overall")
    )


def _status(table: pl.DataFrame, rule: WindowRule) -> pl.DataFrame:
    seen = pl.col("overall").is_not_null()
    died = pl.col("dead") & (rule.deaths == "progression")
    carried = pl.lit(rule.carry_progression) & (pl.col("progressed") <= pl.col("end")).fill_null(False)
    status = pl.when(seen).then(pl.col("overall")).when(died | carried).then(pl.lit("PD")).otherwise(pl.lit("not assessed"))
    why = (
        pl.when(seen)
        .then(pl.format("scan at {}", pl.col("visit").fill_null("a visit without name")))
        .when(died)
        .then(pl.lit("death counted as PD"))
        .when(carried)
        .then(pl.lit("earlier PD carried forward"))
        .when(pl.col("dead"))
        .then(pl.lit("dead, counted as not assessed"))
        .when(pl.col("scans").fill_null(0) > 0)
        .then(pl.lit("scanned only after the start of another therapy"))
        .otherwise(pl.lit("no scan in the window"))
    )
    return table.with_columns(status=status, why=why, definition=pl.lit(rule.words))


def _first_dates(table: pl.DataFrame | None, name: str) -> pl.DataFrame:
    if table is None:
        return pl.DataFrame(schema={"patient": pl.String, name: pl.Date})
    return table.group_by("patient").agg(pl.col("date").min().alias(name))


def _check(windows: Sequence[Window], responses: pl.DataFrame, patients: pl.DataFrame) -> None:
    if not windows or len({window.name for window in windows}) < len(windows):
        raise BadInput("windows without distinct names", allowed="at least one window, each with its own name")
    for earlier, later in pairwise(windows):
        if later.from_months <= earlier.to_months:
            raise BadInput(f"windows {earlier.name} and {later.name} overlap or are out of order", allowed="one after the other")
    undated = responses["date"].null_count()
    if undated:
        raise BadInput(f"{undated} responses have no date", do="enter the date, or complete a partial one by a named rule")
    known = patients.filter(pl.col("reference").is_not_null())["patient"]
    without = responses.filter(~pl.col("patient").is_in(known.implode()))["patient"].n_unique()
    if without:
        raise BadInput(f"{without} patients have responses but no reference date", do="enter the day of the first treatment")
