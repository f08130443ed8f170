"""Planar NM: two views, told apart by their codes, on one set of lines through the patient."""

from pathlib import Path

import numpy as np
import pytest
from dicom_files import ANTERIOR, POSTERIOR, write_nm, write_planar
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from glisson.errors import BadInput, GlissonError
from glisson.imaging.planar import read_planar
from glisson.voxels import Grid

FRONT = np.arange(20).reshape(4, 5)
BACK = 100 + np.arange(20).reshape(4, 5)


def test_views_by_code_and_the_back_mirrored(tmp_path: Path) -> None:
    read = read_planar(write_planar(tmp_path / "wb.dcm", {POSTERIOR: BACK, ANTERIOR: FRONT}))
    np.testing.assert_array_equal(read.anterior, FRONT)
    np.testing.assert_array_equal(read.posterior, BACK[:, ::-1])
    assert (read.pixel_mm, read.nuclide, read.findings) == ((2.4, 2.4), "Tc-99m", ())


def test_views_by_meaning_of_an_unknown_code(tmp_path: Path) -> None:
    views = {("1", "99X", "POSTERIOR"): BACK, ("2", "99X", "Anterior view"): FRONT}
    np.testing.assert_array_equal(read_planar(write_planar(tmp_path / "wb.dcm", views)).anterior, FRONT)


def test_mirroring_without_directions_is_said(tmp_path: Path) -> None:
    read = read_planar(write_planar(tmp_path / "wb.dcm", {ANTERIOR: FRONT, POSTERIOR: BACK}, directions=False))
    np.testing.assert_array_equal(read.posterior, BACK[:, ::-1])
    assert [finding.code for finding in read.findings] == ["planar.mirrored"]


def test_two_files_in_a_folder(tmp_path: Path) -> None:
    write_planar(tmp_path / "both" / "a.dcm", {ANTERIOR: FRONT})
    write_planar(tmp_path / "both" / "p.dcm", {POSTERIOR: BACK})
    np.testing.assert_array_equal(read_planar(tmp_path / "both").posterior, BACK[:, ::-1])


def test_energy_window_must_be_chosen(tmp_path: Path) -> None:
    windows = []
    for low, high in ((126, 154), (108, 126)):
        span, window = Dataset(), Dataset()
        span.EnergyWindowLowerLimit, span.EnergyWindowUpperLimit = low, high
        window.EnergyWindowRangeSequence = Sequence([span])
        windows.append(window)
    views = {ANTERIOR: FRONT, POSTERIOR: BACK}
    detectors = write_planar(tmp_path / "wb.dcm", views)
    import pydicom

    ds = pydicom.dcmread(detectors)
    ds.NumberOfFrames, ds.DetectorVector, ds.EnergyWindowVector = 4, [1, 2, 1, 2], [1, 1, 2, 2]
    ds.PixelData = np.stack([FRONT, BACK, FRONT + 7, BACK + 7]).astype(np.uint16).tobytes()
    ds.EnergyWindowInformationSequence = Sequence(windows)
    ds.save_as(detectors)
    with pytest.raises(BadInput, match=r"2 energy windows.*1 \(126 to 154 keV\), 2 \(108 to 126 keV\)"):
        read_planar(detectors)
    np.testing.assert_array_equal(read_planar(detectors, energy_window=2).anterior, FRONT + 7)
    with pytest.raises(BadInput, match="no energy window 3"):
        read_planar(detectors, energy_window=3)


def test_what_is_no_pair_of_views_is_refused(tmp_path: Path) -> None:
    cases = {
        "has no posterior view": write_planar(tmp_path / "a.dcm", {ANTERIOR: FRONT}),
        "which view is anterior": write_planar(tmp_path / "b.dcm", {ANTERIOR: FRONT, None: BACK}),
        "2 anterior views": write_planar(tmp_path / "c.dcm", {ANTERIOR: FRONT, ("1", "99X", "anterior"): BACK}),
        "is not a planar NM image": write_nm(tmp_path / "d.dcm", np.ones((2, 3, 4)), Grid.aligned((2, 3, 4), (3, 2, 1))),
        "DetectorVector has 3 values": write_planar(
            tmp_path / "e.dcm", {ANTERIOR: FRONT, POSTERIOR: BACK}, DetectorVector=[1, 2, 1]
        ),
    }
    for words, path in cases.items():
        with pytest.raises(GlissonError, match=words):
            read_planar(path)
    with pytest.raises(BadInput, match="says Tc-99m, the case says Y-90"):
        read_planar(write_planar(tmp_path / "f.dcm", {ANTERIOR: FRONT, POSTERIOR: BACK}), nuclide="Y-90")
    with pytest.raises(BadInput, match="no DICOM file"):
        (tmp_path / "empty").mkdir()
        read_planar(tmp_path / "empty")
