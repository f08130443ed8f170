"""Define-XML 2.1: what the data sets of a folder hold, for those who read them. Written with the standard library.

References: CDISC Define-XML 2.1 (ODM 1.3.2 with the extension ``def``): one ItemGroupDef for each data set, one ItemDef for each
variable, value lists for results and qualifiers, code lists for words.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from glisson.records.cdisc.dataset import Dataset, Format
from glisson.records.cdisc.variables import CLASSES, label

if TYPE_CHECKING:
    import polars as pl

ODM = "http://www.cdisc.org/ns/odm/v1.3"
DEF = "http://www.cdisc.org/ns/def/v2.1"
XLINK = "http://www.w3.org/1999/xlink"
XML = "http://www.w3.org/XML/1998/namespace"
STANDARDS = {"SDTM": ("STD.SDTMIG", "SDTMIG", "3.4"), "ADaM": ("STD.ADAMIG", "ADaMIG", "1.3")}
KEYS = ("STUDYID", "USUBJID", "RDOMAIN", "IDVAR", "IDVARVAL", "QNAM", "PARAMCD", "ASEQ")
MOST_WORDS = 40
"""Most different words of a variable that still get a code list."""
CODED = ("SEX", "DOMAIN", "RDOMAIN", "SITEID", "EOSSTT", "CNSR")
CODED_ENDINGS = ("TESTCD", "STAT", "REASND", "SER", "OUT", "CAT", "TOXGR", "LAT", "QORIG", "PARAMCD", "FL", "STRESU", "ORRESU")


def define_xml(
    datasets: Sequence[Dataset], *, study: str, created: datetime, format: Format = "xpt", simulated: bool = False
) -> str:
    """Define-XML of data sets of one kind.

    Args:
        datasets: all SDTM, or all ADaM.
        study: STUDYID.
        created: the present, with its zone.
        format: of the files it stands beside.
        simulated: whether any case is one that never was; the study's description then says so.
    """
    for prefix, address in (("", ODM), ("def", DEF), ("xlink", XLINK)):
        ET.register_namespace(prefix, address)
    root = ET.Element(
        _odm("ODM"),
        {
            "FileOID": f"{study}.define",
            "FileType": "Snapshot",
            "ODMVersion": "1.3.2",
            "CreationDateTime": created.isoformat(timespec="seconds"),
            "Originator": "glisson",
            _def("Context"): "Other",
        },
    )
    version = _study(root, study, datasets, simulated)
    lists = [_ValueList.of(one) for one in datasets]
    values = [found for found in lists if found is not None]
    for found in values:
        found.add_list(version)
    for found in values:
        found.add_clauses(version)
    for one in datasets:
        _item_group(version, one, format)
    for one in datasets:
        for column in one.table.columns:
            _item(version, one, column)
    for found in values:
        found.add_items(version)
    for one in datasets:
        for column in one.table.columns:
            _code_list(version, one, column)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _study(root: ET.Element, study: str, datasets: Sequence[Dataset], simulated: bool) -> ET.Element:
    whole = ET.SubElement(root, _odm("Study"), {"OID": f"STUDY.{study}"})
    names = ET.SubElement(whole, _odm("GlobalVariables"))
    said = "Cases of a registry of liver-directed therapy" + ("; SIMULATED cases are among them" if simulated else "")
    for tag, text in (("StudyName", study), ("StudyDescription", said), ("ProtocolName", study)):
        ET.SubElement(names, _odm(tag)).text = text
    adam = any(one.is_adam for one in datasets)
    oid, name, number = STANDARDS["ADaM" if adam else "SDTM"]
    words = f"{study} {'ADaM' if adam else 'SDTM'} data definitions"
    attributes = {"OID": f"MDV.{study}.{name}", "Name": words, _def("DefineVersion"): "2.1.0"}
    version = ET.SubElement(whole, _odm("MetaDataVersion"), attributes)
    standards = ET.SubElement(version, _def("Standards"))
    ET.SubElement(standards, _def("Standard"), {"OID": oid, "Name": name, "Type": "IG", "Version": number, "Status": "Final"})
    return version


def _item_group(version: ET.Element, one: Dataset, format: Format) -> None:
    supplemental = one.name.startswith("SUPP")
    oid = STANDARDS["ADaM" if one.is_adam else "SDTM"][0]
    attributes = {
        "OID": f"IG.{one.name}", "Name": one.name, "Repeating": "No" if one.name in ("DM", "ADSL") else "Yes",
        "IsReferenceData": "No", "SASDatasetName": one.name, "Purpose": "Analysis" if one.is_adam else "Tabulation",
        _def("Structure"): _structure(one), _def("ArchiveLocationID"): f"LF.{one.name}",
        _def("StandardOID"): oid,
    }  # fmt: skip
    if not one.is_adam:
        attributes["Domain"] = one.name[4:] if supplemental else one.name
    if one.name == "XF":
        attributes.pop(_def("StandardOID"))
        attributes[_def("IsNonStandard")] = "Yes"
    group = ET.SubElement(version, _odm("ItemGroupDef"), attributes)
    _describe(group, one.label)
    order = 0
    for place, column in enumerate(one.table.columns, start=1):
        reference = {"ItemOID": f"IT.{one.name}.{column}", "OrderNumber": str(place), "Mandatory": _mandatory(one.table[column])}
        if column in KEYS or column == f"{one.name}SEQ":
            order += 1
            reference["KeySequence"] = str(order)
        ET.SubElement(group, _odm("ItemRef"), reference)
    kind = "RELATIONSHIP" if supplemental else CLASSES.get(one.name, "FINDINGS")
    ET.SubElement(group, _def("Class"), {"Name": kind})
    leaf = ET.SubElement(group, _def("leaf"), {"ID": f"LF.{one.name}", f"{{{XLINK}}}href": f"{one.name.lower()}.{format}"})
    ET.SubElement(leaf, _def("title")).text = f"{one.name.lower()}.{format}"


def _structure(one: Dataset) -> str:
    if one.name in ("DM", "ADSL"):
        return "One record per subject"
    if one.name.startswith("SUPP"):
        return "One record per supplemental qualifier per related record"
    if one.is_adam:
        return (
            "One record per subject per event"
            if one.name == "ADAE"
            else "One record per subject per parameter per analysis visit"
        )
    findings = CLASSES.get(one.name, "FINDINGS") == "FINDINGS"
    return "One record per test per entry per subject" if findings else "One record per entry per subject"


def _item(version: ET.Element, one: Dataset, column: str) -> None:
    cells = one.table[column]
    item = ET.SubElement(version, _odm("ItemDef"), _attributes(f"IT.{one.name}.{column}", column, cells))
    _describe(item, one.labels.get(column) or label(column))
    if _words(one, column):
        ET.SubElement(item, _odm("CodeListRef"), {"CodeListOID": f"CL.{one.name}.{column}"})
    _origin(item, derived=one.is_adam or column.endswith(("SEQ", "DY", "VISITNUM")))
    if _ValueList.column_of(one) == column:
        ET.SubElement(item, _def("ValueListRef"), {"ValueListOID": f"VL.{one.name}.{column}"})


def _attributes(oid: str, name: str, cells: "pl.Series") -> dict[str, str]:
    import polars as pl

    attributes = {"OID": oid, "Name": name, "SASFieldName": name}
    if cells.dtype == pl.String:
        if name.endswith("DTC"):
            return attributes | {"DataType": _kind_of_days(cells)}
        longest = cells.str.len_bytes().max()
        return attributes | {"DataType": "text", "Length": str(max(1, int(str(longest or 1))))}
    if cells.dtype == pl.Date:
        return attributes | {"DataType": "integer", "Length": "8", _def("DisplayFormat"): "DATE9."}
    numbers = cells.drop_nulls()
    whole = bool((numbers == numbers.round(0)).all())
    if whole:
        return attributes | {"DataType": "integer", "Length": "8"}
    return attributes | {"DataType": "float", "Length": "8", "SignificantDigits": "6"}


def _kind_of_days(cells: "pl.Series") -> str:
    """Day, time, or either with parts unknown."""
    lengths = cells.drop_nulls().str.len_chars()
    if (lengths < len("2014-02-01")).any():
        return "partialDate"
    return "datetime" if (lengths > len("2014-02-01")).any() else "date"


def _origin(item: ET.Element, *, derived: bool) -> None:
    kind, source = ("Derived", "Sponsor") if derived else ("Collected", "Investigator")
    ET.SubElement(item, _def("Origin"), {"Type": kind, "Source": source})


class _ValueList:
    """What a column of results holds for each test, or QVAL for each qualifier."""

    def __init__(self, one: Dataset, column: str, by: str) -> None:
        self.one, self.column, self.by = one, column, by
        self.codes = sorted({str(code) for code in one.table[by].drop_nulls()})

    @staticmethod
    def column_of(one: Dataset) -> str | None:
        for column, by in (("QVAL", "QNAM"), (f"{one.name}ORRES", f"{one.name}TESTCD"), ("AVAL", "PARAMCD")):
            if {column, by} <= set(one.table.columns):
                return column
        return None

    @classmethod
    def of(cls, one: Dataset) -> "_ValueList | None":
        column = cls.column_of(one)
        if column is None:
            return None
        return cls(one, column, {"QVAL": "QNAM", "AVAL": "PARAMCD"}.get(column, f"{one.name}TESTCD"))

    def add_list(self, version: ET.Element) -> None:
        values = ET.SubElement(version, _def("ValueListDef"), {"OID": f"VL.{self.one.name}.{self.column}"})
        for number, code in enumerate(self.codes, start=1):
            reference = {"ItemOID": self._item(code), "OrderNumber": str(number), "Mandatory": "No"}
            where = ET.SubElement(values, _odm("ItemRef"), reference)
            ET.SubElement(where, _def("WhereClauseRef"), {"WhereClauseOID": self._clause(code)})

    def add_clauses(self, version: ET.Element) -> None:
        for code in self.codes:
            clause = ET.SubElement(version, _def("WhereClauseDef"), {"OID": self._clause(code)})
            attributes = {"SoftHard": "Soft", _def("ItemOID"): f"IT.{self.one.name}.{self.by}", "Comparator": "EQ"}
            check = ET.SubElement(clause, _odm("RangeCheck"), attributes)
            ET.SubElement(check, _odm("CheckValue")).text = code

    def add_items(self, version: ET.Element) -> None:
        for code in self.codes:
            rows = self.one.table.filter(self.one.table[self.by] == code)
            item = ET.SubElement(version, _odm("ItemDef"), _attributes(self._item(code), self.column, rows[self.column]))
            _describe(item, self._words(rows, code))
            _origin(item, derived=self.one.is_adam)

    def _words(self, rows: "pl.DataFrame", code: str) -> str:
        for column in ("QLABEL", f"{self.one.name}TEST", "PARAM"):
            if column in rows.columns:
                return str(rows[column].drop_nulls().first() or code)
        return code

    def _item(self, code: str) -> str:
        return f"IT.{self.one.name}.{self.column}.{code}"

    def _clause(self, code: str) -> str:
        return f"WC.{self.one.name}.{self.by}.{code}"


def _code_list(version: ET.Element, one: Dataset, column: str) -> None:
    words = _words(one, column)
    if not words:
        return
    number = one.table[column].dtype.is_numeric()
    attributes = {"OID": f"CL.{one.name}.{column}", "Name": f"{one.name} {column}", "DataType": "float" if number else "text"}
    codes = ET.SubElement(version, _odm("CodeList"), attributes | {_def("IsNonStandard"): "Yes"})
    for word in words:
        ET.SubElement(codes, _odm("EnumeratedItem"), {"CodedValue": word})


def _words(one: Dataset, column: str) -> list[str]:
    """Words of a coded variable, where they are few."""
    if column not in CODED and not column.endswith(CODED_ENDINGS):
        return []
    cells: Iterable[object] = one.table[column].drop_nulls().unique().to_list()
    words = sorted({f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in cells})
    return words if len(words) <= MOST_WORDS else []


def _mandatory(cells: "pl.Series") -> str:
    return "No" if cells.null_count() else "Yes"


def _describe(parent: ET.Element, words: str) -> None:
    text = ET.SubElement(ET.SubElement(parent, _odm("Description")), _odm("TranslatedText"), {f"{{{XML}}}lang": "en"})
    text.text = words


def _odm(tag: str) -> str:
    return f"{{{ODM}}}{tag}"


def _def(tag: str) -> str:
    return f"{{{DEF}}}{tag}"
