"""What was given before: lung dose over sessions, with the mass used each time, and what nobody wrote down."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from glisson.case import Case, Injection, Planning, Session, Treatment
from glisson.decay import decay_factor, elapsed_h
from glisson.dose.constant import dose_constant
from glisson.errors import GlissonError
from glisson.knowledge.products import product, products
from glisson.plan.shunt import LungDeposit, conventional_lung_mass, lung_dose_Gy


@dataclass(frozen=True)
class EarlierSession:
    """One delivery before the one that is planned.

    Attributes:
        treatment: id.
        session: id; empty for a treatment without sessions on record.
        lung_Gy: mean lung dose; ``None``: cannot say.
        lung_mass_g: mass behind it; ``None`` where the dose was entered without one.
        normal_liver_Gy: as entered; ``None``: not on record.
        how: "entered", "computed", or what is missing.
    """

    treatment: str
    session: str
    lung_Gy: float | None
    lung_mass_g: float | None
    normal_liver_Gy: float | None
    how: str


@dataclass(frozen=True)
class Earlier:
    """All of them."""

    sessions: tuple[EarlierSession, ...] = ()
    undated: tuple[str, ...] = ()

    @property
    def lung_Gy(self) -> float:
        """Sum of what is known; a lower bound where ``lung_unknown`` names sessions."""
        return sum(s.lung_Gy for s in self.sessions if s.lung_Gy is not None)

    @property
    def lung_unknown(self) -> tuple[str, ...]:
        """Sessions (or treatments) whose lung dose cannot be said."""
        return tuple(s.session or s.treatment for s in self.sessions if s.lung_Gy is None)

    @property
    def normal_liver_unknown(self) -> tuple[str, ...]:
        """Sessions whose normal-liver dose is not on record."""
        return tuple(s.session or s.treatment for s in self.sessions if s.normal_liver_Gy is None)

    def as_json(self) -> list[dict[str, Any]]:
        """Rows for a Result."""
        return [vars(s) | {} for s in self.sessions]


def earlier_treatments(case: Case, treatment_id: str, planning: Planning) -> Earlier:
    """Deliveries of radioembolization and external radiotherapy before the planned one.

    Sessions of the planned treatment itself count only where their date and the planned injection's show that they came
    first: a plan that is made again after its delivery does not count its own delivery as an earlier one.
    """
    found: list[EarlierSession] = []
    undated: list[str] = []
    for treatment in case.treatments:
        if treatment.kind == "radiotherapy" and treatment.id != treatment_id:
            found.append(
                EarlierSession(treatment.id, "", None, None, None, "external radiotherapy: organ doses are not on record")
            )
        if treatment.kind != "radioembolization":
            continue
        deliveries = [s for s in treatment.sessions if s.kind == "delivery"]
        for session in deliveries:
            before = _before(session.at or treatment.at, planning.injection_at)
            if treatment.id == treatment_id and before is None:
                undated.append(session.id)
            if before or (before is None and treatment.id != treatment_id):
                found.append(_session(treatment, session))
        if not deliveries and treatment.planning is None and treatment.id != treatment_id:
            found.append(EarlierSession(treatment.id, "", None, None, None, "no session on record"))
    return Earlier(tuple(found), tuple(undated))


def _before(at: datetime | date | None, planned: datetime | None) -> bool | None:
    """True or False; ``None`` where one of the two times is not known."""
    if at is None or planned is None:
        return None
    if isinstance(at, datetime):
        return at < planned
    return datetime(at.year, at.month, at.day, tzinfo=UTC) < planned and at < planned.date()


def _session(treatment: Treatment, session: Session) -> EarlierSession:
    base = (treatment.id, session.id)
    if session.lung_dose_Gy is not None:
        return EarlierSession(*base, session.lung_dose_Gy, session.lung_mass_g, session.normal_liver_dose_Gy, "entered")
    missing = _missing(treatment, session)
    if missing:
        return EarlierSession(*base, None, session.lung_mass_g, session.normal_liver_dose_Gy, "missing " + ", ".join(missing))
    nuclide = product(str(treatment.product)).nuclide
    constant = dose_constant(nuclide)
    mass_g = session.lung_mass_g or conventional_lung_mass().mass_g
    deposits = [
        LungDeposit(_at_injection_GBq(i, constant.half_life_h), i.lung_shunt_fraction or 0.0, i.residual_fraction)
        for i in session.injections
    ]
    dose = lung_dose_Gy(deposits=deposits, lung_mass_g=mass_g, K_Gy_kg_per_GBq=constant.K_Gy_kg_per_GBq)
    rule = "" if session.lung_mass_g else ", 1 kg by convention"
    return EarlierSession(*base, dose, mass_g, session.normal_liver_dose_Gy, f"computed from activity and shunt{rule}")


def _missing(treatment: Treatment, session: Session) -> list[str]:
    missing = []
    if treatment.product not in products():
        missing.append("product")
    if not session.injections:
        missing.append("injections")
    if any(i.lung_shunt_fraction is None for i in session.injections):
        missing.append("lung_shunt_fraction")
    return missing


def _at_injection_GBq(injection: Injection, half_life_h: float) -> float:
    if injection.measured_at is None or injection.at is None:
        return injection.activity_GBq
    hours = elapsed_h(injection.measured_at, injection.at)
    if hours < 0:
        raise GlissonError("an injection was measured after it was given", do="check measured_at and at")
    return injection.activity_GBq * decay_factor(elapsed_h=hours, half_life_h=half_life_h)
