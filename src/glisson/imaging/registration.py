"""Rigid registration of one image onto another, by SimpleITK, with the figures that say how well it went."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.imaging.rigid_transform import RigidTransform, apply, read_transform, write_transform
from glisson.voxels import Grid, Image

Float = NDArray[np.float64]
Start = Literal["as is", "centres of the grids", "centres of mass"]

METRIC = "Mattes mutual information"
LEVELS = ((4, 4.0), (2, 2.0), (1, 0.0))
"""Shrink factor and blur (mm) of every resolution level."""
BINS = 32
SAMPLED_VOXELS = 200_000
LITTLE_OVERLAP_fraction = 0.5

__all__ = ["METRIC", "RigidTransform", "apply", "read_transform", "register_rigid", "write_transform"]


def register_rigid(
    fixed: Image, moving: Image, *, start: Start = "centres of the grids", seed: int = 1, threads: int = 1, iterations: int = 200
) -> RigidTransform:
    """Find the rotation and shift that bring ``moving`` onto ``fixed``: Mattes mutual information over three resolutions.

    With one thread (the default) the same inputs and seed give the same matrix to the last bit. With more, ITK adds partial
    sums in the order in which threads finish, and results agree to about 1e-9 mm only.

    Args:
        fixed: the image that stays, as the CT of the treatment.
        moving: the image to bring there, of any quantity.
        start: "as is" (same scanner, same session), centres of the grids laid upon each other, or centres of mass.
        seed: of the voxel sampling.
        threads: 1 or more.
        iterations: most steps at each resolution.

    Returns:
        The transform from the frame of ``moving`` to that of ``fixed``.

    Raises:
        BadInput: an image of one value only, images too small to register, sheared grids, or images that do not overlap.
    """
    import SimpleITK as sitk  # noqa: N813

    for name, image in (("fixed", fixed), ("moving", moving)):
        _require_registrable(name, image)
    if threads < 1 or iterations < 1:
        raise BadInput(f"{threads} threads, {iterations} iterations", allowed="1 or more")
    still, moved = (_shown_to_itk(image) for image in (fixed, moving))
    first = sitk.Euler3DTransform()
    if start == "as is":
        first.SetCenter(fixed.grid.to_world((np.array(fixed.grid.shape) - 1) / 2).tolist())
    else:
        kind = sitk.CenteredTransformInitializerFilter
        mode = kind.MOMENTS if start == "centres of mass" else kind.GEOMETRY
        first = sitk.Euler3DTransform(sitk.CenteredTransformInitializer(still, moved, first, mode))
    with _threads(threads):
        method, steps = _method(fixed.grid, seed=seed, iterations=iterations)
        try:
            before = _metric(still, moved, first, fixed.grid, seed=seed)
            method.SetInitialTransform(first, inPlace=False)
            found = method.Execute(still, moved)
            after = _metric(still, moved, found, fixed.grid, seed=seed)
        except RuntimeError:
            raise BadInput(
                "the two images do not overlap enough to be compared",
                do="choose another start (centres of mass), or crop the images to the same body part",
            ) from None
    to_moving = _matrix(found)
    matrix = RigidTransform(to_moving, fixed.grid.frame_of_reference, moving.grid.frame_of_reference).inverse().matrix
    overlap = _overlap(fixed.grid, moving.grid, matrix)
    return RigidTransform(
        matrix=matrix,
        from_frame=moving.grid.frame_of_reference,
        to_frame=fixed.grid.frame_of_reference,
        metric=METRIC,
        metric_before=before,
        metric_after=after,
        overlap_fraction=overlap,
        iterations=tuple(steps),
        settings={"start": start, "seed": seed, "threads": threads, "bins": BINS, "most_iterations": iterations},
        findings=_findings(before=before, after=after, overlap=overlap, steps=steps, most=iterations),
    )


def _require_registrable(name: str, image: Image) -> None:
    if not image.grid.is_orthogonal:
        raise BadInput(f"the {name} image lies on a sheared grid", do="resample it onto a grid with right angles")
    if min(image.grid.shape) < 4:
        raise BadInput(f"the {name} image has the shape {image.grid.shape}", allowed="at least 4 voxels along every axis")
    if float(image.array.min()) == float(image.array.max()):
        raise BadInput(f"the {name} image has one value only: there is nothing to align")


def _shown_to_itk(image: Image) -> Any:
    """The image for SimpleITK, columns first."""
    import SimpleITK as sitk  # noqa: N813

    shown = sitk.GetImageFromArray(np.ascontiguousarray(image.array, dtype=np.float32))
    shown.SetSpacing(image.grid.spacing_mm[::-1])
    shown.SetDirection(image.grid.directions[:, ::-1].ravel().tolist())
    shown.SetOrigin(image.grid.affine[:3, 3].tolist())
    return shown


@contextmanager
def _threads(number: int) -> Iterator[None]:
    """ITK takes the number of threads of its metric from a global setting only; it is put back afterwards."""
    import SimpleITK as sitk  # noqa: N813

    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(number)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


def _method(grid: Grid, *, seed: int, iterations: int) -> tuple[Any, list[int]]:
    """The registration, and a list that collects the steps taken at each level."""
    import SimpleITK as sitk  # noqa: N813

    method = _measured(grid, seed=seed)
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=2.0,
        minStep=1e-3,
        numberOfIterations=iterations,
        relaxationFactor=0.6,
        gradientMagnitudeTolerance=1e-8,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([shrink for shrink, _ in LEVELS])
    method.SetSmoothingSigmasPerLevel([blur for _, blur in LEVELS])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    steps: list[int] = []
    method.AddCommand(sitk.sitkMultiResolutionIterationEvent, lambda: steps.append(0))

    def count() -> None:
        steps[-1] = int(method.GetOptimizerIteration()) + 1

    method.AddCommand(sitk.sitkIterationEvent, count)
    return method, steps


def _measured(grid: Grid, *, seed: int) -> Any:
    import SimpleITK as sitk  # noqa: N813

    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(BINS)
    method.SetInterpolator(sitk.sitkLinear)
    share = SAMPLED_VOXELS / grid.voxels
    if share < 1:
        method.SetMetricSamplingStrategy(method.RANDOM)
        method.SetMetricSamplingPercentage(share, seed)
    return method


def _metric(still: Any, moved: Any, transform: Any, grid: Grid, *, seed: int) -> float:
    method = _measured(grid, seed=seed)
    method.SetInitialTransform(transform, inPlace=False)
    return float(method.MetricEvaluate(still, moved))


def _matrix(transform: Any) -> Float:
    """4 x 4 of a SimpleITK transform, from four points it maps."""
    origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    matrix = np.eye(4)
    for axis in range(3):
        unit = [0.0, 0.0, 0.0]
        unit[axis] = 1.0
        matrix[:3, axis] = np.array(transform.TransformPoint(unit)) - origin
    u, _, vt = np.linalg.svd(matrix[:3, :3])
    matrix[:3, :3] = u @ vt
    matrix[:3, 3] = origin
    return matrix


def _overlap(fixed: Grid, moving: Grid, matrix: Float) -> float:
    """Share of the fixed grid's voxels (every few along each axis) that lie inside the moved grid."""
    axes = [np.arange(0, n, max(1, n // 40)) for n in fixed.shape]
    index = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    at = Grid(moving.shape, matrix @ moving.affine).to_index(fixed.to_world(index))
    inside = np.all((at >= -0.5) & (at <= np.array(moving.shape) - 0.5), axis=1)
    return float(inside.mean())


def _findings(*, before: float, after: float, overlap: float, steps: Sequence[int], most: int) -> tuple[Finding, ...]:
    found: list[Finding] = []

    def warn(code: str, text: str) -> None:
        found.append(Finding(code=code, level=Level.WARNING, text=text))

    if overlap < LITTLE_OVERLAP_fraction:
        warn("registration-overlap", f"The registered image covers only {overlap:.0%} of the other one: look at the overlay.")
    if after >= before:
        warn("registration-no-gain", "The registration did not improve the match: look at the overlay, or choose another start.")
    if any(step >= most for step in steps[-1:]):
        warn("registration-not-converged", f"The registration stopped after {most} steps without converging.")
    return tuple(found)
