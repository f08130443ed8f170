"""Variables of the SDTM domains and ADaM data sets: order, labels, and which are numbers."""

DOMAIN_LABELS = {
    "DM": "Demographics",
    "AE": "Adverse Events",
    "CM": "Concomitant Medications",
    "DS": "Disposition",
    "EX": "Exposure",
    "LB": "Laboratory Test Results",
    "PR": "Procedures",
    "QS": "Questionnaires",
    "RS": "Disease Response and Clin Classification",
    "TR": "Tumor/Lesion Results",
    "TU": "Tumor/Lesion Identification",
    "VS": "Vital Signs",
    "XF": "Form Data without a Standard Domain",
    "ADSL": "Subject-Level Analysis Dataset",
    "ADTR": "Tumor Results Analysis Dataset",
    "ADRS": "Response Analysis Dataset",
    "ADTTE": "Time-to-Event Analysis Dataset",
    "ADAE": "Adverse Events Analysis Dataset",
}
CLASSES = {
    "DM": "SPECIAL PURPOSE",
    "AE": "EVENTS",
    "DS": "EVENTS",
    "CM": "INTERVENTIONS",
    "EX": "INTERVENTIONS",
    "PR": "INTERVENTIONS",
    "ADSL": "SUBJECT LEVEL ANALYSIS DATASET",
    "ADAE": "OCCURRENCE DATA STRUCTURE",
    "ADTR": "BASIC DATA STRUCTURE",
    "ADRS": "BASIC DATA STRUCTURE",
    "ADTTE": "BASIC DATA STRUCTURE",
}
"""Class of a data set as Define-XML names it; FINDINGS for the rest, RELATIONSHIP for supplemental ones."""
RESULTS = ("CAT", "ORRES", "ORRESU", "STRESC", "STRESN", "STRESU", "STAT", "REASND")
_FINDINGS = ("SEQ", "REFID", "TESTCD", "TEST", *RESULTS)
_ORDER: dict[str, tuple[str, ...]] = {
    "DM": (
        "SUBJID", "RFSTDTC", "RFENDTC", "RFICDTC", "DTHDTC", "DTHFL", "SITEID", "BRTHDTC", "AGE", "AGEU", "SEX", "ARMCD", "ARM",
        "ACTARMCD", "ACTARM", "COUNTRY",
    ),
    "AE": ("SEQ", "REFID", "LNKID", "TERM", "DECOD", "SER", "ACN", "REL", "OUT", "TOXGR", "STDTC", "ENDTC", "STDY", "ENDY", "ENRF"),
    "CM": ("SEQ", "REFID", "SPID", "TRT", "DECOD", "CAT", "STDTC", "ENDTC", "STDY", "ENDY", "ENRF"),
    "DS": ("SEQ", "REFID", "TERM", "DECOD", "CAT", "STDTC", "STDY"),
    "EX": (
        "SEQ", "REFID", "TRT", "CAT", "DOSE", "DOSU", "VOL", "VOLU", "ROUTE", "LOC", "LAT", "STDTC", "ENDTC", "STDY", "ENDY",
    ),
    "PR": ("SEQ", "GRPID", "REFID", "SPID", "LNKID", "TRT", "CAT", "STDTC", "STDY"),
    "LB": (
        "SEQ", "REFID", "TESTCD", "TEST", "CAT", "ORRES", "ORRESU", "STRESC", "STRESN", "STRESU", "STNRLO", "STNRHI", "STAT",
        "REASND", "DTC", "DY",
    ),
    "QS": (*_FINDINGS, "DTC", "DY"),
    "VS": (*_FINDINGS, "DTC", "DY"),
    "RS": (*_FINDINGS, "EVAL", "EVALID", "DTC", "DY"),
    "TU": ("SEQ", "REFID", "LNKID", "TESTCD", "TEST", "ORRES", "STRESC", "LOC", "EVAL", "EVALID", "DTC", "DY"),
    "TR": (
        "SEQ", "GRPID", "REFID", "LNKID", "TESTCD", "TEST", "ORRES", "ORRESU", "STRESC", "STRESN", "STRESU", "STAT", "REASND",
        "EVAL", "EVALID", "LOBXFL", "DTC", "DY",
    ),
    "XF": ("SEQ", "REFID", "TESTCD", "TEST", "ORRES", "STAT", "REASND"),
}  # fmt: skip
SUPPLEMENTAL = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")
NUMBERS = frozenset({"SEQ", "DOSE", "VOL", "STRESN", "STNRLO", "STNRHI", "DY", "STDY", "ENDY"})
"""Endings of numeric variables."""
_LABELS = {
    "STUDYID": "Study Identifier", "DOMAIN": "Domain Abbreviation", "USUBJID": "Unique Subject Identifier",
    "SUBJID": "Subject Identifier for the Study", "RFSTDTC": "Subject Reference Start Date/Time",
    "RFENDTC": "Subject Reference End Date/Time", "RFICDTC": "Date/Time of Informed Consent", "DTHDTC": "Date/Time of Death",
    "DTHFL": "Subject Death Flag", "SITEID": "Study Site Identifier", "BRTHDTC": "Date/Time of Birth", "AGE": "Age",
    "AGEU": "Age Units", "SEX": "Sex", "ARMCD": "Planned Arm Code", "ARM": "Description of Planned Arm",
    "ACTARMCD": "Actual Arm Code", "ACTARM": "Description of Actual Arm", "COUNTRY": "Country", "VISITNUM": "Visit Number",
    "VISIT": "Visit Name", "RDOMAIN": "Related Domain Abbreviation", "IDVAR": "Identifying Variable",
    "IDVARVAL": "Identifying Variable Value", "QNAM": "Qualifier Variable Name", "QLABEL": "Qualifier Variable Label",
    "QVAL": "Data Value", "QORIG": "Origin", "QEVAL": "Evaluator",
}  # fmt: skip
_ENDINGS = {
    "SEQ": "Sequence Number", "REFID": "Reference ID", "SPID": "Sponsor-Defined Identifier", "GRPID": "Group ID",
    "LNKID": "Link ID", "TERM": "Reported Term", "DECOD": "Standardized Term", "SER": "Serious Event", "ACN": "Action Taken",
    "REL": "Causality", "OUT": "Outcome of Event", "TOXGR": "Standard Toxicity Grade", "STDTC": "Start Date/Time",
    "ENDTC": "End Date/Time", "STDY": "Study Day of Start", "ENDY": "Study Day of End", "ENRF": "End Relative to Reference Period",
    "TRT": "Reported Name of Treatment", "CAT": "Category", "DOSE": "Dose", "DOSU": "Dose Units", "VOL": "Volume",
    "VOLU": "Volume Units", "ROUTE": "Route of Administration", "LOC": "Location", "LAT": "Laterality",
    "TESTCD": "Short Name of Test", "TEST": "Name of Test", "ORRES": "Result as Collected", "ORRESU": "Original Units",
    "STRESC": "Result in Standard Format", "STRESN": "Numeric Result in Standard Units", "STRESU": "Standard Units",
    "STNRLO": "Normal Range Lower Limit-Standard", "STNRHI": "Normal Range Upper Limit-Standard", "STAT": "Completion Status",
    "REASND": "Reason Not Done", "DTC": "Date/Time of Collection", "DY": "Study Day of Collection", "EVAL": "Evaluator",
    "EVALID": "Evaluator Identifier", "LOBXFL": "Last Observation Before Exposure Flag",
}  # fmt: skip
_ADAM = {
    "TRT01P": "Planned Treatment for Period 01", "TRT01A": "Actual Treatment for Period 01", "TRTSDT": "Date of First Exposure",
    "TRTEDT": "Date of Last Exposure", "DTHDT": "Date of Death", "EOSSTT": "End of Study Status", "LSTALVDT": "Date Last Known Alive",
    "INTENT": "Intention in the Investigator's Words", "PARAM": "Parameter", "PARAMCD": "Parameter Code", "PARCAT1": "Criterion",
    "PARCAT2": "Reader", "ADT": "Analysis Date", "ADY": "Analysis Relative Day", "AVISIT": "Analysis Visit",
    "AVISITN": "Analysis Visit (N)", "AVAL": "Analysis Value", "AVALC": "Analysis Value (C)", "BASE": "Baseline Value",
    "CHG": "Change from Baseline", "PCHG": "Percent Change from Baseline", "NADIR": "Nadir", "PCHGNAD": "Percent Change from Nadir",
    "ABLFL": "Baseline Record Flag", "STARTDT": "Time-to-Event Origin Date", "CNSR": "Censor", "EVNTDESC": "Event Description",
    "CNSDTDSC": "Censor Date Description", "DEFN": "Definition", "REASON": "Reason", "ASTDT": "Analysis Start Date",
    "AENDT": "Analysis End Date", "TRTEMFL": "Treatment Emergent Flag", "AETOXGRN": "Standard Toxicity Grade (N)", "AETERM": "CTCAE Term",
    "SAFFL": "Safety Population Flag", "ASEQ": "Analysis Sequence Number", "SIMULFL": "Simulated Subject Flag",
}  # fmt: skip


def ordered(domain: str) -> list[str]:
    """Variables of an SDTM domain, in order."""
    if domain == "DM":
        return ["STUDYID", "DOMAIN", "USUBJID", *_ORDER["DM"]]
    return ["STUDYID", "DOMAIN", "USUBJID", *(domain + ending for ending in _ORDER[domain]), "VISITNUM", "VISIT"]


def is_number(domain: str, variable: str) -> bool:
    """Whether a variable of an SDTM domain is numeric."""
    return variable in ("AGE", "VISITNUM") or variable.removeprefix(domain) in NUMBERS


def label(variable: str) -> str:
    """What a variable is, in at most 40 characters.

    >>> label("LBSTNRHI"), label("TRTSDT")
    ('Normal Range Upper Limit-Standard', 'Date of First Exposure')
    """
    return _LABELS.get(variable) or _ADAM.get(variable) or _ENDINGS.get(variable[2:], variable)
