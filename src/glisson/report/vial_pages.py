"""The vial and its time: what to order, when it holds the wanted activity, how many spheres that is."""

from collections.abc import Mapping
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Column, Facts, Paragraph, Table, table
from glisson.report.words import (
    CANNOT_SAY,
    cannot_say,
    cell,
    instant,
    is_number,
    label,
    listed,
    number,
    opening,
    percent,
    plain,
    with_unit,
)

Value = Mapping[str, Any]

KNOWN = (
    "wanted_GBq", "on_hand_GBq", "half_life_h", "calibration_at", "injection_at", "calibration_zone",
    "activity_per_sphere_at_calibration_Bq", "activity_per_sphere_at_injection_Bq", "source", "options", "elapsed_h", "decay_factor",
    "spheres_injected", "order_GBq_at_calibration", "smallest_enough_GBq", "reason",
)  # fmt: skip


def vial_blocks(vial: Any, citations: Citations) -> list[Block]:
    """Facts of the order, and the catalogue beside the wanted activity."""
    if not isinstance(vial, Mapping) or not vial:
        return [Paragraph(f"Vial: {cannot_say('none was worked out')}.")]
    reason = _short(vial.get("reason"))
    zone = f", vial papers in {vial['calibration_zone']}" if vial.get("calibration_zone") else ""
    per_sphere = _range(vial.get("activity_per_sphere_at_calibration_Bq"))
    injected = _range(vial.get("spheres_injected"), 1e6)
    rows = [
        ("Activity wanted", with_unit(vial.get("wanted_GBq"), "GBq", 2)),
        ("Calibration", (instant(vial["calibration_at"]) if vial.get("calibration_at") else cannot_say("not entered")) + zone),
        ("Injection", instant(vial["injection_at"]) if vial.get("injection_at") else cannot_say("not entered")),
        ("To order, at calibration", with_unit(vial.get("order_GBq_at_calibration"), "GBq", 2, reason)),
        ("Smallest vial that is enough", with_unit(vial.get("smallest_enough_GBq"), "GBq", 1, reason)),
        (
            "Activity per sphere, at calibration",
            f"{per_sphere} Bq {citations.mark(vial.get('source'))}" if per_sphere else CANNOT_SAY,
        ),
        ("Spheres injected", f"{injected} million" if injected else cannot_say(reason)),
    ]
    if vial.get("on_hand_GBq") is not None:
        rows.insert(1, ("Vial on hand", with_unit(vial["on_hand_GBq"], "GBq", 2)))
    rows += [(opening(label(str(key))), plain(inner)) for key, inner in vial.items() if key not in KNOWN]
    options = _options(vial)
    return [Facts(tuple(rows), "Vial and time"), *([options] if options is not None else [])]


def _short(reason: Any) -> str:
    """The reason without a second "cannot say" in front."""
    return str(reason or "").removeprefix("cannot say ").removeprefix("what a vial holds at the injection: ")


def _range(value: Any, unit: float = 1.0) -> str | None:
    """One number, or low to high where they differ; ``None`` where there is none."""
    numbers = [v / unit for v in value if is_number(v)] if isinstance(value, list | tuple) else []
    if not numbers:
        return None
    low, high = min(numbers), max(numbers)
    return _three(low) if low == high else f"{_three(low)} to {_three(high)}"


def _three(value: float) -> str:
    """Three digits, without a power of ten below a million."""
    return f"{value:.0f}" if 100 <= abs(value) < 1e6 else f"{value:.3g}"


def _options(vial: Value) -> Table | None:
    options = listed(vial, "options")
    if not options:
        return None
    dated = any(option.get("at_injection_GBq") is not None for option in options)
    rows = []
    for option in options:
        row = [cell(number(option.get("vial_GBq"), 1)), cell(number(option.get("holds_wanted_after_h"), 1, "never"))]
        if dated:
            row += [cell(number(option.get("at_injection_GBq"), 2)), cell(percent(option.get("of_wanted_fraction")))]
        rows.append([*row, cell(_range(option.get("spheres_in_vial"), 1e6) or CANNOT_SAY)])
    columns = [Column("Vial at calibration", "GBq"), Column("holds the wanted activity after", "h")]
    if dated:
        columns += [Column("at injection", "GBq"), Column("of the wanted", "%")]
    columns.append(Column("spheres", "million"))
    return table("Vials of the catalogue", columns, rows)
