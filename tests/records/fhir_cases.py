"""Cases that go into bundles: simulated ones, and one made by hand that meets every form."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from form_values import entry, whole_case

from glisson.records.forms import FormEntry
from glisson.records.pseudonyms import site_key
from glisson.simulate.registry import cirel, simulate_registry

SITE = "site-01"
NAME = site_key(b"k" * 32, SITE).pseudonym("4711")


@cache
def simulated(patients: int = 4, seed: int = 1) -> dict[str, tuple[FormEntry, ...]]:
    """Simulated patients under pseudonyms."""
    found: dict[str, list[FormEntry]] = defaultdict(list)
    for one in simulate_registry(cirel(), patients=patients, seed=seed).entries():
        case = site_key(b"k" * 32, one.site).pseudonym(one.case)
        found[case].append(
            FormEntry("", case, one.site, one.form, one.edition, one.visit, one.instance, at=one.at, values=one.values)
        )
    return {case: tuple(entries) for case, entries in found.items()}


def by_hand() -> list[FormEntry]:
    """A case that meets every form and every mCODE profile of the bundle, with items missing by every reason."""
    sirt: dict[str, Any] = {
        "session_on": "2026-07-01", "session": 3, "course": 1, "step": "delivery", "product": "sir-spheres",
        "lung_shunt_fraction": 0.05, "dosimetry": "partition", "lobe": "right", "segments": ["5", "8"], "activity_GBq": 1.7,
        "measured_at": "2026-07-01T07:30+02:00", "injected_at": "2026-07-01T10:00:00+02:00",
        "residual_fraction": {"missing": "not done"}, "tumour_dose_Gy": 120.5, "normal_liver_dose_Gy": 30.0, "lung_dose_Gy": 4.25,
        "technical_success": "yes",
    }  # fmt: skip
    ablation: dict[str, Any] = {
        "session_on": "2026-08-01", "session": 1, "course": 1, "modality": "microwave", "approach": "percutaneous",
        "lesion": "t2", "lesion_diameter_mm": 30.0, "technical_success": {"missing": "unknown"}, "margin_mm": -1.5,
        "margin_by": "side by side",
    }  # fmt: skip
    hai: dict[str, Any] = {
        "started_on": "2026-09-01", "ended_on": "2026-09-20", "delivery": "port", "drugs": ["oxaliplatin", "floxuridine"],
        "cycles": 2, "floxuridine_mg_per_kg_per_day": 0.12, "technical_success": "yes", "complication": [],
        "reason_stopped": "toxicity",
    }  # fmt: skip
    node = {"scanned_on": "2026-02-18", "reader": "reader-1", "lesion": "n1", "role": "target", "organ": {"missing": "unknown"},
            "node": "yes", "state": "measured", "short_axis_mm": 18.0, "viable_diameter_mm": 17.5, "lesion_volume_mL": 4.0}  # fmt: skip
    more = [
        entry("sirt_session", "sirt", sirt),
        entry("sirt_session", "sirt", {**sirt, "lobe": "left", "tumour_dose_Gy": 90.1}, 2),
        entry("ablation_session", "ablation", ablation),
        entry("hai_course", "hai", hai),
        entry("history_line", "baseline", {"therapy": "resection", "started_on": "2025-01-10"}, 4),
        entry("lesion", "baseline", node, 4),
        entry(
            "response",
            "fu2",
            {
                "scanned_on": "2026-06-01",
                "reader": "reader-1",
                "criterion": "RECIST 1.1",
                "new_lesion": "no",
                "overall": "non-CR/non-PD",
            },
        ),
        entry(
            "response",
            "fu3",
            {
                "scanned_on": "2026-07-01",
                "reader": "reader-1",
                "criterion": "RECIST 1.1",
                "new_lesion": {"missing": "not done"},
                "overall": {"missing": "not done"},
            },
        ),
    ]
    recorded = datetime(2026, 12, 1, 12, tzinfo=UTC)
    return [replace(one, case=NAME, site=SITE, recorded_at=recorded) for one in [*map(_more, whole_case()), *more]]


def _more(one: FormEntry) -> FormEntry:
    """The entry with what the case of the other tests leaves out."""
    more: dict[str, dict[str, Any]] = {
        "decision/baseline/1": {"curative_intent": "yes"},
        "disease/baseline/1": {"primary_on": "2024-01-15", "primary_t": "T3", "primary_nodes": {"missing": "unknown"}},
        "laboratory/fu1/1": {"ecog": {"missing": "not done"}},
        "laboratory/baseline/1": {"ecog": 0, "cea_ug_per_L": 61.25},
    }
    return replace(one, values={**one.values, **more.get(one.place, {})})


def values_of(entries: Any) -> dict[str, dict[str, Any]]:
    """Values by place."""
    return {one.place: dict(one.values) for one in entries}
