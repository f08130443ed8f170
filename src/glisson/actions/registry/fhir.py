"""Cases of a registry to mCODE bundles in FHIR R4, and bundles into a registry."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.actions.registry.door import Door, at_registry
from glisson.errors import BadInput
from glisson.whole_file import write_text

if TYPE_CHECKING:
    from glisson.records.access import Session
    from glisson.records.fhir import Choices, NotTaken, Read
    from glisson.records.forms import FormEntry
    from glisson.records.store import NewEntry

LARGEST_bytes = 64 * 2**20
"""A bundle of one case; a file above it is another thing."""


@dataclass(frozen=True)
class FhirExported:
    """One case on disk.

    Attributes:
        case: pseudonym. file: the bundle. entries: forms in it. resources: that they became.
        withheld: texts left out because they may betray a person.
    """

    case: str
    file: Path
    entries: int
    resources: int
    withheld: int


@dataclass(frozen=True)
class FhirImported:
    """What became of one bundle.

    Attributes:
        bundle: name of the file. case: pseudonym, where the bundle could be read.
        entered: ids of the new entries. already: entries that stood in the registry with the same values.
        queries: opened by the checks. not_taken: everything else, without its content.
    """

    bundle: str
    case: str | None
    entered: tuple[str, ...] = ()
    already: int = 0
    queries: int = 0
    not_taken: "tuple[NotTaken, ...]" = ()


@dataclass
class _Sorted:
    """Entries of a bundle by what is to become of them."""

    new: "list[FormEntry]" = field(default_factory=list)
    already: int = 0
    not_taken: "list[NotTaken]" = field(default_factory=list)

    def leave(self, entry: "FormEntry", reason: str) -> None:
        """Say that an entry was not taken."""
        from glisson.records.fhir import NotTaken

        self.not_taken.append(NotTaken("Bundle", -1, entry.place, "entry", reason))


def export_fhir(door: Door, out: Path, cases: Sequence[str] = ()) -> list[FhirExported]:
    """Forms that stand in each case as an mCODE bundle ``<pseudonym>.fhir.json``; the same entries give the same bytes.

    Args:
        door: to the registry.
        out: folder, made if need be.
        cases: pseudonyms; every case of the user if none is named. Erased cases are left out then.

    Raises:
        NotAllowed: the user may not export whole cases.
        BadInput: an erased case that was named, or one without an entry.
    """
    from glisson.records.fhir import bundle_text, write_bundle
    from glisson.records.forms import FormEntry

    found = []
    with at_registry(door) as session:
        for case in cases or session.cases():
            session.export(case)
            state = session.registry.state(case)
            if state.erased and not cases:
                continue
            if state.erased:
                raise BadInput("a case whose content was erased", do="leave it out")
            entries = [FormEntry.of(entry) for entry in state.current]
            written = write_bundle(case, session.registry.site(case), entries)
            file = write_text(out / f"{case}.fhir.json", bundle_text(written.bundle))
            found.append(FhirExported(case, file, len(entries), len(written.bundle["entry"]), written.withheld))
    return found


def import_fhir(door: Door, bundles: Sequence[Path], choices: "Choices | None" = None) -> list[FhirImported]:
    """Entries of FHIR bundles into a registry; each bundle's together or not at all, and a report of what was not taken.

    Nothing that stands is overwritten; a bundle handed in twice changes nothing. Names, dates of birth and other identifiers are
    dropped and reported without their content.

    Raises:
        NotAllowed: the user may not import.
        BadInput: no such file.
    """
    from glisson.records.access import Action

    missing = [bundle.name for bundle in bundles if not bundle.is_file()]
    if missing:
        raise BadInput(f"{len(missing)} bundles that are no files", do="check the paths")
    with at_registry(door) as session:
        session.registry.add(session.require(Action.IMPORT))
        return [_import_one(session, bundle, choices) for bundle in bundles]


def _import_one(session: "Session", bundle: Path, choices: "Choices | None") -> FhirImported:
    from glisson.records.fhir import NotTaken, read_bundle

    case = None
    try:
        read = read_bundle(_text(bundle), choices)
        case = read.case
        done, opened = _store(session, read)
    except BadInput as error:
        return FhirImported(bundle.name, case, not_taken=(NotTaken("Bundle", -1, "", "resource", str(error)),))
    rows = (*read.not_taken, *done.not_taken)
    return FhirImported(bundle.name, case, tuple(entry.id for entry in done.new), done.already, opened, rows)


def _text(bundle: Path) -> str:
    if bundle.stat().st_size > LARGEST_bytes:
        raise BadInput("a file too large for a bundle of one case", allowed=f"{LARGEST_bytes // 2**20} MiB")
    try:
        return bundle.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInput("a bundle that is not UTF-8", do="save it as UTF-8") from None


def _store(session: "Session", read: "Read") -> tuple[_Sorted, int]:
    """Hand in what is new; the checks then ask about what is doubtful."""
    from glisson.records.desk import Desk
    from glisson.records.forms import FormEntry
    from glisson.records.pseudonyms import site_of

    known = session.registry
    is_known = read.case in known.cases()
    standing = [FormEntry.of(entry) for entry in session.state(read.case).current] if is_known else []
    site = known.site(read.case) if is_known else site_of(read.case)
    if not is_known and read.site not in ("", None, site):
        raise BadInput("a case under a pseudonym of another site", do="make the pseudonym with the key of the case's own site")
    locked = known.state(read.case).locked if is_known else frozenset()
    done = _sort(read, standing, locked)
    _require_one_world(read, standing or done.new)
    if not is_known and not any(entry.form == "patient" for entry in done.new):
        raise BadInput("a new case without a form 'patient' that could be taken", do="enter the form 'patient' first")
    if not done.new:
        return done, 0
    session.add([_new_entry(entry, site) for entry in done.new], importing=True)
    desk = Desk(session)
    before = len(desk.overview(read.case).queries)
    return done, len(desk.check(read.case).queries) - before


def _sort(read: "Read", standing: "Sequence[FormEntry]", locked: "frozenset[str | None]") -> _Sorted:
    done = _Sorted()
    places = {_slot(entry): entry for entry in standing}
    for entry in (*read.entries, *_numbered(read, standing)):
        stands = places.get(_slot(entry))
        if stands is not None and dict(stands.values) == dict(entry.values):
            done.already += 1
        elif stands is not None:
            done.leave(entry, "an entry with other values stands there; correct it by hand")
        elif None in locked or (entry.visit or None) in locked:
            done.leave(entry, "its visit is locked")
        else:
            done.new.append(replace(entry, id=_id(entry)))
            places[_slot(entry)] = entry
    return done


def _slot(entry: "FormEntry") -> str:
    """Where an entry stands; a form that a case has once stands once, whatever its visit is called."""
    from glisson.records.forms import form

    return entry.form if form(entry.form, entry.edition).per == "case" else entry.place


def _numbered(read: "Read", standing: "Sequence[FormEntry]") -> "list[FormEntry]":
    """Laboratory entries of another program: that of a day that stands keeps its number, the others come after."""
    found = []
    here = [entry for entry in (*standing, *read.entries) if entry.form == "laboratory"]
    for entry in read.unplaced:
        same = [one for one in here if one.visit == entry.visit and one.get("sampled_on") == entry.get("sampled_on")]
        last = max((one.instance for one in here if one.visit == entry.visit), default=0)
        found.append(replace(entry, instance=same[0].instance if same else last + 1))
        here.append(found[-1])
    return found


def _require_one_world(read: "Read", entries: "Sequence[FormEntry]") -> None:
    """Simulated data and those of people never meet in one case."""
    simulated = any(entry.form == "patient" and entry.yes("simulated") for entry in entries)
    if read.simulated != simulated:
        raise BadInput(
            "a bundle labelled as test data in a case of a person, or the other way round",
            do="import it into a registry of its own; the form 'patient' says whether a patient is simulated",
        )


def _id(entry: "FormEntry") -> str:
    from glisson.records.store import content_id

    return content_id("fhir", entry.case, entry.form, entry.visit, entry.instance, sorted(entry.values.items(), key=str))


def _new_entry(entry: "FormEntry", site: str) -> "NewEntry":
    from glisson.records.store import NewEntry

    payload = {"form": entry.form, "edition": entry.edition, "values": dict(entry.values)}
    return NewEntry(
        kind="form", author="import", case=entry.case, site=site, payload=payload, form=entry.form, edition=entry.edition,
        visit=entry.visit or None, instance=entry.instance, at=entry.at, id=entry.id,
    )  # fmt: skip
