"""What was given, or is to be given: treatments, their sessions, and what is asked of a plan."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from glisson.case.asked import CyclePlanning, PumpPlanning, TacePlanning
from glisson.case.base import Entry, Identifier, Instant, Moment, Noun

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


class Embolization(Noun):
    """What a chemoembolization gave at one catheter position.

    Attributes:
        beads: id of the bead product of the catalogue, or the centre's word for it.
        size_um: smallest and largest diameter on the label.
        volume_mL: of beads.
        drug_loaded_mg, drug_delivered_mg: of ``drug``.
        position: how far the catheter went.
        endpoint: why the injection ended.
        medication: around the procedure.
    """

    beads: str | None = None
    size_um: tuple[float, float] | None = None
    volume_mL: Annotated[float, Field(gt=0, le=20)] | None = None
    drug: Literal["irinotecan", "doxorubicin", "epirubicin", "other"] = "irinotecan"
    drug_loaded_mg: Annotated[float, Field(ge=0, le=500)] | None = None
    drug_delivered_mg: Annotated[float, Field(ge=0, le=500)] | None = None
    position: Literal["lobar", "segmental", "subsegmental"] | None = None
    lobe: Literal["right", "left", "both"] | None = None
    endpoint: Literal["dose delivered", "near stasis", "stasis", "stopped"] | None = None
    technical_success: bool | None = None
    medication: tuple[
        Literal["opioid", "intra-arterial lidocaine", "steroid", "antiemetic", "antibiotic", "proton pump inhibitor"], ...
    ] = ()
    hospital_nights: Annotated[int, Field(ge=0, le=365)] | None = None


class Session(Entry):
    """One day of a treatment."""

    id: Identifier
    kind: Literal["mapping", "delivery", "procedure"]
    injections: tuple[Injection, ...] = ()
    embolizations: tuple[Embolization, ...] = ()
    lung_dose_Gy: Annotated[float, Field(ge=0)] | None = None
    normal_liver_dose_Gy: Annotated[float, Field(ge=0)] | None = None
    lung_mass_g: Annotated[float, Field(gt=100, lt=5000)] | None = None


class Treatment(Entry):
    """A course: its sessions, and for one that is being planned what is asked of the plan.

    Attributes:
        at, end: first and last day, for one without sessions (a line of chemotherapy).
        line: of systemic therapy, 1 for the first.
        regimen: as "FOLFIRI"; ``drugs``: its parts, lower case.
        best_response: while it was given; ``reason_stopped``: why it ended.
        planning: of a radioembolization; ``tace``, ``pump``, ``cycles``: what is asked of a plan of the other kinds.

    Raises:
        ValueError: what is asked belongs to another kind of treatment.
    """

    id: Identifier
    kind: Literal[
        "radioembolization", "TACE", "HAI", "ablation", "resection", "systemic", "radiotherapy", "portal vein embolization"
    ]
    product: str | None = None
    end: Moment | None = None
    line: Annotated[int, Field(ge=1, le=20)] | None = None
    regimen: str | None = None
    drugs: tuple[str, ...] = ()
    best_response: Literal["CR", "PR", "SD", "PD", "NE"] | None = None
    reason_stopped: Literal["progression", "toxicity", "completed", "pause", "patient's wish", "death", "other"] | None = None
    planning: Planning | None = None
    tace: TacePlanning | None = None
    pump: PumpPlanning | None = None
    cycles: CyclePlanning | None = None
    sessions: tuple[Session, ...] = ()

    @model_validator(mode="after")
    def _asks_what_its_kind_has(self) -> Self:
        for key, kinds in ASKED_OF.items():
            if getattr(self, key) is not None and self.kind not in kinds:
                raise ValueError(f"'{key}' is asked of {' or '.join(kinds)}, not of {self.kind}")
        return self


ASKED_OF = {"tace": ("TACE",), "pump": ("HAI",), "cycles": ("systemic", "HAI")}
"""Kinds of treatment of which each plan may be asked."""
