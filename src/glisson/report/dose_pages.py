"""The absorbed dose in tables: how it was computed, every structure with its uncertainty and limits, where the energy went."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.case import Case, Result
from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Facts, Figure, HeadlineItem, Paragraph, Table, table
from glisson.report.names import site_name
from glisson.report.words import (
    CANNOT_SAY,
    at,
    cannot_say,
    cell,
    instant,
    is_number,
    label,
    listed,
    mass,
    number,
    opening,
    percent,
    plain,
    state,
    volume,
    with_unit,
)

ORDER = {"lesion": 0, "normal": 1, "territory": 2, "organ": 3}
BESIDE = 3
"""As many Vx as fit beside the Dx on a page; more get a table of their own."""
Value = Mapping[str, Any]


def structures_in_order(value: Value) -> list[Value]:
    """Lesions first, then normal tissue, territories and organs; within a kind as the result gives them."""
    return sorted(listed(value, "structures"), key=lambda s: ORDER.get(str(s.get("kind")), 4))


def dose_headlines(result: Result) -> list[HeadlineItem]:
    """Activity, lesions, normal liver and lungs at a glance."""
    value = result.value
    activity = at(value, "activity")
    used = at(activity, "used")
    key = "stated_GBq" if used == "stated" else "in_field_GBq"
    items = [HeadlineItem(number(at(activity, key), 2), "GBq", "activity given", f"from the {used}" if used else CANNOT_SAY)]
    lesions = [s for s in listed(value, "structures") if s.get("kind") == "lesion" and is_number(s.get("mean_Gy"))]
    if lesions:
        means = [s["mean_Gy"] for s in lesions]
        span = number(min(means), 0) if len(means) == 1 else f"{number(min(means), 0)} to {number(max(means), 0)}"
        items.append(HeadlineItem(span, "Gy", "mean dose of lesions", f"{len(means)} of {_count(value, 'lesion')} lesions"))
    normal = [s for s in listed(value, "structures") if s.get("kind") == "normal" and is_number(s.get("mean_Gy"))]
    if normal:
        worst = max(normal, key=lambda s: float(s["mean_Gy"]))
        items.append(HeadlineItem(number(worst["mean_Gy"]), "Gy", "normal liver, highest mean", plain(worst.get("name"))))
    lung = next((s for s in listed(value, "structures") if s.get("organ") == "lung"), None)
    if lung is not None:
        items.append(HeadlineItem(number(lung.get("mean_Gy")), "Gy", "lungs, mean", ""))
    return items


def _count(value: Value, kind: str) -> int:
    return sum(s.get("kind") == kind for s in listed(value, "structures"))


def dose_blocks(
    result: Result, case: Case, citations: Citations, pictures: Sequence[Figure] = (), curves: Sequence[Figure] = ()
) -> tuple[Block, ...]:
    """Everything a dose result says; ``curves`` and ``pictures`` stand after the table of structures."""
    value = result.value
    blocks: list[Block] = [_structures(value, citations), *curves, *pictures, _distribution(value)]
    blocks += [t for t in (_volumes_above(value),) if t is not None]
    blocks += [_radiobiology(value, citations), *_assumptions(value), _how(value), given_table(case)]
    blocks.append(energy_table(value, "Energy balance"))
    return tuple(blocks)


def delivery_blocks(result: Result) -> tuple[Block, ...]:
    """Plan against delivery; empty where the result compares nothing."""
    rows = [
        [
            cell(plain(item.get("name") or item.get("site"))),
            cell(number(item.get("planned_Gy"))),
            cell(number(item.get("delivered_Gy"))),
            cell(number(item.get("ratio"), 2)),
        ]
        for item in listed(result.value, "plan_against_delivery")
    ]
    if not rows:
        return ()
    columns = [
        Column("Structure", align="left"),
        Column("planned", "Gy"),
        Column("delivered", "Gy"),
        Column("delivered / planned"),
    ]
    return (table("Mean absorbed dose", columns, rows),)


def _how(value: Value) -> Facts:
    activity, medium = at(value, "activity"), at(value, "medium")
    rows = [
        ("Engine", f"{plain(at(value, 'engine'))}, {plain(at(value, 'nuclide'))}"),
        ("Activity in the field", with_unit(at(activity, "in_field_GBq"), "GBq", 3)),
        ("Activity stated as given", with_unit(at(activity, "stated_GBq"), "GBq", 3, "none is stated")),
        ("Activity used", plain(at(activity, "used")) + f", factor {number(at(activity, 'calibration_factor'), 3)}"),
        ("Instant of the image", instant(at(activity, "image_time"))),
        ("Instant of the dose", instant(at(activity, "reference_time"))),
        ("Decay between them", f"factor {number(at(activity, 'decay_factor'), 4)}"),
        ("Residence", plain(at(activity, "residence"))),
        ("Density", plain(at(medium, "density"))),
        ("Masks on the grid", plain(at(value, "mask_rule"))),
    ]
    if isinstance(medium, Mapping):
        rows += [(opening(label(str(key))), plain(inner)) for key, inner in medium.items() if key != "density"]
    return Facts(tuple(rows), "How the dose was computed")


def given_table(case: Case) -> Table | Paragraph:
    """The injections that the case records as given."""
    rows = []
    for treatment in case.treatments:
        for session in treatment.sessions:
            for given in session.injections:
                rows.append([
                    Cell(session.id),
                    Cell(site_name(case, given.territory)),
                    cell(number(given.activity_GBq, 3)),
                    cell(instant(given.measured_at or given.at)),
                    cell(instant(given.at)),
                    cell(percent(given.residual_fraction, 1)),
                ])  # fmt: skip
    if not rows:
        return Paragraph(f"Injections given: {cannot_say('none is entered in the case')}.")
    columns = [
        Column("Session", align="left"), Column("territory", align="left"), Column("measured", "GBq"), Column("measured at", align="left"),
        Column("injected at", align="left"), Column("residue", "%"),
    ]  # fmt: skip
    return table("Injections as entered in the case", columns, rows)


def _structures(value: Value, citations: Citations) -> Table:
    rows: list[list[Cell]] = []
    for item in structures_in_order(value):
        uncertainty = at(item, "mean_uncertainty")
        limits = listed(item, "limits")
        first = [
            cell(plain(item.get("name") or item.get("site"))),
            cell(volume(item.get("volume_mL"))),
            cell(mass(item.get("mass_g"))),
            cell(number(item.get("mean_Gy")), "strong"),
            _plus_minus(item.get("mean_Gy"), uncertainty),
            cell(plain(at(uncertainty, "largest")), "quiet"),
        ]
        blank = [Cell("")] * len(first)
        lines = [_limit_cells(limit, citations) for limit in limits] or [[Cell("none known", "quiet"), Cell(""), Cell("")]]
        rows += [[*(first if number == 0 else blank), *line] for number, line in enumerate(lines)]
    columns = [
        Column("Structure", align="left"), Column("volume", "mL"), Column("mass", "g"), Column("mean", "Gy"), Column("±", "Gy"),
        Column("± mostly from", align="left"), Column("limit or target", align="left"), Column("state", align="left"),
        Column("from", align="left"),
    ]  # fmt: skip
    note = "" if rows else f"Structures: {cannot_say('the result holds none')}."
    return table("Absorbed dose by structure", columns, rows, note)


def _plus_minus(mean_Gy: Any, uncertainty: Any) -> Cell:
    """One standard deviation of the mean, in Gy."""
    relative = at(uncertainty, "relative_total")
    if not (is_number(mean_Gy) and is_number(relative)):
        return Cell(CANNOT_SAY, "unknown")
    return Cell(number(mean_Gy * relative))


def _limit_cells(limit: Value, citations: Citations) -> list[Cell]:
    sign = "≥" if limit.get("aim") == "target" else "≤"
    words = f"{plain(limit.get('on'))} {sign} {number(limit.get('limit_Gy'), 0)} Gy"
    origin = "entered" if limit.get("entered") else citations.mark(limit.get("source")) or CANNOT_SAY
    return [Cell(words), state(limit.get("state")), cell(origin)]


def _levels(items: Sequence[Value]) -> list[str]:
    """The doses x of the Vx that the structures carry, in order."""
    return sorted({str(level) for item in items for level in (at(item, "V") or {})}, key=_as_number)


def _name(item: Value) -> Cell:
    return cell(plain(item.get("name") or item.get("site")))


def _distribution(value: Value) -> Table:
    keys = [
        ("min_Gy", "min"),
        ("D98_Gy", "D98"),
        ("D95_Gy", "D95"),
        ("D70_Gy", "D70"),
        ("D50_Gy", "D50"),
        ("D2_Gy", "D2"),
        ("max_Gy", "max"),
    ]
    items = structures_in_order(value)
    levels = _levels(items) if len(_levels(items)) <= BESIDE else []
    rows = [
        [
            _name(item),
            cell(volume(item.get("contour_volume_mL"))),
            cell(number(item.get("voxels"), 0)),
            *(cell(number(item.get(key))) for key, _ in keys),
            *(cell(percent(at(item, "V", level))) for level in levels),
        ]
        for item in items
    ]
    columns = [
        Column("Structure", align="left"),
        Column("drawn", "mL"),
        Column("voxels"),
        *(Column(head, "Gy") for _, head in keys),
    ]
    columns += [Column(f"V{level}", "%") for level in levels]
    note = "Drawn: volume of the contour before it came onto this grid. Dx: the dose that x % of the volume receives at least."
    if levels:
        note += " Vx: the part of the volume that receives at least x Gy."
    return table("Distribution", columns, rows, note)


def _volumes_above(value: Value) -> Table | None:
    items = structures_in_order(value)
    levels = _levels(items)
    if len(levels) <= BESIDE:
        return None
    rows = [[_name(item), *(cell(percent(at(item, "V", level))) for level in levels)] for item in items]
    columns = [Column("Structure", align="left"), *(Column(f"V{level}", "%") for level in levels)]
    return table("Volume that receives at least", columns, rows, "Vx: the part of the volume that receives at least x Gy.")


def _as_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")


def _radiobiology(value: Value, citations: Citations) -> Table:
    rows = []
    for item in structures_in_order(value):
        bed = at(item, "bed")
        rows.append([
            _name(item),
            cell(number(item.get("gEUD_Gy"))),
            cell(number(item.get("homogeneity"), 2)),
            cell(number(at(bed, "mean_BED_Gy"))),
            cell(number(at(bed, "EUBED_Gy"))),
            cell(number(at(bed, "EQD2_Gy"))),
            cell(plain(at(bed, "parameters")), "quiet"),
            cell(citations.mark(at(bed, "source")) or CANNOT_SAY),
        ])  # fmt: skip
    columns = [
        Column("Structure", align="left"), Column("gEUD", "Gy"), Column("homogeneity"), Column("mean BED", "Gy"), Column("EUBED", "Gy"),
        Column("EQD2", "Gy"), Column("parameters of BED", align="left"), Column("from", align="left"),
    ]  # fmt: skip
    note = "BED is not absorbed dose; it is compared with no limit given in Gy of absorbed dose."
    return table("Evenness and biologically effective dose", columns, rows, note)


def _assumptions(value: Value) -> list[Block]:
    said = dict.fromkeys(
        str(words) for item in listed(value, "structures") for words in (at(item, "mean_uncertainty", "assumptions") or ())
    )
    if not said:
        return []
    return [Paragraph("The uncertainties (±, one standard deviation) assume: " + "; ".join(said) + ".")]


def energy_table(value: Value, title: str) -> Table:
    """Where the energy of all decays went; the remainder is a row like any other."""
    rows = [
        [
            cell(plain(item.get("compartment"))),
            Cell("–", "quiet") if item.get("mass_g") is None else cell(mass(item.get("mass_g"))),
            Cell("–", "quiet") if item.get("mean_Gy") is None else cell(number(item.get("mean_Gy"))),
            cell(number(item.get("energy_J"), 2)),
            cell(percent(item.get("fraction"), 2)),
        ]
        for item in listed(value, "energy")
    ]  # fmt: skip
    columns = [
        Column("Compartment", align="left"),
        Column("mass", "g"),
        Column("mean", "Gy"),
        Column("energy", "J"),
        Column("of all", "%"),
    ]
    balance = at(value, "energy_balance")
    closes = f"{abs(balance):.1e}" if is_number(balance) else CANNOT_SAY
    note = f"Sum against K × activity: relative difference {closes}. A dash: not a mass of its own."
    return table(title, columns, rows, note if rows else f"Energy by compartment: {CANNOT_SAY}. {note}")
