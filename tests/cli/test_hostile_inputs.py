"""Odd and hostile inputs: every one works or gives one clear message with code 2; none is a bug of the program."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
Change = Callable[[Path], object]


def edit(before: str, after: str) -> Change:
    def change(folder: Path) -> None:
        text = (folder / "case.yaml").read_text(encoding="utf-8")
        assert before in text
        (folder / "case.yaml").write_text(text.replace(before, after, 1), encoding="utf-8")

    return change


def raw(change: Callable[[bytes], bytes]) -> Change:
    return lambda folder: (folder / "case.yaml").write_bytes(change((folder / "case.yaml").read_bytes()))


REFUSED: dict[str, tuple[Change, str, list[str]]] = {
    "control characters": (raw(lambda text: b"\0\0"), "dose {case}", ["case.yaml", "control characters"]),
    "nested without end": (raw(lambda text: b"[" * 5000), "dose {case}", ["case.yaml", "depth"]),
    "number of 5000 digits": (edit("activity_GBq: 1.0", "activity_GBq: " + "9" * 5000), "dose {case}", ["case.yaml", "numbers"]),
    "two documents": (raw(lambda text: text + b"\n---\na: 1\n"), "dose {case}", ["another document"]),
    "tag that runs code": (raw(lambda text: b'!!python/object/apply:os.system ["true"]'), "dose {case}", ["not a mapping"]),
    "tabs": (edit("  - {id: ct", "\t- {id: ct"), "dose {case}", ["line 13"]),
    "UTF-16": (raw(lambda text: text.decode().encode("utf-16")), "dose {case}", ["UTF-8"]),
    "id that climbs out of the folder": (edit("id: small", "id: ../../small"), "dose {case}", ["small letters"]),
    "path with backslashes": (edit("file: pet.nii.gz", "file: scans\\pet.nii.gz"), "dose {case}", ["pet.nii.gz", "not there"]),
    "image in another millennium": (
        edit("2026-03-03T09:00:00+01:00", "9999-12-31T23:59:59-14:00"),
        "dose {case}",
        ["half-lives", "check both instants"],
    ),
    "results is a file": (lambda f: (f / "results").write_text("x"), "dose {case}", ["results", "where a folder is wanted"]),
    "export onto a file": (
        lambda f: (f / "out").write_text("x"),
        "export {case} --nifti {case}/out",
        ["nothing to export"],
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_input_gives_one_clear_message(name: str, small_case: Path, run: Run) -> None:
    change, command, words = REFUSED[name]
    change(small_case)
    ran = run(*command.format(case=small_case).split())
    assert ran.code == 2, ran.err
    assert "Traceback" not in ran.err + ran.out
    for word in words:
        assert word in ran.err, ran.err


WORKS: dict[str, Change] = {
    "byte order mark": raw(lambda text: b"\xef\xbb\xbf" + text),
    "carriage returns": raw(lambda text: text.replace(b"\n", b"\r\n")),
    "markup in a name": edit("{id: tumour-1, kind", '{id: tumour-1, name: "[red]T[/red] $x_1$ <b> #let", kind'),
    "letters of the world": edit("{id: tumour-1, kind", '{id: tumour-1, name: "Tumör 日本 é", kind'),
}


@pytest.mark.parametrize("name", WORKS)
def test_odd_but_valid_case_works(name: str, small_case: Path, run: Run) -> None:
    WORKS[name](small_case)
    assert run("dose", small_case, "--method", "local").code == 0
    assert run("report", small_case).code == 0


def test_markup_in_a_name_is_printed_as_it_is(small_case: Path, run: Run) -> None:
    edit("{id: tumour-1, kind", '{id: tumour-1, name: "[red]T[/red]", kind')(small_case)
    assert "[red]T[/red]" in run("dose", small_case, "--method", "local").err


def test_spaces_and_letters_in_paths(small_case: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = tmp_path / "Fälle der Woche" / "case one"
    shutil.copytree(small_case, moved)
    monkeypatch.chdir(moved)
    assert run("dose", ".", "--method", "local").code == 0
    link = tmp_path / "link"
    link.symlink_to(moved, target_is_directory=True)
    assert run("dose", link / "case.yaml", "--method", "local").code == 0
    assert run("export", link, "--nifti", moved / "aus fuhr").code == 0


def test_report_onto_a_file_says_so(small_case: Path, run: Run) -> None:
    run("dose", small_case, "--method", "local")
    ran = run("report", small_case, "--out", small_case / "case.yaml")
    assert ran.code == 2
    assert "where a folder is wanted" in ran.err


def test_reasons_are_said_when_nothing_can_be_used(tmp_path: Path, run: Run) -> None:
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "a.nii.gz").write_bytes(b"no image")
    (tmp_path / "scans" / "notes.txt").write_text("notes")
    ran = run("case", "new", tmp_path / "scans", "--out", tmp_path / "case")
    assert ran.code == 2
    assert ran.err.index("a.nii.gz") < ran.err.index("notes.txt")
    assert "docs" not in ran.err


def test_files_left_out_for_one_reason_stand_in_one_line(small_case: Path, tmp_path: Path, run: Run) -> None:
    for name in ("LICENSE", "README.md"):
        (small_case / name).write_text("words")
    ran = run("case", "new", small_case, "--out", tmp_path / "new")
    assert ran.code == 0
    lines = [line for line in ran.err.splitlines() if "not an image format" in line]
    assert len(lines) == 1 and "LICENSE" in lines[0] and "README.md" in lines[0]


def test_interrupted_run_says_so_and_leaves_nothing(small_case: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("glisson.actions.dose.absorbed_dose", stop)
    ran = run("dose", small_case)
    assert ran.code == 130
    assert ran.err.endswith("glisson: stopped; nothing half-written was left behind\n")
    assert not (small_case / "results").exists()


def test_patient_text_of_headers_goes_nowhere_but_into_dicom(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text field of the source holds a word; it is on no screen, in no result, report or NIfTI, and DICOM out says it carries it."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "imaging"))
    from dicom_files import oblique_grid, some_activity, write_pet

    word = "SECRETWORD"
    fields = (
        "PatientID",
        "StudyDescription",
        "SeriesDescription",
        "AccessionNumber",
        "InstitutionName",
        "ImageComments",
        "StudyID",
    )
    grid = oblique_grid()
    scans = write_pet(tmp_path / "scans", some_activity(grid.shape), grid, PatientName=f"{word}^A", **dict.fromkeys(fields, word))
    case = tmp_path / "case"
    said = [run("case", "new", scans, "--out", case), run("case", "check", case), run("dose", case, "--method", "local")]
    said += [run("report", case), run("export", case, "--dicom", case / "dicom", "--nifti", case / "nifti")]
    assert [ran.code for ran in said] == [0] * 5, [ran.err for ran in said]
    assert word not in "".join(ran.out + ran.err for ran in said)
    assert "not anonymous" in said[-1].err
    files = [path for path in case.rglob("*") if path.is_file()]
    carry = {path.parent.name for path in files if word.encode() in _unpacked(path)}
    assert carry == {"dicom"}


def test_text_in_the_modality_is_not_printed(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "imaging"))
    from dicom_files import oblique_grid, some_activity, write_pet

    grid = oblique_grid()
    write_pet(tmp_path / "scans", some_activity(grid.shape), grid, Modality="SECRETWORD")
    (tmp_path / "case.yaml").write_text(
        "glisson: 1\nid: c\nimages:\n  - {id: pet, file: scans, kind: PET, purpose: verification, nuclide: Y-90}\n"
    )
    ran = run("dose", tmp_path)
    assert ran.code == 2 and "an unknown modality" in ran.err
    assert "SECRETWORD" not in ran.err


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content
