"""Whoever owns the database can change it, but not unseen: what was changed is found, and where."""

import json
from pathlib import Path

import pytest
from registry_helpers import CASE, MovingClock, act, filled, keys_path, without_guards
from sqlalchemy import select, text

from glisson.errors import BadInput
from glisson.records.store import Head, Registry, schema
from glisson.records.store.chain import ENVELOPE_FIELDS, Record, entry_hash, envelope

TEXTS = ["id", "pseudonym", "site", "kind", "key", "form", "visit", "at", "recorded_at", "author", "replaces"]
NUMBERS = ["sequence", "edition", "instance"]
BYTES = ["nonce", "ciphertext", "previous_hash", "hash"]


@pytest.fixture
def full(registry: Registry) -> Registry:
    """Nine entries: six filled forms (the fifth a correction), a lock, an act without a case, another case."""
    entries = [
        filled(visit=f"v{number}", at=MovingClock()().date(), id=f"e{number}", replaces="e2" if number == 4 else None)
        for number in range(1, 7)
    ]
    registry.add_many(entries, chunk=2)
    registry.add_all([act("lock", visit="v1"), act("note", case=None, key="registry"), filled(case="s2-0009")])
    assert registry.verify().ok
    return registry


def test_every_column_is_under_the_hash() -> None:
    assert set(TEXTS + NUMBERS + BYTES) == set(schema.entries.columns.keys())


