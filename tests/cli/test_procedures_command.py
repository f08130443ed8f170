"""``glisson tace``, ``hai``, ``systemic``, ``ablation``, ``remnant`` as a user runs them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]
SHAPE = (32, 32, 24)
PLANS = """\
glisson: 1
id: several
disease: colorectal liver metastases
sites:
  - {id: liver, kind: organ, organ: liver, contour: {file: liver.nii.gz}}
  - {id: tumour-1, kind: lesion, parent: liver, contour: {file: tumour-1.nii.gz}}
  - {id: left, kind: normal, parent: liver, contour: {file: left.nii.gz}}
  - {id: right, kind: normal, parent: liver, contour: {operation: subtract, sites: [liver, left]}}
treatments:
  - {id: debiri, kind: TACE, tace: {beads: dc-bead, extent: bilobar, first_day: 2026-04-07, sessions: 3, volume_mL: 2}}
  - id: pump
    kind: HAI
    pump: {implanted_at: 2026-05-04, first_fill: 2026-05-25, cycles: 3, reservoir_mL: 30, flow_mL_per_day: 1.3}
  - {id: infusion, kind: HAI, regimen: hai-raltitrexed-oxaliplatin, cycles: {first_day: 2026-09-01, number: 2}}
  - {id: line-2, kind: systemic, regimen: FOLFIRI, cycles: {first_day: 2026-03-02, number: 4}}
observations:
  - {what: weight_kg, value: 70, at: 2026-02-20}
  - {what: height_cm, value: 170}
  - {what: bilirubin_umol_per_L, value: 12, upper_normal: 21}
