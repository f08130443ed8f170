"""Deliberately broken inputs: each gives one clear message and exit code 2, no traceback, and leaves nothing half-written."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

Change = Callable[[Path], object]


def edit(before: str, after: str) -> Change:
    """Replaces text in case.yaml."""

    def change(folder: Path) -> None:
        text = (folder / "case.yaml").read_text()
        assert before in text
        (folder / "case.yaml").write_text(text.replace(before, after, 1))

    return change


def rewrite(name: str, array: Callable[[np.ndarray], np.ndarray], affine: np.ndarray | None = None) -> Change:
    """Changes the voxels or the affine of one NIfTI file."""

    def change(folder: Path) -> None:
        old = nib.load(folder / name)
        image = nib.Nifti1Image(array(np.asarray(old.dataobj)), old.affine)
        if affine is not None:
            image.set_qform(None, code="unknown")
            image.header["srow_x"], image.header["srow_y"], image.header["srow_z"] = affine[:3]
            image = nib.Nifti1Image(image.dataobj, None, image.header)
        nib.save(image, folder / name)

    return change


def with_one(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def put(array: np.ndarray) -> np.ndarray:
        out = array.astype(np.float32)
        out[16, 16, 9] = value
        return out

    return put


def same(array: np.ndarray) -> np.ndarray:
    return array


def text_file(name: str, text: str = "this is not an image") -> Change:
    return lambda folder: (folder / name).write_text(text)


def truncate(name: str) -> Change:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:200])


def truncate_unpacked(name: str) -> Change:
    """A file whose gzip layer is whole but whose content ends early."""
    return lambda folder: (folder / name).write_bytes(gzip.compress(gzip.decompress((folder / name).read_bytes())[:5000]))


SHEARED = np.array([[4.0, 0, 0, 0], [4.0, 0, 0, 0], [0, 0, 4.0, 0], [0, 0, 0, 1]])
DOSE, PLAN = "dose {case}", "plan {case}"
ARRAYS = "dose --activity {case}/pet.nii.gz --out {case}/out.nii.gz"

BROKEN: dict[str, tuple[Change, str, list[str]]] = {
    # the case file
    "no such folder": (lambda f: None, "dose {case}/nowhere", ["no folder 'nowhere'"]),
    "folder without a case": (lambda f: (f / "case.yaml").unlink(), DOSE, ["holds no case.yaml", "glisson case new"]),
    "case file is binary": (lambda f: (f / "case.yaml").write_bytes(b"\xff\xfe\x00"), DOSE, ["not UTF-8"]),
    "case file is not YAML": (edit("images:", "images: ["), DOSE, ["not YAML", "line"]),
    "case file is a list": (lambda f: (f / "case.yaml").write_text("- a\n- b\n"), DOSE, ["not a mapping"]),
    "unknown key": (edit("residual_fraction", "residual_fractoin"), DOSE, ["line", "did you mean 'residual_fraction'"]),
    "key twice": (edit("id: small", "id: small\nid: other"), DOSE, ["stands twice"]),
    "id with spaces": (edit("id: small", "id: Jane Doe"), DOSE, ["line 2", "id"]),
    "two sites with one id": (edit("id: lungs", "id: liver"), DOSE, ["two sites have the id 'liver'"]),
    "parent that is no site": (edit("parent: right}", "parent: rihgt}"), DOSE, ["not a site"]),
    "site is its own ancestor": (
        edit("{id: liver, kind: organ, organ: liver,", "{id: liver, kind: organ, organ: liver, parent: right,"),
        DOSE,
        ["its own ancestor"],
    ),
    "lesion as territory": (edit("territory: right,", "territory: tumour-1,"), DOSE, ["not a territory"]),
    "time without zone": (edit("2026-03-03T09:00:00+01:00", "2026-03-03T09:00:00"), DOSE, ["no time zone", "offset"]),
    "time that is no time": (edit("2026-03-03T09:00:00+01:00", "tuesday"), DOSE, ["not a date and time"]),
    "negative injected activity": (edit("activity_GBq: 1.0", "activity_GBq: -1.0"), DOSE, ["line", "activity_GBq"]),
    "activity in MBq": (edit("activity_GBq: 1.0", "activity_GBq: 1000"), DOSE, ["less than or equal to 100"]),
    "residual above 1": (edit("residual_fraction: 0.01", "residual_fraction: 1.5"), DOSE, ["residual_fraction"]),
    "shunt in percent": (edit("lung_shunt_fraction, value: 0.05", "lung_shunt_fraction, value: 5"), PLAN, ["outside 0 to 1"]),
    "height in metres": (edit("value: 170", "value: 1.70"), PLAN, ["outside 80 to 250"]),
    "unknown observation": (edit("what: weight_kg", "what: wieght_kg"), PLAN, ["unknown observation", "weight_kg"]),
    "unknown operation": (
        edit(
            "{id: normal, kind: normal, parent: liver}", "{id: normal, kind: normal, parent: liver, contour: {operation: minus}}"
        ),
        DOSE,
        ["unknown operation", "subtract"],
    ),
    "threshold above 1": (
        edit("contour: {file: right.nii.gz}", "contour: {operation: threshold, image: spect, within: liver, fraction: 40}"),
        PLAN,
        ["fraction", "less than 1"],
    ),
    # what a command is asked
    "unknown method": (lambda f: None, DOSE + " --method magic", ["unknown method 'magic'", "kernel", "local"]),
    "unknown mask rule": (lambda f: None, DOSE + " --masks fuzzy", ["covered, nearest"]),
    "unknown dose constant": (lambda f: None, DOSE + " --constant 42", ["no dose constant '42'", "49.67"]),
    "unknown image": (lambda f: None, DOSE + " --image mri", ["no image 'mri'", "pet"]),
    "unknown treatment": (lambda f: None, PLAN + " --treatment tace", ["no treatment 'tace'", "sirt"]),
    "unknown product": (edit("products: [sir-spheres", "products: [sirspheres"), PLAN, ["sirspheres", "sir-spheres"]),
    "no verification image": (edit("purpose: verification", "purpose: follow-up"), DOSE, ["no verification image"]),
    "no treatment to plan": (edit("kind: radioembolization", "kind: TACE"), PLAN, ["radioembolization"]),
    "sign before planning": (lambda f: None, "sign {case} --by Someone", ["no plan", "glisson plan"]),
    "report before anything": (lambda f: None, "report {case}", ["nothing to report", "glisson plan"]),
    "export before dose": (lambda f: None, "export {case} --dicom {case}/dicom", ["no dose", "glisson dose"]),
    "export nothing": (lambda f: None, "export {case}", ["nothing to export", "--dicom"]),
    "damaged result": (
        lambda f: ((f / "results").mkdir(), (f / "results" / "plan.json").write_text("{")),
        "report {case}",
        ["not a glisson result"],
    ),
    "dose of nothing": (lambda f: None, "dose", ["CASE folder, or --activity"]),
    "dose of two things": (lambda f: None, "dose {case} --activity {case}/pet.nii.gz", ["CASE folder, or --activity"]),
    "activity without unit": (lambda f: None, ARRAYS, ["--unit", "Bq/mL"]),
    "activity in an unknown unit": (lambda f: None, ARRAYS + " --unit mCi/mL", ["mCi/mL", "Bq/mL"]),
    "unknown nuclide": (lambda f: None, ARRAYS + " --unit Bq/mL --nuclide Y-91", ["unknown nuclide 'Y-91'", "Y-90"]),
    "imaging nuclide": (lambda f: None, ARRAYS + " --unit Bq/mL --nuclide Tc-99m", ["imaging only"]),
    "output of unknown format": (
        lambda f: None,
        "dose --activity {case}/pet.nii.gz --unit Bq/mL --out {case}/out.jpg",
        ["out.jpg", ".nii.gz"],
    ),
    "output folder absent": (
        lambda f: None,
        "dose --activity {case}/pet.nii.gz --unit Bq/mL --out {case}/no/out.nii.gz",
        ["folder does not exist"],
    ),
    "activity without out": (lambda f: None, "dose --activity {case}/pet.nii.gz --unit Bq/mL", ["--out"]),
    "new case over an old one": (lambda f: None, "case new {case} --out {case}", ["already holds"]),
    "new case from nothing": (lambda f: (f / "empty").mkdir(), "case new {case}/empty --out {case}/new", ["no image"]),
    "new case from nowhere": (lambda f: None, "case new {case}/nowhere --out {case}/new", ["nowhere"]),
    # files
    "missing image": (lambda f: (f / "pet.nii.gz").unlink(), DOSE, ["pet.nii.gz", "not there"]),
    "missing mask": (lambda f: (f / "liver.nii.gz").unlink(), DOSE, ["liver.nii.gz", "not there"]),
    "text named as an image": (text_file("pet.nii.gz"), DOSE, ["pet.nii.gz"]),
    "truncated gzip": (truncate("pet.nii.gz"), DOSE, ["pet.nii.gz"]),
    "truncated voxels": (truncate_unpacked("pet.nii.gz"), DOSE, ["pet.nii.gz"]),
    "image of unknown format": (
        lambda f: ((f / "pet.nii.gz").rename(f / "pet.xyz"), edit("file: pet.nii.gz", "file: pet.xyz")(f)),
        DOSE,
        ["pet.xyz"],
    ),
    "four dimensions": (rewrite("pet.nii.gz", lambda a: np.stack([a, a], axis=-1)), DOSE, ["pet.nii.gz", "4"]),
    "one slice of two dimensions": (rewrite("pet.nii.gz", lambda a: a[:, :, 0]), DOSE, ["pet.nii.gz"]),
    "not-a-number voxel": (rewrite("pet.nii.gz", with_one(np.nan)), DOSE, ["not finite"]),
    "infinite voxel": (rewrite("pet.nii.gz", with_one(np.inf)), DOSE, ["not finite"]),
    "negative activity": (rewrite("pet.nii.gz", lambda a: a - 0.5 * a.max()), DOSE, ["negative"]),
    "no activity at all": (rewrite("pet.nii.gz", np.zeros_like), DOSE, ["no activity"]),
    "activity per voxel taken as a concentration": (rewrite("pet.nii.gz", lambda a: a * 1e6), DOSE, ["GBq in the field", "unit"]),
    "no counts at all": (rewrite("spect.nii.gz", np.zeros_like), PLAN, ["no count"]),
    "singular affine": (rewrite("pet.nii.gz", same, SHEARED), DOSE, ["singular"]),
    "mask beyond 0 to 1": (rewrite("liver.nii.gz", lambda a: a * 7.5), DOSE, ["liver.nii.gz"]),
    "mask with a NaN": (rewrite("liver.nii.gz", with_one(np.nan)), DOSE, ["liver.nii.gz"]),
    "mask in another frame": (
        edit("nuclide: Y-90\n", "nuclide: Y-90\n    frame_of_reference: scanner-2\n"),
        DOSE,
        ["frame of reference", "drawn_on"],
    ),
    "segment that is not there": (
        edit("contour: {file: liver.nii.gz}", "contour: {file: liver.nii.gz, segment: 9}"),
        DOSE,
        ["liver.nii.gz", "9"],
    ),
    "roi of a file that has none": (
        edit("contour: {file: liver.nii.gz}", "contour: {file: liver.nii.gz, roi: Liver}"),
        DOSE,
        ["liver.nii.gz"],
    ),
    "unit that is no activity": (edit("unit: Bq/mL", "unit: Gy"), DOSE, ["Gy"]),
    "counts as activity": (edit("unit: Bq/mL", "unit: counts"), DOSE, ["counts", "Bq/mL"]),
    "imaging nuclide in a case": (edit("nuclide: Y-90", "nuclide: Tc-99m"), DOSE, ["Tc-99m"]),
    "nuclide against the product": (edit("nuclide: Y-90", "nuclide: Ho-166"), DOSE, ["Ho-166", "Y-90"]),
    "density on another grid": (
        rewrite("ct.nii.gz", lambda a: np.ones(a.shape, np.float32)[:-1]),
        ARRAYS + " --unit Bq/mL --density {case}/ct.nii.gz",
        ["same grid", "shape"],
    ),
    "density of zero under activity": (
        rewrite("ct.nii.gz", lambda a: np.zeros(a.shape, np.float32)),
        ARRAYS + " --unit Bq/mL --density {case}/ct.nii.gz",
        ["density"],
    ),
    "negative density": (lambda f: None, ARRAYS + " --unit Bq/mL --density -1", ["density"]),
    "seed outside the image": (
        edit(
            "contour: {file: right.nii.gz}",
            "contour: {operation: grow, image: ct, seed_mm: [900, 0, 0], low: 0, high: 100}",
        ),
        "contour {case} --site right --out {case}/right-grown.nii.gz",
        ["outside"],
    ),
    "unknown site to contour": (lambda f: None, "contour {case} --site spleen --out {case}/x.nii.gz", ["no site 'spleen'"]),
    "register to itself": (lambda f: None, "register {case} --moving ct --fixed ct", ["ct"]),
}


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_input_gives_one_clear_message(name: str, small_case: Path, run: Callable[..., Any]) -> None:
    change, command, words = BROKEN[name]
    change(small_case)
    before = files_of(small_case)
    ran = run(*command.format(case=small_case).split())
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err + ran.out
    assert len([line for line in ran.err.splitlines() if line.startswith("glisson: ")]) == 1
    for word in words:
        assert word in ran.err, ran.err
    assert files_of(small_case) == before, "something was written"


def test_small_case_itself_is_whole(small_case: Path, run: Callable[..., Any]) -> None:
    """Without this, every test above could pass because the case is broken in another way."""
    assert run("plan", small_case).code == 0
    assert run("dose", small_case).code == 0
    assert run("report", small_case).code == 0
