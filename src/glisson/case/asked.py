"""What is asked of the plan of a chemoembolization, a pump, or cycles of drugs. What is not entered is the centre's to decide."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from glisson.case.base import Noun

Medication = Literal["opioid", "intra-arterial lidocaine", "steroid", "antiemetic", "antibiotic", "proton pump inhibitor"]
Dose_mg = Annotated[float, Field(gt=0, le=2000)]


class TacePlanning(Noun):
    """What is asked of a chemoembolization with drug-eluting beads.

    Attributes:
        beads: id of the bead product of the catalogue, or the centre's word for it.
        size_um: smallest and largest diameter on the label.
        drug: that is to be loaded.
        extent: lobes to be treated.
        first_lobe: where it begins.
        first_day: of the first session.
        sessions: how many are planned, over all lobes.
        interval_days: from one session to the next; for both lobes the published one if absent.
        dose_mg: of one embolization; for irinotecan in both lobes the published one if absent.
        embolizations_per_session: catheter positions in one session.
        volume_mL: of beads for one embolization.
        session_limit_mg, course_limit_mg: limits of the centre.
        premedication: as the centre gives it.
    """

    beads: str | None = None
    size_um: tuple[float, float] | None = None
    drug: Literal["irinotecan", "doxorubicin", "epirubicin", "5-fluorouracil", "cisplatin", "oxaliplatin", "other"] = "irinotecan"
    extent: Literal["unilobar", "bilobar"]
    first_lobe: Literal["right", "left"] = "right"
    first_day: date | None = None
    sessions: Annotated[int, Field(ge=1, le=20)] | None = None
    interval_days: Annotated[int, Field(ge=1, le=180)] | None = None
    dose_mg: Dose_mg | None = None
    embolizations_per_session: Annotated[int, Field(ge=1, le=10)] = 1
    volume_mL: Annotated[float, Field(gt=0, le=20)] | None = None
    session_limit_mg: Dose_mg | None = None
    course_limit_mg: Annotated[float, Field(gt=0, le=20000)] | None = None
    premedication: tuple[Medication, ...] | None = None


class PumpPlanning(Noun):
    """What is asked of floxuridine through an implanted pump.

    Attributes:
        implanted_at: day of the implantation.
        first_fill: first day with floxuridine.
        cycles: how many.
        dose_mg_per_kg_per_day: the protocol's if absent.
        reservoir_mL: volume that the reservoir delivers.
        flow_mL_per_day: of this pump, as its papers or its last refill say.
        moved: cycle, and the day to which its fill was moved; later cycles follow.
    """

    implanted_at: date | None = None
    first_fill: date
    cycles: Annotated[int, Field(ge=1, le=60)]
    dose_mg_per_kg_per_day: Annotated[float, Field(gt=0)] | None = None
    reservoir_mL: Annotated[float, Field(gt=1, le=100)] | None = None
    flow_mL_per_day: Annotated[float, Field(gt=0, le=20)] | None = None
    moved: dict[int, date] = Field(default_factory=dict)


class CyclePlanning(Noun):
    """What is asked of cycles of a regimen.

    Attributes:
        first_day: day 1 of cycle 1.
        number: of cycles.
        moved: cycle, and the day to which its day 1 was moved; later cycles follow.
        surface_cap_m2: a cap of the body surface by the centre; no source here states one.
        dose_fraction: drug, and the share of its full dose that a person decided; 0.7 is 30 % less.
    """

    first_day: date
    number: Annotated[int, Field(ge=1, le=60)]
    moved: dict[int, date] = Field(default_factory=dict)
    surface_cap_m2: Annotated[float, Field(gt=1, lt=3)] | None = None
    dose_fraction: dict[str, Annotated[float, Field(gt=0, le=1)]] = Field(default_factory=dict)
