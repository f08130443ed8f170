"""Whether a stored result still belongs to its case: the image and the contours it was made from, compared by their hashes."""

from collections.abc import Iterator

from glisson.actions.activity import delivery_before, without_negatives
from glisson.actions.contours import WORDS, Contours, MaskRule
from glisson.actions.open_case import OpenCase
from glisson.case import Finding, Level, Result
from glisson.errors import GlissonError
from glisson.voxels import Image

PLAN, DOSE, ENGINES = "activity plan", "absorbed dose", "engines side by side"
AGAIN = {PLAN: "glisson plan CASE", DOSE: "glisson dose CASE", ENGINES: "glisson compare CASE"}
CODE = "changed-since"


def changes_since(opened: OpenCase, result: Result, dose: Image | None = None) -> tuple[Finding, ...]:
    """One warning that names everything that is no longer as it was when a plan or a dose was computed; empty if nothing is.

    Args:
        opened: the case as it is now.
        result: a stored plan, dose or comparison of engines; of any other kind nothing is compared.
        dose: the stored dose image, for a dose.
    """
    if result.kind not in AGAIN:
        return ()
    apart = OpenCase(opened.folder, opened.case)  # what readers notice was said when the result was made
    changed = [*_image(apart, result), *_stated(apart, result)]
    if result.kind == DOSE and dose is not None and dose.sha256() != (result.value.get("image") or {}).get("sha256"):
        changed.append("the stored dose image")
    if not changed:
        return ()
    text = (
        f"{result.kind}: changed since it was computed: {'; '.join(changed)}. It no longer belongs to this case as it is now; "
        f"compute it again ({AGAIN[result.kind]})"
    )
    return (Finding(code=CODE, level=Level.WARNING, text=text),)


def _image(opened: OpenCase, result: Result) -> Iterator[str]:
    """The image, then the contours on its grid."""
    part, stamp = ("mapping", "mapping:{}") if result.kind == PLAN else ("activity", "image {}")
    name = str((result.value.get(part) or {}).get("image"))
    try:
        image = opened.image(name)
        used = without_negatives(opened, image, name) if result.kind == PLAN else image
    except GlissonError:
        yield f"image '{name}', which is gone or cannot be read"
        return
    if used.sha256() != result.inputs.get(stamp.format(name)):
        yield f"image '{name}'"
    yield from _contours(opened, result, image)


def _contours(opened: OpenCase, result: Result, image: Image) -> Iterator[str]:
    prefix = "structure:" if result.kind == PLAN else "mask "
    before = {name.removeprefix(prefix): digest for name, digest in result.inputs.items() if name.startswith(prefix)}
    drawn = [site for site in opened.case.sites if site.is_drawn]
    now = {site.id for site in drawn}
    contours = Contours(opened, image.grid, _rule(result))
    for site in drawn:
        if site.id not in before:
            yield f"site '{site.id}', which is new"
            continue
        try:
            mask = contours.structure(site).mask
        except GlissonError:
            yield f"contour of '{site.id}', which cannot be made"
            continue
        if mask.sha256() != before[site.id]:
            yield f"contour of '{site.id}'"
    yield from (f"site '{name}', which is gone" for name in before if name not in now)


def _rule(result: Result) -> MaskRule:
    """How contours met the grid when the result was computed."""
    said = f"{result.value.get('mask_rule')} {result.parameters.get('mask_rules')}"
    if WORDS["nearest"] in said:
        return "nearest"
    return "contour" if WORDS["contour"] in said else "covered"


def _stated(opened: OpenCase, result: Result) -> Iterator[str]:
    """The delivered activity that a dose was compared with."""
    activity = result.value.get("activity") or {}
    if result.kind != DOSE or "stated_GBq" not in activity:
        return
    try:
        delivery = delivery_before(opened, opened.image(str(activity.get("image"))))
    except GlissonError:
        return
    now = delivery.delivered_GBq if delivery else None
    if now != activity["stated_GBq"]:
        yield "the delivered activity"
