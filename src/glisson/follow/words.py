"""Each call in words: the rule, the numbers, the lesions. Built as columns, for every row of a table at once."""

import polars as pl

from glisson.follow.amounts import Measure
from glisson.follow.rules import Rules
from glisson.knowledge.response import options


def with_words(visits: pl.DataFrame, measure: Measure, rules: Rules) -> pl.DataFrame:
    """The visit table with ``words`` and ``lesions`` (the lesions on which the deciding rule fired)."""
    parts = [_reason(), _sums(measure), _missing(), _non_target(), _new(), _back(), _regrown(), _clinical(), _ambiguity(rules)]
    if "waited" in visits.columns:
        parts.append(_waited(rules))
    return visits.with_columns(
        words=pl.concat_str(*parts, separator="; ", ignore_nulls=True) + ".",
        lesions=_fired(),
    )


REASONS = {
    "target.cr.gone": "CR: all targets gone",
    "target.cr.non-targets-remain": "PR: all targets gone, non-targets remain",
    "target.cr.non-targets-not-evaluated": "all targets gone, non-targets not all evaluated",
    "target.pd.sum": "PD: the sum of the targets grew",
    "target.pd.partial-sum": "PD: the measured targets alone exceed the smallest sum",
    "target.ne.missing": "NE: not every target was evaluated",
    "target.ne.baseline": "NE: the baseline has no complete sum",
    "target.pr.sum": "PR: the sum of the targets shrank",
    "target.pr.holds": "PR: reached before, and no progression since",
    "target.sd.sum": "SD: neither PR nor PD",
    "non-target.cr": "CR: all non-targets gone",
    "non-target.stable": "non-CR/non-PD: non-targets only, neither gone nor progressed",
    "non-target.ne": "NE: non-targets only, not all evaluated",
    "non-target.pd": "PD: unequivocal progression of non-targets",
    "new-lesion.pd": "PD: new lesion",
    "reappearing.pd": "PD: a lesion that was gone is back",
    "clinical.pd": "PD: clinical progression",
    "after-pd": "PD: progression was called at an earlier visit",
    "place-unknown": "NE: something progressed or is new, but where is not on record",
    "unconfirmed.first": "iUPD: progression, not yet confirmed",
    "unconfirmed.no-further-growth": "iUPD: no further growth since the unconfirmed progression",
    "unconfirmed.too-early": "iUPD: further growth, but too early after the unconfirmed progression to confirm it",
    "confirmed.target": "iCPD: the sum of the targets grew further",
    "confirmed.non-target": "iCPD: the non-targets grew further",
    "confirmed.new-lesion": "iCPD: more new lesions, or larger ones",
    "confirmed.other-category": "iCPD: progression also where there was none before",
    "after-confirmed": "iCPD: progression was confirmed at an earlier visit",
    "no-disease": "no disease at baseline, none since",
}
"""What each rule says."""


def _reason() -> pl.Expr:
    said = pl.col("rule").replace_strict(REASONS, default="", return_dtype=pl.String())
    unevaluated = pl.col("rule") == "target.cr.non-targets-not-evaluated"
    immune = pl.col("overall").is_in(["iCR", "iPR", "iSD"])
    return pl.when(unevaluated).then(pl.col("overall") + ": " + said).when(immune).then("i" + said).otherwise(said)


def _waited(rules: Rules) -> pl.Expr:
    """Days since the unconfirmed progression, where one is open."""
    late = pl.when(pl.col("waited") > rules.confirmation_to_days).then(pl.lit(", later than asked for")).otherwise(pl.lit(""))
    days = pl.col("waited").cast(pl.Int64).cast(pl.String)
    told = pl.coalesce(
        pl.format("{} days after the unconfirmed progression{}", days, late),
        pl.lit("cannot say how long after the unconfirmed progression: dates missing"),
    )
    return pl.when(pl.col("rule").str.contains(r"^(?:confirmed|unconfirmed\.no|unconfirmed\.too)")).then(told)


def _signed(value: pl.Expr) -> pl.Expr:
    rounded = (value.round(2) + 0.0).cast(pl.String)  # + 0.0: no minus before a zero
    return pl.when(value >= 0).then("+" + rounded).otherwise(rounded)


def _sums(measure: Measure) -> pl.Expr:
    """The sum of the targets beside its baseline and the smallest sum before."""
    whole, nadir, baseline, unit = pl.col("whole"), pl.col("nadir"), pl.col("baseline_total"), measure.unit
    names = pl.col("target_names").list.join(", ")
    head = pl.format("{} {} " + unit, names, whole.round(2).cast(pl.String))
    since = pl.format(", {} % from the baseline {}", _signed((whole / baseline - 1) * 100), baseline.round(2).cast(pl.String))
    growth = pl.format(
        ", {} " + unit + "{} from the smallest sum {}",
        _signed(whole - nadir),
        pl.when(nadir > 0).then(pl.format(" and {} %", _signed((whole / nadir - 1) * 100))).otherwise(pl.lit("")),
        nadir.round(2).cast(pl.String),
    )
    return pl.when(whole.is_not_null()).then(
        pl.concat_str(head, since.fill_null(""), growth.fill_null(""))
    )  # fmt: skip


def _missing() -> pl.Expr:
    few = pl.col("missing_names").list.len() > 0
    return pl.when(few).then(pl.format("not evaluated: {}", pl.col("missing_names").list.join(", ")))


def _non_target() -> pl.Expr:
    names = pl.col("progressed_names").list.join(", ")
    tail = pl.when(names != "").then(pl.format(" ({})", names)).otherwise(pl.lit(""))
    return pl.when(pl.col("non_target").is_not_null()).then(pl.format("non-targets {}{}", pl.col("non_target"), tail))


def _new() -> pl.Expr:
    names = pl.col("new_names").list.join(", ")
    named = pl.when(names != "").then(pl.format("new: {}", names)).otherwise(pl.lit("new lesion stated, none listed"))
    return pl.when(pl.col("new_lesion")).then(named)


def _back() -> pl.Expr:
    return pl.when(pl.col("reappeared")).then(
        pl.format("back after it was gone: {}", pl.col("reappeared_names").list.join(", "))
    )  # fmt: skip


def _regrown() -> pl.Expr:
    return pl.when(pl.col("regrown")).then(
        pl.format("no longer of normal size: {}", pl.col("regrown_names").list.join(", "))
    )  # fmt: skip


def _clinical() -> pl.Expr:
    return pl.when("worse").then(pl.lit("clinical deterioration stated"))


def _ambiguity(rules: Rules) -> pl.Expr:
    """Which choice decided, and what else could have been chosen."""
    said = {}
    for name, option in options().items():
        chosen = str(getattr(rules, name))
        others = ", ".join(choice for choice in option.choices if choice != chosen)
        said[name] = f"the standard leaves room ({name}): chosen '{chosen}', selectable: {others}"
    return pl.col("ambiguous").replace_strict(said, default=None, return_dtype=pl.String())


def _fired() -> pl.Expr:
    """Lesions on which the rule fired."""
    rule = pl.col("rule")
    return (
        pl.when(rule == "new-lesion.pd")
        .then("new_names")
        .when(rule == "non-target.pd")
        .then("progressed_names")
        .when(rule == "reappearing.pd")
        .then("reappeared_names")
        .when(rule == "target.ne.missing")
        .then("missing_names")
        .when(rule.str.starts_with("target."))
        .then("target_names")
        .otherwise(pl.lit([], dtype=pl.List(pl.String())))
    )
