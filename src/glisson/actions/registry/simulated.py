"""A simulated study as a registry on disk, with its truth beside it."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.registry.door import Door, now
from glisson.actions.registry.keep import init_registry
from glisson.errors import BadInput
from glisson.whole_file import write_text

if TYPE_CHECKING:
    from glisson.records.store import NewEntry
    from glisson.simulate.registry import SimulatedEntry, SimulatedRegistry

STUDIES = ("cirel",)
AUTHOR = "simulation"


@dataclass(frozen=True)
class Simulated:
    """What was made: the registry, its keys, the truth, and how much."""

    place: str
    keys: Path
    truth: Path
    patients: int
    entries: int


def simulate_study(door: Door, *, study: str = "cirel", patients: int | None = None, seed: int = 1) -> Simulated:
    """A registry of a simulated study; its user holds every role, and the truth lies beside it as JSON.

    Raises:
        BadInput: an unknown study, or a place where something is already.
    """
    from glisson.records.store import Registry
    from glisson.simulate.registry import cirel, simulate_registry

    if study not in STUDIES:
        raise BadInput("a study that is not known", allowed=", ".join(STUDIES))
    if "://" in door.place:
        raise BadInput("a simulated registry on a server", do="make it as a file, and import it from there")
    design = cirel()
    made = simulate_registry(design, patients=patients or design.patients, seed=seed)
    begun = init_registry(door, alone=True)
    with Registry.open(door.place, begun.keys, clock=now) as registry:
        names = _pseudonyms(made, registry.keys.pseudonym_key if registry.keys else b"")
        count = registry.add_many(_new_entries(made.entries(), names))
    truth = Path(door.place).with_suffix(".truth.json")
    write_text(truth, json.dumps(_truth(made, names), sort_keys=True, indent=1) + "\n")
    return Simulated(door.place, begun.keys, truth, len(made), count)


def _pseudonyms(made: "SimulatedRegistry", key: bytes) -> dict[str, str]:
    """Simulated name to pseudonym; the name plays the part of a hospital number."""
    from glisson.records.pseudonyms import site_key

    found = {}
    for number in range(len(made)):
        patient = made.patient(number)
        found[patient.case] = site_key(key, patient.site).pseudonym(patient.case)
    return found


def _new_entries(entries: "Iterable[SimulatedEntry]", names: dict[str, str]) -> "Iterator[NewEntry]":
    from glisson.records.store import NewEntry, content_id

    for entry in entries:
        case = names[entry.case]
        yield NewEntry(
            kind="form", author=AUTHOR, case=case, site=entry.site, form=entry.form, edition=entry.edition, visit=entry.visit,
            instance=entry.instance, at=entry.at, id=content_id(case, entry.form, entry.visit, entry.instance),
            payload={"form": entry.form, "edition": entry.edition, "values": dict(entry.values)},
        )  # fmt: skip


def _truth(made: "SimulatedRegistry", names: dict[str, str]) -> dict[str, Any]:
    """What is true of the study, and of every patient: months from the first session; null is never."""
    from glisson.simulate.registry import truth_of

    columns = ("liver", "extrahepatic", "death", "end", "liver_seen", "extrahepatic_seen")
    patients = {}
    for number in range(len(made)):
        case = made.patient(number).case
        row = {name: float(getattr(made.course, name)[number]) for name in columns}
        patients[names[case]] = {name: round(month, 6) if month < float("inf") else None for name, month in row.items()}
        patients[names[case]]["responds"] = float(made.course.responds[number])
    return {
        "simulated": True,
        "study": made.design.name,
        "seed": made.seed,
        "truth": asdict(truth_of(made.design)),
        "patients": patients,
    }
