"""What a case's entries amount to: which stand, which were corrected, what is locked. One fold serves reading and writing."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from glisson.errors import BadInput
from glisson.records.store.entry import ERASED, FORM, LOCK, RETRACT, UNLOCK


class Act(Protocol):
    """The part of an entry that the fold needs; :class:`NewEntry` and :class:`StoredEntry` have it."""

    @property
    def id(self) -> str | None:
        """Id of the entry."""

    @property
    def kind(self) -> str:
        """What was done."""

    @property
    def form(self) -> str | None:
        """Which form."""

    @property
    def visit(self) -> str | None:
        """At which visit."""

    @property
    def instance(self) -> int:
        """Which one of a repeating form."""

    @property
    def replaces(self) -> str | None:
        """Which entry it corrects."""


class Slot(NamedTuple):
    """The place of a filled form in a case: one entry stands in it at a time."""

    form: str
    visit: str | None
    instance: int


@dataclass
class Standing:
    """State of one case after the entries applied so far.

    Attributes:
        slots: id of the entry that stands in each slot, in the order in which the slots were filled.
        places: the slot of every entry that stands.
        gone: id of the entry that replaced or retracted each earlier one.
        locked: visits that are locked; None in it means the whole case.
        erased: whether the case was erased.
    """

    slots: dict[Slot, str] = field(default_factory=dict)
    places: dict[str, Slot] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    locked: set[str | None] = field(default_factory=set)
    erased: bool = False

    def require(self, act: Act) -> None:
        """Refuse an act that does not fit what stands.

        Raises:
            BadInput: the visit is locked, the slot is filled, or the entry to be corrected does not stand.
        """
        if act.kind in (FORM, RETRACT):
            self._require_open(act.visit)
            slot = self._replaced_slot(act)
            if act.kind == FORM:
                self._require_free(Slot(str(act.form), act.visit, act.instance), slot)
        elif act.kind == LOCK and act.visit in self.locked:
            raise BadInput(f"{_named(act.visit)} is locked already", do="nothing; to change entries, unlock first")
        elif act.kind == UNLOCK and act.visit not in self.locked:
            raise BadInput(f"{_named(act.visit)} is not locked", do="nothing; entries can be added")

    def _require_open(self, visit: str | None) -> None:
        for name in (visit, None):
            if name in self.locked:
                raise BadInput(f"{_named(name)} is locked", do="unlock it first (an entry of kind 'unlock')")

    def _replaced_slot(self, act: Act) -> Slot | None:
        if act.replaces is None:
            return None
        slot = self.places.get(act.replaces)
        if slot is None:
            by = self.gone.get(act.replaces)
            raise BadInput(
                f"entry {act.replaces} was corrected already, by {by}" if by else f"this case has no filled form {act.replaces}",
                do=f"look at {by} and correct that one" if by else "give the id of an entry that stands in this case",
            )
        if slot.form != act.form:
            raise BadInput(f"entry {act.replaces} is of form {slot.form}, its correction of {act.form}", do="keep the form")
        self._require_open(slot.visit)
        return slot

    def _require_free(self, slot: Slot, replaced: Slot | None) -> None:
        if slot in self.slots and slot != replaced:
            where = f"form {slot.form}, {_named(slot.visit)}, instance {slot.instance}"
            raise BadInput(
                f"{where} is filled already, by entry {self.slots[slot]}",
                do="correct that entry (replaces), or use the next instance",
            )

    def apply(self, act: Act) -> None:
        """Take an act that was accepted into the state."""
        if act.kind in (FORM, RETRACT):
            if act.replaces is not None:
                self.slots.pop(self.places.pop(act.replaces))
                self.gone[act.replaces] = str(act.id)
            if act.kind == FORM:
                slot = Slot(str(act.form), act.visit, act.instance)
                self.slots[slot] = str(act.id)
                self.places[str(act.id)] = slot
        elif act.kind == LOCK:
            self.locked.add(act.visit)
        elif act.kind == UNLOCK:
            self.locked.discard(act.visit)
        elif act.kind == ERASED:
            self.erased = True


def _named(visit: str | None) -> str:
    return "the case" if visit is None else f"visit {visit}"
