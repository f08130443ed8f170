"""Every check across forms: its stable code, how bad a failure is, and its words. Words never hold what was entered."""

from typing import NamedTuple

from glisson.records.forms.problem import Severity


class Rule(NamedTuple):
    """``refuse``: both things cannot be true. ``warn``: unlikely, or against a rule of the study; somebody has to look."""

    level: Severity
    words: str


RULES: dict[str, Rule] = {
    "entry.twice": Rule("refuse", "two entries stand in the same place: same form, visit and instance"),
    "entry.more-than-one": Rule("refuse", "this form is filled once in its case or visit, and stands more than once"),
    "entry.copy": Rule("warn", "two entries of one form hold the same values in every item; one may be a copy"),
    "entry.no-patient": Rule("warn", "the case has entries, but no patient form"),
    "entry.unknown-form": Rule("refuse", "the entry names a form or an edition that is not known here"),
    "dates.after-death": Rule("refuse", "something is dated after the day of death"),
    "dates.after-recording": Rule("refuse", "something is dated after the day on which it was recorded"),
    "dates.end-before-start": Rule("refuse", "an end is dated before its beginning"),
    "dates.session-before-decision": Rule("warn", "the first session is dated before the first decision of the board"),
    "dates.session-before-consent": Rule("warn", "the first session is dated before the consent"),
    "dates.session-order": Rule("warn", "a session with a higher number is dated before one with a lower number"),
    "dates.follow-up-before-session": Rule("warn", "a follow-up is dated before the first session"),
    "dates.diagnosis-after-session": Rule("warn", "a diagnosis is dated after the first session"),
    "dates.progression-after-contact": Rule(
        "refuse", "a progression or a new therapy is dated after the contact that tells of it"
    ),
    "dates.progression-before-session": Rule("warn", "a progression of the follow-up is dated before the first session"),
    "dates.age-and-birth-year": Rule("refuse", "age at enrolment and year of birth do not fit each other"),
    "dates.injection-not-on-session-day": Rule("refuse", "the injection is on another day than its session"),
    "consent.entry-after-withdrawal": Rule("refuse", "an entry is dated after consent to further data was withdrawn"),
    "death.alive-no-but-no-death": Rule("warn", "a follow-up says that the patient is not alive, and there is no death form"),
    "session.delivered-above-loaded": Rule("refuse", "more drug was delivered than was loaded"),
    "session.size-reversed": Rule("refuse", "the smallest bead size is above the largest"),
    "session.loading-per-volume": Rule("warn", "more drug per millilitre of beads than the limit"),
    "session.loading-per-embolization": Rule("warn", "more drug on the beads of one embolization than the limit"),
    "session.endpoint-and-dose": Rule("warn", "the dose is said to be delivered, and less was delivered than loaded"),
    "session.positions-differ": Rule("refuse", "catheter positions of one session differ in day or course"),
    "session.one-day-two-numbers": Rule("warn", "two sessions of one kind have different numbers on the same day"),
    "session.delivery-without-mapping": Rule("warn", "a delivery of activity has no mapping before it in its course"),
    "session.lesion-unknown": Rule("warn", "the ablated lesion is not in any lesion table"),
    "lesion.twice": Rule("refuse", "one reader has the same lesion twice on one scan"),
    "lesion.no-scan": Rule("warn", "a lesion table has no scan of its visit and reader"),
    "lesion.scan-date-differs": Rule("refuse", "a lesion or response has another day than the scan of its visit and reader"),
    "lesion.changed": Rule("refuse", "a lesion changes its role, organ or being a node from one scan to another"),
    "lesion.new-at-baseline": Rule("refuse", "a lesion at baseline has the role new"),
    "lesion.not-at-baseline": Rule(
        "warn", "a target or non-target is not in the baseline table; a lesion that came later is new"
    ),
    "lesion.too-many-targets": Rule("warn", "more targets than RECIST 1.1 allows"),
    "lesion.too-many-in-organ": Rule("warn", "more targets in one organ (all nodes are one) than RECIST 1.1 allows"),
    "lesion.target-too-small": Rule("warn", "a target at baseline is smaller than measurable by RECIST 1.1"),
    "lesion.target-treated-before": Rule("warn", "a target was treated before, and has not progressed since"),
    "lesion.target-not-read": Rule("warn", "a target of the baseline is not in the table of a later scan of that reader"),
    "lesion.related-unknown": Rule(
        "refuse", "a lesion is said to come from, or to have joined, one that is in no table or is itself"
    ),
    "lesion.part-above-whole": Rule("refuse", "a perpendicular or viable diameter is longer than the longest diameter"),
    "lesion.jump": Rule("warn", "a diameter is a tenth, or ten times, of that on the scan before; centimetres for millimetres?"),
    "imaging.no-baseline": Rule("warn", "there are later scans of a reader, and none at baseline"),
    "imaging.baseline-after-session": Rule("refuse", "a baseline scan is dated after the first session"),
    "imaging.baseline-too-early": Rule("warn", "the baseline scan is older than the limit before the first session"),
    "imaging.outside-window": Rule(
        "warn", "a follow-up scan is outside the window of its timepoint; it is counted as outside, not moved"
    ),
    "response.no-scan": Rule("warn", "a response is called where there is no scan of that visit and reader"),
    "response.new-lesion": Rule("warn", "the response and the lesion table do not agree on a new lesion"),
    "response.new-not-progression": Rule("warn", "a new lesion is called, and the overall response by RECIST 1.1 is not PD"),
    "laboratory.unit": Rule(
        "warn", "a value looks as if it had been entered in the conventional unit, against the others of this case"
    ),
    "laboratory.differential": Rule("refuse", "neutrophils and lymphocytes together are above the leukocytes"),
    "disease.count-and-class": Rule("refuse", "the counted liver lesions are not in the class that is given"),
    "disease.involvement-and-class": Rule("refuse", "the measured liver involvement is not in the class that is given"),
    "history.line-twice": Rule("warn", "two entries are the same line of systemic therapy"),
    "history.line-gap": Rule("warn", "a line of systemic therapy is missing between those entered"),
    "history.lines-and-decision": Rule("warn", "the decision counts another number of systemic lines than the history before it"),
    "history.response-and-decision": Rule("warn", "the decision names another last response than the last line of the history"),
    "intention.disagrees": Rule("warn", "the investigator's intention is not the class that its drivers lead to"),
    "adverse.grade-5-without-death": Rule("refuse", "an event of grade 5 or with fatal outcome, and no death form"),
    "adverse.grade-5-not-fatal": Rule("refuse", "grade 5 without fatal outcome, or fatal outcome without grade 5"),
    "adverse.death-by-treatment-without-event": Rule("warn", "death by treatment, and no adverse event of grade 5"),
    "adverse.fatal-not-serious": Rule("refuse", "an event of grade 5 is serious, by the criterion death"),
    "adverse.serious-incomplete": Rule("warn", "a serious event lacks whether it was expected, its relation or its report"),
    "adverse.hospital-not-serious": Rule("warn", "an event with days in hospital is said not to be serious"),
    "adverse.report-before-awareness": Rule("refuse", "a serious event is reported before the centre was aware of it"),
    "adverse.awareness-before-onset": Rule("refuse", "the centre was aware of an event before it began"),
    "adverse.relation-none-and-other": Rule("refuse", "related to nothing and to something"),
    "adverse.session-unknown": Rule("refuse", "the event belongs to a session that is not entered"),
    "adverse.phase": Rule("warn", "the phase does not fit the days between session and onset"),
    "adverse.twice": Rule("warn", "the same term begins twice on the same day"),
    "quality.mostly-empty": Rule("warn", "fewer than half of the answers of a questionnaire are there"),
}
"""Values of single entries are checked too; their codes begin with ``values.`` (see ``check_values``)."""
