"""Named sources of events and of censoring, each row with its date: what every endpoint is derived from.

A source is a name and a date for each patient; an endpoint says which sources it takes. Nothing else decides a time.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from glisson.errors import BadInput

Kind = Literal["event", "seen", "end of record"]

DATED: dict[str, pl.DataType] = {
    "patient": pl.String(),
    "source": pl.String(),
    "date": pl.Date(),
    "detail": pl.String(),
}
"""One row per patient, source and date. ``detail`` is a visit, a line of therapy or a form; never free text."""


@dataclass(frozen=True)
class Source:
    """One named source.

    Attributes:
        name: as in the definitions and in every row of the endpoint table.
        kind: an event; a day on which something was seen; or why the record ends.
        says: in words.
    """

    name: str
    kind: Kind
    says: str


SOURCES: dict[str, Source] = {
    source.name: source
    for source in (
        Source("death", "event", "death from any cause"),
        Source("progression", "event", "progression anywhere, as the criterion finds it on the scan"),
        Source("liver progression", "event", "progression of the liver's own stream of lesions"),
        Source("progression as called", "event", "progression by imaging that a person entered"),
        Source("liver progression as called", "event", "progression in the liver by imaging that a person entered"),
        Source("clinical progression", "event", "progression called without imaging"),
        Source("clinical liver progression", "event", "progression in the liver called without imaging"),
        Source("new therapy", "event", "first day of another anticancer therapy"),
        Source("adequate assessment", "seen", "a scan on which a call was possible"),
        Source("adequate liver assessment", "seen", "a scan on which a call of the liver was possible"),
        Source("known alive", "seen", "any day on which the patient was seen or spoken to"),
        Source("missed visit", "seen", "a planned assessment that was not done"),
        Source("lost to follow-up", "end of record", "declared lost"),
        Source("withdrawal", "end of record", "consent for further data withdrawn: nothing later is used"),
    )
}
NOT_ADEQUATE = ("NE", "ND")
RECOVERED = ("iCR", "iPR", "iSD", "non-iCR/non-iUPD", "NED")
"""Calls of iRECIST after which progression must be shown afresh."""


def dated(table: pl.DataFrame, *, source: str, date: str = "date", detail: str | None = None) -> pl.DataFrame:
    """Rows of one source from a table with ``patient`` and a column of dates; rows without a date are left out.

    >>> from datetime import date
    >>> dated(pl.DataFrame({"patient": ["a"], "died": [date(2024, 5, 1)]}), source="death", date="died").row(0)
    ('a', 'death', datetime.date(2024, 5, 1), None)

    Raises:
        BadInput: no source of that name.
    """
    if source not in SOURCES:
        raise BadInput(f"no source '{source}'", allowed=", ".join(SOURCES))
    said = pl.col(detail).cast(pl.String) if detail else pl.lit(None, dtype=pl.String)
    rows = table.filter(pl.col(date).is_not_null())
    return rows.select(pl.col("patient"), source=pl.lit(source), date=pl.col(date), detail=said).cast(DATED)  # type: ignore[arg-type]


def dated_from_responses(
    responses: pl.DataFrame, *, reader: str, criterion: str, liver_criterion: str | None = "RECIST 1.1 liver"
) -> pl.DataFrame:
    """Progression and adequate assessments of one reader from Table 2, and every day of a scan as known alive.

    Args:
        responses: Table 2.
        reader: whose calls count.
        criterion: of progression anywhere. Under iRECIST progression is the iUPD that an iCPD confirmed, on the day of the
            first iUPD since the last call without progression (iCR, iPR, iSD).
        liver_criterion: of the liver's own stream; ``None`` where there is none.

    Raises:
        BadInput: the reader or criterion is not in the table, or a response has no date.

    References:
        Seymour, Lancet Oncol 2017;18:e143 (date of a confirmed progression).
    """
    parts = [_stream(responses, reader, criterion, "progression", "adequate assessment")]
    if liver_criterion is not None:
        parts.append(_stream(responses, reader, liver_criterion, "liver progression", "adequate liver assessment"))
    found = pl.concat(parts)
    scans = responses.unique(["patient", "date"], keep="first", maintain_order=True)
    return pl.concat([found, dated(scans, source="known alive", detail="visit")])


def _stream(responses: pl.DataFrame, reader: str, criterion: str, progression: str, adequate: str) -> pl.DataFrame:
    rows = responses.filter((pl.col("reader") == reader) & (pl.col("criterion") == criterion))
    if rows.is_empty() and not responses.is_empty():
        both = responses.select(pl.format("{} by {}", "criterion", "reader")).unique().to_series().sort().to_list()
        raise BadInput(
            f"no responses by {criterion} of the reader asked for", allowed=f"{len(both)} pairs of criterion and reader"
        )
    undated = rows["date"].null_count()
    if undated:
        raise BadInput(f"{undated} responses by {criterion} have no date", do="enter the date, or complete it by a named rule")
    seen = rows.filter(~pl.col("overall").is_in(NOT_ADEQUATE))
    found = _confirmed(rows) if criterion == "iRECIST" else rows.filter(pl.col("overall") == "PD")
    return pl.concat([dated(found, source=progression, detail="visit"), dated(seen, source=adequate, detail="visit")])


def _confirmed(rows: pl.DataFrame) -> pl.DataFrame:
    """First iUPD of the stretch that an iCPD confirmed; the day of the iCPD itself where no iUPD came before."""
    rows = rows.sort("patient", "date", "visit_number")
    stretch = pl.col("overall").is_in(RECOVERED).cum_sum().over("patient")
    called = rows.with_columns(stretch=stretch).filter(pl.col("overall").is_in(["iUPD", "iCPD"]))
    groups = called.group_by("patient", "stretch", maintain_order=True)
    return groups.agg(pl.col("date").first(), pl.col("visit").first(), sure=(pl.col("overall") == "iCPD").any()).filter("sure")
