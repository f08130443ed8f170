"""``glisson dose --method montecarlo``: on plain arrays and on a case; what it refuses before it computes."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]
AFFINE = np.diag([4.0, 4.0, 4.0, 1.0])


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    activity = np.zeros((9, 9, 9), np.float32)
    activity[3:6, 3:6, 3:6] = 1e6
    density = np.full((9, 9, 9), 1.05, np.float32)
    density[:, :, 6:] = 0.26
    nib.save(nib.Nifti1Image(activity, AFFINE), tmp_path / "a.nii.gz")
    nib.save(nib.Nifti1Image(density, AFFINE), tmp_path / "rho.nii.gz")
    return tmp_path


def command(folder: Path, *more: object) -> list[object]:
    plain = ["dose", "--activity", folder / "a.nii.gz", "--unit", "Bq/mL", "--method", "montecarlo", "--out", folder / "d.nii.gz"]
    return [*plain, *more]


def test_arrays_in_dose_and_standard_error_out(arrays: Path, run: Run) -> None:
    sigma = arrays / "s.nii.gz"
    more = ["--density", arrays / "rho.nii.gz", "--histories", 64000, "--seed", 3, "--sigma", sigma, "--json"]
    results = [json.loads(run(*command(arrays, *more, "--threads", threads)).out) for threads in (1, 2)]
    first, second = results
    assert first["method"] == "monte carlo"
    assert first["parameters"]["histories"] == 64000 and first["parameters"]["seed"] == 3
    assert first["value"]["image"]["sha256"] == second["value"]["image"]["sha256"]
    assert abs(first["value"]["energy_balance"]) < 1e-6
    dose, error = nib.load(arrays / "d.nii.gz").get_fdata(), nib.load(sigma).get_fdata()
    middle = 0.02 * dose[4, 4, 4]
    assert dose[4, 4, 4] > 0 and 0 < error[4, 4, 4] < 5 * middle


def test_it_stops_at_an_uncertainty(arrays: Path, run: Run) -> None:
    result = json.loads(run(*command(arrays, "--uncertainty", 0.05, "--json")).out)
    assert result["parameters"]["relative_standard_error_largest_above_half_maximum"] <= 0.05


def test_a_case_by_monte_carlo(small_case: Path, run: Run) -> None:
    ran = run("dose", small_case, "--method", "montecarlo", "--histories", 64000, "--density", "ct", "--json")
    result = json.loads(ran.out)
    assert ran.code == 0
    assert result["method"] == "monte carlo"
    tumour = next(row for row in result["value"]["structures"] if row["site"] == "tumour-1")
    assert tumour["mean_Gy"] > 0


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--histories", "0"], "0 histories"),
        (["--uncertainty", "0"], "an uncertainty of 0"),
        (["--seconds", "-1"], "-1 seconds"),
        (["--seed", "-1"], "seed -1"),
        (["--threads", "0"], "0 threads"),
        (["--steps", "giant"], "steps 'giant'"),
        (["--density", "0"], "density 0 g/mL"),
        (["--density", "21"], "density"),
        (["--sigma", "s.txt"], "cannot write 's.txt'"),
    ],
)
def test_bad_input_is_refused_with_code_2_and_nothing_written(arrays: Path, run: Run, more: list[str], words: str) -> None:
    ran = run(*command(arrays, *more))
    assert ran.code == 2
    assert words in " ".join(ran.err.split())
    assert not (arrays / "d.nii.gz").exists()


def test_no_activity_and_impossible_densities_are_refused(arrays: Path, run: Run) -> None:
    nib.save(nib.Nifti1Image(np.zeros((9, 9, 9), np.float32), AFFINE), arrays / "rho.nii.gz")
    ran = run(*command(arrays, "--density", arrays / "rho.nii.gz"))
    assert ran.code == 2 and "density" in ran.err
    nib.save(nib.Nifti1Image(np.ones((9, 9, 8), np.float32), AFFINE), arrays / "rho.nii.gz")
    ran = run(*command(arrays, "--density", arrays / "rho.nii.gz"))
    assert ran.code == 2 and "not lie on the same grid" in " ".join(ran.err.split())
    nib.save(nib.Nifti1Image(np.zeros((9, 9, 9), np.float32), AFFINE), arrays / "a.nii.gz")
    ran = run(*command(arrays))
    assert ran.code == 2 and "no activity" in ran.err


@pytest.mark.parametrize("more", [["--histories", "1000"], ["--sigma", "s.nii.gz"]])
def test_other_methods_refuse_its_options(arrays: Path, run: Run, more: list[str]) -> None:
    plain = ["dose", "--activity", arrays / "a.nii.gz", "--unit", "Bq/mL", "--method", "kernel", "--out", arrays / "d.nii.gz"]
    ran = run(*plain, *more)
    assert ran.code == 2
    assert "only with the method montecarlo" in " ".join(ran.err.split())


def labelled(folder: Path, legend: str) -> list[object]:
    labels = np.ones((9, 9, 9), np.uint8)
    labels[:, :, 6:] = 2
    nib.save(nib.Nifti1Image(labels, AFFINE), folder / "m.nii.gz")
    (folder / "legend.csv").write_text(legend)
    return command(folder, "--materials", folder / "m.nii.gz", "--legend", folder / "legend.csv", "--histories", 64000)


def test_materials_with_their_legend(arrays: Path, run: Run) -> None:
    result = json.loads(run(*labelled(arrays, "label,material\n1,soft-tissue\n2,bone\n"), "--json").out)
    assert result["parameters"]["composition"] == "by label: 1 soft-tissue, 2 bone"


@pytest.mark.parametrize(
    ("legend", "words"),
    [
        ("label,material\n1,soft-tissue\n", "labels without a material in the legend: 2"),
        ("label,material\n1,soft-tissue\n2,cheese\n", "unknown material 'cheese'"),
        ("label,material\n1,soft-tissue\nbone,2\n", "is not a whole number and a material"),
        ("number;name\n", "is not 'label,material'"),
    ],
)
def test_a_legend_that_does_not_fit_is_refused(arrays: Path, run: Run, legend: str, words: str) -> None:
    ran = run(*labelled(arrays, legend))
    assert ran.code == 2
    assert words in " ".join(ran.err.split())


def test_materials_need_a_legend_an_engine_and_no_case(arrays: Path, small_case: Path, run: Run) -> None:
    full = labelled(arrays, "label,material\n1,soft-tissue\n2,bone\n")
    ran = run(*command(arrays, "--materials", arrays / "m.nii.gz"))
    assert ran.code == 2 and "needs its legend" in " ".join(ran.err.split())
    ran = run(*[("kernel" if part == "montecarlo" else part) for part in full])
    assert ran.code == 2 and "only with the method montecarlo" in " ".join(ran.err.split())
    ran = run("dose", small_case, "--method", "montecarlo", "--materials", arrays / "m.nii.gz")
    assert ran.code == 2 and "a material image with a case" in " ".join(ran.err.split())
    nib.save(nib.Nifti1Image(np.full((9, 9, 9), 1.5, np.float32), AFFINE), arrays / "m.nii.gz")
    ran = run(*full)
    assert ran.code == 2 and "does not hold labels" in " ".join(ran.err.split())


def regions(folder: Path) -> Path:
    labels = np.zeros((9, 9, 9), np.uint8)
    labels[3:6, 3:6, 3], labels[3:6, 3:6, 5] = 1, 2
    nib.save(nib.Nifti1Image(labels, AFFINE), folder / "m.nii.gz")
    return folder / "m.nii.gz"


@pytest.mark.parametrize("criterion", ["every", "rms"])
def test_it_stops_when_every_region_is_sure(arrays: Path, run: Run, criterion: str) -> None:
    ran = run(*command(arrays, "--regions", regions(arrays), "--uncertainty", 0.03, "--criterion", criterion, "--json"))
    found = json.loads(ran.out)
    statistics, record = found["value"]["statistics"], found["run"]
    key = "relative_standard_error_" + ("largest" if criterion == "every" else "rms")
    assert [region["region"] for region in statistics["regions"]] == ["region 1", "region 2"]
    assert all(0 < region[key] <= 0.03 for region in statistics["regions"])
    assert statistics["wanted"] == 0.03 and ("every voxel" in statistics["criterion"]) == (criterion == "every")
    for region in record["regions"]:
        squared = region["relative_standard_error_rms"] ** 2
        assert region["figure_of_merit_per_core"] == pytest.approx(1 / squared / record["transport_cpu_seconds"], rel=0.01)


def test_the_lesions_are_the_regions_of_a_case(small_case: Path, run: Run) -> None:
    ran = run("dose", small_case, "--method", "montecarlo", "--uncertainty", 0.05, "--criterion", "rms")
    assert ran.code == 0
    assert re.search(r"tumour-1 +\d+ +[\d.]+ +[\d.]+ +\d+", ran.err)
    stored = json.loads((small_case / "results" / "dose.json").read_text())
    assert [region["region"] for region in stored["value"]["statistics"]["regions"]] == ["tumour-1"]
    assert stored["seed"] == 1


@pytest.mark.parametrize("method", ["local", "kernel", "montecarlo"])
def test_the_run_is_written_beside_the_dose_and_no_result_holds_it(small_case: Path, run: Run, method: str) -> None:
    more = ("--histories", 32_000) if method == "montecarlo" else ()
    shown = json.loads(run("dose", small_case, "--method", method, *more, "--json").out)
    stored = (small_case / "results" / "dose.json").read_bytes()
    record = json.loads((small_case / "results" / "dose.run.json").read_text())
    assert shown.pop("run") == record
    assert shown == json.loads(stored)
    assert record["seconds"] > 0 and record["processor"] and record["software"]["numpy"] == np.__version__
    assert (record["histories"] == 32_000) if method == "montecarlo" else (record["histories"] is None)
    assert "seconds" not in stored.decode() and record["processor"] not in stored.decode()
    run("dose", small_case, "--method", method, *more)
    assert (small_case / "results" / "dose.json").read_bytes() == stored


def test_arrays_have_their_run_beside_the_dose(arrays: Path, run: Run) -> None:
    run(*command(arrays, "--histories", 32_000))
    assert json.loads((arrays / "d.run.json").read_text())["histories"] == 32_000


@pytest.mark.slow
def test_ctrl_c_writes_what_was_computed_and_says_so(arrays: Path) -> None:
    """A real signal to a real process on a terminal whose progress shows the uncertainty falling."""
    arguments = [str(part) for part in command(arrays, "--uncertainty", 0.00001, "--sigma", arrays / "s.nii.gz")]
    terminal, end = pty.openpty()
    environment = os.environ | {"COLUMNS": "200", "TERM": "xterm"}
    running = subprocess.Popen([sys.executable, "-m", "glisson.cli.main", *arguments], stderr=end, stdout=end, env=environment)
    os.close(end)
    seen, until = "", time.monotonic() + 120
    while len(set(re.findall(r"([\d.e-]+) % rms", seen))) < 3 and time.monotonic() < until:
        seen += os.read(terminal, 65536).decode(errors="replace")
    running.send_signal(signal.SIGINT)
    after = ""
    try:
        while chunk := os.read(terminal, 65536):
            after += chunk.decode(errors="replace")
    except OSError:
        pass  # a terminal whose other end was closed
    assert running.wait(60) == 130
    shown = [float(number) for number in re.findall(r"([\d.e-]+) % rms", seen)]
    assert shown[0] > shown[-1]
    assert "the Monte Carlo was interrupted: the" in " ".join(after.split())
    dose, error = (nib.load(arrays / name).get_fdata() for name in ("d.nii.gz", "s.nii.gz"))
    assert 0 < error[4, 4, 4] < 0.05 * dose[4, 4, 4]
    assert json.loads((arrays / "d.run.json").read_text())["histories"] > 0
    assert not list(arrays.glob(".part-*"))


@pytest.mark.slow
def test_ctrl_c_before_there_is_a_standard_error_leaves_nothing_behind(arrays: Path) -> None:
    arguments = [str(part) for part in command(arrays, "--histories", 20_000_000_000)]
    program = "import sys; sys.stderr.write('ready\\n'); sys.stderr.flush(); from glisson.cli.main import main; main()"
    running = subprocess.Popen([sys.executable, "-c", program, *arguments], stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None and running.stderr.readline() == "ready\n"
    time.sleep(1.5)  # imports and the compiler take longer
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode in (130, -signal.SIGINT), said
    assert not (arrays / "d.nii.gz").exists() and not (arrays / "d.run.json").exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--criterion", "rms"], "a criterion without an uncertainty"),
        (["--criterion", "mean", "--uncertainty", "0.01"], "criterion 'mean'"),
        (["--sigma", "d.nii.gz"], "for the dose and for its standard error"),
    ],
)
def test_impossible_statistics_are_refused(
    arrays: Path, run: Run, monkeypatch: pytest.MonkeyPatch, more: list[str], words: str
) -> None:
    monkeypatch.chdir(arrays)
    ran = run(*command(arrays, *more))
    assert ran.code == 2 and words in " ".join(ran.err.split())
    assert not (arrays / "d.nii.gz").exists()


def test_region_images_that_do_not_fit_are_refused(arrays: Path, small_case: Path, run: Run) -> None:
    path = regions(arrays)
    ran = run(*[("kernel" if part == "montecarlo" else part) for part in command(arrays, "--regions", path)])
    assert ran.code == 2 and "regions with the method 'kernel'" in " ".join(ran.err.split())
    ran = run("dose", small_case, "--method", "montecarlo", "--regions", path)
    assert ran.code == 2 and "a region image with a case" in " ".join(ran.err.split())
    nib.save(nib.Nifti1Image(np.ones((9, 9, 8), np.uint8), AFFINE), path)
    ran = run(*command(arrays, "--regions", path))
    assert ran.code == 2 and "not lie on the same grid" in " ".join(ran.err.split())
    assert not (arrays / "d.nii.gz").exists()


def test_a_case_with_a_ct_is_computed_in_its_densities(small_case: Path, run: Run) -> None:
    """Without --density: CT by the table of Schneider, composition by density; a site's tissue holds against it."""
    text = (small_case / "case.yaml").read_text()
    (small_case / "case.yaml").write_text(text.replace("organ: lung, contour", "organ: lung, tissue: lung, contour"))
    ran = run("dose", small_case, "--method", "montecarlo", "--histories", 64000, "--json")
    result = json.loads(ran.out)
    assert "Schneider 2000" in result["value"]["medium"]["density"]
    assert result["parameters"]["composition"].endswith("lung in lungs")
    lungs = next(row for row in result["value"]["structures"] if row["site"] == "lungs")
    assert lungs["mass_g"] / lungs["volume_mL"] == pytest.approx(0.31, abs=0.005)  # -700 HU
    entered = json.loads(
        run("dose", small_case, "--method", "montecarlo", "--histories", 64000, "--density", "1.05", "--json").out
    )
    assert "entered" in entered["value"]["medium"]["density"]


