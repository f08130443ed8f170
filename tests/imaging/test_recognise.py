"""What lies in a folder: kinds, purposes, sites from names, and why the rest was left out."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from dicom_files import (
    ANTERIOR,
    FRAME,
    POSTERIOR,
    SECRET,
    circle,
    some_activity,
    write_nm,
    write_pet,
    write_planar,
    write_rtstruct,
    write_seg,
    write_slices,
)

from glisson.case.image_reference import ImageKind, Purpose
from glisson.case.site import SiteKind
from glisson.errors import BadInput
from glisson.imaging.contours import read_mask
from glisson.imaging.read import read_image
from glisson.imaging.recognise import recognise
from glisson.imaging.recognised import Recognised
from glisson.imaging.structure_names import guess
from glisson.voxels import Grid

GRID = Grid.aligned((5, 6, 7), (3.0, 1.5, 2.0), (-10.0, -20.0, -30.0), FRAME)
ACTIVITY = some_activity(GRID.shape)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """A patient's export: CT, PET, SPECT, planar, SEG, RTSTRUCT, a report and a damaged file."""
    folder = tmp_path / "scans"
    write_slices(folder / "ct", ACTIVITY / 100 - 1000, GRID, SeriesInstanceUID="1.2.1")
    write_pet(folder / "pet", ACTIVITY, GRID, SeriesInstanceUID="1.2.2")
    write_nm(folder / "nm" / "spect.dcm", ACTIVITY, GRID, SeriesInstanceUID="1.2.3", FrameOfReferenceUID="1.9.9")
    write_planar(folder / "nm" / "wb.dcm", {ANTERIOR: np.eye(4), POSTERIOR: np.eye(4)}, SeriesInstanceUID="1.2.4")
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[1:4, 2:5, 2:5] = True
    write_seg(folder / "seg.dcm", {"Liver": mask, "Tumour 1": mask, "Unclear": mask}, GRID, SeriesInstanceUID="1.2.5")
    loops = [circle(4, z) for z in (-30.0, -27.0, -24.0)]
    write_rtstruct(folder / "rt.dcm", {"Perfused volume": loops, "Lungs": loops, "Spleen": []}, SeriesInstanceUID="1.2.6")
    (folder / "report.pdf").write_bytes(b"%PDF")
    (folder / "cut.dcm").write_bytes(next((folder / "ct").glob("*.dcm")).read_bytes()[:150])
    return folder


def by_id(found: Recognised) -> dict[str, object]:
    return {str(image.reference.id): image for image in found.images}


def test_images_of_an_export(scans: Path) -> None:
    found = recognise(scans)
    drafts = {image.reference.id: image.reference for image in found.images}
    assert {name: (draft.kind, draft.purpose, draft.file, draft.nuclide) for name, draft in drafts.items()} == {
        "ct": (ImageKind.CT, Purpose.ANATOMY, "ct", None),
        "pet-y-90": (ImageKind.PET, Purpose.VERIFICATION, "pet", "Y-90"),
        "spect-tc-99m": (ImageKind.SPECT, Purpose.MAPPING, "nm/spect.dcm", "Tc-99m"),
        "planar-tc-99m": (ImageKind.PLANAR, Purpose.LUNG_SHUNT, "nm/wb.dcm", "Tc-99m"),
    }
    frames = {image.reference.id: image.frame for image in found.images}
    assert frames["ct"] == frames["pet-y-90"] == "A"
    assert frames["spect-tc-99m"] == "B"
    assert drafts["pet-y-90"].activity_at == datetime(2026, 3, 2, 10, tzinfo=timezone(timedelta(hours=1)))
    assert "case.frames" in {finding.code for finding in found.findings}
    for draft in found.images:
        if draft.reference.kind is not ImageKind.PLANAR:
            read_image(scans / draft.reference.file, kind=draft.reference.kind, series=draft.reference.series)


def test_sites_of_an_export_can_be_read_back(scans: Path) -> None:
    found = recognise(scans)
    sites = {site.id: site for site in found.sites}
    assert {name: (site.kind, site.parent) for name, site in sites.items()} == {
        "liver": (SiteKind.ORGAN, None),
        "lungs": (SiteKind.ORGAN, None),
        "perfused-volume": (SiteKind.TERRITORY, "liver"),
        "tumour-1": (SiteKind.LESION, "liver"),
    }
    for site in found.sites:
        contour = site.contour
        read = read_mask(scans / contour.file, segment=contour.segment, roi=contour.roi)
        assert read.mask.array.any()
    assert sites["tumour-1"].contour.segment == "Tumour 1"


def test_what_was_left_out_has_its_reason(scans: Path) -> None:
    why = {(left.file, left.why) for left in recognise(scans).left_out}
    reasons = {
        ("report.pdf", "not an image format"),
        ("cut.dcm", "damaged or cut short"),
        ("seg.dcm", "'Unclear' is no name of a site"),
        ("rt.dcm", "ROI 'Spleen' has no contours"),
    }
    for file, words in reasons:
        assert any(name == file and words in text for name, text in why), (file, why)
    assert len(why) == len(reasons)


def test_nothing_of_the_patient_leaves_the_reader(scans: Path) -> None:
    text = repr([recognise(scans)])
    for private in (SECRET, "secret-1", FRAME, "1.2.5"):
        assert private not in text


def test_broken_series_is_left_out_with_its_message(scans: Path) -> None:
    next((scans / "pet").glob("*-2.dcm")).unlink()
    found = recognise(scans)
    assert "pet-y-90" not in by_id(found)
    assert any("1 slices are missing" in left.why and "series of 4 files" in left.why for left in found.left_out)


