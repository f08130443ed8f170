"""Published codes for what the forms hold. Each was seen in a published file; what has no such code here goes out as a local one.

Where they were seen: mCODE STU4 (value sets and examples of HL7/fhir-mCODE-ig, release 4.0.0) for everything that an mCODE
profile binds, and the bodies of LOINC, ATC and HGNC as published in value sets of national FHIR guides for the rest.
"""

from typing import Any

from glisson.records.fhir.names import ATC, HGNC, ICD10CM, LOINC, SNOMED, concept

LABORATORY: dict[str, tuple[str, str, str]] = {
    "bilirubin_umol_per_L": ("14631-6", "Bilirubin.total [Moles/volume] in Serum or Plasma", "umol/L"),
    "albumin_g_per_L": ("1751-7", "Albumin [Mass/volume] in Serum or Plasma", "g/L"),
    "ast_U_per_L": ("1920-8", "Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
    "alt_U_per_L": ("1742-6", "Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
    "alp_U_per_L": ("6768-6", "Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
    "ggt_U_per_L": ("2324-2", "Gamma glutamyl transferase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
    "inr": ("6301-6", "INR in Platelet poor plasma by Coagulation assay", "1"),
    "platelets_1e9_per_L": ("26515-7", "Platelets [#/volume] in Blood", "10*9/L"),
    "neutrophils_1e9_per_L": ("26499-4", "Neutrophils [#/volume] in Blood", "10*9/L"),
    "lymphocytes_1e9_per_L": ("26474-7", "Lymphocytes [#/volume] in Blood", "10*9/L"),
    "leukocytes_1e9_per_L": ("26464-8", "Leukocytes [#/volume] in Blood", "10*9/L"),
    "haemoglobin_g_per_L": ("718-7", "Hemoglobin [Mass/volume] in Blood", "g/L"),
    "creatinine_umol_per_L": ("14682-9", "Creatinine [Moles/volume] in Serum or Plasma", "umol/L"),
    "sodium_mmol_per_L": ("2951-2", "Sodium [Moles/volume] in Serum or Plasma", "mmol/L"),
    "lipase_U_per_L": ("3040-3", "Lipase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
    "amylase_U_per_L": ("1798-8", "Amylase [Enzymatic activity/volume] in Serum or Plasma", "U/L"),
}
"""Item to LOINC code, its name, and the UCUM unit of the item."""

BODY: dict[str, tuple[str, str, str]] = {
    "weight_kg": ("29463-7", "Body weight", "kg"),
    "height_cm": ("8302-2", "Body height", "cm"),
}
CEA = ("2039-6", "Carcinoembryonic Ag [Mass/volume] in Serum or Plasma", "ug/L")
ECOG = concept(LOINC, "89247-1", "ECOG Performance Status score")
ECOG_ANSWERS = ("LA9622-7", "LA9623-5", "LA9624-3", "LA9625-0", "LA9626-8", "LA9627-6")
"""Of scores 0 to 5 in LOINC list LL529-9."""
MICROSATELLITES = concept(LOINC, "81695-9", "Microsatellite instability [Interpretation] in Cancer specimen Qualitative")
HER2 = concept(LOINC, "48676-1", "HER2 [Interpretation] in Tissue")
T_CATEGORY = concept(SNOMED, "78873005", "T category")
N_CATEGORY = concept(SNOMED, "277206009", "N category")

VARIANT = concept(LOINC, "69548-6", "Genetic variant assessment")
PRESENT = {"system": LOINC, "code": "LA9633-4", "display": "Present"}
NOT_PRESENT = {"system": LOINC, "code": "LA9634-2", "display": "Absent"}
GENE = concept(LOINC, "48018-6", "Gene studied [ID]")
PROTEIN = concept(LOINC, "48005-3", "Amino acid change (pHGVS)")
KRAS = concept(HGNC, "HGNC:6407", "KRAS")
NRAS = concept(HGNC, "HGNC:7989", "NRAS")
BRAF = concept(HGNC, "HGNC:1097", "BRAF")

TUMOUR_SIZE = concept(LOINC, "21889-1", "Size Tumor")
LONGEST = concept(LOINC, "33728-7", "Size.maximum dimension in Tumor")
OTHER_DIMENSION = concept(LOINC, "33729-5", "Size additional dimension in Tumor")
METHOD: dict[str, dict[str, Any]] = {
    "CT": concept(SNOMED, "77477000", "Computerized axial tomography (procedure)"),
    "MR": concept(SNOMED, "113091000", "Magnetic resonance imaging (procedure)"),
    "PET-CT": concept(SNOMED, "363679005", "Imaging (procedure)", "PET/CT"),
    "PET-MR": concept(SNOMED, "363679005", "Imaging (procedure)", "PET/MR"),
    "other": concept(SNOMED, "363679005", "Imaging (procedure)"),
}
IMAGING = concept(SNOMED, "363679005", "Imaging (procedure)")
EXAMINATION = concept(SNOMED, "5880005", "Clinical examination (procedure)")
MALIGNANT = concept(SNOMED, "1240414004", "Malignant neoplasm (morphologic abnormality)")
ADENOCARCINOMA = concept(SNOMED, "1187332001", "Adenocarcinoma (morphologic abnormality)")
HISTOLOGY = concept(SNOMED, "714797009", "Histologic test (procedure)")
ORGAN: dict[str, dict[str, Any]] = {
    "liver": concept(SNOMED, "10200004", "Liver structure (body structure)"),
    "lung": concept(SNOMED, "39607008", "Lung structure (body structure)"),
}
LIVER = ORGAN["liver"]
COLON = {"system": SNOMED, "code": "71854001", "display": "Colon structure (body structure)"}
RECTUM = {"system": SNOMED, "code": "34402009", "display": "Rectum structure (body structure)"}
COLON_CANCER = concept(ICD10CM, "C18.9", "Malignant neoplasm of colon, unspecified")
RECTUM_CANCER = concept(ICD10CM, "C20", "Malignant neoplasm of rectum")
LIVER_METASTASES: dict[str, Any] = {
    "coding": [
        {"system": SNOMED, "code": "94381002", "display": "Metastatic malignant neoplasm to liver (disorder)"},
        {"system": ICD10CM, "code": "C78.7", "display": "Secondary malignant neoplasm of liver and intrahepatic bile duct"},
    ]
}
LATERALITY = {
    "right": concept(SNOMED, "24028007", "Right (qualifier value)"),
    "left": concept(SNOMED, "7771000", "Left (qualifier value)"),
    "both": concept(SNOMED, "51440002", "Right and left (qualifier value)"),
}
DISEASE_STATUS = concept(LOINC, "97509-4", "Cancer Disease Progression")
IMPROVED = {"system": SNOMED, "code": "268910001", "display": "Patient's condition improved (finding)"}
STABLE = {"system": SNOMED, "code": "359746009", "display": "Patient's condition stable (finding)"}
WORSENED = {"system": SNOMED, "code": "271299001", "display": "Patient's condition worsened (finding)"}
UNDETERMINED = {"system": SNOMED, "code": "709137006", "display": "Patient condition undetermined (finding)"}
TREND = {"CR": IMPROVED, "PR": IMPROVED, "SD": STABLE, "PD": WORSENED, "NE": UNDETERMINED}
"""Overall response to mCODE's trend; 'non-CR/non-PD' says neither stable nor better and has none."""

CURATIVE = concept(SNOMED, "373808002", "Curative - procedure intent")
STOPPED: dict[str, dict[str, Any]] = {
    "toxicity": concept(SNOMED, "407563006", "Treatment not tolerated (situation)"),
    "patient's wish": concept(SNOMED, "105480006", "Refusal of treatment by patient (situation)"),
    "death": concept(SNOMED, "419620001", "Death (event)"),
    "progression": {"text": "progression"},
    "other": {"text": "other"},
}
"""Why a treatment was stopped, for those reasons that mean so; completion and pause are states of their own."""
RADIOTHERAPY = concept(SNOMED, "1217123003", "Radiotherapy course of treatment (regime/therapy)")
RADIOPHARMACEUTICAL = concept(SNOMED, "440252007", "Administration of radiopharmaceutical (procedure)")
INTRAVASCULAR = concept(SNOMED, "1156383000", "Intravascular brachytherapy (procedure)")
TUMOUR_VOLUME = concept(SNOMED, "228791009", "Gross tumor volume (observable entity)")
ORGAN_AT_RISK = concept(SNOMED, "1162586008", "Irradiated volume of organ at risk (observable entity)")

_ATC = {
    "fluorouracil": "L01BC02",
    "capecitabine": "L01BC06",
    "irinotecan": "L01CE02",
    "oxaliplatin": "L01XA03",
    "bevacizumab": "L01FG01",
    "aflibercept": "L01XX44",
    "ramucirumab": "L01FG02",
    "cetuximab": "L01FE01",
    "panitumumab": "L01FE02",
    "trifluridine/tipiracil": "L01BC59",
    "regorafenib": "L01EX05",
    "encorafenib": "L01EC03",
    "pembrolizumab": "L01FF02",
    "nivolumab": "L01FF01",
    "ipilimumab": "L01FX04",
    "trastuzumab": "L01FD01",
    "tucatinib": "L01EH03",
    "raltitrexed": "L01BA03",
    "mitomycin": "L01DC03",
    "doxorubicin": "L01DB01",
    "epirubicin": "L01DB03",
}


def drug(name: str) -> dict[str, Any]:
    """A medication: its ATC code where there is one, and its name as the form has it.

    >>> drug("irinotecan")["coding"][0]["code"], drug("floxuridine")
    ('L01CE02', {'text': 'floxuridine'})
    """
    return concept(ATC, _ATC[name], text=name) if name in _ATC else {"text": name}
