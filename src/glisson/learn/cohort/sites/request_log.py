"""The request log of a site: who asked what, when, and what left; each entry carries the hash of the one before."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from glisson.errors import BadInput
from glisson.learn.cohort.sites.seal import digest

HASH = "hash"
Entry = dict[str, Any]


def verified(text: str) -> list[Entry]:
    """Entries of a log after its chain was checked from the first to the last.

    Entries cut off at the end leave a chain that is whole: the answers, which name the number of their entry, show them.

    Raises:
        BadInput: a line that is no entry, was changed, moved or taken out; its number is named.
    """
    found: list[Entry] = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            entry = json.loads(line)
            whole = isinstance(entry, dict) and entry[HASH] == digest({key: entry[key] for key in entry if key != HASH})
        except (ValueError, KeyError, RecursionError):
            whole = False
        if not whole or entry["number"] != number or entry["before"] != head(found):
            raise BadInput(
                f"the request log is broken at line {number}: it was changed, or a line is missing",
                do="find out who changed it; nothing is answered before that",
            )
        found.append(entry)
    return found


def head(entries: Sequence[Mapping[str, Any]]) -> str:
    """Hash of the last entry; empty for a new log."""
    return str(entries[-1][HASH]) if entries else ""


def entry(entries: Sequence[Mapping[str, Any]], content: Mapping[str, Any]) -> Entry:
    """The next entry of a log."""
    whole = {**content, "number": len(entries) + 1, "before": head(entries)}
    return {**whole, HASH: digest(whole)}


def line(one: Mapping[str, Any]) -> str:
    """An entry as one line of the file."""
    return json.dumps(one, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


def hashed(patients: Sequence[str], salt: str) -> list[str]:
    """Patients as keyed hashes; the log holds the key, so it stays at the site as the table does.

    >>> hashed(["7"], "a") == hashed(["7"], "b")
    False
    """
    return [hashlib.blake2b(name.encode(), key=salt.encode()[:64], digest_size=10).hexdigest() for name in patients]
