"""RECIST 1.1: the response of the targets, and the overall response, of every visit of every patient at once.

The same steps serve every criterion that adds up one amount per lesion; each brings its own amount and thresholds. Comparisons
have a slack of 1e-9 (relative and absolute), so that exactly -30 % is PR and exactly +20 % and +5 mm is PD.
"""

import polars as pl

from glisson.follow.amounts import RECIST, Measure
from glisson.follow.keys import keyed
from glisson.follow.lesions import TINY
from glisson.follow.measurements import RESPONSES, checked_measurements, checked_statements
from glisson.follow.quality import require_usable
from glisson.follow.rules import Rules, Thresholds
from glisson.follow.table_faults import once
from glisson.follow.visits import assessments, visit_table
from glisson.follow.words import with_words

NO_DISEASE = "NED"
"""Overall response where there was nothing at baseline and nothing has come: no evidence of disease."""


def recist11(measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None) -> pl.DataFrame:
    """RECIST 1.1 responses, one row per patient, reader and follow-up visit.

    Args:
        measurements: of ``MEASUREMENTS``.
        statements: of ``STATEMENTS``, or none.
        rules: choices; the defaults if none.

    Returns:
        A table of ``RESPONSES``.

    Raises:
        BadInput: the table cannot be used; the message names rows (``follow.quality`` lists every finding).

    References:
        Eisenhauer 2009, tables 1 and 2; EORTC, RECIST 1.1 questions and clarifications.
    """
    return responses(measurements, statements, measure=RECIST, rules=rules or Rules())


def responses(measurements: pl.DataFrame, statements: pl.DataFrame | None, *, measure: Measure, rules: Rules) -> pl.DataFrame:
    """Responses by any criterion that adds up one amount per lesion."""
    table, said = usable(measurements, statements)
    visits = visit_table(table, assessments(table, said), measure=measure, rules=rules)
    return response_table(with_words(called(visits, measure.thresholds(rules), rules), measure, rules), measure)


