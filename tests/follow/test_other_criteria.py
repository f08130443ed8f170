"""mRECIST, EASL, volumetric and liver-only RECIST against numbers worked by hand."""

import polars as pl
import pytest

from glisson.errors import BadInput
from glisson.follow.criteria import BY_NAME, compared, criterion
from glisson.follow.easl import easl
from glisson.follow.hepatic import recist11_liver
from glisson.follow.mrecist import mrecist
from glisson.follow.recist import recist11
from glisson.follow.rules import Rules, Thresholds
from glisson.follow.volumetric import volumetric

THERE, WORSE = "present", "unequivocal progression"


def test_mrecist_counts_the_viable_part_where_the_whole_is_stable(table) -> None:
    measured = table({"T1": [40, 40, 38]}).with_columns(viable_mm=pl.Series([40.0, 20.0, 0.0]))
    assert recist11(measured)["overall"].to_list() == ["SD", "SD"]
    result = mrecist(measured)
    assert result["overall"].to_list() == ["PR", "CR"]
    assert result["sum_mm"].to_list() == [20, 0]


def test_mrecist_falls_back_to_the_diameter_of_a_lesion_that_did_not_enhance(table) -> None:
    measured = table({"T1": [40, 40], "T2": [20, 20]}).with_columns(
        viable_mm=pl.when(pl.col("lesion") == "T1").then(pl.Series([40.0, 10.0, 40.0, 10.0]))
    )
    assert mrecist(measured)["sum_mm"].to_list() == [30]


def test_mrecist_does_not_take_a_missing_viable_diameter_for_none(table) -> None:
    measured = table({"T1": [40, 40]}).with_columns(viable_mm=pl.Series([40.0, None]))
    assert mrecist(measured)["overall"].to_list() == ["NE"]


def test_mrecist_has_no_absolute_bar_unless_set(table) -> None:
    measured = table({"T1": [10, 12]}).with_columns(viable_mm=pl.col("diameter_mm"))
    assert recist11(measured)["overall"].to_list() == ["SD"]
    assert mrecist(measured)["overall"].to_list() == ["PD"]
    bar = Thresholds(partial_response_fraction=0.3, progression_fraction=0.2, progression_amount=5)
    assert mrecist(measured, rules=Rules(mrecist=bar))["overall"].to_list() == ["SD"]


def test_easl_against_areas_by_hand(table) -> None:
    measured = table({"T1": [40, 40, 40, 40]}).with_columns(
        viable_mm=pl.Series([40.0, 20.0, 25.0, 0.0]), viable_perpendicular_mm=pl.Series([30.0, 30.0, 30.0, None])
    )
    result = easl(measured)
    assert result["sum_mm2"].to_list() == [600, 750, 0]
    assert result["baseline_mm2"].to_list() == [1200] * 3
    assert result["overall"].to_list() == ["PR", "PD", "PD"]
    assert result["as_read"].to_list() == ["PR", "PD", "CR"]
    assert result["sum_mm"].null_count() == 3
    assert "mm²" in result["words"][0]


def test_easl_of_lesions_without_enhancement_takes_the_whole(table) -> None:
    measured = table({"T1": [40, 20]}).with_columns(perpendicular_mm=pl.Series([30.0, 30.0]))
    assert easl(measured)["overall"].to_list() == ["PR"]


def test_volumetric_against_spheres_by_hand(table) -> None:
    # a sphere of 20 mm is 4.1888 mL; -30 % of its diameter leaves 1.4368 mL, +20 % makes 7.2382 mL
    assert volumetric(table({"T1": [4.1888, 1.4367, 1.5]}, column="volume_mL"))["overall"].to_list() == ["PR", "PR"]
    assert volumetric(table({"T1": [4.1888, 7.2383]}, column="volume_mL"))["overall"].to_list() == ["PD"]
    result = volumetric(table({"T1": [4.0, 2.0]}, column="volume_mL"))
    assert result["overall"].to_list() == ["SD"]
    assert result["sum_mL"].to_list() == [2.0]
    loose = Thresholds(partial_response_fraction=0.5, progression_fraction=0.73)
    halved = table({"T1": [4.0, 2.0]}, column="volume_mL")
    assert volumetric(halved, rules=Rules(volumetric=loose))["overall"].to_list() == ["PR"]


