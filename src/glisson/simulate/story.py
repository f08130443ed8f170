"""The case of the simulated patient: what was done when, what is asked, and where its files lie."""

from datetime import datetime

from glisson.case import (
    Approach,
    Case,
    Disease,
    DoseLimit,
    FileContour,
    ImageKind,
    ImageReference,
    Injection,
    Observation,
    PlannedInjection,
    Planning,
    Purpose,
    ReferenceVolume,
    Session,
    Site,
    SiteKind,
    Treatment,
)
from glisson.decay import decay_factor, elapsed_h
from glisson.knowledge import nuclide
from glisson.simulate import follow_up

SPECT_AT = datetime.fromisoformat("2026-03-04T13:20:00+01:00")
CALIBRATED_AT = datetime.fromisoformat("2026-03-16T18:00:00+01:00")
MEASURED_AT = datetime.fromisoformat("2026-03-17T09:00:00+01:00")
REFERENCE_AT = datetime.fromisoformat("2026-03-17T10:30:00+01:00")
"""The instant of the first injection; true activities are given for it."""
SECOND_AT = datetime.fromisoformat("2026-03-17T11:05:00+01:00")
PET_AT = datetime.fromisoformat("2026-03-18T08:40:00+01:00")
"""Start of the PET; its voxels hold Bq/mL at this instant."""

SPECT_FWHM_mm, PET_FWHM_mm = 15.0, 7.0
"""Resolution of the two cameras, which the case states as a centre would from its own measurement."""

RIGHT = Injection(
    id="right", territory="right-lobe", activity_GBq=1.05, measured_at=MEASURED_AT, at=REFERENCE_AT, residual_fraction=0.02,
)  # fmt: skip
LEFT = Injection(
    id="left", territory="left-lobe", activity_GBq=0.45, measured_at=MEASURED_AT, at=SECOND_AT, residual_fraction=0.02,
)  # fmt: skip


DRAWN: dict[str, tuple[SiteKind, str | None, str | None, str]] = {
    "liver": (SiteKind.ORGAN, "liver", None, "Liver"),
    "right-lobe": (SiteKind.TERRITORY, None, "liver", "Right territory"),
    "left-lobe": (SiteKind.TERRITORY, None, "liver", "Left territory"),
    "lesion-1": (SiteKind.LESION, None, "right-lobe", "Lesion 1 (35 mm)"),
    "lesion-2": (SiteKind.LESION, None, "left-lobe", "Lesion 2 (18 mm)"),
    "lesion-3": (SiteKind.LESION, None, "right-lobe", "Lesion 3 (9 mm)"),
    "lungs": (SiteKind.ORGAN, "lung", None, "Lungs"),
    "gallbladder": (SiteKind.ORGAN, "gallbladder", None, "Gallbladder"),
    "stomach": (SiteKind.ORGAN, "stomach", None, "Stomach"),
}
"""Sites that have a contour of their own: kind, organ, parent and name."""

NORMAL = {
    "liver-normal": ("liver", "Normal liver"),
    "right-normal": ("right-lobe", "Normal liver, right"),
    "left-normal": ("left-lobe", "Normal liver, left"),
}
"""Normal tissue, made from the drawn sites: parent and name."""


def mask_file(site: str) -> str:
    """Path of a site's contour inside the case folder."""
    return f"structures/{site}.nii.gz"


def delivered_GBq() -> float:
    """Y-90 in the patient, decay-corrected to ``REFERENCE_AT`` and less the residues."""
    half_life_h = float(nuclide("Y-90").half_life_h.value)
    return sum(
        injection.activity_GBq
        * (1.0 - injection.residual_fraction)
        * decay_factor(elapsed_h=elapsed_h(MEASURED_AT, REFERENCE_AT), half_life_h=half_life_h)
        for injection in (RIGHT, LEFT)
    )


