"""Best overall response of every patient, with and without confirmation: Table 3, and what each visit counts as.

Rows go in as Table 2 (``glisson.follow.measurements.RESPONSES``) and come out sorted; patients without any visit are kept as
MISSING, so a rate made from the table has every treated patient in its denominator.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import polars as pl

from glisson.errors import BadInput
from glisson.follow.confirmation import CALLS, CR, MISSING, ND, NE, NED, NON, PD, PR, SD, confirming_visits
from glisson.knowledge.endpoints import response_fact

KEY = ["patient", "reader", "criterion"]
CODES = list(range(1, len(CALLS) + 1))
AfterComplete = Literal["as called", "progression", "was partial"]
AFTER_COMPLETE: tuple[AfterComplete, ...] = ("as called", "progression", "was partial")

EARLY, LATE = "before the reference date", "after the first PD or after the cut"
"""Why a visit does not count."""

BEST_RESPONSES: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "reader": pl.String(),
    "criterion": pl.String(),
    "confirmed": pl.Boolean(),
    "best": pl.String(),
    "visit": pl.String(),
    "date": pl.Date(),
    "reason": pl.String(),
}
"""One row per patient, reader and criterion. ``confirmed``: whether a response had to be confirmed to count."""


def _days(name: str) -> int:
    return int(response_fact(name).value)


@dataclass(frozen=True)
class BestResponseRule:
    """How visits become one best response. The defaults are cited in ``knowledge/response/best_response.yaml``.

    Attributes:
        confirmed: a CR or PR counts only when a later visit confirms it; unconfirmed it falls to SD.
        confirmation_days: shortest time from the response to the visit that confirms it.
        stable_from_days: SD (and non-CR/non-PD) counts from this day after the reference date; an earlier one is NE.
        most_not_evaluable: visits NE allowed on the way to confirmation.
        accept_stable: one SD is allowed between a PR and its confirmation.
        missing_as_not_evaluable: a patient without any visit is NE instead of MISSING.
        stop_at_progression: visits after the first PD do not count.
        after_complete_response: what disease seen after a CR makes of the visit: "as called"; "progression" (the disease must
            have come back); "was partial" (a CR followed by PR was a PR). RECIST 1.1, Table 3, footnote a names the last two.
        count_before_reference: visits before the reference date count too, as in admiralonco; a response cannot precede the
            treatment, so by default they count towards nothing.
    """

    confirmed: bool = False
    confirmation_days: int = field(default_factory=lambda: _days("confirmation-days"))
    stable_from_days: int = field(default_factory=lambda: _days("stable-from-days"))
    most_not_evaluable: int = field(default_factory=lambda: _days("most-not-evaluable"))
    accept_stable: bool = False
    missing_as_not_evaluable: bool = False
    stop_at_progression: bool = True
    after_complete_response: AfterComplete = "as called"
    count_before_reference: bool = False

    def __post_init__(self) -> None:
        for name in ("confirmation_days", "stable_from_days", "most_not_evaluable"):
            if getattr(self, name) < 0:
                raise BadInput(f"{name} is {getattr(self, name)}", allowed="0 or more")
        if self.after_complete_response not in AFTER_COMPLETE:
            raise BadInput(f"after_complete_response '{self.after_complete_response}'", allowed=", ".join(AFTER_COMPLETE))

    @property
    def words(self) -> str:
        """The rule in one line, for the page."""
        said = f"SD from day {self.stable_from_days}"
        if self.confirmed:
            said = f"CR and PR confirmed after at least {self.confirmation_days} days, at most {self.most_not_evaluable} NE between, {said}"
            said += ", one SD between a PR and its confirmation allowed" if self.accept_stable else ""
        else:
            said = f"CR and PR without confirmation, {said}"
        said += "; visits up to the first PD" if self.stop_at_progression else "; visits after a PD count"
        said += "; visits before the reference date count too" if self.count_before_reference else ""
        if self.after_complete_response != "as called":
            said += f"; disease after a CR: {self.after_complete_response}"
        return said


def best_responses(
    responses: pl.DataFrame, patients: pl.DataFrame, *, rule: BestResponseRule | None = None, ends: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Best overall response: one row per patient, reader and criterion, columns of ``BEST_RESPONSES``.

    Args:
        responses: Table 2.
        patients: ``patient`` and ``reference``, the day from which SD is counted (first treatment, randomisation); visits
            before it do not count (``before_reference`` lists them).
        rule: see ``BestResponseRule``.
        ends: ``patient`` and ``date`` of a cut, as the start of another anticancer therapy: visits up to and including that
            day count.

    Raises:
        BadInput: an unknown call, a visit without date, or a patient without reference date.

    References:
        pharmaverse/admiralonco, best and confirmed best overall response; RECIST 1.1, Table 3; iRECIST, Table 3.
    """
    rule = rule or BestResponseRule()
    visits = counted_visits(responses, patients, rule=rule, ends=ends).filter("kept")
    order = pl.col("rank")
    first = visits.sort([*KEY, "rank", "date", "visit_number"]).group_by(KEY, maintain_order=True).first()
    noted = visits.group_by(KEY).agg(pl.col("complete_then_partial").any())
    first = first.drop("complete_then_partial").join(noted, on=KEY, how="left", nulls_equal=True)
    every = everyone(responses, patients).join(first, on=KEY, how="left", nulls_equal=True)
    none = "NE" if rule.missing_as_not_evaluable else "MISSING"
    warning = (
        pl.when(pl.col("complete_then_partial").fill_null(False))
        .then(pl.lit("; a CR is followed by PR: check the CR"))
        .otherwise(pl.lit(""))
    )
    return (
        every.with_columns(
            confirmed=pl.lit(rule.confirmed),
            best=pl.when(order.is_null()).then(pl.lit(none)).otherwise(pl.col("counted")),
            reason=pl.when(order.is_null()).then(pl.lit("no visit that counts")).otherwise(pl.col("why") + warning),
        )
        .select(*BEST_RESPONSES)
        .sort(KEY)
    )


