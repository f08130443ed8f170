"""Files that a dose is written to: the map, its standard error, the record of the run; checked before anything is computed."""

from pathlib import Path

from glisson.case import Run
from glisson.errors import BadInput
from glisson.records.results import store_run
from glisson.voxels import Image

WRITABLE = (".nii.gz", ".nii", ".nrrd")


def require_out(out: Path | None) -> Path:
    """The file that a map goes to.

    Raises:
        BadInput: none was given, or it cannot be written.
    """
    if out is None:
        raise BadInput("no file to write the dose to", do="give --out DOSE.nii.gz")
    if not out.name.endswith(WRITABLE):
        raise BadInput(f"cannot write '{out.name}'", allowed=", ".join(WRITABLE))
    if not out.parent.is_dir():
        raise BadInput(f"cannot write '{out.name}': its folder does not exist", do="make the folder first")
    return out


def require_sigma(sigma: Path | None, method: str, out: Path | None = None) -> None:
    """Refuse a file for the standard error where there is none, or that cannot be written.

    Raises:
        BadInput: so.
    """
    if sigma is None:
        return
    if method != "montecarlo":
        raise BadInput(f"a standard error of the method '{method}'", allowed="only with the method montecarlo")
    require_out(sigma)
    if out is not None and sigma.resolve() == out.resolve():
        raise BadInput(f"'{sigma.name}' for the dose and for its standard error", do="give two files")


def write_map(image: Image, path: Path) -> Path:
    """NIfTI or NRRD, by the name."""
    if path.name.endswith(".nrrd"):
        from glisson.imaging.write_nrrd import write_nrrd

        write_nrrd(image, path)
    else:
        from glisson.imaging.write_nifti import write_nifti

        write_nifti(image, path)
    return path


def write_sigma(standard_error: Image | None, sigma: Path | None) -> tuple[Path, ...]:
    """The standard error, where it is wanted."""
    return () if sigma is None or standard_error is None else (write_map(standard_error, sigma),)


def write_run(run: Run, dose: Path) -> Path:
    """The record of the run beside a map: ``DOSE.run.json`` beside ``DOSE.nii.gz``."""
    ending = next(ending for ending in WRITABLE if dose.name.endswith(ending))
    return store_run(dose.with_name(dose.name.removesuffix(ending) + ".run.json"), run)
