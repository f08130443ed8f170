"""What was given before: lung dose over sessions, with the mass used each time, and what nobody wrote down."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from glisson.case import Case, Injection, Planning, Session, Treatment
from glisson.decay import decay_factor, elapsed_h
from glisson.dose.constant import dose_constant
from glisson.errors import BadInput
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


def earlier_treatments(case: Case, treatment_id: str, planning: Planning, *, session: Session | None = None) -> Earlier:
    """Deliveries of radioembolization and external radiotherapy before the planned one, or before ``session``.

    Sessions of the planned treatment itself count only where their date and the planned injection's show that they came
    first: a plan that is made again after its delivery does not count its own delivery as an earlier one.

    Args:
        case: the case.
        treatment_id: of the treatment that is planned or judged.
        planning: its planning, for the planned injection.
        session: the delivery that is judged; its own time stands then, and it is never earlier than itself.
    """
    now = (session.at if session is not None else None) or planning.injection_at
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
        for given in deliveries:
            if treatment.id == treatment_id and session is not None and given.id == session.id:
                continue
            before = _before(given.at or treatment.at, now)
            if treatment.id == treatment_id and session is None and _same_day(given.at or treatment.at, now):
                before = None  # most likely the planned injection itself, given a little before its time
            if treatment.id == treatment_id and before is None:
                undated.append(given.id)
            if before or (before is None and treatment.id != treatment_id):
                found.append(_session(treatment, given))
        if not deliveries and treatment.planning is None and treatment.id != treatment_id:
            found.append(EarlierSession(treatment.id, "", None, None, None, "no session on record"))
    return Earlier(tuple(found), tuple(undated))


def _before(at: datetime | date | None, now: datetime | date | None) -> bool | None:
    """True or False; ``None`` where one of the two times is not known. Days are compared where one of them is only a day."""
    if at is None or now is None:
        return None
    if isinstance(at, datetime) and isinstance(now, datetime):
        return at < now
    return _day(at) < _day(now)


def _same_day(at: datetime | date | None, now: datetime | date | None) -> bool:
    return at is not None and now is not None and _day(at) == _day(now)


def _day(at: datetime | date) -> date:
    return at.date() if isinstance(at, datetime) else at


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
        LungDeposit(
            at_injection_GBq(i, session, half_life_h=constant.half_life_h), i.lung_shunt_fraction or 0.0, i.residual_fraction
        )
        for i in session.injections
    ]
    dose = lung_dose_Gy(deposits=deposits, lung_mass_g=mass_g, constant=constant)
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


def injected_at(injection: Injection, session: Session) -> datetime | None:
    """When an injection was given: its own instant, else that of its session; ``None`` where neither says one."""
    return injection.at or (session.at if isinstance(session.at, datetime) else None)


def at_injection_GBq(injection: Injection, session: Session, *, half_life_h: float) -> float:
    """Activity in the vial when it was injected, GBq; as measured where one of the two instants is not known.

    Raises:
        BadInput: measured after it was given.
    """
    given = injected_at(injection, session)
    if injection.measured_at is None or given is None:
        return injection.activity_GBq
    hours = elapsed_h(injection.measured_at, given)
    if hours < 0:
        raise BadInput(
            f"session '{session.id}': an activity that was measured {-hours:.2f} h after it was injected",
            do="check measured_at and at, and their offsets from UTC",
        )
    return injection.activity_GBq * decay_factor(elapsed_h=hours, half_life_h=half_life_h)
