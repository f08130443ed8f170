"""A body made of smooth shapes: where each organ lies, and its CT numbers. x to the left, y to the back, z to the head (mm).

The measures are those of an ordinary adult in supine position, arms up, chosen by eye for recognisable slices; they are
the program's own and claim no source. The liver lies on the patient's right (x < 0) under the right lung.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glisson.simulate.shapes import (
    Level,
    Point,
    Space,
    blend,
    box_around,
    capsule,
    cylinder,
    ellipsoid,
    meet,
    texture,
    tubes,
    within,
)
from glisson.voxels import Grid

Mask = NDArray[np.bool_]

LESIONS: dict[str, tuple[Point, float]] = {
    "lesion-1": ((-88.0, -14.0, 4.0), 35.0),
    "lesion-2": ((36.0, -56.0, 18.0), 18.0),
    "lesion-3": ((-66.0, 44.0, -8.0), 9.0),
}
"""Centre (x, y, z) in mm and diameter in mm: a large one and a small one in the right lobe, a middling one in the left."""

CAVA: Point = (-20.0, 36.0, 62.0)
GALLBLADDER: Point = (-40.0, -52.0, -34.0)

_PORTAL = [
    ((-12.0, 8.0, -62.0), (-32.0, -2.0, -14.0), 7.0, 7.0),
    ((-32.0, -2.0, -14.0), (-70.0, 12.0, -8.0), 6.0, 4.5),
    ((-70.0, 12.0, -8.0), (-104.0, 34.0, -14.0), 4.0, 1.5),
    ((-70.0, 12.0, -8.0), (-108.0, 4.0, -34.0), 3.5, 1.5),
    ((-60.0, 8.0, -8.0), (-66.0, -42.0, -14.0), 3.5, 1.5),
    ((-32.0, -2.0, -14.0), (-14.0, -34.0, 10.0), 5.0, 4.0),
    ((-14.0, -34.0, 10.0), (62.0, -58.0, 30.0), 3.5, 1.2),
]
_HEPATIC = [
    ((-22.0, 32.0, 34.0), (-98.0, 14.0, 18.0), 5.5, 1.5),
    ((-22.0, 32.0, 34.0), (-56.0, -44.0, 20.0), 5.0, 1.5),
    ((-22.0, 32.0, 34.0), (30.0, -46.0, 32.0), 4.5, 1.5),
    ((-78.0, 20.0, 22.0), (-106.0, 44.0, 2.0), 3.0, 1.2),
]

CT_NUMBER_HU = {
    "air": -1000.0, "fat": -95.0, "muscle": 55.0, "lung": -760.0, "liver": 112.0, "lesion": 66.0, "vessel": 160.0,
    "blood": 140.0, "spleen": 122.0, "kidney": 165.0, "heart": 105.0, "marrow": 210.0, "cortex": 620.0, "disc": 85.0,
    "bile": 8.0, "wall": 62.0, "content": 18.0, "bowel": 42.0, "gas": -880.0, "canal": 35.0,
}  # fmt: skip


@dataclass(frozen=True)
class Anatomy:
    """True masks by name on the CT grid, and the CT without noise (HU)."""

    masks: dict[str, Mask]
    ct_HU: Level


def build_anatomy(grid: Grid, rng: np.random.Generator) -> Anatomy:
    """The whole patient on a grid made by ``Grid.aligned``."""
    space = Space.of(grid)
    frame = _frame(space, texture(grid, 40.0, rng))
    organs = _organs(space, frame, texture(grid, 22.0, rng))
    masks = {name: level < 0 for name, level in organs.items()}
    masks |= _lesions(space, masks["liver"], rng)
    masks["body"] = frame["body"] < 0
    cantlie = 0.966 * (space.x - CAVA[0]) - 0.259 * (space.y - CAVA[1])
    masks["right-lobe"] = masks["liver"] & (cantlie < 0)
    masks["left-lobe"] = masks["liver"] & (cantlie >= 0)
    return Anatomy(masks, _ct(space, frame, organs, masks, rng))


def _frame(space: Space, rough: Level) -> dict[str, Level]:
    """Skin, chest wall, cavity and diaphragm: everything else is cut to fit inside them."""
    taper = np.clip((space.z - 90.0) / 160.0, 0.0, 1.0) ** 2
    waist = np.clip((-space.z - 20.0) / 120.0, 0.0, 1.0)
    half_width = (166.0 - 22.0 * taper - 8.0 * waist).astype(np.float32)
    half_depth = (114.0 - 14.0 * taper - 6.0 * waist).astype(np.float32)
    body = cylinder(space, half_width, half_depth, 0.0, 2.35)
    wall = cylinder(space, half_width - 17.0, half_depth - 15.0, 0.0, 2.3)
    cavity = cylinder(space, half_width - 32.0, half_depth - 29.0, -6.0, 2.3)
    right = 60.0 - 52.0 * (((space.x + 66.0) / 64.0) ** 2 + ((space.y + 6.0) / 76.0) ** 2)
    left = 46.0 - 52.0 * (((space.x - 66.0) / 64.0) ** 2 + ((space.y + 6.0) / 76.0) ** 2)
    middle = 48.0 - 46.0 * ((space.x / 84.0) ** 2 + ((space.y + 24.0) / 78.0) ** 2)
    dome = -blend(blend(-right, -left, 30.0), -middle, 14.0) - 0.22 * np.maximum(space.y, 0.0) + 1.5 * rough
    return {"body": body, "wall": wall, "cavity": cavity, "below": space.z - dome, "rough": rough}


def _organs(space: Space, frame: dict[str, Level], rough: Level) -> dict[str, Level]:
    cavity, below = frame["cavity"], frame["below"]
    spine = _spine(space)
    inferior_cava = capsule(space, (-18.0, 38.0, -150.0), CAVA, 11.0, 13.0)
    gallbladder = np.maximum(ellipsoid(space, GALLBLADDER, (15.0, 25.0, 19.0)) + 0.4 * rough, cavity + 4.0)
    kidneys = np.minimum(
        ellipsoid(space, (-64.0, 50.0, -88.0), (27.0, 25.0, 52.0)), ellipsoid(space, (64.0, 48.0, -74.0), (27.0, 25.0, 54.0))
    )
    liver = meet(
        _liver(space) + 1.6 * rough, cavity + 3.0, below + 3.0, 7.0 - spine, 1.0 - inferior_cava, 2.0 - gallbladder,
        3.0 - kidneys,
    )  # fmt: skip
    spleen = meet(ellipsoid(space, (104.0, 34.0, 4.0), (30.0, 48.0, 48.0)) + 1.2 * rough, cavity + 4.0, below + 3.0)
    stomach = meet(
        blend(
            ellipsoid(space, (70.0, -14.0, 16.0), (42.0, 40.0, 44.0)),
            capsule(space, (60.0, -30.0, -10.0), (0.0, -48.0, -46.0), 26.0, 15.0), 20.0,
        ) + 1.5 * rough, cavity + 4.0, below + 3.0, 4.0 - liver, 4.0 - spleen, 3.0 - gallbladder,
    )  # fmt: skip
    heart = meet(ellipsoid(space, (22.0, -28.0, 82.0), (56.0, 46.0, 50.0)), cavity + 4.0, 2.0 - below)
    return {
        "liver": liver.astype(np.float32),
        "lungs": _lungs(space, frame, heart, spine),
        "gallbladder": gallbladder,
        "stomach": stomach,
        "spleen": spleen,
        "spine": np.broadcast_to(spine, space.grid.shape),
        "kidneys": kidneys,
        "heart": heart,
        "cava": inferior_cava,
        "aorta": capsule(space, (8.0, 44.0, -150.0), (10.0, 46.0, 250.0), 10.5, 12.0),
    }


def _liver(space: Space) -> Level:
    """Right lobe, left lobe drawn out to a tip, cut below by the visceral surface, notched by the falciform ligament."""
    right = ellipsoid(space, (-70.0, 2.0, -12.0), (84.0, 92.0, 86.0), 2.6)
    left = ellipsoid(space, (6.0, -46.0, 22.0), (86.0, 42.0, 40.0), 2.1)
    tip = 0.34 * np.maximum(space.x - 6.0, 0.0)
    visceral = 0.8 * (-84.0 + 0.62 * (space.x + 118.0) + 0.10 * (space.y + 20.0) - space.z)
    hilum = capsule(space, (4.0, 16.0, -52.0), (-34.0, 6.0, -20.0), 24.0, 8.0)
    ligament = capsule(space, (2.0, -104.0, -4.0), (-2.0, -54.0, -2.0), 7.0, 3.0)
    lobes = blend(np.maximum(right, visceral), left + 0.5 * tip, 16.0)
    level: Level = meet(lobes, -hilum, -ligament).astype(np.float32)
    return level


def _lungs(space: Space, frame: dict[str, Level], heart: Level, spine: Level) -> Level:
    pair = np.minimum(
        ellipsoid(space, (-72.0, 2.0, 40.0), (62.0, 96.0, 196.0), 2.4),
        ellipsoid(space, (72.0, 2.0, 40.0), (62.0, 96.0, 196.0), 2.4),
    )
    middle = 24.0 - np.abs(space.x - 2.0)
    level: Level = meet(pair, frame["cavity"] + 1.0, 1.0 - frame["below"], middle, 3.0 - heart, 6.0 - spine)
    return level


def _spine(space: Space) -> Level:
    """Vertebral bodies with discs between them (a waist every 32 mm), arch and spinous process."""
    waist = 1.5 * np.cos(space.z * (2.0 * np.pi / 32.0))
    body = ellipsoid(space, (0.0, 66.0, 0.0), (22.0, 18.0, 1e5)) - waist
    arch = meet(np.hypot(space.x, space.y - 90.0) - 15.0, 9.0 - np.hypot(space.x, space.y - 90.0))
    process = meet(np.abs(space.x) - 3.5, np.abs(space.y - 106.0) - 10.0)
    transverse = meet(np.abs(space.y - 88.0) - 5.0, np.abs(space.x) - 34.0, np.abs((space.z + 6.0) % 32.0 - 16.0) - 7.0)
    level: Level = np.minimum(np.minimum(body, arch), np.minimum(process, transverse)).astype(np.float32)
    return level


def _lesions(space: Space, liver: Mask, rng: np.random.Generator) -> dict[str, Mask]:
    """Nearly round, each with exactly the voxels that its diameter asks for."""
    masks = {}
    for name, (centre, diameter_mm) in LESIONS.items():
        box = box_around(space, np.subtract(centre, diameter_mm), np.add(centre, diameter_mm))
        part = within(space, box)
        level = ellipsoid(part, centre, (1.0, 1.0, 1.0)) + 0.03 * diameter_mm * texture(part.grid, 0.6 * diameter_mm, rng)
        voxels = round(np.pi / 6.0 * diameter_mm**3 / 1000.0 / space.grid.voxel_volume_mL)
        cut = np.partition(np.where(liver[box], level, np.inf).ravel(), voxels)[voxels]
        masks[name] = np.zeros(space.grid.shape, dtype=np.bool_)
        masks[name][box] = liver[box] & (level < cut)
    return masks


def _ct(
    space: Space, frame: dict[str, Level], organs: dict[str, Level], masks: dict[str, Mask], rng: np.random.Generator
) -> Level:
    hu = CT_NUMBER_HU
    ct = np.full(space.grid.shape, hu["air"], dtype=np.float32)
    ct[masks["body"]] = hu["fat"]
    _paint_wall(ct, space, frame)
    _paint_bowel(ct, frame, space, rng)
    for name, value in (("heart", "heart"), ("kidneys", "kidney"), ("spleen", "spleen"), ("cava", "blood"), ("aorta", "vessel")):
        ct[masks[name] & masks["body"]] = hu[value]
    ct[organs["heart"] < -9.0] = hu["vessel"]
    ct[(organs["heart"] < 0) & (np.abs(space.x - 12.0 + 0.5 * (space.y + 28.0)) < 5.0)] = hu["heart"]
    _paint_spine(ct, space, organs["spine"])
    ct[masks["stomach"]] = hu["wall"]
    lumen = organs["stomach"] < -4.0
    ct[lumen] = hu["content"]
    ct[lumen & np.broadcast_to(space.y < -30.0, lumen.shape)] = hu["gas"]
    ct[masks["gallbladder"]] = hu["bile"]
    grain = texture(space.grid, 7.0, rng)
    lungs = masks["lungs"]
    ct[lungs] = (hu["lung"] + 45.0 * grain + 260.0 * np.clip(grain - 1.9, 0.0, 1.2))[lungs]
    liver = masks["liver"]
    ct[liver] = hu["liver"] + 4.0 * grain[liver]
    ct[liver & (tubes(space, _PORTAL + _HEPATIC) < 0)] = hu["vessel"]
    for name in LESIONS:
        depth = ndimage.gaussian_filter(masks[name].astype(np.float32), 2.0)
        ct[masks[name]] = (hu["lesion"] + 8.0 - 22.0 * np.clip(depth, 0.0, 1.0) ** 3)[masks[name]]
    return ct


def _paint_wall(ct: Level, space: Space, frame: dict[str, Level]) -> None:
    """Muscle between subcutaneous fat and cavity; ribs that run down and forward; sternum; mediastinal soft tissue."""
    cavity, wall = frame["cavity"], frame["wall"]
    ct[(wall < 0) & (cavity > 0)] = CT_NUMBER_HU["muscle"]
    paraspinal = np.hypot((np.abs(space.x) - 34.0) / 26.0, (space.y - 92.0) / 15.0) < 1.0
    ct[(wall < 0) & paraspinal] = CT_NUMBER_HU["muscle"]
    sheet = np.abs(frame["below"] + 1.0) < 2.0
    ct[sheet & (cavity < 0) & (np.abs(space.x) > 12.0)] = CT_NUMBER_HU["muscle"]
    shell = np.abs(cavity - 7.0)
    phase = np.abs((space.z - 0.45 * space.y + 200.0) % 28.0 - 14.0)
    high = space.z - 0.45 * space.y + 40.0 * (space.y < -40.0) > -62.0
    rib = np.hypot(shell, np.maximum(phase - 2.0, 0.0) * 1.1)
    bony = high & (space.y > -78.0)
    ct[(rib < 5.5) & bony] = CT_NUMBER_HU["cortex"]
    ct[(rib < 3.5) & bony] = CT_NUMBER_HU["marrow"]
    sternum = np.maximum(np.abs(space.x) - 17.0, np.abs(cavity - 8.0) - 5.5)
    front = (space.y < 0) & (space.z > 45.0)
    ct[(sternum < 0) & front] = CT_NUMBER_HU["cortex"]
    ct[(sternum < -2.0) & front] = CT_NUMBER_HU["marrow"]


def _paint_spine(ct: Level, space: Space, spine: Level) -> None:
    ct[spine < 0] = CT_NUMBER_HU["cortex"]
    ct[spine < -2.5] = CT_NUMBER_HU["marrow"]
    disc = (spine < 0) & (np.cos(space.z * (2.0 * np.pi / 32.0)) < -0.8) & (space.y < 84.0)
    ct[disc] = CT_NUMBER_HU["disc"]
    canal = np.hypot(space.x, space.y - 90.0) < 9.0
    ct[np.broadcast_to(canal, ct.shape)] = CT_NUMBER_HU["canal"]


def _paint_bowel(ct: Level, frame: dict[str, Level], space: Space, rng: np.random.Generator) -> None:
    """Loops of bowel with a little gas in the abdominal fat, muscle beside the spine."""
    abdomen = (frame["cavity"] < -4.0) & (frame["below"] < -6.0) & (space.y < 34.0)
    loops = texture(space.grid, 30.0, rng)
    ct[abdomen & (np.abs(loops) < 0.75)] = CT_NUMBER_HU["bowel"]
    gas = abdomen & (loops > -0.1) & (loops < 0.25) & (space.y < -20.0) & (texture(space.grid, 45.0, rng) > 0.9)
    ct[gas] = CT_NUMBER_HU["gas"]
    psoas = np.hypot((np.abs(space.x) - 36.0) / 17.0, (space.y - 62.0) / 19.0) < 1.0
    ct[psoas & (space.z < -30.0) & (frame["wall"] < 0)] = CT_NUMBER_HU["muscle"]
