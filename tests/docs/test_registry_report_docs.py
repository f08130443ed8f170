"""The pages of the registry report against what the program takes and makes."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
from documentation import ROOT, named, section

sys.path.insert(0, str(Path(__file__).parents[1] / "learn"))

from registry_tables import protocol, small

from glisson.learn.cohort.registry.protocol import (
    Condition,
    DoseResponse,
    Endpoint,
    MissedVisitsAsked,
    Missing,
    Model,
    Multiplicity,
    NewVariable,
    NextStudy,
    Protocol,
    Strict,
    Subgroups,
    Weighting,
    Windows,
)
from glisson.learn.cohort.registry.study import registry_study

HOW_TO = ROOT / "docs" / "how-to" / "registry-report.md"
KEYS = ROOT / "docs" / "concepts" / "results-registry.md"
ASKED: dict[str, Any] = {
    "models": [{"id": "os", "endpoint": "os", "covariates": ["arm", "age_years"], "splines": {"age_years": 3}}],
    "weighting": {"endpoint": "os", "exposure": {"variable": "arm", "is": "a"}, "label": "a", "covariates": ["age_years"]},
    "subgroups": {"endpoint": "os", "exposure": {"variable": "arm", "is": "a"}, "label": "a", "by": ["arm"]},
    "dose_response": {"endpoint": "os"},
    "next_study": {"hazard_ratio": 0.7},
    "endpoints": [{"id": "os", "name": "OS", "landmark_months": [1]}],
}


@pytest.mark.parametrize(
    "kind",
    [Protocol, Endpoint, Model, Condition, Windows, Weighting, Subgroups, DoseResponse, Missing, MissedVisitsAsked, Multiplicity,
     NextStudy, NewVariable],
)  # fmt: skip
def test_how_to_explains_every_key_of_a_protocol(kind: type[Strict]) -> None:
    said = named(HOW_TO.read_text(encoding="utf-8"))
    assert not {field.alias or name for name, field in kind.model_fields.items()} - said


@pytest.mark.parametrize(("kind", "field"), [(Endpoint, "new_therapy"), (Endpoint, "clinical_progression"),
                         (Endpoint, "deaths_censored"), (Endpoint, "progression"), (Model, "centre"), (Model, "kind"), (Windows, "several"),
                         (Windows, "deaths"), (Missing, "strategy"), (Multiplicity, "method"), (Weighting, "estimand")])  # fmt: skip
def test_how_to_names_every_allowed_word(kind: type[Strict], field: str) -> None:
    said = named(HOW_TO.read_text(encoding="utf-8"))
    assert set(get_args(kind.model_fields[field].annotation)) <= said


def test_page_of_keys_explains_every_section_and_its_first_keys() -> None:
    columns = {"patient": pl.String, "start": pl.Date, "phase": pl.String, "what": pl.String}
    value = registry_study(replace(small(), therapies=pl.DataFrame(schema=columns)), protocol(**ASKED)).value
    said = named(KEYS.read_text(encoding="utf-8")) | {"title"}
    assert not set(value) - said
    assert {"protocol", "beside"} <= said
    parts = [*value["survival"], *value["response_effect"], *value["models"], value["weighting"], value["next_study"]]
    more = named((ROOT / "docs" / "concepts" / "results-survival.md").read_text(encoding="utf-8"))
    assert len({key for part in parts for key in part}) > 30
    assert not {key for part in parts for key in part} - said - more - named(section(HOW_TO, "The protocol, key by key"))
