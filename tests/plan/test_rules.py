"""Which published rows hold for a case: never another disease's, never another device's, conditions answered or said to be open."""

import pytest

from glisson.case import Disease, DoseLimit, ReferenceVolume
from glisson.knowledge.limits import limit_rows
from glisson.knowledge.products import product
from glisson.plan.constraints import Readings, constraints_for, disagreements
from glisson.plan.earlier import Earlier, EarlierSession
from glisson.plan.rules import PatientFacts, Rules, bilirubin_split_umol_per_L
from glisson.plan.volumes import Reference

HCC, ICC, CRC = Disease.HEPATOCELLULAR, Disease.INTRAHEPATIC_BILE_DUCT, Disease.COLORECTAL


def rules(disease: Disease, approach: str | None, device: str, facts: PatientFacts | None = None, **more: object) -> Rules:
    entered = more.pop("entered", ())
    earlier = more.pop("earlier", Earlier())
    return Rules(disease, approach, product(device), entered, facts or PatientFacts(), earlier)


def readings(**values: float | None) -> Readings:
    names = {
        "perfused": "perfused volume",
        "normal": "perfused normal liver",
        "whole": "whole normal liver",
        "liver": "whole liver",
        "tumour": "tumour",
    }
    volumes = tuple((Reference(names[k], k, k, None), v) for k, v in values.items())
    return Readings(volumes, dict(values), 1.0, ("tumour",))


def deciding(found: list, on: str, aim: str) -> list[float]:
    return sorted(c.limit_Gy for c in found if c.on == on and c.aim == aim and c.decides)


def test_rows_of_hcc_never_stand_for_colorectal_metastases() -> None:
    for row in rules(CRC, "lobectomy", "therasphere").table_rows:
        assert CRC.value in row.diseases and HCC.value not in row.diseases
    for row in rules(CRC, "unilobar", "therasphere").table_rows:
        assert row.product_class == "glass"


@pytest.mark.parametrize(
    ("disease", "device", "tumour_Gy"),
    [
        (HCC, "therasphere", 205),
        (ICC, "therasphere", 260),
        (CRC, "therasphere", 189),
        (HCC, "sir-spheres", 100),
        (CRC, "sir-spheres", 100),
    ],
)
def test_tumour_targets_against_the_tables(disease: Disease, device: str, tumour_Gy: float) -> None:
    found = constraints_for(rules(disease, "unilobar", device), "voxel", readings(tumour=100.0)).constraints
    assert deciding(found, "tumour", "target") == [tumour_Gy]


@pytest.mark.parametrize(
    ("device", "on", "Gy"), [("therasphere", "whole normal liver", 75), ("sir-spheres", "perfused normal liver", 40)]
)
def test_the_reference_volume_of_normal_liver_differs_by_device(device: str, on: str, Gy: float) -> None:
    found = constraints_for(rules(CRC, "unilobar", device), "voxel", readings(normal=20.0, whole=10.0)).constraints
    assert deciding(found, on, "limit") == [Gy]
    assert not [c for c in found if "normal" in c.on and c.on != on and c.decides]


@pytest.mark.parametrize(
    ("bilirubin", "limits", "warned"),
    [(None, [75.0], True), (18.0, [75.0], False), (19.0, [50.0, 75.0], False)],
)
def test_bilirubin_chooses_the_limit_of_the_whole_normal_liver(
    bilirubin: float | None, limits: list[float], warned: bool
) -> None:
    facts = PatientFacts(bilirubin_umol_per_L=bilirubin)
    chosen = constraints_for(rules(HCC, "lobectomy", "therasphere", facts), "voxel", readings(whole=10.0))
    assert deciding(chosen.constraints, "whole normal liver", "limit") == limits
    said = [f for f in chosen.findings if f.code == "condition-unknown"]
    assert bool(said) is warned
    if warned:
        assert "1.1 mg/dL is 18.8 µmol/L" in said[0].text


@pytest.mark.parametrize(("bilirubin", "limits"), [(None, [50.0]), (18.0, [90.0]), (30.0, [50.0])])
def test_bilobar_glass_takes_the_stricter_value_when_nobody_knows(bilirubin: float | None, limits: list[float]) -> None:
    facts = PatientFacts(bilirubin_umol_per_L=bilirubin)
    found = constraints_for(rules(HCC, "bilobar", "therasphere", facts), "voxel", readings(whole=10.0)).constraints
    assert deciding(found, "whole normal liver", "limit") == limits


def test_bilirubin_split_in_both_units() -> None:
    assert round(bilirubin_split_umol_per_L(), 1) == 18.8


@pytest.mark.parametrize(("reserve", "limits"), [(0.2, [120.0]), (0.5, []), (None, [120.0])])
def test_hepatic_reserve_decides_the_unilobar_limit(reserve: float | None, limits: list[float]) -> None:
    facts = PatientFacts(reserve_fraction=reserve)
    found = constraints_for(rules(HCC, "unilobar", "therasphere", facts), "voxel", readings(normal=30.0)).constraints
    assert deciding(found, "perfused normal liver", "limit") == limits


