"""The record of a run: what it holds, that the Result knows nothing of it, and its hand values."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from glisson.actions.run import Timed, cores, processor, record_of
from glisson.case import Result, Run
from glisson.dose.constant import dose_constant
from glisson.dose.engine import AbsorbedDose, Energy, Transport
from glisson.records.results import read_run, store_run
from glisson.voxels import Grid, Image, Quantity

GRID = Grid.aligned((1, 1, 2), (4.0, 4.0, 4.0))
ACTIVITY = Image(GRID, np.ones((1, 1, 2)), Quantity.ACTIVITY, "Y-90")
DOSE = Image(GRID, np.ones((1, 1, 2)), Quantity.DOSE)
REGION = {"region": "a", "voxels": 7, "relative_standard_error_rms": 0.02, "relative_standard_error_largest": 0.03}
COLD = {"region": "b", "voxels": 0, "relative_standard_error_rms": None, "relative_standard_error_largest": None}
RESULT = Result(kind="absorbed dose", method="monte carlo", value={"mean_Gy": 1.0})


def engine(activity: Image, **_: object) -> AbsorbedDose:
    return AbsorbedDose(
        DOSE,
        Energy(1.0, 1.0, 0.0),
        "monte carlo",
        statistics={"regions": [REGION, COLD]},
        transport=Transport(seconds=5.0, cpu_seconds=10.0, threads=2, histories=20_000_000),
    )


def timed_run() -> Run:
    clock, cpu_clock = iter([100.0, 107.5]), iter([1.0, 13.0])
    timed = Timed(engine, lambda: next(clock), lambda: next(cpu_clock))
    done = timed(ACTIVITY, density=1.0, constant=dose_constant("Y-90"))
    return record_of(timed, done, RESULT)


def test_a_run_against_hand_values() -> None:
    run = timed_run()
    assert (run.seconds, run.cpu_seconds, run.threads, run.histories) == (7.5, 12.0, 2, 20_000_000)
    assert run.histories_per_second_per_core == 2_000_000
    assert run.regions[0].figure_of_merit_per_core == 250.0  # 1/(0.02² x 10 s)
    assert run.regions[1].figure_of_merit_per_core is None
    assert run.result == RESULT.sha256()


def test_a_run_names_the_processor_and_not_the_machine() -> None:
    run = timed_run()
    assert run.processor == processor() != ""
    assert 1 <= run.cores == cores() <= (os.cpu_count() or 1)
    assert os.uname().nodename not in run.to_json() or len(os.uname().nodename) < 4
    assert set(run.software) == {"glisson", "python", "numpy", "scipy", "numba"}
    assert "2,000,000 per second and core" in run.text and "20,000,000 histories on 2 threads" in run.text


def test_a_run_is_stored_beside_its_result_and_read_again(tmp_path: Path) -> None:
    run = timed_run()
    (tmp_path / "results").mkdir()
    path = store_run(tmp_path / "results" / "dose.run.json", run)
    assert read_run(tmp_path, "dose") == run
    assert json.loads(path.read_text())["regions"][0]["voxels"] == 7
    path.write_text("{")
    assert read_run(tmp_path, "dose") is None
    assert read_run(tmp_path, "plan") is None


def test_a_result_has_no_place_for_a_clock() -> None:
    with pytest.raises(ValueError, match="seconds"):
        Result.model_validate({**RESULT.model_dump(), "seconds": 1.0})
