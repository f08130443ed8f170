"""The rows of TR put into one row per patient, reader, visit and lesion: sizes in mm and mL, and the lesion's state."""

from typing import TYPE_CHECKING

from glisson.errors import BadInput
from glisson.records.tables import FIRST_ROW, column

if TYPE_CHECKING:
    import polars as pl

LONGEST, ACROSS, SHORT_AXIS = ("LDIAM", "LONGDIAM", "DIAMETER"), ("LPERP",), ("SAXIS",)
VIABLE, VOLUME = ("LDIAMV", "VIABLE"), ("VOLUME",)
STATE_TESTS = ("TUMSTATE",)
PER_UNIT = {"mm": 1.0, "cm": 10.0, "mL": 1.0, "cm3": 1.0}
"""Stated units and what they make of a number, in mm or mL."""
ROLES = {"TARGET": "target", "NON-TARGET": "non-target", "NEW": "new", "NEW LESION": "new"}
STATES = {
    "MEASURED": "measured",
    "PRESENT": "present",
    "ABSENT": "absent",
    "DISAPPEARED": "absent",
    "RESOLVED": "absent",
    "TOO SMALL TO MEASURE": "too small",
    "NOT EVALUABLE": "not evaluable",
    "NOT ASSESSABLE": "not evaluable",
    "NE": "not evaluable",
    "UNEQUIVOCAL PROGRESSION": "unequivocal progression",
    "UNEQUIVOCAL": "unequivocal progression",
    "EQUIVOCAL": "not evaluable",
    "INCREASED": "present",
    "DECREASED": "present",
    "NO CHANGE": "present",
}
"""Words of TUMSTATE, or in place of a size, and the state they mean."""
KEY = ["patient", "reader", "visit_number", "lesion"]
MOST_ROWS = 10


def results(tr: "pl.DataFrame") -> "pl.DataFrame":
    """The rows of TR with plain names; a test that is given twice for one lesion and visit keeps both, numbered ``again``."""
    import polars as pl

    flags = pl.coalesce(column(tr, "TRLOBXFL"), column(tr, "TRBLFL")) == "Y"
    table = tr.select(
        row=pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW),
        patient=column(tr, "USUBJID"),
        reader=reader(tr, "TR"),
        visit_number=column(tr, "VISITNUM").cast(pl.Float64, strict=False),
        visit=column(tr, "VISIT").str.to_lowercase(),
        day=column(tr, "TRDTC").str.head(len("2014-02-01")),
        lesion=column(tr, "TRLNKID"),
        role=column(tr, "TRGRPID").str.to_uppercase().replace_strict(ROLES, default=None, return_dtype=pl.String()),
        test=column(tr, "TRTESTCD").str.to_uppercase(),
        word=pl.coalesce(column(tr, "TRSTRESC"), column(tr, "TRORRES")).str.to_uppercase(),
        original=column(tr, "TRORRES").str.to_uppercase(),
        number=pl.coalesce(column(tr, "TRSTRESN"), column(tr, "TRORRES")).cast(pl.Float64, strict=False),
        unit=pl.coalesce(column(tr, "TRSTRESU"), column(tr, "TRORRESU")),
        not_done=(column(tr, "TRSTAT").str.to_uppercase() == "NOT DONE").fill_null(False),
        flagged=flags.fill_null(False),
    ).drop_nulls("lesion")  # fmt: skip
    for name in ("patient", "visit_number"):
        refuse(table.filter(pl.col(name).is_null()), f"TR: no {name.replace('_', ' ')}")
    return table.with_columns(again=pl.col("row").cum_count().over(*KEY, "test"))


def reader(table: "pl.DataFrame", domain: str) -> "pl.Expr":
    """Who read: the evaluator's own name, else the kind of evaluator, else the investigator; lower case."""
    import polars as pl

    who = pl.coalesce(column(table, f"{domain}EVALID"), column(table, f"{domain}EVAL"), pl.lit("investigator"))
    return who.str.to_lowercase()


def by_lesion(table: "pl.DataFrame") -> "pl.DataFrame":
    """One row per patient, reader, visit and lesion (two where a test stands twice), with sizes and state."""
    import polars as pl

    sized = table.with_columns(size=_in_mm(table))
    tests = {"longest": LONGEST, "across": ACROSS, "short_axis": SHORT_AXIS, "viable_mm": VIABLE, "volume_mL": VOLUME}
    of = {name: pl.col("size").filter(pl.col("test").is_in(codes)).first() for name, codes in tests.items()}
    return (
        sized.with_columns(said=_said(table))
        .group_by(*KEY, "again", maintain_order=True)
        .agg(
            pl.col("visit").first(), pl.col("day").drop_nulls().first(), pl.col("role").drop_nulls().first(),
            pl.col("flagged").any(), pl.col("row").min(), pl.col("said").drop_nulls().first(), **of,
        )
    )  # fmt: skip


def _said(table: "pl.DataFrame") -> "pl.Expr":
    """The state that a row states, by TUMSTATE or in place of a size.

    Raises:
        BadInput: a word of TUMSTATE is not known.
    """
    import polars as pl

    asks = pl.col("test").is_in(STATE_TESTS)
    unknown = table.filter(asks & pl.col("word").is_not_null() & ~pl.col("word").is_in(list(STATES)) & ~pl.col("not_done"))
    refuse(unknown, "TR: a tumour state that is not known", allowed=", ".join(STATES))
    words = pl.when(asks).then("word").otherwise("original").replace_strict(STATES, default=None, return_dtype=pl.String())
    return pl.when("not_done").then(pl.lit("not evaluable")).otherwise(words)


def _in_mm(table: "pl.DataFrame") -> "pl.Expr":
    import polars as pl

    sizes = (*LONGEST, *ACROSS, *SHORT_AXIS, *VIABLE, *VOLUME)
    measured = table.filter(pl.col("test").is_in(sizes) & pl.col("number").is_not_null() & ~pl.col("not_done"))
    without = measured.filter((pl.col("number") != 0) & ~pl.col("unit").is_in(list(PER_UNIT)).fill_null(False))
    refuse(without, "TR: a size without a unit that is known", allowed=", ".join(PER_UNIT))
    factor = pl.col("unit").replace_strict(PER_UNIT, default=1.0, return_dtype=pl.Float64())
    return pl.when(~pl.col("not_done")).then(pl.col("number") * factor)


def refuse(rows: "pl.DataFrame", problem: str, *, allowed: str = "") -> None:
    """Refuses rows by their numbers.

    Raises:
        BadInput: there are some.
    """
    if rows.height:
        named = ", ".join(str(row) for row in rows["row"].head(MOST_ROWS).to_list())
        more = f" and {rows.height - MOST_ROWS} more" if rows.height > MOST_ROWS else ""
        raise BadInput(f"{problem}: rows {named}{more}", allowed=allowed)