def test_volume_that_is_too_small_is_a_sphere_of_5_mm(table) -> None:
    assert volumetric(table({"T1": [4.0, "too small"]}, column="volume_mL"))["sum_mL"].to_list() == pytest.approx(
        [0.06545], rel=1e-4
    )


def test_liver_goes_on_after_progression_elsewhere(table) -> None:
    measured = table(
        {"T1": [40, 40, 20, 20], "T2": [20, 40, 60, 60], "X1": [None, 9, 9, 9], "X2": [None, None, None, 9]},
        organ={"T2": "lung", "X1": "lung"},
    )
    assert recist11(measured)["overall"].to_list() == ["PD", "PD", "PD"]
    liver = recist11_liver(measured)
    assert liver["overall"].to_list() == ["SD", "PR", "PD"]
    assert liver["rule"].to_list()[-1] == "recist11liver.new-lesion.pd"
    assert liver["baseline_mm"].to_list() == [40, 40, 40]


def test_liver_cannot_say_where_a_stated_new_lesion_is(table) -> None:
    said = pl.DataFrame({"patient": ["p"], "reader": ["r"], "visit_number": [1.0], "new_lesion_statement": [True]})
    measured = table({"T1": [40, 40, 40]})
    liver = recist11_liver(measured, said)
    assert liver["overall"].to_list() == ["NE", "SD"]
    assert "where is not on record" in liver["words"][0]
    placed = table({"T1": [40, 40, 40], "X1": [None, 9, 9]}, organ={"X1": "lung"})
    assert recist11_liver(placed, said)["overall"].to_list() == ["SD", "SD"]


@pytest.mark.parametrize(("organ", "expected"), [("lung", "NE"), ("liver", "PD")])
def test_liver_takes_a_non_target_statement_only_where_all_non_targets_lie_in_it(table, organ, expected) -> None:
    said = pl.DataFrame({"patient": ["p"], "reader": ["r"], "visit_number": [1.0], "non_target_statement": ["PD"]})
    measured = table({"T1": [40, 40], "N1": [THERE, THERE]}, organ={"N1": organ})
    assert recist11_liver(measured, said)["overall"].to_list() == [expected]


def test_liver_needs_the_organ_of_every_lesion(table) -> None:
    measured = table({"T1": [40, 40]}).with_columns(organ=pl.lit(None, pl.String))
    with pytest.raises(BadInput, match="organ of a lesion is not known: rows 1, 2"):
        recist11_liver(measured)


def test_liver_target_that_is_not_listed_is_missing_though_others_are(table) -> None:
    assert recist11_liver(table({"T1": [40, None], "T2": [20, 20]}, organ={"T2": "lung"}))["overall"].to_list() == ["NE"]


def test_criteria_by_name(table) -> None:
    measured = table({"T1": [40, 20]}).with_columns(volume_mL=pl.lit(4.0), perpendicular_mm=pl.lit(10.0))
    names = {name: call(measured)["criterion"][0] for name, call in BY_NAME.items()}
    assert names == {
        "recist11": "RECIST 1.1", "recist11-liver": "RECIST 1.1 liver", "mrecist": "mRECIST", "irecist": "iRECIST",
        "easl": "EASL", "volumetric": "volumetric",
    }  # fmt: skip
    with pytest.raises(BadInput, match="recist11-liver"):
        criterion("who")


def test_compared_names_every_kind_of_difference(table) -> None:
    measured = table({"T1": [40, 60, 40, 40]})
    stated = pl.DataFrame(
        {
            "patient": ["p"] * 4,
            "reader": ["r"] * 4,
            "visit_number": [1.0, 2.0, 4.0, 3.0],
            "stated_response": ["PR", "SD", "SD", None],
        }
    )
    both = compared(recist11(measured, stated.filter(pl.col("visit_number") < 3)), stated)
    assert both["agrees"].to_list() == [False, True, None, None]
    assert both["reason"][0].startswith("PD: the sum of the targets grew")
    assert both["reason"].to_list()[1:] == [
        "agrees as read; overall stays PD after the earlier progression",
        "nothing stated",
        "stated, but nothing was measured at this visit",
    ]
