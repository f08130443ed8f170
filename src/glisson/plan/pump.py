"""Floxuridine by implanted pump: dose by weight, what the reservoir holds, days of refill. Equations, and the guard on the dose."""

from dataclasses import dataclass
from datetime import date, timedelta

from glisson.errors import BadInput
from glisson.knowledge.procedures import procedure_fact, procedure_number, procedure_numbers
from glisson.plan.body import require_weight
from glisson.plan.calendar import cycle_days, require_after


@dataclass(frozen=True)
class Fill:
    """One cycle of a pump: its fill, the day the drug is taken out or has run out, and the next fill."""

    cycle: int
    drug_from: date
    drug_until: date
    next_fill: date


def require_floxuridine_dose(dose_mg_per_kg_per_day: float) -> None:
    """Refuses a dose above the label's highest; a hundredfold one by the name of its origin.

    Raises:
        BadInput: 0 or less, or above 0.6 mg/kg/day.
    """
    lowest, highest = procedure_numbers("pump", "label-dose")
    usual = procedure_number("pump", "dose")
    if 0 < dose_mg_per_kg_per_day <= highest:
        return
    misprint = procedure_fact("pump", "misprint")
    low, high = misprint.value
    printed = ""
    if dose_mg_per_kg_per_day > highest * 5:
        printed = (
            f": one article prints {low:g} to {high:g} mg/kg/day (Wanebo 2017), a hundred times too high; "
            f"the protocol's dose is {usual:g}"
        )
    raise BadInput(
        f"floxuridine {dose_mg_per_kg_per_day:g} mg/kg/day{printed}",
        allowed=f"above 0, up to {highest:g} mg/kg/day (label {lowest:g} to {highest:g})",
        do="check the decimal point and the unit, mg per kg and day",
    )


def floxuridine_mg_per_day(*, weight_kg: float, dose_mg_per_kg_per_day: float) -> float:
    """Floxuridine for one day, mg.

    Args:
        weight_kg: 20 to 350.
        dose_mg_per_kg_per_day: above 0, up to 0.6.

    Raises:
        BadInput: outside these ranges; the hundredfold misprint is named.

    References:
        protocol dose 0.12 mg/kg/day for 14 days, then 14 days of rest.

    >>> round(floxuridine_mg_per_day(weight_kg=70, dose_mg_per_kg_per_day=0.12), 4)
    8.4
    """
    require_weight(weight_kg)
    require_floxuridine_dose(dose_mg_per_kg_per_day)
    return weight_kg * dose_mg_per_kg_per_day


@dataclass(frozen=True)
class Reservoir:
    """What a reservoir holds, by unit arithmetic alone: mg/day over mL/day is mg/mL. No source here gives it as a rule for filling.

    Attributes:
        concentration_mg_per_mL: at which this flow delivers the dose.
        drug_mg: in the whole reservoir.
        lasts_days: reservoir over flow.
    """

    concentration_mg_per_mL: float
    drug_mg: float
    lasts_days: float


def reservoir(*, dose_mg_per_day: float, reservoir_mL: float, flow_mL_per_day: float) -> Reservoir:
    """Concentration, content and duration of a reservoir, by unit arithmetic.

    Args:
        dose_mg_per_day: above 0.
        reservoir_mL: volume that it delivers, above 0.
        flow_mL_per_day: above 0.

    Raises:
        BadInput: a value that is not above 0.

    >>> r = reservoir(dose_mg_per_day=8.4, reservoir_mL=30.0, flow_mL_per_day=1.2)
    >>> round(r.concentration_mg_per_mL, 6), round(r.drug_mg, 6), r.lasts_days
    (7.0, 210.0, 25.0)
    """
    for name, value in (("dose", dose_mg_per_day), ("reservoir", reservoir_mL), ("flow", flow_mL_per_day)):
        if not value > 0:
            raise BadInput(f"{name} {value:g}", allowed="above 0")
    concentration = dose_mg_per_day / flow_mL_per_day
    return Reservoir(concentration, concentration * reservoir_mL, reservoir_mL / flow_mL_per_day)


def fills(
    *, first_fill: date, cycles: int, implanted_at: date | None = None, moved: dict[int, date] | None = None
) -> tuple[Fill, ...]:
    """The days of every cycle: 14 with floxuridine, 14 without.

    Raises:
        BadInput: a fill before the implantation, or days out of order.

    >>> [f.next_fill.isoformat() for f in fills(first_fill=date(2026, 3, 23), cycles=2)]
    ['2026-04-20', '2026-05-18']
    """
    on, off = int(procedure_number("pump", "days-on")), int(procedure_number("pump", "days-off"))
    days = cycle_days(first_day=first_fill, number=cycles, interval_days=on + off, moved=moved, what="fill")
    for number, day in enumerate(days, start=1):
        require_after(day, implanted_at, what=f"fill {number}", after="the implantation")
    after = [*days[1:], days[-1] + timedelta(days=on + off)]
    return tuple(
        Fill(number, day, day + timedelta(days=on), following)
        for number, (day, following) in enumerate(zip(days, after, strict=True), start=1)
    )
