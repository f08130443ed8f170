"""One entry of a registry as SDTM records and supplemental qualifiers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from glisson.records.cdisc.long_text import numbered, pieces
from glisson.records.cdisc.targets import FINDINGS, FIXED, SUPP, domains, target, term
from glisson.records.cdisc.variables import is_number, label
from glisson.records.forms import Form, FormEntry, Item, ItemType
from glisson.records.forms import form as form_of
from glisson.records.intake.cells import write_cell

NOT_DONE = "NOT DONE"
COLLECTED, ABSENT = "CRF", "NOT AVAILABLE"
"""Origin of a supplemental qualifier: a value of the form, or the reason why there is none."""
UNCODED = "XF"
"""Custom domain for entries that no standard domain can hold."""

Cell = str | float | None


@dataclass
class Record:
    """One record; its supplemental qualifiers as (name, label, value, origin)."""

    domain: str
    cells: dict[str, Cell] = field(default_factory=dict)
    qualifiers: list[tuple[str, str, str, str]] = field(default_factory=list)

    def say(self, variable: str, text: str) -> None:
        """Text into a variable; what is too long goes on in qualifiers."""
        first, *more = pieces(text)
        self.cells[variable] = first
        for number, piece in enumerate(more, start=1):
            self.qualifiers.append((numbered(variable, number), label(variable), piece, COLLECTED))

    def qualify(self, name: str, words: str, text: str, origin: str) -> None:
        """A supplemental qualifier, in as many pieces as it takes."""
        first, *more = pieces(text)
        self.qualifiers.append((name, words, first, origin))
        for number, piece in enumerate(more, start=1):
            self.qualifiers.append((numbered(name, number), words, piece, origin))


def reference(entry: FormEntry) -> str:
    """What names an entry within its case: form, edition, visit, instance."""
    return f"{entry.form}.{entry.edition}/{entry.visit}/{entry.instance}"


def reason_name(variable: str) -> str:
    """Qualifier that says why a variable is empty.

    >>> reason_name("AESTDTC"), reason_name("LBSTNRHI")
    ('AESTDTCR', 'LBSTNRHR')
    """
    return variable[:7] + "R"


def records_of(entry: FormEntry) -> list[Record]:
    """Records of an entry; that of DM holds only what the entry adds to the case's one."""
    form = form_of(entry.form, entry.edition)
    made: list[Record] = []
    for domain in domains(form):
        own = [item for item in form.items if _domain(form, item) == domain and entry.values.get(item.name) is not None]
        if own or domain in _always(form):
            made += (_findings if domain in FINDINGS else _one)(domain, form, own, entry)
    for record in made:
        if record.domain != "DM":
            record.cells[record.domain + "REFID"] = reference(entry)
    return made


def uncoded(entry: FormEntry) -> list[Record]:
    """An entry item by item in the custom domain, where another entry holds its place in DM."""
    form = form_of(entry.form, entry.edition)
    made = []
    for number, item in enumerate(form.items, start=1):
        value = entry.values.get(item.name)
        if value is not None:
            record = Record(UNCODED, {"XFREFID": reference(entry), "XFTESTCD": f"I{number:03d}", "XFTEST": item.name[:40]})
            if isinstance(value, Mapping):
                record.cells |= {"XFSTAT": NOT_DONE, "XFREASND": str(value["missing"])}
            else:
                record.say("XFORRES", write_cell(item, value))
            made.append(record)
    return made


def _domain(form: Form, item: Item) -> str | None:
    found = target(form.form, item)
    return None if found is None else found.domain.removeprefix(SUPP)


def _always(form: Form) -> list[str]:
    """The domain that an entry is in whatever it says: its first."""
    return domains(form)[:1]


def _one(domain: str, form: Form, items: list[Item], entry: FormEntry) -> list[Record]:
    record = Record(domain, dict(FIXED.get((form.form, domain), {})))
    for item in items:
        _put(record, form, item, entry.values[item.name])
    return [record]


def _findings(domain: str, form: Form, items: list[Item], entry: FormEntry) -> list[Record]:
    """One record for each test, all with what holds for the whole entry; its qualifiers stand at the first."""
    tests: dict[str, Record] = {}
    whole = Record(domain, dict(FIXED.get((form.form, domain), {})))
    for item in items:
        found = target(form.form, item)
        assert found is not None
        value = entry.values[item.name]
        if found.domain.startswith(SUPP) or found.testcode is None:
            _put(whole, form, item, value)
        else:
            record = tests.setdefault(found.testcode, Record(domain))
            record.cells |= {domain + "TESTCD": found.testcode, domain + "TEST": item.label[:40]}
            _put_result(record, form, item, value)
    if not tests:
        tests[domain + "ALL"] = Record(domain, {f"{domain}TESTCD": f"{domain}ALL", f"{domain}STAT": NOT_DONE})
    made = [Record(domain, {**whole.cells, **record.cells}, record.qualifiers) for record in tests.values()]
    made[0].qualifiers = [*whole.qualifiers, *made[0].qualifiers]
    return made


def _put(record: Record, form: Form, item: Item, value: Any) -> None:
    """A value, or the reason why there is none, into a variable or a qualifier."""
    found = target(form.form, item)
    assert found is not None
    words = item.label[:40]
    reason = str(value["missing"]) if isinstance(value, Mapping) else None
    if found.domain.startswith(SUPP):
        name = found.testcode or ""
        record.qualify(
            name, words, _text(form, item, value) if reason is None else reason, COLLECTED if reason is None else ABSENT
        )
    elif reason is not None:
        record.qualify(reason_name(found.variable), f"Reason: {words}"[:40], reason, ABSENT)
    elif is_number(record.domain, found.variable):
        record.cells[found.variable] = float(value)
    else:
        record.say(found.variable, _text(form, item, value))


def _put_result(record: Record, form: Form, item: Item, value: Any) -> None:
    """The result of a test, or a limit of its normal range."""
    found = target(form.form, item)
    assert found is not None
    domain, variable = record.domain, found.variable
    if variable not in (domain + "STRESN", domain + "STRESC"):
        _put(record, form, item, value)
    elif isinstance(value, Mapping):
        record.cells |= {domain + "STAT": NOT_DONE, domain + "REASND": str(value["missing"])}
    else:
        text = _text(form, item, value)
        record.say(domain + "ORRES", text)
        record.cells[domain + "STRESC"] = record.cells[domain + "ORRES"]
        if variable.endswith("STRESN"):
            record.cells[domain + "STRESN"] = float(value)
            unit = item.unit if item.unit != "1" else None
            record.cells |= {domain + "ORRESU": unit, domain + "STRESU": unit}


def _text(form: Form, item: Item, value: Any) -> str:
    text = write_cell(item, value)
    return term(form.form, item, text) if item.type in (ItemType.CHOICE, ItemType.YES_NO) else text
