"""What the report says of a Monte Carlo's uncertainty."""

from report_payloads import dose_result

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
