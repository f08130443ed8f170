"""The door of the pages of procedures: HTML, PDF and figures, written whole or not at all."""

import tempfile
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.case import Case, Result
from glisson.report.document import Figure
from glisson.report.follow_write import write_document
from glisson.report.inputs import ReportFiles
from glisson.report.words import listed

if TYPE_CHECKING:
    from glisson.report.figures.procedure_lanes import Lane
    from glisson.report.figures.procedure_margin import SurfacePicture


def write_procedure_page(
    folder: Path, stem: str, *, case: Case, result: Result, made_at: datetime, picture: "SurfacePicture | None" = None
) -> ReportFiles:
    """Writes ``<stem>.html``, ``<stem>.pdf`` and the figures of one procedure; the same input gives the same bytes.

    Args:
        folder: made if it does not exist.
        stem: name of the files.
        case: who.
        result: of a kind of ``procedure_pages.PAGES``.
        made_at: instant of the page, with its zone.
        picture: the tumour's surface, for an ablation.

    Raises:
        BadInput: ``made_at`` without a time zone.
    """
    from glisson.report.procedure_pages import build_procedure_document

    with tempfile.TemporaryDirectory(prefix="glisson-procedure-") as name:
        drawn = Path(name)
        figures = _draw(drawn, stem, result, picture)
        document = build_procedure_document(case, result, figures, made_at=made_at)
        return write_document(folder, stem, document, drawn, made_at)


def _draw(folder: Path, stem: str, result: Result, picture: "SurfacePicture | None") -> tuple[Figure, ...]:
    from glisson.report.figures.style import drawing

    with drawing():
        if result.kind == "ablation margin" and picture is not None:
            return _margin(folder, stem, result.value, picture)
        lanes, guides, words = _lanes(result)
        if not lanes:
            return ()
        from glisson.report.figures.procedure_lanes import draw_lanes

        file = draw_lanes(folder / f"{stem}-days.svg", lanes, guides=guides)
    names = ", ".join(lane.name for lane in lanes)
    return (Figure(file.name, f"Days in lanes: {names}.", words),)


def _margin(folder: Path, stem: str, value: Mapping[str, Any], picture: "SurfacePicture") -> tuple[Figure, ...]:
    from glisson.report.figures.procedure_margin import draw_margin_map, draw_margin_shares

    marks = value["thresholds_mm"]
    surface = draw_margin_map(folder / f"{stem}-map.png", picture, marks)
    shares = draw_margin_shares(
        folder / f"{stem}-shares.svg", value["histogram"]["edges_mm"], value["histogram"]["area_fraction"], marks
    )
    lowest = value["whole"]["minimum_mm"]
    return (
        Figure(
            surface.name,
            f"The tumour's surface from six sides by margin; smallest margin {lowest:.1f} mm.",
            "Surface of the tumour from six sides, by the distance to the edge of the zone. The cross marks the smallest margin.",
        ),
        Figure(
            shares.name,
            "Share of the surface by margin.",
            "Share of the tumour's surface in each millimetre of margin (bars), and the share with less margin (line).",
        ),
    )


def _lanes(result: Result) -> "tuple[list[Lane], list[tuple[date, str]], str]":
    """What is drawn for a plan in days; nothing for one without days."""
    make = {"pump plan": _pump_lanes, "cycles": _cycle_lanes, "chemoembolization plan": _tace_lanes}.get(result.kind)
    return make(result.value) if make is not None else ([], [], "")


def _pump_lanes(value: Mapping[str, Any]) -> "tuple[list[Lane], list[tuple[date, str]], str]":
    from glisson.report.figures.procedure_lanes import Bar, Lane, Tick

    rows = listed(value, "calendar")
    drug = tuple(Bar(_day(r["drug_from"]), _day(r["drug_until"]), "drug", f"{r['cycle']}") for r in rows)
    rest = tuple(Bar(_day(r["drug_until"]), _day(r["next_fill"]), "rest") for r in rows)
    fills = tuple(Tick(_day(day), "fill") for day in (*(r["drug_from"] for r in rows), rows[-1]["next_fill"]))
    changes = tuple(Tick(_day(r["drug_until"]), "giving") for r in rows)
    lanes = [
        Lane("floxuridine, then rest", (*drug, *rest)),
        Lane("fill with floxuridine", (), fills),
        Lane("floxuridine ends", (), changes),
    ]
    guides = [(_day(value["implanted_at"]), "implantation")] if value["implanted_at"] else []
    return (
        lanes,
        guides,
        "Cycles with their number: floxuridine (full), rest (hatched), fills (triangles), and the day the drug ends.",
    )


def _cycle_lanes(value: Mapping[str, Any]) -> "tuple[list[Lane], list[tuple[date, str]], str]":
    from glisson.report.figures.procedure_lanes import Bar, Lane, Tick

    rows = listed(value, "cycles")
    drugs = dict.fromkeys(drug for row in rows for drug in row["giving_days"])
    lanes = [Lane(drug, (), tuple(Tick(_day(day)) for row in rows for day in row["giving_days"].get(drug, ()))) for drug in drugs]
    for line in listed(value, "lines"):
        end = _day(line["to"]) if line["to"] else _day(rows[-1]["ends"])
        lanes.append(Lane(line["regimen"] or line["treatment"], (Bar(_day(line["from"]), end, "line"),)))
    for row in listed(value, "procedures"):
        words = row["session"] or ""
        kind = "planned" if row["what"] == "planned" else "procedure"
        lanes.append(Lane(f"{row['kind']} {words}".strip(), (), (Tick(_day(row["day"]), kind),)))
    guides = [(_day(row["first_day"]), str(row["cycle"])) for row in rows]
    return (
        lanes,
        guides,
        "Days of giving (strokes), other lines (grey), procedures on record (full) and planned (open); dotted: day 1 of each cycle.",
    )


def _tace_lanes(value: Mapping[str, Any]) -> "tuple[list[Lane], list[tuple[date, str]], str]":
    from glisson.report.figures.procedure_lanes import Lane, Tick

    planned = [row for row in listed(value, "sessions") if row["day"]]
    given = [row for row in listed(value, "given", "embolizations") if row["day"]]
    if not planned:
        return [], [], ""
    lanes = []
    if given:
        lanes.append(Lane("given", (), tuple(Tick(_day(row["day"]), "procedure", str(row["lobe"] or "")) for row in given)))
    for lobe in dict.fromkeys(str(row["lobe"]) for row in planned):
        ticks = tuple(Tick(_day(row["day"]), "planned", str(row["session"])) for row in planned if row["lobe"] == lobe)
        lanes.append(Lane(f"planned, {lobe} lobe", (), ticks))
    return lanes, [], "Embolizations on record (full) and planned sessions with their number (open)."


def _day(text: Any) -> date:
    return date.fromisoformat(str(text))
