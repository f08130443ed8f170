"""Limits and targets of one method as constraints: entered ones first, then the published table.

Where a person entered a limit for a reference volume the table's rows for that volume are shown beside it and do not decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from glisson.case import DoseLimit, Finding, Level
from glisson.knowledge.limits import LimitRow, fact
from glisson.plan.rules import PatientFacts, Rules, bilirubin_split_umol_per_L
from glisson.plan.solver import Constraint
from glisson.plan.volumes import Reference

NO_VOLUME = "cannot say: there is no such volume on the grid"


@dataclass(frozen=True)
class Readings:
    """Mean doses per GBq of the session by one method.

    Attributes:
        volumes: every reference volume with its mean; ``None`` where it holds no mass.
        sites: mean of every contoured site, for limits entered on one.
        lung_per_GBq: of the shunted activity.
        treated: ids of lesions that lie in the perfused volume; targets for tumours that name no site apply to these.
    """

    volumes: tuple[tuple[Reference, float | None], ...]
    sites: dict[str, float | None]
    lung_per_GBq: float
    treated: tuple[str, ...]

    def on(self, name: str) -> list[tuple[Reference, float | None]]:
        """Every reference volume of one kind."""
        return [(r, value) for r, value in self.volumes if r.on == name]

    def applying(self, name: str) -> list[tuple[Reference, float | None]]:
        """Those to which limits and targets of that kind apply: of tumours only the ones that this session treats."""
        return [(r, value) for r, value in self.on(name) if name != "tumour" or r.site in self.treated]


@dataclass
class Chosen:
    """Constraints of one method and what had to be said about choosing them."""

    constraints: list[Constraint] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def constraints_for(rules: Rules, method: str, readings: Readings) -> Chosen:
    """Every constraint of one method ("voxel", "partition", "mird" or "bsa")."""
    chosen = Chosen()
    for limit in rules.entered:
        chosen.constraints += _entered(limit, rules, readings)
    chosen.constraints += _lung_defaults(rules, readings.lung_per_GBq)
    for row in rules.rows_for(method):
        decides, finding = _applies(row, rules.facts)
        if finding and not _entered_instead(row, rules):
            chosen.findings.append(finding)
        if decides is not None:
            chosen.constraints += _from_row(row, rules, decides, readings)
    return chosen


def _entered(limit: DoseLimit, rules: Rules, readings: Readings) -> list[Constraint]:
    on = limit.on.value

    def one(site: str | None, name: str, per_GBq: float | None, earlier_Gy: float = 0.0) -> Constraint:
        why = None if per_GBq is not None else NO_VOLUME
        return Constraint(on, site, name, limit.aim, limit.mean_dose_Gy, per_GBq, earlier_Gy, note=limit.reason, why=why)

    if on == "lung":
        earlier_Gy = rules.earlier.lung_Gy if limit.cumulative else 0.0
        name = "lungs, all treatments" if limit.cumulative else "lungs"
        found = one(limit.site, name, readings.lung_per_GBq, earlier_Gy)
        return [replace(found, note=_joined(limit.reason, _lower_bound(rules) if limit.cumulative else None))]
    if limit.site is not None:
        return [one(limit.site, limit.site, readings.sites.get(limit.site))]
    return [one(r.site, r.name, value) for r, value in readings.applying(on)] or [one(None, on, None)]


def _lung_defaults(rules: Rules, lung_per_GBq: float) -> list[Constraint]:
    found = []
    for name, cumulative in (("lung-limit-treatment", False), ("lung-limit-cumulative", True)):
        known = fact(name)
        entered = any(limit.on.value == "lung" and limit.cumulative == cumulative for limit in rules.entered)
        found.append(
            Constraint(
                "lung",
                None,
                "lungs, all treatments" if cumulative else "lungs",
                "limit",
                float(known.value),
                lung_per_GBq,
                rules.earlier.lung_Gy if cumulative else 0.0,
                source=known.source,
                evidence=known.evidence.value,
                entered=False,
                decides=not entered,
                note=_joined(
                    "an entered limit stands before it" if entered else None, _lower_bound(rules) if cumulative else None
                ),
            )
        )
    return found


def _lower_bound(rules: Rules) -> str | None:
    unknown = rules.earlier.lung_unknown
    return f"a lower bound: earlier lung dose not on record for {', '.join(unknown)}" if unknown else None


def _joined(*parts: str | None) -> str | None:
    return "; ".join(part for part in parts if part) or None


def _applies(row: LimitRow, facts: PatientFacts) -> tuple[bool | None, Finding | None]:
    """(decides, finding); ``None`` for a row whose condition does not hold."""
    holds = facts.judge(row)
    if holds is False:
        return None, None
    if holds:
        return row.decides, None
    decides = row.when_unknown == "decides" and row.decides
    what = "stands, because nobody knows" if decides else "is only shown, because nobody knows"
    text = f"{row.table}: {row.on} {row.dose_Gy:g} Gy ({row.dose.holds_for}) {what} whether its condition holds: {_asks_for(row)}"
    return decides, Finding(code="condition-unknown", level=Level.WARNING, text=text)


def _entered_instead(row: LimitRow, rules: Rules) -> bool:
    """True when a person entered a limit on the same volume, so that the row does not decide whatever its condition."""
    return any(e.on.value == row.on and e.aim == row.aim and e.site is None for e in rules.entered)


def _asks_for(row: LimitRow) -> str:
    split = fact("bilirubin-split")
    if row.condition is None:
        return ""
    if row.condition.startswith("bilirubin"):
        return f"enter bilirubin_umol_per_L ({split.value:g} mg/dL is {bilirubin_split_umol_per_L():.1f} µmol/L)"
    if row.condition.startswith("reserve"):
        return "enter normal_reserve_fraction, or contour liver and territory"
    return "earlier treatments and liver function decide it; enter a limit of your own to settle it"


def _from_row(row: LimitRow, rules: Rules, decides: bool, readings: Readings) -> list[Constraint]:
    volumes = readings.applying(row.on)
    if not volumes:
        return [_of_table(row, rules, decides, None, None)]
    return [_of_table(row, rules, decides, reference, value) for reference, value in volumes]


def _of_table(row: LimitRow, rules: Rules, decides: bool, reference: Reference | None, per_GBq: float | None) -> Constraint:
    site = reference.site if reference else None
    overruled = any(e.on.value == row.on and e.aim == row.aim and e.site in (None, site) for e in rules.entered)
    parts = [row.dose.holds_for, row.dose.place, row.dose.note, "an entered one stands before it" if overruled else None]
    return Constraint(
        row.on,
        site,
        reference.name if reference else row.on,
        row.aim,
        row.dose_Gy,
        per_GBq,
        source=row.dose.source,
        evidence=row.dose.evidence.value,
        entered=False,
        decides=decides and not overruled,
        loe=row.loe,
        note=_joined(*parts),
        why=None if per_GBq is not None else NO_VOLUME,
    )


def disagreements(constraints: Sequence[Constraint]) -> list[Finding]:
    """Entered limits beside which a published one says otherwise: both are shown."""
    found = []
    for mine in constraints:
        if not mine.entered:
            continue
        for other in constraints:
            same = (other.on, other.aim, other.site) == (mine.on, mine.aim, mine.site) and other.name == mine.name
            if not other.entered and same and other.limit_Gy != mine.limit_Gy:
                found.append(
                    Finding(
                        code="limits-disagree",
                        level=Level.NOTE,
                        text=f"entered {mine.aim} {mine.words} stands; {other.source} says {other.limit_Gy:g} Gy",
                    )
                )
    return found
