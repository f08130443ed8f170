"""From DICOM to the report, end to end, with where the time goes: a simulated Y-90 PET as DICOM, contours as DICOM SEG.

The floor is one read of the DICOM files and one write of the report's files.
"""

import cProfile
import io
import pstats
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from glisson.actions import dose_case, new_case_from_scans, report_case
from glisson.simulate import simulated_patient
from glisson.voxels.resample import nearest

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "imaging"))
from dicom_files import FRAME, write_pet, write_seg

AT = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
STEPS = {
    "new_case_from_scans": "recognise the folder, write the case",
    "read_mask": "read contours (SEG)",
    "read_image": "read images",
    "structure": "contours onto the emission grid",
    "absorbed_dose": "dose, histograms, uncertainty",
    "_store": "write results",
    "draw_all": "draw figures",
    "to_html": "HTML",
    "to_pdf": "PDF",
}


def dicom_scans(folder: Path) -> Path:
    """PET series and SEG of the simulated patient, written by the same code as in the tests."""
    patient = simulated_patient(1)
    pet = patient.images["y90-pet"]
    grid = pet.grid.in_frame(FRAME)
    write_pet(folder / "pet", pet.array, grid)
    names = {"Liver": "liver", "Tumor 1": "lesion-1", "Tumor 2": "lesion-2", "Tumor 3": "lesion-3"}
    masks = {label: nearest(patient.structures[name].in_frame(FRAME), grid).array.astype(bool) for label, name in names.items()}
    write_seg(folder / "seg.dcm", masks, grid)
    return folder


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        scans, folder = dicom_scans(Path(name) / "scans"), Path(name) / "case"
        files = [file for file in scans.rglob("*") if file.is_file()]
        start = time.perf_counter()
        read_bytes = sum(len(file.read_bytes()) for file in files)
        floor = time.perf_counter() - start
        profile = cProfile.Profile()
        start = time.perf_counter()
        profile.enable()
        new_case_from_scans(scans, folder)
        dose_case(folder)
        report_case(folder, made_at=AT)
        profile.disable()
        whole = time.perf_counter() - start
    stats = pstats.Stats(profile, stream=io.StringIO()).stats  # type: ignore[attr-defined]
    print(f"DICOM to report: {whole:.1f} s; floor (one read of {read_bytes / 1e6:.0f} MB in {len(files)} files) {floor:.3f} s")
    for function, words in STEPS.items():
        seconds = max((row[3] for key, row in stats.items() if key[2] == function and "glisson" in key[0]), default=0.0)
        print(f"  {words:36s} {100 * seconds / whole:5.1f} %")


if __name__ == "__main__":
    main()