def counted_visits(
    responses: pl.DataFrame, patients: pl.DataFrame, *, rule: BestResponseRule | None = None, ends: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What each visit counts as towards the best response.

    Returns:
        patient, reader, criterion, visit, visit_number, date, overall; ``kept``: not before the reference date, not after
        the first PD nor after ``ends``;
        ``counted``: the call it counts as (null where not kept); ``rank``: its place in the order, 1 is best; ``why``: in
        words; ``confirmed_on``: date of the confirming visit; ``complete_then_partial``: this CR is followed by a PR.

    Raises:
        BadInput: as ``best_responses``.
    """
    rule = rule or BestResponseRule()
    _check(responses, patients)
    immune = pl.col("criterion") == "iRECIST"
    visits = responses.select(*KEY, "visit", "visit_number", "date", "overall").join(patients, on="patient", how="left")
    visits = _cut(visits, ends, rule)
    parts = [_standard(visits.filter(~immune.fill_null(False)), rule)]
    if visits.select(immune.any()).item():
        from glisson.follow.immune_best import immune_visits

        parts.append(immune_visits(visits.filter(immune)))
    return pl.concat(parts).sort([*KEY, "date", "visit_number"])


COUNTED = [
    *KEY,
    "visit",
    "visit_number",
    "date",
    "overall",
    "kept",
    "counted",
    "rank",
    "why",
    "confirmed_on",
    "complete_then_partial",
]


def before_reference(responses: pl.DataFrame, patients: pl.DataFrame) -> pl.DataFrame:
    """Dated responses from before their patient's reference date, which count towards nothing: rows of ``responses``."""
    known = patients.select("patient", "reference")
    return responses.join(known, on="patient", how="inner").filter(pl.col("date") < pl.col("reference")).drop("reference")


def first_counted(counted: pl.DataFrame, calls: tuple[str, ...] = ("CR", "PR", "iCR", "iPR")) -> pl.DataFrame:
    """First visit that counts as one of ``calls``: the first response, or with SD the first benefit.

    One row per patient, reader and criterion that has one; columns visit, date, counted.
    """
    return (
        counted.filter(pl.col("kept") & pl.col("counted").is_in(calls))
        .sort([*KEY, "date", "visit_number"])
        .group_by(KEY, maintain_order=True)
        .first()
        .select(*KEY, "visit", "date", "counted")
    )


def _check(responses: pl.DataFrame, patients: pl.DataFrame) -> None:
    plain = pl.col("criterion") != "iRECIST"
    unknown = responses.filter(plain.fill_null(True) & ~pl.col("overall").is_in(CALLS[:-1]).fill_null(False)).height
    if unknown:
        raise BadInput(f"{unknown} responses have a call that is not known", allowed=", ".join(CALLS[:-1]))
    undated = responses.filter(pl.col("date").is_null()).height
    if undated:
        raise BadInput(
            f"{undated} responses have no date", do="enter the date, or complete a partial one by a named rule (partial_dates)"
        )
    if patients["patient"].n_unique() != patients.height:
        raise BadInput("a patient stands twice in the table of reference dates", allowed="one row for each patient")
    known = patients.filter(pl.col("reference").is_not_null())["patient"]
    without = responses.filter(~pl.col("patient").is_in(known.implode()))["patient"].n_unique()
    if without:
        raise BadInput(f"{without} patients have responses but no reference date", do="enter the day of the first treatment")


def _cut(visits: pl.DataFrame, ends: pl.DataFrame | None, rule: BestResponseRule) -> pl.DataFrame:
    """Flags ``early``: before the reference date; ``kept``: neither early nor after its patient's cut."""
    visits = visits.with_columns(early=(pl.col("date") < pl.col("reference")) & pl.lit(not rule.count_before_reference))
    if ends is None:
        return visits.with_columns(kept=~pl.col("early"))
    cut = ends.group_by("patient").agg(end=pl.col("date").min())
    kept = ~pl.col("early") & (pl.col("end").is_null() | (pl.col("date") <= pl.col("end")))
    return visits.join(cut, on="patient", how="left").with_columns(kept=kept).drop("end")


def _standard(visits: pl.DataFrame, rule: BestResponseRule) -> pl.DataFrame:
    codes = pl.col("overall").replace_strict(list(CALLS), CODES, return_dtype=pl.Int8).alias("call")
    visits = visits.with_columns(codes).sort([*KEY, "date", "visit_number"])
    visits = _after_complete(visits, rule.after_complete_response)
    if rule.stop_at_progression:
        before = ((pl.col("call") == PD) & pl.col("kept")).cast(pl.Int32).cum_sum().shift(1).over(KEY).fill_null(0)
        visits = visits.with_columns(kept=pl.col("kept") & (before == 0))
    late = (pl.col("date") - pl.col("reference")).dt.total_days() >= rule.stable_from_days
    visits = visits.with_columns(late=late, confirming=pl.Series(_confirming(visits, rule)))
    return _say(_count(visits, rule), rule).select(COUNTED)


def _after_complete(visits: pl.DataFrame, option: AfterComplete) -> pl.DataFrame:
    """Recode what follows or preceded disease after a CR, and flag a CR that a PR follows."""
    complete, partial = (pl.col("call") == CR) & pl.col("kept"), (pl.col("call") == PR) & pl.col("kept")
    followed = complete & (partial.reverse().cum_max().reverse().over(KEY))
    visits = visits.with_columns(complete_then_partial=followed)
    if option == "was partial":
        return visits.with_columns(call=pl.when(followed).then(pl.lit(PR)).otherwise(pl.col("call")).cast(pl.Int8))
    if option == "progression":
        returned = complete.cum_max().over(KEY) & pl.col("call").is_in([PR, SD, NON])
        return visits.with_columns(call=pl.when(returned).then(pl.lit(PD)).otherwise(pl.col("call")).cast(pl.Int8))
    return visits


def _confirming(visits: pl.DataFrame, rule: BestResponseRule) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Row of the visit that confirms each row's response, -1 for none; rows that are not kept take no part."""
    found = np.full(visits.height, -1, dtype=np.int64)
    kept = np.flatnonzero(visits["kept"].to_numpy())
    if not rule.confirmed or not kept.size:
        return found
    taken = visits[kept]
    inside = confirming_visits(
        group=taken.select(pl.struct(KEY).rle_id().cast(pl.Int64)).to_series().to_numpy(),
        day=taken["date"].to_physical().cast(pl.Int64).to_numpy(),
        call=taken["call"].to_numpy(),
        confirmation_days=rule.confirmation_days,
        most_not_evaluable=rule.most_not_evaluable,
        most_stable=1 if rule.accept_stable else 0,
    )
    found[kept] = np.where(inside >= 0, kept[inside], -1)
    return found


def _count(visits: pl.DataFrame, rule: BestResponseRule) -> pl.DataFrame:
    """Columns ``rank``, ``counted``, ``confirmed_on`` and ``confirming_visit``."""
    call, response = pl.col("call"), pl.col("call").is_in([CR, PR])
    stands = response & ((pl.col("confirming") >= 0) if rule.confirmed else pl.lit(True))
    rank = (
        pl.when(stands | call.is_in([NED, PD, NE, ND, MISSING]))
        .then(call)
        .when(~pl.col("late"))
        .then(pl.lit(NE))
        .when(response)
        .then(pl.lit(SD))
        .otherwise(call)
    )
    place = pl.when(pl.col("confirming") >= 0).then(pl.col("confirming"))
    return visits.with_columns(
        rank=pl.when("kept").then(rank).cast(pl.Int8),
        confirmed_on=pl.col("date").gather(place.cast(pl.UInt32)),
        confirming_visit=pl.col("visit").gather(place.cast(pl.UInt32)),
    ).with_columns(
        counted=pl.col("rank").replace_strict(CODES, list(CALLS), return_dtype=pl.String),
    )


def _say(visits: pl.DataFrame, rule: BestResponseRule) -> pl.DataFrame:
    overall, counted, visit = pl.col("overall"), pl.col("counted"), pl.col("visit").fill_null("a visit without name")
    recoded = pl.col("call") != overall.replace_strict(list(CALLS), CODES, return_dtype=pl.Int8)
    changed = pl.when(recoded).then(pl.lit(f" (disease after a CR: {rule.after_complete_response})")).otherwise(pl.lit(""))
    why = (
        pl.when("early")
        .then(pl.lit(EARLY))
        .when(~pl.col("kept"))
        .then(pl.lit(LATE))
        .when(pl.col("confirming") >= 0)
        .then(
            pl.format("{} at {}, confirmed at {}", counted, visit, pl.col("confirming_visit").fill_null("a visit without name"))
        )
        .when((pl.col("rank") == NE) & (overall != "NE"))
        .then(pl.format(f"{{}} at {{}} is earlier than day {rule.stable_from_days}: counts as NE", overall, visit))
        .when((pl.col("rank") == SD) & overall.is_in(["CR", "PR"]))
        .then(pl.format("{} at {} was not confirmed: counts as SD", overall, visit))
        .otherwise(pl.format("{} at {}", counted, visit))
    )
    return visits.with_columns(why=why + changed)


def everyone(responses: pl.DataFrame, patients: pl.DataFrame) -> pl.DataFrame:
    """Every patient under every reader and criterion of the table; with an empty table once, without reader."""
    views = responses.select("reader", "criterion").unique()
    if views.is_empty():
        views = pl.DataFrame({"reader": [None], "criterion": [None]}, schema={"reader": pl.String, "criterion": pl.String})
    return patients.select("patient").join(views, how="cross")
