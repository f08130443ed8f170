"""``export``: dose and structures for planning stations, PACS and scripts."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.actions.changes import changes_since
from glisson.actions.contours import Contours
from glisson.actions.open_case import OpenCase, open_case
from glisson.actions.stored_dose import AGAIN, emission_of, stored_dose
from glisson.case import Finding, Result, Structure
from glisson.dose.engine import Progress, silent
from glisson.errors import BadInput, MissingFact
from glisson.records.results import read_results
from glisson.voxels import Image

if TYPE_CHECKING:
    from glisson.imaging.dicom_context import DicomContext
    from glisson.imaging.write_sr import MeasuredStructure

DICOM_FILES = ("rtplan.dcm", "rtdose.dcm", "rtstruct.dcm", "seg.dcm", "report-sr.dcm")


@dataclass(frozen=True)
class ExportDone:
    """What was written, from which result."""

    results: tuple[Result, ...]
    files: tuple[Path, ...]
    findings: tuple[Finding, ...]


def export_case(
    folder: Path, *, dicom: Path | None = None, nifti: Path | None = None, made_at: datetime, progress: Progress = silent
) -> ExportDone:
    """Writes the case's dose and structures as DICOM (RTPLAN, RTDOSE, RTSTRUCT, SEG, SR) and as NIfTI.

    Files are made in a temporary folder and moved when all of them are whole.

    Args:
        folder: the case folder, with a dose.
        dicom: folder for DICOM files; made if need be.
        nifti: folder for NIfTI files; made if need be.
        made_at: content date and time of the DICOM files, with its zone.
        progress: called with the share done.

    Raises:
        MissingFact: no dose has been computed.
        BadInput: nothing to write, a file that cannot be written, or a dose that no longer belongs to the case: other systems
            would show its numbers beside contours that they are not of.
    """
    if dicom is None and nifti is None:
        raise BadInput("nothing to export", do="give a folder for DICOM, for NIfTI, or for both")
    opened = open_case(folder)
    result = read_results(opened.folder).get("dose")
    if result is None:
        raise MissingFact("nothing to export", missing=["a dose (no dose in this case)"], do="run glisson dose CASE first")
    progress(0.05, "reading")
    dose = stored_dose(opened, result)
    _require_unchanged(opened, result, dose)
    structures = [s for s in Contours(opened, dose.grid).structures(opened.case.sites) if s.volume_mL > 0]
    files: list[Path] = []
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory(prefix="glisson-export-") as name:
        staged = Path(name)
        if dicom is not None:
            (staged / "dicom").mkdir()
            findings += _write_dicom(
                opened,
                staged / "dicom",
                result=result,
                dose=dose,
                structures=structures,
                made_at=made_at,
                progress=progress,
            )
        if nifti is not None:
            (staged / "nifti").mkdir()
            _write_nifti(staged / "nifti", dose, structures)
        for made, target in ((staged / "dicom", dicom), (staged / "nifti", nifti)):
            if target is not None:
                files += _move(made, target)
    return ExportDone((result,), tuple(files), tuple(dict.fromkeys((*opened.findings, *findings))))


def _require_unchanged(opened: OpenCase, result: Result, dose: Image) -> None:
    for finding in changes_since(opened, result, dose):
        raise BadInput(f"not exported: {finding.text.partition('. ')[0]}", do=AGAIN)


def _move(made: Path, target: Path) -> list[Path]:
    import shutil

    target.mkdir(parents=True, exist_ok=True)
    moved = []
    for file in sorted(made.iterdir()):
        shutil.copyfile(file, target / f".part-{file.name}")
        moved.append((target / f".part-{file.name}").replace(target / file.name))
    return moved


def _write_nifti(folder: Path, dose: Image, structures: Sequence[Structure]) -> None:
    from glisson.imaging.write_nifti import write_nifti

    write_nifti(dose, folder / "dose.nii.gz")
    for structure in structures:
        write_nifti(structure.mask, folder / f"{structure.id}.nii.gz")


def _write_dicom(
    opened: OpenCase,
    folder: Path,
    *,
    result: Result,
    dose: Image,
    structures: Sequence[Structure],
    made_at: datetime,
    progress: Progress,
) -> list[Finding]:
    from glisson.imaging.write_rtdose import write_rtdose
    from glisson.imaging.write_rtplan import write_rtplan
    from glisson.imaging.write_rtstruct import write_rtstruct
    from glisson.imaging.write_seg import write_seg
    from glisson.imaging.write_sr import write_measurement_report

    context = _context(opened, emission_of(opened, result), made_at)
    progress(0.2, "RTSTRUCT")
    written = []
    drawn = [_as_drawn(structure) for structure in structures]
    contours = write_rtstruct(drawn, folder / "rtstruct.dcm", context=context) if drawn else None
    plan = write_rtplan(folder / "rtplan.dcm", context=context, plan_label="glisson dose", structure_set=contours)
    progress(0.5, "RTDOSE")
    comment = f"{result.value['nuclide']}, {result.method}, complete decay; research, not a device"
    doses = write_rtdose(dose, folder / "rtdose.dcm", context=context, plan=plan, comment=comment)
    written += [plan, doses]
    if contours is not None:
        progress(0.7, "SEG")
        segments = write_seg(structures, folder / "seg.dcm", context=context)
        progress(0.9, "measurement report")
        report = write_measurement_report(
            folder / "report-sr.dcm",
            context=context,
            measured=[_measured(structure, result) for structure in structures],
            segments=segments,
            dose=doses,
        )
        written += [contours, segments, report]
    if context.sources:
        opened.note(
            "dicom-identity",
            "the DICOM files carry the name and number of the patient as the source images do, so that they are filed with them; "
            "they are not anonymous",
        )
    return [*context.findings, *(finding for one in written for finding in one.findings)]


def _context(opened: OpenCase, image: str, made_at: datetime) -> "DicomContext":
    """Patient and study of the emission series where it is DICOM; else a pseudonymous one."""
    from glisson.imaging.dicom_source import context_from_path

    reference = opened.case.image(image)
    return context_from_path(
        opened.path(reference.file),
        series=reference.series,
        case_id=opened.case.id,
        content_at=made_at,
        simulated=opened.case.simulated,
    )


def _measured(structure: Structure, result: Result) -> "MeasuredStructure":
    from glisson.imaging.write_sr import MeasuredStructure

    row: Mapping[str, Any] = next(r for r in result.value["structures"] if r["site"] == structure.id)
    named = {
        "volume_mL": row["volume_mL"], "mass_g": row["mass_g"], "mean_dose_Gy": row["mean_Gy"],
        "minimum_dose_Gy": row["min_Gy"], "maximum_dose_Gy": row["max_Gy"], "median_dose_Gy": row["median_Gy"],
        "d95_Gy": row["D95_Gy"], "d70_Gy": row["D70_Gy"], "d50_Gy": row["D50_Gy"], "v100_fraction": row["V"]["100"],
    }  # fmt: skip
    relative = (row.get("mean_uncertainty") or {}).get("relative_total")
    spread = {"mean_dose_Gy": relative * row["mean_Gy"]} if isinstance(relative, float) else {}
    return MeasuredStructure(structure.site, {name: value for name, value in named.items() if value is not None}, spread)


def _as_drawn(structure: Structure) -> Structure:
    """The structure on the grid of its contour, where its outline is sharpest."""
    if structure.drawn is None or structure.drawn.volume_mL == 0:
        return structure
    return Structure(structure.site, structure.drawn, "drawn on this grid", structure.contour_volume_mL)
