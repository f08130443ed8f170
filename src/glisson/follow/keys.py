"""Names as whole numbers, in the order of the names: what a million rows are grouped and joined by.

A *subject* is one patient as seen by one reader; ``visit_id`` is a visit of a subject, ``lesion_id`` a lesion of a subject,
``row_id`` a lesion at a visit. Both tables share the numbers.
"""

import polars as pl

KEYS = ("subject", "visit_id", "lesion_id", "row_id")


def keyed(measurements: pl.DataFrame, statements: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both tables with their keys; the statements have no lesions.

    Args:
        measurements: of ``MEASUREMENTS``, checked.
        statements: of ``STATEMENTS``, checked.
    """
    patients, readers = (_names(measurements[name], statements[name]) for name in ("patient", "reader"))
    numbers = pl.concat([measurements["visit_number"], statements["visit_number"]]).unique().sort()
    lesions = _names(measurements["lesion"])
    tables = []
    for table in (measurements, statements):
        subject = coded(table["patient"], patients) * len(readers) + coded(table["reader"], readers)
        visit = subject * len(numbers) + numbers.search_sorted(table["visit_number"]).cast(pl.Int64)
        tables.append(table.with_columns(subject.alias("subject"), visit.alias("visit_id")))
    lesion = coded(measurements["lesion"], lesions)
    first, second = tables
    first = first.with_columns(
        lesion_id=pl.col("subject") * len(lesions) + lesion, row_id=pl.col("visit_id") * len(lesions) + lesion
    )  # fmt: skip
    return first, second


def coded(names: pl.Series, known: pl.Series) -> pl.Series:
    """The place of each name among the sorted known ones.

    >>> coded(pl.Series(["b", "a"]), pl.Series(["a", "b"])).to_list()
    [1, 0]
    """
    return names.cast(pl.Enum(known)).to_physical().cast(pl.Int64)


def _names(*columns: pl.Series) -> pl.Series:
    return pl.concat([column.unique() for column in columns]).unique().sort()
