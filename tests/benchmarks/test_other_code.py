"""Another Monte Carlo code through the runner: a stand-in that answers with the local method, and answers that cannot be used."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LOCAL = """
import json, sys
from pathlib import Path
from glisson.actions import dose_image

folder = Path(sys.argv[1])
asked = json.loads((folder / "ask.json").read_text())
dose_image(folder / "activity.nii.gz", unit="Bq/mL", nuclide=asked["nuclide"], method="local",
           density=str(folder / "density.nii.gz"), out=folder / "dose.nii.gz")
(folder / "answer.json").write_text(json.dumps({"name": "stand-in", "cpu_seconds": 2.0, "histories": asked["histories"]}))
"""


SMALL = """
import sys
import nibabel as nib
import numpy as np

nib.save(nib.Nifti1Image(np.ones((3, 3, 3), np.float32), np.eye(4)), sys.argv[1] + "/dose.nii.gz")
"""


@pytest.fixture(autouse=True)
def _root_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT)


def script(folder: Path, text: str) -> str:
    file = folder / "code.py"
    file.write_text(text, encoding="utf-8")
    return f"{sys.executable} {file}"


def test_a_stand_in_stands_beside_ours(tmp_path: Path) -> None:
    from benchmarks import other

    command = script(tmp_path, LOCAL)
    other.main(["--command", command, "--out", str(tmp_path / "out"), "--histories", "64000", "--threads", "1"])
    page = (tmp_path / "out" / "other.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| stand-in |"))
    assert "32,000" in row  # 64,000 histories in the 2 s that it says
    found = json.loads((tmp_path / "out" / "other.json").read_text(encoding="utf-8"))
    assert set(found["codes"]) == {"stand-in", "glisson, quick", "glisson, fine"}
    assert found["codes"]["stand-in"]["merit"] is None and found["codes"]["glisson, fine"]["merit"] > 0
    tumour = {row[0]: row[1] for row in found["differences"]}
    assert 2.0 < float(tumour["stand-in"].removesuffix(" %")) < 20.0  # nothing leaves the tumour
    assert abs(float(tumour["glisson, quick"].removesuffix(" %"))) < 2.0
    assert (tmp_path / "out" / "phantom" / "legend.csv").read_text(encoding="utf-8").startswith("label,material\n0,air\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import sys; sys.exit(3)", "ended with 3"),
        ("pass", "left no 'dose.nii.gz'"),
        (SMALL, "shape"),
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(tmp_path: Path, text: str, words: str) -> None:
    from benchmarks.other import run_command, write_input
    from benchmarks.phantom import phantom

    from glisson.errors import GlissonError

    write_input(tmp_path / "phantom", phantom(), histories=1, threads=1)
    with pytest.raises(GlissonError, match=words):
        run_command(script(tmp_path, text), tmp_path / "phantom")


def test_the_folder_is_put_where_the_command_wants_it(tmp_path: Path) -> None:
    from benchmarks.other import run_command, write_input
    from benchmarks.phantom import phantom

    write_input(tmp_path / "phantom", phantom(), histories=1, threads=1)
    answer = run_command(script(tmp_path, LOCAL) + " {folder}", tmp_path / "phantom")
    assert answer.name == "stand-in" and answer.standard_error is None and answer.dose.array.max() > 0


def test_an_old_answer_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    from benchmarks.other import write_input
    from benchmarks.phantom import phantom

    (tmp_path / "dose.nii.gz").write_bytes(b"old")
    write_input(tmp_path, phantom(), histories=1, threads=1)
    assert not (tmp_path / "dose.nii.gz").exists()
