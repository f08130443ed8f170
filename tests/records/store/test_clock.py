"""A write under a clock that stood years ahead blocks nothing for good, and what was known by a day stays what it was."""

import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from registry_helpers import CASE, MovingClock, act, filled, keys_path

from glisson.errors import BadInput
from glisson.records.store import NewEntry, Registry
from glisson.records.store.clock import ClockBehind, recorded_by, span
from glisson.records.store.verify import verify

AHEAD = timedelta(days=5 * 365)
WHY = "battery of the server"


def jump(registry: Registry, clock: MovingClock) -> None:
    """One entry under a clock five years ahead, which is then set right."""
    clock.now += AHEAD
    registry.add(filled(visit="wrong"))
    clock.now -= AHEAD


def test_a_write_under_a_clock_far_ahead_blocks_until_somebody_says_so(registry: Registry, clock: MovingClock) -> None:
    first = registry.add(filled(visit="v1"))
    jump(registry, clock)
    with pytest.raises(ClockBehind, match=r"1824 days before the last entry.*accept-clock"):
        registry.add(filled(visit="v2"))
    assert "1824 days ahead of this machine's clock" in registry.verify().notes[0]
    accepted = registry.accept_clock(author="u-lead", reason=WHY)
    assert accepted.payload == {
        "reason": WHY, "reached": registry.entries(CASE)[-1].recorded_at.isoformat(timespec="microseconds"), "entries": 1, "first": 2,
    }  # fmt: skip
    second = registry.add(filled(visit="v2"))
    assert first.recorded_at < accepted.recorded_at < second.recorded_at < first.recorded_at + timedelta(minutes=1)
    assert [entry.sequence for entry in registry.entries(CASE)] == [1, 2, 4]
    verified = registry.verify([registry.head()])
    assert verified.ok and len(verified.notes) == 1
    assert verified.notes[0].startswith("entry 3: the clock was accepted at 2026-03-01")


def test_what_was_known_by_a_day_is_the_first_part_of_the_log(registry: Registry, clock: MovingClock) -> None:
    old = registry.add(filled(visit="v1"))
    clock.now += timedelta(days=1)
    jump(registry, clock)
    wrong = registry.entries(CASE)[-1]
    clock.now += timedelta(days=1)
    registry.accept_clock(author="u-lead", reason=WHY)
    new = registry.add(filled(visit="wrong", replaces=wrong.id))
    clock.now += timedelta(days=1)
    last = registry.add(filled(visit="v3"))
    assert registry.state(CASE, as_of=date(2026, 3, 2)).current == (old,)
    assert registry.state(CASE, as_of=date(2026, 3, 3)).current == (old, new)
    assert [e.id for e in registry.entries(CASE, as_of=new.recorded_at)] == [old.id, wrong.id, new.id]
    assert registry.state(CASE, as_of=last.recorded_at).current == (old, new, last)
    assert list(registry.stream("laboratory", as_of=date(2026, 3, 3))) == [old, new]
    assert list(registry.stream("laboratory", as_of=date(2026, 3, 4))) == [old, new, last]


def test_a_registry_may_rest_for_years(registry: Registry, clock: MovingClock) -> None:
    registry.add(filled(visit="v1"))
    clock.now += AHEAD
    registry.add(filled(visit="v2"))
    with pytest.raises(BadInput, match="nothing to accept"):
        registry.accept_clock(author="u-lead", reason=WHY)
    assert registry.verify().notes == ()


def test_within_a_few_minutes_there_is_nothing_to_accept(registry: Registry, clock: MovingClock) -> None:
    registry.add(filled(visit="v1"))
    clock.now -= timedelta(minutes=2)
    with pytest.raises(BadInput, match="nothing to accept"):
        registry.accept_clock(author="u-lead", reason=WHY)


def test_it_can_happen_again(registry: Registry, clock: MovingClock) -> None:
    registry.add(filled(visit="v1"))
    for number in (1, 2):
        clock.now += AHEAD
        registry.add(filled(visit=f"wrong{number}"))
        registry.add(act("note"))
        clock.now -= AHEAD
        accepted = registry.accept_clock(author="u-lead", reason=WHY)
        assert (accepted.payload or {})["entries"] == 2
        registry.add(filled(visit=f"right{number}"))
    assert registry.verify().ok and len(registry.verify().notes) == 2


def test_nobody_hands_the_act_in_and_nothing_else_runs_backwards(registry: Registry, clock: MovingClock) -> None:
    for kind in ("clock-accepted", "key-left", "key-dropped"):
        with pytest.raises(BadInput, match="cannot be handed in"):
            NewEntry(kind=kind, author="a", payload={}, key="registry")
    registry.add(act("note", case=None, key="registry", id="clock-000"))
    registry.add(filled(visit="v1"))
    clock.now += timedelta(days=1)
    registry.add(filled(visit="v2"))
    assert len(registry.entries(CASE, as_of=date(2026, 3, 1))) == 1  # an id that only looks like the act's changes nothing


