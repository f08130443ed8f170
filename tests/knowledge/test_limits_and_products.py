"""The catalogue and the tables: what is confirmed is there, what is not confirmed is not, and each row names its volume."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge import load
from glisson.knowledge.limits import LimitRow, fact, limit_rows
from glisson.knowledge.products import product, products


def row(name: str) -> LimitRow:
    return next(r for r in limit_rows() if r.id == name)


def test_products_against_their_documents() -> None:
    assert product("therasphere").vials == (3, 5, 7, 10, 15, 20)
    assert product("sir-spheres").vials == (3,)
    assert product("quiremspheres").vials == ()
    assert product("therasphere").sphere_range_Bq == (2500, 2500)
    assert product("sir-spheres").sphere_range_Bq == (50, 50)
    assert product("quiremspheres").sphere_range_Bq == (200, 450)
    assert product("therasphere").calibration_zone.value == "America/New_York"
    assert product("sir-spheres").calibration_zone is None
    assert [p.nuclide for p in products().values()] == ["Y-90", "Y-90", "Ho-166"]


def test_unknown_product_lists_the_known_ones() -> None:
    with pytest.raises(BadInput, match="therasphere, sir-spheres, quiremspheres"):
        product("theraspheres")


@pytest.mark.parametrize(
    ("name", "on", "aim", "dose_Gy", "loe"),
    [
        ("glass-hcc-segmentectomy-perfused", "perfused volume", "target", 400, "3"),
        ("glass-hcc-lobectomy-normal-perfused", "perfused normal liver", "target", 88, None),
        ("glass-hcc-unilobar-normal-perfused", "perfused normal liver", "limit", 120, None),
        ("glass-hcc-whole-normal", "whole normal liver", "limit", 75, None),
        ("glass-hcc-unilobar-tumour", "tumour", "target", 205, "1*"),
        ("glass-icc-tumour", "tumour", "target", 260, None),
        ("glass-crc-tumour", "tumour", "target", 189, None),
        ("resin-segmentectomy-perfused", "perfused volume", "target", 150, "4"),
        ("resin-unilobar-normal", "perfused normal liver", "limit", 40, None),
        ("resin-bilobar-normal-pretreated", "perfused normal liver", "limit", 30, None),
        ("resin-hcc-icc-tumour", "tumour", "target", 100, None),
    ],
)
def test_rows_against_the_published_tables(name: str, on: str, aim: str, dose_Gy: float, loe: str | None) -> None:
    found = row(name)
    assert (found.on, found.aim, found.dose_Gy, found.loe) == (on, aim, dose_Gy, loe)
    assert found.dose.source == "eanm-2022" and found.dose.unit == "Gy"


def test_every_row_is_in_gray_and_names_a_table() -> None:
    for found in limit_rows():
        assert found.dose.unit == "Gy" and 0 < found.dose_Gy <= 400
        assert found.product_class == found.id.split("-", maxsplit=1)[0]


def test_resin_limits_refer_to_the_perfused_normal_liver_only() -> None:
    assert {r.on for r in limit_rows() if r.product_class == "resin" and "normal" in r.on} == {"perfused normal liver"}


def test_planning_numbers() -> None:
    assert fact("lung-limit-treatment").value == 30 and fact("lung-limit-cumulative").value == 50
    with pytest.raises(BadKnowledge, match="lung-limit-treatment"):
        fact("lung-limit")


def test_unconfirmed_claims_are_not_in_the_files() -> None:
    folder = Path(load.__file__).parent
    text = "".join(f.read_text() for f in sorted(folder.glob("limits/*.yaml")) + sorted(folder.glob("products/*.yaml")))
    for unconfirmed in ("40.0, unit: GBq", "shelf life:", "12 days", "albumin"):
        assert unconfirmed not in text


def test_a_row_without_a_source_is_refused() -> None:
    with pytest.raises(ValidationError):
        LimitRow.model_validate(
            {
                "id": "x",
                "table": "t",
                "product_class": "resin",
                "diseases": [],
                "approaches": [],
                "dosimetry": "single compartment",
                "on": "perfused volume",
                "aim": "limit",
                "dose": {"value": 1, "unit": "Gy", "holds_for": "all", "place": "?", "evidence": "D"},
            }
        )


def test_a_row_on_an_unnamed_volume_is_refused() -> None:
    raw = row("resin-unilobar-normal").model_dump() | {"on": "normal liver"}
    with pytest.raises(ValidationError, match="perfused normal liver"):
        LimitRow.model_validate(raw)
