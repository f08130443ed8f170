"""The plan in words and tables: which activity, which limit binds, how far the others are, what every structure gets."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.case import Case, Result
from glisson.report.citations import Citations
from glisson.report.document import Block, Facts, Figure, Heading, HeadlineItem, Headlines, Paragraph
from glisson.report.dose_pages import energy_table
from glisson.report.names import site_name
from glisson.report.plan_tables import (
    compartments_table,
    decides,
    injections_table,
    limit_words,
    limits_tables,
    method_name,
    methods_table,
    structures_table,
    what_if_tables,
)
from glisson.report.vial_pages import vial_blocks
from glisson.report.words import (
    CANNOT_SAY,
    as_given,
    at,
    cannot_say,
    is_number,
    label,
    listed,
    number,
    opening,
    percent,
    plain,
    state,
    with_unit,
)

PREFERRED = ("voxel", "partition", "mird", "bsa")
MOST_HEADLINES = 4

Value = Mapping[str, Any]


def plan_blocks(result: Result, case: Case, citations: Citations, figures: Sequence[Figure] = ()) -> tuple[Block, ...]:
    """Everything a plan says."""
    value = result.value
    blocks: list[Block] = [_basis(value, citations), *figures, compartments_table(value, case)]
    candidates = listed(value, "candidates")
    if not candidates:
        blocks.append(Paragraph(f"Which activity: {cannot_say('the plan compares no product')}."))
    for candidate in candidates:
        blocks += _candidate(candidate, case, citations)
    return tuple(blocks)


def plan_headlines(result: Result, case: Case) -> list[HeadlineItem]:
    """The proposed activity of every product."""
    items = []
    for candidate in listed(result.value, "candidates"):
        method = preferred_method(candidate)
        activity = at(method, "activity_GBq")
        words = f"{product_name(candidate)}: activity planned"
        if activity is None:
            items.append(HeadlineItem("none", "", words, str(at(method, "reason") or CANNOT_SAY), "bad"))
        else:
            missed = at(method, "feasible") is False
            note = binding_words(method, case) + ("; not every limit and target is kept" if missed else "")
            items.append(HeadlineItem(number(activity, 2), "GBq", words, note, "bad" if missed else ""))
    return items


def preferred_method(candidate: Value) -> Value:
    """The most detailed method that gave an activity, else the most detailed one; empty if there is none."""
    methods = sorted(
        listed(candidate, "methods"), key=lambda m: PREFERRED.index(m["method"]) if m.get("method") in PREFERRED else 9
    )
    for method in methods:
        if at(method, "activity_GBq") is not None:
            return method
    return methods[0] if methods else {}


def product_name(candidate: Value) -> str:
    """Name of a product on screens."""
    return str(at(candidate, "name") or at(candidate, "product") or "Product")


def binding_words(method: Value, case: Case) -> str:
    """Which limit binds, by the name of its site where the binding is one."""
    binding = at(method, "binding")
    if binding is None:
        return f"which limit binds: {CANNOT_SAY}"
    return f"{site_name(case, binding) if isinstance(binding, str) else plain(binding)} binds"


def _basis(value: Value, citations: Citations) -> Facts:
    shunt = at(value, "mapping", "lung_shunt")
    fraction = at(shunt, "fraction")
    shunt_words = with_unit(percent(fraction, 1) if is_number(fraction) else None, "%")
    details = [str(part) for part in (at(shunt, "method"), citations.mark(at(shunt, "source"))) if part]
    rows = [
        ("Disease", plain(at(value, "disease"))),
        ("Approach", plain(at(value, "approach"))),
        ("Test injection", plain(at(value, "mapping", "image"))),
        ("Activity of the image assigned", plain(at(value, "mapping", "assignment"))),
        ("Lung shunt", shunt_words + (f" ({', '.join(details)})" if details else "")),
        ("Lung mass", _with_rule(at(value, "mapping", "lung_mass_g"), at(value, "mapping", "lung_mass_rule"))),
        ("Dose constant", constant_words(at(value, "constant"), citations)),
    ]
    if at(value, "limits_from") is not None:
        rows.append(("Limits from", plain(at(value, "limits_from"))))
    mapping = at(value, "mapping")
    if isinstance(mapping, Mapping):
        rows += [
            (words, said) for key, inner in mapping.items() if (pair := _mapping_words(str(key), inner)) for words, said in [pair]
        ]
    if at(value, "reserve_fraction") is not None:
        rows.append(("Liver that is not treated", f"{percent(at(value, 'reserve_fraction'), 1)} %"))
    return Facts(tuple(rows))


PRINTED = {"image", "assignment", "lung_shunt", "lung_mass_g", "lung_mass_rule", "quantity"}
SHARES = {
    "activity_in_liver_fraction": "Counts inside the liver",
    "activity_in_perfused_fraction": "Counts inside the perfused volume",
    "perfused_over_liver": "Perfused volume over liver, by counts",
    "outside_perfused_GBq_per_GBq": "Read outside the perfused volume, per activity inside",
}


def _mapping_words(key: str, value: Any) -> tuple[str, str] | None:
    """Name and value of what the plan says about its mapping image; nothing for what is printed already."""
    if key in PRINTED or (key == "negative_voxels" and value == 0):
        return None
    if key in SHARES:
        return SHARES[key], f"{percent(value, 1)} %" if is_number(value) else CANNOT_SAY
    return opening(label(key)), plain(value)


def _with_rule(mass_g: Any, rule: Any) -> str:
    return with_unit(mass_g, "g", 0) + (f" ({rule})" if rule and mass_g is not None else "")


def constant_words(constant: Any, citations: Citations) -> str:
    """The dose constant with the pair that it is derived from."""
    if not isinstance(constant, Mapping):
        return CANNOT_SAY
    return (
        f"{plain(at(constant, 'nuclide'))}: K {with_unit(at(constant, 'K_Gy_kg_per_GBq'), 'Gy kg/GBq', 3)} from "
        f"{plain(at(constant, 'energy_MeV'))} MeV per decay and a half-life of {plain(at(constant, 'half_life_h'))} h "
        f"{citations.mark(at(constant, 'source'))}{_other_presets(constant)}"
    ).strip()


def _other_presets(constant: Mapping[str, Any]) -> str:
    """K of the other published pairs, because sources disagree."""
    others = at(constant, "other_presets")
    if not isinstance(others, list) or not others:
        return ""
    return "; other published pairs give " + ", ".join(
        f"{with_unit(at(other, 'K_Gy_kg_per_GBq'), '', 3).strip()} ({plain(at(other, 'preset'))})" for other in others
    )


def _candidate(candidate: Value, case: Case, citations: Citations) -> list[Block]:
    method = preferred_method(candidate)
    nuclide = at(candidate, "nuclide")
    blocks: list[Block] = [
        Heading(product_name(candidate) + (f" ({nuclide})" if nuclide else "")),
        _proposal(method, case),
    ]
    if at(candidate, "limits_from") is not None:
        blocks.append(Paragraph(f"Limits from: {plain(at(candidate, 'limits_from'))}."))
    blocks += [*limits_tables(method, case, citations), methods_table(candidate, case)]
    blocks += [t for t in (structures_table(candidate), injections_table(candidate, case)) if t is not None]
    if at(method, "activity_GBq") is not None:
        blocks += vial_blocks(at(candidate, "vial"), citations)
    blocks += _asked(candidate, case, citations)
    blocks += what_if_tables(candidate, case)
    blocks += _beside(candidate, citations)
    if at(method, "activity_GBq") is not None:
        blocks.append(energy_table(method, f"Energy balance of the plan, {method_name(method)}"))
    return blocks


def _proposal(method: Value, case: Case) -> Block:
    activity = at(method, "activity_GBq")
    if activity is None:
        reason = at(method, "reason")
        return Paragraph(f"No activity is proposed: {plain(reason)}." if reason else f"Which activity: {CANNOT_SAY}.")
    note = f"{method_name(method)}; {binding_words(method, case)}"
    items = [HeadlineItem(number(activity, 2), "GBq", "activity in the vial at injection", note)]
    tightest = sorted((x for x in listed(method, "limits") if decides(x)), key=lambda limit: -_used(limit))
    for limit in [x for x in tightest if x.get("aim") != "target"] + [x for x in tightest[::-1] if x.get("aim") == "target"]:
        label_words = site_name(case, limit.get("site")) if limit.get("site") else limit_words(limit, case)
        sign = "target, at least" if limit.get("aim") == "target" else "limit"
        tone = state(limit.get("state")).tone
        items.append(
            HeadlineItem(
                number(limit.get("dose_Gy")),
                "Gy",
                label_words,
                f"{sign} {as_given(limit.get('limit_Gy'))} Gy",
                "bad" if tone == "bad" else "",
            )
        )
    return Headlines(tuple(items[:MOST_HEADLINES]))


def _used(limit: Value) -> float:
    used = limit.get("used_fraction")
    return float(used) if used is not None and is_number(used) else 0.0


def _asked(candidate: Value, case: Case, citations: Citations) -> list[Block]:
    """What an activity that a person asked for would do."""
    forward = at(candidate, "forward")
    if not isinstance(forward, Mapping):
        return []
    kept = "it keeps every limit" if forward.get("feasible") else f"it {plain(forward.get('reason'))}"
    words = f"Activity asked for: {with_unit(forward.get('activity_GBq'), 'GBq', 2)}; {kept}."
    return [Paragraph(words), *limits_tables(forward, case, citations)]


def _beside(candidate: Value, citations: Citations) -> list[Block]:
    """The shunt above which the lungs bind, and the notes of the label; neither enters the arithmetic."""
    rows = []
    bound = at(candidate, "lung_shunt_bound")
    if isinstance(bound, Mapping):
        lung, liver = number(bound.get("lung_limit_Gy")), as_given(bound.get("liver_limit_Gy"))
        words = f"{percent(bound.get('fraction'), 1)} % (lungs {lung} Gy against {plain(bound.get('liver_volume'))} {liver} Gy)"
        rows.append(("Lungs bind above a shunt of", f"{words} {citations.mark(bound.get('source'))}"))
    for note in listed(candidate, "label_notes"):
        words = f"{_with_its_unit(note)} {citations.mark(note.get('source'))}"
        rows.append((opening(plain(note.get("holds_for"))), words))
    return [Facts(tuple(rows), "Beside the plan")] if rows else []


def _with_its_unit(note: Value) -> str:
    """Value of a cited fact; fractions as percent, as everywhere on the page."""
    if note.get("unit") == "fraction":
        return f"{percent(note.get('value'))} %"
    return f"{plain(note.get('value'))} {plain(note.get('unit'))}"
