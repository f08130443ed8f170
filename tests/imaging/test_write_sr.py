"""The measurement report against highdicom's reading of TID 1500 and dciodvfy."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from dicom_files import errors_of_dciodvfy

from glisson.case import Site, Structure
from glisson.errors import BadInput
from glisson.imaging.dicom_context import Written, pseudonymous
from glisson.imaging.write_rtdose import write_rtdose
from glisson.imaging.write_rtplan import write_rtplan
from glisson.imaging.write_seg import write_seg
from glisson.imaging.write_sr import MEASURES, MeasuredStructure, measure_code, write_measurement_report
from glisson.voxels import Grid, Image, Quantity

CONTEXT = pseudonymous("case-1", content_at=datetime(2026, 3, 2, tzinfo=UTC))
GRID = Grid.aligned((3, 6, 8), (4, 2, 2), frame_of_reference="1.2.3.9")
LIVER = Site(id="liver", kind="organ", organ="liver", contour={"file": "a.nrrd"})
TUMOUR = Site(id="t1", kind="lesion", name="tumour 1", organ="liver", parent="liver", contour={"file": "a.nrrd"})
NORMAL = Site(id="normal", kind="normal", organ="liver", parent="liver")
MEASURED = [
    MeasuredStructure(LIVER, {"volume_mL": 1490.8, "mass_g": 1565.3, "mean_dose_Gy": 33.31}, {"mean_dose_Gy": 2.5}),
    MeasuredStructure(
        TUMOUR,
        {
            "volume_mL": 15.6,
            "mean_dose_Gy": 68.1,
            "minimum_dose_Gy": 1.25,
            "maximum_dose_Gy": 1 / 3 * 1e3,
            "median_dose_Gy": 60.0,
            "d95_Gy": 12.5,
            "d70_Gy": 37.4,
            "v100_fraction": 0.182,
        },
    ),
    MeasuredStructure(NORMAL, {"mean_dose_Gy": 11.0}),
]


def segments_and_dose(folder: Path) -> tuple[Written, Written]:
    array = np.zeros(GRID.shape, dtype=bool)
    array[1, 2:4, 2:5] = True
    masks = [Structure(site, Image(GRID, array, Quantity.MASK), "drawn on this grid", 0.1) for site in (LIVER, TUMOUR)]
    plan = write_rtplan(folder / "plan.dcm", context=CONTEXT, plan_label="Y-90")
    dose = write_rtdose(Image(GRID, array * 50.0, Quantity.DOSE), folder / "dose.dcm", context=CONTEXT, plan=plan)
    return write_seg(masks, folder / "seg.dcm", context=CONTEXT), dose


def test_report_against_highdicom(tmp_path: Path) -> None:
    import highdicom

    segments, dose = segments_and_dose(tmp_path)
    written = write_measurement_report(tmp_path / "sr.dcm", context=CONTEXT, measured=MEASURED, segments=segments, dose=dose)
    report = highdicom.sr.srread(written.path).content
    groups = report.get_volumetric_roi_measurement_groups()
    assert [group.tracking_identifier for group in groups] == ["liver", "tumour 1"]
    for number, group in enumerate(groups, start=1):
        named = group.referenced_segment[0].ReferencedSOPSequence[0]
        assert named.ReferencedSOPInstanceUID == segments.sop_instance_uid
        assert named.ReferencedSegmentNumber == number
    assert groups[1].finding_type.meaning == "Lesion" and groups[1].finding_sites[0].value.meaning == "Liver"
    tumour = {m.name.value: (m.value, m.unit.value) for m in groups[1].get_measurements()}
    assert tumour["118565006"] == (15.6, "mL")
    assert tumour["128533"] == (68.1, "Gy")
    assert tumour["128531"][0] == pytest.approx(1e3 / 3, rel=1e-12)
    assert tumour["D95"] == (12.5, "Gy") and tumour["V100"] == (0.182, "1")
    (mean,) = groups[0].get_measurements(name=highdicom.sr.CodedConcept("128533", "DCM", "Mean Absorbed Radiation Dose"))
    uncertainty = [item for item in mean[0].ContentSequence if item.ValueType == "NUM"]
    assert {float(item.MeasuredValueSequence[0].NumericValue) for item in uncertainty} == {2.5}
    (normal,) = report.get_image_measurement_groups()
    assert normal.tracking_identifier == "normal", "not in the SEG: a group without a segment"


def test_report_carries_the_tracking_identifier_of_the_segment(tmp_path: Path) -> None:
    segments, dose = segments_and_dose(tmp_path)
    seg = pydicom.dcmread(segments.path)
    written = write_measurement_report(tmp_path / "sr.dcm", context=CONTEXT, measured=MEASURED, segments=segments, dose=dose)
    text = written.path.read_bytes().decode("latin-1")
    assert all(str(item.TrackingUID) in text for item in seg.SegmentSequence)
    ds = pydicom.dcmread(written.path)
    assert (ds.CompletionFlag, ds.PreliminaryFlag, ds.VerificationFlag) == ("COMPLETE", "PRELIMINARY", "UNVERIFIED")
    named = {
        instance.ReferencedSOPInstanceUID
        for series in ds.CurrentRequestedProcedureEvidenceSequence[0].ReferencedSeriesSequence
        for instance in series.ReferencedSOPSequence
    }
    assert named == {segments.sop_instance_uid, dose.sop_instance_uid}


@pytest.mark.dicom3tools
def test_report_against_dciodvfy(tmp_path: Path) -> None:
    segments, dose = segments_and_dose(tmp_path)
    full = write_measurement_report(tmp_path / "sr.dcm", context=CONTEXT, measured=MEASURED, segments=segments, dose=dose)
    alone = write_measurement_report(tmp_path / "alone.dcm", context=CONTEXT, measured=MEASURED)
    assert errors_of_dciodvfy(full.path) == [] and errors_of_dciodvfy(alone.path) == []


def test_report_is_the_same_bytes_twice(tmp_path: Path) -> None:
    a, b = (write_measurement_report(tmp_path / f"{n}.dcm", context=CONTEXT, measured=MEASURED).path for n in "ab")
    assert a.read_bytes() == b.read_bytes()


def test_own_codes_are_used_only_where_the_standard_has_none() -> None:
    from pydicom.sr.codedict import codes

    for concept, _ in MEASURES.values():
        assert any(code.value == concept[0] for code in (codes.SCT.Volume, codes.SCT.MassQuantity, *_dcm(codes))), concept
    assert measure_code("v0.5_fraction")[0][0] == "V0.5"


def _dcm(codes) -> list:
    names = ("Mean", "Minimum", "Maximum", "Median")
    return [getattr(codes.DCM, f"{name}AbsorbedRadiationDose") for name in names]


@pytest.mark.parametrize(
    ("measured", "match"),
    [
        ([], "nothing was measured"),
        ([MeasuredStructure(LIVER, {})], "nothing was measured"),
        ([MEASURED[0], MEASURED[0]], "given twice"),
        ([MeasuredStructure(LIVER, {"mean_dose_Gy": float("nan")})], "not a finite number"),
        ([MeasuredStructure(LIVER, {"mean_dose_Gy": 1.0}, {"d95_Gy": 1.0})], "an uncertainty and no value"),
        ([MeasuredStructure(LIVER, {"mean_dose": 1.0})], "'mean_dose' is not a measure"),
    ],
)
def test_report_refuses_and_leaves_no_file(tmp_path: Path, measured: list, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        write_measurement_report(tmp_path / "sr.dcm", context=CONTEXT, measured=measured)
    assert not list(tmp_path.iterdir())
