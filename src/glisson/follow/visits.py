"""The shared visit table of all criteria: one row per subject and assessment with its sum, baseline, nadir, and what was seen."""

import polars as pl

from glisson.follow.amounts import Measure
from glisson.follow.lesions import lesions
from glisson.follow.rules import Rules

NAMES = pl.List(pl.String())
WHO = ("patient", "reader", "subject", "visit_number")


def assessments(measurements: pl.DataFrame, statements: pl.DataFrame) -> pl.DataFrame:
    """Every assessment of every patient and reader, in order, with what was stated of it.

    Args:
        measurements: keyed.
        statements: keyed; a visit that is only stated is an assessment too.

    Returns:
        patient, reader, subject, visit_id, visit, visit_number, date, baseline (bool), and the statements.
    """
    held = measurements.group_by("visit_id").agg(
        pl.col(*WHO).first(), pl.col("visit").first(), pl.col("date").max(), pl.col("baseline").any()
    )
    if statements.height:
        said = statements.select("visit_id", *WHO, "visit", "date", baseline=pl.lit(False))
        held = pl.concat([held, said]).group_by("visit_id", maintain_order=True).agg(
            pl.col(*WHO, "visit").first(), pl.col("date").drop_nulls().first(), pl.col("baseline").any()
        )  # fmt: skip
    stated = statements.drop(*WHO, "visit", "date")
    return held.join(stated, on="visit_id", how="left").sort("visit_id")


def visit_table(measurements: pl.DataFrame, visits: pl.DataFrame, *, measure: Measure, rules: Rules) -> pl.DataFrame:
    """The visit table.

    Args:
        measurements: keyed; a part of the table where a criterion sees no more (the liver).
        visits: from ``assessments``, of the whole table.
        measure: what is added up.
        rules: choices.

    Returns:
        the assessments with targets (how many were chosen), evaluated, total, complete, still (how many are not gone),
        baseline_total, nadir, non_targets, non_target, new (how many), new_lesion, new_size, reappeared, regrown, and the names of
        each kind.
    """
    table = lesions(measurements, measure, rules)
    chosen = _chosen(table)
    for part in (_targets(table), _non_targets(table), _new(table, rules), _named(table)):
        visits = visits.join(part, on="visit_id", how="left", maintain_order="left")
    visits = visits.join(chosen, on="subject", how="left", maintain_order="left")
    return _with_missing(_with_nadir(_with_statements(_filled(visits), rules)), table)


def _chosen(table: pl.DataFrame) -> pl.DataFrame:
    """How many targets and non-targets each subject had at baseline."""
    start = table.filter("baseline")
    return start.group_by("subject").agg(
        targets=(pl.col("role") == "target").sum(), non_targets=(pl.col("role") == "non-target").sum()
    )


def _targets(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("role") == "target").group_by("visit_id", maintain_order=True).agg(
        evaluated=pl.col("amount").count(), total=pl.col("amount").sum(), still=(~pl.col("gone")).sum(),
        target_names=pl.col("root"),
    )  # fmt: skip


def _non_targets(table: pl.DataFrame) -> pl.DataFrame:
    return table.filter(pl.col("role") == "non-target").group_by("visit_id").agg(
        non_targets_seen=pl.col("gone").count(), non_targets_gone=pl.col("gone").sum(),
        non_targets_progressed=(pl.col("state") == "unequivocal progression").sum(), non_target_size=pl.col("size").sum(),
    )  # fmt: skip


