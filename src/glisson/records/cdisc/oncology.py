"""SDTM tumour tables (TU, TR, RS) as the two tables of follow-up: measurements and statements.

Sizes come in mm and mL (stated cm are converted, other units refused). A node's diameter is its short axis (SAXIS, else LPERP).
What a table does not say stays null. A date without its day or month is null unless the caller says which day it stands for.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from glisson.errors import BadInput
from glisson.records.cdisc.tumour_results import KEY, ROLES, by_lesion, reader, refuse, results
from glisson.records.tables import FIRST_ROW, column, require_columns

if TYPE_CHECKING:
    import polars as pl

PartialDates = Literal["unknown", "first", "last"]
NON_TARGET = {"CR": "CR", "NON-CR/NON-PD": "non-CR/non-PD", "PD": "PD", "NE": "NE"}
YES_NO = {"Y": True, "YES": True, "N": False, "NO": False}
LESION = ["patient", "reader", "lesion"]
WHOLE_DAY = len("2014-02-01")


@dataclass(frozen=True)
class TumourTables:
    """What TU, TR and RS hold.

    Attributes:
        measurements: one row per patient, reader, visit and lesion; ``row`` is TR's row as a spreadsheet counts (TU's for a
            new lesion that TR does not list).
        statements: one row per patient, reader and visit; ``stated_response`` as RS has it, ``accepted`` its flag.
        partial_dates: how many visits of a reader have a date without day or month.
    """

    measurements: "pl.DataFrame"
    statements: "pl.DataFrame"
    partial_dates: int


def read_tumour_tables(
    tu: "pl.DataFrame", tr: "pl.DataFrame", rs: "pl.DataFrame | None" = None, *, partial_dates: PartialDates = "unknown"
) -> TumourTables:
    """Measurements and statements from SDTM tables.

    Args:
        tu: tumour identification.
        tr: tumour results.
        rs: disease response, or none.
        partial_dates: what "2014-02" stands for: no known day, its first or its last.

    Raises:
        BadInput: a column is missing, a unit or a word is not known; the message names rows, never cells.
    """
    import polars as pl

    if partial_dates not in get_args(PartialDates):
        raise BadInput("a way with partial dates that is not known", allowed=", ".join(get_args(PartialDates)))
    require_columns(tu, ("USUBJID", "TULNKID", "TULOC"), what="TU")
    require_columns(tr, ("USUBJID", "TRLNKID", "TRTESTCD", "VISITNUM"), what="TR")
    identified = _identified(tu)
    table = _with_identity(by_lesion(results(tr)), identified)
    statements, days = _statements(rs, partial_dates)
    seen = table.select("patient", "reader", "visit_number", "day")
    partial = pl.concat([seen, days]).unique().filter(pl.col("day").str.len_chars() < WHOLE_DAY).height
    return TumourTables(_measurements(table, partial_dates), statements, partial)


def _identified(tu: "pl.DataFrame") -> "pl.DataFrame":
    """What TU says of each lesion: role and place, from which visit on."""
    import polars as pl

    table = tu.select(
        tu_row=pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW),
        patient=column(tu, "USUBJID"),
        reader=reader(tu, "TU"),
        lesion=column(tu, "TULNKID"),
        tu_visit=column(tu, "VISITNUM").cast(pl.Float64, strict=False),
        tu_name=column(tu, "VISIT").str.to_lowercase(),
        tu_day=column(tu, "TUDTC").str.head(WHOLE_DAY),
        test=column(tu, "TUTESTCD").str.to_uppercase().fill_null("TUMIDENT"),
        word=pl.coalesce(column(tu, "TUSTRESC"), column(tu, "TUORRES")).str.to_uppercase(),
        organ=column(tu, "TULOC").str.to_lowercase(),
    ).drop_nulls("lesion")
    known = table.filter(pl.col("test") == "TUMIDENT").with_columns(
        tu_role=pl.col("word").replace_strict(ROLES, default=None, return_dtype=pl.String())
    )
    refuse(known.filter(pl.col("tu_role").is_null()).rename({"tu_row": "row"}), "TU: no role", allowed=", ".join(ROLES))
    split = table.filter(pl.col("test") == "TUSPLIT").select(*LESION, split_from=pl.col("lesion").str.extract(r"^(.+)\.[^.]+$"))
    return known.join(split.unique(LESION), on=LESION, how="left").drop("word", "test")


def _with_identity(table: "pl.DataFrame", identified: "pl.DataFrame") -> "pl.DataFrame":
    """Each row with the role and place that TU gave its lesion last; two rows where TU gives two places at one visit."""
    import polars as pl

    numbered = table.with_row_index("index")
    both = numbered.join(identified, on=LESION, how="left", maintain_order="left")
    # what TU says counts from its visit on; what it says first also before
    since = pl.when(pl.col("tu_visit") <= pl.col("visit_number")).then("tu_visit")
    both = both.with_columns(since=since, first=pl.col("tu_visit").min().over("index"))
    both = both.with_columns(latest=pl.coalesce(pl.col("since").max().over("index"), "first"))
    kept = both.filter(pl.col("tu_visit").eq_missing(pl.col("latest"))).unique(["index", "organ"], maintain_order=True)
    return pl.concat([kept.with_columns(listed=pl.lit(True)), _only_identified(kept, identified)], how="diagonal")


def _only_identified(table: "pl.DataFrame", identified: "pl.DataFrame") -> "pl.DataFrame":
    """New lesions that TU names and TR does not list at that visit: present, not measured."""
    import polars as pl

    new = identified.filter(pl.col("tu_role") == "new").rename({"tu_visit": "visit_number"}).drop_nulls("visit_number")
    rows = new.join(table.select(KEY), on=KEY, how="anti").rename({"tu_row": "row", "tu_name": "visit", "tu_day": "day"})
    return rows.with_columns(pl.col("row").cast(pl.Int64), said=pl.lit("present"), flagged=pl.lit(False), listed=pl.lit(False))


def _measurements(table: "pl.DataFrame", partial_dates: PartialDates) -> "pl.DataFrame":
    """The table of measurements; the baseline is flagged in TR, or the visit at which TU names the targets."""
    import polars as pl

    flagged = pl.col("flagged").any().over("patient", "reader")
    chosen = pl.col("tu_role").is_in(["target", "non-target"])
    first = pl.when(chosen).then(pl.coalesce("tu_visit", "visit_number")).min().over("patient", "reader")
    node = pl.col("organ").str.contains("lymph node", literal=True).fill_null(False)
    short = pl.coalesce("short_axis", "across")
    size = pl.when(node).then(short).otherwise("longest")
    return (
        table.with_columns(node=node, size=size, baseline=pl.when(flagged).then("flagged").otherwise(pl.col("visit_number") == first))
        .select(
            "patient", "reader", "visit", "visit_number",
            date(pl.col("day"), partial_dates).alias("date"),
            pl.col("baseline").fill_null(False),
            "lesion",
            pl.coalesce("role", "tu_role").alias("role"),
            "organ", "node",
            _state().alias("state"),
            pl.col("size").alias("diameter_mm"),
            "viable_mm",
            pl.when("node").then("longest").otherwise("across").alias("perpendicular_mm"),
            "volume_mL", "split_from",
            pl.col("row").cast(pl.Int64),
        )
        .sort("patient", "reader", "visit_number", "lesion", "row")
    )  # fmt: skip


def _state() -> "pl.Expr":
    """The state as stated; else absent where the size is 0, measured where there is one, not evaluable where there is none."""
    import polars as pl

    size = pl.coalesce("size", "viable_mm", "volume_mL")
    return (
        pl.when(pl.col("said").is_not_null())
        .then("said")
        .when(size == 0)
        .then(pl.lit("absent"))
        .when(size > 0)
        .then(pl.lit("measured"))
        .when(pl.coalesce("role", "tu_role") == "new")  # TU named it
        .then(pl.lit("present"))
        .otherwise(pl.lit("not evaluable"))
    )


def date(day: "pl.Expr", partial_dates: PartialDates) -> "pl.Expr":
    """An ISO date; of one without day or month null, or its first or last day."""
    import polars as pl

    whole = day.str.to_date("%Y-%m-%d", strict=False)
    if partial_dates == "unknown":
        return whole
    month = pl.when(day.str.len_chars() == len("2014-02")).then(day + "-01").str.to_date("%Y-%m-%d", strict=False)
    year = pl.when(day.str.len_chars() == len("2014")).then(day + "-01-01").str.to_date("%Y-%m-%d", strict=False)
    if partial_dates == "last":
        month, year = month.dt.month_end(), year.dt.offset_by("1y").dt.offset_by("-1d")
    return pl.coalesce(whole, month, year)


def _statements(rs: "pl.DataFrame | None", partial_dates: PartialDates) -> "tuple[pl.DataFrame, pl.DataFrame]":
    """What RS states of each visit, and the days as written."""
    import polars as pl

    if rs is None:
        rs = pl.DataFrame(schema=dict.fromkeys(("USUBJID", "RSTESTCD", "RSSTRESC", "VISITNUM"), pl.String()))
    require_columns(rs, ("USUBJID", "RSTESTCD", "VISITNUM"), what="RS")
    table = rs.select(
        row=pl.int_range(FIRST_ROW, pl.len() + FIRST_ROW),
        patient=column(rs, "USUBJID"),
        reader=reader(rs, "RS"),
        visit_number=column(rs, "VISITNUM").cast(pl.Float64, strict=False),
        visit=column(rs, "VISIT").str.to_lowercase(),
        day=column(rs, "RSDTC").str.head(WHOLE_DAY),
        test=column(rs, "RSTESTCD").str.to_uppercase(),
        word=pl.coalesce(column(rs, "RSSTRESC"), column(rs, "RSORRES")).str.to_uppercase(),
        accepted=column(rs, "RSACPTFL") == "Y",
    )
    refuse(table.filter(pl.col("visit_number").is_null()), "RS: no visit number")
    key = ["patient", "reader", "visit_number"]
    refuse(table.filter(pl.struct(*key, "test").is_duplicated()), "RS: one statement stands twice for a visit")

    def said(*codes: str) -> pl.Expr:
        return pl.col("word").filter(pl.col("test").is_in(codes)).first()

    yes = {"new_lesion_statement": said("NEWLIND", "NEWLPROG"), "symptomatic_deterioration": said("SYMPTDTR")}
    grouped = table.group_by(key, maintain_order=True).agg(
        pl.col("visit").first(), pl.col("day").drop_nulls().first(),
        stated_response=said("OVRLRESP"), non_target_statement=said("NTRGRESP"), accepted=pl.col("accepted").any(), **yes,
    )  # fmt: skip
    statements = grouped.select(
        *key[:2], "visit", "visit_number", date(pl.col("day"), partial_dates).alias("date"),
        pl.col("non_target_statement").replace_strict(NON_TARGET, default=None, return_dtype=pl.String()),
        *(pl.col(name).replace_strict(YES_NO, default=None, return_dtype=pl.Boolean()) for name in yes),
        pl.col("stated_response").replace({"NON-CR/NON-PD": "non-CR/non-PD"}),
        "accepted",
    )  # fmt: skip
    return statements, grouped.select(*key, "day")
