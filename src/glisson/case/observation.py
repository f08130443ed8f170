"""What was seen: one value with its name, which carries the unit, and bounds of plausibility; or one answer from a list."""

from typing import Literal, Self

from pydantic import model_validator

from glisson.case.base import Entry, Identifier

BOUNDS: dict[str, tuple[float, float]] = {
    "age_years": (18, 110),
    "weight_kg": (20, 350),
    "height_cm": (80, 250),
    "lung_shunt_fraction": (0, 1),
    "lung_mass_g": (200, 3000),
    "ecog": (0, 4),
    "bilirubin_umol_per_L": (1, 1000),
    "albumin_g_per_L": (5, 80),
    "ast_U_per_L": (1, 20000),
    "alt_U_per_L": (1, 20000),
    "alp_U_per_L": (1, 10000),
    "ggt_U_per_L": (1, 10000),
    "inr": (0.5, 20),
    "creatinine_umol_per_L": (10, 3000),
    "sodium_mmol_per_L": (90, 200),
    "haemoglobin_g_per_L": (20, 250),
    "platelets_1e9_per_L": (1, 3000),
    "leukocytes_1e9_per_L": (0.01, 500),
    "neutrophils_1e9_per_L": (0, 500),
    "lymphocytes_1e9_per_L": (0, 500),
    "lipase_U_per_L": (1, 100000),
    "amylase_U_per_L": (1, 100000),
    "cea_ug_per_L": (0, 1000000),
    "liver_lesions": (0, 1000),
    "liver_involvement_fraction": (0, 1),
    "systemic_lines": (0, 20),
    "longest_diameter_mm": (0, 400),
    "short_axis_mm": (0, 400),
    "viable_diameter_mm": (0, 400),
    "perpendicular_diameter_mm": (0, 400),
    "viable_perpendicular_diameter_mm": (0, 400),
    "lesion_volume_mL": (0, 10000),
    "slice_thickness_mm": (0.1, 20),
    "largest_metastasis_mm": (0, 400),
    "disease_free_interval_months": (0, 600),
    "resection_margin_mm": (0, 100),
    "viable_tumour_fraction": (0, 1),
    "tumour_burden_score": (0, 100),
    "gfr_mL_per_min": (1, 200),
    "ldh_U_per_L": (10, 50000),
    "oxygen_saturation_fraction": (0.3, 1),
    "arterial_oxygen_mmHg": (20, 700),
    "ejection_fraction": (0.05, 0.9),
    "dpyd_activity_score": (0, 2),
    "future_liver_remnant_fraction": (0, 1),
    "remnant_volume_mL": (20, 3000),
    "future_liver_remnant_mL_per_m2": (10, 2000),
    "kinetic_growth_fraction_per_week": (-0.2, 0.5),
    "centre_to_surface_mm": (0, 200),
    "margin_to_portal_triad_mm": (0, 200),
    "expected_lung_dose_Gy": (0, 500),
    "cumulative_lung_dose_Gy": (0, 500),
    "expected_lung_activity_GBq": (0, 20),
    "months_of_response": (0, 240),
    **{f"qlq_c30_{item}": (1, 7 if item > 28 else 4) for item in range(1, 31)},
}
"""Names of values that a case may use, each with the range outside which it is taken for a slip of unit or key."""

