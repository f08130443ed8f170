"""Case folders around the two real image sets."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "imaging"))  # dicom_files: DICOM written by the tests
sys.path.insert(0, str(Path(__file__).parent))  # registry_reports

PATIENT_1 = """\
glisson: 1
id: patient-1
images:
  - {{id: pet, file: {data}/patient_1_Y90_PET.nrrd, kind: PET, purpose: verification, unit: Bq/mL, nuclide: Y-90}}
sites:
  - {{id: liver, kind: organ, organ: liver, contour: {{file: {data}/patient_1_masks/liver.nii.gz}}}}
  - {{id: tumour-1, kind: lesion, parent: liver, contour: {{file: {data}/patient_1_masks/tumor_1.nii.gz}}}}
  - {{id: tumour-2, kind: lesion, parent: liver, contour: {{file: {data}/patient_1_masks/tumor_2.nii.gz}}}}
  - {{id: tumour-4, kind: lesion, parent: liver, contour: {{file: {data}/patient_1_masks/tumor_4.nii.gz}}}}
  - {{id: normal, kind: normal, parent: liver, contour: {{file: {data}/patient_1_masks/normal_tissue.nii.gz}}}}
treatments:
  - id: sirt
    kind: radioembolization
    sessions:
      - {{id: delivery, kind: delivery, injections: [{{territory: liver, activity_GBq: 1.4}}]}}
"""

PATIENT_2 = """\
glisson: 1
id: patient-2
images:
  - {{id: spect, file: {data}/patient_2_SPECT.nrrd, kind: SPECT, purpose: mapping, unit: counts, nuclide: Tc-99m}}
sites:
  - {{id: liver, kind: organ, organ: liver, contour: {{file: {data}/patient_2_masks/liver.nii.gz}}}}
  - {{id: gallbladder, kind: organ, organ: gallbladder, contour: {{file: {data}/patient_2_masks/gallbladder.nii.gz}}}}
  - {{id: perfused, kind: territory, parent: liver, contour: {{file: {data}/patient_2_masks/perfused_volume.nii.gz}}}}
  - {{id: tumour-1, kind: lesion, parent: perfused, contour: {{file: {data}/patient_2_masks/tumor_1.nii.gz}}}}
  - {{id: tumour-2, kind: lesion, parent: perfused, contour: {{file: {data}/patient_2_masks/tumor_2.nii.gz}}}}
  - {{id: perfused-normal, kind: normal, parent: perfused, contour: {{file: {data}/patient_2_masks/perfused_normal.nii.gz}}}}
  - {{id: whole-normal, kind: normal, parent: liver, contour: {{file: {data}/patient_2_masks/whole_liver_normal.nii.gz}}}}
treatments:
  - id: sirt
    kind: radioembolization
    planning:
      products: [sir-spheres, therasphere]
      mapping_image: spect
      lung_mass_g: 1000
      limits:
        - {{on: perfused normal liver, mean_dose_Gy: 40, product: sir-spheres}}
        - {{on: whole normal liver, mean_dose_Gy: 75, product: therasphere}}
        - {{on: lung, mean_dose_Gy: 30}}
observations:
  - {{what: lung_shunt_fraction, value: 0}}
"""


def _case(text: str, real_data: Path, folder: Path) -> Path:
    folder.mkdir()
    (folder / "case.yaml").write_text(text.format(data=(real_data / "y90_pet_maa_spect").resolve()), encoding="utf-8")
    return folder


@pytest.fixture
def patient_1(real_data: Path, tmp_path: Path) -> Path:
    """The real Y-90 PET with its contours."""
    return _case(PATIENT_1, real_data, tmp_path / "patient-1")


@pytest.fixture
def patient_2(real_data: Path, tmp_path: Path) -> Path:
    """The real MAA SPECT with its contours, and the limits that were entered."""
    return _case(PATIENT_2, real_data, tmp_path / "patient-2")


@pytest.fixture(scope="session")
def registries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Simulated registries on disk: "cirel" of 40 patients, the constructed 36, and the same 36 under other keys."""
    from registry_reports import door

    from glisson.actions.registry.simulated import simulate_study

    folder = tmp_path_factory.mktemp("registries")
    asked = {"cirel": ("cirel", 40), "cohort36": ("cohort36", None), "other keys": ("cohort36", None)}
    found = {name: folder / f"{name.replace(' ', '-')}.db" for name in asked}
    for name, (study, patients) in asked.items():
        simulate_study(door(found[name]), study=study, patients=patients)
    return found


@pytest.fixture(scope="session")
def reports(registries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The whole report of each of them, as a folder."""
    from registry_reports import MADE_AT, door

    from glisson.actions.cohort.report import report_registry

    folder = tmp_path_factory.mktemp("reports")
    asked = {"cirel": "cirel", "cohort36": "regional36", "other keys": "regional36"}
    for name, protocol in asked.items():
        report_registry(door(registries[name]), protocol, folder / name, made_at=MADE_AT)
    return {name: folder / name for name in asked}
