"""``glisson records export-fhir`` and ``import-fhir``: from one registry into another, by people who may, and by nobody else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from glisson.records.store import NewEntry, Registry, content_id
from glisson.simulate.registry import cirel, simulate_registry

PASSWORD = "correct horse battery"
PLANTED = ("Curie", "1867-11-07", "MRN-4711")


class Desk:
    """A registry at the command line."""

    def __init__(self, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        self.run, self.monkeypatch, self.file = run, monkeypatch, file

    def by(self, who: str, command: str, *arguments: object) -> Any:
        self.monkeypatch.setenv("GLISSON_USER", who)
        self.monkeypatch.setenv("GLISSON_PASSWORD", PASSWORD)
        return self.run("records", command, self.file, *arguments)


@pytest.fixture
def make(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], Desk]:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("glisson.records.access.people.People._hash", lambda self: quick)

    def made(name: str) -> Desk:
        desk = Desk(run, monkeypatch, tmp_path / f"{name}.sqlite")
        assert desk.by("u-one", "init", "--alone").code == 0
        monkeypatch.setenv("GLISSON_NEW_PASSWORD", PASSWORD)
        for code, role in (("u-nurse", "data entry"), ("u-mon", "monitor"), ("u-stat", "statistician")):
            assert desk.by("u-one", "users", "--add", code, "--role", role, "--site", "site-01").code == 0
        return desk

    return made


@pytest.fixture
def filled(make: Callable[[str], Desk]) -> Desk:
    """A registry with one simulated patient at site-01."""
    from datetime import UTC, datetime

    from glisson.records.pseudonyms import site_key

    desk = make("from")
    with Registry.open(desk.file, desk.file.with_suffix(".keys"), clock=lambda: datetime.now(UTC)) as registry:
        assert registry.keys is not None
        name = site_key(registry.keys.pseudonym_key, "site-01").pseudonym("4711")
        registry.add_many(
            NewEntry(
                kind="form", author="test", case=name, site="site-01", form=one.form, edition=one.edition, visit=one.visit,
                instance=one.instance, at=one.at, payload={"values": dict(one.values)},
                id=content_id(name, one.form, one.visit, one.instance),
            )
            for one in simulate_registry(cirel(), patients=1, seed=4).entries()
        )  # fmt: skip
    return desk


def exported(desk: Desk, folder: Path) -> Path:
    done = desk.by("u-one", "export-fhir", "--out", folder, "--json")
    assert done.code == 0, done.err
    return Path(json.loads(done.out)[0]["file"])


def test_a_case_goes_from_one_registry_into_another_and_a_second_time_nothing_changes(
    filled: Desk, make: Callable[[str], Desk], tmp_path: Path
) -> None:
    bundle = exported(filled, tmp_path / "bundles")
    assert exported(filled, tmp_path / "again").read_bytes() == bundle.read_bytes()
    other = make("to")
    done = other.by("u-nurse", "import-fhir", bundle, "--json")
    assert done.code == 0, done.err
    first = json.loads(done.out)[0]
    assert len(first["entered"]) > 30 and first["not_taken"] == []
    twice = json.loads(other.by("u-nurse", "import-fhir", bundle, "--json").out)[0]
    assert twice["entered"] == [] and twice["already"] == len(first["entered"]) and twice["queries"] == 0
    case = first["case"]
    here = json.loads(other.by("u-nurse", "show", case, "--json").out)["entries"]
    there = json.loads(filled.by("u-one", "show", case, "--json").out)["entries"]
    assert {_place(one): one["values"] for one in here} == {_place(one): one["values"] for one in there}
    assert other.run("records", "verify", other.file).code == 0


def _place(one: dict[str, Any]) -> tuple[str, str, int]:
    return one["form"], one["visit"], one["instance"]


def test_reading_and_writing_are_permitted_audited_and_refused(filled: Desk, tmp_path: Path) -> None:
    bundle = exported(filled, tmp_path / "bundles")
    case = bundle.name.removesuffix(".fhir.json")
    for who in ("u-nurse", "u-mon", "u-stat"):
        done = filled.by(who, "export-fhir", case, "--out", tmp_path / who)
        assert done.code != 0 and not (tmp_path / who).exists()
    for who in ("u-mon", "u-stat"):
        assert filled.by(who, "import-fhir", bundle).code not in (0, 3)
    rows = json.loads(filled.by("u-one", "audit", case, "--json").out)
    seen = {(row["user"], row["action"], row["outcome"]) for row in rows if "action" in row}
    assert ("u-one", "export whole cases", "done") in seen
    assert ("u-nurse", "export whole cases", "refused") in seen
    whole = json.loads(filled.by("u-one", "audit", "--json").out)
    assert ("u-mon", "import data", "refused") in {(row["user"], row.get("action"), row.get("outcome")) for row in whole}


def test_planted_names_reach_neither_the_registry_nor_the_screen(
    filled: Desk, make: Callable[[str], Desk], tmp_path: Path
) -> None:
    bundle = exported(filled, tmp_path / "bundles")
    made = json.loads(bundle.read_text(encoding="utf-8"))
    patient = next(one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "Patient")
    patient["name"] = [{"family": PLANTED[0]}]
    patient["birthDate"] = PLANTED[1]
    patient["identifier"].append({"value": PLANTED[2]})
    bundle.write_text(json.dumps(made), encoding="utf-8")
    other = make("to")
    done = other.by("u-nurse", "import-fhir", bundle)
    assert done.code == 3
    assert "dropped, never stored" in " ".join(done.err.split())
    shown = other.by("u-nurse", "show", patient["identifier"][0]["value"], "--json")
    again = exported(other, tmp_path / "out").read_text(encoding="utf-8")
    for word in PLANTED:
        assert word not in done.out + done.err + shown.out + again


def test_what_stands_is_not_overwritten_and_what_is_broken_is_named(filled: Desk, tmp_path: Path) -> None:
    bundle = exported(filled, tmp_path / "bundles")
    made = json.loads(bundle.read_text(encoding="utf-8"))
    patient = next(one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "Patient")
    patient["gender"] = "female" if patient["gender"] == "male" else "male"
    bundle.write_text(json.dumps(made), encoding="utf-8")
    broken = tmp_path / "broken.json"
    broken.write_text('{"resourceType": "Bundle", "Curie": 1}', encoding="utf-8")
    done = filled.by("u-one", "import-fhir", bundle, broken, "--json")
    assert done.code == 3
    first, second = json.loads(done.out)
    assert first["entered"] == []
    assert [row["reason"] for row in first["not_taken"]] == ["an entry with other values stands there; correct it by hand"]
    assert second["bundle"] == "broken.json" and "not valid FHIR" in second["not_taken"][0]["reason"]
    assert "Curie" not in done.out + done.err
    assert filled.by("u-one", "import-fhir", tmp_path / "nothing.json").code == 2


def test_test_data_never_enter_the_case_of_a_person(filled: Desk, make: Callable[[str], Desk], tmp_path: Path) -> None:
    bundle = exported(filled, tmp_path / "bundles")
    other = make("to")
    case = bundle.name.removesuffix(".fhir.json")
    real = ["enrolled_on=2026-01-05", "age_years=66", "sex=female", "ecog=0"]
    added = other.by("u-nurse", "add", case, "patient", "--site", "site-01", *(x for v in real for x in ("--set", v)))
    assert added.code == 0, added.err
    done = json.loads(other.by("u-nurse", "import-fhir", bundle, "--json").out)[0]
    assert done["entered"] == []
    assert "test data" in done["not_taken"][-1]["reason"]


def test_laboratory_values_of_another_program_follow_what_stands(make: Callable[[str], Desk], tmp_path: Path) -> None:
    desk = make("real")
    desk.monkeypatch.setenv("GLISSON_LOCAL_ID", "4711")
    case = json.loads(desk.by("u-nurse", "pseudonym", "--site", "site-01", "--json").out)["pseudonym"]
    real = ["enrolled_on=2026-01-05", "age_years=66", "sex=female", "ecog=0"]
    assert desk.by("u-nurse", "add", case, "patient", "--site", "site-01", *(x for v in real for x in ("--set", v))).code == 0
    value = {"value": 11, "system": "http://unitsofmeasure.org", "code": "umol/L"}
    code = {"coding": [{"system": "http://loinc.org", "code": "14631-6"}]}
    found = {
        "resourceType": "Observation",
        "status": "final",
        "code": code,
        "effectiveDateTime": "2026-02-01",
        "valueQuantity": value,
    }
    made = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Patient"}}, {"resource": found}],
    }
    bundle = tmp_path / "lab.json"
    bundle.write_text(json.dumps(made), encoding="utf-8")
    asked = ["import-fhir", bundle, "--case", case, "--visit", "baseline", "--absent", "unknown", "--json"]
    first = desk.by("u-nurse", *asked)
    assert first.code == 0, first.err
    assert len(json.loads(first.out)[0]["entered"]) == 1
    again = json.loads(desk.by("u-nurse", *asked).out)[0]
    assert again["entered"] == [] and again["already"] == 1
    assert desk.by("u-nurse", "import-fhir", bundle, "--case", case).code == 3
    desk.by("u-one", "lock", case, "--visit", "baseline")
    bundle.write_text(json.dumps(made).replace("2026-02-01", "2026-02-02"), encoding="utf-8")
    locked = json.loads(desk.by("u-nurse", *asked).out)[0]
    assert [row["reason"] for row in locked["not_taken"]] == ["its visit is locked"]
