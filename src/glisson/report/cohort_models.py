"""Tables of models, weighting, subgroups and doses of a registry report."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.report.cohort_survival import model_notes
from glisson.report.cohort_words import NONE, Names, long_name, months, p_value, percent, ratio, sentence
from glisson.report.document import Block, Cell, Column, Heading, Paragraph, table

Value = Mapping[str, Any]
SHARED_NOTES = 3
"""Notes of a model that hold for the subdistribution as well: rows, centres, events per coefficient; the others are of the Cox model."""


def model_blocks(section: Value, names: Names, figures: Sequence[Block]) -> list[Block]:
    """One model: its forest, its table, and what it rests on."""
    head = Heading(f"Model {section['id']}" + (f": {long_name(section['name'])}" if "name" in section else ""))
    if "cannot_say" in section:
        return [head, Paragraph(f"Cannot say: {section['cannot_say']}.")]
    blocks: list[Block] = [head, *figures]
    competing = "fine_gray" in section
    blocks.append(
        _table(
            "Cause-specific hazard ratios" if competing else "Hazard ratios", section["cox"], names, section, model_notes(section)
        )
    )
    if competing:
        title, notes = "Subdistribution hazard ratios (Fine and Gray)", model_notes(section)[:SHARED_NOTES]
        blocks.append(_table(title, section["fine_gray"], names, section, notes))
    of = " (cause-specific hazard)" if competing else ""
    if section.get("imputed"):
        blocks.append(_imputed(section["imputed"], names, of))
    if section.get("centre_effect"):
        blocks.append(_centre(section["centre_effect"], names, of))
    for one in section.get("interactions", []):
        blocks += _interaction(one)
    return blocks


def _label(term: Value, names: Names) -> str:
    if term.get("level") is None:
        return names.with_unit(term["column"])
    level, reference = (names.level(term["column"], term[key]) for key in ("level", "reference"))
    return f"{names.variable(term['column'])}: {level} against {reference}"


def _table(title: str, model: Value, names: Names, section: Value, notes: Sequence[str]) -> Block:
    alone = any("alone" in term for term in model["terms"])
    columns = [Column("Covariate", align="left"), Column("Events / n")]
    columns += [Column("Alone"), Column("P")] if alone else []
    columns += [Column("All together"), Column("P")]
    rows = []
    for term in model["terms"]:
        cells = [_label(term, names), f"{term.get('events', NONE)} / {term.get('patients', NONE)}"]
        cells += [ratio(term.get("alone")), p_value((term.get("alone") or {}).get("p"))] if alone else []
        cells += [ratio(term.get("together")), p_value((term.get("together") or {}).get("p"))]
        rows.append([Cell(text) for text in cells])
    missing = [f"{names.variable(name)} {count}" for name, count in section["missing"].items() if count]
    gaps = f" Missing: {', '.join(missing)}." if missing else " No covariate is missing."
    return table(title, columns, rows, f"{'; '.join(notes)}.{gaps}")


def _imputed(found: Value, names: Names, of: str) -> Block:
    if "cannot_say" in found:
        return Paragraph(f"Missing covariates: cannot say: {found['cannot_say']}.")
    columns = (
        Column("Covariate", align="left"), Column("Imputed"), Column("P"), Column("Complete cases"), Column("Missing information", "%"),
    )  # fmt: skip
    rows = []
    for term in found["terms"]:
        gap = term["imputed"].get("missing_information_fraction")
        cells = [
            _label(term, names), ratio(term["imputed"]), p_value(term["imputed"]["p"]), ratio(term["complete_cases"]),
            NONE if gap is None else f"{100 * gap:.0f}",
        ]  # fmt: skip
        rows.append([Cell(text) for text in cells])
    note = (
        f"{found['imputations']} imputations, {found['iterations']} rounds, seed {found['seed']}; {found['rows']} patients with "
        f"{found['events']} events, of whom {found['complete_rows']} have every covariate ({found['complete_events']} events). It holds "
        "if being missing depends on nothing but what is in the model."
    )
    return table(f"Missing covariates imputed, complete cases beside them{of}", columns, rows, note)


WAYS = {"ignored": "Ignored", "stratified": "Strata", "clustered": "Clustered variance", "frailty": "Gamma frailty"}


def _centre(found: Value, names: Names, of: str) -> Block:
    if "cannot_say" in found:
        return Paragraph(f"Centre effect: cannot say: {found['cannot_say']}.")
    columns = [Column("Covariate", align="left"), *(Column(words) for words in WAYS.values())]
    rows = [[Cell(_label(term, names)), *(Cell(ratio(term.get(way))) for way in WAYS)] for term in found["terms"]]
    return table(f"The same model under four assumptions about centres{of}", columns, rows, " ".join(found["statement"]))


def _interaction(found: Value) -> list[Block]:
    """Four groups, the departure from multiplying and from adding."""
    head = " and ".join(found["exposures"]) if found.get("exposures") else ""
    if "cannot_say" in found:
        return [
            Paragraph(
                f"Interaction of {head}: cannot say: {found['cannot_say']}." if head else f"Cannot say: {found['cannot_say']}."
            )
        ]
    rows = [
        [
            Cell(cell["cell"]),
            Cell(f"{cell['events']} / {cell['rows']}"),
            Cell(ratio(cell["effect"]) if cell["effect"] else "reference"),
            Cell(""),
        ]
        for cell in found["cells"]
    ]
    product, added = found["multiplicative"], found["additive"]
    rows.append([Cell("multiplicative: ratio of hazard ratios"), Cell(""), Cell(ratio(product)), Cell(p_value(product["p"]))])
    names = {"reri": "additive: RERI", "attributable": "additive: attributable proportion", "synergy": "additive: synergy index"}
    for key, words in names.items():
        one = added.get(key)
        if isinstance(one, Mapping):
            rows.append([Cell(words), Cell(""), Cell(_estimate(one)), Cell(p_value(one.get("p")))])
    columns = (Column("", align="left"), Column("Events / n"), Column("HR or measure"), Column("P"))
    note = f"First: {found['exposures'][0]}. Second: {found['exposures'][1]}. " + sentence("; ".join(found["assumptions"])) + "."
    return [table(f"Interaction of {head}", columns, rows, note)]


def _estimate(one: Value) -> str:
    middle = one.get("estimate", one.get("value"))
    if middle is None or one.get("low") is None:
        return NONE
    return f"{middle:.2f} ({one['low']:.2f} to {one['high']:.2f})".replace("-", "−")


def weighting_blocks(section: Value, names: Names, figures: Sequence[Block]) -> list[Block]:
    """The weighted comparison beside the crude one, balance, and what it assumes."""
    if "cox" not in section:
        return [Paragraph(f"Cannot say: {section['cannot_say']}.")]
    blocks: list[Block] = [Paragraph(f"{section['label']}. {section.get('method') or ''}")]
    if "cannot_say" in section:
        blocks.append(Paragraph(f"No weighting: {section['cannot_say']}. The crude comparison stands, and is confounded."))
    blocks += figures
    columns = (Column("", align="left"), Column("HR"), Column("P"))
    rows = [
        [Cell(name), Cell(ratio(section["cox"][key])), Cell(p_value((section["cox"][key] or {}).get("p")))]
        for key, name in (("crude", "Crude"), ("weighted", "Weighted"))
    ]
    size = section.get("weights")
    note = f"{section['cox']['events']} events in {section['rows']} patients; {section['left_out']} left out for want of a value."
    if size:
        note += f" Effective size after weighting: {size['effective'][1]:.0f} exposed, {size['effective'][0]:.0f} others."
    blocks.append(table("Hazard ratio of the exposed", columns, rows, note))
    blocks.append(_weighted_medians(section))
    if section.get("balance"):
        rows = [
            [Cell(names.variable(one["name"])), Cell(_difference(one["before"])), Cell(_difference(one["after"]))]
            for one in section["balance"]
        ]
        columns = (Column("Covariate", align="left"), Column("Before"), Column("After"))
        blocks.append(table("Balance: standardised differences", columns, rows, "Up to 0.1 is commonly called negligible."))
    blocks.append(Paragraph("It holds only if: " + "; ".join(section["assumptions"]) + "."))
    return blocks


def _weighted_medians(section: Value) -> Block:
    columns = (Column("Group", align="left"), Column("", align="left"), Column("Median", "months"), *(
        Column(f"{row['time']:g} months", "%") for row in section["curves"][0]["crude"]["at_times"]
    ))  # fmt: skip
    rows = []
    for curve in section["curves"]:
        for kind in ("crude", "weighted"):
            if kind in curve:
                found = curve[kind]
                cells = [
                    curve["group"] if kind == "crude" else "",
                    kind,
                    months(found["median"]),
                    *(percent(row, "survival") for row in found["at_times"]),
                ]
                rows.append([Cell(text) for text in cells])
    return table(
        f"{long_name(section['name'])} of the two groups", columns, rows, "Interval of the weighted curve: robust variance."
    )


def _difference(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}".replace("-", "−")


def subgroup_blocks(section: Value, names: Names, figures: Sequence[Block]) -> list[Block]:
    """The forest, and how the tests of interaction were adjusted."""
    if "cannot_say" in section:
        return [Paragraph(f"Cannot say: {section['cannot_say']}.")]
    blocks: list[Block] = [Paragraph(f"{section['label']}. {section['statement']}"), *figures]
    found = section.get("multiplicity")
    if found:
        rows = [
            [
                Cell(names.variable(one["variable"])),
                Cell(p_value(one["interaction_p"])),
                Cell(p_value(found["adjusted"][one["variable"]])),
            ]
            for one in section["variables"]
        ]
        columns = (Column("Interaction with", align="left"), Column("P"), Column(f"P adjusted ({found['method'].title()})"))
        blocks.append(table("Tests of interaction", columns, rows, found["statement"]))
    return blocks
