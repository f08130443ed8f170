"""Results as plan and dose hand them to the report, with numbers of the right size (not computed)."""

from typing import Any

from glisson.case import Finding, Level, Result

CONSTANT = {
    "preset": "49.67",
    "nuclide": "Y-90",
    "energy_MeV": 0.9312,
    "half_life_h": 64.1,
    "K_Gy_kg_per_GBq": 49.67,
    "source": "glisson-derivation",
}


def limit(on: str, aim: str, limit_Gy: float, dose_Gy: float | None, state: str, **more: Any) -> dict[str, Any]:
    return {
        "on": on,
        "aim": aim,
        "limit_Gy": limit_Gy,
        "dose_Gy": dose_Gy,
        "state": state,
        "source": "eanm-2022",
        "evidence": "D",
        "entered": False,
        **more,
    }


def structure(site: str, name: str, kind: str, volume_mL: float, mean_Gy: float, **more: Any) -> dict[str, Any]:
    return {
        "site": site,
        "name": name,
        "kind": kind,
        "organ": "liver",
        "volume_mL": volume_mL,
        "contour_volume_mL": volume_mL * 1.004,
        "mass_g": volume_mL * 1.05,
        "voxels": round(volume_mL / 0.01527),
        "mean_Gy": mean_Gy,
        "mean_uncertainty": {
            "relative_total": 0.11,
            "terms": {"volume": 0.07, "calibration": 0.05, "partial volume": 0.06},
            "largest": "volume",
            "assumptions": ["contour uncertain by half a voxel", "calibration 5 %"],
        },
        "min_Gy": mean_Gy * 0.2,
        "max_Gy": mean_Gy * 2.1,
        "median_Gy": mean_Gy * 0.97,
        "D98_Gy": mean_Gy * 0.3,
        "D95_Gy": mean_Gy * 0.4,
        "D70_Gy": mean_Gy * 0.8,
        "D50_Gy": mean_Gy * 0.97,
        "D2_Gy": mean_Gy * 1.8,
        "V": {"50": 0.62, "100": 0.41},
        "gEUD_Gy": mean_Gy * 0.9,
        "homogeneity": 1.5,
        "bed": {
            "mean_BED_Gy": mean_Gy * 1.6,
            "EUBED_Gy": mean_Gy * 1.3,
            "EQD2_Gy": mean_Gy * 1.3,
            "parameters": "alpha/beta 10 Gy, repair 1.5 h",
            "source": "eanm-2022",
        },
        "limits": [],
        **more,
    }


def dvh(mean_Gy: float, spread: float) -> dict[str, list[float]]:
    import numpy as np

    dose = np.linspace(0, mean_Gy * 2.4, 120)
    fraction = 1.0 / (1.0 + (dose / mean_Gy) ** (4.0 / spread))
    return {"dose_Gy": [float(d) for d in dose], "volume_fraction": [float(f) for f in fraction]}


