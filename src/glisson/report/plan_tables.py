"""The tables of a plan."""

from collections.abc import Mapping, Sequence
from typing import Any

from glisson.case import Case, SiteKind
from glisson.report.citations import Citations
from glisson.report.document import Cell, Column, Table, table
from glisson.report.names import site_name
from glisson.report.words import (
    CANNOT_SAY,
    as_given,
    at,
    cannot_say,
    cell,
    dash_or,
    is_number,
    listed,
    mass,
    number,
    percent,
    plain,
    state,
    volume,
)

METHOD_NAMES = {
    "voxel": "voxel, multi-compartment",
    "partition": "partition",
    "mird": "one compartment (MIRD)",
    "bsa": "body surface (BSA)",
}
COLUMNS_OF_ACTIVITIES = 12
"""As many what-if activities as fit beside the names on a page."""
KINDS = (SiteKind.LESION, SiteKind.NORMAL, SiteKind.TERRITORY, SiteKind.ORGAN)

Value = Mapping[str, Any]


def method_name(method: Value) -> str:
    """Name of a method on screens."""
    return METHOD_NAMES.get(str(at(method, "method")), plain(at(method, "method")))


def compartments_table(value: Value, case: Case) -> Table:
    """What took up the test injection, and the dose that each GBq gives it."""
    doses = {item.get("site") or item.get("name"): item for item in listed(value, "dose_per_GBq")}
    pairs: list[tuple[Value, Value]] = []
    for item in listed(value, "compartments"):
        dose = doses.get(item.get("site") or item.get("name"), {})
        whole = _same_volume(item, dose)
        pairs.append((item, dose if whole else {}))
        if whole:
            doses.pop(item.get("site") or item.get("name"))
    pairs += [({}, dose) for dose in doses.values()]
    rows = []
    for item, dose in pairs:
        key = item.get("site") or dose.get("site")
        rows.append([
            Cell(str(item.get("name") or dose.get("name") or site_name(case, key))),
            cell(plain(item.get("role") or dose.get("kind"))),
            cell(volume(item.get("volume_mL", dose.get("volume_mL")))),
            cell(mass(item.get("mass_g", dose.get("mass_g")))),
            cell(percent(item.get("uptake_fraction"), 2)) if item else Cell("–", "quiet"),
            _ratio(item),
            cell(number(dose.get("mean_Gy_per_GBq"))) if dose else Cell("–", "quiet"),
        ])  # fmt: skip
    columns = [
        Column("Structure", align="left"), Column("role", align="left"), Column("volume", "mL"), Column("mass", "g"),
        Column("uptake", "%"), Column("tumour to normal"), Column("dose", "Gy/GBq"),
    ]  # fmt: skip
    note = (
        "First what the activity is shared between, each voxel once; then whole structures. A dash: not said of it."
        if rows
        else f"Compartments: {cannot_say('not in the plan')}."
    )
    return table("Compartments and dose per activity", columns, rows, note)


def _same_volume(item: Value, dose: Value) -> bool:
    """True where a compartment is the whole structure of its site, not what its lesions and organs leave of it."""
    one, other = item.get("volume_mL"), dose.get("volume_mL")
    if not (is_number(one) and is_number(other)):
        return bool(dose)
    return abs(float(one or 0.0) - float(other or 0.0)) <= 0.005 * float(other or 0.0)


def _ratio(item: Value) -> Cell:
    """Tumour to normal; a dash where it has no meaning (anything but a tumour)."""
    if item.get("tumour_to_normal") is None and item.get("role") != "tumour":
        return Cell("–", "quiet")
    return cell(number(item.get("tumour_to_normal"), 2))


def limit_words(limit: Value, case: Case) -> str:
    """The volume to which a limit refers, and the site where it was narrowed to one; what it adds up, where it is the lungs."""
    site = limit.get("site")
    if limit.get("on") == "lung" and limit.get("name"):
        return plain(limit.get("name"))
    return f"{site_name(case, site)} ({plain(limit.get('on'))})" if site else plain(limit.get("on"))


