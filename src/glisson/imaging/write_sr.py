"""Structured report out: volume and absorbed dose of every structure as a DICOM measurement report (TID 1500)."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import ComprehensiveSRStorage

from glisson import __version__
from glisson.case import Site, SiteKind
from glisson.errors import BadInput
from glisson.imaging.dicom_context import DicomContext, SourceInstance, Written, stable_uid
from glisson.imaging.dicom_object import PROGRAM, date_and_time, finish, new_object, reference
from glisson.imaging.structure_codes import Code, category_and_type, organ_code

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

SERIES_NUMBER = 9005
OWN = "99GLISSON"
"""Scheme of the few concepts that DICOM has no code for (schemes that begin with 99 are private: PS3.16, 8.2)."""

GRAY: Code = ("Gy", "UCUM", "Gray")
NO_UNIT: Code = ("1", "UCUM", "no units")
MEASURES: dict[str, tuple[Code, Code]] = {
    "volume_mL": (("118565006", "SCT", "Volume"), ("mL", "UCUM", "milliliter")),
    "mass_g": (("118538004", "SCT", "Mass"), ("g", "UCUM", "gram")),
    "mean_dose_Gy": (("128533", "DCM", "Mean Absorbed Radiation Dose"), GRAY),
    "minimum_dose_Gy": (("128532", "DCM", "Minimum Absorbed Radiation Dose"), GRAY),
    "maximum_dose_Gy": (("128531", "DCM", "Maximum Absorbed Radiation Dose"), GRAY),
    "median_dose_Gy": (("128539", "DCM", "Median Absorbed Radiation Dose"), GRAY),
}
"""Concept and unit of every fixed measure (DICOM CID 10061); d95_Gy and v100_fraction follow their pattern."""


@dataclass(frozen=True)
class MeasuredStructure:
    """What was measured in one structure.

    Attributes:
        site: which structure.
        values: by name: those of ``MEASURES``, ``d<percent>_Gy`` (least dose to the hottest percent of the volume) and
            ``v<dose in Gy>_fraction`` (share of the volume with at least that dose). What is unknown is left out.
        uncertainties: one standard uncertainty by the same names, in the same unit.
    """

    site: Site
    values: Mapping[str, float]
    uncertainties: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def write_measurement_report(
    path: Path,
    *,
    context: DicomContext,
    measured: Sequence[MeasuredStructure],
    segments: Written | None = None,
    dose: Written | None = None,
) -> Written:
    """Write one measurement group per structure (TID 1411 where it is a segment of a SEG, else TID 1501).

    The report is complete, preliminary and unverified: a person verifies it in their own system. Groups carry the same
    tracking identifier as the segments of ``write_seg``. Uncertainties are written as the range of one standard uncertainty.

    Args:
        path: file to write.
        context: patient, study and source images.
        measured: at least one structure.
        segments: what ``write_seg`` returned, if it was written.
        dose: what ``write_rtdose`` returned, if it was written; listed as evidence.

    Raises:
        BadInput: nothing measured, a name that is no measure, a value that is not finite, or a structure given twice.
    """
    from highdicom.sr import MeasurementReport

    _check(measured)
    report = MeasurementReport(
        observation_context=_observer(context),
        procedure_reported=_concept(("RADIOEMBOLIZATION-DOSIMETRY", OWN, "Dosimetry of radioembolization")),
        imaging_measurements=[_group(one, context, segments, _source_series(context, dose)) for one in measured],
        title=_concept(("126000", "DCM", "Imaging Measurement Report")),
    )
    ds = new_object(
        context, sop_class=ComprehensiveSRStorage, modality="SR", series_number=SERIES_NUMBER, description="Dose of structures"
    )
    ds.ContentDate, ds.ContentTime = date_and_time(context)
    ds.CompletionFlag, ds.PreliminaryFlag, ds.VerificationFlag = "COMPLETE", "PRELIMINARY", "UNVERIFIED"
    ds.ReferencedPerformedProcedureStepSequence = Items()
    ds.PerformedProcedureCodeSequence = Items()
    scheme = Dataset()
    scheme.CodingSchemeDesignator, scheme.CodingSchemeName = OWN, PROGRAM
    ds.CodingSchemeIdentificationSequence = Items([scheme])
    evidence = _evidence(context, [written for written in (segments, dose) if written is not None])
    if evidence is not None:
        ds.CurrentRequestedProcedureEvidenceSequence = Items([evidence])
    for element in report[0]:
        ds[element.tag] = element
    return finish(ds, path, choices={"template": "TID 1500"})


def measure_code(name: str) -> tuple[Code, Code]:
    """Concept and unit of a measure.

    >>> measure_code("d95_Gy")[0]
    ('D95', '99GLISSON', 'Least absorbed dose to the hottest 95 % of the volume')

    Raises:
        BadInput: not a measure; the message lists them.
    """
    if name in MEASURES:
        return MEASURES[name]
    if (match := re.fullmatch(r"d(\d{1,2}(?:\.\d)?)_Gy", name)) is not None:
        return (f"D{match[1]}", OWN, f"Least absorbed dose to the hottest {match[1]} % of the volume"), GRAY
    if (match := re.fullmatch(r"v(\d{1,4}(?:\.\d)?)_fraction", name)) is not None:
        return (f"V{match[1]}", OWN, f"Share of the volume with at least {match[1]} Gy"), NO_UNIT
    raise BadInput(f"'{name}' is not a measure of this report", allowed=", ".join([*MEASURES, "d95_Gy", "v100_fraction"]))


def _check(measured: Sequence[MeasuredStructure]) -> None:
    if not any(one.values for one in measured):
        raise BadInput("nothing was measured", do="give at least one structure with one value")
    ids = [one.site.id for one in measured]
    for one in measured:
        if ids.count(one.site.id) > 1:
            raise BadInput(f"structure '{one.site.id}' is given twice")
        for name, value in (*one.values.items(), *one.uncertainties.items()):
            if not math.isfinite(value):
                raise BadInput(f"'{name}' of '{one.site.id}' is not a finite number", do="leave out what is unknown")
        for name in one.uncertainties:
            if name not in one.values:
                raise BadInput(f"'{name}' of '{one.site.id}' has an uncertainty and no value")


def _concept(code: Code) -> "CodedConcept":
    from highdicom.sr import CodedConcept

    return CodedConcept(value=code[0], scheme_designator=code[1], meaning=code[2])


def _observer(context: DicomContext) -> Any:
    from highdicom.sr import DeviceObserverIdentifyingAttributes, ObservationContext, ObserverContext

    device = DeviceObserverIdentifyingAttributes(
        uid=stable_uid("device", PROGRAM, __version__), name=PROGRAM, model_name=PROGRAM, serial_number=__version__
    )
    kind = _concept(("121007", "DCM", "Device"))
    return ObservationContext(observer_device_context=ObserverContext(observer_type=kind, observer_identifying_attributes=device))


def _source_series(context: DicomContext, dose: Written | None) -> str | None:
    """The series that the segments lie on: the source images, else the dose that was written."""
    if context.sources:
        return context.sources[0].series_instance_uid
    return dose.series_instance_uid if dose is not None else None


def _group(one: MeasuredStructure, context: DicomContext, segments: Written | None, series: str | None) -> Any:
    from highdicom import sr

    site = one.site
    category, kind = category_and_type(site)
    common: dict[str, Any] = {
        "tracking_identifier": sr.TrackingIdentifier(
            uid=stable_uid("structure", context.case_id, site.id), identifier=site.label
        ),
        "finding_category": _concept(category),
        "finding_type": _concept(kind),
        "measurements": [_measurement(name, value, one.uncertainties.get(name)) for name, value in one.values.items()],
    }
    organ = organ_code(site)
    if organ is not None and site.kind is not SiteKind.ORGAN:
        common["finding_sites"] = [sr.FindingSite(anatomic_location=_concept(organ))]
    if segments is None or site.id not in segments.numbers or series is None:
        return sr.MeasurementsAndQualitativeEvaluations(**common)
    segment = sr.ReferencedSegment(
        sop_class_uid=segments.sop_class_uid,
        sop_instance_uid=segments.sop_instance_uid,
        segment_number=segments.numbers[site.id],
        source_series=sr.SourceSeriesForSegmentation(series),
    )
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(referenced_segment=segment, **common)


def _measurement(name: str, value: float, uncertainty: float | None) -> Any:
    from highdicom.sr import Measurement, MeasurementProperties

    concept, unit = measure_code(name)
    properties = None
    if uncertainty is not None:
        properties = MeasurementProperties(
            upper_measurement_uncertainty=float(uncertainty), lower_measurement_uncertainty=float(uncertainty)
        )
    return Measurement(name=_concept(concept), value=float(value), unit=_concept(unit), properties=properties)


def _evidence(context: DicomContext, written: Sequence[Written]) -> Dataset | None:
    """Every object the report rests on, by series, all in the context's study; ``None`` when there is none."""
    series: dict[str, list[Dataset]] = {}
    objects: list[Written | SourceInstance] = [*written, *context.sources]
    for instance in objects:
        series.setdefault(instance.series_instance_uid, []).append(reference(instance))
    if not series:
        return None
    study = Dataset()
    study.StudyInstanceUID = context.study_instance_uid
    study.ReferencedSeriesSequence = Items()
    for uid, instances in series.items():
        item = Dataset()
        item.SeriesInstanceUID = uid
        item.ReferencedSOPSequence = Items(instances)
        study.ReferencedSeriesSequence.append(item)
    return study