YES_NO = ("yes", "no")
CHOICES: dict[str, tuple[str, ...]] = {
    "sex": ("female", "male"),
    "primary_side": ("right colon", "left colon", "rectum"),
    "primary_resected": YES_NO,
    "timing": ("synchronous", "metachronous"),
    "distribution": ("unilobar", "bilobar"),
    "histology_confirmed": YES_NO,
    "ras": ("wild type", "mutated"),
    "kras_g12c": YES_NO,
    "braf": ("wild type", "V600E", "other mutation"),
    "microsatellites": ("stable", "instable"),
    "her2": ("not amplified", "amplified"),
    "dpyd": ("normal", "intermediate", "poor"),
    "ugt1a1": ("normal", "intermediate", "poor"),
    "extrahepatic_disease": YES_NO,
    "extrahepatic_site": ("lung", "lymph nodes", "peritoneum", "bone", "brain", "local recurrence", "other"),
    "last_response": ("CR", "PR", "SD", "PD"),
    "ascites": ("none", "mild", "moderate or severe"),
    "encephalopathy": ("none", "grade 1 or 2", "grade 3 or 4"),
    "portal_vein_thrombosis": ("none", "branch", "main"),
    "non_target": ("CR", "non-CR/non-PD", "PD", "NE"),
    "tumour_markers_normal": YES_NO,
    "reader_response": ("CR", "PR", "SD", "non-CR/non-PD", "PD", "NE"),
    "anticoagulated": YES_NO,
    "biliary_obstruction": YES_NO,
    "dialysis": YES_NO,
    "primary_nodes": ("negative", "positive"),
    "primary_t": ("T1", "T2", "T3", "T4"),
    "vascular_invasion": YES_NO,
    "biliary_invasion": YES_NO,
    "extrahepatic_resectable": YES_NO,
    "disease_extent": ("liver only", "liver dominant", "not liver dominant"),
    "primary_n": ("N0", "N1", "N2"),
    "undifferentiated_or_signet": YES_NO,
    "resectable": YES_NO,
    "ablatable": YES_NO,
    "remnant_supply_spared": YES_NO,
    "abdomen_accessible": YES_NO,
    "fit_for_major_surgery": YES_NO,
    "severe_heart_or_lung_disease": YES_NO,
    "liver_background": ("normal", "fibrosis or cirrhosis"),
    "can_have_chemotherapy": YES_NO,
    "refractory_to_chemotherapy": YES_NO,
    "life_expectancy_below_3_months": YES_NO,
    "active_hepatitis": YES_NO,
    "portal_hypertension": ("none", "present", "extensive untreated"),
    "untreated_varices": YES_NO,
    "portal_flow_severely_reduced": YES_NO,
    "technical_impediment": YES_NO,
    "uncorrectable_gut_deposition": YES_NO,
    "coeliac_and_mesenteric_occluded": YES_NO,
    "bile_ducts_abnormal_or_stented": YES_NO,
    "liver_radiotherapy": YES_NO,
    "tumour_infiltrative_or_uncountable": YES_NO,
    "contrast_anaphylaxis": YES_NO,
    "pregnant": YES_NO,
    "gastroduodenal_artery_suitable": YES_NO,
}
"""Names of answers that a case may use, each with its allowed words; "unknown" is said by ``missing``."""

Missing = Literal["not done", "unknown", "not applicable"]


class Observation(Entry):
    """One measured value, one answer, or the reason why there is none.

    Attributes:
        what: name; a value's name carries its unit.
        value: the number.
        answer: the word, for a name of ``CHOICES``.
        missing: why there is neither.
        site: the lesion it was measured on.
        state: of a lesion on this scan: "absent"; "too small" to measure, though present; "not evaluable"; "present" without a
            measurement; "unequivocal progression" of a non-target. Measured if absent.
        by: the reader, as "reader-1".
        visit: name of the visit it belongs to.
        lower_normal, upper_normal: the laboratory's limits of normal, in the unit of the name.

    Raises:
        ValueError: an unknown name, a value outside its bounds, a word that is not allowed, or none of value, answer, state
            and missing.
    """

    what: str
    value: float | None = None
    answer: str | None = None
    missing: Missing | None = None
    site: Identifier | None = None
    state: Literal["absent", "too small", "not evaluable", "present", "unequivocal progression"] | None = None
    by: Identifier | None = None
    visit: Identifier | None = None
    lower_normal: float | None = None
    upper_normal: float | None = None

    @model_validator(mode="after")
    def _known_and_plausible(self) -> Self:
        if self.what not in BOUNDS and self.what not in CHOICES:
            raise ValueError(f"unknown observation; allowed: {', '.join((*BOUNDS, *CHOICES))}")
        if self.what in CHOICES:
            self._check_answer()
        else:
            self._check_value()
        if self.missing is not None and (self.value is not None or self.answer is not None or self.state is not None):
            raise ValueError(f"{self.what} is there and is said to be missing; keep one of the two")
        if self.state is not None and self.site is None:
            raise ValueError("a 'state' needs the 'site' of its lesion")
        return self

    @property
    def number(self) -> float:
        """The value of an observation that has one."""
        assert self.value is not None
        return self.value

    def _check_answer(self) -> None:
        allowed = CHOICES[self.what]
        if self.value is not None or (self.answer is None) == (self.missing is None):
            raise ValueError(f"{self.what} needs an 'answer' ({', '.join(allowed)}) or, in its place, 'missing'")
        if self.answer is not None and self.answer not in allowed:
            raise ValueError(f"{self.what}: this answer is not among {', '.join(allowed)}")

    def _check_value(self) -> None:
        if self.answer is not None:
            raise ValueError(f"{self.what} is a number; give 'value'")
        if self.value is None:
            if self.missing is None and self.state is None:
                raise ValueError(f"{self.what} needs a 'value' or, in its place, 'missing' with the reason")
            return
        low, high = BOUNDS[self.what]
        if not low <= self.value <= high:
            raise ValueError(f"{self.what} {self.value:g} is outside {low:g} to {high:g}; check the unit in the name")
