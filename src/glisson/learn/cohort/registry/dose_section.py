"""Tumour absorbed dose against response and survival, where doses are on record; microspheres are never pooled."""

from typing import Any

import numpy as np
import polars as pl

from glisson.case import Finding, Level
from glisson.learn.cohort.dose_response import dose_response
from glisson.learn.cohort.dose_survival import dose_survival
from glisson.learn.cohort.registry.endpoint_times import subject_of, times_of
from glisson.learn.cohort.registry.protocol import DoseResponse, Protocol
from glisson.learn.cohort.registry.readings import readings
from glisson.learn.cohort.registry.response_table import calls_in_windows
from glisson.learn.cohort.registry.section import Section, cannot_say
from glisson.learn.cohort.registry.tables import RegistryTables

NO_CALL = ("NE", "not done")


def dose_section(tables: RegistryTables, protocol: Protocol, asked: DoseResponse) -> Section:
    """Dose of the first session against the response in a window (or the best), and against survival.

    A dose of a later session is known only to those who lived to it: it takes no part.

    Args:
        tables: of the population.
        protocol: its windows and endpoints.
        asked: window, endpoint, and which calls count as response.
    """
    known = tables.doses.filter(pl.col("tumour_dose_Gy") > 0)
    if known.is_empty():
        return cannot_say("absorbed dose", "no absorbed dose of a tumour is on record")
    first = known.join(tables.patients.select("patient", date="first_session"), on=["patient", "date"], how="semi")
    first = first.sort("patient", maintain_order=True).unique("patient", keep="first", maintain_order=True)
    later = known["patient"].n_unique() - first.height
    if first.is_empty():
        return cannot_say("absorbed dose", "no absorbed dose of a tumour is on record for a first session")
    several = known.group_by("patient").len().filter(pl.col("len") > 1).height
    calls = _calls(tables, protocol, asked)
    table = first.join(calls, on="patient", how="left", maintain_order="left").with_columns(
        response=pl.when(pl.col("call").is_not_null() & ~pl.col("call").is_in(NO_CALL)).then(
            pl.col("call").is_in(list(asked.response))
        )
    )
    found = dose_response(table, group="product", confidence_fraction=protocol.confidence_fraction)
    findings = [one.model_copy(update={"text": one.text.replace(" tumours ", " patients ")}) for one in found.findings]
    if later:
        text = (
            f"{later} patients have a dose of a later session only, which only those have who lived to it: in no figure of doses"
        )
        findings.append(Finding(code="dose-of-later-session", level=Level.WARNING, text=text))
    value: dict[str, Any] = {
        "patients": tables.patients.height, "with_dose": first.height, "later_dose": later, "several_sessions": several,
        "window": asked.window or "best response", "response": list(asked.response), "fit": found.value,
        "points": table.filter(pl.col("response").is_not_null())
        .select("product", dose_Gy="tumour_dose_Gy", response="response").sort("product", "dose_Gy").to_dicts(),
    }  # fmt: skip
    if asked.endpoint is not None:
        times = times_of(tables, protocol, protocol.endpoint(asked.endpoint))
        doses = dict(first.select("patient", "tumour_dose_Gy").iter_rows())
        dose = np.array([doses.get(patient, np.nan) for patient in times.patients], dtype=np.float64)
        survival = dose_survival(subject_of(times.data), dose, confidence_fraction=protocol.confidence_fraction)
        findings += survival.findings
        value["survival"] = survival.value | {"endpoint": asked.endpoint, "name": times.name}
    return Section(value, tuple(dict.fromkeys(findings)))


def _calls(tables: RegistryTables, protocol: Protocol, asked: DoseResponse) -> pl.DataFrame:
    """Patient and call, in the window or the best one without confirmation."""
    read = readings(tables)
    if asked.window is not None:
        calls, _ = calls_in_windows(tables, protocol, read)
        return calls.filter(pl.col("window") == asked.window).select("patient", "call")
    chosen = (pl.col("criterion") == read.criterion) & ~pl.col("confirmed")
    return tables.best.filter(chosen).select("patient", call="best")
