"""Which rows of the published tables were written for this case, and whether their conditions hold.

A row written for one disease or device class never stands for another.
"""

from dataclasses import dataclass
from datetime import date, datetime

from glisson.case import Case, Disease, DoseLimit, Planning, Treatment
from glisson.knowledge.limits import LimitRow, fact, limit_rows
from glisson.knowledge.products import Product
from glisson.plan.earlier import Earlier


@dataclass(frozen=True)
class PatientFacts:
    """What conditions of table rows ask for; ``None``: nobody knows."""

    bilirubin_umol_per_L: float | None = None
    reserve_fraction: float | None = None
    pretreated: bool | None = None

    def judge(self, row: LimitRow) -> bool | None:
        """Whether the condition of a row holds: yes, no, or cannot say."""
        if row.condition is None:
            return True
        if row.condition == "pretreated or compromised":
            return True if self.pretreated else None
        if row.condition.startswith("bilirubin"):
            if self.bilirubin_umol_per_L is None:
                return None
            above = self.bilirubin_umol_per_L > bilirubin_split_umol_per_L()
            return above == (row.condition == "bilirubin above")
        if self.reserve_fraction is None:
            return None
        split = float(fact("reserve-split").value)
        return self.reserve_fraction < split if row.condition == "reserve below" else self.reserve_fraction > split


def bilirubin_split_umol_per_L() -> float:
    """1.1 mg/dL in µmol/L.

    >>> round(bilirubin_split_umol_per_L(), 1)
    18.8
    """
    return float(fact("bilirubin-split").value) * float(fact("bilirubin-conversion").value)


@dataclass(frozen=True)
class Rules:
    """Everything that chooses limits, apart from the method.

    Attributes:
        disease: of the case.
        approach: extent in the words of the tables; ``None``: not entered.
        device: the product.
        entered: limits and targets that a person entered for this product.
        facts: what conditions ask for.
        earlier: what was given before.
    """

    disease: Disease
    approach: str | None
    device: Product
    entered: tuple[DoseLimit, ...]
    facts: PatientFacts
    earlier: Earlier

    @property
    def table_rows(self) -> tuple[LimitRow, ...]:
        """Rows written for this device class, disease and extent."""
        return tuple(
            row
            for row in limit_rows()
            if row.holds_for(device_class=self.device.device_class, disease=self.disease.value, approach=self.approach)
        )

    def rows_for(self, method: str) -> tuple[LimitRow, ...]:
        """Rows of the column that fits a method; where a table has no multi-compartment rows, those of the perfused volume."""
        rows = self.table_rows
        single = tuple(r for r in rows if r.dosimetry == "single compartment")
        multi = tuple(r for r in rows if r.dosimetry == "multi-compartment")
        return single if method == "mird" else multi or single

    @property
    def limits_from(self) -> str:
        """Where the deciding limits come from, in words."""
        tables = ", ".join(sorted({row.table for row in self.table_rows}))
        if self.entered:
            return f"entered; otherwise {tables}" if tables else "entered"
        return tables or f"cannot say: {self.why_no_table}"

    @property
    def why_no_table(self) -> str:
        """What keeps the tables from being used; empty when one is."""
        if self.table_rows:
            return ""
        if self.disease is Disease.UNKNOWN:
            return "disease unknown" + ("" if self.approach else ", approach not entered")
        known = {d for row in limit_rows() for d in row.diseases}
        if self.disease.value not in known:
            return f"no table is written for {self.disease.value}"
        return "approach not entered" if self.approach is None else "the table has no row for this extent"


def _treated_at(treatment: Treatment, planning: Planning) -> datetime | date | None:
    """When the treatment is, or was, given: as planned, else its first delivery."""
    given = [session.at for session in treatment.sessions if session.kind == "delivery" and session.at is not None]
    return planning.injection_at or (given[0] if given else None)


def rules_for(
    case: Case, planning: Planning, device: Product, *, reserve_fraction: float | None, earlier: Earlier, treatment_id: str
) -> Rules:
    """The rules of one product on one case; the bilirubin is the last one up to the treatment, where its time is known."""
    bilirubin = case.observed("bilirubin_umol_per_L", by=_treated_at(case.treatment(treatment_id), planning))
    others = [t for t in case.treatments if t.id != treatment_id]
    return Rules(
        case.disease,
        planning.approach.value if planning.approach else None,
        device,
        tuple(limit for limit in planning.limits if limit.product in (None, device.id)),
        PatientFacts(
            bilirubin.value if bilirubin else None,
            planning.normal_reserve_fraction if planning.normal_reserve_fraction is not None else reserve_fraction,
            True if others or earlier.sessions else None,
        ),
        earlier,
    )