@pytest.mark.parametrize(
    ("given", "words"),
    [("tissue: cheese", "unknown tissue"), ("density_g_per_mL: 0", "greater than 0"), ("density_g_per_mL: 21", "20")],
)
def test_impossible_tissues_in_a_case_are_refused_with_their_line(small_case: Path, run: Run, given: str, words: str) -> None:
    text = (small_case / "case.yaml").read_text()
    (small_case / "case.yaml").write_text(text.replace("organ: lung, contour", f"organ: lung, {given}, contour"))
    ran = run("dose", small_case, "--method", "montecarlo")
    said = " ".join(ran.err.split())
    assert ran.code == 2 and words in said and "line" in said
    assert not (small_case / "results").exists()


def test_the_report_of_a_monte_carlo_says_how_sure_it_is_and_what_it_took(small_case: Path, run: Run) -> None:
    run("dose", small_case, "--method", "montecarlo", "--histories", 64000)
    record = json.loads((small_case / "results" / "dose.run.json").read_text())
    ran = run("report", small_case, "--at", "2026-03-20T12:00:00+01:00")
    assert ran.code == 0, ran.err
    page = (small_case / "report" / "report.html").read_text()
    assert "Standard error above half of the maximum, tumour-1" in page
    assert record["processor"] in page and "per second and core" in page
