"""Absorbed dose against survival: Cox per 10 Gy and per doubling."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.learn.cohort.concordance import concordance
from glisson.learn.cohort.cox import cox
from glisson.learn.cohort.cox_sums import Ties
from glisson.learn.cohort.dose_response import NOT_AT_RANDOM, DoseResponse
from glisson.learn.cohort.models import ratio
from glisson.learn.cohort.proportional import proportionality
from glisson.learn.cohort.table import Floats, SurvivalData, any_event, rows

FORMS = {"per_10_Gy": "10 Gy more", "per_doubling": "twice the dose"}


def dose_survival(
    data: SurvivalData,
    dose_Gy: Floats,
    *,
    adjusted_for: Floats | None = None,
    names: Sequence[str] = (),
    ties: Ties = "efron",
    confidence_fraction: float = 0.95,
) -> DoseResponse:
    """Hazard ratio of an absorbed dose, on the scale of the dose and of its logarithm, alone and beside other covariates.

    Follow-up must begin at (or after) the session that gave the dose: a dose of a later session is known only to those who lived to it.

    Args:
        data: the follow-up from the session on; every cause counts as the event.
        dose_Gy: of each row, NaN where not known, shape (n,).
        adjusted_for: other covariates, NaN where missing, shape (n, p).
        names: of them.
        ties: of the Cox models.
        confidence_fraction: of the intervals.

    Raises:
        BadInput: shapes that do not fit.
    """
    other = np.zeros((len(data), 0)) if adjusted_for is None else adjusted_for
    if len(dose_Gy) != len(data) or other.shape != (len(data), len(names)):
        raise BadInput(f"{len(dose_Gy)} doses and covariates of shape {other.shape} for {len(data)} rows and {len(names)} names")
    findings = [Finding(code="dose-not-at-random", level=Level.NOTE, text=NOT_AT_RANDOM)]
    with np.errstate(invalid="ignore"):
        known = np.isfinite(dose_Gy) & (dose_Gy > 0)
    complete = known & np.isfinite(other).all(axis=1)
    if not complete.all():
        text = f"{int((~complete).sum())} of {len(data)} rows lack a dose above 0 or a covariate and are not in the models"
        findings.append(Finding(code="incomplete-rows", level=Level.WARNING, text=text))
    subject, dose, x = rows(any_event(data), complete), dose_Gy[complete], other[complete]
    value: dict[str, Any] = {
        "rows": len(subject), "events": int((subject.event > 0).sum()), "no_dose": int((~known).sum()),
        "confidence_fraction": confidence_fraction, "ties": ties, "adjusted_for": list(names),
    }  # fmt: skip
    if not value["events"] or len(subject) < 2 or np.ptp(dose) <= 1e-9 * dose.max():
        why = "no event" if not value["events"] else "one dose, or one patient with a dose"
        return DoseResponse(
            value | {"cannot_say": f"{why}: a hazard ratio of the dose needs events at different doses"}, tuple(findings)
        )
    scales = {"per_10_Gy": dose / 10, "per_doubling": np.log2(dose)}
    for form, column in scales.items():
        alone = cox(subject, column[:, None], [FORMS[form]], ties=ties)
        found = {"alone": ratio(alone.coefficient[0], alone.variance[0, 0], confidence_fraction=confidence_fraction)}
        findings += alone.findings
        if names:
            both = cox(subject, np.column_stack([column, x]), [FORMS[form], *names], ties=ties)
            found["adjusted"] = ratio(both.coefficient[0], both.variance[0, 0], confidence_fraction=confidence_fraction)
            findings += both.findings
        check = proportionality(subject, alone)
        p = float(check.p[0]) if check else None
        c = concordance(subject, alone.layout.x @ alone.reached).fraction if alone.usable else None
        value[form] = found | {"log_likelihood": alone.log_likelihood[1], "proportional_p": p, "concordance": c}
    return DoseResponse(value, tuple(dict.fromkeys(findings)))
