"""RTPLAN out: the plan without beams that an RTDOSE refers to.

DICOM (PS3.3, RT Dose module) asks an RTDOSE of summation type PLAN to name its plan, and planning stations attach an
incoming dose to a plan they hold. A radioembolization has no beam, no applicator and no source positions, so the plan
written here has one fraction group with no beam and no brachytherapy setup, intent RESEARCH, not approved: it names the
treatment, ties dose and structure set together, and can drive no machine.
"""

from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import RTPlanStorage

from glisson.imaging.dicom_context import DicomContext, Written
from glisson.imaging.dicom_object import NOT_A_DEVICE, date_and_time, finish, new_object, reference, short

SERIES_NUMBER = 9002


def write_rtplan(path: Path, *, context: DicomContext, plan_label: str, structure_set: Written | None = None) -> Written:
    """Write a plan without beams, to which RTDOSE files refer.

    Args:
        path: file to write.
        context: patient and study.
        plan_label: at most 16 characters, as "Y-90 verified".
        structure_set: what ``write_rtstruct`` returned; the plan's geometry is then PATIENT, else TREATMENT_DEVICE.

    Raises:
        BadInput: a label that DICOM cannot hold, or a file that cannot be written.
    """
    ds = new_object(
        context, sop_class=RTPlanStorage, modality="RTPLAN", series_number=SERIES_NUMBER, description="Plan without beams"
    )
    ds.OperatorsName = ""
    ds.RTPlanLabel = short(plan_label, 16, "plan label")
    ds.RTPlanDescription = f"Radioembolization: no beam, no applicator. {NOT_A_DEVICE}."
    ds.RTPlanDate, ds.RTPlanTime = date_and_time(context)
    ds.PlanIntent = "RESEARCH"
    ds.RTPlanGeometry = "PATIENT" if structure_set is not None else "TREATMENT_DEVICE"
    if structure_set is not None:
        ds.ReferencedStructureSetSequence = Items([reference(structure_set)])
        if structure_set.frame_of_reference_uid is not None:
            ds.FrameOfReferenceUID = structure_set.frame_of_reference_uid
            ds.PositionReferenceIndicator = ""
    group = Dataset()
    group.FractionGroupNumber = 1
    group.NumberOfFractionsPlanned = 1
    group.NumberOfBeams = 0
    group.NumberOfBrachyApplicationSetups = 0
    ds.FractionGroupSequence = Items([group])
    ds.ApprovalStatus = "UNAPPROVED"
    return finish(ds, path, choices={"plan": "one fraction group without beams, intent RESEARCH, not approved"})
