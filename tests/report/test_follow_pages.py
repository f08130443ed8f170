"""The follow-up page and the page of many patients: what they must say, and that unknown stays unknown."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from glisson.case import Finding, Level, Result
from glisson.errors import BadInput
from glisson.report.figures.follow_spider import Leg
from glisson.report.figures.follow_swimmer import Lane
from glisson.report.figures.follow_waterfall import Bar
from glisson.report.follow_cohort import write_cohort_page
from glisson.report.follow_plots import MOST_DRAWN, CohortPictures
from glisson.report.follow_write import write_follow_page
from glisson.report.inputs import ReportFiles

MADE_AT = datetime.fromisoformat("2026-06-02T10:00:00+02:00")
RULE = {
    "option": "partial_sum", "question": "a target was not evaluated: may the others prove progression?", "choice": "not evaluable",
    "default": False, "meaning": "NE", "source": "glisson-derivation", "place": "response",
}  # fmt: skip
THRESHOLDS = {"recist": {"partial_response_fraction": 0.3, "progression_fraction": 0.2, "progression_amount": 5.0}}
BEST_RULES = [
    {"confirmed": False, "words": "CR and PR without confirmation"},
    {"confirmed": True, "words": "CR and PR confirmed"},
]


def lesion(name: str, visit: int, size: float | None, state: str = "measured", role: str = "target") -> dict[str, Any]:
    return {
        "reader": "investigator", "visit": f"visit {visit}", "visit_number": float(visit), "date": f"2026-0{visit + 1}-01", "lesion": name,
        "role": role, "organ": "liver", "node": False, "state": state, "diameter_mm": size, "viable_mm": None, "volume_mL": None,
    }  # fmt: skip


def visit(number: int, total: float | None, overall: str, **more: Any) -> dict[str, Any]:
    change = None if total is None else total / 50.0 - 1
    return {
        "reader": "investigator", "criterion": "RECIST 1.1", "visit": f"visit {number}", "visit_number": float(number),
        "date": f"2026-0{number + 1}-01", "sum_mm": total, "baseline_mm": 50.0, "nadir_mm": 50.0, "change_from_baseline_fraction": change,
        "change_from_nadir_fraction": change, "target": overall, "non_target": None, "new_lesion": False, "overall": overall,
        "rule": "recist11.x", "words": f"{overall}: because.", "as_read": overall,
    } | more  # fmt: skip


def one(**more: Any) -> Result:
    value = {
        "patient": "case-9", "reader": "investigator", "readers": ["investigator"], "criteria": ["RECIST 1.1"], "rules": [RULE],
        "thresholds": THRESHOLDS, "reference": "2026-01-01", "best_rules": BEST_RULES, "check": [], "harm": None, "quality_of_life": None,
        "lesions": [
            lesion("a", 0, 50.0), lesion("a", 1, 30.0), lesion("a", 2, None, "not evaluable"),
            lesion("b", 0, None, "present", "non-target"),
            lesion("b", 1, None, "present", "non-target"), lesion("c", 2, 9.0, "measured", "new"),
        ],
        "visits": [visit(1, 30.0, "PR"), visit(2, None, "NE", new_lesion=True)],
        "best": [
            {"reader": "investigator", "criterion": "RECIST 1.1", "confirmed": False, "best": "PR", "visit": "visit 1",
             "date": "2026-02-01", "reason": "PR at visit 1"},
        ],
        "depth": [{"reader": "investigator", "criterion": "RECIST 1.1", "best_change_fraction": -0.4, "visit": "visit 1"}],
        "endpoints": [
            {"endpoint": "OS", "origin_name": "first session", "origin": "2026-01-01", "event": 0, "date": "2026-05-01", "days": 120,
             "months": 3.94, "source": "known alive", "ended_by": "end of record", "definition": "overall survival: death from any cause"},
            {"endpoint": "PFS", "origin_name": "first session", "origin": None, "event": None, "date": None, "days": None, "months": None,
             "source": None, "ended_by": "cannot say", "definition": "progression-free survival"},
        ],
    }  # fmt: skip
    findings = (Finding(code="units-cm", level=Level.WARNING, text="sizes look like centimetres: rows 3"),)
    return Result(kind="response", method="RECIST 1.1", value=value | more, findings=findings, sources=("eisenhauer-2009",))


def text(file: Path) -> str:
    page = re.sub(r"<style>.*?</style>", " ", file.read_text(encoding="utf-8"), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    folder = tmp_path_factory.mktemp("page")
    return write_follow_page(
        folder, result=one(), made_at=MADE_AT, subtitle="a disease · TACE", simulated=True, names={"a": "Segment 7"}
    )


def test_the_page_says_what_was_found(page: ReportFiles) -> None:
    said = text(page.html)
    for words in (
        "Follow-up", "case-9", "a disease · TACE", "SIMULATED", "Research software", "Segment 7", "−40.0", "PR: because.", "recist11.x",
        "overall survival: death from any cause".capitalize(), "3.9", "censored", "sizes look like centimetres: rows 3", "not evaluable",
        "Options changed from their defaults: partial_sum: not evaluable", "Eisenhauer",
    ):  # fmt: skip
        assert words in said, words
    assert "glisson" in said and "sha256" in said


def test_unknown_is_said_and_is_never_zero(page: ReportFiles) -> None:
    rows = re.findall(r"<tr>(.*?)</tr>", page.html.read_text(encoding="utf-8"), flags=re.S)
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row, flags=re.S) for row in rows]
    pfs = next(row for row in cells if row and row[0] == "PFS" and len(row) == 8)
    assert pfs[2:7] == ["cannot say"] * 5
    second = next(row for row in cells if row[:1] == ["visit 2"] and len(row) == 11)
    assert second[2] == second[3] == second[5] == "cannot say"
    assert second[9] == "yes"


def test_the_page_needs_nothing_else_and_is_the_same_again(page: ReportFiles, tmp_path: Path) -> None:
    html = page.html.read_text(encoding="utf-8")
    assert not re.search(r'(?:src|href)="(?!data:|https://)', html)
    again = write_follow_page(
        tmp_path, result=one(), made_at=MADE_AT, subtitle="a disease · TACE", simulated=True, names={"a": "Segment 7"}
    )
    assert again.html.read_bytes() == page.html.read_bytes()
    assert again.pdf.read_bytes() == page.pdf.read_bytes()
    assert {file.name for file in again.figures} == {"lesions.svg", "lesions.csv"}


def test_numbers_behind_the_sketch(page: ReportFiles) -> None:
    lines = next(file for file in page.figures if file.name == "lesions.csv").read_text().splitlines()
    assert len(lines) == 1 + 6
    assert "diameter_mm" in lines[0]


def test_nothing_measured_is_said(tmp_path: Path) -> None:
    bare = one(lesions=[], visits=[], best=[], depth=[], criteria=[], endpoints=[], readers=[])
    said = text(write_follow_page(tmp_path, result=bare, made_at=MADE_AT).html)
    assert "Response: cannot say" in said and "Endpoints: cannot say" in said and "Best response: cannot say" in said
    assert not list(tmp_path.glob("figures/*"))


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="time zone"):
        write_follow_page(tmp_path, result=one(), made_at=datetime(2026, 6, 2))
    assert not list(tmp_path.iterdir())


def many(**more: Any) -> Result:
    rate = {"reader": "investigator", "criterion": "RECIST 1.1", "denominator": "all 4 treated, 1 of them not evaluable", "of": 4}
    share = {"fraction": 0.5, "low": 0.0676, "high": 0.9324}
    measures = ("PR", "objective response", "disease control")
    value = {
        "patients": 4, "left_out": [], "reader": "investigator", "readers": ["investigator", "b"], "criteria": ["RECIST 1.1"], "visits": 9,
        "rules": [RULE], "best_rules": BEST_RULES,
        "rates": [rate | share | {"measure": m, "count": 2, "confirmed": c} for c in (False, True) for m in measures],
        "agreement": [
            {"criterion": "RECIST 1.1", "readers": "b and investigator", "subjects": 9, "left_out": 0, "agreed": 8, "kappa": None,
             "low": None, "high": None, "method": "none: every answer is in one category"},
        ],
        "endpoints": [
            {"endpoint": "OS", "origin_name": "first session", "definition": "death", "patients": 4, "events": 1, "competing": 0,
             "censored": 2, "cannot_say": 1},
        ],
        "check": {
            "compared": 3, "agree": 2, "stated_only": 0, "not_stated": 6,
            "disagreements": [
                {"patient": "p", "reader": "b", "visit": "v", "stated": "SD", "as_read": "PD", "reason": "PD: new lesion.", "rows": [7]},
            ],
        },
        "tables": {},
    }  # fmt: skip
    return Result(kind="responses of many", method="RECIST 1.1", value=value | more)


BARS = (
    Bar("p-1", 0.31, "PD", True), Bar("p-2", -0.4, "PR", False), Bar("p-3", -1.0, "CR", False),
    Bar("p-4", None, "NE", False, "cannot say: no visit"),
)  # fmt: skip
LEGS = (Leg("p-1", ((0.0, 0.0, ""), (2.0, 0.31, "PD")), (2.0,)), Leg("p-2", ((0.0, 0.0, ""), (2.0, -0.4, "PR"))))
LANES = (
    Lane("p-1", 5.0, ((0.0, 2.0, "PD"),), (0.0,), None, (2.0,), (3.0,), 5.0),
    Lane("p-2", 9.0, ((0.0, 2.0, "PR"),), (0.0,), 2.0, ongoing=True),
)


def pictures(bars: tuple[Bar, ...] = BARS) -> CohortPictures:
    return CohortPictures(bars, LEGS, LANES, (0.3, 0.2), "RECIST 1.1", "investigator", "the first session")


def test_the_page_of_many(tmp_path: Path) -> None:
    page = write_cohort_page(tmp_path, result=many(), pictures=pictures(), made_at=MADE_AT)
    said = text(page.html)
    for words in (
        "4 patients · RECIST 1.1",
        "2 of 4; 7 to 93 %",
        "2 / 3",
        "PD: new lesion.",
        "every answer is in one category",
        "Death.",
    ):
        assert words in said, words
    assert {f"{plot}.{kind}" for plot in ("waterfall", "spider", "swimmer") for kind in ("svg", "png", "pdf", "csv")} == {
        file.name for file in page.figures
    }
    rows = next(file for file in page.figures if file.name == "waterfall.csv").read_text().splitlines()
    assert len(rows) == 1 + 4  # the patient without a bar too


def test_plots_are_the_same_again(tmp_path: Path) -> None:
    first = write_cohort_page(tmp_path / "a", result=many(), pictures=pictures(), made_at=MADE_AT)
    second = write_cohort_page(tmp_path / "b", result=many(), pictures=pictures(), made_at=MADE_AT)
    for one_file, other in zip(first.figures, second.figures, strict=True):
        assert one_file.read_bytes() == other.read_bytes(), one_file.name


def test_what_is_not_drawn_is_said(tmp_path: Path) -> None:
    said = text(write_cohort_page(tmp_path / "a", result=many(), pictures=None, made_at=MADE_AT).html)
    assert "not drawn (no reader was chosen)" in said
    crowd = tuple(Bar(f"p-{n}", 0.0, "SD", False) for n in range(MOST_DRAWN + 1))
    result = many(patients=MOST_DRAWN + 1)
    said = text(write_cohort_page(tmp_path / "b", result=result, pictures=pictures(crowd), made_at=MADE_AT).html)
    assert f"not drawn (more than {MOST_DRAWN} patients)" in said
