"""What was given, or is to be given: treatments, their sessions, and what is asked of a plan."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from glisson.case.base import Entry, Identifier, Instant, Noun

Fraction = Annotated[float, Field(ge=0, le=1)]
MOST_GBq = 100.0
"""An activity above this is taken for a slip of unit: five times the largest vial of the catalogue."""
Activity_GBq = Annotated[float, Field(gt=0, le=MOST_GBq)]


class Approach(StrEnum):
    """Extent of a radioembolization, in the words of the EANM 2022 tables."""

    SEGMENTECTOMY = "segmentectomy"
    LOBECTOMY = "lobectomy"
    UNILOBAR = "unilobar"
    BILOBAR = "bilobar"


class ReferenceVolume(StrEnum):
    """The volume to which a dose limit or target refers. It is part of the limit; the tables differ by product."""

    PERFUSED_VOLUME = "perfused volume"
    PERFUSED_NORMAL = "perfused normal liver"
    WHOLE_NORMAL = "whole normal liver"
    TUMOUR = "tumour"
    LUNG = "lung"


class DoseLimit(Noun):
    """A limit (mean absorbed dose not above) or a target (not below) that a person entered.

    ``site`` narrows it to one site; ``product`` to one product; ``cumulative``: over all treatments (lung).
    """

    on: ReferenceVolume
    mean_dose_Gy: Annotated[float, Field(gt=0, le=1000)]
    aim: Literal["limit", "target"] = "limit"
    site: Identifier | None = None
    product: str | None = None
    cumulative: bool = False
    reason: str | None = None


class PlannedInjection(Noun):
    """One catheter position. ``share``: part of the session's activity, where a person fixes it; else by the method."""

    id: Identifier
    territory: Identifier
    mapping_image: Identifier | None = None
    residual_fraction: Annotated[float, Field(ge=0, lt=1)] = 0.0
    lung_shunt_fraction: Fraction | None = None
    share: Fraction | None = None
    at: Instant | None = None


class Planning(Noun):
    """What is asked of a plan.

    Attributes:
        products: ids of the product catalogue to compare, as "sir-spheres".
        approach: extent, which chooses the row of the limit tables.
        limits: entered limits and targets; where given for a reference volume they stand before the tables.
        injections: catheter positions; one for every territory if empty.
        lung_mass_g: entered lung mass; ``None`` takes the convention unless ``lung_mass_from_ct``.
        activity_GBq: a wanted activity (after residual), for a forward plan beside the inverse one.
        target_dose_Gy: wanted mean dose of the perfused volume, for the one-compartment model.
        vial_activity_GBq: a vial on hand, its activity at ``calibration_at``.
        calibration_at: the vial's calibration instant, as its papers say; never assumed.
        bsa_reduction_fraction: a reduction of the body-surface activity for the lung shunt that a person decided; 0.2 is 20 % less.
    """

    products: tuple[str, ...] = ()
    approach: Approach | None = None
    mapping_image: Identifier | None = None
    limits: tuple[DoseLimit, ...] = ()
    injections: tuple[PlannedInjection, ...] = ()
    lung_mass_g: Annotated[float, Field(gt=100, lt=5000)] | None = None
    lung_mass_from_ct: bool = False
    activity_GBq: Activity_GBq | None = None
    target_dose_Gy: Annotated[float, Field(gt=0, le=1000)] | None = None
    tumour_to_normal_ratio: Annotated[float, Field(gt=0, le=100)] | None = None
    normal_reserve_fraction: Fraction | None = None
    injection_at: Instant | None = None
    calibration_at: Instant | None = None
    vial_activity_GBq: Activity_GBq | None = None
    bsa_reduction_fraction: Annotated[float, Field(ge=0, lt=1)] | None = None


class Injection(Noun):
    """What went in at one catheter position.

    Attributes:
        activity_GBq: in the vial (or dose device) at ``measured_at``.
        measured_at: when that was measured; the injection time if absent.
        at: when it was injected.
        residual_fraction: share that stayed in vial, tubing and waste, decay-corrected to one time.
    """

    id: Identifier | None = None
    territory: Identifier
    activity_GBq: Activity_GBq
    measured_at: Instant | None = None
    at: Instant | None = None
    residual_fraction: Annotated[float, Field(ge=0, lt=1)] = 0.0
    lung_shunt_fraction: Fraction | None = None


class Session(Entry):
    """One day of a treatment."""

    id: Identifier
    kind: Literal["mapping", "delivery", "procedure"]
    injections: tuple[Injection, ...] = ()
    lung_dose_Gy: Annotated[float, Field(ge=0)] | None = None
    normal_liver_dose_Gy: Annotated[float, Field(ge=0)] | None = None
    lung_mass_g: Annotated[float, Field(gt=100, lt=5000)] | None = None


class Treatment(Entry):
    """A course: its sessions, and for one that is being planned what is asked of the plan."""

    id: Identifier
    kind: Literal["radioembolization", "TACE", "HAI", "ablation", "resection", "systemic", "radiotherapy"]
    product: str | None = None
    planning: Planning | None = None
    sessions: tuple[Session, ...] = ()
