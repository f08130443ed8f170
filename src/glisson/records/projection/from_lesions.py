"""Measured lesions back into lesion tables."""

from collections import defaultdict
from typing import Any

from glisson.case import Case, Observation, Site, SiteKind
from glisson.records.projection.made import Maker
from glisson.records.projection.mapping import plain_value, values_of


def add_lesions(maker: Maker, case: Case, observations: list[Observation]) -> None:
    """One entry for each lesion, scan and reader; a lesion without a role takes no part."""
    form = maker.form("lesion")
    lesions = {site.id: site for site in case.sites if site.kind is SiteKind.LESION and site.role is not None}
    scans: dict[tuple[Any, ...], list[Observation]] = defaultdict(list)
    for one in observations:
        if one.site in lesions:
            scans[one.site, one.visit, one.at, one.recorded_at, one.by].append(one)
    by_field = {item.noun.field: item for item in form.items if item.noun is not None and item.noun.noun == "observation"}
    for (name, visit, at, recorded_at, by), seen in scans.items():
        site = lesions[name]
        values = {**_what_it_is(maker, case, site), "reader": by or "investigator", "scanned_on": _day(at)}
        values["state"] = next((one.state for one in seen if one.state is not None), "measured")
        for one in seen:
            item = by_field.get(one.what)
            if item is not None and one.state is None:
                values[item.name] = {"missing": one.missing} if one.missing else plain_value(item, one.value)
        maker.add("lesion", values, visit=visit, recorded_at=recorded_at)


def _what_it_is(maker: Maker, case: Case, site: Site) -> dict[str, Any]:
    values = values_of(maker.form("lesion"), "site", site.model_dump())
    organ = next((case.site(name).organ for name in case.ancestors(site.id) if case.site(name).organ), None)
    values.pop("organ", None)
    if organ not in (None, "unknown"):
        values["organ"] = organ
    if not values.get("segments"):
        values.pop("segments", None)
    return {**values, "lesion": site.id, "node": "yes" if site.node else "no"}


def _day(at: Any) -> str | None:
    return None if at is None else at.isoformat()[:10]
