"""Best responses and endpoints with the column names of the CDISC analysis data sets (ADRS and ADTTE), to be read by others.

"Like": the columns that other programs look for, not a submission; each row of ADTTE carries its definition in ``DEFN``.
"""

import polars as pl

from glisson.knowledge.endpoints import endpoint_definitions

_VALUES = {"CR": 1, "PR": 2, "SD": 3, "non-CR/non-PD": 4, "PD": 5, "NE": 6, "ND": 7, "MISSING": 7}


def adrs_like(best: pl.DataFrame, responses: pl.DataFrame | None = None) -> pl.DataFrame:
    """Best responses (BOR; CBOR where confirmed), and the overall response of each visit (OVR) where Table 2 is given.

    Returns:
        USUBJID, PARAMCD, PARAM, PARCAT2 (reader), PARCAT3 (criterion), ADT, AVISIT, AVALC, AVAL (1 CR to 6 NE, 7 none; null for NED
        and under iRECIST), REASON.
    """
    confirmed = pl.col("confirmed")
    tables = [
        best.select(
            USUBJID="patient",
            PARAMCD=pl.when(confirmed).then(pl.lit("CBOR")).otherwise(pl.lit("BOR")),
            PARAM=pl.when(confirmed)
            .then(pl.lit("Best Overall Response (confirmation required)"))
            .otherwise(pl.lit("Best Overall Response (confirmation not required)")),
            PARCAT2="reader",
            PARCAT3="criterion",
            ADT="date",
            AVISIT="visit",
            AVALC=pl.col("best").str.replace("^non-CR/non-PD$", "NON-CR/NON-PD"),
            AVAL=_value("best"),
            REASON="reason",
        )
    ]
    if responses is not None:
        tables.append(
            responses.select(
                USUBJID="patient",
                PARAMCD=pl.lit("OVR"),
                PARAM=pl.lit("Overall Response"),
                PARCAT2="reader",
                PARCAT3="criterion",
                ADT="date",
                AVISIT="visit",
                AVALC=pl.col("overall").str.replace("^non-CR/non-PD$", "NON-CR/NON-PD"),
                AVAL=_value("overall"),
                REASON="words",
            )
        )
    return pl.concat(tables).sort("USUBJID", "PARCAT2", "PARCAT3", "PARAMCD", "ADT")


def adtte_like(endpoints: pl.DataFrame) -> pl.DataFrame:
    """Endpoints as ADTTE has them: the day of origin is day 1, ``CNSR`` 0 is an event, 1 censored, 2 a competing event.

    Returns:
        USUBJID, PARAMCD, PARAM, STARTDT, ADT, AVAL (days), CNSR, EVNTDESC, CNSDTDSC, DEFN; rows without origin have no AVAL.
    """
    codes = {name: definition.code for name, definition in endpoint_definitions().items()}
    event = pl.col("event")
    return endpoints.select(
        USUBJID="patient",
        PARAMCD=pl.col("endpoint").replace_strict(codes, return_dtype=pl.String),
        PARAM="endpoint",
        STARTDT="origin",
        ADT="date",
        AVAL=(pl.col("date") - pl.col("origin")).dt.total_days() + 1,
        CNSR=pl.when(event == 1).then(0).when(event == 2).then(2).when(event == 0).then(1),
        EVNTDESC=pl.col("source"),
        CNSDTDSC=pl.when(event == 0).then(pl.format("{} ({})", "source", "ended_by")),
        DEFN=pl.col("definition").str.replace("day of origin is day 0", "day of origin is day 1", literal=True),
    ).sort("USUBJID", "PARAMCD")


def _value(column: str) -> pl.Expr:
    return pl.col(column).replace_strict(_VALUES, default=None, return_dtype=pl.Int64)
