"""A stored plan or dose that no longer belongs to its case is reported with a warning and not exported."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Run = Callable[..., Any]


def rewrite(path: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    old = nib.load(path)
    nib.save(nib.Nifti1Image(change(np.asarray(old.dataobj)), old.affine), path)


def edit(folder: Path, before: str, after: str) -> None:
    text = (folder / "case.yaml").read_text()
    assert before in text
    (folder / "case.yaml").write_text(text.replace(before, after, 1))


LESION = "  - {id: tumour-1, kind: lesion, parent: right, contour: {file: tumour-1.nii.gz}}\n"
CHANGES: dict[str, tuple[Callable[[Path], object], list[str], bool]] = {
    "image": (lambda f: rewrite(f / "pet.nii.gz", lambda a: a * 2), ["absorbed dose", "image 'pet'"], True),
    "mapping image": (lambda f: rewrite(f / "spect.nii.gz", lambda a: a * 2), ["activity plan", "image 'spect'"], False),
    "contour": (lambda f: rewrite(f / "tumour-1.nii.gz", lambda a: np.roll(a, 1, 0)), ["contour of 'tumour-1'"], True),
    "new site": (
        lambda f: edit(f, LESION, LESION + LESION.replace("tumour-1,", "tumour-2,")),
        ["site 'tumour-2', which is new"],
        True,
    ),
    "delivered activity": (lambda f: edit(f, "activity_GBq: 1.0", "activity_GBq: 2.0"), ["the delivered activity"], True),
    "stored dose": (lambda f: rewrite(f / "results" / "dose.nii.gz", lambda a: a * 2), ["the stored dose image"], True),
}


@pytest.mark.parametrize("name", CHANGES)
def test_change_after_the_result_is_said(name: str, small_case: Path, run: Run) -> None:
    change, words, concerns_dose = CHANGES[name]
    run("plan", small_case, "--method", "local")
    run("dose", small_case, "--method", "local")
    assert "changed since" not in run("report", small_case).err
    change(small_case)
    report = run("report", small_case, "--json")
    assert report.code == 0
    json.loads(report.out)
    page = (small_case / "report" / "report.html").read_text()
    for word in words:
        assert word in report.err
        assert word.replace("'", "&#39;") in page or word in page
    exported = run("export", small_case, "--nifti", small_case / "nifti")
    assert exported.code == (2 if concerns_dose else 0)
    assert ("changed since" in exported.err) is concerns_dose
    assert (small_case / "nifti").exists() is not concerns_dose


@pytest.mark.parametrize("command", ["report", "export --nifti {case}/nifti"])
def test_stored_dose_without_its_image_or_file_is_refused(command: str, small_case: Path, run: Run) -> None:
    run("dose", small_case, "--method", "local")
    verb, *rest = command.format(case=small_case).split()
    stored = small_case / "results" / "dose.nii.gz"
    stored.rename(small_case / "elsewhere.nii.gz")
    gone = run(verb, small_case, *rest)
    assert gone.code == 2 and "is gone" in gone.err and "glisson dose" in gone.err
    (small_case / "elsewhere.nii.gz").rename(stored)
    edit(small_case, "id: pet\n", "id: pet-2\n")
    renamed = run(verb, small_case, *rest)
    assert renamed.code == 2 and "image 'pet', which is no longer in the case" in renamed.err
    edit(small_case, "id: pet-2\n", "id: pet\n")
    result = json.loads((small_case / "results" / "dose.json").read_text())
    (small_case / "results" / "dose.json").write_text(json.dumps(result | {"value": {}}))
    assert run(verb, small_case, *rest).code == 2


def test_other_files_in_the_results_folder_are_left_alone(small_case: Path, run: Run) -> None:
    run("dose", small_case, "--method", "local")
    (small_case / "results" / "notes.json").write_text("{}")
    assert run("report", small_case).code == 0


def test_plan_again_without_a_change_stays_the_signed_one(small_case: Path, run: Run) -> None:
    run("plan", small_case, "--method", "local")
    before = (small_case / "results" / "plan.json").read_bytes()
    assert run("sign", small_case, "--by", "A. Physicist", "--at", "2026-03-01T10:00:00+01:00").code == 0
    again = run("plan", small_case, "--method", "local")
    assert (small_case / "results" / "plan.json").read_bytes() == before
    assert "this plan is signed by A. Physicist" in again.err
    run("report", small_case)
    page = (small_case / "report" / "report.html").read_text()
    assert "This plan is signed: A. Physicist, 2026-03-01 10:00 (UTC+01:00)." in page


def test_plan_changed_after_the_signature_is_said_in_the_report(small_case: Path, run: Run) -> None:
    run("plan", small_case, "--method", "local")
    assert "This plan is not signed." in _page(small_case, run)
    run("sign", small_case, "--by", "A. Physicist", "--at", "2026-03-01T10:00:00+01:00")
    edit(small_case, "mean_dose_Gy: 40", "mean_dose_Gy: 35")
    assert "new plan, not signed" in run("plan", small_case, "--method", "local").err
    assert "This plan is not signed. Another plan of this case is: A. Physicist" in _page(small_case, run)


def test_plan_that_nothing_satisfies_is_signed_with_its_stop(small_case: Path, run: Run) -> None:
    edit(small_case, "- {on: lung", "- {on: tumour, mean_dose_Gy: 900, aim: target}\n        - {on: lung")
    assert run("plan", small_case, "--method", "local").code == 3
    ran = run("sign", small_case, "--by", "A. Physicist")
    assert ran.code == 0
    assert "no product satisfies" in ran.err


def _page(folder: Path, run: Run) -> str:
    assert run("report", folder).code == 0
    return (folder / "report" / "report.html").read_text()


def test_a_lesion_that_is_new_at_follow_up_leaves_the_dose_as_it_is(small_case: Path, run: Run) -> None:
    assert run("dose", small_case, "--method", "local").code == 0
    edit(small_case, LESION, LESION + "  - {id: tumour-2, kind: lesion, parent: right, role: new, name: Found later}\n")
    ran = run("report", small_case)
    assert ran.code == 0 and "which is new" not in ran.err and "Found later" not in ran.err
    assert run("export", small_case, "--dicom", small_case / "dicom").code == 0
    assert "tumour-2: lesion Found later, measured only, not drawn" in run("case", "check", small_case).err
