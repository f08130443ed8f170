"""The tables of an absorbed dose: every structure with its uncertainty and its limits, distribution, BED, models."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.citations import Citations
from glisson.report.document import Block, Cell, Column, Facts, Paragraph, Table, table
from glisson.report.words import (
    CANNOT_SAY,
    as_given,
    at,
    cannot_say,
    cell,
    is_number,
    listed,
    mass,
    number,
    percent,
    plain,
    state,
    volume,
)

ORDER = {"lesion": 0, "normal": 1, "territory": 2, "organ": 3}
BESIDE = 3
"""As many Vx as fit beside the Dx on a page; more get a table of their own."""
DOSES = (
    ("min_Gy", "min"), ("D98_Gy", "D98"), ("D95_Gy", "D95"), ("D70_Gy", "D70"), ("D50_Gy", "D50"), ("D2_Gy", "D2"), ("max_Gy", "max"),
)  # fmt: skip
LEAST_TERM = 0.0005
"""Uncertainty terms that are nowhere as large as this get no column."""

Value = Mapping[str, Any]


def structures_in_order(value: Value) -> list[Value]:
    """Lesions first, then normal tissue, territories and organs; within a kind as the result gives them."""
    return sorted(listed(value, "structures"), key=lambda s: ORDER.get(str(s.get("kind")), 4))


def name_of(item: Value) -> Cell:
    """Name of a structure."""
    return cell(plain(item.get("name") or item.get("site")))


def relative_total(uncertainty: Any) -> tuple[float | None, bool]:
    """One relative standard deviation, and whether it is only a lower bound."""
    for key in ("relative_total", "relative_total_fraction"):
        value = at(uncertainty, key)
        if value is not None and is_number(value):
            return float(value), at(uncertainty, "lower_bound") is True
    return None, False


def structures_table(value: Value, citations: Citations) -> Table:
    """Mean dose of every structure with its ± and its limits."""
    rows: list[list[Cell]] = []
    for item in structures_in_order(value):
        uncertainty = at(item, "mean_uncertainty")
        first = [
            name_of(item),
            cell(volume(item.get("volume_mL"))),
            cell(mass(item.get("mass_g"))),
            cell(number(item.get("mean_Gy")), "strong"),
            _plus_minus(item.get("mean_Gy"), uncertainty),
            cell(plain(at(uncertainty, "largest")), "quiet"),
        ]
        rows += _with_limits(first, listed(item, "limits"), citations)
    lung = at(value, "lung")
    if isinstance(lung, Mapping):
        unknown, mean = Cell(CANNOT_SAY, "unknown"), cell(number(lung.get("mean_Gy")), "strong")
        first = [Cell("Lungs, from the shunt"), Cell("–", "quiet"), cell(mass(lung.get("mass_g"))), mean, unknown, unknown]
        rows += _with_limits(first, listed(lung, "limits"), citations)
    columns = [
        Column("Structure", align="left"), Column("volume", "mL"), Column("mass", "g"), Column("mean", "Gy"), Column("±", "Gy"),
        Column("± mostly from", align="left"), Column("limit or target", align="left"), Column("state", align="left"),
        Column("from", align="left"),
    ]  # fmt: skip
    return table("Absorbed dose by structure", columns, rows, _structures_note(rows, value))


def _structures_note(rows: Sequence[Sequence[Cell]], value: Value) -> str:
    if not rows:
        return f"Structures: {cannot_say('the result holds none')}."
    notes = ["±: one standard deviation of the mean."]
    if any(row[4].text.startswith("≥") for row in rows):
        notes.append("≥: at least, since terms that nobody could size are not in it.")
    if any("shown" in cell.text for row in rows for cell in row[-1:]):
        notes.append("Shown: printed beside the value that decides.")
    how, rule = at(value, "lung", "how"), at(value, "lung", "mass_rule")
    if how:
        notes.append(f"Lungs, from the shunt: {how}" + (f"; mass by {rule}." if rule else "."))
    return " ".join(notes)


def _with_limits(first: list[Cell], limits: Sequence[Value], citations: Citations) -> list[list[Cell]]:
    """One row for each limit; the structure stands in the first."""
    blank = [Cell("")] * len(first)
    lines = _limit_lines(limits, citations) or [[Cell("none known", "quiet"), Cell(""), Cell("")]]
    return [[*(blank if number else first), *line] for number, line in enumerate(lines)]


def _limit_lines(limits: Sequence[Value], citations: Citations) -> list[list[Cell]]:
    """The same limit from several sources once, with all of them; what decides before what is shown beside."""
    found: dict[tuple[str, Cell], list[tuple[bool, str]]] = {}
    for limit in limits:
        sign = "≥" if limit.get("aim") == "target" else "≤"
        words = f"{plain(limit.get('on'))} {sign} {as_given(limit.get('limit_Gy'))} Gy"
        origin = "entered" if limit.get("entered") else citations.mark(limit.get("source")) or CANNOT_SAY
        found.setdefault((words, state(limit.get("state"))), []).append((limit.get("decides") is not False, origin))
    lines = []
    for (words, verdict), origins in sorted(found.items(), key=lambda item: not any(decides for decides, _ in item[1])):
        names = ", ".join(dict.fromkeys(origin for _, origin in origins))
        decides = any(decides for decides, _ in origins)
        lines.append([Cell(words, "" if decides else "quiet"), verdict, cell(names if decides else f"{names}, shown")])
    return lines


def _plus_minus(mean_Gy: Any, uncertainty: Any) -> Cell:
    """One standard deviation of the mean, in Gy."""
    relative, bound = relative_total(uncertainty)
    if relative is None or not is_number(mean_Gy):
        return Cell(CANNOT_SAY, "unknown")
    return Cell(("≥" if bound else "") + number(mean_Gy * relative))


def distribution_tables(value: Value) -> list[Table]:
    """Dx beside min and max; the Vx with them where they are few, else in a table of their own."""
    items = structures_in_order(value)
    levels = sorted({str(level) for item in items for level in (at(item, "V") or {})}, key=_as_number)
    beside = levels if len(levels) <= BESIDE else []
    rows = [
        [
            name_of(item),
            cell(volume(item.get("contour_volume_mL"))),
            cell(number(item.get("voxels"), 0)),
            *(cell(number(item.get(key))) for key, _ in DOSES),
            _homogeneity(item),
            *(cell(percent(at(item, "V", level))) for level in beside),
        ]
        for item in items
    ]
    columns = [Column("Structure", align="left"), Column("drawn", "mL"), Column("voxels")]
    columns += [*(Column(head, "Gy") for _, head in DOSES), Column("homogeneity")]
    columns += [Column(f"V{level}", "%") for level in beside]
    note = "Drawn: volume of the contour before it came onto this grid. Dx: the dose that x % of the volume receives at least. "
    note += "Homogeneity: (D2 - D98) / D50, 0 where the dose is even."
    tables = [table("Distribution", columns, rows, note + (f" {_ABOVE}" if beside else ""))]
    if levels and not beside:
        rows = [[name_of(item), *(cell(percent(at(item, "V", level), 1)) for level in levels)] for item in items]
        columns = [Column("Structure", align="left"), *(Column(f"V{level}", "%") for level in levels)]
        tables.append(table("Volume that receives at least", columns, rows, _ABOVE))
    return tables


def _homogeneity(item: Value) -> Cell:
    """As the result gives it; a region that holds almost nothing has no evenness worth digits."""
    value = item.get("homogeneity")
    return Cell(">1000", "quiet") if value is not None and is_number(value) and value > 1000 else cell(number(value, 2))


_ABOVE = "Vx: the part of the volume that receives at least x Gy."


def _as_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("inf")


def radiobiology_blocks(value: Value, citations: Citations) -> list[Block]:
    """GEUD and BED with their parameter sets, for every structure that has any; response models where the result has any."""
    items = [item for item in structures_in_order(value) if item.get("bed") is not None or item.get("gEUD_Gy") is not None]
    rows = []
    for item in items:
        bed = at(item, "bed")
        rows.append([
            name_of(item),
            cell(number(item.get("gEUD_Gy"))),
            cell(number(at(bed, "mean_BED_Gy"))),
            _span(bed, "mean_BED", at(bed, "mean_BED_Gy")),
            _span(bed, "EUBED", at(bed, "EUBED_Gy")),
            cell(number(at(bed, "EQD2_Gy"))),
            cell(_sources(bed, citations)),
        ])  # fmt: skip
    columns = [
        Column("Structure", align="left"), Column("gEUD", "Gy"), Column("mean BED", "Gy"), Column("mean BED, all sets", "Gy"),
        Column("EUBED", "Gy"), Column("EQD2", "Gy"), Column("from", align="left"),
    ]  # fmt: skip
    title = "Generalised uniform dose (gEUD) and biologically effective dose (BED)"
    blocks: list[Block] = [table(title, columns, rows, _bed_note(items, structures_in_order(value)))]
    answers = [(item, item[key]) for item in items for key in ("tcp", "ntcp") if isinstance(item.get(key), Mapping)]
    by_text: dict[str, list[str]] = {}
    for item, answer in answers:
        by_text.setdefault(plain(answer.get("text") or answer.get("answer")), []).append(name_of(item).text)
    if by_text:
        models = tuple((", ".join(names), text) for text, names in by_text.items())
        blocks.append(Facts(models, "Tumour control (TCP) and complication (NTCP) by published models"))
    return blocks


def _bed_note(items: Sequence[Value], every: Sequence[Value]) -> str:
    """What the numbers are not, which parameters they take, and for which structures nothing can be said."""
    note = "BED is not absorbed dose; it is compared with no limit given in Gy of absorbed dose."
    words = [(at(item, "bed", "tissue"), at(item, "bed", "parameters")) for item in items]
    sets = dict.fromkeys(f"{tissue}: {said}" if tissue else str(said) for tissue, said in words if said)
    if sets:
        note += f" Parameters: {'; '.join(sets)}."
    rest = [name_of(item).text for item in every if item not in items]
    return note + (f" {cannot_say('no parameters for').capitalize().rstrip(')')} {', '.join(rest)})." if rest else "")


def _span(bed: Any, key: str, single: Any) -> Cell:
    """Low to high over the parameter sets; the one value where there is no range."""
    low, high = at(bed, f"{key}_low_Gy"), at(bed, f"{key}_high_Gy")
    if is_number(low) and is_number(high):
        return Cell(f"{number(low)} to {number(high)}")
    return cell(number(single))


def _sources(bed: Any, citations: Citations) -> str:
    names = at(bed, "sources") or [at(bed, "source")]
    return " ".join(mark for name in names if (mark := citations.mark(name))) or CANNOT_SAY


def uncertainty_blocks(value: Value) -> list[Block]:
    """What the ± of every mean is made of, in percent of the mean, and what all of them assume."""
    items = [item for item in structures_in_order(value) if isinstance(at(item, "mean_uncertainty"), Mapping)]
    terms = [at(item, "mean_uncertainty", "terms_fraction") or at(item, "mean_uncertainty", "terms") or {} for item in items]
    names = [
        n for n in dict.fromkeys(n for t in terms for n in t) if any(is_number(t.get(n)) and t[n] >= LEAST_TERM for t in terms)
    ]
    if not names:
        return []
    rows = []
    for item, term in zip(items, terms, strict=True):
        total, bound = relative_total(item["mean_uncertainty"])
        whole = ("≥" if bound else "") + percent(total, 1) if total is not None else CANNOT_SAY
        rows.append([name_of(item), *(cell(percent(term.get(name), 1)) for name in names), cell(whole, "strong")])
    columns = [Column("Structure", align="left"), *(Column(name, "%") for name in names), Column("together", "%")]
    said = [set(at(item, "mean_uncertainty", "assumptions") or ()) for item in items]
    common = [words for words in (at(items[0], "mean_uncertainty", "assumptions") or ()) if all(words in one for one in said)]
    absent = dict.fromkeys(words for item in items for words in (at(item, "mean_uncertainty", "not_included") or ()))
    note = f"Not included where nobody could size it: {', '.join(absent)}." if absent else ""
    blocks: list[Block] = [table("What the ± of each mean is made of", columns, rows, note)]
    if common:
        blocks.append(Paragraph(f"All of them assume: {'; '.join(common)}."))
    return blocks
