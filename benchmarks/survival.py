"""One million cases: Kaplan-Meier, log-rank, Aalen-Johansen and Cox with five covariates, against lifelines in the same run.

Run from the repository's root: ``python -m benchmarks.survival [CASES]``. Prints ratios, since seconds belong to the machine; the
*floor* is sorting the times once and passing once over the covariates. Each program runs in a process of its own, whose largest
resident memory is read from the operating system (Linux).
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

CASES = 1_000_000
TASKS = ("Kaplan-Meier", "log-rank", "Aalen-Johansen", "Cox")
Table = dict[str, np.ndarray]


def cases(number: int) -> Table:
    """Months rounded to days: many ties; two causes, five covariates, two groups."""
    random = np.random.default_rng(2026)
    x = random.normal(size=(number, 5))
    group = random.integers(0, 2, number)
    risk = np.exp(x @ np.array([0.5, -0.4, 0.2, 0.0, 0.1]) + 0.3 * group)
    first, second = random.exponential(30 / risk), random.exponential(60, number)
    censored = random.uniform(6, 60, number)
    end = np.minimum(np.minimum(first, second), censored)
    cause = np.where(end == first, 1, np.where(end == second, 2, 0))
    days = np.maximum(np.ceil(end * 30.4375), 1)
    return {"time": days / 30.4375, "cause": cause, "group": group, "x": x}


def floor(table: Table) -> dict[str, Callable[[], object]]:
    def run() -> object:
        order = np.argsort(table["time"], kind="stable")
        return np.cumsum(table["x"][order], axis=0)

    return dict.fromkeys(TASKS, run)


def ours(table: Table) -> dict[str, Callable[[], object]]:
    from glisson.learn.cohort.competing import cumulative_incidence
    from glisson.learn.cohort.cox import cox
    from glisson.learn.cohort.groups import Groups
    from glisson.learn.cohort.kaplan_meier import kaplan_meier
    from glisson.learn.cohort.log_rank import log_rank
    from glisson.learn.cohort.table import one_cause, survival_data

    data = survival_data(table["time"], table["cause"])
    return {
        "Kaplan-Meier": lambda: kaplan_meier(data).survival[-1],
        "log-rank": lambda: log_rank(data, Groups(("0", "1"), table["group"])).statistic,
        "Aalen-Johansen": lambda: cumulative_incidence(data).incidence[-1],
        "Cox": lambda: cox(one_cause(data, 1), table["x"], list("abcde")).coefficient,
    }


def peer(table: Table) -> dict[str, Callable[[], object]]:
    import pandas as pd
    from lifelines import AalenJohansenFitter, CoxPHFitter, KaplanMeierFitter
    from lifelines.statistics import logrank_test

    times, event, group = table["time"], table["cause"] > 0, table["group"] == 1
    frame = pd.DataFrame(table["x"], columns=list("abcde")).assign(time=times, event=table["cause"] == 1)
    return {
        "Kaplan-Meier": lambda: KaplanMeierFitter().fit(times, event).survival_function_.iloc[-1, 0],
        "log-rank": lambda: logrank_test(times[group], times[~group], event[group], event[~group]).test_statistic,
        "Aalen-Johansen": lambda: (
            AalenJohansenFitter(jitter_level=1e-4, seed=1).fit(times, table["cause"], 1).cumulative_density_.iloc[-1, 0]
        ),
        "Cox": lambda: CoxPHFitter().fit(frame, "time", "event").params_,
    }


def measure(who: str, number: int) -> None:
    """One program, all tasks; its seconds and answers as JSON."""
    table = cases(number)
    found = {}
    for name, task in {"floor": floor, "ours": ours, "peer": peer}[who](table).items():
        begun = time.perf_counter()
        answer = task()
        found[name] = {"seconds": time.perf_counter() - begun, "answer": None if who == "floor" else np.asarray(answer).tolist()}
    print(json.dumps({"tasks": found, "GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20}))


def main(number: int = CASES) -> None:
    found = {}
    for who in ("floor", "ours", "peer"):
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.survival", "--measure", who, str(number)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        found[who] = json.loads(done.stdout.splitlines()[-1])
    seconds = {who: {name: task["seconds"] for name, task in one["tasks"].items()} for who, one in found.items()}
    print(f"{number:,} cases                floor    ours  lifelines  lifelines/ours")
    for name in TASKS:
        one = [seconds[who][name] for who in ("floor", "ours", "peer")]
        print(f"{name:<22} {one[0]:8.2f} s {one[1]:6.2f} s {one[2]:8.2f} s {one[2] / one[1]:10.1f}")
        answers = [np.asarray(found[who]["tasks"][name]["answer"], dtype=float) for who in ("ours", "peer")]
        print(f"{'':<22} largest relative difference of the answers {np.max(np.abs(answers[0] / answers[1] - 1)):.1e}")
    totals = {who: sum(one.values()) for who, one in seconds.items()}
    print(f"{'all':<22} {'':>10} {totals['ours']:6.2f} s {totals['peer']:8.2f} s {totals['peer'] / totals['ours']:10.1f}")
    print("largest memory: " + ", ".join(f"{who} {one['GB']:.2f} GB" for who, one in found.items()))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
