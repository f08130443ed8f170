"""The simulated patient against its own truth, and against what any patient's images must satisfy."""

import numpy as np
import pytest

from glisson.case import SiteKind
from glisson.decay import decay_factor, elapsed_h
from glisson.simulate import SimulatedPatient, simulated_patient, story
from glisson.simulate.anatomy import LESIONS
from glisson.simulate.phantom import DELIVERED, PET, SPECT
from glisson.voxels import Image, Quantity


@pytest.fixture(scope="module")
def patient() -> SimulatedPatient:
    return simulated_patient(1)


def centroid_mm(mask: Image) -> np.ndarray:
    return mask.grid.to_world(np.argwhere(mask.array)).mean(axis=0)


def test_compartments_hold_all_delivered_activity(patient):
    assert sum(patient.truth.activity_GBq.values()) == pytest.approx(story.delivered_GBq(), rel=1e-5)
    assert patient.truth.activity.total * 1e-9 == pytest.approx(story.delivered_GBq(), rel=1e-5)
    assert sum(patient.truth.mapping_fraction.values()) == pytest.approx(1.0, rel=1e-5)


def test_delivered_activity_against_hand_arithmetic():
    # 1.05 + 0.45 GBq at 09:00, 2 % stays behind, 1.5 h to the first injection
    assert story.delivered_GBq() == pytest.approx(1.5 * 0.98 * 2 ** (-1.5 / 64.1))


def test_compartments_do_not_overlap(patient):
    count = np.sum([mask.array for mask in patient.truth.masks.values()], axis=0)
    assert count.max() == 1


def test_lungs_hold_the_shunt(patient):
    truth = patient.truth
    assert truth.mapping_fraction["lungs"] == pytest.approx(truth.lung_shunt_fraction, rel=1e-4)
    assert truth.activity_GBq["lungs"] / story.delivered_GBq() == pytest.approx(truth.lung_shunt_fraction, rel=1e-4)


def test_no_shunt_leaves_the_lungs_empty():
    truth = simulated_patient(1, lung_shunt_fraction=0.0).truth
    assert truth.activity_GBq["lungs"] == 0.0


def test_tumour_to_normal_against_its_setting(patient):
    truth, side = patient.truth, {"lesion-1": "right", "lesion-2": "left", "lesion-3": "right"}

    def concentration(name: str) -> float:
        return truth.activity_GBq[name] / truth.masks[name].volume_mL

    for lesion, ratio in DELIVERED.tumour_to_normal.items():
        assert concentration(lesion) / concentration(f"{side[lesion]}-normal") == pytest.approx(ratio, rel=1e-4)


def test_lesion_volumes_against_spheres(patient):
    for name, (_, diameter_mm) in LESIONS.items():
        sphere_mL = np.pi / 6 * diameter_mm**3 / 1000
        assert patient.structures[name].volume_mL == pytest.approx(sphere_mL, abs=patient.truth.activity.grid.voxel_volume_mL)


def test_lesions_lie_inside_their_territory(patient):
    for site in (site for site in patient.case.sites_of(SiteKind.LESION) if site.is_drawn):
        inside = patient.structures[site.id].array & patient.structures[site.parent].array
        assert np.array_equal(inside, patient.structures[site.id].array)


def test_territories_make_up_the_liver(patient):
    right, left, liver = (patient.structures[n].array for n in ("right-lobe", "left-lobe", "liver"))
    assert np.array_equal(right ^ left, liver)


def test_handedness_liver_right_of_the_spine_under_the_lung(patient):
    liver, lungs, stomach = (centroid_mm(patient.structures[n]) for n in ("liver", "lungs", "stomach"))
    bone = patient.images["ct"].with_array(patient.images["ct"].array > 200, Quantity.MASK)
    middle = bone.array & (np.abs(bone.grid.to_world(np.indices(bone.grid.shape).transpose(1, 2, 3, 0))[..., 0]) < 25)
    spine_y = bone.grid.to_world(np.argwhere(middle))[:, 1]
    assert liver[0] < -30 < stomach[0], "liver on the patient's right (-x), stomach on the left"
    assert lungs[2] > liver[2] + 50, "lungs above the liver"
    assert np.median(spine_y) > liver[1] + 40, "spine behind the liver (+y)"


def test_ct_numbers_of_liver_and_lesion_and_lung(patient):
    ct = patient.images["ct"].array
    liver = ct[patient.structures["liver"].array].mean()
    lesion = ct[patient.structures["lesion-1"].array].mean()
    lungs = ct[patient.structures["lungs"].array].mean()
    assert 105 < liver < 125
    assert lesion < liver - 30
    assert -800 < lungs < -700
    assert ct.min() == -1024


def test_lung_mass_is_near_the_convention_of_1_kg(patient):
    lungs = patient.structures["lungs"]
    density = (patient.images["ct"].array[lungs.array] + 1000) / 1000
    assert density.sum() * lungs.grid.voxel_volume_mL == pytest.approx(1000, rel=0.15)


def test_pet_keeps_the_activity_at_its_instant(patient):
    pet = patient.images["y90-pet"]
    left_then = decay_factor(elapsed_h=elapsed_h(story.REFERENCE_AT, story.PET_AT), half_life_h=64.1)
    assert pet.reference_time == story.PET_AT
    assert pet.total * 1e-9 == pytest.approx(story.delivered_GBq() * left_then, rel=5 / np.sqrt(PET.counts))


def test_spect_counts_are_whole_and_as_many_as_said(patient):
    spect = patient.images["maa-spect"]
    assert np.array_equal(spect.array, np.round(spect.array))
    assert spect.array.sum(dtype=float) == pytest.approx(6.0e6, rel=0.005)
    assert spect.quantity is Quantity.COUNTS


def test_blur_lowers_the_smallest_lesion_most(patient):
    """Recovery of the peak falls with size: partial volume, the reason for three sizes."""
    pet = patient.images["y90-pet"]
    true_peak = patient.truth.activity

    def recovery(name: str) -> float:
        centre = centroid_mm(patient.structures[name])
        index = tuple(np.round(pet.grid.to_index(centre)).astype(int))
        around = tuple(slice(i - 2, i + 3) for i in index)
        seen = pet.array[around].mean()
        return float(seen / true_peak.array[patient.structures[name].array].mean())

    assert recovery("lesion-3") < 0.7 < recovery("lesion-2") + 0.3
    assert recovery("lesion-3") < recovery("lesion-2")


def test_same_seed_gives_the_same_bytes(patient):
    again = simulated_patient(1)
    for name, image in patient.images.items():
        assert again.images[name].sha256() == image.sha256()
    for name, mask in patient.structures.items():
        assert again.structures[name].sha256() == mask.sha256()


def test_another_seed_gives_another_patient(patient):
    other = simulated_patient(2)
    assert other.case.id != patient.case.id
    for name, image in patient.images.items():
        assert other.images[name].sha256() != image.sha256()


def test_case_says_simulated_and_names_every_file(patient):
    assert patient.case.simulated
    assert "imulated" in (patient.case.note or "")
    named = {image.file for image in patient.case.images} | {
        site.contour.file for site in patient.case.sites if site.contour is not None
    }
    assert named == set(patient.files)


def test_all_images_share_one_frame_but_no_grid(patient):
    grids = [image.grid for image in patient.images.values()]
    assert {grid.frame_of_reference for grid in grids} == {"simulated"}
    assert len(set(grids)) == 3
    assert PET.grid in grids and SPECT.grid in grids
