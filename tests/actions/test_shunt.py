"""The measured lung shunt of a case on planar views, against counts by hand."""

from pathlib import Path

import numpy as np
import pytest
from dicom_files import ANTERIOR, POSTERIOR, write_planar

from glisson.actions.shunt import ShuntDone, shunt_case
from glisson.errors import BadInput, MissingFact

CASE = """\
glisson: 1
id: planar
images:
  - {id: wb, file: wb.dcm, kind: planar, purpose: lung-shunt, nuclide: Tc-99m}
"""
LUNG, LIVER, BACKGROUND = (0, 1, 0, 4), (4, 7, 0, 4), (9, 9, 0, 4)


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """Front and back, 10 rows of 8: background 1 and 4; lungs 6 and 9 in 2 rows, liver 51 and 54 in 4 rows, right half cold."""
    views = []
    for behind in (1, 4):
        view = np.full((10, 8), behind)
        view[0:2, 0:5] += 5
        view[4:8, 0:5] += 50
        views.append(view)
    (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
    write_planar(tmp_path / "wb.dcm", {ANTERIOR: views[0], POSTERIOR: views[1][:, ::-1]})
    return tmp_path


def test_shunt_of_rectangles_against_hand_count(case: Path) -> None:
    """Lungs 10 pixels of 5, liver 20 pixels of 50, once the background of each view is off."""
    found = shunt_case(case, lung=LUNG, liver=LIVER, background=BACKGROUND)
    assert found.shunt.fraction == pytest.approx(50 / 1050)
    with_background = ((6 * 9) ** 0.5 * 10) / ((6 * 9) ** 0.5 * 10 + (51 * 54) ** 0.5 * 20)
    assert shunt_case(case, lung=LUNG, liver=LIVER).shunt.fraction == pytest.approx(with_background)


def test_the_result_names_its_input_and_its_source(case: Path) -> None:
    def done() -> ShuntDone:
        return shunt_case(case, lung=LUNG, liver=LIVER)

    first = done().result
    assert first.sources == ("van-roekel-thesis",)
    assert len(first.inputs["image wb"]) == 64
    data = bytearray((case / "wb.dcm").read_bytes())
    data[-1] ^= 1
    (case / "wb.dcm").write_bytes(data)
    assert done().result.sha256() != first.sha256()


def test_refusals(case: Path) -> None:
    with pytest.raises(MissingFact, match="rectangle for the lungs"):
        shunt_case(case, liver=LIVER)
    with pytest.raises(BadInput, match="liver rectangle"):
        shunt_case(case, lung=LUNG, liver=(4, 10, 0, 4))
