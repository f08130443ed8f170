"""A whole simulated registry: filled forms patient by patient, and the truth beside them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from string import ascii_uppercase

import numpy as np

from glisson.errors import BadInput
from glisson.simulate.registry.baseline import COUNTS, baseline
from glisson.simulate.registry.clinic import contacts, harm, questionnaires, session_months, sessions
from glisson.simulate.registry.course import Course, draw_course
from glisson.simulate.registry.design import INTENTIONS, LESION_CLASSES, Design
from glisson.simulate.registry.entries import Patient, PatientDoses, SimulatedEntry
from glisson.simulate.registry.lesions import draw_tumours, scans
from glisson.simulate.registry.people import People, draw_people
from glisson.simulate.registry.sirt_sessions import FIRST_DELIVERY, sirt_sessions

MOST_PATIENTS = 1_000_000


@dataclass(frozen=True, eq=False)
class SimulatedRegistry:
    """The draws of a cohort; the forms are filled as they are asked for.

    Attributes:
        design: the study.
        seed: same seed, same registry.
        people, course: columns over patients; ``course`` is the truth of every patient.
    """

    design: Design
    seed: int
    people: People
    course: Course

    def __len__(self) -> int:
        return len(self.people)

    def entries(self) -> Iterator[SimulatedEntry]:
        """Every filled form, patient after patient."""
        for number in range(len(self)):
            yield from forms_of(self.patient(number))

    def patient(self, number: int) -> Patient:
        """One person, with an own random stream that does not depend on how many others there are."""
        people, course = self.people, self.course
        centre = int(people.centre[number])
        made = course.scans[number]
        return Patient(
            case=f"sim-{number + 1:04d}",
            site=f"site-{centre + 1:02d}",
            country=f"X{ascii_uppercase[centre % self.design.countries]}",
            first_session=self.design.first_day + timedelta(days=int(people.start_days[number])),
            intention=INTENTIONS[people.intention[number]],
            lesion_class=LESION_CLASSES[people.lesion_class[number]],
            extrahepatic=bool(people.extrahepatic[number]),
            ecog=bool(people.ecog[number]),
            male=bool(people.male[number]),
            age_years=int(people.age_years[number]),
            liver=float(course.liver[number]),
            extrahepatic_month=float(course.extrahepatic[number]),
            death=float(course.death[number]),
            end=float(course.end[number]),
            lost=bool(course.lost[number]),
            responds=bool(course.responds[number]),
            scans=tuple(float(month) for month in made[np.isfinite(made)]),
            liver_seen=float(course.liver_seen[number]),
            extrahepatic_seen=float(course.extrahepatic_seen[number]),
            design=self.design,
            random=np.random.Generator(np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=(number,)))),
            lines=None if people.lines is None else int(people.lines[number]),
            doses=_doses_of(people, number),
        )


def _doses_of(people: People, number: int) -> PatientDoses | None:
    given = people.doses
    if given is None:
        return None
    columns = (given.tumour_dose_Gy, given.normal_liver_dose_Gy, given.lung_shunt_fraction)
    return PatientDoses(*(float(column[number]) for column in columns))


def simulate_registry(design: Design, *, patients: int, seed: int) -> SimulatedRegistry:
    """A registry of ``patients`` people.

    Raises:
        BadInput: no patients or too many, or a seed below 0.
    """
    if not 1 <= patients <= MOST_PATIENTS:
        raise BadInput(f"{patients} patients", allowed=f"1 to {MOST_PATIENTS}")
    if seed < 0:
        raise BadInput(f"seed {seed}", allowed="0 or more")
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    people = draw_people(design, patients, random)
    return SimulatedRegistry(design, seed, people, draw_course(design, people, random))


def forms_of(patient: Patient) -> Iterator[SimulatedEntry]:
    """Every form of one patient."""
    tumours = draw_tumours(patient, COUNTS[patient.lesion_class])
    sirt = patient.design.sirt
    months = session_months(patient) if sirt is None else (0.0,)
    yield from baseline(patient, tumours.count, tumours.targets_mm[0])
    yield from sessions(patient, months) if sirt is None else sirt_sessions(patient, sirt, tumours)
    scanned: list[float] = []
    for entry in scans(patient, tumours):
        yield entry
        if entry.form == "imaging" and entry.visit != "scan-0":
            scanned.append(patient.scans[len(scanned)])
    yield from harm(patient, months, first=1 if sirt is None else FIRST_DELIVERY)
    yield from questionnaires(patient)
    yield from contacts(patient, tuple(scanned))
