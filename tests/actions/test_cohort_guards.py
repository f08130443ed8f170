"""What a registry report holds back: small centres, covariates that cannot exist, doses that are none."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from registry_reports import entries, simple, tables_of

from glisson.errors import OutOfScope
from glisson.learn.cohort.registry.centre_survival import centre_survival
from glisson.learn.cohort.registry.dose_section import dose_section
from glisson.learn.cohort.registry.model_extras import imputed_section
from glisson.learn.cohort.registry.model_frame import frame_of
from glisson.learn.cohort.registry.protocol import DoseResponse


def test_centres_below_the_cell_size_are_counted_and_not_shown(registries: dict[str, Path]) -> None:
    found = tables_of(entries(registries["cirel"])).tables
    sizes = Counter(found.patients["centre"].to_list())
    section = centre_survival(found, simple(minimum_cell=3)).value
    large = [size for size in sizes.values() if size >= 3]
    assert 0 < len(large) < len(sizes)
    assert sorted(one["patients"] for one in section["centres"]) == sorted(large)
    assert section["small"] == len(sizes) - len(large)


def test_a_covariate_that_cannot_exist_in_some_is_not_imputed(registries: dict[str, Path]) -> None:
    name = "disease.extrahepatic_resectable"
    asked = simple(
        models=[{"id": "os", "endpoint": "os", "covariates": [name]}],
        missing={"strategy": "multiple imputation", "imputations": 2},
    )
    found = tables_of(entries(registries["cirel"])).tables
    with pytest.raises(OutOfScope, match="not applicable"):
        imputed_section(found, frame_of(found, asked, asked.models[0]), asked, asked.models[0])


def test_every_dose_above_zero_counts_and_none_of_zero(registries: dict[str, Path]) -> None:
    found = tables_of(entries(registries["cirel"])).tables
    patients = found.patients["patient"].to_list()
    given = [0.0, *(20.0 + 5 * place for place in range(len(patients) - 1))]
    doses = pl.DataFrame(
        {
            "patient": patients, "session": ["SIRT 1"] * len(patients), "date": found.patients["first_session"].to_list(),
            "product": ["sir-spheres"] * len(patients), "tumour_dose_Gy": given, "normal_liver_dose_Gy": [None] * len(patients),
        },
        schema=found.doses.schema,
    )  # fmt: skip
    section = dose_section(replace(found, doses=doses), simple(), DoseResponse(window=None))
    assert section.value["with_dose"] == len(patients) - 1


def test_power_of_no_events_is_not_that_of_one(registries: dict[str, Path]) -> None:
    from glisson.learn.cohort.registry.next_study import next_study
    from glisson.learn.cohort.registry.protocol import NextStudy

    found = tables_of(entries(registries["cirel"])).tables
    alive = replace(found, course=replace(found.course, dated=found.course.dated.filter(pl.col("source") != "death")))
    asked = NextStudy(hazard_ratio=0.7)
    assert next_study(alive, simple(), asked).value["power_here"] is None
    assert next_study(found, simple(), asked).value["power_here"] > 0
