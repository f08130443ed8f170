"""Names of sites on screens."""

from typing import Any

from glisson.case import Case


def site_name(case: Case, site: Any) -> str:
    """The name that the case gives a site; its id where the case does not know it."""
    for entry in case.sites:
        if entry.id == site:
            return entry.label
    return str(site) if site is not None else "cannot say"