def usable(measurements: pl.DataFrame, statements: pl.DataFrame | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables with their columns, types and keys, once no fault stops them."""
    table, said = keyed(checked_measurements(measurements), checked_statements(statements))
    require_usable(table)
    return once(table), said


def called(visits: pl.DataFrame, thresholds: Thresholds, rules: Rules) -> pl.DataFrame:
    """The visit table with target, overall, their rule and whether the call is ambiguous."""
    return with_overall(with_target(visits, thresholds, rules), rules)


def with_target(visits: pl.DataFrame, thresholds: Thresholds, rules: Rules) -> pl.DataFrame:
    """Target response of each visit by the thresholds; null where no target was chosen."""
    nadir, baseline = pl.col("nadir"), pl.col("baseline_total")
    slack = TINY * (1 + nadir)
    # what is missing can only add, so a measured part may prove growth
    known = pl.col("total") if rules.partial_sum == "proves progression" else pl.col("whole")
    growth = known - nadir
    grown = (
        (growth >= nadir * thresholds.progression_fraction - slack)
        & (growth >= thresholds.progression_amount - slack)
        & (growth > slack)
    )
    shrunk = pl.col("whole") <= baseline * (1 - thresholds.partial_response_fraction) + TINY * (1 + baseline)
    visits = visits.with_columns(
        complete_response=pl.col("complete") & (pl.col("still") == 0) & ~pl.col("baseline"),
        grown=grown.fill_null(False) & ~pl.col("baseline"),
        shrunk=shrunk.fill_null(False) & ~pl.col("baseline"),
    )
    return _held(visits).with_columns(_target_rule(rules).alias("target_rule")).with_columns(
        target=pl.col("target_rule").str.split_exact(".", 1).struct.field("field_0").str.to_uppercase()
    )  # fmt: skip


def _held(visits: pl.DataFrame) -> pl.DataFrame:
    """Whether PR or CR was reached before and no progression since."""
    event = (
        pl.when("complete_response")
        .then(True)
        .when("grown")
        .then(False)
        .when("shrunk")
        .then(True)
        .otherwise(None)
    )  # fmt: skip
    return visits.with_columns(event=event).with_columns(
        responded=pl.col("event").forward_fill().shift(1).over("subject").fill_null(False)
    )


def _target_rule(rules: Rules) -> pl.Expr:
    """Which rule decides the targets: the response in lower case, a dot, the reason."""
    word = {name: pl.lit(name) for name in (
        "cr.gone", "pd.sum", "pd.partial-sum", "ne.missing", "ne.baseline", "pr.sum", "pr.holds", "sd.sum",
    )}  # fmt: skip
    holds = pl.col("responded") if rules.partial_response_holds == "yes" else pl.lit(False)
    return (
        pl.when(pl.col("targets") == 0)
        .then(None)
        .when("complete_response")
        .then(word["cr.gone"])
        .when(pl.col("grown") & pl.col("complete"))
        .then(word["pd.sum"])
        .when("grown")
        .then(word["pd.partial-sum"])
        .when(~pl.col("complete"))
        .then(word["ne.missing"])
        .when(pl.col("baseline_total").is_null())
        .then(word["ne.baseline"])
        .when("shrunk")
        .then(word["pr.sum"])
        .when(holds)
        .then(word["pr.holds"])
        .otherwise(word["sd.sum"])
    )


def with_overall(visits: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Overall response of each follow-up visit; the baseline's rows are left out."""
    visits = visits.filter(~pl.col("baseline")).with_columns(_progression_rule().alias("progression"))
    visits = visits.with_columns(
        plain=pl.when(pl.col("progression").is_not_null()).then(pl.lit("PD")).otherwise(without_progression(rules)),
        plain_rule=pl.coalesce("progression", rule_without_progression()),
    )
    return _with_ambiguity(_after_progression(_with_options(_with_earlier_CR(visits), rules), rules), rules)


def _progression_rule() -> pl.Expr:
    return (
        pl.when(pl.col("target") == "PD")
        .then("target." + pl.col("target_rule"))
        .when(pl.col("non_target") == "PD")
        .then(pl.lit("non-target.pd"))
        .when("new_lesion")
        .then(pl.lit("new-lesion.pd"))
        .otherwise(None)
    )


def without_progression(rules: Rules) -> pl.Expr:
    """Tables 1 and 2 of the guideline below their rows of progression."""
    target, other = pl.col("target"), pl.col("non_target")
    return (
        pl.when((target == "CR") & (other.is_null() | (other == "CR")))
        .then(pl.lit("CR"))
        .when((target == "CR") & (other == "NE"))
        .then(pl.lit(rules.complete_with_unevaluated))
        .when(target == "CR")
        .then(pl.lit("PR"))
        .when(target.is_not_null())
        .then(target)
        .when(other.is_not_null())
        .then(other)
        .when(pl.col("non_targets") > 0)
        .then(pl.lit("NE"))
        .otherwise(pl.lit(NO_DISEASE))
    )


def rule_without_progression() -> pl.Expr:
    """Which row of the two tables that was."""
    target, other = pl.col("target"), pl.col("non_target")
    by_non_target = other.replace_strict(
        {"CR": "cr", "non-CR/non-PD": "stable", "NE": "ne"}, default=None, return_dtype=pl.String()
    )
    return (
        pl.when((target == "CR") & (other == "NE"))
        .then(pl.lit("target.cr.non-targets-not-evaluated"))
        .when((target == "CR") & (other == "non-CR/non-PD"))
        .then(pl.lit("target.cr.non-targets-remain"))
        .when(target.is_not_null())
        .then("target." + pl.col("target_rule"))
        .when(other.is_not_null())
        .then("non-target." + by_non_target)
        .when(pl.col("non_targets") > 0)
        .then(pl.lit("non-target.ne"))
        .otherwise(pl.lit("no-disease"))
    )


def _with_earlier_CR(visits: pl.DataFrame) -> pl.DataFrame:
    """Whether the last evaluated assessment was CR overall, and whether the last two were."""
    judged = visits.filter(pl.col("plain") != "NE").select("subject", "visit_id", complete=pl.col("plain") == "CR")
    judged = judged.with_columns(twice=pl.col("complete") & pl.col("complete").shift(1).over("subject").fill_null(False))
    table = visits.join(judged, on="visit_id", how="left", maintain_order="left", suffix="_overall")
    earlier = {"was_CR": "complete_overall", "was_CR_twice": "twice"}
    return table.with_columns(
        **{name: pl.col(of).forward_fill().shift(1).over("subject").fill_null(False) for name, of in earlier.items()}
    )


def _with_options(visits: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The choices for lesions that come back and for clinical progression."""
    counts = {
        "by size": pl.lit(False),
        "progression after confirmed CR": pl.col("was_CR_twice"),
        "progression after CR": pl.col("was_CR"),
        "progression": pl.lit(True),
    }[rules.reappearing_lesion]
    back = pl.col("reappeared") & counts
    worse = pl.col("worse") if rules.symptomatic_deterioration == "progression" else pl.lit(False)
    plain = pl.col("plain") == "PD"
    return visits.with_columns(
        own=pl.when(plain | back | worse).then(pl.lit("PD")).otherwise("plain"),
        own_rule=pl.when(~plain & back)
        .then(pl.lit("reappearing.pd"))
        .when(~plain & worse)
        .then(pl.lit("clinical.pd"))
        .otherwise("plain_rule"),
        node_alone=pl.col("regrown") & counts & ~(plain | back | worse),
    )


def _after_progression(visits: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    before = (pl.col("own") == "PD").cum_max().shift(1).over("subject").fill_null(False)
    stays = pl.lit(rules.after_progression == "stays PD") & pl.col("after_pd") & (pl.col("own") != "PD")
    return visits.with_columns(after_pd=before).with_columns(
        overall=pl.when(stays).then(pl.lit("PD")).otherwise("own"),
        rule=pl.when(stays).then(pl.lit("after-pd")).otherwise("own_rule"),
    )


def _with_ambiguity(visits: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """The option under which this visit would be called otherwise."""
    open_still = pl.col("rule") != "after-pd"
    left_alone = (pl.col("plain") != "PD") & pl.col("reappeared")
    return visits.with_columns(
        ambiguous=pl.when(open_still & left_alone & ((pl.col("own") != "PD") | (pl.col("rule") == "reappearing.pd")))
        .then(pl.lit("reappearing_lesion"))
        .when(open_still & pl.col("node_alone"))
        .then(pl.lit("regrown_node"))
        .when(pl.col("rule") == "target.pr.holds")
        .then(pl.lit("partial_response_holds"))
        .when(pl.col("rule") == "target.pd.partial-sum")
        .then(pl.lit("partial_sum"))
        .when(pl.col("rule") == "target.cr.non-targets-not-evaluated")
        .then(pl.lit("complete_with_unevaluated"))
        .when(open_still & pl.col("worse") & ((pl.col("own") != "PD") | (pl.col("rule") == "clinical.pd")))
        .then(pl.lit("symptomatic_deterioration"))
        .otherwise(None)
    )


def response_table(visits: pl.DataFrame, measure: Measure) -> pl.DataFrame:
    """The columns of ``RESPONSES``, the sums in those of the criterion's unit."""
    total, baseline, nadir = pl.col("whole"), pl.col("baseline_total"), pl.col("nadir")
    own = {f"sum_{measure.column}": total, f"baseline_{measure.column}": baseline, f"nadir_{measure.column}": nadir}
    if measure.column == "mm":
        own["change_from_nadir_mm"] = total - nadir
    shares = {
        "change_from_baseline_fraction": pl.when(baseline > 0).then(total / baseline - 1),
        "change_from_nadir_fraction": pl.when(nadir > 0).then(total / nadir - 1),
    }
    filled = visits.with_columns(
        criterion=pl.lit(measure.criterion), as_read=pl.col("own"), rule=measure.code + "." + pl.col("rule"), **own, **shares
    )
    return filled.select(
        pl.col(name).cast(kind) if name in filled.columns else pl.lit(None, kind).alias(name) for name, kind in RESPONSES.items()
    )
