"""Figures of a cohort: no word overlaps another or leaves the sheet, whatever the input; counts reconcile; bytes repeat."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.report.figures import (
    cohort_balance,
    cohort_changes,
    cohort_dose_response,
    cohort_flow,
    cohort_forest,
    cohort_forest_axis,
    cohort_harm,
    cohort_meta,
    cohort_models,
    cohort_quality,
    cohort_response,
    cohort_sequences,
    cohort_sheet,
    cohort_survival,
    cohort_swimmer,
)
from glisson.report.figures.follow_spider import Leg
from glisson.report.figures.follow_swimmer import Lane
from glisson.report.figures.follow_waterfall import Bar
from glisson.report.figures.style import LINES, PNG_DPI

LONG = "a group with a name so long that nobody reads it to its end, in a cohort of many such groups"
TICKS = (0.0, 6.0, 12.0, 18.0, 24.0)


def survival_curve(name: str, n: int = 40, median: float = 12.0) -> cohort_survival.SurvivalCurve:
    """Events at the quantiles of an exponential, every fourth end a censoring."""
    ends = tuple(-median / math.log(2) * math.log(1 - (k + 0.5) / n) for k in range(n))
    alive, level, survival = n, 1.0, []
    for k in range(n):
        level *= 1 - 1 / alive if k % 4 else 1.0
        alive -= 1
        survival.append(level)
    return cohort_survival.SurvivalCurve(
        name, ends, tuple(survival), tuple(max(0.0, s - 0.1) for s in survival), tuple(min(1.0, s + 0.1) for s in survival), ends[::4],
        tuple(float(sum(1 for end in ends if end >= tick)) for tick in TICKS),
        tuple(float(sum(1 for end in ends[::4] if end < tick)) for tick in TICKS), n, n - len(ends[::4]), (median, 0.8 * median, None),
    )  # fmt: skip


def survival_plot(groups: int, name: str = "group", width_mm: float = 174.0) -> cohort_survival.SurvivalPlot:
    curves = tuple(survival_curve(f"{name} {k}", 20 + k, 5.0 + 6 * k) for k in range(groups))
    return cohort_survival.SurvivalPlot("Overall survival", curves, TICKS, "first session", log_rank_p=0.0004, width_mm=width_mm)


def incidence_plot(groups: int, width_mm: float = 174.0) -> cohort_survival.IncidencePlot:
    curves = []
    for k in range(groups):
        curve = survival_curve(f"cause {k}", 30, 9.0 + k)
        rising = tuple(0.4 * (1 - s) for s in curve.survival)
        curves.append(
            cohort_survival.IncidenceCurve(
                curve.name,
                curve.time,
                rising,
                rising,
                tuple(1.2 * y for y in rising),
                curve.at_risk,
                curve.censored,
                30,
                12,
                (0.2, 0.1, 0.3),
            )
        )
    return cohort_survival.IncidencePlot(
        "Cumulative incidence", tuple(curves), TICKS, "first session", gray_p=0.3, stated_at=12, width_mm=width_mm
    )


def zero_events() -> cohort_survival.SurvivalPlot:
    curve = cohort_survival.SurvivalCurve("nobody", (3.0, 20.0), (1.0, 1.0), (None, None), (None, None), (3.0, 20.0), (2, 1, 1, 1, 0),
                                          (0, 1, 1, 1, 2), 2, 0, (None, None, None))  # fmt: skip
    return cohort_survival.SurvivalPlot("Overall survival", (curve,), TICKS, "first session")


NOBODY = cohort_survival.SurvivalCurve("nobody here", (), (), (), (), (), (0,) * 5, (0,) * 5, 0, 0)

TERMS = (
    cohort_models.ModelTerm("no", "40 / 22", reference=True),
    cohort_models.ModelTerm("yes", "4 / 4", (6.2, 1.1, math.inf), None, 0.04, None, multivariable_said="no estimate: separation"),
    cohort_models.ModelTerm(LONG, "31 / 12", (0.62, 0.33, None), (0.001, 0.0, 900.0), 0.0001, 0.5),
)
COX = cohort_models.CoxForest(
    (
        cohort_models.ModelGroup(
            "Age, per 10 years", (cohort_models.ModelTerm("", "152 / 110", (1.1, 0.9, 1.3), (1.0, 0.9, 1.2), 0.2, 0.9),)
        ),
        cohort_models.ModelGroup("RAS mutation", TERMS),
    ),
    notes=(LONG * 3,),
)
SUBGROUPS = cohort_models.SubgroupForest(
    cohort_models.Subgroup("All patients", "34 / 90", "50 / 76", (0.7, 0.5, 0.98), events=84),
    (
        cohort_models.SubgroupVariable(
            "Sex", (cohort_models.Subgroup("women", "12 / 40", "20 / 33", (0.6, 0.3, 1.1), events=32),), 0.62
        ),
        cohort_models.SubgroupVariable(
            LONG, (cohort_models.Subgroup("none", "0 / 10", "0 / 12", None, "no estimate: no events"),), None, "cannot say"
        ),
    ),
    ("Systemic therapy goes on beside it: yes", "not Systemic therapy goes on beside it: yes"),
    favours=("Systemic therapy goes on beside it: yes", "not Systemic therapy goes on beside it: yes"),
)
CENTRES = cohort_models.CentrePlot(
    "Survival at 12 months",
    (
        cohort_models.CentreRow("A", "30", (0.4, 0.2, 0.6)),
        cohort_models.CentreRow("B", "31", (0.7, 0.5, 0.9)),
        cohort_models.CentreRow("C", "<5", None, "withheld: fewer than 5"),
    ),
    cohort_models.CentreRow("All centres", "63", (0.55, 0.45, 0.65)),
)
META = cohort_meta.MetaForest(
    "Risk ratio",
    ("treated", "control"),
    (
        cohort_meta.MetaStudy("One 1999", ("4/119", "11/128"), (0.4, 0.1, 1.3), 0.2),
        cohort_meta.MetaStudy(LONG, ("180/1541", "372/1451"), (0.5, 0.4, 0.6), 0.8),
    ),
    (
        cohort_meta.MetaPooled("Random effects (REML)", (0.49, 0.34, 0.7), (0.15, 1.55)),
        cohort_meta.MetaPooled("Common effect", (0.4, 0.3, 0.5)),
    ),
    ("Heterogeneity: I² = 92 %.",),
    ("favours treatment", "favours control"),
)
FUNNEL = cohort_meta.FunnelPlot(
    "Risk ratio",
    (
        cohort_meta.FunnelPoint("a", -0.5, 0.1),
        cohort_meta.FunnelPoint("b", -1.0, 0.4),
        cohort_meta.FunnelPoint("c", 0.0, 0.4, True),
    ),
    -0.6,
    -0.7,
    notes=("Egger's test: p = 0.03",),
)
FLOW = cohort_flow.FlowDiagram(
    (
        cohort_flow.FlowStep(
            "Patients in the registry", 180, lost=(cohort_flow.FlowReason(LONG, 18), cohort_flow.FlowReason("consent", 10))
        ),
        cohort_flow.FlowStep("Analysed", 152, lines=("398 sessions",)),
    ),
    tuple(cohort_flow.FlowEnd(f"Endpoint {k}", 152 - k, ("110 events",)) for k in range(6)),
)
SEQUENCES = cohort_sequences.TreatmentSequences(
    ("before", "index treatment", "after"),
    tuple(
        cohort_sequences.TreatmentPath((f"FOLFOX {b} with a long name", i, f"after {a}"), 1 + (7 * b + 3 * a) % 11)
        for b in range(9)
        for i in ("TACE", "SIRT")
        for a in range(12)
    ),
)
LOVE = cohort_balance.LovePlot(
    (
        cohort_balance.Balance("Age", 0.7, 0.02),
        cohort_balance.Balance(LONG, 0.3, 0.12),
        cohort_balance.Balance("constant", None, None),
    ),
    notes=("Effective sample size 61.",),
)
OVERLAP = cohort_balance.OverlapPlot((0.0, 0.5, 1.0), (3.0, 5.0), (6.0, 1.0), ("combined", "alone"), (2.5, 5.5), (6.1, 1.2))
DOSE = cohort_dose_response.DoseResponsePlot(
    (40.0, 90.0, 130.0, 250.0), (False, False, True, True), (cohort_dose_response.DoseGroup(0, 100, 50, 2, 0, 0.0, 0.0, 0.84),),
    (10.0, 100.0, 300.0), (0.01, 0.4, 0.97), (0.0, 0.1, None), (0.2, 0.8, None), (120.0, 80.0, None), (0.8, 0.4, 1.2),
)  # fmt: skip
SPLINE = cohort_dose_response.SplinePlot(
    "Age (years)", (30.0, 50.0, 70.0), (2.0, 1.0, 3.0), (1.0, 1.0, 0.01), (4.0, 1.0, 300.0), 50.0, (31.0, 52.0), (40.0, 50.0, 60.0),
    p_overall=0.04, p_nonlinear=0.2,
)  # fmt: skip
RESPONSES = cohort_response.ResponsePlot(
    (
        cohort_response.ResponseWindow(
            "3 months (2–4.5)",
            (
                cohort_response.ResponseBar(
                    "all patients", 20, (("PR", 5), ("SD", 6), ("PD", 7), ("no assessment", 2)), ("25 (9–49)",)
                ),
                cohort_response.ResponseBar("assessed", 18, (("PR", 5), ("SD", 6), ("PD", 7)), ("28 (10–53)",)),
            ),
        ),
        cohort_response.ResponseWindow(LONG, (cohort_response.ResponseBar("assessed", 0, ()),)),
    ),
    ("ORR, % (95 % CI)",),
)
HARM = cohort_harm.HarmPlot(
    ("periprocedural (day 0–7)", LONG),
    (50, 48),
    tuple(cohort_harm.HarmRow(f"{LONG[: 5 + 3 * k]} {k}", ((k, 3, 1, 0, 0), (2, k, 0, 0, k % 2))) for k in range(12)),
    most=8,
)
QUALITY = cohort_quality.QualityPlot(
    tuple(
        cohort_quality.QualityScale(
            f"Scale {k}" if k else LONG,
            tuple(
                cohort_quality.QualityLine(
                    name,
                    tuple(cohort_quality.QualityPoint(m, 3.0 * k - m, -m - 5.0, 9.0, 90, 100) for m in (1, 2, 3, 6, 9, 12, 24)),
                )
                for name in ("first line", "salvage")
            ),
            k % 2 == 0,
            10.0,
        )
        for k in range(5)
    )
)


def lane_groups(n: int, groups: int) -> list[cohort_swimmer.LaneGroup]:
    lanes = []
    for k in range(n):
        end = 1.0 + k % 37
        spans = ((0.0, min(3.0, end), "PR" if k % 2 else "PD"),)
        lanes.append(Lane(f"P{k:03d}", end, spans, (0.0,), 1.0, (2.0,), (2.5,), 30.0 if k % 3 else None, not k % 3))
    return [cohort_swimmer.LaneGroup(f"group {g}" if groups > 1 else "", tuple(lanes[g::groups])) for g in range(groups)]


BARS = [
    cohort_changes.BarGroup(
        name, tuple(Bar(f"P{k}", None if k % 9 == 0 else k / 30 - 1, "SD", k % 7 == 0, "no visit") for k in range(n))
    )
    for name, n in (("first line", 60), (LONG, 10), ("salvage", 0))
]
LEGS = [
    cohort_changes.LegGroup(name, tuple(Leg(f"P{k}", ((0.0, 0.0, ""), (3.0, k / 40 - 0.5, "PD")), (3.0,)) for k in range(n)))
    for name, n in (("first line", 40), (LONG, 1))
]

Draw = Callable[[Path], Any]
FIGURES: dict[str, Draw] = {
    **{
        f"survival of {groups} groups at {width:g} mm": lambda stem, g=groups, w=width: cohort_survival.draw_survival(
            stem, survival_plot(g, "group" if g < 6 else LONG, w)
        )
        for groups in (1, 2, 6)
        for width in (174.0, 84.0)
    },
    **{
        f"incidence of {groups} causes at {width:g} mm": lambda stem, g=groups, w=width: cohort_survival.draw_incidence(
            stem, incidence_plot(g, w)
        )
        for groups in (1, 3)
        for width in (174.0, 84.0)
    },
    "survival cut": lambda stem: cohort_survival.draw_survival(stem, replace(survival_plot(2), until=14.0)),
    "survival with a group of nobody": lambda stem: cohort_survival.draw_survival(
        stem, replace(survival_plot(2), curves=(*survival_plot(2).curves, NOBODY))
    ),
    "survival of nobody": lambda stem: cohort_survival.draw_survival(stem, replace(survival_plot(2), curves=(NOBODY, NOBODY))),
    **{
        f"survival of a long endpoint at {width:g} mm": lambda stem, w=width: cohort_survival.draw_survival(
            stem, replace(survival_plot(2, width_mm=w), endpoint="Hepatic progression-free survival (liver progression or death)")
        )
        for width in (174.0, 84.0)
    },
    "survival without events": lambda stem: cohort_survival.draw_survival(stem, zero_events()),
    "cox": lambda stem: cohort_models.draw_cox_forest(stem, COX),
    "cox univariable": lambda stem: cohort_models.draw_cox_forest(stem, replace(COX, multivariable=False)),
    "subgroups": lambda stem: cohort_models.draw_subgroup_forest(stem, SUBGROUPS),
    "centres": lambda stem: cohort_models.draw_centres(stem, CENTRES),
    "meta": lambda stem: cohort_meta.draw_meta_forest(stem, META),
    "funnel": lambda stem: cohort_meta.draw_funnel(stem, FUNNEL),
    "funnel narrow": lambda stem: cohort_meta.draw_funnel(stem, replace(FUNNEL, width_mm=84.0)),
    "flow": lambda stem: cohort_flow.draw_flow(stem, FLOW),
    "sequences": lambda stem: cohort_sequences.draw_sequences(stem, SEQUENCES),
    "love": lambda stem: cohort_balance.draw_love(stem, LOVE),
    "love narrow": lambda stem: cohort_balance.draw_love(stem, replace(LOVE, width_mm=84.0)),
    "overlap": lambda stem: cohort_balance.draw_overlap(stem, OVERLAP),
    "overlap narrow": lambda stem: cohort_balance.draw_overlap(stem, replace(OVERLAP, width_mm=84.0)),
    "dose": lambda stem: cohort_dose_response.draw_dose_response(stem, DOSE),
    "dose narrow": lambda stem: cohort_dose_response.draw_dose_response(stem, replace(DOSE, width_mm=84.0)),
    "spline": lambda stem: cohort_dose_response.draw_spline(stem, SPLINE),
    "responses": lambda stem: cohort_response.draw_responses(stem, RESPONSES),
    "harm": lambda stem: cohort_harm.draw_harm(stem, HARM),
    "harm of nobody": lambda stem: cohort_harm.draw_harm(stem, replace(HARM, rows=())),
    "butterfly": lambda stem: cohort_harm.draw_harm_butterfly(stem, HARM),
    "quality": lambda stem: cohort_quality.draw_quality(stem, QUALITY),
    "swimmer of 152": lambda stem: cohort_swimmer.draw_cohort_swimmer(stem, lane_groups(152, 3), "first session"),
    "swimmer of 12": lambda stem: cohort_swimmer.draw_cohort_swimmer(stem, lane_groups(12, 1), "first session"),
    "waterfall": lambda stem: cohort_changes.draw_cohort_waterfall(stem, BARS, (0.3, 0.2), "best change (%)"),
    "spider": lambda stem: cohort_changes.draw_cohort_spider(stem, LEGS, (0.3, 0.2), what="change (%)", since="first session"),
}


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The figures that are saved, without files."""
    found: list[Any] = []
    monkeypatch.setattr(cohort_sheet, "save_three", lambda figure, stem: found.append(figure))
    yield found


