"""Names of sites on screens."""

from typing import Any

from glisson.case import Case


def short_name(name: str, longest: int) -> str:
    """A name cut to so many letters, for pictures; tables print it whole.

    >>> short_name("Colorectal metastasis in segment VII", 12)
    'Colorectal…'
    """
    return name if len(name) <= longest else name[: longest - 1].rstrip() + "…"


def site_name(case: Case, site: Any) -> str:
    """The name that the case gives a site; its id where the case does not know it."""
    for entry in case.sites:
        if entry.id == site:
            return entry.label
    return str(site) if site is not None else "cannot say"
