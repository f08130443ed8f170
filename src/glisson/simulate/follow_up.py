"""What the scans, the blood and the patient said after the treatment of the simulated patient."""

from datetime import date

from glisson.case import Event, Observation, Site, SiteKind

ROLES = {"lesion-1": "target", "lesion-2": "target", "lesion-3": "non-target"}
"""Part of each drawn lesion in the response; the third is below 10 mm."""
NEW = Site(id="lesion-4", kind=SiteKind.LESION, parent="left-lobe", name="Lesion 4 (new)", role="new")
"""Seen first at the last visit; measured, never drawn."""

VISITS = {
    "baseline": date(2026, 3, 4), "month-3": date(2026, 6, 16), "month-6": date(2026, 9, 15), "month-9": date(2026, 12, 15),
}  # fmt: skip
DIAMETERS_mm: dict[str, dict[str, float]] = {
    "lesion-1": {"baseline": 35.0, "month-3": 24.0, "month-6": 20.0, "month-9": 21.0},
    "lesion-2": {"baseline": 18.0, "month-3": 13.0, "month-6": 11.0, "month-9": 11.0},
    "lesion-3": {"baseline": 9.0, "month-3": 6.0},
    "lesion-4": {"month-9": 13.0},
}
GONE = (("lesion-3", "month-6"), ("lesion-3", "month-9"))

LABORATORY = {
    date(2026, 3, 31): {"bilirubin_umol_per_L": 16.0, "albumin_g_per_L": 38.0, "alt_U_per_L": 88.0, "alp_U_per_L": 142.0},
    date(2026, 6, 16): {"bilirubin_umol_per_L": 14.0, "albumin_g_per_L": 37.0, "alt_U_per_L": 41.0, "alp_U_per_L": 128.0},
    date(2026, 12, 15): {"bilirubin_umol_per_L": 13.0, "albumin_g_per_L": 39.0, "alt_U_per_L": 34.0, "alp_U_per_L": 110.0},
}
BEFORE = {"alt_U_per_L": 31.0, "alp_U_per_L": 104.0}
UPPER = {"bilirubin_umol_per_L": 21.0, "alt_U_per_L": 45.0, "alp_U_per_L": 120.0}
LOWER = {"albumin_g_per_L": 35.0}

QUALITY = {"baseline": (5, 6), "month-3": (5, 5), "month-9": (6, 6)}
"""Answers to items 29 and 30 of the QLQ-C30: global health."""


def observations() -> tuple[Observation, ...]:
    """Diameters, laboratory values and questionnaires, baseline included."""
    return (*_diameters(), *_laboratory(), *_quality())


def _diameters() -> tuple[Observation, ...]:
    what = "longest_diameter_mm"
    sizes = (
        Observation(what=what, site=lesion, value=size, visit=visit, at=VISITS[visit])
        for lesion, seen in DIAMETERS_mm.items()
        for visit, size in seen.items()
    )
    gone = (Observation(what=what, site=lesion, state="absent", visit=visit, at=VISITS[visit]) for lesion, visit in GONE)
    slices = (Observation(what="slice_thickness_mm", value=3.0, visit=visit, at=day) for visit, day in VISITS.items())
    return (*sizes, *gone, *slices)


def _laboratory() -> tuple[Observation, ...]:
    values = {VISITS["baseline"]: BEFORE} | LABORATORY
    return tuple(
        Observation(what=what, value=value, at=day, upper_normal=UPPER.get(what), lower_normal=LOWER.get(what))
        for day, seen in values.items()
        for what, value in seen.items()
    )


def _quality() -> tuple[Observation, ...]:
    return tuple(
        Observation(what=f"qlq_c30_{item}", value=float(answer), visit=visit, at=VISITS[visit])
        for visit, answers in QUALITY.items()
        for item, answer in zip((29, 30), answers, strict=True)
    )


def events() -> tuple[Event, ...]:
    """Adverse events, and the day last seen."""
    return (
        Event(kind="adverse-event", term="fatigue", grade=2, ctcae="5", at=date(2026, 3, 19), end=date(2026, 4, 10),
              relation=("device",), serious=False, session="delivery"),
        Event(kind="adverse-event", term="abdominal pain", grade=1, ctcae="5", at=date(2026, 3, 17), end=date(2026, 3, 18),
              relation=("procedure",), serious=False, session="delivery"),
        Event(kind="last-contact", at=date(2027, 1, 12)),
    )  # fmt: skip
