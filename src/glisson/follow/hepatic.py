"""RECIST 1.1 of the liver alone: its own targets, non-targets and new lesions, for hepatic progression-free survival.

What a reader states of the whole body (a new lesion, the non-targets) counts for the liver only where the lesions say that it
means the liver; else the visit is NE, and the words say why. Progression elsewhere changes nothing.
"""

import polars as pl

from glisson.errors import BadInput
from glisson.follow.amounts import LIVER
from glisson.follow.measurements import rows_in_words
from glisson.follow.recist import called, response_table, usable
from glisson.follow.rules import Rules
from glisson.follow.visits import assessments, visit_table
from glisson.follow.words import with_words

ORGAN = "liver"


def recist11_liver(
    measurements: pl.DataFrame, statements: pl.DataFrame | None = None, *, rules: Rules | None = None
) -> pl.DataFrame:
    """Responses of the liver, one row per patient, reader and follow-up visit; NED where it never had a lesion.

    Args:
        measurements: of ``MEASUREMENTS``, all organs.
        statements: of ``STATEMENTS``, or none.
        rules: choices; the defaults if none.

    Raises:
        BadInput: the table cannot be used, or a lesion has no organ; the message names rows.

    References:
        EPOCH and SIRFLOX report hepatic progression; RECIST 1.1 as in ``recist11``.
    """
    rules = rules or Rules()
    table, said = usable(measurements, statements)
    nowhere = table.filter(pl.col("organ").is_null())
    if nowhere.height:
        raise BadInput(
            f"the organ of a lesion is not known: {rows_in_words(nowhere['row'])}", do="enter the organ of every lesion"
        )
    liver = table.filter(pl.col("organ") == ORGAN)
    every = _of_the_liver(assessments(table, said), table)
    visits = visit_table(liver, every, measure=LIVER, rules=rules)
    visits = _unplaced(called(visits, LIVER.thresholds(rules), rules))
    return response_table(with_words(visits, LIVER, rules), LIVER)


def _of_the_liver(every: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Assessments with the statements that can be placed, and whether one cannot."""
    inside = pl.col("organ") == ORGAN
    others = pl.col("role") == "non-target"
    known = table.group_by("subject").agg(
        elsewhere=(others & ~inside).any(), non_targets_inside=(others & inside).any()
    )  # fmt: skip
    new = table.filter(pl.col("role") == "new").group_by("subject").agg(new_since=pl.col("visit_number").min())
    progressed = table.filter(pl.col("state") == "unequivocal progression").select("visit_id").unique().with_columns(listed=True)
    every = every.join(known, on="subject", how="left", maintain_order="left")
    every = every.join(new, on="subject", how="left", maintain_order="left")
    every = every.join(progressed, on="visit_id", how="left", maintain_order="left")
    only_here = pl.col("non_targets_inside") & ~pl.col("elsewhere")
    new_somewhere = pl.col("new_lesion_statement").fill_null(False) & ~(pl.col("new_since") <= pl.col("visit_number")).fill_null(
        False
    )
    worse_somewhere = (
        (pl.col("non_target_statement") == "PD").fill_null(False) & ~only_here.fill_null(False) & pl.col("listed").is_null()
    )
    return every.with_columns(
        unplaced=new_somewhere | worse_somewhere,
        non_target_statement=pl.when(only_here).then("non_target_statement"),
        new_lesion_statement=pl.lit(None, pl.Boolean),
        symptomatic_deterioration=pl.lit(None, pl.Boolean),
    ).drop("elsewhere", "non_targets_inside", "new_since", "listed")


def _unplaced(visits: pl.DataFrame) -> pl.DataFrame:
    """NE where something progressed or is new and nobody can say whether in the liver."""
    open_still = pl.col("unplaced") & (pl.col("overall") != "PD")
    return visits.with_columns(
        overall=pl.when(open_still).then(pl.lit("NE")).otherwise("overall"),
        own=pl.when(open_still).then(pl.lit("NE")).otherwise("own"),
        rule=pl.when(open_still).then(pl.lit("place-unknown")).otherwise("rule"),
    )
