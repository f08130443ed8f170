"""Computed responses with the column names of the CDISC response domain (RS), to be read by others."""

import polars as pl

TESTS = (
    ("TRGRESP", "Target Response", "target"),
    ("NTRGRESP", "Non-target Response", "non_target"),
    ("NEWLIND", "New Lesion Indicator", "new_lesion"),
    ("OVRLRESP", "Overall Response", "overall"),
)
"""Code, name and the column of Table 2."""


def rs_like(responses: pl.DataFrame) -> pl.DataFrame:
    """Target, non-target, new lesion and overall response of every visit, one row each; "like": not a submission.

    Args:
        responses: Table 2 (``glisson.follow.measurements.RESPONSES``).

    Returns:
        DOMAIN, USUBJID, RSTESTCD, RSTEST, RSCAT (criterion), RSSTRESC, RSEVAL (reader), VISITNUM, VISIT, RSDTC, RSRULE
        and RSREASON (code and words of the rule that decided the overall response). A response that does not apply (no targets) has no row.
    """
    parts = []
    for order, (code, name, column) in enumerate(TESTS):
        said = pl.col(column)
        if column == "new_lesion":
            said = pl.when(said).then(pl.lit("Y")).otherwise(pl.lit("N"))
        overall = code == "OVRLRESP"
        parts.append(
            responses.select(
                DOMAIN=pl.lit("RS"),
                USUBJID="patient",
                RSTESTCD=pl.lit(code),
                RSTEST=pl.lit(name),
                RSCAT="criterion",
                RSSTRESC=said.str.replace("^non-CR/non-PD$", "NON-CR/NON-PD"),
                RSEVAL="reader",
                VISITNUM="visit_number",
                VISIT="visit",
                RSDTC=pl.col("date").dt.to_string("%Y-%m-%d"),
                RSRULE="rule" if overall else pl.lit(None, pl.String),
                RSREASON="words" if overall else pl.lit(None, pl.String),
                order=pl.lit(order),
            ).filter(pl.col("RSSTRESC").is_not_null())
        )
    return pl.concat(parts).sort("USUBJID", "RSEVAL", "RSCAT", "VISITNUM", "order").drop("order")
