"""What the simulated patient's scans say after the treatment: response, then a new lesion."""

import pytest

from glisson.case import Case
from glisson.follow.case_measurements import measurements_of
from glisson.follow.quality import quality
from glisson.follow.recist import recist11
from glisson.simulate import story


@pytest.fixture(scope="module")
def case() -> Case:
    return story.case(1)


def test_calls_of_the_simulated_patient_by_hand(case: Case) -> None:
    measurements, statements = measurements_of(case)
    assert quality(measurements) == ()
    found = recist11(measurements, statements)
    assert found.select("visit", "sum_mm", "overall").rows() == [
        ("month-3", 37.0, "PR"),  # 37 of 53 mm: -30.2 %
        ("month-6", 31.0, "PR"),
        ("month-9", 32.0, "PD"),
    ]
    assert found["rule"].to_list()[-1] == "recist11.new-lesion.pd"


def test_the_new_lesion_is_measured_and_never_drawn(case: Case) -> None:
    new = case.site("lesion-4")
    assert not new.is_drawn and new.role == "new"
    assert case.ancestors("lesion-4")[-1] == "liver"