@pytest.mark.parametrize(("pretreated", "strictest", "warned"), [(True, 30.0, False), (None, 30.0, True)])
def test_pretreated_livers_get_the_lower_resin_limit(pretreated: bool | None, strictest: float, warned: bool) -> None:
    chosen = constraints_for(
        rules(CRC, "bilobar", "sir-spheres", PatientFacts(pretreated=pretreated)), "voxel", readings(normal=20.0)
    )
    assert min(deciding(chosen.constraints, "perfused normal liver", "limit")) == strictest
    assert bool(chosen.findings) is warned


def test_single_compartment_rows_are_for_mird_and_for_segmentectomy() -> None:
    lobar = rules(HCC, "unilobar", "therasphere")
    assert {r.dosimetry for r in lobar.rows_for("mird")} == {"single compartment"}
    assert {r.dosimetry for r in lobar.rows_for("voxel")} == {"multi-compartment"}
    segment = rules(HCC, "segmentectomy", "therasphere").rows_for("voxel")
    assert [(r.on, r.aim, r.dose_Gy, r.loe) for r in segment] == [("perfused volume", "target", 400.0, "3")]


def test_an_entered_limit_stands_and_the_table_is_shown_beside_it() -> None:
    mine = DoseLimit(on=ReferenceVolume.PERFUSED_NORMAL, mean_dose_Gy=35, product="sir-spheres")
    found = constraints_for(rules(CRC, "unilobar", "sir-spheres", entered=(mine,)), "voxel", readings(normal=20.0)).constraints
    assert deciding(found, "perfused normal liver", "limit") == [35.0]
    shown = [c for c in found if c.on == "perfused normal liver" and not c.decides]
    assert [c.limit_Gy for c in shown] == [40.0] and "an entered one stands before it" in shown[0].note
    assert "eanm-2022 says 40 Gy" in disagreements(found)[0].text


def test_an_entered_limit_on_one_site_leaves_the_others_to_the_table() -> None:
    mine = DoseLimit(on=ReferenceVolume.TUMOUR, mean_dose_Gy=300, aim="target", site="tumour")
    found = constraints_for(rules(HCC, "unilobar", "therasphere", entered=(mine,)), "voxel", readings(tumour=100.0)).constraints
    assert deciding(found, "tumour", "target") == [300.0]


def test_lung_limits_stand_without_any_table_and_yield_to_entered_ones() -> None:
    found = constraints_for(rules(Disease.UNKNOWN, None, "sir-spheres"), "voxel", readings(normal=20.0)).constraints
    assert sorted(c.limit_Gy for c in found if c.on == "lung" and c.decides) == [30.0, 50.0]
    mine = DoseLimit(on=ReferenceVolume.LUNG, mean_dose_Gy=15)
    found = constraints_for(rules(Disease.UNKNOWN, None, "sir-spheres", entered=(mine,)), "voxel", readings()).constraints
    assert sorted(c.limit_Gy for c in found if c.on == "lung" and c.decides) == [15.0, 50.0]


def test_cumulative_lung_limit_counts_what_was_given_and_says_what_is_unknown() -> None:
    given = Earlier(
        (
            EarlierSession("first", "a", 12.0, 900.0, None, "entered"),
            EarlierSession("first", "b", None, None, None, "missing lung_shunt_fraction"),
        )
    )
    found = constraints_for(rules(CRC, "unilobar", "sir-spheres", earlier=given), "voxel", readings()).constraints
    cumulative = next(c for c in found if c.on == "lung" and c.limit_Gy == 50.0)
    assert cumulative.earlier_Gy == 12.0
    assert "lower bound" in cumulative.note and " b" in cumulative.note


@pytest.mark.parametrize(
    ("disease", "approach", "words"),
    [
        (Disease.UNKNOWN, "unilobar", "disease unknown"),
        (Disease.NEUROENDOCRINE, "unilobar", "no table is written for neuroendocrine"),
        (HCC, None, "approach not entered"),
    ],
)
def test_without_a_table_it_says_so(disease: Disease, approach: str | None, words: str) -> None:
    held = rules(disease, approach, "therasphere")
    assert words in held.why_no_table
    assert held.limits_from.startswith("cannot say")


def test_a_volume_that_is_not_there_is_not_silently_kept() -> None:
    found = constraints_for(rules(CRC, "unilobar", "therasphere"), "voxel", readings(normal=20.0)).constraints
    whole = next(c for c in found if c.on == "whole normal liver" and c.decides)
    assert whole.per_GBq is None and "no such volume" in whole.why


def test_every_table_row_can_be_reached() -> None:
    reached = set()
    for disease in (HCC, ICC, CRC):
        for approach in ("segmentectomy", "lobectomy", "unilobar", "bilobar"):
            for device in ("therasphere", "sir-spheres", "quiremspheres"):
                held = rules(disease, approach, device)
                reached |= {r.id for m in ("voxel", "mird") for r in held.rows_for(m)}
    assert reached == {row.id for row in limit_rows()}
