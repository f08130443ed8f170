"""Standing entries of a registry as SDTM data sets. Nothing is lost: ``sdtm_in`` makes the same entries of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from statistics import median
from typing import TYPE_CHECKING

from glisson.records.cdisc.dataset import Dataset
from glisson.records.cdisc.records_of_entry import ABSENT, COLLECTED, Cell, Record, records_of, reference, uncoded
from glisson.records.cdisc.targets import target
from glisson.records.cdisc.variables import DOMAIN_LABELS, SUPPLEMENTAL, is_number, label, ordered
from glisson.records.forms import FormEntry
from glisson.records.forms import form as form_of
from glisson.records.forms.entry import day_of

if TYPE_CHECKING:
    pass

STUDY = "GLISSON"
SIMULATED = "-SIMULATED"
"""At the end of the study's name in every record of a case that never was."""
TREATMENTS = ("tace_session", "sirt_session", "hai_course")
NAMED_IN_DM = "REF"
DATED = ("LB", "QS", "VS", "RS", "TR", "TU")
"""Domains whose records have the day of their entry where no item says another."""


@dataclass(frozen=True)
class Study:
    """What the data sets say of the whole.

    Attributes:
        name: STUDYID; simulated: cases that never were, whose STUDYID says so.
        visits: number of each visit.
    """

    name: str
    simulated: frozenset[str]
    visits: Mapping[str, float]

    def id(self, case: str) -> str:
        """STUDYID of a case."""
        return self.name + (SIMULATED if case in self.simulated else "")


def sdtm(entries: Iterable[FormEntry], *, study: str = STUDY, simulated: frozenset[str] = frozenset()) -> list[Dataset]:
    """SDTM data sets of entries, supplemental ones beside them; no author.

    Args:
        entries: that stand.
        study: STUDYID; in records of simulated cases it ends with "-SIMULATED".
        simulated: cases that are.
    """
    cases: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        cases[entry.case].append(entry)
    whole = Study(study, simulated, visit_numbers(cases))
    rows: dict[str, list[dict[str, Cell]]] = defaultdict(list)
    for case in sorted(cases):
        _add_case(rows, cases[case], whole)
    return [_dataset(name, rows[name]) for name in (*DOMAIN_LABELS, *(f"SUPP{name}" for name in DOMAIN_LABELS)) if rows.get(name)]


def visit_numbers(cases: Mapping[str, list[FormEntry]]) -> dict[str, float]:
    """Visits from 1 in the order in which they come, counted in days from each case's first day; 0 for no visit."""
    days: dict[str, list[int]] = defaultdict(list)
    for entries in cases.values():
        dated = [(entry.visit, day) for entry in entries if (day := day_of(entry.at)) is not None]
        first = min((day for _, day in dated), default=None)
        for visit, day in dated:
            assert first is not None
            days[visit].append((day - first).days)
    every = {entry.visit for entries in cases.values() for entry in entries} - {""}
    order = sorted(every, key=lambda visit: (visit != "baseline", median(days[visit]) if days[visit] else 1e9, visit))
    return {"": 0.0, **{visit: float(number) for number, visit in enumerate(order, start=1)}}


def _add_case(rows: dict[str, list[dict[str, Cell]]], entries: list[FormEntry], study: Study) -> None:
    case, site = entries[0].case, entries[0].site
    exposed = [day for entry in entries if entry.form in TREATMENTS and (day := day_of(entry.at)) is not None]
    start, end = (min(exposed), max(exposed)) if exposed else (None, None)
    baseline = _baseline(entries, start)
    head: dict[str, Cell] = {"STUDYID": study.id(case), "USUBJID": case}
    subject = Record("DM", {"SUBJID": case, "SITEID": site, "RFSTDTC": _iso(start), "RFENDTC": _iso(end)})
    numbers: Counter[str] = Counter()
    in_subject: set[str] = set()
    for entry in sorted(entries, key=lambda one: (one.form, str(one.at or ""), one.visit, one.instance)):
        made = records_of(entry)
        if any(record.domain == "DM" for record in made):
            if entry.form in in_subject:
                made = uncoded(entry)
            in_subject.add(entry.form)
        for record in made:
            if record.domain == "DM":
                _join(subject, record, entry)
                continue
            numbers[record.domain] += 1
            _complete(record, entry, study, start)
            if record.domain == "TR" and day_of(entry.at) == baseline:
                record.cells["TRLOBXFL"] = "Y"
            cells = {**head, "DOMAIN": record.domain, **record.cells, f"{record.domain}SEQ": float(numbers[record.domain])}
            rows[record.domain].append(cells)
            key = (f"{record.domain}SEQ", str(numbers[record.domain]))
            rows[f"SUPP{record.domain}"] += _supplemental(head, record, key)
    subject.cells |= {
        "AGEU": "YEARS" if subject.cells.get("AGE") is not None else None,
        "DTHFL": "Y" if any(entry.form == "death" for entry in entries) else None,
    }
    rows["DM"].append({**head, "DOMAIN": "DM", **subject.cells})
    rows["SUPPDM"] += _supplemental(head, subject, ("", ""))