"""


def write_nifti(path: Path, array: np.ndarray, affine: np.ndarray | None = None) -> None:
    image = nib.Nifti1Image(array, np.diag([4.0, 4.0, 4.0, 1.0]) if affine is None else affine)
    image.header.set_xyzt_units("mm")
    nib.save(image, path)


def ball(centre: tuple[float, float, float], radius: float) -> np.ndarray:
    away: np.ndarray = sum((axis - at) ** 2 for axis, at in zip(np.indices(SHAPE), centre, strict=True)) <= radius**2
    return away


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    liver = ball((16, 16, 12), 11)
    tumour = ball((14, 16, 12), 3)
    for name, mask in (
        ("liver", liver), ("tumour-1", tumour), ("left", liver & (np.indices(SHAPE)[0] > 19)), ("zone", ball((14, 16, 12), 6)),
        ("off", ball((17, 16, 12), 4)),
    ):  # fmt: skip
        write_nifti(folder / f"{name}.nii.gz", mask.astype(np.uint8))
    (folder / "case.yaml").write_text(PLANS, encoding="utf-8")
    return folder


def value(ran: Any) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)["value"]
    return found


def change(case: Path, old: str, new: str) -> None:
    text = (case / "case.yaml").read_text(encoding="utf-8")
    assert old in text
    (case / "case.yaml").write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("command", "stem", "words"),
    [
        (["tace"], "tace-debiri", ["100 mg", "as your centre decides", "2026-04-28"]),
        (["hai", "--treatment", "pump"], "hai-pump", ["8.40 mg/day", "unit arithmetic", "2026-06-22"]),
        (["hai", "--treatment", "infusion"], "hai-infusion", ["raltitrexed", "hearto", "2026-09-22"]),
        (["systemic"], "systemic-line-2", ["325.7 mg", "folfiri-teufel-2004", "2026-04-13"]),
        (["remnant", "--remnant", "left"], "remnant", ["Kishi", "standardised, Vauthey", "remnant_volume_mL"]),
        (["ablation", "--before", "tumour-1", "--after", "zone.nii.gz"], "ablation-tumour-1", ["smallest mm", "below 5 mm %"]),
    ],
)
def test_every_procedure_prints_writes_a_result_and_a_page(
    case: Path, run: Run, command: list[str], stem: str, words: list[str]
) -> None:
    ran = run(command[0], case, *command[1:])
    assert ran.code == 0, ran.err
    said = " ".join(ran.err.split())
    assert all(word in said for word in words), said
    assert json.loads((case / "results" / f"{stem}.json").read_text(encoding="utf-8"))["sources"]
    assert (case / "procedures" / f"{stem}.pdf").read_bytes().startswith(b"%PDF")
    assert "not a medical device" in (case / "procedures" / f"{stem}.html").read_text(encoding="utf-8")
    again = run(command[0], case, *command[1:], "--json")
    assert again.out == (case / "results" / f"{stem}.json").read_text(encoding="utf-8")


def test_ablation_numbers_from_files_and_sites(case: Path, run: Run) -> None:
    found = value(run("ablation", case, "--before", "tumour-1", "--after", "zone.nii.gz", "--subcapsular-mm", "3", "--json"))
    assert found["whole"]["minimum_mm"] == pytest.approx(12.0, abs=2.0) and found["residual_mL"] == 0
    assert found["subcapsular_mm"] == 3 and found["subcapsular_from"] == "entered" and found["reached"]
    missed = value(run("ablation", case, "--before", case / "tumour-1.nii.gz", "--after", "off.nii.gz", "--json"))
    assert missed["residual_mL"] > 0 and missed["whole"]["minimum_mm"] == pytest.approx(-8.0, abs=2.0)


def test_other_grids_are_refused_unless_resampled(case: Path, run: Run) -> None:
    fine = np.zeros((64, 64, 48), np.uint8)
    fine[16:44, 18:48, 12:38] = 1
    write_nifti(case / "fine.nii.gz", fine, np.diag([2.0, 2.0, 2.0, 1.0]))
    refused = run("ablation", case, "--before", "tumour-1", "--after", "fine.nii.gz")
    assert refused.code == 2 and "not lie on the same grid" in refused.err
    assert not (case / "procedures").exists()
    found = run("ablation", case, "--before", "tumour-1", "--after", "fine.nii.gz", "--resample", "--json")
    assert found.code == 0 and "mask-resampled" in found.out


def test_remnant_by_what_stays_and_by_what_is_taken(case: Path, run: Run) -> None:
    stays = value(run("remnant", case, "--remnant", "left", "--json"))["volumes"]
    taken = value(run("remnant", case, "--resected", "right", "--json"))["volumes"]
    assert stays["remnant_mL"] == pytest.approx(taken["remnant_mL"])
    assert stays["tumour_mL"] == pytest.approx(ball((14, 16, 12), 3).sum() * 0.064)
    both = run("remnant", case, "--remnant", "left", "--resected", "right")
    assert both.code == 2 and "not both" in both.err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["hai"], "2 treatments could be planned"),
        (["hai", "--treatment", "line-2"], "is systemic"),
        (["tace", "--treatment", "nobody"], "no treatment 'nobody'"),
        (["ablation", "--before", "tumour-1", "--after", "nothing.nii.gz"], "neither a site of the case nor a file"),
        (["remnant"], "give --remnant or --resected"),
    ],
)
def test_what_cannot_be_done_is_said(case: Path, run: Run, command: list[str], words: str) -> None:
    ran = run(command[0], case, *command[1:])
    assert ran.code == 2 and words in " ".join(ran.err.split())


@pytest.mark.parametrize(
    ("old", "new", "command", "words"),
    [
        ("cycles: 3,", "cycles: 3, dose_mg_per_kg_per_day: 12,", ["hai", "--treatment", "pump"], "a hundred times too high"),
        ("first_fill: 2026-05-25", "first_fill: 2026-04-25", ["hai", "--treatment", "pump"], "before the implantation"),
        ("value: 70,", "value: 70000,", ["hai", "--treatment", "pump"], "check the unit"),
        ("value: 12, upper_normal: 21", "value: 1.1", ["hai", "--treatment", "pump"], "looks like a value in mg/dL"),
        ("value: 12, upper_normal: 21", "value: 0.7", ["tace"], "check the unit"),
        ("extent: bilobar", "extent: bilobar, drug: cisplatin", ["tace"], "does not bind"),
    ],
)
def test_wrong_units_and_impossible_days_are_refused(
    case: Path, run: Run, old: str, new: str, command: list[str], words: str
) -> None:
    change(case, old, new)
    ran = run(command[0], case, *command[1:])
    assert ran.code == 2 and words in " ".join(ran.err.split())
    assert not (case / "results").exists()


def test_a_stop_leaves_with_3_and_the_page_is_made(case: Path, run: Run) -> None:
    change(case, "value: 12, upper_normal: 21", "value: 60")
    ran = run("hai", case, "--treatment", "pump")
    assert ran.code == 3 and "no floxuridine until it is normal" in " ".join(ran.err.split())
    assert (case / "procedures" / "hai-pump.html").exists()


def test_pages_have_the_same_bytes_for_the_same_time(case: Path, tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from glisson.actions import measure_ablation

    at = datetime(2026, 6, 1, 12, tzinfo=UTC)
    first, second = (
        measure_ablation(case, before="tumour-1", after="zone.nii.gz", out=tmp_path / name, made_at=at) for name in ("a", "b")
    )
    assert [file.read_bytes() for file in first.files] == [file.read_bytes() for file in second.files]
