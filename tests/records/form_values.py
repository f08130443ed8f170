"""Values that fit a form, made from the form itself; and one whole case in which every check is content."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from glisson.records.forms import Form, FormEntry, Item, ItemType

RECORDED = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAYS = st.dates(date(2024, 1, 1), date(2026, 11, 30))
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)


def item_values(item: Item) -> st.SearchStrategy[Any]:
    """Every kind of value that an item takes, unusual ones too."""
    match item.type:
        case ItemType.INTEGER | ItemType.SCALE:
            assert item.refuse is not None
            return st.integers(int(item.refuse[0]), int(item.refuse[1]))
        case ItemType.NUMBER:
            assert item.refuse is not None
            return st.floats(*item.refuse, allow_nan=False).filter(
                lambda x: x == 0 or abs(x) > 1e-70
            )  # what a transport file holds
        case ItemType.CHOICE | ItemType.YES_NO:
            return st.sampled_from(item.words)
        case ItemType.CHOICES:
            return st.lists(st.sampled_from(item.words), unique=True, min_size=int(item.some))
        case ItemType.DATE:
            return DAYS.map(date.isoformat)
        case ItemType.INSTANT:
            return st.datetimes(datetime(2024, 1, 1), datetime(2026, 11, 30)).map(
                lambda t: t.isoformat(timespec="minutes") + "+01:00"
            )
        case ItemType.IDENTIFIER:
            return NAMES
        case ItemType.TEXT:
            return (
                st.from_regex(item.pattern, fullmatch=True) if item.pattern else st.text("abc de", min_size=1).filter(str.strip)
            )
    raise AssertionError(item.type)


@st.composite
def valid_values(draw: st.DrawFn, of: Form) -> dict[str, Any]:
    """Values of one entry that its form takes: conditions kept, required items there or missing by a reason."""
    values: dict[str, Any] = {}
    for item in of.items:
        if not item.asked(values):
            continue
        reasons = [{"missing": reason} for reason in item.missing]
        if item.required or draw(st.booleans()):
            values[item.name] = draw(st.one_of(item_values(item), *map(st.just, reasons)))
    return values


def entry(name: str, visit: str, values: dict[str, Any], instance: int = 1, **more: Any) -> FormEntry:
    """An entry with an id of its place and a hash of its own."""
    own = f"{name}.{visit or 'case'}.{instance}"
    made = FormEntry(
        own, "p-1", "site-1", name, visit=visit, instance=instance, recorded_at=RECORDED, author="u-1", values=values
    )
    return replace(made, hash=f"hash of {own}", **more)


def changed(entries: Iterable[FormEntry], id: str, **values: Any) -> list[FormEntry]:
    """The entries, with other values in one of them; ``None`` takes an item away. The id and hash become those of a correction."""
    return [_corrected(one, values) if one.id == id else one for one in entries]


def _corrected(one: FormEntry, values: dict[str, Any]) -> FormEntry:
    kept = {name: value for name, value in {**one.values, **values}.items() if value is not None}
    return replace(one, id=f"{one.id}.corrected", replaces=None, values=kept, hash=f"{one.hash}, corrected")


def without(entries: Iterable[FormEntry], *forms: str) -> list[FormEntry]:
    """The entries without some forms."""
    return [one for one in entries if one.form not in forms]


def _day(days: int) -> str:
    """A day after the first session."""
    return (date(2026, 3, 2) + timedelta(days=days)).isoformat()


def _laboratory(days: int, **values: Any) -> dict[str, Any]:
    usual = {
        "bilirubin_umol_per_L": 11.0, "albumin_g_per_L": 41.0, "ast_U_per_L": 30.0, "alt_U_per_L": 28.0, "alp_U_per_L": 90.0,
        "inr": 1.0, "platelets_1e9_per_L": 210.0, "neutrophils_1e9_per_L": 4.1, "lymphocytes_1e9_per_L": 1.5,
        "leukocytes_1e9_per_L": 6.5, "creatinine_umol_per_L": 80.0, "haemoglobin_g_per_L": 131.0, "ast_upper_normal_U_per_L": 35.0,
    }  # fmt: skip
    return {"sampled_on": _day(days), **usual, **values}


def _scan(days: int, timepoint: str) -> dict[str, Any]:
    scan = {"scanned_on": _day(days), "timepoint": timepoint, "reader": "reader-1", "modality": "CT", "slice_thickness_mm": 3.0}
    return scan | {"arterial_phase": "yes"}


def _lesion(days: int, lesion: str, role: str, size: float | None, **more: Any) -> dict[str, Any]:
    values = {
        "scanned_on": _day(days), "reader": "reader-1", "lesion": lesion, "role": role, "organ": "liver", "node": "no",
        "state": "measured" if size is not None else "present",
    }  # fmt: skip
    return values | ({} if size is None else {"longest_diameter_mm": size}) | more


def _session(days: int, number: int, **more: Any) -> dict[str, Any]:
    return {
        "session_on": _day(days), "session": number, "course": 1, "access": "femoral", "beads": "lifepearl", "size_low_um": 100.0,
        "size_high_um": 200.0, "volume_mL": 2.0, "drug": "irinotecan", "drug_loaded_mg": 100.0, "drug_delivered_mg": 100.0,
        "position": "lobar", "lobe": "right" if number % 2 else "left", "endpoint": "dose delivered", "technical_success": "yes",
        "medication": ["opioid", "antiemetic"], "hospital_nights": 2,
    } | more  # fmt: skip


def _line(number: int, start: int, end: int, response: str) -> dict[str, Any]:
    return {
        "therapy": "systemic", "line": number, "regimen": "FOLFIRI", "drugs": ["irinotecan", "fluorouracil"], "started_on": _day(start),
        "ongoing": "no", "ended_on": _day(end), "best_response": "SD", "last_response": response, "reason_stopped": "progression",
    }  # fmt: skip


def whole_case() -> list[FormEntry]:
    """A patient of irinotecan-TACE from consent to death, with nothing to ask about."""
    patient = {"enrolled_on": _day(-14), "age_years": 66, "birth_year": 1960, "sex": "female", "ecog": 1, "weight_kg": 70.0}
    disease = {
        "assessed_on": _day(-12), "histology_confirmed": "yes", "primary_side": "left colon", "primary_resected": "yes",
        "metastases_on": _day(-700), "timing": "synchronous", "liver_lesions_class": "4-10", "liver_lesions": 5,
        "liver_involvement_class": "<=25", "liver_involvement_fraction": 0.2, "distribution": "bilobar",
        "extrahepatic_disease": "yes", "extrahepatic_site": ["lung", "lymph nodes"], "ras": "mutated", "kras_g12c": "no",
        "braf": "wild type", "microsatellites": "stable", "her2": {"missing": "not done"}, "cea_ug_per_L": 55.0,
    }  # fmt: skip
    decision = {
        "board_on": _day(-10), "treatment": "TACE", "intention": "salvage", "systemic_lines": 3, "last_response": "PD",
        "ablation_planned": "no", "curative_intent": "no", "planned_sessions": 2, "concomitant_therapy": "no",
    }  # fmt: skip
    pain = {
        "term": "Abdominal pain", "ctcae": "5", "grade": 3, "started_on": _day(0), "ongoing": "no", "ended_on": _day(4),
        "phase": "during the procedure", "relation": ["procedure"], "treatment": "TACE", "session": 1, "outcome": "recovered",
        "hospital_days": 2, "serious": "yes", "serious_criteria": ["hospital stay"], "aware_at": f"{_day(0)}T15:00:00+01:00",
        "reported_at": f"{_day(1)}T09:00:00+01:00", "expected": "yes",
    }  # fmt: skip
    follow_up = {
        "contacted_on": _day(200), "contact": "visit", "alive": "yes", "lost_to_follow_up": "no", "hepatic_progression": "yes",
        "hepatic_progression_on": _day(130), "hepatic_progression_by": "imaging", "extrahepatic_progression": "no",
        "new_therapy": "yes", "new_therapy_kind": "systemic", "new_therapy_on": _day(150), "new_therapy_regimen": "FTD/TPI",
    }  # fmt: skip
    answers = {f"q{number}": 1 + number % 4 for number in range(1, 31)}
    response = {"reader": "reader-1", "criterion": "RECIST 1.1", "target": "SD", "new_lesion": "no", "overall": "SD"}
    return [
        entry("consent", "", {"consented_on": _day(-14), "covers": ["registry", "images"], "withdrawn": "no"}),
        entry("patient", "baseline", patient),
        entry("disease", "baseline", disease),
        entry("history_line", "baseline", _line(1, -690, -500, "PR")),
        entry("history_line", "baseline", _line(2, -480, -300, "PD"), 2),
        entry("history_line", "baseline", _line(3, -280, -40, "PD"), 3),
        entry("decision", "baseline", decision),
        entry("imaging", "baseline", _scan(-12, "baseline")),
        entry("lesion", "baseline", _lesion(-12, "t1", "target", 45.0, perpendicular_diameter_mm=30.0, segments=["4a", "8"])),
        entry("lesion", "baseline", _lesion(-12, "t2", "target", 31.0), 2),
        entry("lesion", "baseline", _lesion(-12, "nt1", "non-target", None), 3),
        entry("laboratory", "baseline", _laboratory(-12)),
        entry("tace_session", "session-1", _session(0, 1)),
        entry("tace_session", "session-2", _session(28, 2)),
        entry("laboratory", "session-2", _laboratory(27, bilirubin_umol_per_L=13.0)),
        entry("adverse_event", "session-1", pain),
        entry("imaging", "fu1", _scan(50, "follow-up 1")),
        entry("lesion", "fu1", _lesion(50, "t1", "target", 41.0)),
        entry("lesion", "fu1", _lesion(50, "t2", "target", 30.0), 2),
        entry("lesion", "fu1", _lesion(50, "nt1", "non-target", None), 3),
        entry("response", "fu1", {**response, "scanned_on": _day(50)}),
        entry("laboratory", "fu1", _laboratory(50, bilirubin_umol_per_L=12.0, albumin_g_per_L=39.0)),
        entry("qlq_c30", "baseline", {"completed_on": _day(-12), "mode": "on paper", **answers}),
        entry("follow_up", "month-6", follow_up),
        entry("death", "", {"died_on": _day(260), "cause": "cancer"}),
    ]  # fmt: skip
