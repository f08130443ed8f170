"""Any sequence of add, correct, retract, lock and unlock, against a model; what was recorded later is never shown earlier."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule, run_state_machine_as_test
from postgresql_cluster import Cluster
from registry_helpers import MovingClock, act, filled
from sqlalchemy import event

from glisson.errors import BadInput
from glisson.records.store import Head, Registry, StoredEntry, replay

CASES = ["s1-a", "s1-b"]
VISITS = [None, "v1", "v2", "v3"]
rarely = st.sampled_from([False, False, False, True])
places = {"case": st.sampled_from(CASES), "visit": st.sampled_from(VISITS)}


class Model:
    """What should stand in one case, kept the plain way: a list of (id, visit, value), a set of locked visits."""

    def __init__(self) -> None:
        self.standing: dict[str, tuple[str | None, int]] = {}
        self.locked: set[str | None] = set()

    def copy(self) -> "Model":
        twin = Model()
        twin.standing, twin.locked = dict(self.standing), set(self.locked)
        return twin

    def open(self, *visits: str | None) -> bool:
        return None not in self.locked and not self.locked & set(visits)

    def free(self, visit: str | None, but: str = "") -> bool:
        return all(taken != visit for id, (taken, _) in self.standing.items() if id != but)


class Sequences(RuleBasedStateMachine):
    """Acts in any order; each is accepted exactly when the model accepts it."""

    entries = Bundle("entries")
    place: Any = None

    @initialize(target=entries)
    def start(self) -> Any:
        self.folder = tempfile.TemporaryDirectory()
        self.clock = MovingClock()
        place = self.place() if self.place else Path(self.folder.name) / "r.sqlite"
        self.registry = Registry.create(place, Path(self.folder.name) / "r.keys", clock=self.clock)
        if self.registry.database.sqlite:
            event.listen(self.registry.database.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous = OFF").close())
            self.registry.close()  # no syncs: states are the matter here, crashes are elsewhere
        self.models = {case: Model() for case in CASES}
        self.moments: list[tuple[datetime, dict[str, Model], Head]] = []
        self.number = 0
        return self.add(CASES[0], "v1")

    def hand_in(self, allowed: bool, new: Any) -> StoredEntry | None:
        if not allowed:
            with pytest.raises(BadInput):
                self.registry.add(new)
            return None
        self.last = stored = self.registry.add(new)
        assert self.registry.add(type(new)(**{n: getattr(new, n) for n in new.__slots__} | {"id": stored.id})) == stored
        return stored

    def remember(self) -> None:
        models = {case: model.copy() for case, model in self.models.items()}
        self.moments.append((self.last.recorded_at, models, Head(self.last.sequence, self.last.hash)))

    @rule(target=entries, **places)
    def add_entry(self, case: str, visit: str | None) -> Any:
        return self.add(case, visit)

    def add(self, case: str, visit: str | None) -> Any:
        model = self.models[case]
        self.number += 1
        allowed = model.open(visit) and model.free(visit)
        stored = self.hand_in(allowed, filled(case=case, visit=visit, values={"n": self.number}))
        if stored is None:
            return multiple()
        model.standing[stored.id] = (visit, self.number)
        self.remember()
        return case, stored.id

    @rule(target=entries, old=entries, visit=places["visit"])
    def correct(self, old: tuple[str, str], visit: str | None) -> Any:
        case, id = old
        model = self.models[case]
        self.number += 1
        allowed = id in model.standing and model.open(visit, model.standing[id][0]) and model.free(visit, but=id)
        stored = self.hand_in(allowed, filled(case=case, visit=visit, values={"n": self.number}, replaces=id))
        if stored is None:
            return multiple()
        del model.standing[id]
        model.standing[stored.id] = (visit, self.number)
        self.remember()
        return case, stored.id

    @rule(old=entries, really=rarely)
    def retract(self, old: tuple[str, str], really: bool) -> None:
        case, id = old
        if not really:
            return
        model = self.models[case]
        allowed = id in model.standing and model.open(model.standing[id][0])
        visit = model.standing[id][0] if id in model.standing else None
        stored = self.hand_in(allowed, act("retract", case=case, visit=visit, form="laboratory", edition=1, replaces=id))
        if stored is not None:
            del model.standing[id]
            self.remember()

    @rule(case=places["case"], visit=st.sampled_from([None, "v1", "v1"]), wrongly=rarely)
    def turn_the_key(self, case: str, visit: str | None, wrongly: bool) -> None:
        model = self.models[case]
        locks = (visit not in model.locked) ^ wrongly
        if self.hand_in(not wrongly, act("lock" if locks else "unlock", case=case, visit=visit)):
            (model.locked.add if locks else model.locked.discard)(visit)
            self.remember()

    @rule(seconds=st.integers(0, 10_000))
    def wait(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)

    @rule(data=st.data())
    def look_back(self, data: st.DataObject) -> None:
        if not self.moments:
            return
        at, models, head = data.draw(st.sampled_from(self.moments))
        for case in self.registry.cases():
            self.agrees(case, models[case], as_of=at)
            assert all(entry.recorded_at <= at for entry in self.registry.entries(case, as_of=at))
        assert self.registry.verify([head]).ok

    @invariant()
    def now(self) -> None:
        if hasattr(self, "registry"):
            for case in self.registry.cases():
                self.agrees(case, self.models[case])

    def agrees(self, case: str, model: Model, **as_of: Any) -> None:
        state = self.registry.state(case, **as_of)
        found = {entry.id: (entry.visit, (entry.payload or {})["values"]["n"]) for entry in state.current}
        assert found == model.standing
        assert state.locked == model.locked
        assert replay(self.registry.entries(case, **as_of)) == state

    def teardown(self) -> None:
        if hasattr(self, "registry"):
            assert self.registry.verify().ok
            standing = {id for model in self.models.values() for id in model.standing}
            assert {entry.id for entry in self.registry.stream("laboratory")} == standing
            restored = Path(self.folder.name) / "again.sqlite"
            self.registry.export(Path(self.folder.name) / "all.jsonl")
            with Registry.restore(
                Path(self.folder.name) / "all.jsonl", restored, Path(self.folder.name) / "r.keys", clock=self.clock
            ) as again:
                for case in self.registry.cases():
                    assert again.state(case) == self.registry.state(case)
            self.registry.close()
            self.folder.cleanup()


SLOW = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def test_any_sequence_of_acts_against_a_model() -> None:
    run_state_machine_as_test(Sequences, settings=settings(max_examples=40, stateful_step_count=25, **SLOW))


@pytest.mark.postgresql
def test_any_sequence_of_acts_against_a_model_in_postgresql(postgresql_cluster: Cluster) -> None:
    machine = type("PostgresqlSequences", (Sequences,), {"place": lambda _: postgresql_cluster.database()})
    run_state_machine_as_test(machine, settings=settings(max_examples=4, stateful_step_count=15, **SLOW))
