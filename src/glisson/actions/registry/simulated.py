"""A simulated study as a registry on disk, with its truth beside it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.registry.door import Door, now
from glisson.actions.registry.keep import init_registry
from glisson.errors import BadInput
from glisson.whole_file import write_text

if TYPE_CHECKING:
    from glisson.case import Case
    from glisson.records.forms import FormEntry
    from glisson.records.store import NewEntry
    from glisson.simulate.registry import Design, SimulatedEntry, SimulatedRegistry

STUDIES = ("cirel", "sirt", "cohort36")
AUTHOR = "simulation"


@dataclass(frozen=True)
class Simulated:
    """What was made: the registry, its keys, the truth, and how much."""

    place: str
    keys: Path
    truth: Path
    patients: int
    entries: int


@dataclass(frozen=True)
class _Study:
    """What goes into the registry, and what is true of it.

    Attributes:
        sites: simulated name of each patient to the centre.
        entries: every filled form.
        truth: by the pseudonym of each simulated name.
    """

    sites: dict[str, str]
    entries: "Callable[[], Iterable[SimulatedEntry | FormEntry]]"
    truth: Callable[[dict[str, str]], dict[str, Any]]


def simulate_study(door: Door, *, study: str = "cirel", patients: int | None = None, seed: int = 1) -> Simulated:
    """A registry of a simulated study; its user holds every role, and the truth lies beside it as JSON.

    Args:
        door: where; a file.
        study: one of ``STUDIES``: "cirel" (chemoembolization), "sirt" (radioembolization with doses), "cohort36" (36 constructed
            patients, always the same).
        patients: how many; the study's own number if not given.
        seed: same seed, same registry.

    Raises:
        BadInput: an unknown study, a number of patients for a study that has its own, or a place where something is already.
    """
    from glisson.records.store import Registry

    if study not in STUDIES:
        raise BadInput("a study that is not known", allowed=", ".join(STUDIES))
    if "://" in door.place:
        raise BadInput("a simulated registry on a server", do="make it as a file, and import it from there")
    made = _constructed(patients) if study == "cohort36" else _drawn(study, patients, seed)
    begun = init_registry(door, alone=True)
    with Registry.open(door.place, begun.keys, clock=now) as registry:
        names = _pseudonyms(made.sites, registry.keys.pseudonym_key if registry.keys else b"")
        count = registry.add_many(_new_entries(made.entries(), names))
    truth = Path(door.place).with_suffix(".truth.json")
    write_text(truth, json.dumps(made.truth(names), sort_keys=True, indent=1) + "\n")
    return Simulated(door.place, begun.keys, truth, len(made.sites), count)


def _pseudonyms(sites: dict[str, str], key: bytes) -> dict[str, str]:
    """Simulated name to pseudonym; the name plays the part of a hospital number."""
    from glisson.records.pseudonyms import site_key

    return {name: site_key(key, site).pseudonym(name) for name, site in sites.items()}


def _new_entries(entries: "Iterable[SimulatedEntry | FormEntry]", names: dict[str, str]) -> "Iterator[NewEntry]":
    from glisson.records.store import NewEntry, content_id

    for entry in entries:
        case = names[entry.case]
        yield NewEntry(
            kind="form", author=AUTHOR, case=case, site=entry.site, form=entry.form, edition=entry.edition, visit=entry.visit or None,
            instance=entry.instance, at=entry.at, id=content_id(case, entry.form, entry.visit, entry.instance),
            payload={"form": entry.form, "edition": entry.edition, "values": dict(entry.values)},
        )  # fmt: skip


def _drawn(study: str, patients: int | None, seed: int) -> _Study:
    from glisson.simulate.registry import cirel, simulate_registry, sirt

    design = cirel() if study == "cirel" else sirt()
    made = simulate_registry(design, patients=patients or design.patients, seed=seed)
    people = [made.patient(number) for number in range(len(made))]
    return _Study({one.case: one.site for one in people}, made.entries, lambda names: _truth(made, design, names))


def _truth(made: "SimulatedRegistry", design: "Design", names: dict[str, str]) -> dict[str, Any]:
    """What is true of the study, and of every patient: months from the first session; null is never."""
    from glisson.simulate.registry import dose_truth_of, truth_of

    columns = ("liver", "extrahepatic", "death", "end", "liver_seen", "extrahepatic_seen")
    patients = {}
    for number in range(len(made)):
        case = made.patient(number).case
        row = {name: float(getattr(made.course, name)[number]) for name in columns}
        patients[names[case]] = {name: round(month, 6) if month < float("inf") else None for name, month in row.items()}
        patients[names[case]]["responds"] = float(made.course.responds[number])
    doses = {} if design.sirt is None else {"dose_response": asdict(dose_truth_of(design))}
    return {
        "simulated": True,
        "study": design.name,
        "seed": made.seed,
        "truth": asdict(truth_of(design)),
        "patients": patients,
        **doses,
    }


def _constructed(patients: int | None) -> _Study:
    """The constructed cohort of 36, as its cases project into forms."""
    from glisson.simulate.cohort36 import LABEL, MARGINS, PATIENTS, cohort36

    if patients not in (None, PATIENTS):
        raise BadInput(f"{patients} patients of a constructed cohort", allowed=str(PATIENTS), do="leave the number out")
    cases = cohort36().cases

    def truth(names: dict[str, str]) -> dict[str, Any]:
        days = {names[case.id]: _days(case) for case in cases}
        return {"simulated": True, "study": "cohort36", "label": LABEL, "truth": MARGINS, "patients": days}

    entries = [entry for case in cases for entry in _forms_of(case)]
    return _Study({case.id: case.centre or "site-01" for case in cases}, lambda: entries, truth)


def _forms_of(case: "Case") -> "Iterator[FormEntry]":
    """Entries of a constructed case; its person is enrolled on the day of the decision."""
    from glisson.records.projection import entries_of

    enrolled = next(event.at for event in case.events if event.kind == "decision" and event.at is not None)
    for entry in entries_of(case, author=AUTHOR):
        if entry.form == "patient":
            yield replace(entry, at=enrolled, values={**entry.values, "enrolled_on": enrolled.isoformat()})
        else:
            yield entry


def _days(case: "Case") -> dict[str, int | None]:
    """Days of death and of the last contact after the first session."""
    first = min(session.at for treatment in case.treatments for session in treatment.sessions if session.at is not None)
    by_kind = {event.kind: (event.at - first).days for event in case.events if event.at is not None}
    return {"death_day": by_kind.get("death"), "last_contact_day": by_kind.get("last-contact")}
