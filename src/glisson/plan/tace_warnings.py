"""What a chemoembolization plan says besides the rules on the option: UGT1A1, and a published list that has to be read.

The limits of laboratory, liver function and bile ducts are rules of ``knowledge/guidelines``; the action puts them beside the plan.
"""

from glisson.case import Case, Finding, Level
from glisson.knowledge.guidelines import guidance
from glisson.knowledge.regimens import modifications
from glisson.score.of_case import Facts

IRINOTECAN = "irinotecan"
VEIN = "written for irinotecan into a vein: no source here says whether it holds for irinotecan on beads"


def remarks_of(case: Case, drug: str) -> list[Finding]:
    """UGT1A1 where irinotecan is given, and the list of high-risk signs."""
    said = [_ugt1a1(Facts(case).word("ugt1a1"))] if drug == IRINOTECAN else []
    signs = next(entry for entry in guidance() if entry.id == "high-risk-tace")
    return [*said, Finding(code="high-risk-list", level=Level.NOTE, text=f"to be read: {signs.value} ({signs.source})")]


def _ugt1a1(answer: str | None) -> Finding:
    entry = next(entry for entry in modifications() if entry.id == "ugt1a1-poor")
    rule = f"first dose of irinotecan {100 * float(entry.dose.value):.0f} % ({entry.by}), {VEIN}"
    if answer is None:
        text = f"ugt1a1 is not on record; in poor metabolisers: {rule}"
        return Finding(code="ugt1a1-unknown", level=Level.WARNING, text=text)
    if answer == "poor":
        return Finding(code="ugt1a1-poor", level=Level.WARNING, text=f"UGT1A1 poor metaboliser: {rule}")
    return Finding(code="ugt1a1", level=Level.NOTE, text=f"UGT1A1: {answer}; in poor metabolisers: {rule}")
