"""A registry from the command line: begun, worked in by several people, checked, locked, verified, backed up and brought back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PASSWORDS = {
    "u-adm": "correct horse battery",
    "u-nurse": "staple of the nurses",
    "u-mon": "monitors are awake",
    "u-inv": "investigate all this",
}


class Registry:
    """One registry and a way to work in it as somebody."""

    def __init__(self, run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.run, self.monkeypatch, self.folder = run, monkeypatch, folder
        self.file = folder / "study.sqlite"

    def by(self, who: str, command: str, *arguments: object, place: bool = True) -> Any:
        self.monkeypatch.setenv("GLISSON_USER", who)
        self.monkeypatch.setenv("GLISSON_PASSWORD", PASSWORDS[who])
        return self.run("records", command, *([self.file] if place else []), *arguments)

    def json(self, who: str, command: str, *arguments: object) -> Any:
        done = self.by(who, command, *arguments, "--json")
        assert done.code == 0, done.err
        return json.loads(done.out)


@pytest.fixture
def registry(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Registry:
    from argon2 import PasswordHasher

    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("glisson.records.access.people.People._hash", lambda self: quick)
    made = Registry(run, monkeypatch, tmp_path)
    assert made.by("u-adm", "init").code == 0
    for code, role in (("u-nurse", "data entry"), ("u-mon", "monitor"), ("u-inv", "investigator")):
        monkeypatch.setenv("GLISSON_NEW_PASSWORD", PASSWORDS[code])
        assert made.by("u-adm", "users", "--add", code, "--role", role, "--site", "site-01").code == 0
    return made


@pytest.fixture
def case(registry: Registry) -> str:
    """A case with its patient form."""
    registry.monkeypatch.setenv("GLISSON_LOCAL_ID", "hospital-number-4711")
    name = registry.json("u-nurse", "pseudonym", "--site", "site-01")["pseudonym"]
    values = registry.folder / "patient.yaml"
    values.write_text("enrolled_on: 2026-01-05\nage_years: 66\nsex: female\n", encoding="utf-8")
    done = registry.by("u-nurse", "add", name, "patient", "--values", values, "--set", "ecog=1", "--site", "site-01")
    assert done.code == 0, done.err
    return str(name)


def test_people_enter_ask_answer_lock_and_sign(registry: Registry, case: str) -> None:
    assert registry.by("u-nurse", "add", case, "death", "--set", "died_on=2026-02-03", "--set", "cause=other").code == 0
    late = ["contacted_on=2026-02-20", "alive=yes", "lost_to_follow_up=no", "hepatic_progression=no", "extrahepatic_progression=no",
            "new_therapy=no"]  # fmt: skip
    entered = registry.json("u-nurse", "add", case, "follow_up", "--visit", "fu1", *(x for v in late for x in ("--set", v)))
    assert entered["queries"]
    query = entered["queries"][0]
    assert registry.by("u-nurse", "queries", case, "--answer", query, "--text", "wrong month").code == 0
    fixed = registry.json("u-inv", "correct", entered["entry"], "--set", "contacted_on=2026-01-20", "--reason", "typing")
    assert registry.by("u-mon", "queries", case, "--close", query, "--text", "corrected").code == 0
    waiting = registry.json("u-mon", "queries", case).get(case, [])
    assert query not in {one["query"] for one in waiting}
    assert registry.by("u-mon", "verify-source", case, "--entry", fixed["entry"]).code == 0
    assert registry.by("u-mon", "lock", case, "--visit", "fu1").code == 0
    refused = registry.by("u-inv", "correct", fixed["entry"], "--set", "alive=no", "--reason", "again")
    assert refused.code == 2 and "locked" in refused.err
    assert registry.by("u-mon", "unlock", case, "--visit", "fu1", "--reason", "late letter").code == 0
    assert registry.by("u-inv", "sign", case).code == 0
    seen = registry.json("u-mon", "show", case)
    assert seen["signatures"][0]["by"] == "u-inv" and seen["verified"][fixed["entry"]] is True
    history = registry.json("u-mon", "show", case, "--history")
    assert {"form", "query_opened", "query_answered", "query_closed", "lock", "unlock", "verify", "sign"} <= {
        e["kind"] for e in history
    }


def test_nothing_of_the_local_identifier_or_of_a_password_is_on_the_disk(registry: Registry, case: str) -> None:
    for path in registry.folder.rglob("*"):
        if path.is_file() and path.suffix != ".yaml":
            content = path.read_bytes()
            assert b"hospital-number-4711" not in content
            assert not [word for word in PASSWORDS.values() if word.encode() in content]
            assert b"wild type" not in content


def test_verify_backup_and_restore(registry: Registry, case: str) -> None:
    backup, back = registry.folder / "backup", registry.folder / "again.sqlite"
    head = registry.json("u-adm", "backup", "--out", backup)
    assert registry.run("records", "verify", registry.file, "--head", backup).code == 0
    assert registry.run("records", "restore", backup, "--to", back, "--keys", registry.folder / "study.keys").code == 0
    verified = registry.run("records", "verify", back, "--keys", registry.folder / "study.keys", "--json")
    found = json.loads(verified.out)
    assert found["ok"] and found["head"]["sequence"] == head["sequence"]
    broken = registry.folder / "broken.sqlite"
    content = bytearray(back.read_bytes())
    place = content.index(case.encode())
    content[place] ^= 1
    broken.write_bytes(content)
    assert registry.run("records", "verify", broken).code != 0


def test_a_write_under_a_clock_far_ahead_is_put_right_by_an_admin(
    registry: Registry, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import UTC, datetime, timedelta

    real = datetime.now(UTC)
    with monkeypatch.context() as wrong:
        wrong.setattr("glisson.actions.registry.door.now", lambda: real + timedelta(days=1000))
        assert registry.by("u-nurse", "add", case, "death", "--set", "died_on=2026-02-03", "--set", "cause=other").code == 0
    refused = registry.by("u-nurse", "show", case)
    assert refused.code == 2 and "999 days before the last entry" in refused.err and "accept-clock" in refused.err
    verified = registry.run("records", "verify", registry.file, "--json")
    assert verified.code == 0 and "ahead of this machine's clock" in json.loads(verified.out)["notes"][0]
    today, day = real.date().isoformat(), (real + timedelta(days=1000)).date().isoformat()
    for who, given, reason, said in (
        ("u-adm", day, "battery", "is not that of this machine's clock"),
        ("u-adm", "today", "battery", "a day as 2026-11-22"),
        ("u-adm", today, "the server of Mrs Bronte", "may betray a person"),
        ("u-nurse", today, "battery", "not among the rights"),
    ):
        done = registry.by(who, "accept-clock", "--today", given, "--reason", reason)
        assert done.code == 2 and said in done.err and "Bronte" not in done.err
    done = registry.by("u-adm", "accept-clock", "--today", today, "--reason", "battery of the server")
    assert done.code == 0 and "carry a time that lies ahead" in done.err
    assert registry.by("u-nurse", "show", case).code == 0
    assert registry.by("u-adm", "accept-clock", "--today", today, "--reason", "battery of the server").code == 2
    said = registry.run("records", "verify", registry.file)
    assert said.code == 0 and "the clock was accepted" in said.err
    acts = [row for row in registry.json("u-adm", "audit") if row["kind"] == "clock-accepted"]
    assert [(act["user"], act["reason"]) for act in acts] == [("u-adm", "battery of the server")]


def test_an_erasure_while_another_program_reads_says_that_the_key_may_be_left(
    registry: Registry, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3
    from contextlib import closing

    from glisson.records.store import erasure

    whole = erasure.drop_keys
    monkeypatch.setattr(erasure, "drop_keys", lambda *a, wait_s=0.1: whole(*a, wait_s=min(wait_s, 0.1)))
    consent = [
        "consented_on=2026-01-05",
        "covers=[registry]",
        "withdrawn=yes",
        "withdrawn_on=2026-02-01",
        "withdrawal_scope=erase",
    ]
    entered = registry.by("u-nurse", "add", case, "consent", *(x for value in consent for x in ("--set", value)))
    assert entered.code == 0, entered.err
    with closing(sqlite3.connect(registry.file, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM cases").fetchone()
        done = registry.by("u-adm", "erase", case, "--sure")
        assert done.code == 0 and "may still lie in the database's own log" in done.err
        told = registry.run("records", "verify", registry.file, "--json")
        assert told.code == 0 and "may still lie" in json.loads(told.out)["notes"][-1]
    told = registry.run("records", "verify", registry.file, "--json")
    assert told.code == 0 and json.loads(told.out)["notes"] == []
    kinds = [row["kind"] for row in registry.json("u-adm", "audit")]
    assert kinds.index("key-left") < kinds.index("key-dropped")


def test_refusals_are_messages_and_on_record(registry: Registry, case: str) -> None:
    for who, command, arguments in (
        ("u-mon", "add", (case, "death", "--set", "died_on=2026-02-03")),
        ("u-nurse", "unlock", (case, "--reason", "x")),
        ("u-inv", "users", ()),
        ("u-nurse", "erase", (case, "--sure")),
        ("u-nurse", "show", ("site-01-0000000000000",)),
    ):
        done = registry.by(who, command, *arguments)
        assert done.code == 2 and "Traceback" not in done.err, (who, command)
    rows = [*registry.json("u-adm", "audit"), *registry.json("u-adm", "audit", case)]
    assert sum(row.get("outcome") == "refused" for row in rows) == 5


def test_bad_values_name_every_item_and_store_nothing(registry: Registry, case: str) -> None:
    before = registry.json("u-mon", "show", case)["entries"]
    done = registry.by("u-nurse", "add", case, "laboratory", "--set", "sampled_on=2026-13-01", "--set", "albumin_g_per_L=3.9")
    assert done.code == 2 and "sampled_on" in done.err and "albumin_g_per_L" in done.err and "3.9" not in done.err
    assert registry.json("u-mon", "show", case)["entries"] == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--values", "none.yaml"), "no file"),
        (("--set", "ecog"), "without '='"),
        (("--set", "ecog={"), "cannot be read"),
    ],
)
def test_values_that_cannot_be_read(registry: Registry, case: str, arguments: tuple[str, ...], said: str) -> None:
    done = registry.by("u-nurse", "add", case, "death", *arguments)
    assert done.code == 2 and said in done.err


def test_a_wrong_password_and_a_registry_that_is_not_there(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLISSON_USER", "u-adm")
    monkeypatch.setenv("GLISSON_PASSWORD", "not the password")
    assert "wrong password" in registry.run("records", "show", registry.file).err
    assert "no registry" in registry.by("u-adm", "verify", registry.folder / "none.sqlite", place=False).err
    assert registry.by("u-adm", "init").code == 2


def test_an_easy_password_leaves_nothing_behind(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GLISSON_USER", "u-1")
    monkeypatch.setenv("GLISSON_PASSWORD", "easy")
    assert run("records", "init", tmp_path / "r.sqlite").code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_simulated_study_is_a_registry_with_its_truth(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLISSON_USER", "u-1")
    monkeypatch.setenv("GLISSON_PASSWORD", "correct horse battery")
    done = run("simulate", "--patients", 3, "--seed", 2, "--out", tmp_path / "sim.sqlite", "--json")
    assert json.loads(done.out)["patients"] == 3
    truth = json.loads((tmp_path / "sim.truth.json").read_text())
    assert truth["simulated"] is True and len(truth["patients"]) == 3
    cases = json.loads(run("records", "show", tmp_path / "sim.sqlite", "--json").out)
    assert sorted(truth["patients"]) == cases
    assert json.loads(run("records", "check", tmp_path / "sim.sqlite", cases[0], "--json").out)[cases[0]]["problems"] == []


def test_forms_and_codebook_are_listed(run: Callable[..., Any]) -> None:
    assert json.loads(run("records", "forms", "--json").out)["tace_session"]["edition"] == 1
    assert "drug_loaded_mg" in run("records", "forms", "tace_session").err


def test_scans_come_in_without_the_person_and_names_in_headers_are_looked_for(registry: Registry, case: str) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    ds.Modality, ds.PatientName, ds.StudyDate = "CT", "Gaskell^Elizabeth", "20260110"
    scans = registry.folder / "scans"
    scans.mkdir()
    ds.save_as(scans / "a.dcm", enforce_file_format=True)
    out = registry.folder / "clean"
    assert registry.json("u-nurse", "deidentify", case, scans, "--out", out)["files"] == 1
    (written,) = [path for path in out.rglob("*") if path.is_file()]
    assert b"Gaskell" not in written.read_bytes() and case.encode() in written.read_bytes()
    refused = registry.by("u-mon", "deidentify", case, scans, "--out", registry.folder / "other")
    assert refused.code == 2 and not (registry.folder / "other").exists()
    event = {"term": "Fever told by Gaskell", "ctcae": "'5'", "grade": 1, "started_on": "2026-01-20", "ongoing": "yes", "phase": "later",
             "relation": "[other]", "treatment": "none", "outcome": "recovering", "serious": "no"}  # fmt: skip
    settings = [x for item, value in event.items() for x in ("--set", f"{item}={value}")]
    done = registry.json("u-nurse", "add", case, "adverse_event", "--visit", "events", *settings, "--scans", scans)
    assert any(warning["code"] == "free-text.identifier" for warning in done["warnings"])
