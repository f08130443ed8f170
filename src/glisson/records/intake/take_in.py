"""Entries from a file into the registry: checked as at the desk, stored in few transactions, on record once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from glisson.records.access import Action, Session
from glisson.records.checks import CheckSettings
from glisson.records.intake.case_intake import CaseIntake
from glisson.records.intake.incoming import Incoming, Read, Remark, value_class
from glisson.records.store import NewEntry
from glisson.records.store.entry import IDENTIFIER

CHUNK = 200
"""Cases of one transaction."""


@dataclass(frozen=True)
class Source:
    """What is imported: the kind of file, and the SHA-256 of its bytes, which the audit names."""

    format: str
    sha256: str


@dataclass(frozen=True)
class ImportReport:
    """What an import did.

    Attributes:
        stored: entries that are new in the registry; already: entries that stood there before, the same in every value.
        cases: that received something.
        rejected_rows: of which nothing is stored.
        queries: that the checks opened.
        remarks: rejected, doubtful and missing, in the order of the file.
        unmapped: columns that went nowhere, each with why if the mapping says so.
    """

    source: Source
    rows: int
    stored: int
    already: int
    cases: int
    rejected_rows: int
    queries: int
    remarks: tuple[Remark, ...]
    unmapped: tuple[tuple[str, str], ...]


def take_in(session: Session, read: Read, source: Source, *, settings: CheckSettings | None = None) -> ImportReport:
    """Check and store what a reader found. Repeating an import stores nothing twice; nothing that stands is overwritten.

    Args:
        session: of the person who imports; entries carry this author.
        read: entries and remarks of the reader.
        source: goes on record, once for each site.
        settings: of the checks across forms.

    Raises:
        NotAllowed: the person may not import or enter at a site of the file; nothing is stored then.
        BadInput: the registry changed meanwhile in a way that does not fit; chunks before stay stored.
    """
    read = _placed(read)
    audits = [_audited(session, site, source, read) for site in sorted({entry.site for entry in read.entries})]
    known = set(session.registry.cases())
    done: list[CaseIntake] = []
    for chunk in _chunks(_by_case(read.entries).items()):
        intakes = [CaseIntake(session, case, entries, case in known, settings or CheckSettings()) for case, entries in chunk]
        batch = [entry for intake in intakes for entry in intake.work()]
        session.registry.add_all([*audits, *batch])
        audits = []
        done += intakes
    return _report(source, read, done)


def _placed(read: Read) -> Read:
    """Without the rows whose case, site or visit cannot be the name of one; each is said."""
    odd = {entry.source: found for entry in read.entries if (found := _odd(entry)) is not None}
    if not odd:
        return read
    words = "is no name of small letters, digits, dot, dash, underscore"
    remarks = tuple(Remark("rejected", *source, name, shown, f"{name} {words}") for source, (name, shown) in odd.items())
    return replace(read, entries=tuple(e for e in read.entries if e.source not in odd), remarks=(*read.remarks, *remarks))


def _odd(entry: Incoming) -> tuple[str, str] | None:
    """The first part of an entry's place that is no name, with its class of value."""
    for name in ("case", "site", "visit"):
        text: str = getattr(entry, name)
        if not IDENTIFIER.fullmatch(text) and not (name == "visit" and text == ""):
            return name, value_class(text)
    return None


def _report(source: Source, read: Read, done: list[CaseIntake]) -> ImportReport:
    remarks = dict.fromkeys((*read.remarks, *(remark for intake in done for remark in intake.remarks)))
    ordered = tuple(sorted(remarks, key=lambda remark: (remark.file, remark.row)))
    return ImportReport(
        source=source,
        rows=read.rows,
        stored=sum(intake.stored for intake in done),
        already=sum(intake.already for intake in done),
        cases=sum(intake.stored > 0 for intake in done),
        rejected_rows=len({(one.file, one.row) for one in ordered if one.level == "rejected"}),
        queries=sum(intake.queries for intake in done),
        remarks=ordered,
        unmapped=read.unmapped,
    )


def _audited(session: Session, site: str, source: Source, read: Read) -> NewEntry:
    """Leave to import at a site, as one entry that names the file by its hash."""
    session.require(Action.ENTER, site=site)
    words = f"{source.format} file {source.sha256}: {sum(entry.site == site for entry in read.entries)} entries"
    audit = session.require(Action.IMPORT, site=site, query=words)
    return replace(audit, site=None, payload={**audit.payload, "site": site})


def _by_case(entries: Iterable[Incoming]) -> dict[str, list[Incoming]]:
    """Entries by case, in the order of the file; the form 'patient' first, since a case begins with it."""
    cases: dict[str, list[Incoming]] = {}
    for entry in entries:
        cases.setdefault(entry.case, []).append(entry)
    return {case: sorted(mine, key=lambda entry: entry.form != "patient") for case, mine in cases.items()}


def _chunks(cases: Iterable[tuple[str, list[Incoming]]]) -> Iterator[list[tuple[str, list[Incoming]]]]:
    source = iter(cases)
    while chunk := list(islice(source, CHUNK)):
        yield chunk