def dose_result(**value: Any) -> Result:
    structures = [
        structure("liver", "Liver", "organ", 1409.2, 41.2),
        structure("right-lobe", "Right territory", "territory", 987.7, 47.1),
        structure("left-lobe", "Left territory", "territory", 421.5, 40.0),
        structure(
            "lesion-1", "Lesion 1 (35 mm)", "lesion", 22.45, 205.3, limits=[limit("tumour", "target", 100.0, 205.3, "reached")]
        ),
        structure(
            "lesion-2", "Lesion 2 (18 mm)", "lesion", 3.05, 141.0, limits=[limit("tumour", "target", 100.0, 141.0, "reached")]
        ),
        structure(
            "lesion-3",
            "Lesion 3 (9 mm)",
            "lesion",
            0.38,
            76.0,
            bed=None,
            limits=[limit("tumour", "target", 100.0, 76.0, "not reached")],
        ),
        structure(
            "right-normal",
            "Normal liver, right",
            "normal",
            964.9,
            43.6,
            limits=[limit("perfused normal liver", "limit", 40.0, 43.6, "over", entered=True, source=None)],
        ),
        structure(
            "left-normal",
            "Normal liver, left",
            "normal",
            418.4,
            39.0,
            limits=[limit("perfused normal liver", "limit", 40.0, 39.0, "within", entered=True, source=None)],
        ),
        structure(
            "lungs",
            "Lungs",
            "organ",
            4604.2,
            2.4,
            organ="lung",
            mean_uncertainty=None,
            limits=[limit("lung", "limit", 30.0, 2.4, "within")],
        ),
    ]
    base: dict[str, Any] = {
        "nuclide": "Y-90",
        "engine": "kernel",
        "constant": CONSTANT,
        "activity": {
            "in_field_GBq": 1.443,
            "stated_GBq": 1.446,
            "used": "image",
            "calibration_factor": 1.0,
            "image_time": "2026-03-18T08:40:00+01:00",
            "reference_time": "2026-03-17T10:30:00+01:00",
            "decay_factor": 1.2709,
            "residence": "the activity stays where it is until it has decayed",
        },
        "medium": {"density": "CT, 0.25 to 1.6 g/mL"},
        "mask_rule": "covered fraction of each voxel",
        "structures": structures,
        "dvh": {
            "lesion-1": dvh(205, 1.1),
            "lesion-2": dvh(141, 1.0),
            "lesion-3": dvh(76, 0.8),
            "right-normal": dvh(43.6, 0.9),
            "left-normal": dvh(39, 0.8),
            "lungs": dvh(2.4, 0.9),
            "liver": dvh(43, 1.2),
        },
        "energy": [
            {"compartment": "Lesion 1 (35 mm)", "mass_g": 23.6, "mean_Gy": 205.3, "energy_J": 4.84, "fraction": 0.0674},
            {"compartment": "Normal liver, right", "mass_g": 1013.1, "mean_Gy": 43.6, "energy_J": 44.2, "fraction": 0.6154},
            {"compartment": "Rest of the image", "mass_g": None, "mean_Gy": None, "energy_J": 1.1, "fraction": 0.0153},
            {"compartment": "Escaped", "mass_g": None, "mean_Gy": None, "energy_J": 0.3, "fraction": 0.0042},
        ],
        "energy_balance": 3.2e-4,
        "plan_against_delivery": [
            {"site": "lesion-1", "name": "Lesion 1 (35 mm)", "planned_Gy": 182.0, "delivered_Gy": 205.3, "ratio": 1.128},
            {"site": "lesion-3", "name": "Lesion 3 (9 mm)", "planned_Gy": None, "delivered_Gy": 76.0, "ratio": None},
        ],
    }
    findings = (
        Finding(
            code="dose.small-lesion",
            level=Level.WARNING,
            text="Lesion 3 (9 mm) spans 25 voxels; its dose is lowered by partial volume.",
        ),
        Finding(code="dose.field", level=Level.NOTE, text="The image holds 99.8 % of the activity stated as given."),
    )
    return Result(
        kind="absorbed dose",
        method="kernel",
        parameters={"cutoff_mm": 11.0, "mask_rule": "covered fraction"},
        inputs={"y90-pet": "ab" * 32, "liver": "cd" * 32},
        value=base | value,
        findings=findings,
        sources=("lanconelli-2012",),
    )


def method(name: str, activity_GBq: float | None, **more: Any) -> dict[str, Any]:
    a = activity_GBq or 0.0
    return {
        "method": name,
        "activity_GBq": activity_GBq,
        "feasible": activity_GBq is not None,
        "binding": "perfused normal liver",
        "limits": [
            {
                "on": "perfused normal liver",
                "site": "right-normal",
                "aim": "limit",
                "limit_Gy": 40.0,
                "dose_Gy": 29.0 * a,
                "activity_at_limit_GBq": 1.379,
                "margin_GBq": 1.379 - a,
                "used_fraction": 29.0 * a / 40,
                "state": "within",
                "source": None,
                "evidence": None,
                "entered": True,
            },
            {
                "on": "perfused normal liver",
                "site": "left-normal",
                "aim": "limit",
                "limit_Gy": 40.0,
                "dose_Gy": 26.0 * a,
                "activity_at_limit_GBq": 1.538,
                "margin_GBq": 1.538 - a,
                "used_fraction": 26.0 * a / 40,
                "state": "within",
                "source": None,
                "evidence": None,
                "entered": True,
            },
            {
                "on": "lung",
                "site": None,
                "aim": "limit",
                "limit_Gy": 30.0,
                "dose_Gy": 2.2 * a,
                "activity_at_limit_GBq": 13.4,
                "margin_GBq": 13.4 - a,
                "used_fraction": 2.2 * a / 30,
                "state": "within",
                "source": "eanm-2022",
                "evidence": "D",
                "entered": False,
            },
            {
                "on": "tumour",
                "site": "lesion-3",
                "aim": "target",
                "limit_Gy": 100.0,
                "dose_Gy": 88.0 * a,
                "activity_at_limit_GBq": 1.136,
                "margin_GBq": a - 1.136,
                "used_fraction": 88.0 * a / 100,
                "state": "reached",
                "source": "eanm-2022",
                "evidence": "D",
                "entered": False,
            },
        ],
        "structures": [
            {"site": "lesion-1", "name": "Lesion 1 (35 mm)", "mean_Gy": 131.0 * a},
            {"site": "right-normal", "name": "Normal liver, right", "mean_Gy": 29.0 * a},
            {"site": "lungs", "name": "Lungs", "mean_Gy": 2.2 * a},
        ],
        "energy": [{"compartment": "Normal liver", "mass_g": 1450.0, "mean_Gy": 39.0, "energy_J": 56.6, "fraction": 0.83}],
        "energy_balance": 1e-12,
        "reason": None,
        **more,
    }