def _new(table: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """New lesions that are there at each visit, how many and how large."""
    rows = table.filter(pl.col("role") == "new")
    certain = ~pl.col("gone").fill_null(True)
    if rules.equivocal_new_lesion == "dated when first seen":
        certain = certain | ((pl.col("state") == "not evaluable") & certain.any().over("which"))
    grew = (pl.col("state") == "unequivocal progression").sum()
    return rows.filter(certain).group_by("visit_id").agg(new=pl.len(), new_size=pl.col("size").sum(), new_grew=grew)


def _named(table: pl.DataFrame) -> pl.DataFrame:
    """Names of the lesions that progressed, are new, came back or (nodes) grew back; only visits that have some."""
    state, role = pl.col("state"), pl.col("role")
    kinds = {
        "progressed_names": (role == "non-target") & (state == "unequivocal progression"),
        "new_names": (role == "new") & ~pl.col("gone").fill_null(True),
        "reappeared_names": pl.col("reappeared"),
        "regrown_names": pl.col("regrown"),
    }
    rows = table.filter(pl.any_horizontal(*kinds.values()))
    return rows.group_by("visit_id", maintain_order=True).agg(
        **{name: pl.col("root").filter(which) for name, which in kinds.items()}
    )


def _filled(visits: pl.DataFrame) -> pl.DataFrame:
    """Counts of what is not there are 0; sums of what was not measured stay null."""
    counts = [
        "targets", "evaluated", "still", "non_targets", "non_targets_seen", "non_targets_gone", "non_targets_progressed", "new",
        "new_grew",
    ]  # fmt: skip
    lists = ["target_names", "progressed_names", "new_names", "reappeared_names", "regrown_names"]
    none = pl.lit([], dtype=NAMES)
    return visits.with_columns(
        *(pl.col(name).cast(pl.Int64).fill_null(0) for name in counts),
        *(pl.when(pl.col(name).is_null()).then(none).otherwise(pl.col(name)).alias(name) for name in lists),
        total=pl.when(pl.col("evaluated") > 0).then("total"),
    ).with_columns(
        complete=(pl.col("evaluated") >= pl.col("targets")) & (pl.col("targets") > 0),
        new_size=pl.col("new_size").fill_null(0.0),
    )


def _with_statements(visits: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Non-target response and new lesion, from the lesions and from what the reader stated."""
    said = pl.col("non_target_statement")
    complete = pl.col("non_targets_gone") >= pl.col("non_targets")
    markers = pl.col("markers_normal").fill_null(rules.markers_unknown == "complete")
    derived = (
        pl.when(pl.col("non_targets_progressed") > 0)
        .then(pl.lit("PD"))
        .when(pl.col("non_targets") == 0)
        .then(None)
        .when(said.is_not_null())
        .then(said)
        .when(pl.col("non_targets_seen") < pl.col("non_targets"))
        .then(pl.lit("NE"))
        .when(complete & markers)
        .then(pl.lit("CR"))
        .otherwise(pl.lit("non-CR/non-PD"))
    )
    stated = pl.col("new_lesion_statement").fill_null(False)
    return visits.with_columns(
        non_target=pl.coalesce(derived, said),
        new_lesion=(pl.col("new") > 0) | stated,
        reappeared=pl.col("reappeared_names").list.len() > 0,
        regrown=pl.col("regrown_names").list.len() > 0,
        worse=pl.col("symptomatic_deterioration").fill_null(False),
    )


def _with_nadir(visits: pl.DataFrame) -> pl.DataFrame:
    """Baseline sum, and the smallest whole sum before each visit, the baseline's included."""
    whole = pl.when("complete").then("total")
    at_baseline = pl.when(pl.col("baseline") & pl.col("complete")).then("total")
    return visits.with_columns(baseline_total=at_baseline.max().over("subject"), whole=whole).with_columns(
        nadir=pl.col("whole").fill_null(float("inf")).cum_min().shift(1).over("subject")
    ).with_columns(nadir=pl.when(pl.col("nadir").is_finite()).then("nadir"))  # fmt: skip


def _with_missing(visits: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Names of targets that were not evaluated, at the visits that lack some."""
    lacking = visits.filter((pl.col("evaluated") < pl.col("targets")) & ~pl.col("baseline")).select("subject", "visit_id")
    targets = table.filter(pl.col("baseline") & (pl.col("role") == "target")).select("subject", "which", "root")
    seen = table.filter(pl.col("amount").is_not_null()).select("which", "visit_id")
    missing = lacking.join(targets, on="subject").join(seen, on=["which", "visit_id"], how="anti")
    names = missing.sort("visit_id", "which").group_by("visit_id", maintain_order=True).agg(missing_names="root")
    table = visits.join(names, on="visit_id", how="left", maintain_order="left")
    none = pl.lit([], dtype=NAMES)
    return table.with_columns(missing_names=pl.when(pl.col("missing_names").is_null()).then(none).otherwise("missing_names"))
