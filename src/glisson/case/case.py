"""The Case: one person, pseudonymous, and every entry about them in order."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Literal, Self, TypeVar

from pydantic import model_validator

from glisson.case.base import Entry, Identifier, Noun, when
from glisson.case.event import Event
from glisson.case.image_reference import ImageReference, Purpose
from glisson.case.observation import Observation
from glisson.case.site import Site, SiteKind
from glisson.case.treatment import Planning, Treatment
from glisson.errors import BadInput

T = TypeVar("T", bound=Entry)


class Disease(StrEnum):
    """Liver tumours that the limit tables know; ``unknown`` is an answer."""

    COLORECTAL = "colorectal liver metastases"
    HEPATOCELLULAR = "hepatocellular carcinoma"
    INTRAHEPATIC_BILE_DUCT = "intrahepatic cholangiocarcinoma"
    NEUROENDOCRINE = "neuroendocrine liver metastases"
    OTHER = "other"
    UNKNOWN = "unknown"


class Case(Noun):
    """A person with a liver tumour.

    Attributes:
        glisson: edition of the case format.
        id: pseudonym; never a name, a date of birth or a hospital number.
        simulated: True for a patient made by a program; every page then says so.
        centre: where the person is treated, as "site-03".
    """

    glisson: Literal[1] = 1
    id: Identifier
    simulated: bool = False
    centre: Identifier | None = None
    disease: Disease = Disease.UNKNOWN
    images: tuple[ImageReference, ...] = ()
    sites: tuple[Site, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    observations: tuple[Observation, ...] = ()
    events: tuple[Event, ...] = ()
    note: str | None = None

    @model_validator(mode="after")
    def _refers_to_what_exists(self) -> Self:
        for what, entries in (("image", self.images), ("site", self.sites), ("treatment", self.treatments)):
            seen: set[str] = set()
            for entry in entries:
                if entry.id in seen:
                    raise ValueError(f"two {what}s have the id '{entry.id}'")
                seen.add(str(entry.id))
        sites = {site.id: site for site in self.sites}
        images = {str(image.id) for image in self.images}
        for site in self.sites:
            _check_site(site, sites, images)
        for treatment in self.treatments:
            _check_treatment(treatment, sites, images)
        for observation in self.observations:
            if observation.site is not None and observation.site not in sites:
                raise ValueError(
                    f"observation of {observation.what}: '{observation.site}' is not a site; there are {_list(sites)}"
                )
        return self

    def image(self, name: str) -> ImageReference:
        """The image of that id.

        Raises:
            BadInput: none; the message lists the ids.
        """
        return _find(self.images, name, "image")

    def site(self, name: str) -> Site:
        """The site of that id."""
        return _find(self.sites, name, "site")

    def treatment(self, name: str) -> Treatment:
        """The treatment of that id."""
        return _find(self.treatments, name, "treatment")

    def images_for(self, purpose: Purpose) -> tuple[ImageReference, ...]:
        """Every image of one purpose, in the order of the file."""
        return tuple(image for image in self.images if image.purpose is purpose)

    def sites_of(self, kind: SiteKind, parent: str | None = None) -> tuple[Site, ...]:
        """Every site of one kind, below ``parent`` if given (at any depth)."""
        return tuple(s for s in self.sites if s.kind is kind and (parent is None or parent in self.ancestors(s.id)))

    def ancestors(self, name: str) -> tuple[str, ...]:
        """Ids of a site's parent, its parent's parent, and so on."""
        found: list[str] = []
        parent = self.site(name).parent
        while parent is not None:
            found.append(parent)
            parent = self.site(parent).parent
        return tuple(found)

    def observed(self, what: str, *, by: datetime | date | None = None) -> Observation | None:
        """The latest value or answer of that name, corrections applied; ``None`` when there is none.

        ``by``: only what was true at this instant, or on this day or before; an undated one counts as always true.
        """
        found = [o for o in current(self.observations) if o.what == what and (o.value is not None or o.answer is not None)]
        dated = [o for o in found if o.at is not None]
        if by is not None:
            last = by if isinstance(by, datetime) else _moment(by) + timedelta(days=1, microseconds=-1)
            kept = [o for o in dated if _moment(o.at) <= last]
            found = [o for o in found if o.at is None or o in kept]
            dated = kept
        if dated:
            return max(dated, key=lambda o: _moment(o.at))
        return found[-1] if found else None

    def as_of(self, instant: datetime) -> "Case":
        """The case as it was known at ``instant``; an entry without any time is taken as always known."""
        return self.model_copy(
            update={
                name: tuple(e for e in getattr(self, name) if (t := when(e)) is None or _moment(t) <= instant)
                for name in ("images", "sites", "treatments", "observations", "events")
            }
        )


def current(entries: tuple[T, ...]) -> tuple[T, ...]:
    """Entries that no later entry replaces."""
    replaced = {entry.replaces for entry in entries if entry.replaces}
    return tuple(entry for entry in entries if entry.id is None or entry.id not in replaced)


def _moment(value: datetime | date | None) -> datetime:
    """A date counts as the start of its day, UTC."""
    if isinstance(value, datetime):
        return value
    assert value is not None
    return datetime(value.year, value.month, value.day, tzinfo=UTC)


def _find(entries: tuple[T, ...], name: str, what: str) -> T:
    for entry in entries:
        if entry.id == name:
            return entry
    raise BadInput(f"no {what} '{name}' in this case", allowed=_list(str(e.id) for e in entries) or f"the case has no {what}")


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)


def _sites_used(site: Site) -> tuple[str, ...]:
    contour = site.contour
    if contour is None:
        return ()
    if (many := getattr(contour, "sites", None)) is not None:
        return tuple(many)
    one = getattr(contour, "site", None) or getattr(contour, "within", None)
    return (one,) if one is not None else ()


def _check_site(site: Site, sites: dict[str, Site], images: set[str]) -> None:
    if site.parent is not None and site.parent not in sites:
        raise ValueError(f"site '{site.id}': its parent '{site.parent}' is not a site; there are {_list(sites)}")
    _require_no_loop(site, sites)
    for used in _sites_used(site):
        if used not in sites:
            raise ValueError(f"site '{site.id}': its contour uses '{used}', which is not a site")
    image = getattr(site.contour, "image", None) or getattr(site.contour, "drawn_on", None)
    if image is not None and image not in images:
        raise ValueError(f"site '{site.id}': its contour uses '{image}', which is not an image")
    for other in (site.split_from, site.merged_into):
        if other is not None and (other not in sites or other == site.id):
            raise ValueError(f"site '{site.id}': '{other}', of which it is a part, is not another site")


def _require_no_loop(site: Site, sites: dict[str, Site]) -> None:
    seen = {site.id}
    parent = site.parent
    while parent is not None and parent in sites:
        if parent in seen:
            raise ValueError(f"site '{site.id}' is its own ancestor")
        seen.add(parent)
        parent = sites[parent].parent


def _check_treatment(treatment: Treatment, sites: dict[str, Site], images: set[str]) -> None:
    def territory(name: str, where: str) -> None:
        if name not in sites:
            raise ValueError(f"{where}: '{name}' is not a site")
        if sites[name].kind not in (SiteKind.TERRITORY, SiteKind.ORGAN):
            raise ValueError(f"{where}: '{name}' is a {sites[name].kind.value}, not a territory or organ")

    for session in treatment.sessions:
        for injection in session.injections:
            territory(injection.territory, f"session '{session.id}'")
    if treatment.planning is not None:
        for planned in treatment.planning.injections:
            territory(planned.territory, f"planned injection '{planned.id}'")
        _check_planning(treatment.planning, f"planning of '{treatment.id}'", sites, images)


def _check_planning(planning: Planning, where: str, sites: dict[str, Site], images: set[str]) -> None:
    for name in {planning.mapping_image, *(p.mapping_image for p in planning.injections)} - {None}:
        if name not in images:
            raise ValueError(f"{where}: '{name}' is not an image")
    for limit in planning.limits:
        if limit.site is not None and limit.site not in sites:
            raise ValueError(f"{where}: limit on '{limit.site}', which is not a site")
