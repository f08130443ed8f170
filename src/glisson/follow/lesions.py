"""Lesions across time: which rows are one lesion, how large it counts, when it was gone, when it came back.

Fragments go by the lesion they split from. A lesion that merged into another counts 0 from then on. Everything is worked out
for all patients at once.
"""

import polars as pl

from glisson.errors import BadInput
from glisson.follow.amounts import Measure
from glisson.follow.keys import coded
from glisson.follow.rules import Rules

TINY = 1e-9
"""Slack of every comparison, relative and absolute: 42/60 is exactly -30 %, whatever binary arithmetic makes of it."""
MOST_GENERATIONS = 8
SEEN = ("present", "too small", "unequivocal progression")


def lesions(measurements: pl.DataFrame, measure: Measure, rules: Rules) -> pl.DataFrame:
    """One row per subject, visit and lesion, with what the criteria need.

    Args:
        measurements: of ``MEASUREMENTS``, keyed; one row per subject, visit and lesion.
        measure: what is added up.
        rules: choices.

    Returns:
        subject, visit_id, visit_number, root (the lesion), which (its number), role, node, baseline, state, size (diameter,
        mm), amount (null: not evaluated), gone (null: not evaluated), reappeared (seen again after it was gone) and regrown (a node
        that was of normal size, but there all the time, and is so no more); sorted by lesion and visit.
    """
    table = _merged(_amounts(measurements, measure, rules), rules)
    table = _with_baseline_role(_rooted(table, rules).sort("which", "visit_id"))
    there_again = ~pl.col("gone").fill_null(True) & (pl.col("role") != "new")
    return table.with_columns(was_gone=_ever_before(pl.col("gone")), was_unseen=_ever_before(_unseen(rules))).with_columns(
        reappeared=there_again & pl.col("was_unseen"),
        regrown=there_again & pl.col("was_gone") & ~pl.col("was_unseen"),
    )


def _unseen(rules: Rules) -> pl.Expr:
    """Gone, and not merely a node of normal size that is still measured; any node that is gone where a node counts as a lesion."""
    if rules.regrown_node == "as a lesion":
        return pl.col("gone")
    measured = (pl.coalesce("amount", "size") > TINY).fill_null(False)
    return pl.col("gone") & ~(pl.col("node") & measured)


def _ever_before(flag: pl.Expr) -> pl.Expr:
    """Whether it held at an earlier visit of the lesion."""
    return flag.fill_null(False).cum_max().shift(1).over("which").fill_null(False)


def _amounts(measurements: pl.DataFrame, measure: Measure, rules: Rules) -> pl.DataFrame:
    """How large each row counts, and whether the lesion is gone there."""
    enhances = pl.lit(False)
    if measurements["viable_mm"].is_not_null().any():
        enhances = (pl.col("baseline") & pl.col("viable_mm").is_not_null()).max().over("lesion_id")
    table = measurements.with_columns(viable_at_baseline=enhances).select(
        "subject", "visit_id", "visit_number", "lesion_id", "lesion", "role", "node", "baseline", "split_from",
        "merged_into", "state",
        size=pl.when(pl.col("state") == "absent").then(0.0).otherwise(pl.col("diameter_mm")),
        amount=measure.amount(rules),
    )  # fmt: skip
    return table.with_columns(gone=_gone(rules))


def _gone(rules: Rules) -> pl.Expr:
    """Gone: absent, of size 0, or a node of normal size; null where nobody can say. A new lesion measured without a size is there."""
    state, largest = pl.col("state"), pl.coalesce("amount", "size")
    there = state.is_in(SEEN) | ((state == "measured") & (pl.col("role") == "new"))
    too_small = pl.when(state == "too small").then(rules.too_small_mm)
    normal_node = pl.col("node") & (pl.coalesce(pl.col("size"), too_small) < rules.normal_node_mm - TINY)
    return (
        pl.when(state == "not evaluable")
        .then(None)
        .when((state == "absent") | normal_node.fill_null(False))
        .then(True)
        .when(largest.is_not_null() & (state != "unequivocal progression"))
        .then(largest <= TINY)
        .when(there)
        .then(False)
        .otherwise(None)
    )


