"""Measurements of a cohort through visit responses, best response and endpoints, on one thread.

Beside it a loop over patients in plain Python, responses only, on a sample; the floor is one sum per visit. CPU seconds are
counted, not the clock, so that a busy machine changes little. Each size runs in a process of its own for its peak of memory.
"""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

VISITS, LESIONS, SAMPLE = 5, 4, 1000
PATIENTS = (12_500, 25_000, 50_000, 100_000)


def cohort(patients: int) -> Any:
    """Two targets and two non-targets of each patient over five visits, in random walks."""
    import numpy as np
    import polars as pl

    draw = np.random.default_rng(1)
    count = patients * VISITS * LESIONS
    walk = np.cumprod(
        np.r_["1", np.ones((patients, 1, LESIONS)), draw.lognormal(-0.05, 0.2, (patients, VISITS - 1, LESIONS))], axis=1
    )
    sizes = np.round(draw.uniform(15, 80, (patients, 1, LESIONS)) * walk, 1).ravel()
    visit = np.tile(np.repeat(np.arange(VISITS), LESIONS), patients)
    lesion = np.tile(np.arange(LESIONS), patients * VISITS)
    gone = (draw.random(count) < 0.02) & (visit > 0)
    return pl.DataFrame(
        {"patient": np.repeat(np.arange(patients), VISITS * LESIONS), "visit_number": visit.astype(float), "lesion": lesion,
         "gone": gone, "size": sizes}
    ).select(
        patient="p" + pl.col("patient").cast(pl.String), reader=pl.lit("investigator"), visit_number="visit_number",
        visit="v" + pl.col("visit_number").cast(pl.Int64).cast(pl.String),
        date=date(2020, 1, 1) + pl.duration(days=pl.col("visit_number") * 56), baseline=pl.col("visit_number") == 0,
        lesion="L" + pl.col("lesion").cast(pl.String), organ=pl.lit("liver"), node=pl.lit(False),
        role=pl.when(pl.col("lesion") < 2).then(pl.lit("target")).otherwise(pl.lit("non-target")),
        state=pl.when("gone").then(pl.lit("absent")).otherwise(pl.lit("measured")),
        diameter_mm=pl.when(~pl.col("gone")).then("size"),
    )  # fmt: skip


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds and result."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def one_size(patients: int) -> dict[str, float]:
    """CPU seconds of each step and the peak of memory beyond the table, MB."""
    import polars as pl

    from glisson.follow.best_response import best_responses
    from glisson.follow.course import course_from_tables
    from glisson.follow.endpoints import endpoints
    from glisson.follow.irecist import irecist
    from glisson.follow.recist import recist11
    from glisson.follow.rules import Rules
    from glisson.follow.sources import dated_from_responses

    table = cohort(patients)
    recist11(table.head(VISITS * LESIONS * 10))  # imports and first calls
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    responses_s, found = spent(lambda: recist11(table, rules=Rules(reappearing_lesion="by size")))
    who = table.select("patient").unique().sort("patient").with_columns(reference=date(2020, 1, 2))
    best_s, _ = spent(lambda: best_responses(found, who))

    def times() -> pl.DataFrame:
        progressed = dated_from_responses(found, reader="investigator", criterion="RECIST 1.1", liver_criterion=None)
        course = course_from_tables(who, progressed, origins={"first session": "reference"}, called="RECIST 1.1")
        return endpoints(course, names=["PFS", "TTP"])

    endpoints_s, _ = spent(times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    floor_s, _ = spent(lambda: table.group_by("patient", "visit_number").agg(pl.col("diameter_mm").sum()))
    irecist_s, _ = spent(lambda: irecist(table))
    sample = table.filter(pl.col("patient").is_in(who["patient"].head(SAMPLE).implode()))
    loop_s, agrees = spent(lambda: _loop(sample))
    return {
        "rows": table.height, "responses": responses_s, "best": best_s, "endpoints": endpoints_s, "floor": floor_s,
        "irecist": irecist_s, "loop": loop_s * patients / min(SAMPLE, patients), "memory_MB": (peak - before) / 1024,
        "same": float(agrees(found)),
    }  # fmt: skip


def _loop(sample: Any) -> Callable[[Any], bool]:
    """Runs the plain loop; the returned function says whether the vectorised calls are the same."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "follow"))
    from plain_recist import responses

    calls = {
        (name, number): call
        for (name,), rows in sample.partition_by("patient", as_dict=True).items()
        for number, call in responses(rows.iter_rows(named=True))
    }
    return lambda found: all(
        calls.get((name, number), call) == call
        for name, number, call in found.select("patient", "visit_number", "overall").rows()
    )


def main() -> None:
    """One process per size, one thread."""
    for patients in PATIENTS:
        command = [sys.executable, "-m", "benchmarks.follow", str(patients)]
        done = subprocess.run(command, env={**os.environ, "POLARS_MAX_THREADS": "1"}, check=True, capture_output=True, text=True)
        one = json.loads(done.stdout)
        whole = one["responses"] + one["best"] + one["endpoints"]
        print(
            f"{one['rows']:9,d} measurements: responses {one['responses']:.1f}, best response {one['best']:.1f}, endpoints "
            f"{one['endpoints']:.1f}, together {whole:.1f} CPU s; {one['loop'] / one['responses']:.1f} times faster than a plain loop "
            f"(responses); floor {one['floor']:.2f} s; iRECIST {one['irecist']:.1f} s; memory {one['memory_MB']:.0f} MB; "
            f"same calls as the loop: {'yes' if one['same'] else 'NO'}"
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one_size(int(sys.argv[1]))))
    else:
        main()