def decides(limit: Value) -> bool:
    """False for a published value that is only shown beside the one that decides."""
    return limit.get("decides") is not False


def limits_tables(method: Value, case: Case, citations: Citations) -> list[Table]:
    """Limits and targets that decide at the proposed activity, with how far each is; then those shown beside them."""
    limits = listed(method, "limits")
    where = "at the proposed activity" if at(method, "activity_GBq") is not None else "(no activity is proposed)"
    deciding = [limit for limit in limits if decides(limit)]
    note = "" if deciding else f"Limits and targets: {cannot_say('none is known for this method')}."
    tables = [_limits(f"Limits and targets {where}, {method_name(method)}", deciding, case, citations, note)]
    if beside := [limit for limit in limits if not decides(limit)]:
        note = "Published values that do not decide here: an entered one stands before them, or the table prints them beside another."
        tables.append(_limits("Shown beside", beside, case, citations, note))
    return tables


def _limits(title: str, limits: Sequence[Value], case: Case, citations: Citations, note: str) -> Table:
    rows = []
    for limit in limits:
        used, verdict = limit.get("used_fraction"), state(_without_shown(limit.get("state")))
        bar = (
            Cell(f"{percent(used)} %", "bad" if verdict.tone == "bad" else "", used)
            if is_number(used)
            else Cell(CANNOT_SAY, "unknown")
        )
        rows.append([
            Cell(limit_words(limit, case)),
            cell(plain(limit.get("aim"))),
            cell(as_given(limit.get("limit_Gy"))),
            cell(number(limit.get("dose_Gy"))),
            bar,
            cell(number(limit.get("activity_at_limit_GBq"), 2)),
            cell(number(limit.get("margin_GBq"), 2)),
            verdict,
            origin(limit, citations),
        ])  # fmt: skip
    columns = [
        Column("On", align="left"), Column("aim", align="left"), Column("value", "Gy"), Column("dose", "Gy"),
        Column("dose / value", align="bar"), Column("equal at", "GBq"), Column("margin", "GBq"), Column("state", align="left"),
        Column("from", align="left"),
    ]  # fmt: skip
    return table(title, columns, rows, note)


def _without_shown(value: Any) -> Any:
    """The state of a value that is only shown, without the word that says so."""
    return value.removeprefix("shown: ") if isinstance(value, str) else value


def origin(limit: Value, citations: Citations) -> Cell:
    """Where a limit comes from: entered by a person, or a numbered source."""
    return Cell("entered") if limit.get("entered") else cell(citations.mark(limit.get("source")) or CANNOT_SAY)


def methods_table(candidate: Value, case: Case) -> Table:
    """One row for each way to the activity."""
    methods = listed(candidate, "methods")
    remarks = any(method.get("reason") for method in methods)
    rows = [
        [
            Cell(method_name(method)),
            cell(number(method.get("activity_GBq"), 2)) if method.get("activity_GBq") is not None else Cell("none"),
            cell(
                plain(method.get("binding")) if method.get("binding") is None else site_name(case, plain(method.get("binding")))
            ),
            _kept(None if method.get("activity_GBq") is None and _unknown(method.get("reason")) else method.get("feasible")),
            *([Cell(str(method.get("reason") or "").removeprefix(f"{CANNOT_SAY}: "))] if remarks else []),
        ]
        for method in methods
    ]
    columns = [
        Column("Method", align="left"), Column("activity", "GBq"), Column("binding limit", align="left"),
        Column("all limits and targets kept", align="left"), *([Column("remark", align="left")] if remarks else []),
    ]  # fmt: skip
    return table("Methods compared", columns, rows, "" if rows else f"Methods: {CANNOT_SAY}.")


