"""Who signed the plan that stands in the report, or that nobody did."""

from glisson.case import Case, Event, Result
from glisson.report.document import Paragraph
from glisson.report.words import cannot_say, instant


def signature(plan: Result, case: Case) -> Paragraph:
    """By whom and when this very plan was signed; where only another one was, that is said."""
    signed = [event for event in case.events if event.kind == "plan-signed"]
    own = [event for event in signed if event.result == plan.sha256()]
    if own:
        return Paragraph(f"This plan is signed: {_who(own[-1])}.")
    if signed:
        return Paragraph(f"This plan is not signed. Another plan of this case is: {_who(signed[-1])}.")
    return Paragraph("This plan is not signed.")


def _who(event: Event) -> str:
    return f"{event.by or cannot_say('by whom')}, {instant(event.at)}"