def test_two_series_in_one_folder_get_their_numbers(tmp_path: Path) -> None:
    folder = tmp_path / "scans"
    write_slices(folder / "all", ACTIVITY / 100 - 1000, GRID, SeriesInstanceUID="1.2.1", SeriesNumber=3)
    for file in write_pet(tmp_path / "pet", ACTIVITY, GRID, SeriesInstanceUID="1.2.2", SeriesNumber=2).iterdir():
        file.rename(folder / "all" / f"p{file.name}")
    found = {image.reference.kind: image.reference for image in recognise(folder).images}
    for kind, reference in found.items():
        assert reference.file == "all"
        assert read_image(folder / "all", series=reference.series).modality == ("PT" if kind is ImageKind.PET else "CT")


def test_files_of_two_patients_are_refused(scans: Path) -> None:
    write_slices(scans / "other", ACTIVITY / 100 - 1000, GRID, SeriesInstanceUID="1.3.1", PatientID="secret-2")
    with pytest.raises(BadInput, match="2 different patients") as error:
        recognise(scans)
    assert "secret" not in str(error.value)


def test_folder_without_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    with pytest.raises(BadInput, match="holds no image"):
        recognise(tmp_path)
    with pytest.raises(BadInput, match="no folder nowhere"):
        recognise(tmp_path / "nowhere")


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    nib.save(nib.Nifti1Image(array, np.diag([2.0, 2.0, 3.0, 1.0])), path)


def test_volumes_by_name_and_values(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    save(tmp_path / "a" / "y90_pet.nii.gz", random.random((6, 6, 6), dtype=np.float32) * 1e6)
    save(tmp_path / "a" / "maa_spect.nii.gz", random.integers(0, 90, (6, 6, 6), dtype=np.int16))
    save(tmp_path / "a" / "scan.nii.gz", random.integers(-1000, 900, (6, 6, 6), dtype=np.int16))
    save(tmp_path / "a" / "strange.nii.gz", random.random((6, 6, 6), dtype=np.float32))
    save(tmp_path / "a" / "liver.nii.gz", np.ones((6, 6, 6), dtype=np.uint8))
    save(tmp_path / "a" / "labels.nii.gz", random.integers(0, 4, (6, 6, 6), dtype=np.uint8))
    save(tmp_path / "a" / "empty.nii.gz", np.zeros((6, 6, 6), dtype=np.uint8))
    save(tmp_path / "a" / "series_pet.nii.gz", np.zeros((6, 6, 6, 3), dtype=np.float32))
    found = recognise(tmp_path / "a")
    drafts = {image.reference.file: image.reference for image in found.images}
    assert {file: (draft.kind, draft.unit, draft.nuclide) for file, draft in drafts.items()} == {
        "y90_pet.nii.gz": (ImageKind.PET, None, "Y-90"),
        "maa_spect.nii.gz": (ImageKind.SPECT, "counts", "Tc-99m"),
        "scan.nii.gz": (ImageKind.CT, "HU", None),
    }
    assert [site.id for site in found.sites] == ["liver"]
    why = {left.file: left.why for left in found.left_out}
    assert "cannot tell" in why["strange.nii.gz"]
    assert "3 labels without names" in why["labels.nii.gz"]
    assert "without a single voxel" in why["empty.nii.gz"]
    assert "4 dimensions" in why["series_pet.nii.gz"]


@pytest.mark.parametrize(
    ("name", "kind", "organ"),
    [
        ("Liver", SiteKind.ORGAN, "liver"),
        ("whole liver normal", SiteKind.NORMAL, "liver"),
        ("Normal Tissue", SiteKind.NORMAL, "liver"),
        ("perfused_normal", SiteKind.NORMAL, "liver"),
        ("non-tumoral liver", SiteKind.NORMAL, "liver"),
        ("Tumor 1", SiteKind.LESION, "liver"),
        ("liver lesion 3", SiteKind.LESION, "liver"),
        ("GTV_2", SiteKind.LESION, "liver"),
        ("mets", SiteKind.LESION, "liver"),
        ("perfused volume", SiteKind.TERRITORY, "liver"),
        ("right lobe", SiteKind.TERRITORY, "liver"),
        ("gall_bladder", SiteKind.ORGAN, "gallbladder"),
        ("Lt Lung", SiteKind.ORGAN, "lung"),
        ("lung_upper_lobe_left", SiteKind.ORGAN, "lung"),
        ("BODY", SiteKind.ORGAN, "body"),
        ("stomach", SiteKind.ORGAN, "stomach"),
    ],
)
def test_names_of_structures(name: str, kind: SiteKind, organ: str) -> None:
    found = guess(name)
    assert found is not None
    assert (found.kind, found.organ) == (kind, organ)


@pytest.mark.parametrize("name", ["Areola", "Tumor Bed", "GREEN", "portal vein", "x", ""])
def test_unknown_names_give_no_guess(name: str) -> None:
    assert guess(name) is None


@pytest.mark.real_data
def test_real_folders(real_data: Path) -> None:
    pet_and_spect = recognise(real_data / "y90_pet_maa_spect")
    assert [image.reference.kind for image in pet_and_spect.images] == [ImageKind.PET, ImageKind.SPECT]
    assert {"liver", "tumor-1", "tumor-6", "perfused-volume", "gallbladder"} <= {site.id for site in pet_and_spect.sites}
    ct = recognise(real_data / "ct_liver_seg_dicom")
    assert [image.frame for image in ct.images] == ["A"]
    assert {contour.frame for contour in ct.contours if contour.file.endswith(".dcm")} == {"A"}
