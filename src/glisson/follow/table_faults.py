"""The checks of a table of measurements: each takes the keyed table and returns the rows at fault."""

import polars as pl

from glisson.follow.keys import KEYS

READ, VISIT, LESION, ROW = KEYS
SIZES = ("diameter_mm", "viable_mm", "perpendicular_mm", "viable_perpendicular_mm", "volume_mL")
LARGEST_mm = 400.0
"""Bound of plausibility of a case's diameters."""
SMALLEST_TARGET_mm = 10.0
CM_JUMP = (8.0, 12.5)
"""A size that changes by about ten between neighbouring visits looks like a change of unit."""
SPAN_days = 28
SLACK = 1e-6


def _many(table: pl.DataFrame, key: str, column: str) -> pl.DataFrame:
    """Rows of groups that hold more than one value of a column, nulls apart."""
    told = table.select(key, column).drop_nulls(column).unique()
    if told[key].n_unique() == told.height:
        return table.clear()
    several = told.group_by(key).len().filter(pl.col("len") > 1)
    return table.join(several, on=key, how="semi")


def repeated(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of one patient, reader, visit and lesion, alike or not."""
    if table[ROW].n_unique() == table.height:
        return table.clear()
    return table.filter(pl.col(ROW).is_duplicated())


def once(table: pl.DataFrame) -> pl.DataFrame:
    """The table with rows that say the same again left out."""
    again = repeated(table)
    if again.is_empty():
        return table
    first = again.unique(_content(table), keep="first", maintain_order=True)
    return table.filter(~pl.col("row").is_in(again["row"].implode()) | pl.col("row").is_in(first["row"].implode()))


def said_again(table: pl.DataFrame) -> pl.DataFrame:
    """Rows that say the same again, and the row that said it first."""
    again = repeated(table)
    return again.filter(pl.struct(_content(again)).is_duplicated()) if again.height else again


def _content(table: pl.DataFrame) -> list[str]:
    return [name for name in table.columns if name != "row"]


def duplicates(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of one patient, reader, visit and lesion that say different things."""
    again = repeated(table)
    return repeated(once(again)) if again.height else again


def two_sites(table: pl.DataFrame) -> pl.DataFrame:
    """A lesion listed in two organs at one visit."""
    again = duplicates(table)
    return _many(again, ROW, "organ") if again.height else again


def location_changes(table: pl.DataFrame) -> pl.DataFrame:
    """A lesion that is in another organ at another visit."""
    return _many(table, LESION, "organ")


def role_changes(table: pl.DataFrame) -> pl.DataFrame:
    """A lesion with two roles."""
    return _many(table, LESION, "role")


def node_changes(table: pl.DataFrame) -> pl.DataFrame:
    """A lesion that is a node at some visits only."""
    return _many(table, LESION, "node")


def two_baselines(table: pl.DataFrame) -> pl.DataFrame:
    """Baseline rows of a reader who has baselines at two visits."""
    return _many(table.filter("baseline"), READ, "visit_number")


def no_baseline(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of a reader who has no baseline of that patient."""
    if table.filter("baseline")[READ].n_unique() == table[READ].n_unique():
        return table.clear()
    return table.join(table.filter("baseline").select(READ).unique(), on=READ, how="anti")


def before_baseline(table: pl.DataFrame) -> pl.DataFrame:
    """Follow-up rows that lie before the baseline by number or by date."""
    first = table.filter("baseline").group_by(READ).agg(number=pl.col("visit_number").max(), day=pl.col("date").max())
    later = table.filter(~pl.col("baseline")).select(READ, "visit_number", "date", "row").join(first, on=READ)
    return later.filter((pl.col("visit_number") <= pl.col("number")) | (pl.col("date") < pl.col("day")).fill_null(False))


def out_of_order(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of a visit that is dated before an earlier visit of the same reader."""
    days = _days(table).sort(VISIT)
    latest = pl.col("last").cum_max().shift(1).over(READ)
    back = days.filter((pl.col("first") < latest).fill_null(False))
    return table.join(back, on=VISIT, how="semi") if back.height else table.clear()


def several_dates(table: pl.DataFrame) -> pl.DataFrame:
    """Rows of a visit whose scans lie more than four weeks apart."""
    long = _days(table).filter((pl.col("last") - pl.col("first")).dt.total_days() > SPAN_days)
    return table.join(long, on=VISIT, how="semi") if long.height else table.clear()


def _days(table: pl.DataFrame) -> pl.DataFrame:
    """First and last day of each visit."""
    days = table.select(VISIT, READ, "date").drop_nulls("date").unique()
    return days.group_by(VISIT).agg(pl.col(READ).first(), first=pl.col("date").min(), last=pl.col("date").max())


def not_a_size(table: pl.DataFrame) -> pl.DataFrame:
    """A size below 0, infinite or not a number."""
    return table.filter(pl.any_horizontal((pl.col(name) < 0) | ~pl.col(name).is_finite() for name in SIZES))


def absent_with_size(table: pl.DataFrame) -> pl.DataFrame:
    """A lesion that is absent and has a size above 0."""
    return table.filter((pl.col("state") == "absent") & pl.any_horizontal(pl.col(name) > 0 for name in SIZES))


def implausible(table: pl.DataFrame) -> pl.DataFrame:
    """Larger than any liver, or a part larger than the whole; of a node the diameter is the short axis, so it may be smaller."""
    whole = pl.col("diameter_mm") + SLACK
    parts = (pl.col("viable_mm") > whole) | ((pl.col("perpendicular_mm") > whole) & ~pl.col("node"))
    return table.filter((pl.col("diameter_mm") > LARGEST_mm) | parts)


def no_size(table: pl.DataFrame) -> pl.DataFrame:
    """Targets that are there, as measured, present or grown, without any size."""
    there = pl.col("state").is_in(["measured", "present", "unequivocal progression"])
    nothing = pl.all_horizontal(pl.col(name).is_null() for name in SIZES)
    return table.filter(there & (pl.col("role") == "target") & nothing)


def in_cm(table: pl.DataFrame) -> pl.DataFrame:
    """Sizes in centimetres: a baseline without one target of 10 mm, or a size that changes tenfold and stays there."""
    sized = table.filter((pl.col("role") == "target") & (pl.col("diameter_mm") > 0))
    largest = sized.filter("baseline").group_by(READ).agg(largest=pl.col("diameter_mm").max())
    small = largest.filter(pl.col("largest") < SMALLEST_TARGET_mm)
    visits = sized.sort(LESION, "visit_number").with_columns(jump=_jump())
    # one lesion may well shrink tenfold; all targets of a visit at once are a change of unit
    turned = visits.filter("jump").select(VISIT).unique().join(visits.filter(~pl.col("jump")), on=VISIT, how="anti")
    return pl.concat([sized.join(small, on=READ, how="semi"), sized.join(turned, on=VISIT, how="semi")])


def _jump() -> pl.Expr:
    size = pl.col("diameter_mm")
    ratio = size / pl.when(pl.col(LESION) == pl.col(LESION).shift(1)).then(size.shift(1))
    low, high = CM_JUMP
    return (ratio.is_between(low, high) | (1 / ratio).is_between(low, high)).fill_null(False)


def late_target(table: pl.DataFrame) -> pl.DataFrame:
    """Targets that the baseline does not list, fragments apart."""
    start = table.filter("baseline")
    late = table.filter(~pl.col("baseline") & (pl.col("role") == "target")).join(start, on=LESION, how="anti")
    late = late.join(table.filter(pl.col("split_from").is_not_null()), on=LESION, how="anti")
    return late.join(start, on=READ, how="semi")


def new_at_baseline(table: pl.DataFrame) -> pl.DataFrame:
    """New lesions at the baseline."""
    return table.filter(pl.col("baseline") & (pl.col("role") == "new"))


def unknown_link(table: pl.DataFrame) -> pl.DataFrame:
    """Links to a lesion that this reader never lists."""
    wrong = []
    for link in ("split_from", "merged_into"):
        linked = table.drop_nulls(link)
        if linked.height:
            linked = linked.join(
                table.select(READ, "lesion").unique(), left_on=[READ, link], right_on=[READ, "lesion"], how="anti"
            )
        wrong.append(linked)
    return pl.concat(wrong)
