"""RTDOSE and enhanced multi-frame CT in; and that no library prints header values behind our back."""

import logging
import warnings
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from dicom_files import FRAME, base, cosines, oblique_grid, pixels, save, write_nm, write_pet, write_slices
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from glisson.errors import GlissonError, OutOfScope
from glisson.imaging.read import read_image
from glisson.voxels import Grid, Quantity

GRID = oblique_grid()
VALUES = np.arange(GRID.voxels).reshape(GRID.shape) - 900


def write_enhanced(path: Path, modality: str = "CT", **tags: object) -> Path:
    """Frames in an order that is not that of their positions."""
    ds = base(modality, path.name)
    order = [3, 0, 5, 1, 4, 2]
    measures, orientation, values, shared = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = [GRID.spacing_mm[1], GRID.spacing_mm[2]], 1.0
    orientation.ImageOrientationPatient = cosines(GRID)
    values.RescaleSlope, values.RescaleIntercept = 1, -1024
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = Sequence([measures]), Sequence([orientation])
    shared.PixelValueTransformationSequence = Sequence([values])
    frames = []
    for k in order:
        frame, place = Dataset(), Dataset()
        place.ImagePositionPatient = [float(f"{v:.6f}") for v in GRID.to_world((k, 0, 0))]
        frame.PlanePositionSequence = Sequence([place])
        frames.append(frame)
    pixels(ds, (VALUES[order] + 1024).astype(np.int16))
    ds.NumberOfFrames = len(order)
    ds.SharedFunctionalGroupsSequence, ds.PerFrameFunctionalGroupsSequence = Sequence([shared]), Sequence(frames)
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return save(ds, path)


def test_enhanced_ct_against_what_was_written(tmp_path: Path) -> None:
    read = read_image(write_enhanced(tmp_path / "ct.dcm"))
    np.testing.assert_array_equal(read.image.array, VALUES)
    assert read.image.grid.differences(GRID) == []


def test_enhanced_pet_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutOfScope, match="enhanced multi-frame PET"):
        read_image(write_enhanced(tmp_path / "pet.dcm", "PT"))


def test_multi_frame_without_positions_is_refused(tmp_path: Path) -> None:
    path = write_enhanced(tmp_path / "ct.dcm", PerFrameFunctionalGroupsSequence=Sequence([]))
    with pytest.raises(GlissonError, match="several frames in one CT file"):
        read_image(path)


def dose_file(path: Path, units: str) -> Path:
    """The dose file that comes with pydicom, whose dose is relative, with other units."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ds = pydicom.dcmread(str(get_testdata_file("rtdose.dcm")))
        ds.DoseUnits = units
        ds.save_as(path)
    return path


def test_rtdose_against_simpleitk(tmp_path: Path) -> None:
    path = dose_file(tmp_path / "d.dcm", "GY")
    read = read_image(path).image
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = sitk.ReadImage(str(path))
    assert read.quantity is Quantity.DOSE
    stored = sitk.GetArrayFromImage(theirs)  # ITK leaves DoseGridScaling, here 1e-6, to the caller
    np.testing.assert_allclose(read.array, stored * 1e-6, rtol=1e-6)
    np.testing.assert_allclose(read.grid.to_world((3, 2, 1)), theirs.TransformIndexToPhysicalPoint((1, 2, 3)), atol=1e-3)


def test_relative_dose_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutOfScope, match="not in Gy"):
        read_image(dose_file(tmp_path / "d.dcm", "RELATIVE"))


def test_libraries_print_no_header_values(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """pydicom warns with the value it dislikes; a reader must not pass that on."""
    grid = Grid.aligned((3, 4, 5), (3.0, 2.0, 1.0), frame_of_reference=FRAME)
    folder = write_slices(tmp_path / "ct", np.zeros(grid.shape), grid, PatientAge="Jane Doe", ContentTime="Jane Doe")
    assert "Jane" in caplog.text, "the writer was warned, so the reader would be too"
    caplog.clear()
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        read_image(folder)
    assert caught == []
    assert "Jane" not in caplog.text


def test_warning_state_of_the_caller_is_restored(tmp_path: Path) -> None:
    logger = logging.getLogger("pydicom")
    before = logger.level, list(warnings.filters)
    grid = Grid.aligned((3, 4, 5), (3.0, 2.0, 1.0))
    read_image(write_nm(tmp_path / "nm.dcm", np.ones(grid.shape), grid))
    with pytest.raises(GlissonError):
        read_image(write_pet(tmp_path / "pet", np.ones(grid.shape), grid, Units="GML"))
    assert (logger.level, list(warnings.filters)) == before
