"""What must hold of RECIST 1.1 for any table."""

from datetime import date
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.follow.irecist import irecist
from glisson.follow.recist import recist11
from glisson.follow.rules import Rules, Thresholds

VISITS = 5
RANK = ["CR", "PR", "SD", "non-CR/non-PD", "NE", "PD"]
sizes = st.integers(min_value=0, max_value=800).map(lambda tenths: tenths / 10)
cells = st.one_of(sizes, st.sampled_from(["absent", "too small", "not evaluable"]), st.none())
targets = st.lists(
    st.tuples(st.integers(100, 800).map(lambda tenths: tenths / 10), st.lists(cells, min_size=VISITS - 1, max_size=VISITS - 1)),
    min_size=1,
    max_size=4,
)
others = st.lists(
    st.lists(st.sampled_from(["present", "absent", "not evaluable", "unequivocal progression"]), min_size=VISITS - 1, max_size=VISITS - 1),
    max_size=2,
)  # fmt: skip


def measured(target_cells: Any, other_cells: Any = (), *, factor: float = 1.0, nodes: bool = False) -> pl.DataFrame:
    rows = []
    for number, (first, later) in enumerate(target_cells):
        for visit, cell in enumerate([first, *later]):
            if cell is not None:
                sized = isinstance(cell, float)
                rows.append((f"T{number}", visit, "target", "measured" if sized and cell else cell if not sized else "absent",
                             cell * factor if sized and cell else None, nodes))  # fmt: skip
    for number, later in enumerate(other_cells):
        rows += [(f"N{number}", visit, "non-target", cell, None, False) for visit, cell in enumerate(["present", *later])]
    table = pl.DataFrame(
        rows, orient="row",
        schema={"lesion": pl.String, "visit_number": pl.Float64, "role": pl.String, "state": pl.String,
                "diameter_mm": pl.Float64, "node": pl.Boolean},
    )  # fmt: skip
    return table.with_columns(
        patient=pl.lit("p"), reader=pl.lit("r"), baseline=pl.col("visit_number") == 0, organ=pl.lit("liver"),
        date=pl.lit(date(2026, 1, 1)) + pl.duration(days=pl.col("visit_number") * 56),
    )  # fmt: skip


def calls(table: pl.DataFrame, **options: Any) -> list[str]:
    return recist11(table, rules=Rules(**options))["overall"].to_list()


@settings(max_examples=60, deadline=None)
@given(targets, others, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(target_cells, other_cells, random) -> None:
    table = measured(target_cells, other_cells)
    rows = list(range(table.height))
    random.shuffle(rows)
    shuffled = table[rows]
    for criterion in (recist11, irecist):
        assert criterion(shuffled).equals(criterion(table))


@settings(max_examples=60, deadline=None)
@given(targets, others)
def test_names_of_lesions_do_not_matter(target_cells, other_cells) -> None:
    table = measured(target_cells, other_cells)
    renamed = table.with_columns(lesion=pl.col("lesion").str.replace_many(["0", "1", "2", "3"], ["9", "8", "7", "6"]))
    assert calls(renamed) == calls(table)


@settings(max_examples=60, deadline=None)
@given(targets, st.sampled_from([0.125, 0.3, 2.0, 3.7]))
def test_scaling_changes_nothing_where_no_absolute_bar_applies(target_cells, factor) -> None:
    relative = Thresholds(partial_response_fraction=0.3, progression_fraction=0.2)
    plain = [(first, [cell if cell != "too small" else 4.0 for cell in later]) for first, later in target_cells]
    assert calls(measured(plain, factor=factor), recist=relative) == calls(measured(plain), recist=relative)


@settings(max_examples=60, deadline=None)
@given(targets, others, st.integers(1, VISITS - 1))
def test_a_new_lesion_never_improves_a_response(target_cells, other_cells, first) -> None:
    table = measured(target_cells, other_cells)
    visits = recist11(table).select("visit_number").to_series().to_list()
    new = pl.DataFrame({"visit_number": [v for v in visits if v >= first]}, schema={"visit_number": pl.Float64}).with_columns(
        lesion=pl.lit("X"), role=pl.lit("new"), state=pl.lit("measured"), diameter_mm=pl.lit(9.0), node=pl.lit(False),
        patient=pl.lit("p"), reader=pl.lit("r"), baseline=pl.lit(False), organ=pl.lit("liver"),
        date=pl.lit(date(2026, 1, 1)) + pl.duration(days=pl.col("visit_number") * 56),
    )  # fmt: skip
    after = calls(pl.concat([table, new.select(table.columns)]))
    assert all(RANK.index(b) >= RANK.index(a) for a, b in zip(calls(table), after, strict=True))
    assert all(call == "PD" for call, visit in zip(after, visits, strict=True) if visit >= first)


@settings(max_examples=60, deadline=None)
@given(targets, others, st.booleans())
def test_a_visit_after_progression_never_unprogresses(target_cells, other_cells, nodes) -> None:
    found = calls(measured(target_cells, other_cells, nodes=nodes))
    if "PD" in found:
        assert set(found[found.index("PD") :]) == {"PD"}


@settings(max_examples=60, deadline=None)
@given(targets, others)
def test_missing_is_never_zero(target_cells, other_cells) -> None:
    table = measured(target_cells, other_cells)
    result = recist11(table)
    evaluated = table.filter((pl.col("role") == "target") & (pl.col("state") != "not evaluable")).group_by("visit_number").len()
    whole = dict(evaluated.rows())
    for visit, total, target in result.select("visit_number", "sum_mm", "target").rows():
        lacking = whole.get(visit, 0) < len(target_cells)
        assert (total is None) == lacking
        assert target in ({"NE", "PD"} if lacking else {"CR", "PR", "SD", "PD"})


@settings(max_examples=60, deadline=None)
@given(targets)
def test_the_smallest_sum_never_grows(target_cells) -> None:
    nadir = recist11(measured(target_cells))["nadir_mm"].drop_nulls().to_list()
    assert nadir == sorted(nadir, reverse=True)


@settings(max_examples=40, deadline=None)
@given(targets, others)
def test_irecist_begins_to_progress_where_recist_does(target_cells, other_cells) -> None:
    table = measured(target_cells, other_cells)
    plain, immune = calls(table), irecist(table)["overall"].to_list()
    first = plain.index("PD") if "PD" in plain else len(plain)
    assert not {"iUPD", "iCPD"} & set(immune[:first])
    assert immune[first : first + 1] in ([], ["iUPD"])
    if "iCPD" in immune:
        assert "iUPD" in immune[: immune.index("iCPD")]
        assert set(immune[immune.index("iCPD") :]) == {"iCPD"}