def test_the_registry_comes_back_with_its_accepted_clock(registry: Registry, clock: MovingClock, tmp_path: Path) -> None:
    registry.add(filled(visit="v1"))
    jump(registry, clock)
    registry.accept_clock(author="u-lead", reason=WHY)
    right = registry.add(filled(visit="v2"))
    registry.backup(tmp_path / "backup")
    registry.export(tmp_path / "all.jsonl")
    for source in ("backup", "all.jsonl"):
        place = tmp_path / f"{source}.sqlite"
        with Registry.restore(tmp_path / source, place, keys_path(tmp_path), clock=clock) as again:
            assert again.head() == registry.head() and again.verify().ok
            assert again.add(filled(visit="v3")).recorded_at > right.recorded_at


def test_the_chain_holds_and_the_act_is_told_without_keys(registry: Registry, place: str, clock: MovingClock) -> None:
    registry.add(filled(visit="v1"))
    jump(registry, clock)
    registry.accept_clock(author="u-lead", reason=WHY)
    with Registry.open(place, None, clock=clock) as closed:
        assert closed.verify().ok and closed.verify().notes


def test_an_erasure_does_not_wait_for_a_clock(registry: Registry, place: str, clock: MovingClock, tmp_path: Path) -> None:
    registry.add(filled(visit="v1"))
    registry.add(filled(case="s1-0002"))
    jump(registry, clock)
    assert registry.keys is not None
    registry.keys.note_erased("s1-0002", "u-lead")
    with Registry.open(place, keys_path(tmp_path), clock=clock) as again:
        assert again.state("s1-0002").erased
        assert again.verify().ok


def test_signing_in_to_accept_takes_the_last_time(registry: Registry, place: str, clock: MovingClock, tmp_path: Path) -> None:
    jump(registry, clock)
    with Registry.open(place, keys_path(tmp_path), clock=clock, hold=True) as held:
        note = held.add(act("signed-in", case=None, key="registry"))
        assert note.recorded_at == held.entries(CASE)[-1].recorded_at
        held.accept_clock(author="u-lead", reason=WHY)
        assert held.add(act("note")).recorded_at < note.recorded_at
        assert held.verify().ok


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "correct", "set clock", "accept"]), st.integers(-3000, 3000)), min_size=4, max_size=14
    ),
    st.lists(st.integers(-3000, 6000), min_size=4, max_size=4),
)
def test_any_clock_against_a_plain_list(steps: list[tuple[str, int]], looks: list[int]) -> None:
    """Days of a clock that jumps; the model keeps (time of record, id) in order, and as-of is the longest part that fits."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    clock = MovingClock()
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry.create(Path(folder) / "r.sqlite", Path(folder) / "r.keys", clock=clock)
        log: list[datetime] = []
        seen: dict[datetime, list[int]] = {}
        for number, (step, days) in enumerate(steps):
            standing = registry.state(CASE).current if registry.cases() else ()
            replaced = standing[days % len(standing)].id if step == "correct" and standing else None
            try:
                if step == "set clock":
                    clock.now += timedelta(days=days)
                elif step == "accept":
                    log.append(registry.accept_clock(author="u-lead", reason=WHY).recorded_at)
                else:
                    log.append(registry.add(filled(visit=f"v{number}", replaces=replaced)).recorded_at)
            except ClockBehind:
                assert log and clock.now < log[-1] - timedelta(minutes=5)
            except BadInput:
                assert step == "accept"
            present = clock.now
            seen = {at: known for at, known in seen.items() if at <= present}
            for at, known in seen.items():  # a day that is past keeps its answer, whatever is recorded later
                if log and log[-1] > at:
                    assert numbers(registry, at) == known
            seen[present] = numbers(registry, present)
        for days in looks:
            at = start + timedelta(days=days)
            longest = max((n for n, time in enumerate(log, start=1) if time <= at), default=0)
            assert numbers(registry, at) == list(range(1, longest + 1))
            if registry.cases():
                registry.state(CASE, as_of=at)
        with registry.database.reading() as connection:
            assert verify(connection, registry.keys).ok
        registry.close()


def numbers(registry: Registry, at: datetime) -> list[int]:
    """Every entry's number that was recorded by ``at``."""
    found = [entry.sequence for entry in registry.entries(None, as_of=at)]
    found += [entry.sequence for case in registry.cases() for entry in registry.entries(case, as_of=at)]
    return sorted(found)


def test_lengths_of_time_in_words() -> None:
    assert span(timedelta(minutes=6)) == "6 minutes"
    assert recorded_by(None) == []
