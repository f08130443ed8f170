"""Entries as REDCap records: an event for each visit, repeating instruments, checkboxes, missing data codes."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import StringIO

from glisson.records.forms import MISSING_CODES, Form, FormEntry, forms
from glisson.records.forms import form as form_of
from glisson.records.redcap.dictionary import RECORD, dictionary_csv, edition_field
from glisson.records.redcap.fields import columns, write_field

EVENT, INSTRUMENT, INSTANCE, GROUP = (
    "redcap_event_name",
    "redcap_repeat_instrument",
    "redcap_repeat_instance",
    "redcap_data_access_group",
)
ARM = "_arm_1"
NO_VISIT = "no visit"
COMPLETE = "2"


@dataclass(frozen=True)
class RedcapFiles:
    """Everything that a REDCap project needs, as CSV.

    Attributes:
        dictionary: 'Upload data dictionary'. events, instruments: 'Define events' and 'Designate instruments'.
        repeating: which instruments repeat at which event. missing_codes: for 'Additional customizations'.
        data: 'Data import tool'.
    """

    dictionary: str
    events: str
    instruments: str
    repeating: str
    missing_codes: str
    data: str

    def named(self) -> dict[str, str]:
        """File names and contents."""
        return {
            "data_dictionary.csv": self.dictionary,
            "events.csv": self.events,
            "instruments.csv": self.instruments,
            "repeating.csv": self.repeating,
            "missing_data_codes.txt": self.missing_codes,
            "data.csv": self.data,
        }


def redcap_files(entries: Iterable[FormEntry], *, all_forms: Sequence[Form] | None = None) -> RedcapFiles:
    """Entries as a REDCap project; no author, and no name but the pseudonym.

    Args:
        entries: that stand.
        all_forms: of the dictionary; every one if not given.

    Raises:
        BadInput: a text that reads like a missing data code (the place is named, not the text).
    """
    every = sorted(entries, key=lambda entry: (entry.case, entry.visit, entry.form, entry.instance))
    names = event_names({entry.visit for entry in every})
    repeating = {entry.form for entry in every if entry.instance > 1 or form_of(entry.form, entry.edition).per == "repeating"}
    used = sorted({(names[entry.visit], entry.form) for entry in every})
    return RedcapFiles(
        dictionary=dictionary_csv(forms().values() if all_forms is None else all_forms),
        events=_csv(
            ("event_name", "arm_num", "unique_event_name"), [(visit or NO_VISIT, "1", name) for visit, name in names.items()]
        ),
        instruments=_csv(("arm_num", "unique_event_name", "form"), [("1", event, form) for event, form in used]),
        repeating=_csv(("event_name", "form_name", "custom_form_label"), [(e, f, "") for e, f in used if f in repeating]),
        missing_codes="".join(f"{code}, {reason}\n" for reason, code in MISSING_CODES.items()),
        data=_data(every, names, repeating),
    )


def event_names(visits: Iterable[str]) -> dict[str, str]:
    """Visit to REDCap's unique event name, which holds letters, digits and underscores only.

    >>> event_names(["fu1", "session-1", "session.1", ""])
    {'': 'no_visit_arm_1', 'fu1': 'fu1_arm_1', 'session-1': 'session_1_arm_1', 'session.1': 'session_1b_arm_1'}
    """
    names: dict[str, str] = {}
    for visit in sorted(visits):
        plain = re.sub(r"[^a-z0-9]", "_", visit or NO_VISIT)
        letters = ("", *"bcdefghijklmnopqrstuvwxyz")
        names[visit] = next(name for letter in letters if (name := plain + letter + ARM) not in names.values())
    return names


def group(site: str) -> str:
    """Data access group of a site."""
    return re.sub(r"[^a-z0-9]", "_", site)


def _data(entries: list[FormEntry], names: dict[str, str], repeating: set[str]) -> str:
    shown = [form for form in forms().values() if any(entry.form == form.form for entry in entries)]
    header = [RECORD, EVENT, INSTRUMENT, INSTANCE, GROUP]
    for form in shown:
        editions = sorted({entry.edition for entry in entries if entry.form == form.form})
        every = [column for number in editions for item in form_of(form.form, number).items
                 for column in columns(form_of(form.form, number), item)]  # fmt: skip
        header += [*dict.fromkeys(every), edition_field(form), f"{form.form}_complete"]
    records: dict[tuple[str, ...], dict[str, str]] = {}
    for entry in entries:
        own = (entry.form, str(entry.instance)) if entry.form in repeating else ("", "")
        key = (entry.case, names[entry.visit], *own)
        record = records.setdefault(key, dict(zip(header, (*key, group(entry.site)), strict=False)))
        record |= _cells(entry)
    out = StringIO()
    writer = csv.DictWriter(out, header, restval="")
    writer.writeheader()
    writer.writerows(records[key] for key in sorted(records))
    return out.getvalue()


def _cells(entry: FormEntry) -> dict[str, str]:
    form = form_of(entry.form, entry.edition)
    cells = {edition_field(form): str(entry.edition), f"{form.form}_complete": COMPLETE}
    for item in form.items:
        cells |= write_field(form, item, entry.values.get(item.name))
    return cells


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
