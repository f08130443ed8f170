"""What happened: decisions that people made, and turns in the patient's course."""

from typing import Literal

from glisson.case.base import Entry


class Event(Entry):
    """One event.

    Attributes:
        kind: what happened.
        by: who entered or signed it.
        result: hash of the Result it refers to (a signed plan).
    """

    kind: Literal["decision", "plan-signed", "death", "last-contact", "adverse-event", "progression"]
    by: str | None = None
    result: str | None = None
    text: str | None = None
