"""The calls that decide: of one reader, by one criterion, of treated patients; who is set aside, and why."""

from dataclasses import dataclass

import polars as pl

from glisson.errors import BadInput
from glisson.learn.cohort.registry.tables import RegistryTables

UNDATED = "a visit has no whole date"
FAULTY = "a fault in the rows of measurements"


@dataclass(frozen=True, eq=False)
class Readings:
    """Calls of the deciding reader and criterion.

    Attributes:
        reader: whose.
        criterion: by which.
        responses: Table 2 of both, of treated patients whose visits have dates.
        patients: patient and ``reference``, the first session; everyone who was treated.
        set_aside: patient and reason, of those whose calls cannot be used.
    """

    reader: str
    criterion: str
    responses: pl.DataFrame
    patients: pl.DataFrame
    set_aside: dict[str, str]


def readings(tables: RegistryTables) -> Readings:
    """The calls that decide.

    Raises:
        BadInput: several readers and none was named, or nobody was read.
    """
    if tables.reader is None:
        raise BadInput("several readers, and the protocol names none", do="name the one that decides under 'reading: reader'")
    if tables.responses.is_empty():
        raise BadInput("no response was read", do="enter lesions or responses")
    criterion = _criterion(tables)
    treated = tables.patients.filter(pl.col("first_session").is_not_null()).select("patient", reference="first_session")
    mine = tables.responses.filter((pl.col("criterion") == criterion) & (pl.col("reader") == tables.reader))
    mine = mine.join(treated.select("patient"), on="patient", how="semi", maintain_order="left")
    undated = mine.filter(pl.col("date").is_null())["patient"].unique().sort().to_list()
    aside = dict.fromkeys(undated, UNDATED)
    aside |= {
        patient: why for patient, what, why in tables.left_out if what == "responses" and patient in set(treated["patient"])
    }
    return Readings(tables.reader, criterion, mine.filter(~pl.col("patient").is_in(list(aside))), treated, aside)


def _criterion(tables: RegistryTables) -> str:
    """The criterion whose progressions are in the course; the first of the table where the course has none."""
    found = tables.responses["criterion"].unique(maintain_order=True).to_list()
    called = (tables.course.called or "").removesuffix(f" by {tables.reader}")
    return called if called in found else str(found[0])