@pytest.mark.parametrize("sequence", [1, 4, 9])
@pytest.mark.parametrize("column", BYTES)
def test_a_flipped_byte_is_found_and_located(full: Registry, column: str, sequence: int) -> None:
    with full.database.engine.connect() as connection:
        old = connection.execute(select(schema.entries.c[column]).where(schema.entries.c.sequence == sequence)).scalar_one()
    for place in (0, len(old) // 2, len(old) - 1):
        new = bytearray(old)
        new[place] ^= 1
        without_guards(full, f"UPDATE entries SET {column} = :new WHERE sequence = :n", new=bytes(new), n=sequence)
        verified = full.verify()
        assert not verified.ok
        assert verified.first_broken == sequence
    without_guards(full, f"UPDATE entries SET {column} = :old WHERE sequence = :n", old=old, n=sequence)
    assert full.verify().ok


@pytest.mark.parametrize("column", TEXTS)
@pytest.mark.parametrize("sequence", [2, 4, 9])
def test_a_changed_letter_is_found_and_located(full: Registry, column: str, sequence: int) -> None:
    changed = f"CASE WHEN {column} IS NULL THEN 'x' ELSE 'y' || substr({column}, 2) END"
    without_guards(full, f"UPDATE entries SET {column} = {changed} WHERE sequence = :n", n=sequence)
    assert full.verify().first_broken == sequence
    with Registry.open(str(full.database.engine.url.render_as_string(hide_password=False)), None, clock=MovingClock()) as keyless:
        assert keyless.verify().first_broken == sequence


@pytest.mark.parametrize("column", ["edition", "instance"])
def test_a_changed_number_is_found_and_located(full: Registry, column: str) -> None:
    without_guards(full, f"UPDATE entries SET {column} = coalesce({column}, 0) + 1 WHERE sequence = 7")
    assert full.verify().first_broken == 7


def test_an_entry_taken_out_of_the_middle(full: Registry) -> None:
    without_guards(full, "DELETE FROM entries WHERE sequence = 5")
    verified = full.verify()
    assert verified.first_broken == 6
    assert "5 to 5 are missing" in verified.findings[0].text


def test_two_entries_exchanged(full: Registry) -> None:
    without_guards(
        full,
        "UPDATE entries SET sequence = 99 WHERE sequence = 2",
        "UPDATE entries SET sequence = 2 WHERE sequence = 3",
        "UPDATE entries SET sequence = 3 WHERE sequence = 99",
    )
    assert full.verify().first_broken == 2


def cut(registry: Registry, last: int) -> None:
    """Take the entries after ``last`` away and move the head back, as a careful forger without the keys would."""
    without_guards(registry, f"DELETE FROM entries WHERE sequence > {last}", "DELETE FROM cases WHERE pseudonym = 's2-0009'")
    without_guards(
        registry,
        f"UPDATE registry SET head_sequence = {last}, head_hash = (SELECT hash FROM entries WHERE sequence = {last})",
    )


def test_the_loss_of_the_last_entries_against_the_head_of_a_backup(full: Registry, tmp_path: Path) -> None:
    known = full.backup(tmp_path / "backup").head
    assert full.verify([known]).ok
    seal_of_5 = full.keys.seal(5, bytes.fromhex(full.entries(CASE)[4].hash)) if full.keys else b""
    cut(full, 5)
    without_guards(full, "UPDATE registry SET head_seal = :seal", seal=seal_of_5)  # an old state put back whole, seal and all
    assert full.verify().ok
    verified = full.verify([known])
    assert not verified.ok
    assert "ends at entry 5" in verified.findings[0].text
    assert "names entry 9" in verified.findings[0].text


def test_a_log_cut_off_without_the_keys_shows_in_the_seal(full: Registry) -> None:
    cut(full, 5)
    assert [finding.text for finding in full.verify().findings] == [
        "the seal of the head does not fit: the head was replaced without the keys"
    ]


def test_a_cut_log_with_the_old_head(full: Registry) -> None:
    without_guards(full, "DELETE FROM entries WHERE sequence > 7", "DELETE FROM cases WHERE pseudonym = 's2-0009'")
    assert "the head names entry 9, the log ends at 7" in full.verify().findings[0].text


@pytest.mark.parametrize("column", ["head_sequence = head_sequence + 1", "head_hash = nonce_of_1", "head_seal = nonce_of_1"])
def test_a_replaced_head(full: Registry, column: str) -> None:
    change = column.replace("nonce_of_1", "(SELECT nonce FROM entries WHERE sequence = 1)")
    without_guards(full, f"UPDATE registry SET {change}")
    verified = full.verify()
    assert not verified.ok
    assert verified.first_broken is None


def test_a_chain_worked_out_anew_without_the_keys(full: Registry) -> None:
    """Every hash fits again, so that the chain alone is content; the payloads do not open, and the kept head differs."""
    known = full.head()
    with full.database.engine.connect() as connection:
        rows = [Record._make(row) for row in connection.execute(select(schema.entries).order_by(schema.entries.c.sequence))]
    previous = rows[0].previous_hash
    for row in rows:
        forged = row._replace(author="mallory") if row.sequence == 3 else row
        hash = entry_hash(previous, envelope(forged[:ENVELOPE_FIELDS]), forged.nonce, forged.ciphertext)
        without_guards(
            full,
            "UPDATE entries SET author = :author, previous_hash = :previous, hash = :hash WHERE sequence = :n",
            author=forged.author,
            previous=previous,
            hash=hash,
            n=row.sequence,
        )
        previous = hash
    without_guards(full, "UPDATE registry SET head_hash = :hash", hash=previous)
    with Registry.open(str(full.database.engine.url.render_as_string(hide_password=False)), None, clock=MovingClock()) as keyless:
        assert keyless.verify().ok
        assert keyless.verify([known]).first_broken == 9
    assert full.verify().first_broken == 3


def test_the_key_of_a_case(full: Registry) -> None:
    with full.database.engine.connect() as connection:
        query = select(schema.cases.c.wrapped_key).where(schema.cases.c.pseudonym == CASE)
        wrapped = bytearray(connection.execute(query).scalar_one())
    wrapped[30] ^= 1
    without_guards(full, "UPDATE cases SET wrapped_key = :k WHERE pseudonym = :c", k=bytes(wrapped), c=CASE)
    assert full.verify().first_broken == 1
    with pytest.raises(BadInput, match=f"the key of case {CASE} does not open"):
        full.entries(CASE)
    without_guards(full, "UPDATE cases SET wrapped_key = NULL WHERE pseudonym = :c", c=CASE)
    assert "no entry says that it was erased" in full.verify().findings[0].text


def test_the_keys_of_two_cases_exchanged(full: Registry) -> None:
    other = "(SELECT wrapped_key FROM cases WHERE pseudonym = 's2-0009')"
    without_guards(full, f"UPDATE cases SET wrapped_key = {other} WHERE pseudonym = :c", c=CASE)
    assert full.verify().first_broken == 1


def test_a_site_and_a_stray_case(full: Registry) -> None:
    without_guards(
        full,
        "UPDATE cases SET site = 's9' WHERE pseudonym = 's2-0009'",
        "INSERT INTO cases (pseudonym, site, wrapped_key) SELECT 's3-1', 's3', wrapped_key FROM cases WHERE pseudonym = 's2-0009'",
    )
    found = full.verify()
    assert found.first_broken == 9
    assert "case s3-1 has no entry" in found.findings[-1].text


def test_a_key_put_back_after_an_erasure(full: Registry) -> None:
    wrapped = "(SELECT wrapped_key FROM cases WHERE pseudonym = 's2-0009')"
    full.erase(CASE, author="anna")
    without_guards(full, f"UPDATE cases SET wrapped_key = {wrapped} WHERE pseudonym = :c", c=CASE)
    assert any("but its key is there" in finding.text for finding in full.verify().findings)


GUARDED = [
    "UPDATE entries SET author = 'x' WHERE sequence = 1",
    "UPDATE entries SET sequence = 100 WHERE sequence = 9",
    "DELETE FROM entries WHERE sequence = 9",
    "DELETE FROM entries",
    "UPDATE cases SET site = 'x', wrapped_key = NULL",
    "UPDATE cases SET pseudonym = 'x' WHERE pseudonym = 's2-0009'",
    "DELETE FROM cases WHERE pseudonym = 's2-0009'",
]


@pytest.mark.parametrize("statement", GUARDED)
def test_the_database_itself_refuses(full: Registry, statement: str) -> None:
    with pytest.raises(BadInput), full.database.writing() as connection:
        connection.execute(text(statement))
    assert full.verify().ok


@pytest.mark.parametrize("conflict", ["sequence", "id", "replaces"])
def test_sqlite_insert_or_replace_does_not_get_around_the_guards(tmp_path: Path, clock: MovingClock, conflict: str) -> None:
    """Its deletions fire no trigger for DELETE."""
    with Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock) as registry:
        registry.add_all([filled(id="a"), filled(id="b", replaces="a")])
        new = {"sequence": "3", "id": "'c'", "replaces": "NULL"}
        new[conflict] = conflict
        values = ", ".join(new.get(name, name) for name in schema.entries.columns.keys())  # noqa: SIM118
        with pytest.raises(BadInput), registry.database.writing() as connection:
            connection.execute(text(f"INSERT OR REPLACE INTO entries SELECT {values} FROM entries WHERE sequence = 2"))
        with pytest.raises(BadInput), registry.database.writing() as connection:
            connection.execute(text("INSERT OR REPLACE INTO cases SELECT pseudonym, 's9', NULL FROM cases"))
        assert registry.verify().ok