def drawn_texts(figure: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float, Any]]:
    """Words, size and box of every text that reaches the paper."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    found: list[tuple[str, float, Any]] = []
    draw = Text.draw

    def recording(self: Any, renderer: Any, *more: Any, **named: Any) -> Any:
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), self.get_fontsize(), Text.get_window_extent(self, renderer)))
        return draw(self, renderer, *more, **named)

    figure.set_dpi(PNG_DPI)
    with monkeypatch.context() as patch, cohort_sheet.journal():
        patch.setattr(Text, "draw", recording)
        FigureCanvasAgg(figure).draw()
    return found


@pytest.mark.parametrize("name", FIGURES)
def test_words_keep_apart_stay_on_the_sheet_and_can_be_read(
    name: str, tmp_path: Path, figures: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    FIGURES[name](tmp_path / "figure")
    texts = drawn_texts(figures[0], monkeypatch)
    assert texts
    width, height = figures[0].bbox.width, figures[0].bbox.height
    for words, size, box in texts:
        assert size >= cohort_sheet.SMALL, words
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1, f"{words} is cut off"
    for (one, _, a), (other, _, b) in combinations(texts, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= 2.0 or along <= 4.0, f"'{one}' and '{other}' overlap"


def test_overlapping_words_are_found(figures: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = cohort_sheet.new_sheet(50.0, 20.0)
    sheet.write(10.0, 10.0, "one")
    sheet.write(11.0, 10.5, "two")
    (_, _, a), (_, _, b) = drawn_texts(sheet.figure, monkeypatch)
    assert min(a.x1, b.x1) - max(a.x0, b.x0) > 2.0 and min(a.y1, b.y1) - max(a.y0, b.y0) > 4.0


@pytest.mark.parametrize("name", ["survival of 2 groups at 174 mm", "cox", "flow", "sequences"])
def test_the_same_input_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = [path.read_bytes() for path in FIGURES[name](tmp_path / "a")]
    second = [path.read_bytes() for path in FIGURES[name](tmp_path / "b")]
    assert first == second
    assert [path.suffix for path in FIGURES[name](tmp_path / "c")] == [".svg", ".png", ".pdf"]


def test_groups_differ_without_colour() -> None:
    def lightness(colour: str) -> float:
        red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
        return 0.299 * red + 0.587 * green + 0.114 * blue

    for (one, hatch), (other, other_hatch) in combinations(cohort_sheet.FACES, 2):
        assert hatch != other_hatch or abs(lightness(one) - lightness(other)) > 0.1
    grades = [lightness(grade) for grade in cohort_sheet.GRADES]
    assert all(a - b > 0.12 for a, b in pairwise(grades))
    assert len({str(dash) for _, dash in LINES}) == len(LINES)


@given(st.text(alphabet="abcdefgh $_ijkl mno", max_size=80), st.floats(12.0, 60.0))
def test_measured_text_fits_its_room(words: str, room: float) -> None:
    with cohort_sheet.journal():
        lines = cohort_sheet.wrapped(words, room, most=2)
        assert len(lines) <= 2 and all(cohort_sheet.text_mm(line) <= room for line in lines)
        whole = cohort_sheet.wrapped(words, 1e6)
        assert whole == [" ".join(words.split())]


def test_measured_width_against_what_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    words = "Progression-free survival in the liver (n = 148)"
    sheet = cohort_sheet.new_sheet(120.0, 20.0)
    sheet.write(10.0, 10.0, words)
    _, _, box = drawn_texts(sheet.figure, monkeypatch)[0]
    drawn_mm = box.width / sheet.figure.dpi * 25.4
    assert cohort_sheet.text_mm(words) == pytest.approx(drawn_mm, rel=0.04)


@given(st.floats(0.001, 0.9), st.floats(1.1, 1000.0), st.integers(2, 12))
def test_ticks_of_a_ratio_keep_apart_and_hold_one(low: float, high: float, most: int) -> None:
    ticks = cohort_forest_axis.ratio_ticks(low, high, most)
    assert 1.0 in ticks and all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)
    assert all(math.log(b / a) >= 0.999 * math.log(high / low) / most for a, b in pairwise(ticks))


@given(st.floats(-50, 50), st.floats(0.01, 100), st.integers(2, 12))
def test_ticks_of_a_line_are_round_and_inside(low: float, wide: float, most: int) -> None:
    ticks = cohort_forest_axis.linear_ticks(low, low + wide, most)
    assert len(ticks) <= most and all(low - 1e-6 <= tick <= low + wide + 1e-6 for tick in ticks)


def test_an_interval_beyond_the_axis_has_an_arrow_and_one_inside_has_none() -> None:
    scale = cohort_forest_axis.Scale(10.0, 40.0, 0.25, 4.0, True)
    ends, beyond = cohort_forest._ends(cohort_forest_axis.Estimate(1.0, 0.5, math.inf), scale)
    assert ends == (pytest.approx(20.0), 50.0) and beyond == (False, True)
    assert cohort_forest._ends(cohort_forest_axis.Estimate(1.0, None, 2.0), scale)[1] == (True, False)
    ends, beyond = cohort_forest._ends(cohort_forest_axis.Estimate(90.0, 80.0, 100.0), scale)
    assert ends == (50.0, 50.0) and beyond == (False, True)


def test_both_panels_of_a_forest_have_one_scale() -> None:
    _, panels, lines = cohort_models._cox(COX)
    layout = cohort_forest._layout(("", "n / events"), panels, lines)
    first, second = cohort_forest._scales(panels, layout, lines)
    assert (first.low, first.high, first.wide) == (second.low, second.high, second.wide)


def test_a_forest_is_parted_between_covariates() -> None:
    many = replace(COX, groups=COX.groups * 20)
    pages = cohort_models.forest_pages(many, 30)
    assert [group for page in pages for group in page.groups] == list(many.groups)
    assert all(sum(len(g.terms) + (len(g.terms) > 1) for g in page.groups) <= 30 for page in pages)


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        ((), ()),
        ((cohort_flow.FlowStep("a", 10, lost=(cohort_flow.FlowReason("x", 2),)), cohort_flow.FlowStep("b", 9)), ()),
        ((cohort_flow.FlowStep("a", 10),), (cohort_flow.FlowEnd("e", 11),)),
    ],
)
def test_counts_that_do_not_reconcile_are_refused(steps: Any, ends: Any, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        cohort_flow.draw_flow(tmp_path / "flow", cohort_flow.FlowDiagram(steps, ends))


@given(
    st.lists(st.tuples(st.sampled_from("abcdefghij"), st.sampled_from("xyz"), st.integers(1, 20)), min_size=1, max_size=40),
    st.integers(1, 6),
)
def test_merging_rare_treatments_keeps_every_patient(ways: list[tuple[str, str, int]], most: int) -> None:
    paths = tuple(cohort_sequences.TreatmentPath((a, b), n) for a, b, n in ways)
    plot = cohort_sequences.TreatmentSequences(("before", "after"), paths, most=most + 1)
    merged = cohort_sequences.merged_paths(plot)
    assert sum(merged.values()) == sum(n for _, _, n in ways)
    assert len({steps[0] for steps in merged}) <= most + 1


def test_bands_fill_their_nodes(tmp_path: Path) -> None:
    picture = cohort_sequences._arrange(SEQUENCES)
    for stage in picture.nodes:
        assert sum(node.n for node in stage.values()) == sum(path.patients for path in SEQUENCES.paths)
        ordered = sorted(stage.values(), key=lambda node: node.top)
        assert all(b.top >= a.top + a.high for a, b in pairwise(ordered))
        assert ordered[-1].top + ordered[-1].high <= cohort_sequences.TOP_mm + picture.high + 1e-9


def test_the_statement_stands_where_no_curve_passes() -> None:
    from glisson.report.figures import cohort_statement as statement

    curve = statement.Steps("", (1.0, 2.0), (0.9, 0.85), (), (), (), ("1",), ("1 / 2",))
    figure = statement.StepFigure((curve,), (0.0, 2.0), 1.0, 1.0, "", "", "", ("events / n",), (), 174.0)
    frame = statement.Frame(15.0, 4.0, 150.0, 76.0, 2.0, 1.0)
    words = statement.statement_of(figure)
    place = statement.free_corner(figure, frame, words)
    assert place is not None and place[1] > frame.top + frame.high / 2  # the curve stays high: the statement stands low
    crossing = replace(curve, x=(0.05, 1.0, 2.0), y=(0.8, 0.5, 0.4))
    full = replace(figure, curves=(crossing, replace(crossing, y=(0.2, 0.6, 0.7))))
    assert statement.free_corner(full, replace(frame, high=12.0), words) is None


def test_an_axis_that_ends_early_says_so_and_its_curves_reach_its_end() -> None:
    from glisson.report.figures.cohort_statement import Steps, outline

    curve = Steps("", (1.0, 5.0), (0.5, 0.0), (), (), (), (), ())
    assert outline(curve, 1.0, 3.0) == [(0.0, 1.0), (1.0, 1.0), (1.0, 0.5), (3.0, 0.5)]
    cut = replace(survival_plot(1), until=10.0)
    assert "shown until 10 months" in cohort_survival._lines(cut, None)
    assert cohort_survival._lines(replace(cut, until=1000.0), None) == ("intervals: log-log",)


def test_patients_are_parted_by_group_and_none_is_lost() -> None:
    lanes = [Lane(f"P{k}", 1.0, ()) for k in range(5)]
    group_of = {"P0": "salvage", "P1": "first line", "P2": "salvage", "P4": "another"}
    parts = cohort_sheet.by_group(lanes, group_of, ("first line", "salvage"))
    assert [(name, [lane.patient for lane in part]) for name, part in parts] == [
        ("first line", ["P1"]), ("salvage", ["P0", "P2"]), ("another", ["P4"]), ("group not known", ["P3"]),
    ]  # fmt: skip


def test_an_interval_that_begins_after_a_censoring_is_drawn() -> None:
    from matplotlib.figure import Figure

    from glisson.report.figures import cohort_statement, cohort_steps

    curve = cohort_statement.Steps("", (1.0, 2.0, 3.0), (1.0, 0.8, 0.0), (None, 0.6, None), (None, 0.9, None), (1.0,), (), ())
    figure = cohort_statement.StepFigure((curve,), (0.0,), 1.0, 1.0, "", "", "", (), (), 174.0)
    axes = Figure().subplots()
    cohort_steps._draw_band(axes, figure, 0, curve)
    low, high = (list(line.get_ydata()) for line in axes.lines)
    assert low == [1.0, 1.0, 1.0, 1.0, 0.6] and high == [1.0, 1.0, 1.0, 1.0, 0.9]


BROKEN: dict[str, Draw] = {
    "no curve": lambda stem: cohort_survival.draw_survival(stem, replace(survival_plot(1), curves=())),
    "ticks": lambda stem: cohort_survival.draw_survival(stem, replace(survival_plot(1), ticks=(0.0, 1.0))),
    "incidence ticks": lambda stem: cohort_survival.draw_incidence(stem, replace(incidence_plot(1), ticks=(0.0,))),
    "no covariate": lambda stem: cohort_balance.draw_love(stem, cohort_balance.LovePlot(())),
    "edges": lambda stem: cohort_balance.draw_overlap(stem, replace(OVERLAP, edges=(0.0, 1.0))),
    "doses": lambda stem: cohort_dose_response.draw_dose_response(stem, replace(DOSE, responded=(True,))),
    "ratio of zero": lambda stem: cohort_dose_response.draw_spline(stem, replace(SPLINE, low=(0.0, 1.0, 1.0))),
    "no response": lambda stem: cohort_response.draw_responses(stem, cohort_response.ResponsePlot(())),
    "responses that do not add up": lambda stem: cohort_response.draw_responses(
        stem,
        cohort_response.ResponsePlot(
            (cohort_response.ResponseWindow("w", (cohort_response.ResponseBar("all", 5, (("PR", 4),)),)),)
        ),
    ),
    "more events than patients": lambda stem: cohort_harm.draw_harm(stem, replace(HARM, denominators=(50, 2))),
    "no denominator": lambda stem: cohort_harm.draw_harm(stem, replace(HARM, denominators=())),
    "butterfly of one": lambda stem: cohort_harm.draw_harm_butterfly(stem, cohort_harm.HarmPlot(("a",), (5,), ())),
    "no scale": lambda stem: cohort_quality.draw_quality(stem, cohort_quality.QualityPlot(())),
    "path of two": lambda stem: cohort_sequences.draw_sequences(
        stem, replace(SEQUENCES, paths=(cohort_sequences.TreatmentPath(("a", "b"), 1),))
    ),
    "no patient": lambda stem: cohort_sequences.draw_sequences(stem, replace(SEQUENCES, paths=())),
    "no lane": lambda stem: cohort_swimmer.draw_cohort_swimmer(stem, [cohort_swimmer.LaneGroup("a", ())], "x"),
    "no bar": lambda stem: cohort_changes.draw_cohort_waterfall(stem, [], (0.3, 0.2), "x"),
    "no visit": lambda stem: cohort_changes.draw_cohort_spider(stem, [], (0.3, 0.2), what="x", since="y"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_drawn_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        BROKEN[name](tmp_path / "broken")
    assert not list(tmp_path.iterdir())


def test_tables_behind_the_figures_are_rectangular_and_hold_every_number() -> None:
    plot = survival_plot(2)
    tables = [
        cohort_survival.survival_rows(plot), cohort_survival.incidence_rows(incidence_plot(2)), cohort_models.cox_forest_rows(COX),
        cohort_models.subgroup_forest_rows(SUBGROUPS), cohort_models.centre_rows(CENTRES), cohort_meta.meta_forest_rows(META),
        cohort_meta.funnel_rows(FUNNEL), cohort_flow.flow_rows(FLOW), cohort_sequences.sequence_rows(SEQUENCES),
        cohort_balance.love_rows(LOVE), cohort_balance.overlap_rows(OVERLAP), cohort_dose_response.dose_response_rows(DOSE),
        cohort_dose_response.spline_rows(SPLINE), cohort_response.response_rows(RESPONSES), cohort_harm.harm_rows(HARM),
        cohort_quality.quality_rows(QUALITY), cohort_swimmer.swimmer_rows(lane_groups(5, 2)), cohort_changes.waterfall_rows(BARS),
        cohort_changes.spider_rows(LEGS),
    ]  # fmt: skip
    for rows in tables:
        assert rows and all(list(row) == list(rows[0]) for row in rows)
        assert all(not isinstance(cell, float) or math.isfinite(cell) for row in rows for cell in row.values())
    assert len(tables[0]) == sum(len(curve.time) + len(TICKS) + 1 for curve in plot.curves)
    assert sum(row["patients"] for row in tables[8]) == sum(path.patients for path in SEQUENCES.paths)  # type: ignore[misc]
    assert len(tables[14]) == len(HARM.rows) * len(HARM.phases)


def test_words_of_numbers_by_hand() -> None:
    assert cohort_sheet.p_statement("log-rank", 0.0493) == "log-rank p = 0.049"
    assert cohort_sheet.interval_words(-0.2, -0.5, 0.1) == "−0.20 (−0.50 to 0.10)"
    assert cohort_sheet.interval_words(1.5, 0.2, math.inf) == "1.50 (0.20–∞)"
    assert cohort_sheet.number(math.nan) == "–" and cohort_sheet.number(123456.0) == "1e5"
    assert cohort_survival._survival_steps(survival_curve("x"), True).summary[1] == "12.0 (9.6–NR)"
    assert cohort_survival._survival_steps(zero_events().curves[0], True).summary[1] == "NR (NR–NR)"
