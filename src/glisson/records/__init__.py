"""records: the case folder that a clinician can read and correct."""

from glisson.records.case_folder import append_event, case_file, new_case, read_case
from glisson.records.results import read_results, signed_plans, store_result

__all__ = ["append_event", "case_file", "new_case", "read_case", "read_results", "signed_plans", "store_result"]
