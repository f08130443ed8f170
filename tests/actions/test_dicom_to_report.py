"""From a folder of DICOM to the report and back to DICOM: the route of a hospital, on a simulated patient."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import FRAME, SECRET, write_pet, write_seg

from glisson.actions import dose_case, export_case, new_case_from_scans, report_case
from glisson.records import read_case
from glisson.simulate import simulated_patient
from glisson.voxels import Image
from glisson.voxels.resample import nearest

AT = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)

TREATMENT = """\
treatments:
  - id: sirt
    kind: radioembolization
    product: sir-spheres
    sessions:
      - id: delivery
        kind: delivery
        injections:
          - {territory: liver, activity_GBq: 1.45, at: 2026-03-01T10:00:00+01:00}
"""


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PET series and a SEG, as a scanner and a contouring station would leave them."""
    folder = tmp_path_factory.mktemp("scans")
    patient = simulated_patient(1)
    pet = patient.images["y90-pet"]
    grid = pet.grid.in_frame(FRAME)
    write_pet(folder / "pet", pet.array, grid)
    masks = {
        label: nearest(Image(m.grid.in_frame(FRAME), m.array, m.quantity), grid).array.astype(bool)
        for label, name in (("Liver", "liver"), ("Tumor 1", "lesion-1"), ("Tumor 2", "lesion-2"))
        if (m := patient.structures[name])
    }
    write_seg(folder / "seg.dcm", masks, grid)
    return folder


@pytest.fixture(scope="module")
def case(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("case") / "case"
    new_case_from_scans(scans, folder, case_id="gls-0007")
    with (folder / "case.yaml").open("a", encoding="utf-8") as file:
        file.write(TREATMENT)
    return folder


def test_case_is_recognised(case: Path) -> None:
    found = read_case(case)
    assert [(image.kind.value, image.purpose.value, image.nuclide) for image in found.images] == [("PET", "verification", "Y-90")]
    assert {site.kind.value for site in found.sites} == {"organ", "lesion"}
    assert len(found.sites) == 3


def test_dose_against_the_arrays_that_were_written(case: Path) -> None:
    result = dose_case(case, method="local", masks="nearest").result
    patient = simulated_patient(1)
    pet = patient.images["y90-pet"]
    elapsed_h = 24.0  # PET at 10:00 on the day after the injection at 10:00
    K, rho = 49.669, 1.05
    inside = nearest(patient.structures["lesion-1"], pet.grid).array.astype(bool)
    expected = float(pet.array[inside].mean(dtype=np.float64)) * 1e-6 * K / rho * 2 ** (elapsed_h / 64.1)
    row = next(row for row in result.value["structures"] if row["name"] == "Tumor 1")
    assert row["mean_Gy"] == pytest.approx(expected, rel=2e-3)
    assert result.value["activity"]["elapsed_h"] == pytest.approx(elapsed_h)


def test_report_and_export_of_dicom_join_the_study_and_leak_nothing(case: Path, scans: Path) -> None:
    dose_case(case, method="local")
    report_case(case, made_at=AT)
    export_case(case, dicom=case / "dicom", made_at=AT)
    source = pydicom.dcmread(next((scans / "pet").iterdir()), stop_before_pixels=True)
    for file in (case / "dicom").iterdir():
        written = pydicom.dcmread(file)
        assert written.StudyInstanceUID == source.StudyInstanceUID
        assert written.PatientID == source.PatientID
    assert pydicom.dcmread(case / "dicom" / "rtdose.dcm").FrameOfReferenceUID == FRAME
    for text in (case / "case.yaml", case / "results" / "dose.json", case / "report" / "report.html"):
        content = text.read_text(encoding="utf-8")
        for secret in (*str(SECRET).split("^"), str(source.PatientID), str(source.StudyInstanceUID), FRAME):
            assert secret not in content, text.name
