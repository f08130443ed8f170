"""Scans of a registry's patients: de-identified on the way in."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from glisson.actions.registry.door import Door, at_registry
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.imaging.deidentify_folder import Deidentified


def deidentify_scans(
    door: Door,
    case: str,
    source: Path,
    out: Path,
    *,
    keep_dates: bool = False,
    progress: Callable[[float, str], None] = lambda share, words: None,
) -> "Deidentified":
    """The DICOM files of one person without the person, under the case's pseudonym.

    Identifiers are hashed with the registry's pseudonym key, so that files that come later fit those that came before. Dates move by
    a number of days that the key gives each case; ``keep_dates`` leaves them, where the registry's own dates are to fit.

    Raises:
        NotAllowed: the user may not enter data of this case.
        BadInput: folders that cannot be used, or a registry without its keys.
    """
    from glisson.imaging.deidentify import Deidentification, shift_of
    from glisson.imaging.deidentify_folder import deidentify_folder
    from glisson.records.access import Action
    from glisson.records.pseudonyms import require_pseudonym

    with at_registry(door) as session:
        session.registry.add(session.require(Action.ENTER, require_pseudonym(case)))
        if session.registry.keys is None:
            raise BadInput("a registry without keys", do="name the keys file")
        key = session.registry.keys.pseudonym_key
    days = 0 if keep_dates else shift_of(key=key, pseudonym=case)
    return deidentify_folder(source, out, Deidentification(case, key, days), progress=progress)
