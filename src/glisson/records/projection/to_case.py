"""Entries of a registry to the nouns of a Case."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from glisson.case import Case, Disease
from glisson.errors import BadInput
from glisson.records.forms import Catalogue, FormEntry, current_entries
from glisson.records.forms.load import packaged
from glisson.records.projection.events import events_of
from glisson.records.projection.lesion_sites import LIVER, lesion_ids, lesion_sites, organ_site
from glisson.records.projection.observations import lesion_observations, observations_of
from glisson.records.projection.treatments import shunts_of, treatments_of


def case_of(pseudonym: str, entries: Iterable[FormEntry], *, known: Catalogue | None = None) -> Case:
    """The entries of one case as nouns, corrections applied.

    What has no noun stays in the entries (an ablation's margin, a scan's modality); the field lists of ``codebook`` say
    which items become what. Times of record are those of the entries, so that ``Case.as_of`` works on it; to see a case as
    it was before a correction, project the entries that stood then.

    Args:
        pseudonym: id of the case.
        entries: of this case; replaced ones are left out.
        known: the forms by which they were filled.

    Raises:
        BadInput: an entry of another case or of an unknown form, or entries that contradict each other so that no case can
            hold them; the checks name them.

    >>> entry = FormEntry("e1", "p-1", "site-1", "death", values={"died_on": "2026-03-02", "cause": "cancer"})
    >>> case_of("p-1", [entry]).events[0].cause
    'cancer'
    """
    known = packaged() if known is None else known
    standing = current_entries(entries)
    _require_readable(pseudonym, standing, known)
    fields: dict[str, Any] = {
        "id": pseudonym,
        "simulated": any(entry.yes("simulated") for entry in standing if entry.form == "patient"),
        "centre": next((entry.site for entry in standing if entry.site), None),
        "disease": Disease.COLORECTAL if any(entry.form == "disease" for entry in standing) else Disease.UNKNOWN,
        "sites": _sites(standing, known),
        "treatments": treatments_of(standing, known),
        "observations": _observations(standing, known),
        "events": events_of(standing, known),
    }
    try:
        return Case.model_validate(fields)
    except ValidationError as error:
        where = sorted({".".join(str(part) for part in mistake["loc"][:1]) or "references" for mistake in error.errors()})
        raise BadInput(
            f"these entries cannot be one case: {error.error_count()} contradictions in {', '.join(where)}",
            do="run the checks of this case; they name the entries",
        ) from None


def _require_readable(pseudonym: str, entries: Sequence[FormEntry], known: Catalogue) -> None:
    if any(entry.case != pseudonym for entry in entries):
        raise BadInput("an entry of another case", do="project each case by itself")
    unknown = sorted({f"{entry.form}, edition {entry.edition}" for entry in entries if (entry.form, entry.edition) not in known})
    if unknown:
        raise BadInput(f"entries of forms that are not known here: {'; '.join(unknown)}", do="give the catalogue that holds them")


def _sites(entries: Sequence[FormEntry], known: Catalogue) -> list[dict[str, Any]]:
    """Organs and lesions; the liver always, where anything was injected into it."""
    sites = lesion_sites([entry for entry in entries if entry.form == "lesion"], known)
    into_the_liver = any(entry.form == "sirt_session" for entry in entries)
    if into_the_liver and not any(site["id"] == LIVER for site in sites):
        sites.insert(0, organ_site(LIVER, LIVER))
    return sites


def _observations(entries: Sequence[FormEntry], known: Catalogue) -> list[dict[str, Any]]:
    ids = lesion_ids([entry for entry in entries if entry.form == "lesion"])
    found: list[dict[str, Any]] = []
    for entry in entries:
        form = known[entry.form, entry.edition]
        if entry.form == "lesion":
            site = ids.get((str(entry.get("reader")), str(entry.get("lesion"))))
            found += lesion_observations(form, entry, site) if site else []
        elif entry.form != "response" or entry.get("criterion") == "RECIST 1.1":
            found += observations_of(form, entry)
    return found + shunts_of(entries)
