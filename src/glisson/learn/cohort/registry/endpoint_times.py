"""An endpoint of the protocol as follow-up in months, patient by patient."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from glisson.errors import BadInput
from glisson.follow.endpoints import EndpointRules, MissedVisits, endpoints
from glisson.knowledge.endpoints import endpoint_definition, month_days
from glisson.learn.cohort.registry.protocol import Endpoint, Protocol
from glisson.learn.cohort.registry.tables import RegistryTables
from glisson.learn.cohort.table import SurvivalData, any_event, one_cause, rows, survival_data


@dataclass(frozen=True, eq=False)
class Times:
    """Follow-up of one endpoint.

    Attributes:
        endpoint: of the protocol.
        name: of its definition.
        definition: every choice in words, to be printed.
        competing: whether another event can make this one impossible (code 2).
        patients: of the rows of ``data``.
        data: months from the origin; 0 censored, 1 event, 2 competing event.
        no_time: patients without a day of origin or without an answer: counted, and in no figure.
        never_at_risk: patients whose observation ends before it begins (delayed entry).
    """

    endpoint: Endpoint
    name: str
    definition: str
    competing: bool
    patients: tuple[str, ...]
    data: SurvivalData
    no_time: int
    never_at_risk: int

    def labels(self, tables: RegistryTables, variable: str | None) -> list[str | None]:
        """The class of each row; ``None``: not known."""
        if variable is None:
            return [None] * len(self.patients)
        tables.variable(variable)
        known = dict(tables.patients.select("patient", pl.col(variable).cast(pl.String)).iter_rows())
        return [known.get(patient) for patient in self.patients]

    def columns(self, tables: RegistryTables, names: "tuple[str, ...]") -> pl.DataFrame:
        """Variables of the rows, in their order."""
        for name in names:
            if tables.variable(name).kind == "choices":
                raise BadInput(f"'{name}' can hold several words at once", do="make one variable of each word that matters")
        wanted = pl.DataFrame({"patient": self.patients}, schema={"patient": pl.String})
        return wanted.join(tables.patients.select("patient", *names), on="patient", how="left", maintain_order="left").drop(
            "patient"
        )

    def of(self, which: Any) -> "Times":
        """Some of the rows, by a mask or their numbers."""
        chosen = np.arange(len(self.patients))[which]
        return replace(self, patients=tuple(self.patients[row] for row in chosen), data=rows(self.data, chosen))


def rules_of(protocol: Protocol, endpoint: Endpoint) -> EndpointRules:
    """The choices of a protocol for one endpoint."""
    gap = endpoint.missed_visits
    return EndpointRules(
        origin=endpoint.origin or protocol.origin,
        cut_off=protocol.cut_off,
        progression=endpoint.progression,
        clinical_progression=endpoint.clinical_progression,
        new_therapy=endpoint.new_therapy,
        missed_visits=None if gap is None else MissedVisits(gap.interval_days, gap.missed, gap.tolerance_days),
        deaths_censored=endpoint.deaths_censored,
        entry=endpoint.entry,
    )


def times_of(tables: RegistryTables, protocol: Protocol, endpoint: Endpoint) -> Times:
    """Months and events of an endpoint.

    Raises:
        BadInput: the protocol names an endpoint or origin that is not known.
    """
    definition = endpoint_definition(endpoint.name)
    every = endpoints(tables.course, names=[endpoint.name], rules=rules_of(protocol, endpoint))
    found = tables.patients.select("patient").join(every, on="patient", how="inner", maintain_order="left")
    known = found.filter(pl.col("event").is_not_null() & pl.col("days").is_not_null() & (pl.col("days") >= 0))
    entered = pl.col("entry_days").fill_null(0)
    late = bool((known["entry_days"].fill_null(0) > 0).any())
    watched = known.filter(entered < pl.col("days")) if late else known
    entry = watched["entry_days"].fill_null(0).clip(lower_bound=0).to_numpy() / month_days() if late else None
    time = watched["days"].to_numpy() / month_days()
    return Times(
        endpoint=endpoint, name=definition.name, definition=str(found["definition"].first() or definition.value),
        competing=bool(definition.competing), patients=tuple(watched["patient"].to_list()),
        data=survival_data(time, watched["event"].to_numpy(), entry=entry),
        no_time=found.height - known.height, never_at_risk=known.height - watched.height,
    )  # fmt: skip


def subject_of(data: SurvivalData) -> SurvivalData:
    """The event of interest; where events compete the others are censored (cause-specific)."""
    return one_cause(data, 1) if (data.event > 1).any() else any_event(data)
