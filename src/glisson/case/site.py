"""Where: organ, territory, lesion and the normal tissue between; each with its contour and its parent."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from glisson.case.base import Entry, Identifier, Moment, Noun


class SiteKind(StrEnum):
    """What a site is."""

    ORGAN = "organ"
    TERRITORY = "territory"
    """what one catheter position feeds; for planning, the perfused volume"""
    LESION = "lesion"
    NORMAL = "normal"
    """the parent (organ or territory) without its lesions"""


class FileContour(Noun):
    """A contour made elsewhere.

    Attributes:
        file: path inside the case folder.
        segment: name or number of one segment in a SEG, .seg.nrrd or label map.
        roi: name or number of one ROI in an RTSTRUCT.
        drawn_on: id of the image it was drawn on: its frame of reference holds where the file states none (NIfTI, NRRD),
            and its grid is the one on which an RTSTRUCT is filled.
    """

    file: str
    drawn_on: Identifier | None = None
    segment: str | int | None = None
    roi: str | None = None

    @model_validator(mode="after")
    def _one_name(self) -> Self:
        if self.segment is not None and self.roi is not None:
            raise ValueError("give segment or roi, not both")
        return self


class Combined(Noun):
    """A contour from others: ``subtract`` takes all later sites from the first."""

    operation: Literal["union", "intersect", "subtract"]
    sites: Annotated[tuple[Identifier, ...], Field(min_length=2)]


class Margin(Noun):
    """Another site, grown (positive) or shrunk (negative) by a distance in mm."""

    operation: Literal["margin"] = "margin"
    site: Identifier
    margin_mm: Annotated[float, Field(ge=-100, le=100)]


class Threshold(Noun):
    """Voxels of an image inside a site at or above a share of the image's maximum inside that site."""

    operation: Literal["threshold"] = "threshold"
    image: Identifier
    within: Identifier
    fraction: Annotated[float, Field(gt=0, lt=1)]


class Grown(Noun):
    """Assisted contouring: region grown from a seed (x, y, z in mm, LPS) between two values, inside a site if given."""

    operation: Literal["grow"] = "grow"
    image: Identifier
    seed_mm: tuple[float, float, float]
    low: float
    high: float
    within: Identifier | None = None


def _which(contour: Any) -> str:
    """Name of the contour's kind: the operation, or a file."""
    operation = contour.get("operation") if isinstance(contour, dict) else getattr(contour, "operation", None)
    if operation is None:
        return "read"
    return "combined" if operation in ("union", "intersect", "subtract") else str(operation)


Contour = Annotated[
    Annotated[FileContour, Tag("read")]
    | Annotated[Combined, Tag("combined")]
    | Annotated[Margin, Tag("margin")]
    | Annotated[Threshold, Tag("threshold")]
    | Annotated[Grown, Tag("grow")],
    Discriminator(
        _which,
        custom_error_type="contour",
        custom_error_message=(
            "unknown operation; allowed: union, intersect, subtract, margin, threshold, grow, or a file without operation"
        ),
    ),
]


class Site(Entry):
    """A place in the patient.

    Attributes:
        organ: the field's plain word, lower case: "liver", "lung", "gallbladder", "stomach".
        parent: the site this one lies in: a lesion's or territory's organ, a normal tissue's organ or territory.
        contour: where its voxels come from; a normal tissue without one is its parent minus every lesion. A lesion that is
            only measured, never drawn, and the organ it lies in have none: they take part in the response, not in doses.
        observer_sd_mm: standard deviation of where readers put its edge; enters the uncertainty of its dose.
        tissue: what it is made of, as "bone", where its density does not tell; for doses.
        density_g_per_mL: its density, where that is known better than from CT or than the tissue's usual one.
        segments: Couinaud segments, as "4a".
        role: a lesion's part in the response assessment, as chosen at baseline; "new" for one that came later.
        node: a lymph node, measured by its short axis.
        treated_before: when it was treated locally before the baseline; not measurable then unless it progressed since.
        progressed_since: whether it progressed since that treatment.
        split_from: the lesion of which it is a fragment.
        merged_into: the lesion with which it became one.
    """

    id: Identifier
    kind: SiteKind
    name: str | None = None
    organ: str | None = None
    parent: Identifier | None = None
    contour: Contour | None = None
    observer_sd_mm: Annotated[float, Field(ge=0, le=30)] | None = None
    tissue: str | None = None
    density_g_per_mL: Annotated[float, Field(gt=0, le=20)] | None = None
    segments: tuple[Literal["1", "2", "3", "4", "4a", "4b", "5", "6", "7", "8"], ...] = ()
    role: Literal["target", "non-target", "new"] | None = None
    node: bool = False
    treated_before: Moment | None = None
    progressed_since: bool | None = None
    split_from: Identifier | None = None
    merged_into: Identifier | None = None

    @model_validator(mode="after")
    def _kind_has_what_it_needs(self) -> Self:
        if self.kind is SiteKind.ORGAN and self.organ is None:
            raise ValueError("an organ needs its name in 'organ', as liver")
        if self.kind in (SiteKind.NORMAL, SiteKind.TERRITORY, SiteKind.LESION) and self.parent is None:
            raise ValueError(f"a {self.kind.value} needs its 'parent', the id of the organ or territory it lies in")
        if self.contour is None and self.kind is SiteKind.TERRITORY:
            raise ValueError("a territory needs a 'contour': a file, or how it is made from others")
        if self.kind is not SiteKind.LESION and self.role is not None:
            raise ValueError("only a lesion has a 'role'")
        return self

    @field_validator("tissue")
    @classmethod
    def _known_tissue(cls, name: str | None) -> str | None:
        from glisson.knowledge.media import media

        if name is not None and name not in media():
            raise ValueError(f"unknown tissue; allowed: {', '.join(media())}")
        return name

    @property
    def is_drawn(self) -> bool:
        """Whether its voxels are known."""
        return self.contour is not None or self.kind is SiteKind.NORMAL

    @property
    def label(self) -> str:
        """The name on screens."""
        return self.name or self.id
