"""actions: one function per thing a user can do. Load, compute, record.

The command line, scripts and the web page all call these. Each is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glisson.actions.case import check_case as check_case
    from glisson.actions.case import new_case_from_scans as new_case_from_scans
    from glisson.actions.compare import compare_doses as compare_doses
    from glisson.actions.contour import write_contour as write_contour
    from glisson.actions.demo import run_demo as run_demo
    from glisson.actions.dose import dose_case as dose_case
    from glisson.actions.dose_arrays import dose_image as dose_image
    from glisson.actions.engines import Histories as Histories
    from glisson.actions.export import export_case as export_case
    from glisson.actions.plan import plan_case as plan_case
    from glisson.actions.plan import sign_plan as sign_plan
    from glisson.actions.register import register_images as register_images
    from glisson.actions.report import report_case as report_case
    from glisson.actions.shunt import shunt_case as shunt_case
    from glisson.actions.side_by_side import Criteria as Criteria
    from glisson.actions.side_by_side import Wanted as Wanted
    from glisson.actions.side_by_side import compare_case as compare_case

_HOME = {
    "check_case": "case",
    "new_case_from_scans": "case",
    "compare_doses": "compare",
    "write_contour": "contour",
    "run_demo": "demo",
    "dose_case": "dose",
    "dose_image": "dose_arrays",
    "Histories": "engines",
    "export_case": "export",
    "plan_case": "plan",
    "sign_plan": "plan",
    "register_images": "register",
    "report_case": "report",
    "shunt_case": "shunt",
    "Criteria": "side_by_side",
    "Wanted": "side_by_side",
    "compare_case": "side_by_side",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"glisson.actions.{_HOME[name]}"), name)
