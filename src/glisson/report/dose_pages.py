"""The absorbed dose in tables: how it was computed, every structure with its uncertainty and limits, where the energy went."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.case import Case, Result, Run
from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Facts, Figure, HeadlineItem, Paragraph, Table, table
from glisson.report.dose_tables import (
    distribution_tables,
    radiobiology_blocks,
    structures_table,
    uncertainty_blocks,
)
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
    with_unit,
)

Value = Mapping[str, Any]


def dose_headlines(result: Result) -> list[HeadlineItem]:
    """Activity, lesions, normal liver and lungs at a glance."""
    value = result.value
    activity = at(value, "activity")
    used = at(activity, "used")
    key = "stated_GBq" if used == "stated" else "in_field_GBq"
    items = [_in_GBq(number(at(activity, key), 2), _activity_note(activity))]
    lesions = [s for s in listed(value, "structures") if s.get("kind") == "lesion" and is_number(s.get("mean_Gy"))]
    if lesions:
        means = [s["mean_Gy"] for s in lesions]
        span = number(min(means), 0) if len(means) == 1 else f"{number(min(means), 0)} to {number(max(means), 0)}"
        items.append(HeadlineItem(span, "Gy", "mean dose of lesions", f"{len(means)} of {_count(value, 'lesion')} lesions"))
    normal = [s for s in listed(value, "structures") if s.get("kind") == "normal" and is_number(s.get("mean_Gy"))]
    if normal:
        worst = max(normal, key=lambda s: float(s["mean_Gy"]))
        items.append(HeadlineItem(number(worst["mean_Gy"]), "Gy", "normal liver, highest mean", plain(worst.get("name"))))
    lung = at(value, "lung") or next((s for s in listed(value, "structures") if s.get("organ") == "lung"), None)
    if lung is not None:
        note = "from the shunt" if at(value, "lung") else "from the image"
        mean_Gy = at(lung, "mean_Gy")
        unknown = "the lung shunt is not known" if at(value, "lung") else ""
        items.append(
            HeadlineItem(
                number(mean_Gy), "Gy" if is_number(mean_Gy) else "", "lungs, mean", note if is_number(mean_Gy) else unknown
            )
        )
    return items


def _in_GBq(text: str, note: str) -> HeadlineItem:
    return HeadlineItem(text, "" if text.startswith(CANNOT_SAY) else "GBq", "activity that the dose rests on", note)


def _activity_note(activity: Any) -> str:
    """Where the activity comes from, and the other number beside it."""
    used, stated, imaged = at(activity, "used"), at(activity, "stated_GBq"), at(activity, "imaged_GBq")
    if used == "stated":
        return "as delivered" + (f"; {number(imaged, 2)} GBq in the image" if is_number(imaged) else "")
    if used != "image":
        return f"from the {used}" if used else CANNOT_SAY
    return "in the image" + (f"; {number(stated, 2)} GBq delivered" if is_number(stated) else "; delivered: cannot say")


def _count(value: Value, kind: str) -> int:
    return sum(s.get("kind") == kind for s in listed(value, "structures"))


def dose_blocks(
    result: Result,
    case: Case,
    citations: Citations,
    pictures: Sequence[Figure] = (),
    curves: Sequence[Figure] = (),
    *,
    run: Run | None = None,
) -> tuple[Block, ...]:
    """Everything a dose result says; ``curves`` and ``pictures`` stand after the table of structures; ``run``: what it took."""
    value = result.value
    blocks: list[Block] = [structures_table(value, citations), *curves, *pictures, *distribution_tables(value)]
    blocks += [*radiobiology_blocks(value, citations), *uncertainty_blocks(value), _how(value, run), given_table(case)]
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


def _how(value: Value, run: Run | None) -> Facts:
    activity, medium = at(value, "activity"), at(value, "medium")
    rows = [
        ("Engine", f"{plain(at(value, 'engine'))}, {plain(at(value, 'nuclide'))}"),
        ("Image", plain(at(activity, "image"))),
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
    rows += _statistics(at(value, "statistics"))
    if run is not None:
        rows.append(("Computed", run.text))
    if isinstance(medium, Mapping):
        rows += [(opening(label(str(key))), plain(inner)) for key, inner in medium.items() if key != "density"]
    return Facts(tuple(rows), "How the dose was computed")


def _statistics(statistics: Any) -> list[tuple[str, str]]:
    """Histories and standard error by region, where an engine has them."""
    if not isinstance(statistics, Mapping):
        return []
    rows = [("Histories", f"{number(statistics.get('histories'), 0)} in {number(statistics.get('batches'), 0)} batches")]
    for region in listed(statistics, "regions"):
        rms, largest = region.get("relative_standard_error_rms"), region.get("relative_standard_error_largest")
        said = f"{percent(rms, 1)} % rms, {percent(largest, 1)} % at most, over {number(region.get('voxels'), 0)} voxels"
        name = f"Standard error above half of the maximum, {plain(region.get('region'))}"
        rows.append((name, said if is_number(rms) else cannot_say("no dose there")))
    return rows


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
    imbalance = balance if is_number(balance) else at(balance, "imbalance")
    closes = f"{abs(imbalance):.1e}" if imbalance is not None and is_number(imbalance) else CANNOT_SAY
    note = f"Sum against K × activity: relative difference {closes}. A dash: not a mass of its own."
    return table(title, columns, rows, note if rows else f"Energy by compartment: {CANNOT_SAY}. {note}")