def _merged(table: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Rows of a merged lesion from its merger on: 0 and gone, or not evaluated; added where a visit lists it no more."""
    linked = table.filter(pl.col("merged_into").is_not_null())
    if linked.is_empty():
        return table
    whole = table.join(linked, on="lesion_id", how="semi")
    says, seen = pl.col("merged_into").is_not_null(), pl.col("amount") > TINY
    since = whole.group_by("lesion_id").agg(
        always=(says & pl.col("baseline")).any(),
        said=pl.col("visit_number").filter(says).min(),
        last_seen=pl.col("visit_number").filter(seen).max(),
        **{name: pl.col(name).first() for name in ("subject", "lesion", "role", "node", "split_from")},
    )
    visits = table.select("subject", "visit_id", "visit_number").unique().join(since, on="subject")
    after = (
        pl.when("always").then(pl.col("visit_number") > pl.col("last_seen")).otherwise(pl.col("visit_number") >= pl.col("said"))
    )
    one = rules.merged_lesion == "one diameter"
    counted = visits.filter(after.fill_null(False)).select(
        "subject", "visit_id", "visit_number", "lesion_id", "lesion", "role", "node",
        baseline=pl.lit(False), split_from=pl.col("split_from"), merged_into=pl.lit(None, pl.String),
        state=pl.lit("absent" if one else "not evaluable"), size=pl.lit(0.0 if one else None, pl.Float64),
        amount=pl.lit(0.0 if one else None, pl.Float64), gone=pl.lit(True if one else None, pl.Boolean),
    )  # fmt: skip
    kept = table.join(counted, on=["visit_id", "lesion_id"], how="anti")
    return pl.concat([kept, counted])


def _rooted(table: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Fragments put together under the lesion they split from."""
    key = ["subject", "lesion"]
    links = table.filter(pl.col("split_from").is_not_null()).select(*key, "split_from").unique(key, keep="first")
    if links.is_empty():
        return table.rename({"lesion": "root", "lesion_id": "which"}).drop("split_from", "merged_into")
    roots = _first_ancestors(links)
    table = table.join(roots, on=key, how="left").with_columns(pl.coalesce("root", "lesion").alias("root"))
    names = table["root"].unique().sort()
    table = table.with_columns(which=pl.col("subject") * len(names) + coded(table["root"], names))
    fragmented = table.filter(pl.col("root") != pl.col("lesion"))
    families, others = (table.join(fragmented, on="which", how=how) for how in ("semi", "anti"))
    columns = [name for name in table.columns if name not in ("lesion", "lesion_id", "split_from", "merged_into")]
    return pl.concat([others.select(columns), _one_per_family(families, rules).select(columns)])


def _first_ancestors(links: pl.DataFrame) -> pl.DataFrame:
    """subject, lesion, root of each fragment; of fragments of fragments the first lesion."""
    found = links.rename({"split_from": "root"})
    parents = links.rename({"lesion": "root", "split_from": "older"})
    for _ in range(MOST_GENERATIONS):
        found = found.join(parents, on=["subject", "root"], how="left")
        if found["older"].null_count() == found.height:
            return found.drop("older")
        found = found.with_columns(pl.coalesce("older", "root").alias("root")).drop("older")
    raise BadInput("split_from goes round in a circle", do="let each fragment name the lesion it came from")


def _one_per_family(families: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """One row per family and visit; not evaluated where a fragment seen before is not listed."""
    at = ["which", "visit_id"]
    part = pl.col("lesion") != pl.col("root")
    first = families.filter(part).group_by("which", "lesion").agg(first=pl.col("visit_id").min())
    expected = families.select(at).unique().join(first, on="which").filter(pl.col("visit_id") >= pl.col("first"))
    expected = expected.group_by(at).agg(parts=pl.len())
    amount = pl.col("amount").sum() if rules.split_lesion == "sum of the parts" else pl.col("amount").max()
    complete = pl.col("amount").is_not_null().all()
    together = families.sort("visit_id", "lesion").group_by(at).agg(
        pl.col("subject", "visit_number", "root", "role").first(), node=pl.col("node").any(), baseline=pl.col("baseline").any(),
        state=pl.when((pl.col("state") == "unequivocal progression").any()).then(pl.lit("unequivocal progression"))
        .otherwise(pl.col("state").first()),
        size=pl.col("size").sum(), amount=pl.when(complete).then(amount), gone=pl.col("gone").all(ignore_nulls=False),
        listed=part.sum(),
    )  # fmt: skip
    table = together.join(expected, on=at, how="left")
    missed = pl.col("listed") < pl.col("parts").fill_null(0)
    return table.with_columns(amount=pl.when(~missed).then("amount"), gone=pl.when(~missed).then("gone"))


def _with_baseline_role(table: pl.DataFrame) -> pl.DataFrame:
    """The role chosen at baseline holds for good; the table is sorted by lesion and visit."""
    first = pl.col("which") != pl.col("which").shift(1)
    if table.filter((pl.col("role") != pl.col("role").shift(1)) & ~first).is_empty():
        return table
    chosen = table.filter("baseline").select("which", chosen="role").unique("which", keep="first")
    table = table.join(chosen, on="which", how="left", maintain_order="left")
    return table.with_columns(role=pl.coalesce("chosen", "role")).drop("chosen")
