"""The rule of the chain, written out with the standard library only."""

import hashlib
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from registry_helpers import MovingClock, act, filled

from glisson.records.store import Registry
from glisson.records.store.chain import envelope

texts = st.one_of(st.none(), st.integers(-(2**63), 2**63), st.text(st.characters(exclude_categories=["Cs"])))


@given(st.lists(texts, min_size=1, max_size=14))
def test_envelope_against_json(fields: list[str | int | None]) -> None:
    expected = json.dumps([1, *fields], ensure_ascii=False, separators=(",", ":")).encode()
    assert envelope(tuple(fields)) == expected
    assert b"\n" not in expected


def test_the_chain_of_an_export_without_this_program(tmp_path: Path, clock: MovingClock) -> None:
    from base64 import b64decode

    with Registry.create(tmp_path / "r.sqlite", tmp_path / "r.keys", clock=clock) as registry:
        old = registry.add(filled(at=clock().date()))
        registry.add_all([filled(replaces=old.id), act("lock", visit="v1"), act("note", case=None)])
        head = registry.export(tmp_path / "all.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    previous = hashlib.sha256(b"glisson registry\n" + lines[0]["registry"].encode()).digest()
    count = 0
    for entry in (line["entry"] for line in lines if "entry" in line):
        clear = json.dumps([1, *entry[:14]], ensure_ascii=False, separators=(",", ":")).encode()
        nonce, ciphertext, stored_previous, stored = map(b64decode, entry[14:])
        assert stored_previous == previous
        previous = hashlib.sha256(previous + clear + b"\n" + nonce + ciphertext).digest()
        assert stored == previous
        count += 1
    assert (count, previous.hex()) == head == tuple(lines[0]["head"])
