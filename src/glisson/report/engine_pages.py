"""Engines side by side: what each gives for every structure, how far it is from the Monte Carlo, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.case import Result
from glisson.report.document import Block, Cell, Column, Facts, Figure, Paragraph, table
from glisson.report.dose_tables import structures_in_order
from glisson.report.words import CANNOT_SAY, at, cannot_say, cell, is_number, listed, number, opening, percent, plain, volume

Value = Mapping[str, Any]

MONTE_CARLO = "monte-carlo"
ASSUMES = {
    MONTE_CARLO: "Electrons lose energy and turn by the density and composition that they cross. The ± is its statistical "
    "uncertainty alone.",
    "local": "Every decay leaves its energy in its own voxel, and every voxel weighs as much as liver.",
    "kernel": "Energy spreads around every decay as it does in liver, and every voxel weighs as much as liver.",
    "local-own-density": "Every decay leaves its energy in its own voxel, divided by that voxel's own mass.",
    "kernel-own-density": "Energy spreads as it does in liver, then is divided by each voxel's own mass (density-scaled kernel).",
}
NEAR_ZERO_Gy = 0.05
"""Below this mean dose no difference in percent is printed."""


def engine_names(value: Value) -> dict[str, str]:
    """Name by engine, of those that gave a dose."""
    return {str(e["engine"]): str(e.get("name")) for e in listed(value, "engines") if e.get("engine") and not e.get("reason")}


def engine_blocks(result: Result, pictures: Sequence[Figure] = ()) -> tuple[Block, ...]:
    """Everything that a comparison of engines says."""
    value = result.value
    names = engine_names(value)
    rows = structures_in_order(value)
    blocks: list[Block] = [Paragraph(_opening(value)), _means(rows, names), _differences(rows, names), *pictures]
    if sentences := differences_explained(value):
        blocks.append(Facts(sentences, "What sets them apart"))
    blocks += [Facts(_assumptions(value), "What each engine assumes"), _voxels(value)]
    return tuple(blocks)


def _opening(value: Value) -> str:
    image = plain(at(value, "activity", "image"))
    histories = at(value, "monte_carlo", "histories")
    said = f", {histories:,} histories" if is_number(histories) else ""
    return (
        f"The same image ({image}) through every engine. Monte Carlo{said}. Uniform: {plain(at(value, 'medium', 'uniform'))}. "
        f"Own density: {plain(at(value, 'medium', 'own'))}."
    )


def _short(name: str) -> str:
    """For the head of a column.

    >>> _short("kernel, own density"), _short("kernel, uniform")
    ('kernel ρ', 'kernel')
    """
    return name.replace(", own density", " ρ").replace(", uniform", "")


def _of(row: Value, engine: str, key: str) -> Any:
    return next((one.get(key) for one in listed(row, "engines") if one.get("engine") == engine), None)


def _means(rows: Sequence[Value], names: Mapping[str, str]) -> Block:
    body = [
        [
            cell(plain(row.get("name"))),
            cell(volume(row.get("volume_mL"))),
            cell(number(_of(row, MONTE_CARLO, "mean_Gy"), _decimals(row)), "strong"),
            cell(_error(row.get("standard_error_Gy"))),
            *(cell(number(_of(row, engine, "mean_Gy"), _decimals(row))) for engine in names if engine != MONTE_CARLO),
        ]
        for row in rows
    ]
    columns = [Column("Structure", align="left"), Column("volume", "mL"), Column("Monte Carlo", "Gy"), Column("±", "Gy")]
    columns += [Column(_short(name), "Gy") for engine, name in names.items() if engine != MONTE_CARLO]
    note = "±: one standard error of the Monte Carlo mean, taken cautiously. Lungs: their part in the field of the image. "
    note += "ρ: with each voxel's own density; without it every voxel is liver."
    return table("Mean absorbed dose by engine", columns, body, note)


def _decimals(row: Value) -> int:
    """Two where the dose is small: lungs."""
    mean = _of(row, MONTE_CARLO, "mean_Gy")
    return 2 if is_number(mean) and mean < 10 else 1


def _error(value: Any) -> str:
    if not is_number(value):
        return CANNOT_SAY
    return "<0.01" if value < 0.01 else f"{value:.2f}"


def _differences(rows: Sequence[Value], names: Mapping[str, str]) -> Block:
    others = [engine for engine in names if engine != MONTE_CARLO]
    body = [[cell(plain(row.get("name"))), *(_off(row, engine) for engine in others)] for row in rows]
    columns = [Column("Structure", align="left"), *(Column(_short(names[engine]), "%") for engine in others)]
    return table("Difference of the mean from the Monte Carlo", columns, body)


def _off(row: Value, engine: str) -> Cell:
    share, mean = _of(row, engine, "mean_relative_difference"), _of(row, MONTE_CARLO, "mean_Gy")
    if not is_number(share) or not is_number(mean) or mean < NEAR_ZERO_Gy:
        return Cell("–", "quiet")
    return Cell(_signed(share, 1), "bad" if abs(share) > 0.10 else "")


def _signed(share: Any, decimals: int = 0) -> str:
    text = percent(share, decimals)
    return text if text.startswith("−") or not text.strip("0.") else f"+{text}"


def differences_explained(value: Value) -> tuple[tuple[str, str], ...]:
    """Sentences with this case's own numbers: lungs, lesions, liver, and what no engine can mend."""
    rows = listed(value, "structures")
    lung = next((row for row in rows if row.get("organ") == "lung" and row.get("kind") == "organ"), None)
    near = next((row for row in rows if row.get("kind") == "part"), None)
    lesions = [row for row in rows if row.get("kind") == "lesion"]
    liver = next((row for row in rows if row.get("organ") == "liver" and row.get("kind") == "organ"), None)
    said = [*_in_lung(lung), *_near_liver(near), *_in_lesions(lesions, value), *_in_liver(liver)]
    said.append((
        "All engines",
        "They start from one image. What its blur or noise puts into the lung, or takes out of a lesion, none of them takes back.",
    ))  # fmt: skip
    return tuple(said)