def plan_result(**value: Any) -> Result:
    voxel = method("voxel", 1.379)
    refused = method(
        "voxel",
        None,
        reason="no activity keeps normal liver within 75 Gy and reaches 189 Gy in lesion 3",
        binding=None,
        limits=[],
        structures=[],
    )
    base: dict[str, Any] = {
        "disease": "colorectal liver metastases",
        "approach": "bilobar",
        "constant": CONSTANT,
        "mapping": {
            "image": "maa-spect",
            "assignment": "each voxel to the territory that holds it",
            "lung_shunt": {"fraction": 0.0447, "method": "SPECT/CT", "source": "eanm-2022"},
            "lung_mass_g": 1000.0,
            "lung_mass_rule": "convention of 1 kg",
        },
        "compartments": [
            {
                "name": "Lesion 1 (35 mm)",
                "site": "lesion-1",
                "role": "tumour",
                "volume_mL": 22.45,
                "mass_g": 23.6,
                "uptake_fraction": 0.062,
                "tumour_to_normal": 4.2,
            },
            {
                "name": "Normal liver, right",
                "site": "right-normal",
                "role": "normal",
                "volume_mL": 964.9,
                "mass_g": 1013.0,
                "uptake_fraction": 0.6,
                "tumour_to_normal": None,
            },
        ],
        "dose_per_GBq": [
            {
                "site": "lesion-1",
                "name": "Lesion 1 (35 mm)",
                "kind": "lesion",
                "organ": None,
                "volume_mL": 22.45,
                "mass_g": 23.6,
                "mean_Gy_per_GBq": 131.0,
            },
            {
                "site": "right-normal",
                "name": "Normal liver, right",
                "kind": "normal",
                "organ": None,
                "volume_mL": 964.9,
                "mass_g": 1013.0,
                "mean_Gy_per_GBq": 29.0,
            },
        ],
        "candidates": [
            {
                "product": "sir-spheres",
                "name": "SIR-Spheres",
                "nuclide": "Y-90",
                "methods": [voxel, method("partition", 1.41), method("mird", 1.33), method("bsa", 1.52, binding=None, limits=[])],
                "injections": [
                    {
                        "id": "right",
                        "territory": "right-lobe",
                        "activity_GBq": 0.965,
                        "residual_fraction": 0.02,
                        "lung_shunt_fraction": 0.0447,
                    },
                    {
                        "id": "left",
                        "territory": "left-lobe",
                        "activity_GBq": 0.414,
                        "residual_fraction": 0.02,
                        "lung_shunt_fraction": None,
                    },
                ],
                "vial": {"order_GBq": 3.0, "calibration": "as on the lot sheet", "spheres_millions": 44.0},
                "what_if": [
                    {
                        "activity_GBq": a,
                        "lung_Gy": 2.2 * a,
                        "doses": {"lesion-1": 131.0 * a, "lesion-3": 88.0 * a, "right-normal": 29.0 * a},
                        "within": a < 1.379,
                        "binding": "perfused normal liver",
                    }
                    for a in (0.8, 1.0, 1.2, 1.4, 1.6)
                ],
                "limits_from": "entered limits; EANM 2022 Table 3 (resin) for the rest",
            },
            {
                "product": "therasphere",
                "name": "TheraSphere",
                "nuclide": "Y-90",
                "methods": [refused],
                "injections": [],
                "vial": None,
                "what_if": [],
                "limits_from": "EANM 2022 Table 2 (glass)",
            },
        ],
    }
    findings = (
        Finding(code="plan.not-feasible", level=Level.STOP, text="TheraSphere: no activity satisfies every limit and target."),
        Finding(code="plan.shunt", level=Level.NOTE, text="Lung shunt 4.5 % by SPECT/CT."),
    )
    return Result(
        kind="activity plan",
        method="voxel",
        parameters={"dose_constant": "49.67"},
        inputs={"maa-spect": "ef" * 32},
        value=base | value,
        findings=findings,
        sources=("eanm-2022", "sirtex-label"),
    )