def _unknown(reason: Any) -> bool:
    """True where a method lacks facts, which is not the same as a limit that is not kept."""
    return str(reason or "").startswith(CANNOT_SAY)


def _kept(value: Any) -> Cell:
    if value is None:
        return Cell(CANNOT_SAY, "unknown")
    return Cell("yes", "good") if value else Cell("no", "bad")


def structures_table(candidate: Value) -> Table | None:
    """Mean dose of every structure, one column for each method at its own activity."""
    methods = [m for m in listed(candidate, "methods") if listed(m, "structures")]
    if not methods:
        return None
    by_method = [{s.get("site") or s.get("name"): s for s in listed(m, "structures")} for m in methods]
    names = {key: str(s.get("name") or key) for doses in by_method for key, s in doses.items()}
    rows = [[Cell(name), *(dash_or(doses.get(key), "mean_Gy") for doses in by_method)] for key, name in names.items()]
    columns = [Column("Structure", align="left")]
    columns += [Column(f"{at(m, 'method')}, {number(at(m, 'activity_GBq'), 2)} GBq") for m in methods]
    note = "A dash: the method does not tell this structure apart." if any(c.text == "–" for row in rows for c in row) else ""
    return table("Mean absorbed dose (Gy) by method, each at its own activity", columns, rows, note)


def injections_table(candidate: Value, case: Case) -> Table | None:
    """What each catheter position is to give."""
    injections = listed(candidate, "injections")
    if not injections:
        return None
    rows = [
        [
            cell(plain(item.get("id"))),
            Cell(site_name(case, item.get("territory"))),
            cell(percent(item.get("share"), 1)),
            cell(number(item.get("activity_GBq"), 3)),
            cell(percent(item.get("residual_fraction"), 1)),
            cell(percent(item.get("lung_shunt_fraction"), 1)),
        ]
        for item in injections
    ]
    columns = [
        Column("Injection", align="left"), Column("territory", align="left"), Column("share", "%"), Column("activity", "GBq"),
        Column("residue expected", "%"), Column("lung shunt", "%"),
    ]  # fmt: skip
    rules = dict.fromkeys(str(item["share_rule"]) for item in injections if item.get("share_rule"))
    return table("Injections", columns, rows, f"Shared by: {'; '.join(rules)}." if rules else "")


def what_if_tables(candidate: Value, case: Case) -> list[Table]:
    """Mean doses over a range of activities, in as many tables as fit the page."""
    steps = listed(candidate, "what_if")
    return [_what_if(steps[i : i + COLUMNS_OF_ACTIVITIES], case) for i in range(0, len(steps), COLUMNS_OF_ACTIVITIES)]


def _what_if(steps: Sequence[Value], case: Case) -> Table:
    named = {site for step in steps for site in (at(step, "doses") or {})}
    sites = [site.id for kind in KINDS for site in case.sites if site.kind is kind and site.id in named]
    sites += sorted(named - set(sites))
    rows = [[Cell(site_name(case, site)), *(cell(number(at(step, "doses", site))) for step in steps)] for site in sites]
    rows.append([Cell("Lungs, from the shunt"), *(cell(number(step.get("lung_Gy"))) for step in steps)])
    rows.append([Cell("All limits kept"), *(_kept(step.get("within")) for step in steps)])
    if any("targets_met" in step for step in steps):
        rows.append([Cell("All targets met"), *(_kept(step.get("targets_met")) for step in steps)])
    tightest = [site_name(case, plain(step.get("binding"))) for step in steps]
    note = ""
    if len(set(tightest)) == 1:
        note = f"Tightest limit throughout: {tightest[0]}."
    else:
        rows.append([Cell("Tightest limit"), *(cell(words, "quiet") for words in tightest)])
    columns = [Column("Structure", align="left")]
    columns += [Column(f"{number(step.get('activity_GBq'), 2)}") for step in steps]
    return table("What if: mean absorbed dose (Gy) at other activities (GBq)", columns, rows, note)