def _share(row: Value | None, engine: str) -> str | None:
    share = None if row is None else _of(row, engine, "mean_relative_difference")
    return f"{_signed(share)} %" if is_number(share) else None


def _in_lung(lung: Value | None) -> list[tuple[str, str]]:
    local, kernel = _share(lung, "local"), _share(lung, "kernel")
    own, thin = _of(lung or {}, "local-own-density", "mean_Gy"), _of(lung or {}, "local", "mean_Gy")
    if local is None or kernel is None or not is_number(own) or not thin:
        return []
    text = (
        f"{local} (local) and {kernel} (kernel) where liver is assumed everywhere: liver weighs {own / thin:.1f} times as much as "
        f"this lung, so the same energy makes less dose. Divided by its own mass the lung gets {_share(lung, 'local-own-density')} "
        f"and {_share(lung, 'kernel-own-density')}."
    )
    return [("Lungs", text)]


def _near_liver(near: Value | None) -> list[tuple[str, str]]:
    local, kernel = _share(near, "local-own-density"), _share(near, "kernel-own-density")
    if near is None or local is None or kernel is None:
        return []
    text = (
        f"{local} (local) and {kernel} (kernel) with each voxel's own density. The local engine sends nothing across the dome; the kernel "
        "sends as much energy across as liver would and stops it within a centimetre, while in lung electrons fly about four times as "
        "far and leave it over a larger mass."
    )
    return [(opening(plain(near.get("name"))), text)]


def _in_lesions(lesions: Sequence[Value], value: Value) -> list[tuple[str, str]]:
    shares = [s for row in lesions if is_number(s := _of(row, "local-own-density", "mean_relative_difference"))]
    if not shares:
        return []
    span = f"{_signed(min(shares))} %" if len(shares) == 1 else f"{_signed(min(shares))} to {_signed(max(shares))} %"
    fwhm = at(value, "activity", "resolution_fwhm_mm")
    blur = f"The image is blurred by {number(fwhm, 0)} mm already" if is_number(fwhm) else "The image is blurred already"
    text = (
        f"{span} with the local engine: electrons carry energy out of a lesion, which it leaves out. {blur}; every other engine "
        "spreads the energy once more."
    )
    return [("Lesions", text)]


def _in_liver(liver: Value | None) -> list[tuple[str, str]]:
    own, uniform = (_of(liver or {}, engine, "mean_Gy") for engine in ("local-own-density", "local"))
    if not is_number(own) or not own or not is_number(uniform):
        return []
    text = (
        f"Between uniform and own density the mean changes by {_signed(own / uniform - 1.0, 1)} %: the density that is divided by, "
        "not the way the energy moves."
    )
    return [("Liver", text)]


def _assumptions(value: Value) -> tuple[tuple[str, str], ...]:
    found = []
    for engine in listed(value, "engines"):
        words = ASSUMES.get(str(engine.get("engine")), CANNOT_SAY)
        if engine.get("reason"):
            words = cannot_say(str(engine["reason"]))
        found.append((opening(str(engine.get("name"))), words))
    return tuple(found)


def _voxels(value: Value) -> Block:
    engines = [e for e in listed(value, "engines") if e.get("engine") != MONTE_CARLO and not e.get("reason")]
    body = [
        [
            cell(plain(engine.get("name"))),
            cell(percent(at(engine, "gamma", "pass_fraction"), 1)),
            cell(number(at(engine, "gamma", "mean"), 2)),
            cell(percent(engine.get("escaped_fraction"), 2)),
        ]
        for engine in engines
    ]
    columns = [
        Column("Engine", align="left"),
        Column("gamma of 1 or less", "%"),
        Column("mean gamma"),
        Column("energy not in tissue", "%"),
    ]
    known = next((gamma for engine in engines if (gamma := engine.get("gamma"))), None)
    note = f"Gamma: cannot say, {plain(at(value, 'gamma_reason'))}."
    if known is not None:
        judged = f"{at(known, 'voxels'):,} voxels that it knows well enough"
        note = f"Gamma index against the Monte Carlo, {plain(at(known, 'criteria'))}, of {judged}."
    return table("Voxel by voxel", columns, body, note)
