"""SDTM data sets that ``sdtm_out`` wrote, as entries. Records that name no entry are reported, never interpreted."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from glisson.errors import BadInput
from glisson.records.cdisc.dataset import Dataset
from glisson.records.cdisc.long_text import joined
from glisson.records.cdisc.records_of_entry import ABSENT, NOT_DONE, UNCODED, reason_name
from glisson.records.cdisc.sdtm_out import NAMED_IN_DM
from glisson.records.cdisc.targets import FINDINGS, SUPP, target, word
from glisson.records.forms import Form, Item, ItemType
from glisson.records.forms import form as form_of
from glisson.records.intake.cells import read_cell
from glisson.records.intake.incoming import Incoming, Read, Reading
from glisson.records.tables import FIRST_ROW

_REFERENCE = re.compile(r"([a-z][A-Za-z0-9_]*)\.(\d+)/([a-z0-9._-]*)/(\d+)")
Qualifiers = dict[str, tuple[str, str]]
"""Name to value and origin."""


class _Row(NamedTuple):
    domain: str
    number: int
    cells: Mapping[str, Any]
    qualifiers: Qualifiers


@dataclass
class _Filled:
    """An entry as it comes together from its records."""

    form: Form
    visit: str
    instance: int
    number: int
    domain: str
    values: dict[str, Any] = field(default_factory=dict)


def read_sdtm(datasets: Iterable[Dataset], *, file: str = "sdtm") -> Read:
    """Entries of SDTM data sets.

    Args:
        datasets: DM and what goes with it; analysis data sets are passed over.
        file: in the remarks, where the data set is named before the column.

    Raises:
        BadInput: no DM.
    """
    tables = {one.name: one for one in datasets if not one.is_adam}
    if "DM" not in tables:
        raise BadInput("SDTM data sets without DM", do="give the whole folder: DM says at which site a case is")
    supplemental = _qualifiers(tables)
    sites = {str(row["USUBJID"]): str(row.get("SITEID") or "") for row in tables["DM"].table.iter_rows(named=True)}
    readings = {name: Reading(f"{file}/{name.lower()}") for name in tables}
    rows = 0
    for case, own in _by_case(tables, supplemental).items():
        rows += len(own)
        for filled in _entries(own, readings):
            place = (filled.form.form, filled.form.edition, filled.visit, filled.instance)
            reading = readings[filled.domain]
            values = {item: filled.values[item] for item in filled.form.by_name if item in filled.values}
            reading.entries.append(Incoming(case, sites.get(case, ""), *place, values, reading.file, filled.number))
    return Read.together([*(reading.done((), 0) for reading in readings.values()), Read((), rows=rows)])


def _qualifiers(tables: Mapping[str, Dataset]) -> dict[tuple[str, str, str], Qualifiers]:
    """Supplemental qualifiers by domain, case and sequence number."""
    found: dict[tuple[str, str, str], Qualifiers] = defaultdict(dict)
    for name, one in tables.items():
        if name.startswith(SUPP):
            for row in one.table.iter_rows(named=True):
                key = (str(row["RDOMAIN"]), str(row["USUBJID"]), str(row["IDVARVAL"] or ""))
                found[key][str(row["QNAM"])] = (str(row["QVAL"]), str(row["QORIG"]))
    return found


def _by_case(tables: Mapping[str, Dataset], supplemental: Mapping[tuple[str, str, str], Qualifiers]) -> dict[str, list[_Row]]:
    found: dict[str, list[_Row]] = defaultdict(list)
    for name, one in tables.items():
        if name.startswith(SUPP):
            continue
        for number, cells in enumerate(one.table.iter_rows(named=True), start=FIRST_ROW):
            sequence = cells.get(f"{name}SEQ")
            key = "" if name == "DM" else str(int(sequence)) if sequence is not None else "none"
            case = str(cells["USUBJID"])
            found[case].append(_Row(name, number, cells, supplemental.get((name, case, key), {})))
    return found


def _entries(rows: list[_Row], readings: Mapping[str, Reading]) -> Iterator[_Filled]:
    filled: dict[str, _Filled] = {}
    for row in rows:
        names = _names(row)
        if not names:
            readings[row.domain].remark(
                "rejected", row.number, f"{row.domain}REFID", None, "a record that names no entry of a form"
            )
        for name in names:
            entry = filled.get(name) or _begun(name, row, readings[row.domain])
            if entry is not None:
                filled[name] = entry
                (_take_uncoded if row.domain == UNCODED else _take)(entry, row)
    yield from filled.values()


def _names(row: _Row) -> list[str]:
    """Entries that a record belongs to: one, or in DM several."""
    if row.domain == "DM":
        return [text for name, (text, _) in row.qualifiers.items() if name.endswith(NAMED_IN_DM) and _REFERENCE.fullmatch(text)]
    text = row.cells.get(f"{row.domain}REFID")
    return [str(text)] if text is not None and _REFERENCE.fullmatch(str(text)) else []


def _begun(name: str, row: _Row, reading: Reading) -> _Filled | None:
    match = _REFERENCE.fullmatch(name)
    assert match is not None
    try:
        form = form_of(match[1], int(match[2]))
    except BadInput:
        reading.remark("rejected", row.number, f"{row.domain}REFID", None, "a form or an edition that is not known here")
        return None
    return _Filled(form, match[3], int(match[4]), row.number, row.domain)


def _take(entry: _Filled, row: _Row) -> None:
    """What a record and its qualifiers say of the entry's items."""
    for item in entry.form.items:
        found = target(entry.form.form, item)
        if found is None or found.domain.removeprefix(SUPP) != row.domain:
            continue
        if found.domain.startswith(SUPP):
            value = _qualified(entry.form, item, found.testcode or "", row.qualifiers)
        elif found.testcode is not None and row.cells.get(f"{row.domain}TESTCD") != found.testcode:
            continue
        else:
            value = _in_cells(entry.form, item, found.variable, row)
        if value is not None:
            entry.values.setdefault(item.name, value)


