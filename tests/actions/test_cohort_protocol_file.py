"""The analysis protocol as a file: what is refused, with its line, and what the examples ask for."""

import re
from pathlib import Path

import pytest
from registry_reports import entries, simple, tables_of

from glisson.actions.cohort.protocol_file import EXAMPLES, check_protocol, example_protocol, read_protocol
from glisson.errors import BadInput
from glisson.learn.cohort.registry.study import registry_study


def written(folder: Path, *lines: str) -> str:
    file = folder / "mine.yaml"
    head = ["protocol: mine", "title: Mine", "treatments: TACE", "endpoints:", "  - {id: os, name: OS}"]
    file.write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_read_by_name_and_as_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.yaml"
    file.write_text(example_protocol(name), encoding="utf-8")
    assert read_protocol(str(file)) == read_protocol(name)
    assert read_protocol(name)[0].protocol == name
    assert f"protocol {name}, edition 1" in check_protocol(str(file))


def test_one_word_stands_for_a_list_of_one(tmp_path: Path) -> None:
    assert read_protocol(written(tmp_path))[0].treatments == ("TACE",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("groupes: patient.sex", "line 6: unknown key 'groupes', did you mean 'groups'"),
        ("interval: log-lgo", "mine.yaml: line 6"),
        ("minimum_cell: 0", "mine.yaml: line 6"),
        ("models: [{id: m, endpoint: pfs, covariates: [patient.sex]}]", "no endpoint 'pfs'"),
        ("models: [{id: m, endpoint: os, covariates: [patient.sex], splines: {patient.age_years: 3}}]", "not among the covariates"),
        ("multiplicity: {method: holm, family: [m]}", "no family member 'm'"),
        ("variables: [{name: age, from: patient.age_years, cuts: [70, 60]}]", "cuts have to rise"),
        ("windows: {windows: [{name: a, from_months: 1, to_months: 3}, {name: b, from_months: 3, to_months: 5}]}", "share time"),
        ("windows: {windows: [{name: a, from_months: 6, to_months: 3}]}", "before it begins"),
        ("windows: {windows: []}", "windows"),
        ("times_months: [.inf]", "finite"),
        ("times_months: [-6]", "greater than or equal to 0"),
        ("variables: [{name: age, from: patient.age_years, cuts: [.nan]}]", "finite"),
        ("next_study: {hazard_ratio: 1}", "no difference"),
        ("population: [{keep: {variable: patient.age_years, at_least: 90, at_most: 10}, reason: r}]", "nothing is at least 90"),
        ("population: [{keep: {variable: patient.sex}, reason: r}]", "either 'is', or 'at_least'"),
        ("dose_response: {window: FU9}", "no window 'FU9'"),
        ("sensitivity: [{id: s, endpoint: os, says: s, change: {progresion: called}}]", "an endpoint has no 'progresion'"),
        ("sensitivity: [{id: s, endpoint: os, says: s, change: {progression: cold}}]", "sensitivity s: progression: Input should be"),
        ("sensitivity: [{id: s, endpoint: os, says: s, change: {entry: third session}}]", "no time origin 'third session'"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_what_would_be_right(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=said):
        read_protocol(written(tmp_path, line))


def test_what_is_no_protocol_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cirel, regional36, sirt"):
        read_protocol(str(tmp_path / "absent.yaml"))
    (tmp_path / "a.yaml").write_text("a: [1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="not YAML"):
        read_protocol(str(tmp_path / "a.yaml"))
    (tmp_path / "b.yaml").write_text("- a\n", encoding="utf-8")
    with pytest.raises(BadInput, match="not a mapping"):
        read_protocol(str(tmp_path / "b.yaml"))
    (tmp_path / "c.yaml").write_bytes(b"title: \xff\n")
    with pytest.raises(BadInput, match="UTF-8"):
        read_protocol(str(tmp_path / "c.yaml"))
    with pytest.raises(BadInput, match="no example protocol"):
        example_protocol("cirrel")


@pytest.mark.parametrize(
    ("given", "changed", "said"),
    [
        ("name: OS", "name: overall", "overall"),
        ("name: OS", "name: OS, origin: birth", "no time origin 'birth'"),
        ("title: Mine", "title: Mine\nreading: {criteria: [recist12]}", "recist12"),
    ],
)
def test_check_refuses_endpoints_origins_and_criteria_that_are_not(given: str, changed: str, said: str, tmp_path: Path) -> None:
    file = Path(written(tmp_path))
    file.write_text(file.read_text(encoding="utf-8").replace(given, changed), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        check_protocol(str(file))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"groups": "patient.sexx"}, r"no variable 'patient\.sexx'.*patient\.sex"),
        ({"groups": "patient.sex", "group_order": ["femle"]}, "no word 'femle'.*female"),
        ({"groups": "patient.age_years"}, "makes no groups"),
        ({"population": [{"keep": {"variable": "patient.age_years", "at_least": 200}, "reason": "young"}]}, "nobody"),
    ],
)  # fmt: skip
def test_a_variable_or_word_that_the_registry_lacks_is_refused_or_told(
    more: dict[str, object], said: str, registries: dict[str, Path]
) -> None:
    found = tables_of(entries(registries["cohort36"])).tables
    asked = simple(treatments=["HAI", "TACE"], **more)
    try:
        study = registry_study(found, asked)
    except BadInput as error:
        words = str(error)
    else:
        words = " ".join(one.text for one in study.findings)
    assert re.search(said, words), words


def test_a_kind_of_treatment_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text("protocol: a\ntitle: A\ntreatments: TASE\nendpoints: [{id: os, name: OS}]\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no kind 'TASE'; it is one of radioembolization, TACE"):
        read_protocol(str(file))
