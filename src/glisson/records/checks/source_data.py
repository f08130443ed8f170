"""Source data verified: a monitor compared an entry with the patient's file. The flag falls when the entry is corrected."""

from collections.abc import Iterable

from glisson.errors import BadInput
from glisson.records.checks.acts import VERIFIED, Act
from glisson.records.forms import FormEntry


def verify(entries: Iterable[FormEntry], items: Iterable[str] = ()) -> Act:
    """The act of a monitor who compared these entries; ``items`` where only some were compared.

    Raises:
        BadInput: no entry.
    """
    compared = [[entry.id, entry.hash] for entry in entries]
    if not compared:
        raise BadInput("no entry to verify", do="name at least one entry")
    return Act(VERIFIED, {"entries": compared, "items": sorted(items)})


def verified(acts: Iterable[Act], current: Iterable[FormEntry]) -> dict[str, bool]:
    """Whether the source data of each entry that stands was verified, all of it, as it stands.

    A correction has a new id: its flag is down until somebody compares it again.
    """
    compared = {
        (str(pair[0]), str(pair[1])) for act in acts if act.kind == VERIFIED and not act.payload.get("items")
        for pair in act.payload.get("entries", ())
    }  # fmt: skip
    return {entry.id: (entry.id, entry.hash) in compared for entry in current}
