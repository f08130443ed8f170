"""What a reader must know of the mapping image and the contours before believing a plan."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glisson.case import Finding, Level
from glisson.knowledge.limits import fact
from glisson.plan.bench import Bench
from glisson.plan.field import Assignment
from glisson.plan.volumes import lesions, other_organs

SHOWN_CLUSTERS = 3


def uptake_findings(bench: Bench, *, K_Gy_kg_per_GBq: float) -> list[Finding]:
    """Negative counts, contours that are empty or lie outside the liver, low uptake, and uptake where none belongs."""
    return [
        *_negative_counts(bench),
        *_contours(bench),
        *_uptake_of_lesions(bench),
        *_beyond_the_territory(bench, K_Gy_kg_per_GBq),
        *_organs(bench, K_Gy_kg_per_GBq),
        *_clusters(bench, K_Gy_kg_per_GBq),
    ]


def normal_per_g(bench: Bench) -> float | None:
    """GBq per g of the perfused normal liver for 1 GBq of the session; ``None`` where it is empty."""
    masks = [r.mask for r in bench.references if r.on == "perfused normal liver"]
    return bench.mean(bench.field.inside + bench.field.outside, np.maximum.reduce(masks)) if masks else None


def lesion_ratio(bench: Bench, mask: np.ndarray) -> float | None:
    """Uptake per gram of a mask over that of the perfused normal liver."""
    normal, own = normal_per_g(bench), bench.mean(bench.field.inside + bench.field.outside, mask)
    return own / normal if own is not None and normal else None


def _negative_counts(bench: Bench) -> Iterator[Finding]:
    below = bench.mapping.array[bench.mapping.array < 0]
    if below.size:
        share = float(-below.sum(dtype=np.float64)) / float(np.maximum(bench.mapping.array, 0).sum(dtype=np.float64))
        yield Finding(
            code="negative-counts-clipped",
            level=Level.NOTE,
            text=f"{below.size} voxels of the mapping image are below 0 (lowest {below.min():.4g}) and count as 0: "
            f"{share:.2e} of all counts",
        )


def _contours(bench: Bench) -> Iterator[Finding]:
    for structure in bench.structures:
        if structure.volume_mL <= 0:
            yield Finding(
                code="empty-on-grid",
                level=Level.WARNING,
                text=f"'{structure.site.label}' is empty on the mapping grid (contour {structure.contour_volume_mL:.3g} mL): "
                "cannot say its dose",
            )
    liver = next((s.mask.array for s in bench.structures if s.site.organ == "liver"), None)
    voxel_mL = bench.mapping.grid.voxel_volume_mL
    for lesion in lesions(bench.structures):
        mask = lesion.mask.array.astype(np.float64)
        if liver is not None and mask.any():
            outside = float(np.sum(np.maximum(mask - liver, 0.0)))
            if outside / mask.sum() > float(fact("mask-outside-share").value):
                yield Finding(
                    code="lesion-outside-liver",
                    level=Level.WARNING,
                    text=f"'{lesion.site.label}': {outside * voxel_mL:.2f} of {mask.sum() * voxel_mL:.2f} mL lie outside the liver contour",
                )
        if 0 < mask.sum() < float(fact("small-lesion-voxels").value):
            yield Finding(
                code="small-lesion",
                level=Level.WARNING,
                text=f"'{lesion.site.label}' covers {mask.sum():.3g} voxels ({mask.sum() * voxel_mL:.2g} mL): its mean moves with the "
                "sampling of the contour, and partial volume lowers it",
            )


def _uptake_of_lesions(bench: Bench) -> Iterator[Finding]:
    for lesion in lesions(bench.structures):
        if lesion.volume_mL <= 0:
            continue
        if lesion.id not in bench.treated:
            yield Finding(
                code="lesion-not-perfused",
                level=Level.WARNING,
                text=f"'{lesion.site.label}' lies mostly outside the perfused volume: this session does not treat it",
            )
            continue
        ratio = lesion_ratio(bench, lesion.mask.array)
        if ratio is not None and ratio < 1:
            yield Finding(
                code="tumour-to-normal-below-1",
                level=Level.WARNING,
                text=f"'{lesion.site.label}' takes less than the perfused normal liver (ratio {ratio:.2f}): normal tissue gets the "
                "higher dose",
            )


def _beyond_the_territory(bench: Bench, K: float) -> Iterator[Finding]:
    inside, outside = float(bench.field.inside.sum()), float(bench.field.outside.sum())
    if bench.assignment is not Assignment.PERFUSED or outside < 0.01 * inside:
        return
    words = [
        f"{100 * outside / (inside + outside):.1f} % of the counts lie outside the perfused volume; the plan puts all activity that is "
        "not shunted inside it and reads contours beyond it at the same calibration"
    ]
    for reference in bench.references:
        if reference.on == "whole normal liver":
            read = bench.mean(bench.field.inside + bench.field.outside, reference.mask)
            bare = bench.mean(bench.field.inside, reference.mask)
            if read is not None and bare is not None and read > 1.01 * bare:
                words.append(
                    f"whole normal liver {1000 * K * read:.1f} Gy per GBq so, {1000 * K * bare:.1f} if nothing leaves the territory"
                )
    yield Finding(code="counts-outside-perfused", level=Level.NOTE, text="; ".join(words))


def _share(bench: Bench, mask: NDArray[Any], held: float) -> str:
    """What a structure holds of the planned activity, or of the counts where the plan puts no activity."""
    if held >= 0.0005:
        return f"{100 * held:.1f} % of the activity"
    counts = np.maximum(bench.mapping.array.astype(np.float64), 0.0)
    return f"outside the perfused volume, {100 * float(np.sum(counts * mask)) / float(counts.sum()):.2g} % of the counts"


def _organs(bench: Bench, K: float) -> Iterator[Finding]:
    normal = normal_per_g(bench)
    for organ in other_organs(bench.structures):
        own = bench.mean(bench.field.inside + bench.field.outside, organ.mask.array)
        if not own:
            continue
        loud = normal is None or own >= float(fact("non-target-share").value) * normal
        held = float(np.sum(bench.field.inside * organ.mask.array))
        yield Finding(
            code="non-target-uptake",
            level=Level.WARNING if loud else Level.NOTE,
            text=f"'{organ.site.label}' takes {1000 * K * own:.1f} Gy per GBq by its counts"
            + (f", {own / normal:.2g} times the perfused normal liver" if normal else "")
            + f" ({_share(bench, organ.mask.array, held)}): check for non-target flow",
        )


def _clusters(bench: Bench, K: float) -> Iterator[Finding]:
    from scipy import ndimage

    normal = normal_per_g(bench)
    if not normal:
        return
    total = bench.field.inside + bench.field.outside
    free = bench.compartments[-1].share > 0.5
    hot = free & (total > normal * bench.mass_g) & (bench.mass_g > 0)
    labels, _ = ndimage.label(hot)
    voxel_mL = bench.mapping.grid.voxel_volume_mL
    sizes = np.bincount(labels.ravel())[1:] * voxel_mL
    large = np.flatnonzero(sizes >= float(fact("hot-cluster-mL").value)) + 1
    for label in large[np.argsort(-sizes[large - 1])][:SHOWN_CLUSTERS]:
        where = labels == label
        x, y, z = bench.mapping.grid.to_world(np.argwhere(where).mean(axis=0))
        mean = bench.mean(total, where) or 0.0
        yield Finding(
            code="hot-remainder",
            level=Level.WARNING,
            text=f"{sizes[label - 1]:.1f} mL outside every contour take more than the perfused normal liver "
            f"(mean {1000 * K * mean:.1f} Gy per GBq) around x {x:.0f}, y {y:.0f}, z {z:.0f} mm (LPS): contour it, or say what it is",
        )
    if large.size > SHOWN_CLUSTERS:
        yield Finding(
            code="hot-remainder", level=Level.NOTE, text=f"{large.size - SHOWN_CLUSTERS} more such places, smaller than these"
        )