@pytest.mark.postgresql
@pytest.mark.parametrize("table", ["entries", "cases", "cases, entries"])
def test_postgresql_truncate_is_refused(postgresql_url: str, tmp_path: Path, clock: MovingClock, table: str) -> None:
    with Registry.create(postgresql_url, tmp_path / "r.keys", clock=clock) as registry:
        registry.add(filled())
        with pytest.raises(BadInput), registry.database.writing() as connection:
            connection.execute(text(f"TRUNCATE {table}"))
        assert registry.verify().ok


def test_verify_counts_what_it_does_not_list(registry: Registry) -> None:
    registry.add_many(act("note", payload={"n": number}) for number in range(130))
    without_guards(registry, "UPDATE entries SET author = 'mallory'")
    verified = registry.verify()
    assert (verified.broken, len(verified.findings), verified.first_broken) == (130, 100, 1)


def test_a_head_of_another_registry(full: Registry) -> None:
    assert not full.verify([Head(0, "00" * 32)]).ok
    assert not full.verify([Head(3, "00" * 32)]).ok


def test_a_changed_head_file(full: Registry, tmp_path: Path) -> None:
    from glisson.records.store import read_head, read_keys

    full.backup(tmp_path / "backup")
    keys = read_keys(keys_path(tmp_path))
    assert read_head(tmp_path / "backup", keys).head == full.head()
    path = tmp_path / "backup" / "head.json"
    content = json.loads(path.read_text())
    content["sequence"] -= 1
    path.write_text(json.dumps(content))
    with pytest.raises(BadInput, match="seal does not fit"):
        read_head(path, keys)
