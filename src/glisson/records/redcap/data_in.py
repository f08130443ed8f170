"""REDCap records to entries. Every column that is no field of a form is reported; a row with a code nobody knows is refused."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

from glisson.errors import BadInput
from glisson.records.forms import Form, forms
from glisson.records.forms import form as form_of
from glisson.records.intake.cells import instance_number
from glisson.records.intake.incoming import Incoming, Read, Reading
from glisson.records.pseudonyms import site_of
from glisson.records.redcap.data_out import ARM, EVENT, GROUP, INSTANCE, INSTRUMENT, NO_VISIT, group
from glisson.records.redcap.dictionary import RECORD, edition_field
from glisson.records.redcap.fields import Unreadable, columns, read_field
from glisson.records.tables import FIRST_ROW

OWN = (RECORD, EVENT, INSTRUMENT, INSTANCE, GROUP)


def read_redcap(data: str, *, file: str, events: Mapping[str, str] | None = None) -> Read:
    """Entries of REDCap data (raw codes, CSV).

    Args:
        data: as REDCap exports it, or as :func:`redcap_files` writes it.
        file: base name, for the remarks.
        events: unique event name to visit (:func:`visits_of`); without it the event's name without its arm is the visit.

    Raises:
        BadInput: not REDCap data.
    """
    rows = csv.DictReader(StringIO(data.removeprefix("\ufeff")), strict=True)
    try:
        header = list(rows.fieldnames or ())
        records = [{name: cell or "" for name, cell in row.items() if name is not None} for row in rows]
    except csv.Error:
        raise BadInput(f"'{file}' is not CSV", do="export the data as CSV with raw codes") from None
    if RECORD not in header:
        raise BadInput(f"'{file}' has no column {RECORD}", do="export the data as CSV with raw codes")
    known = _columns()
    reading = Reading(file)
    for number, cells in enumerate(records, start=FIRST_ROW):
        _read_record(reading, number, cells, known, events)
    named = {column for own in known.values() for column in own} | set(OWN)
    strange = [(column, "no field of a form") for column in header if column not in named]
    return reading.done(strange, len(records))


def visits_of(events: str) -> dict[str, str]:
    """Unique event name to visit, from an events file.

    Raises:
        BadInput: not such a file.
    """
    rows = csv.DictReader(StringIO(events.removeprefix("\ufeff")))
    if not {"event_name", "unique_event_name"} <= set(rows.fieldnames or ()):
        raise BadInput("this is not a REDCap events file", allowed="CSV with the columns event_name and unique_event_name")
    return {row["unique_event_name"]: "" if row["event_name"] == NO_VISIT else row["event_name"] for row in rows}


def _columns() -> dict[str, set[str]]:
    """Form to its columns, over all editions of the package."""
    from glisson.records.forms.load import packaged

    found: dict[str, set[str]] = {name: {edition_field(form), f"{name}_complete"} for name, form in forms().items()}
    for (name, _), form in packaged().items():
        found[name] |= {column for item in form.items for column in columns(form, item)}
    return found


def _read_record(
    reading: Reading, row: int, cells: dict[str, str], known: dict[str, set[str]], events: Mapping[str, str] | None
) -> None:
    whose = _whose(reading, row, cells)
    visit = _visit(cells.get(EVENT, ""), events)
    instrument, instance = cells.get(INSTRUMENT, ""), instance_number(cells.get(INSTANCE, "") or "1")
    filled = [name for name, own in known.items() if _is_filled(name, cells, own)]
    if instrument and set(filled) - {instrument}:
        reading.remark("rejected", row, INSTRUMENT, instrument, "a repeating instrument's row that holds another instrument too")
    if instance is None or (instrument and instrument not in known):
        reading.remark("rejected", row, INSTRUMENT, instrument, "no repeating instrument of the forms, or no number of instance")
    if visit is None:
        reading.remark("rejected", row, EVENT, cells.get(EVENT), "an event that the events file does not list")
    if whose is None or visit is None or instance is None or row in reading.refused:
        return
    case, site = whose
    for name in filled:
        form = _form(reading, row, name, cells)
        if form is not None:
            place = (form.form, form.edition, visit, instance)
            reading.entries.append(Incoming(case, site, *place, _values(reading, row, form, cells), reading.file, row))


def _whose(reading: Reading, row: int, cells: dict[str, str]) -> tuple[str, str] | None:
    """Pseudonym, and the site in it, which the data access group must not contradict."""
    try:
        site = site_of(cells[RECORD])
    except BadInput as error:
        reading.remark("rejected", row, RECORD, cells[RECORD], error.problem)
        return None
    told = cells.get(GROUP, "")
    if told and told != group(site):
        reading.remark("rejected", row, GROUP, told, "a data access group that is not the site of the pseudonym")
        return None
    return cells[RECORD], site


def _visit(event: str, events: Mapping[str, str] | None) -> str | None:
    if not event:
        return ""
    if events is not None:
        return events.get(event)
    return event.removesuffix(ARM)


def _is_filled(name: str, cells: Mapping[str, str], own: set[str]) -> bool:
    """Whether a record says anything of a form: a value, a ticked box, or that it is complete."""
    silent = {f"{name}_complete"} | {column for column in own if column.endswith("_edition")}
    said = any(cells.get(column, "").strip() not in ("", "0" if "___" in column else "") for column in own - silent)
    return said or cells.get(f"{name}_complete", "") in ("1", "2")


def _form(reading: Reading, row: int, name: str, cells: Mapping[str, str]) -> Form | None:
    newest = form_of(name)
    text = cells.get(edition_field(newest), "") or str(newest.edition)
    try:
        return form_of(name, int(text))
    except (BadInput, ValueError):
        reading.remark("rejected", row, edition_field(newest), text, f"an edition of form {name} that is not known here")
        return None


def _values(reading: Reading, row: int, form: Form, cells: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for item in form.items:
        try:
            value = read_field(form, item, cells, values)
        except Unreadable as error:
            reading.remark("rejected", row, error.field, cells.get(error.field), error.reason)
            continue
        if value is not None:
            values[item.name] = value
    return values
