"""Every model conserves energy and reads its own compartments back, also where masks cover voxels partly."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.case import Site, Structure
from glisson.case.site import FileContour
from glisson.dose.compartments import require_conservation, share_out
from glisson.dose.constant import dose_constant
from glisson.dose.mird import mean_dose_Gy
from glisson.errors import MissingFact
from glisson.plan.field import Assignment, make_field, voxel_mass
from glisson.plan.injections import PlannedDelivery
from glisson.plan.models import Partition, mird_model, partition_model, voxel_model
from glisson.plan.sirt import partition_dose
from glisson.voxels import Grid, Image, Quantity

SHAPE = (3, 4, 5)
GRID = Grid.aligned(SHAPE, (4.0, 3.0, 2.0))
Y90 = dose_constant("Y-90")
K = Y90.K_Gy_kg_per_GBq


def mask(array: np.ndarray) -> Image:
    return Image(GRID, array.astype(np.float32), Quantity.MASK)


def made(name: str, kind: str, array: np.ndarray, **more: str) -> Structure:
    site = Site(id=name, kind=kind, contour=FileContour(file="x.nii"), **more)
    return Structure(site, mask(array), "covered fraction", 1.0)


def scene(seed: int) -> tuple[list[Structure], list[PlannedDelivery], np.ndarray]:
    """Fractional masks that overlap in every way, two overlapping territories, own shunts and residues, uneven density."""
    rng = np.random.default_rng(seed)
    liver = rng.random(SHAPE)
    a, b = liver * (rng.random(SHAPE) < 0.6), liver * (rng.random(SHAPE) < 0.6)
    a[0, 0, 0] = b[0, 0, 0] = liver[0, 0, 0] = 1.0
    lesion = np.round(rng.random(SHAPE) * (rng.random(SHAPE) < 0.3), 2)
    lesion[0, 0, 0] = 0.5
    organ = rng.random(SHAPE) * (rng.random(SHAPE) < 0.2)
    structures = [
        made("liver", "organ", liver, organ="liver"),
        made("a", "territory", a, parent="liver"),
        made("b", "territory", b, parent="liver"),
        made("lesion", "lesion", lesion, parent="liver"),
        made("gallbladder", "organ", organ, organ="gallbladder"),
    ]
    counts = rng.random(SHAPE) + 0.01
    deliveries = [
        PlannedDelivery("a", structures[1], "m", counts, 0.02, 0.05, 0.7),
        PlannedDelivery("b", structures[2], "m", counts, 0.00, 0.10, 0.3),
    ]
    return structures, deliveries, 0.5 + rng.random(SHAPE)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), assignment=st.sampled_from(Assignment))
def test_every_model_conserves_energy(seed: int, assignment: Assignment) -> None:
    structures, deliveries, density = scene(seed)
    mass = voxel_mass(GRID, Image(GRID, density, Quantity.DENSITY))
    field = make_field(deliveries, grid=GRID, assignment=assignment)
    compartments = share_out(structures, SHAPE)
    assert np.sum([c.share for c in compartments], axis=0) == pytest.approx(np.ones(SHAPE), abs=1e-6)
    lesion = structures[3].mask.array
    parts = [
        Partition(np.minimum(lesion, d.territory.mask.array), np.maximum(d.territory.mask.array - lesion, 0)) for d in deliveries
    ]
    models = [
        voxel_model(field, deliveries, constant=Y90, density=1.05, mass_g=mass),
        mird_model(deliveries, constant=Y90, mass_g=mass),
        partition_model(deliveries, parts, constant=Y90, mass_g=mass),
    ]
    for model in models:
        rows = model.ledger(compartments, mass, activity_GBq=2.5, lung_mass_g=900.0)
        assert rows[-1].compartment == "lungs (shunt)" and any(r.role == "remainder" for r in rows)
        require_conservation(rows, emitted_J=K * 2.5 * (0.7 * 0.98 + 0.3), tolerance=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_mird_reads_its_perfused_volume_back_on_partly_covered_voxels(seed: int) -> None:
    structures, deliveries, density = scene(seed)
    mass = voxel_mass(GRID, Image(GRID, density, Quantity.DENSITY))
    one = [PlannedDelivery("a", structures[1], "m", deliveries[0].counts, 0.02, 0.05)]
    model = mird_model(one, constant=Y90, mass_g=mass)
    share = structures[1].mask.array
    expected = mean_dose_Gy(
        activity_GBq=1.0, mass_g=float(np.sum(share * mass)), constant=Y90, lung_shunt_fraction=0.05, residual_fraction=0.02
    )
    assert model.mean_Gy(share, mass, tissue="any") == pytest.approx(expected, rel=1e-6)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_partition_reads_tumour_and_normal_back_on_partly_covered_voxels(seed: int) -> None:
    structures, deliveries, density = scene(seed)
    mass = voxel_mass(GRID, Image(GRID, density, Quantity.DENSITY))
    territory = structures[1].mask.array
    tumour = np.minimum(structures[3].mask.array, territory)
    normal = territory - tumour
    one = [PlannedDelivery("a", structures[1], "m", deliveries[0].counts, 0.0, 0.0)]
    model = partition_model(one, [Partition(tumour, normal)], constant=Y90, mass_g=mass, entered_ratio=4.0)
    expected = partition_dose(
        activity_GBq=1.0,
        tumour_mass_g=float(np.sum(tumour * mass)),
        normal_mass_g=float(np.sum(normal * mass)),
        tumour_to_normal=4.0,
        K_Gy_kg_per_GBq=K,
    )
    assert model.mean_Gy(tumour, mass, tissue="tumour") == pytest.approx(expected.tumour_Gy, rel=1e-6)
    assert model.mean_Gy(normal, mass, tissue="normal") == pytest.approx(expected.normal_Gy, rel=1e-6)


def test_local_deposition_is_energy_over_mass() -> None:
    structures, deliveries, _ = scene(1)
    mass = voxel_mass(GRID, 1.05)
    one = [PlannedDelivery("a", structures[1], "m", deliveries[0].counts, 0.0, 0.0)]
    field = make_field(one, grid=GRID, assignment=Assignment.PERFUSED)
    model = voxel_model(field, one, constant=Y90, density=1.05, mass_g=mass)
    territory = structures[1].mask.array.astype(float)
    inside = float(np.sum(one[0].counts * territory))
    lesion = structures[3].mask.array
    expected = K * float(np.sum(lesion * one[0].counts)) / inside / (float(np.sum(lesion * mass)) / 1000)
    assert model.mean_Gy(lesion, mass, tissue="tumour") == pytest.approx(expected, rel=1e-6)


def test_overlapping_territories_add() -> None:
    _, deliveries, _ = scene(2)
    both = make_field(deliveries, grid=GRID, assignment=Assignment.PERFUSED)
    apart = [make_field([d], grid=GRID, assignment=Assignment.PERFUSED).inside for d in deliveries]
    assert both.inside == pytest.approx(apart[0] + apart[1])
    assert both.inside.sum() == pytest.approx(0.7 * 0.98 * 0.95 + 0.3 * 0.90)


def test_injections_with_images_of_their_own_keep_them() -> None:
    _, (a, b), _ = scene(3)
    other = PlannedDelivery("b", b.territory, "second", a.counts[::-1].copy(), 0.0, 0.1, 0.3)
    field = make_field([a, other], grid=GRID, assignment=Assignment.PERFUSED)
    held = other.counts * b.territory.mask.array
    expected = make_field([a], grid=GRID, assignment=Assignment.PERFUSED).inside + 0.27 * held / held.sum()
    assert field.inside == pytest.approx(expected)


def test_over_the_whole_field_nothing_lies_outside() -> None:
    _, deliveries, _ = scene(4)
    lung = np.zeros(SHAPE)
    lung[2] = 1.0
    field = make_field(deliveries, grid=GRID, assignment=Assignment.FIELD, lung=lung)
    assert not field.outside.any() and not field.inside[2].any()
    assert field.inside.sum() == pytest.approx(0.7 * 0.98 * 0.95 + 0.3 * 0.90)


def test_partition_without_a_tumour_says_what_is_missing() -> None:
    _, deliveries, _ = scene(5)
    nothing = [Partition(np.zeros(SHAPE, np.float32), d.territory.mask.array) for d in deliveries]
    with pytest.raises(MissingFact, match="a tumour inside the perfused volume"):
        partition_model(deliveries, nothing, constant=Y90, mass_g=voxel_mass(GRID, 1.05))