def _join(subject: Record, record: Record, entry: FormEntry) -> None:
    """What an entry says of the case's one record in DM, and which entry it was."""
    subject.cells |= record.cells
    subject.qualifiers += record.qualifiers
    form = form_of(entry.form, entry.edition)
    subject.qualify(form.prefix.upper()[:5] + NAMED_IN_DM, f"Entry of form {entry.form}"[:40], reference(entry), COLLECTED)


def _complete(record: Record, entry: FormEntry, study: Study, start: date | None) -> None:
    """What SDTM asks for beside the items: visit, test names, roles, dates, days of the study."""
    domain, cells = record.domain, record.cells
    cells |= {"VISITNUM": study.visits[entry.visit], "VISIT": entry.visit or None}
    dated = f"{domain}DTC" if domain in DATED else "EXSTDTC" if domain == "EX" else None
    if dated is not None and dated not in _variables(entry.form, entry.edition):
        cells[dated] = _iso(day_of(entry.at))
    if domain in ("TR", "TU"):
        cells |= _of_lesion(domain, entry)
    if domain == "RS":
        cells["RSEVAL"] = "INVESTIGATOR"
    for suffix, day in (("DTC", "DY"), ("STDTC", "STDY"), ("ENDTC", "ENDY")):
        when = day_of(cells.get(domain + suffix))
        if when is not None and start is not None and domain + suffix in cells and domain + day in ordered(domain):
            cells[domain + day] = float((when - start).days + (when >= start))


@cache
def _variables(form: str, edition: int) -> frozenset[str]:
    """Variables that hold items of a form: nothing else may be written there."""
    found = (target(form, item) for item in form_of(form, edition).items)
    return frozenset(one.variable for one in found if one is not None)


def _of_lesion(domain: str, entry: FormEntry) -> dict[str, Cell]:
    role = str(entry.get("role") or "").upper() or None
    if domain == "TU":
        reader, day = str(entry.get("reader")), _iso(entry.day("scanned_on"))
        return {"TULNKID": str(entry.get("lesion")), "TUEVAL": "INVESTIGATOR", "TUEVALID": reader, "TUDTC": day, "TUSTRESC": role}
    return {"TRGRPID": role, "TREVAL": "INVESTIGATOR"}


def _baseline(entries: list[FormEntry], start: date | None) -> date | None:
    """The day of the last scan up to the first treatment, or of the first scan if none came before."""
    days = sorted(day for entry in entries if entry.form == "lesion" and (day := day_of(entry.at)) is not None)
    before = [day for day in days if start is None or day <= start]
    return before[-1] if before and start is not None else days[0] if days else None


def _supplemental(head: dict[str, Cell], record: Record, key: tuple[str, str]) -> list[dict[str, Cell]]:
    return [
        {
            "STUDYID": head["STUDYID"], "RDOMAIN": record.domain, "USUBJID": head["USUBJID"], "IDVAR": key[0] or None,
            "IDVARVAL": key[1] or None, "QNAM": name, "QLABEL": words, "QVAL": text, "QORIG": origin,
        }
        for name, words, text, origin in record.qualifiers
    ]  # fmt: skip


def _dataset(name: str, rows: list[dict[str, Cell]]) -> Dataset:
    import polars as pl

    supplemental = name.startswith("SUPP")
    columns = list(SUPPLEMENTAL) if supplemental else ordered(name)
    kinds: dict[str, pl.DataType] = {
        column: pl.Float64() if not supplemental and is_number(name, column) else pl.String() for column in columns
    }
    table = pl.DataFrame([{column: row.get(column) for column in columns} for row in rows], schema=kinds)
    words = f"Supplemental Qualifiers for {name[4:]}" if supplemental else DOMAIN_LABELS[name]
    return Dataset(name, words, table, {column: label(column) for column in columns})


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


__all__ = ["ABSENT", "SIMULATED", "STUDY", "sdtm", "visit_numbers"]
