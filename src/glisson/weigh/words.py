"""Names of facts as they are printed, with the unit that their key carries."""

from glisson.knowledge.interactions import drug_classes

UNITS = {
    "_umol_per_L": "µmol/L", "_mmol_per_L": "mmol/L", "_g_per_L": "g/L", "_U_per_L": "U/L", "_ug_per_L": "µg/L",
    "_1e9_per_L": "10⁹/L", "_mL_per_min": "mL/min", "_mL_per_m2": "mL/m²", "_fraction_per_week": "per week", "_mmHg": "mmHg",
    "_GBq": "GBq", "_Gy": "Gy", "_mm": "mm", "_kg": "kg", "_cm": "cm", "_years": "years", "_months": "months",
    "_times_upper_normal": "times the upper limit of normal", "_fraction": "",
}  # fmt: skip
PLAIN = {
    "ecog": "ECOG", "inr": "INR", "gfr": "GFR", "ldh": "LDH", "ast": "AST", "alt": "ALT", "alp": "ALP", "ggt": "GGT", "cea": "CEA",
    "ras": "RAS", "braf": "BRAF", "her2": "HER2", "dpyd": "DPYD", "ugt1a1": "UGT1A1", "kras_g12c": "KRAS G12C",
    "dpyd_activity_score": "DPYD activity score", "albi_grade": "ALBI grade", "child_pugh_points": "Child-Pugh points",
    "primary_n": "nodal stage of the primary", "primary_t": "depth of the primary", "primary_nodes": "nodes of the primary",
    "systemic_lines": "lines of systemic therapy", "liver_lesions": "number of metastases", "months_of_response": "months of response",
    "chemotherapy_months": "months of chemotherapy", "age_years": "age",
}  # fmt: skip


def label(name: str) -> str:
    """What a fact is called, without its unit; other words as they are.

    >>> label("bilirubin_umol_per_L"), label("days_since_anti_vegf"), label("had_irinotecan")
    ('bilirubin', 'days since anti-VEGF', 'irinotecan given')
    """
    if name in PLAIN:
        return PLAIN[name]
    for start, form in (("days_since_", "days since {}"), ("had_", "{} given")):
        if name.startswith(start):
            return form.format(_drug(name.removeprefix(start)))
    for suffix in UNITS:
        if name.endswith(suffix):
            short = name.removesuffix(suffix)
            return PLAIN.get(short, short.replace("_", " "))
    return name.replace("_", " ")


def unit(name: str) -> str:
    """The unit of a fact, as printed.

    >>> unit("bilirubin_umol_per_L"), unit("ecog")
    ('µmol/L', '')
    """
    return next((words for suffix, words in UNITS.items() if name.endswith(suffix)), "")


def _drug(name: str) -> str:
    known = drug_classes().get(name)
    return known.name if known is not None else {"systemic": "systemic therapy", "other_drug": "a drug without a rule"}[name]
