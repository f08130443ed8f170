"""What the report says of a Monte Carlo's uncertainty."""

from report_payloads import dose_result

from glisson.case import Run
from glisson.report.citations import Citations
from glisson.report.document import Facts
from glisson.report.dose_pages import dose_blocks

REGIONS = [
    {"region": "lesion-1", "voxels": 212, "relative_standard_error_rms": 0.0123, "relative_standard_error_largest": 0.0187},
    {"region": "lesion-2", "voxels": 0, "relative_standard_error_rms": None, "relative_standard_error_largest": None},
]


def said(case, **value):
    (how,) = (block for block in dose_blocks(dose_result(**value), case, Citations()) if isinstance(block, Facts))
    return dict(how.rows)


def test_histories_and_standard_errors_stand_among_the_methods(case) -> None:
    rows = said(case, statistics={"histories": 5_000_000, "batches": 64, "regions": REGIONS})
    assert rows["Histories"] == "5000000 in 64 batches"
    above = "Standard error above half of the maximum, "
    assert rows[above + "lesion-1"] == "1.2 % rms, 1.9 % at most, over 212 voxels"
    assert rows[above + "lesion-2"] == "cannot say (no dose there)"


def test_engines_without_histories_say_nothing_of_them(case) -> None:
    assert not any("Histories" in name or "Standard error" in name for name in said(case))


def test_the_run_of_a_result_is_printed_and_one_of_another_is_not(case) -> None:
    from datetime import UTC, datetime

    from glisson.report.pages import Figures, build_document

    result = dose_result(statistics={"histories": 5_000_000, "batches": 64, "regions": REGIONS})
    run = Run(
        result=result.sha256(), method="monte carlo", seconds=3.0, cpu_seconds=5.5, threads=2, processor="Some CPU", cores=2,
        software={}, histories=5_000_000, histories_per_second_per_core=900_000.0,
    )  # fmt: skip
    made_at = datetime(2026, 3, 20, tzinfo=UTC)
    for runs, expected in (((run,), True), ((run.model_copy(update={"result": "0" * 64}),), False), ((), False)):
        document = build_document(case, [result], Figures(), [], made_at, runs=runs)
        assert ("Some CPU" in repr(document)) is expected
