"""A small registry made by hand, whose every count can be checked with the fingers."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from glisson.follow.best_response import BEST_RESPONSES
from glisson.follow.course import ORIGINS, Course
from glisson.follow.measurements import RESPONSES
from glisson.follow.phases import EVENTS, attribute, with_phase
from glisson.follow.sources import DATED
from glisson.knowledge.endpoints import month_days
from glisson.knowledge.quality_of_life import scales
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.learn.cohort.registry.tables import RegistryTables, Variable

START = date(2024, 1, 1)
PATIENTS = tuple(f"p{number:02d}" for number in range(1, 11))
READER, CRITERION = "investigator", "RECIST 1.1"
AGES = (50.0, 60.0, 65.0, 70.0, 55.0, 64.9, 80.0, 65.1, None, 40.0)
ARMS = ("a", "a", "a", "a", "b", "b", "b", "b", None, "b")
SITES: tuple[list[str] | None, ...] = (["lung"], [], ["lung", "bone"], None, ["bone"], [], [], [], [], [])
SESSIONS = {"p01": 3, "p02": 2, "p03": 1, "p04": 1, "p05": 2, "p06": 1, "p07": 1, "p08": 1, "p09": 1}
SUCCESS = {("p01", 2): "no", ("p02", 1): "no", ("p09", 1): None}
CALLS = (
    ("p01", 50, "PR"), ("p02", 50, "SD"), ("p03", 60, "PD"), ("p04", 60, "NE"), ("p05", 30, "PR"), ("p05", 70, "SD"),
    ("p06", 80, "SD"), ("p08", 45, "CR"),
)  # fmt: skip
BEST = {"p01": "PR", "p02": "SD", "p03": "PD", "p04": "NE", "p05": "PR", "p06": "SD", "p08": "CR"}
CONFIRMED = {**BEST, "p01": "SD", "p05": "SD", "p08": "CR"}
DEATHS = {"p01": 100, "p07": 20}
HARM: tuple[tuple[str, str, int | None, int | None, bool | None, str], ...] = (
    ("p01", "Fever", 1, 0, False, "entered"), ("p01", "Fever", 3, 45, True, "entered"), ("p01", "Nausea", 2, 31, False, "entered"),
    ("p02", "Fever", 2, 5, False, "entered"), ("p03", "Pancreatitis", 3, 40, None, "entered"),
    ("p04", "Nausea", None, 3, False, "entered"),
    ("p05", "Nausea", 1, None, False, "entered"), ("p06", "Fever", 1, -10, False, "entered"),
    ("p07", "Hepatic failure", 5, 19, True, "entered"),
    ("p08", "Anemia", 3, 1, None, "laboratory"),
)  # fmt: skip
"""Patient, term, grade, day after the first session, serious, from."""
SCORES = {
    "p01": (50.0, 75.0), "p02": (50.0, 50.0), "p03": (50.0, 40.0), "p04": (100.0, 90.0), "p05": (None, 50.0), "p06": (75.0, None),
}  # fmt: skip
"""Global health at the baseline and at FU1, about seven weeks later."""


def day(number: int) -> date:
    return START + timedelta(days=number)


def protocol(**more: Any) -> Protocol:
    """A protocol for it."""
    asked: dict[str, Any] = {
        "protocol": "small", "title": "A small registry", "groups": "arm", "minimum_cell": 2,
        "table_one": ["age_years", "sites", "arm"], "sessions": ["tace_session.endpoint", "tace_session.drug_mg"],
        "windows": {"windows": [{"name": "FU1", "from_months": 0.5, "to_months": 2.5}]},
        "endpoints": [{"id": "os", "name": "OS"}], "quality_scales": ["QL"],
    }  # fmt: skip
    return Protocol.model_validate(asked | more)


VARIABLES = {
    one.name: one
    for one in (
        Variable("age_years", "Age", "number", unit="years"),
        Variable("arm", "Arm", "choice", levels=("b", "a", "c"), labels={"a": "Arm A"}),
        Variable("sites", "Extrahepatic sites", "choices", levels=("lung", "bone", "brain")),
        Variable("tace_session.endpoint", "Why it ended", "choice", levels=("stasis", "dose delivered")),
        Variable("tace_session.drug_mg", "Drug", "number", unit="mg"),
        Variable("tace_session.technical_success", "Technical success", "choice", levels=("no", "yes")),
    )
}


def small() -> RegistryTables:
    """Ten patients, nine of them treated."""
    treated = PATIENTS[:9]
    patients = pl.DataFrame(
        {
            "patient": PATIENTS, "centre": ["one", "two"] * 5, "first_session": [*[START] * 9, None],
            "age_years": AGES, "arm": ARMS, "sites": SITES,
        },
        schema={"patient": pl.String, "centre": pl.String, "first_session": pl.Date, "age_years": pl.Float64, "arm": pl.String,
                "sites": pl.List(pl.String)},
    )  # fmt: skip
    reasons = {"patient": ["p09", "p04"], "variable": ["age_years", "sites"], "reason": ["unknown", "not done"]}
    references = pl.DataFrame({"patient": treated, "reference": [START] * 9}, schema={"patient": pl.String, "reference": pl.Date})
    return RegistryTables(
        patients=patients, variables=VARIABLES, missing_reasons=pl.DataFrame(reasons), sessions=sessions(), course=course(),
        responses=responses(), best=best(), references=references, depth=pl.DataFrame({"patient": []}, {"patient": pl.String}),
        adverse_events=harm(), quality=quality(), quality_expected=expected(),
        therapies=pl.DataFrame({"patient": []}, {"patient": pl.String}), doses=doses(), reader=READER,
        left_out=(("p11", "everything", "two dates of death"),),
    )  # fmt: skip


def sessions() -> pl.DataFrame:
    rows = [
        (patient, "one", f"TACE {number}", number, day(30 * (number - 1)), "TACE",
         "stasis" if number > 1 else "dose delivered", 100.0 * number, SUCCESS.get((patient, number), "yes"))
        for patient, count in SESSIONS.items()
        for number in range(1, count + 1)
    ]  # fmt: skip
    schema = {
        "patient": pl.String, "centre": pl.String, "session": pl.String, "number": pl.Int64, "date": pl.Date, "kind": pl.String,
        "tace_session.endpoint": pl.String, "tace_session.drug_mg": pl.Float64, "tace_session.technical_success": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def course() -> Course:
    alive = [(patient, "known alive", day(400), None) for patient in PATIENTS[:9] if patient not in DEATHS]
    died = [(patient, "death", day(number), None) for patient, number in DEATHS.items()]
    return Course(
        patients=pl.DataFrame({"patient": PATIENTS}),
        origins=pl.DataFrame([(patient, "first session", START) for patient in PATIENTS[:9]], schema=ORIGINS, orient="row"),
        dated=pl.DataFrame([*alive, *died], schema=DATED, orient="row"),
        called=f"{CRITERION} by {READER}",
    )


def responses() -> pl.DataFrame:
    """Table 2 with nothing measured: calls only."""
    names = ("patient", "reader", "criterion", "visit", "visit_number", "date", "overall")
    schema = {name: RESPONSES[name] for name in names}
    rows = [(patient, READER, CRITERION, f"day {number}", float(number), day(number), call) for patient, number, call in CALLS]
    other = [
        (patient, READER, "RECIST 1.1 liver", f"day {number}", float(number), day(number), "PD") for patient, number, _ in CALLS
    ]
    table = pl.DataFrame([*rows, *other], schema=schema, orient="row")
    return table.select(pl.col(name) if name in names else pl.lit(None, kind).alias(name) for name, kind in RESPONSES.items())


def best() -> pl.DataFrame:
    rows = [
        (patient, READER, CRITERION, confirmed, call, "a visit", day(60), "a reason")
        for confirmed, calls in ((False, BEST), (True, CONFIRMED))
        for patient, call in calls.items()
    ]
    return pl.DataFrame(rows, schema=BEST_RESPONSES, orient="row")


def harm() -> pl.DataFrame:
    rows = [
        {"patient": patient, "term": term, "grade": grade, "ctcae": "5", "start": None if number is None else day(number),
         "serious": serious, "from": source, "row": place}
        for place, (patient, term, grade, number, serious, source) in enumerate(HARM, start=1)
    ]  # fmt: skip
    table = pl.DataFrame(rows, schema=dict(EVENTS))
    followed = sessions().select("patient", treatment=pl.lit("tace"), session="session", kind="kind", date="date")
    return with_phase(attribute(table, followed))


def quality() -> pl.DataFrame:
    rows = [
        {"patient": patient, "visit": visit, "date": day(number), **dict.fromkeys(scales(), score), "answered": answered,
         "months": number / month_days()}
        for patient, both in SCORES.items()
        for visit, number, score, answered in (("baseline", -4, both[0], 30), ("FU1", 48, both[1], 20))
        if score is not None
    ]  # fmt: skip
    kinds = {"patient": pl.String, "visit": pl.String, "date": pl.Date, **dict.fromkeys(scales(), pl.Float64), "answered": pl.Int64,
             "months": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=kinds)


def expected() -> pl.DataFrame:
    rows = [(patient, "baseline", -0.1) for patient in PATIENTS[:9]]
    rows += [(patient, "FU1", 1.6) for patient in PATIENTS[:9] if patient != "p07"]
    return pl.DataFrame(rows, schema={"patient": pl.String, "visit": pl.String, "months": pl.Float64}, orient="row")


def doses() -> pl.DataFrame:
    rows = [("p01", "SIRT 1", START, "glass", 120.0, 30.0), ("p02", "SIRT 1", START, "glass", 200.0, None)]
    schema = {"patient": pl.String, "session": pl.String, "date": pl.Date, "product": pl.String, "tumour_dose_Gy": pl.Float64,
              "normal_liver_dose_Gy": pl.Float64}  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def with_patients(tables: RegistryTables, **columns: Any) -> RegistryTables:
    """The tables with other values of patients."""
    return replace(tables, patients=tables.patients.with_columns(**columns))
