"""ADaM data sets from the entries of a registry, and from tables of responses and endpoints that others worked out."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from glisson.records.cdisc.dataset import Dataset
from glisson.records.cdisc.long_text import numbered, pieces
from glisson.records.cdisc.sdtm_out import SIMULATED, STUDY, TREATMENTS
from glisson.records.cdisc.variables import DOMAIN_LABELS, label
from glisson.records.forms import FormEntry
from glisson.records.intake.cells import BETWEEN

if TYPE_CHECKING:
    import polars as pl

GIVEN = {"tace_session": "TACE", "sirt_session": "RADIOEMBOLIZATION", "hai_course": "HAI"}
SCREENING = ("mapping",)
"""Steps of a session that are no treatment."""


def adsl(entries: Iterable[FormEntry], *, study: str = STUDY, simulated: frozenset[str] = frozenset()) -> Dataset:
    """One row for each case: who, what was given from when to when, what became of it."""
    import polars as pl

    cases: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        cases[entry.case].append(entry)
    rows = [_subject(cases[case], study, case in simulated) for case in sorted(cases)]
    kinds: dict[str, pl.DataType] = {
        "STUDYID": pl.String(), "USUBJID": pl.String(), "SUBJID": pl.String(), "SITEID": pl.String(), "SIMULFL": pl.String(),
        "AGE": pl.Float64(), "AGEU": pl.String(), "SEX": pl.String(), "COUNTRY": pl.String(), "TRT01P": pl.String(),
        "TRT01A": pl.String(), "INTENT": pl.String(), "TRTSDT": pl.Date(), "TRTEDT": pl.Date(), "SAFFL": pl.String(),
        "EOSSTT": pl.String(), "DTHFL": pl.String(), "DTHDT": pl.Date(), "LSTALVDT": pl.Date(),
    }  # fmt: skip
    return dataset("ADSL", pl.DataFrame(rows, schema=kinds))


def _subject(entries: list[FormEntry], study: str, simulated: bool) -> dict[str, Any]:
    patient = _first(entries, "patient")
    death, decision = _first(entries, "death"), _first(entries, "decision")
    given = [entry for entry in entries if entry.form in TREATMENTS and entry.get("step") not in SCREENING]
    days = sorted(day for entry in given if (day := _day(entry)) is not None)
    arm = BETWEEN.join(dict.fromkeys(GIVEN[entry.form] for entry in sorted(given, key=lambda one: str(one.at or "9"))))
    alive = [day for entry in entries if entry.form == "follow_up" and entry.yes("alive") and (day := _day(entry))]
    sex = {"female": "F", "male": "M"}.get(str(patient.get("sex"))) if patient else None
    return {
        "STUDYID": study + (SIMULATED if simulated else ""), "USUBJID": entries[0].case, "SUBJID": entries[0].case,
        "SITEID": entries[0].site, "SIMULFL": "Y" if simulated else None, "AGE": patient.number("age_years") if patient else None,
        "AGEU": "YEARS", "SEX": sex, "COUNTRY": patient.get("country") if patient else None,
        "TRT01P": decision.get("treatment") if decision else None, "TRT01A": arm or None,
        "INTENT": decision.get("intention") if decision else None, "TRTSDT": days[0] if days else None,
        "TRTEDT": days[-1] if days else None, "SAFFL": "Y" if days else "N", "EOSSTT": _status(entries, death),
        "DTHFL": "Y" if death else None, "DTHDT": death.day("died_on") if death else None, "LSTALVDT": max(alive, default=None),
    }  # fmt: skip


def _status(entries: list[FormEntry], death: FormEntry | None) -> str:
    if death is not None:
        return "DEAD"
    if any(entry.yes("withdrawn") for entry in entries if entry.form == "consent"):
        return "WITHDRAWN"
    lost = any(entry.yes("lost_to_follow_up") for entry in entries if entry.form == "follow_up")
    return "LOST TO FOLLOW-UP" if lost else "ONGOING"


def adae(entries: Iterable[FormEntry], subjects: "pl.DataFrame") -> Dataset:
    """One row for each adverse event; treatment emergent if it began on or after the first day of treatment.

    Args:
        entries: that stand.
        subjects: of ADSL.
    """
    import polars as pl

    starts = dict(subjects.select("USUBJID", "TRTSDT").iter_rows())
    rows = []
    for entry in sorted((one for one in entries if one.form == "adverse_event"), key=lambda one: (one.case, str(one.at or ""))):
        begun, start = entry.day("started_on"), starts.get(entry.case)
        emergent = "Y" if begun is not None and start is not None and begun >= start else None
        rows.append({
            "USUBJID": entry.case, "AETERM": entry.get("term"), "ASTDT": begun, "AENDT": entry.day("ended_on"),
            "ADY": study_day(begun, start), "AETOXGR": str(entry.get("grade")), "AETOXGRN": entry.number("grade"),
            "AESER": {"yes": "Y", "no": "N"}.get(str(entry.get("serious"))), "AEREL": BETWEEN.join(entry.words("relation")) or None,
            "AEPHASE": entry.get("phase"), "AEOUT": entry.get("outcome"), "TRTEMFL": emergent,
        })  # fmt: skip
    kinds: dict[str, pl.DataType] = {
        "USUBJID": pl.String(), "AETERM": pl.String(), "ASTDT": pl.Date(), "AENDT": pl.Date(), "ADY": pl.Float64(),
        "AETOXGR": pl.String(), "AETOXGRN": pl.Float64(), "AESER": pl.String(), "AEREL": pl.String(), "AEPHASE": pl.String(),
        "AEOUT": pl.String(), "TRTEMFL": pl.String(),
    }  # fmt: skip
    return of_subjects("ADAE", pl.DataFrame(rows, schema=kinds), subjects)


def adtr(measurements: "pl.DataFrame", responses: "pl.DataFrame", subjects: "pl.DataFrame") -> Dataset:
    """Diameters of each lesion (LDIAM), and their sum at each visit (SDIAM; SDIAMLIV in the liver alone) with baseline, nadir, changes.

    Args:
        measurements: of lesions: patient, reader, visit, visit_number, date, lesion, role, diameter_mm, baseline.
        responses: of visits: criterion, sum_mm, baseline_mm, nadir_mm and the changes as fractions.
        subjects: of ADSL.
    """
    import polars as pl

    base = pl.col("diameter_mm").filter(pl.col("baseline")).first().over("patient", "reader", "lesion")
    lesions = measurements.filter(pl.col("diameter_mm").is_not_null()).select(
        USUBJID="patient", PARAMCD=pl.lit("LDIAM"), PARAM=pl.lit("Diameter (mm)"), PARCAT1=pl.col("role").str.to_uppercase(),
        PARCAT2="reader", TRLNKID="lesion", ADT="date", AVISIT="visit", AVISITN="visit_number", AVAL="diameter_mm",
        BASE=base, CHG=pl.col("diameter_mm") - base, ABLFL=pl.when("baseline").then(pl.lit("Y")),
    )  # fmt: skip
    liver = pl.col("criterion").str.ends_with("liver")
    sums = responses.select(
        USUBJID="patient", PARAMCD=pl.when(liver).then(pl.lit("SDIAMLIV")).otherwise(pl.lit("SDIAM")),
        PARAM=pl.when(liver).then(pl.lit("Sum of Diameters in the Liver (mm)")).otherwise(pl.lit("Sum of Diameters (mm)")),
        PARCAT1=pl.lit("TARGET"),
        PARCAT2="reader", ADT="date", AVISIT="visit", AVISITN="visit_number", AVAL="sum_mm", BASE="baseline_mm",
        CHG=pl.col("sum_mm") - pl.col("baseline_mm"), PCHG=pl.col("change_from_baseline_fraction") * 100, NADIR="nadir_mm",
        PCHGNAD=pl.col("change_from_nadir_fraction") * 100,
    )  # fmt: skip
    return of_subjects("ADTR", pl.concat([lesions, sums], how="diagonal"), subjects)


def of_subjects(name: str, table: "pl.DataFrame", subjects: "pl.DataFrame") -> Dataset:
    """A data set whose rows belong to subjects: study, site, first day of treatment and a number for each row beside them."""
    import polars as pl

    own = subjects.select("STUDYID", "USUBJID", "SITEID", "SIMULFL", "TRT01A", "TRTSDT")
    keys = [column for column in ("USUBJID", "PARCAT2", "PARCAT1", "PARAMCD", "ASTDT", "ADT") if column in table.columns]
    joined = own.join(table, on="USUBJID", how="inner").sort(keys, nulls_last=True, maintain_order=True)
    number = pl.int_range(1, pl.len() + 1).over("USUBJID").cast(pl.Float64)
    return dataset(name, joined.with_columns(ASEQ=number))


def dataset(name: str, table: "pl.DataFrame") -> Dataset:
    """A table as a data set: numbers as float64, text that is too long in several columns, labels."""
    import polars as pl

    numbers = [column for column, kind in table.schema.items() if kind.is_numeric()]
    whole = split_long(table.with_columns(pl.col(column).cast(pl.Float64) for column in numbers))
    return Dataset(name, DOMAIN_LABELS[name], whole, {column: _label(column) for column in whole.columns})


def split_long(table: "pl.DataFrame") -> "pl.DataFrame":
    """Text of more than 200 bytes goes on in columns with a digit at the end of their name."""
    import polars as pl

    columns: list[pl.Series] = []
    for cells in table:
        parts = [pieces(text) if text is not None else [] for text in cells] if cells.dtype == pl.String else []
        most = max((len(part) for part in parts), default=0)
        if most <= 1:
            columns.append(cells)
            continue
        for place in range(most):
            name = cells.name if place == 0 else numbered(cells.name, place)
            columns.append(pl.Series(name, [part[place] if place < len(part) else None for part in parts], dtype=pl.String))
    return pl.DataFrame(columns)


def study_day(day: date | None, start: date | None) -> float | None:
    """Days from the first day of treatment, which is day 1; there is no day 0.

    >>> study_day(date(2026, 3, 2), date(2026, 3, 2)), study_day(date(2026, 3, 1), date(2026, 3, 2))
    (1.0, -1.0)
    """
    return None if day is None or start is None else float((day - start).days + (day >= start))


def _label(column: str) -> str:
    found = label(column)
    return label(column.rstrip("0123456789")) if found == column else found


def _first(entries: list[FormEntry], form: str) -> FormEntry | None:
    return next((entry for entry in entries if entry.form == form), None)


def _day(entry: FormEntry) -> date | None:
    from glisson.records.forms.entry import day_of

    return day_of(entry.at)