def case(seed: int) -> Case:
    """The case, ready to be written as ``case.yaml``."""
    return Case(
        id=f"simulated-{seed}",
        simulated=True,
        disease=Disease.COLORECTAL,
        images=_images(),
        sites=_sites(),
        treatments=(_treatment(),),
        observations=tuple(
            Observation(
                what=what, value=value, at=SPECT_AT.date(), upper_normal=follow_up.UPPER.get(what), lower_normal=follow_up.LOWER.get(what)
            )
            for what, value in (
                ("weight_kg", 74.0), ("height_cm", 172.0), ("bilirubin_umol_per_L", 11.0), ("albumin_g_per_L", 41.0),
                ("ecog", 0.0),
            )
        )
        + follow_up.observations(),
        events=follow_up.events(),
        note="Simulated patient made by glisson. No person is behind these images and numbers.",
    )  # fmt: skip


def _images() -> tuple[ImageReference, ...]:
    frame = "simulated"
    return (
        ImageReference(
            id="ct", file="images/ct.nii.gz", kind=ImageKind.CT, purpose=Purpose.ANATOMY, unit="HU", acquired_at=SPECT_AT,
            frame_of_reference=frame,
        ),
        ImageReference(
            id="maa-spect", file="images/maa-spect.nii.gz", kind=ImageKind.SPECT, purpose=Purpose.MAPPING, unit="counts",
            nuclide="Tc-99m", acquired_at=SPECT_AT, frame_of_reference=frame, resolution_fwhm_mm=SPECT_FWHM_mm,
        ),
        ImageReference(
            id="y90-pet", file="images/y90-pet.nii.gz", kind=ImageKind.PET, purpose=Purpose.VERIFICATION, unit="Bq/mL",
            nuclide="Y-90", acquired_at=PET_AT, activity_at=PET_AT, frame_of_reference=frame, resolution_fwhm_mm=PET_FWHM_mm,
        ),
    )  # fmt: skip


def _sites() -> tuple[Site, ...]:
    drawn = (
        Site(
            id=name,
            kind=kind,
            name=label,
            organ=organ,
            parent=parent,
            contour=FileContour(file=mask_file(name), drawn_on="ct"),
            observer_sd_mm=1.0 if kind is SiteKind.LESION else None,
            role=follow_up.ROLES.get(name),
        )
        for name, (kind, organ, parent, label) in DRAWN.items()
    )
    derived = (Site(id=name, kind=SiteKind.NORMAL, name=label, parent=parent) for name, (parent, label) in NORMAL.items())
    return (*drawn, follow_up.NEW, *derived)


def _treatment() -> Treatment:
    reason = "entered for the simulated patient"
    planning = Planning(
        products=("sir-spheres", "therasphere"),
        approach=Approach.BILOBAR,
        mapping_image="maa-spect",
        limits=(
            DoseLimit(on=ReferenceVolume.LUNG, mean_dose_Gy=30.0, reason=reason),
            DoseLimit(
                on=ReferenceVolume.PERFUSED_NORMAL, mean_dose_Gy=40.0, product="sir-spheres", reason=reason
            ),
            DoseLimit(
                on=ReferenceVolume.TUMOUR, mean_dose_Gy=40.0, aim="target", product="sir-spheres",
                reason=f"{reason}: what the smallest lesion can show at the resolution of SPECT",
            ),
        ),
        injections=tuple(
            PlannedInjection(
                id=str(given.id), territory=given.territory, mapping_image="maa-spect", residual_fraction=0.02, at=given.at
            )
            for given in (RIGHT, LEFT)
        ),
        injection_at=REFERENCE_AT,
        calibration_at=CALIBRATED_AT,
    )  # fmt: skip
    return Treatment(
        id="sirt-1",
        kind="radioembolization",
        product="sir-spheres",
        planning=planning,
        sessions=(
            Session(id="mapping", kind="mapping", at=SPECT_AT),
            Session(id="delivery", kind="delivery", at=REFERENCE_AT, injections=(RIGHT, LEFT)),
        ),
    )
