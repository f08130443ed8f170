"""Do the intervals cover what is true? 2,000 simulated registries. Writes docs/validation/recovery.md."""

from benchmarks.pages import Page
from benchmarks.recovery_doses import DOSES, recover_doses
from benchmarks.recovery_study import (
    AS_HAPPENED,
    AS_SEEN,
    AT_LANDMARK,
    FEW,
    MODEL,
    NAIVE,
    PATIENTS,
    REGISTRIES,
    RESPONSE,
    Recovered,
    recover,
)

COLUMNS = ["quantity", "truth", "mean estimate", "± by chance", "coverage (%)", "± by chance", "asked (%)", "no estimate"]
DATA = ["quantity", "group", "truth", "mean", "mean_error", "coverage", "coverage_error", "registries", "no_estimate"]
WORDS = {
    AS_HAPPENED: "Kaplan-Meier with log-log intervals; medians by inverting the band (Brookmeyer and Crowley); Aalen-Johansen with log-log "
    "intervals, death without liver progression competing. The truth comes from the matrix exponential of the hazards. The "
    "mean of a median lies a little above the truth, as a median of few does; its interval covers.",
    MODEL: "Cause-specific: hazard of liver progression by intention (against intensification) and number of lesions (more than "
    "ten), death censored, Efron ties, Wald intervals. These are the covariates of the simulation, and they act on the hazard "
    "of the day on which progression happens, so that day is the one that this model fits. Where no patient of a small group "
    "progresses (combination with ablation: nine patients), the program gives no estimate and says so; these registries are "
    "counted apart.",
    AS_SEEN: "What a registry has on record. The truth of the curves is that of the same scans without losses (400,000 patients): "
    "scans come every three months, so at twelve months part of what has happened is not yet seen, and who dies first never "
    "shows it. The curve by scan estimates the curve by scan, not the day of progression. Between scans the curve is flat, "
    "and estimates of its median jump from one scan to the next; their mean says little, their interval covers. Hazard ratios "
    "by scan are a little nearer to 1 than those of the simulation, since proportional hazards hold for the day of "
    "progression only: shown, not asked for.",
    FEW: "Death before any progression meets about one in five: some thirty deaths for seven covariates, four of them in the reference "
    "group and one in the smallest. Estimates stray (small samples, not the method), the intervals are wide, and many registries have "
    "none for a group without a death. The program warns of few events per covariate. Shown, not asked for.",
    RESPONSE: "In the simulation response changes no hazard. *Naive* counts as responders all who ever respond, from the first session: "
    "they had to live, and to be without progression, until the scan. A landmark takes immortal time away; among *all who are "
    "alive* at six months responders are still those who had not progressed by their scan, and progression shortens life: a "
    "smaller bias remains, of another kind. Among those without progression so far and with a scan, responders and the others "
    "do not differ, and the landmark says so.",
    DOSES: "237 patients each. Logistic curve of response against the logarithm of the dose, intervals by profile likelihood. As drawn: "
    "whether the tumours respond. A scan shows a response only if nothing has progressed by then, so what the first window shows is "
    "another curve, whose best logistic fit (400,000 patients) is the truth of the last two rows; it is not quite logistic: shown, not "
    "asked for.",
}


def main() -> None:
    found = [*recover(REGISTRIES).values(), *recover_doses(REGISTRIES).values()]
    page = Page("recovery", "Do the intervals cover what is true?", "recovery")
    naive, at_landmark = (next(one for one in found if one.quantity.name == name) for name in (NAIVE, AT_LANDMARK))
    page.say(
        f"{REGISTRIES:,} [simulated registries](../concepts/simulated-registry.md) of {PATIENTS} patients, each analysed as one is, on "
        f"whole days: how often does a 95 % interval hold the truth? "
        f"Asked for are 93.5 to 96.5 %, of medians 92 to 98 %. By chance alone a coverage of 95 % "
        f"moves by ± 0.5 here. {_verdict(found)} The naive comparison of responders is off by {naive.mean:+.3f} ± {naive.mean_error:.3f} "
        f"in the log hazard ratio, the landmark by {at_landmark.mean:+.3f} ± {at_landmark.mean_error:.3f}. "
        "The ordinary tests ask the same of 200 registries, within what chance allows there."
    )
    for group, words in WORDS.items():
        page.head(group)
        page.say(words)
        page.table(COLUMNS, [_row(one) for one in found if one.quantity.group == group])
    page.data("recovery", DATA, [_numbers(one) for one in found])
    page.write()


def _verdict(found: list[Recovered]) -> str:
    asked = [one for one in found if one.quantity.coverage is not None]
    outside = [one.quantity.name for one in asked if not one.within_asked]
    return f"**All {len(asked)} that are asked lie within.**" if not outside else f"**Outside: {', '.join(outside)}.**"


def _row(one: Recovered) -> list[str]:
    asked = one.quantity.coverage
    return [
        one.quantity.name,
        f"{one.quantity.truth:.3f}",
        f"{one.mean:.3f}",
        f"{one.mean_error:.3f}",
        f"{100 * one.coverage:.1f}",
        f"{100 * one.coverage_error:.1f}",
        "–" if asked is None else f"{100 * asked[0]:.1f} to {100 * asked[1]:.1f}",
        str(len(one.estimates) - len(one.usable)),
    ]


def _numbers(one: Recovered) -> list[str | float | int]:
    numbers = (one.quantity.truth, one.mean, one.mean_error, one.coverage, one.coverage_error)
    return [one.quantity.name, one.quantity.group, *numbers, len(one.estimates), len(one.estimates) - len(one.usable)]


if __name__ == "__main__":
    main()