def _take_uncoded(entry: _Filled, row: _Row) -> None:
    item = entry.form.items[int(str(row.cells["XFTESTCD"])[1:]) - 1]
    if row.cells.get("XFSTAT") == NOT_DONE:
        entry.values[item.name] = {"missing": row.cells["XFREASND"]}
    else:
        entry.values[item.name] = read_cell(item, _long("XFORRES", row))


def _qualified(form: Form, item: Item, name: str, qualifiers: Qualifiers) -> Any:
    if name not in qualifiers:
        return None
    text, origin = qualifiers[name]
    if origin == ABSENT:
        return {"missing": text}
    return _value(form, item, joined(name, text, {key: value for key, (value, _) in qualifiers.items()}))


def _in_cells(form: Form, item: Item, variable: str, row: _Row) -> Any:
    """A variable of the record; the result of a test as it was collected, so that no digit is lost."""
    domain = row.domain
    result = domain in FINDINGS and variable in (f"{domain}STRESN", f"{domain}STRESC")
    if result and row.cells.get(f"{domain}STAT") == NOT_DONE:
        return {"missing": row.cells.get(f"{domain}REASND")}
    if not result and reason_name(variable) in row.qualifiers:
        return {"missing": row.qualifiers[reason_name(variable)][0]}
    name = f"{domain}ORRES" if result else variable
    if row.cells.get(name) is None:
        return None
    return _value(form, item, _long(name, row))


def _long(variable: str, row: _Row) -> str:
    cell = row.cells[variable]
    if isinstance(cell, float):
        return repr(int(cell)) if cell.is_integer() else repr(cell)
    return joined(variable, str(cell), {key: value for key, (value, _) in row.qualifiers.items()})


def _value(form: Form, item: Item, text: str) -> Any:
    if item.type in (ItemType.CHOICE, ItemType.YES_NO):
        return word(form.form, item, text)
    return read_cell(item, text)
