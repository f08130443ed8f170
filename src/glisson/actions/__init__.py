"""actions: one function per thing a user can do. Load, compute, record.

The command line, scripts and the web page all call these. Each is imported when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glisson.actions.ablation import measure_ablation as measure_ablation
    from glisson.actions.case import check_case as check_case
    from glisson.actions.case import new_case_from_scans as new_case_from_scans
    from glisson.actions.cohort.like import LikeWanted as LikeWanted
    from glisson.actions.cohort.like import patients_like as patients_like
    from glisson.actions.cohort.protocol_file import check_protocol as check_protocol
    from glisson.actions.cohort.protocol_file import example_protocol as example_protocol
    from glisson.actions.cohort.report import report_registry as report_registry
    from glisson.actions.compare import compare_doses as compare_doses
    from glisson.actions.contour import write_contour as write_contour
    from glisson.actions.demo import run_demo as run_demo
    from glisson.actions.dose import dose_case as dose_case
    from glisson.actions.dose_arrays import dose_image as dose_image
    from glisson.actions.engines import Histories as Histories
    from glisson.actions.export import export_case as export_case
    from glisson.actions.follow import Asked as Asked
    from glisson.actions.follow import TumourFiles as TumourFiles
    from glisson.actions.follow import follow_case as follow_case
    from glisson.actions.follow import follow_cases as follow_cases
    from glisson.actions.follow import follow_tables as follow_tables
    from glisson.actions.learn_pages import write_learn_page as write_learn_page
    from glisson.actions.learn_survival import SurvivalWanted as SurvivalWanted
    from glisson.actions.learn_survival import survival_of_table as survival_of_table
    from glisson.actions.literature.curves import CombinationWanted as CombinationWanted
    from glisson.actions.literature.curves import CurveWanted as CurveWanted
    from glisson.actions.literature.curves import combination_of_table as combination_of_table
    from glisson.actions.literature.curves import curve_to_patients as curve_to_patients
    from glisson.actions.literature.figures import beside_published as beside_published
    from glisson.actions.literature.figures import published_figures as published_figures
    from glisson.actions.literature.meta import MetaWanted as MetaWanted
    from glisson.actions.literature.meta import meta_of_arms as meta_of_arms
    from glisson.actions.literature.meta import meta_of_table as meta_of_table
    from glisson.actions.plan import plan_case as plan_case
    from glisson.actions.plan import sign_plan as sign_plan
    from glisson.actions.procedures import plan_hai as plan_hai
    from glisson.actions.procedures import plan_systemic as plan_systemic
    from glisson.actions.procedures import plan_tace as plan_tace
    from glisson.actions.register import register_images as register_images
    from glisson.actions.registry.door import Door as Door
    from glisson.actions.registry.exchange import export_registry as export_registry
    from glisson.actions.registry.exchange import push_redcap as push_redcap
    from glisson.actions.registry.fhir import FhirExported as FhirExported
    from glisson.actions.registry.fhir import FhirImported as FhirImported
    from glisson.actions.registry.fhir import export_fhir as export_fhir
    from glisson.actions.registry.fhir import import_fhir as import_fhir
    from glisson.actions.registry.incoming import ImportHow as ImportHow
    from glisson.actions.registry.incoming import compare_redcap as compare_redcap
    from glisson.actions.registry.incoming import import_files as import_files
    from glisson.actions.registry.keep import accept_registry_clock as accept_registry_clock
    from glisson.actions.registry.keep import add_registry_user as add_registry_user
    from glisson.actions.registry.keep import back_up_registry as back_up_registry
    from glisson.actions.registry.keep import erase_case as erase_case
    from glisson.actions.registry.keep import init_registry as init_registry
    from glisson.actions.registry.keep import migrate_registry_schema as migrate_registry_schema
    from glisson.actions.registry.keep import pseudonym_of as pseudonym_of
    from glisson.actions.registry.keep import registry_audit as registry_audit
    from glisson.actions.registry.keep import registry_users as registry_users
    from glisson.actions.registry.keep import remove_registry_user as remove_registry_user
    from glisson.actions.registry.keep import restore_registry as restore_registry
    from glisson.actions.registry.keep import verify_registry as verify_registry
    from glisson.actions.registry.scans import deidentify_scans as deidentify_scans
    from glisson.actions.registry.simulated import simulate_study as simulate_study
    from glisson.actions.registry.work import act_on_query as act_on_query
    from glisson.actions.registry.work import ask_query as ask_query
    from glisson.actions.registry.work import case_history as case_history
    from glisson.actions.registry.work import check_registry as check_registry
    from glisson.actions.registry.work import correct_entry as correct_entry
    from glisson.actions.registry.work import enter_form as enter_form
    from glisson.actions.registry.work import lock_visit as lock_visit
    from glisson.actions.registry.work import registry_queries as registry_queries
    from glisson.actions.registry.work import serious_adverse_events as serious_adverse_events
    from glisson.actions.registry.work import show_case as show_case
    from glisson.actions.registry.work import show_cases as show_cases
    from glisson.actions.registry.work import sign_visit as sign_visit
    from glisson.actions.registry.work import unlock_visit as unlock_visit
    from glisson.actions.registry.work import verify_source_data as verify_source_data
    from glisson.actions.remnant import measure_remnant as measure_remnant
    from glisson.actions.report import report_case as report_case
    from glisson.actions.shunt import shunt_case as shunt_case
    from glisson.actions.side_by_side import compare_case as compare_case
    from glisson.actions.sites import answer_request as answer_request
    from glisson.actions.sites import ask_sites as ask_sites
    from glisson.actions.sites import check_site_log as check_site_log
    from glisson.actions.sites import pool_answers as pool_answers
    from glisson.actions.sites import write_site_rules as write_site_rules
    from glisson.actions.ways import Wanted as Wanted
    from glisson.actions.weigh import decide_case as decide_case
    from glisson.actions.weigh import weigh_case as weigh_case
    from glisson.dose.gamma import Criteria as Criteria

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
    "Asked": "follow",
    "TumourFiles": "follow",
    "follow_case": "follow",
    "follow_cases": "follow",
    "follow_tables": "follow",
    "write_learn_page": "learn_pages",
    "SurvivalWanted": "learn_survival",
    "survival_of_table": "learn_survival",
    "CombinationWanted": "literature.curves",
    "CurveWanted": "literature.curves",
    "combination_of_table": "literature.curves",
    "curve_to_patients": "literature.curves",
    "beside_published": "literature.figures",
    "published_figures": "literature.figures",
    "MetaWanted": "literature.meta",
    "meta_of_arms": "literature.meta",
    "meta_of_table": "literature.meta",
    "LikeWanted": "cohort.like",
    "patients_like": "cohort.like",
    "check_protocol": "cohort.protocol_file",
    "example_protocol": "cohort.protocol_file",
    "report_registry": "cohort.report",
    "plan_case": "plan",
    "sign_plan": "plan",
    "plan_tace": "procedures",
    "plan_hai": "procedures",
    "plan_systemic": "procedures",
    "measure_ablation": "ablation",
    "measure_remnant": "remnant",
    "register_images": "register",
    "report_case": "report",
    "Door": "registry.door",
    "FhirExported": "registry.fhir",
    "FhirImported": "registry.fhir",
    "export_fhir": "registry.fhir",
    "import_fhir": "registry.fhir",
    "export_registry": "registry.exchange",
    "push_redcap": "registry.exchange",
    "ImportHow": "registry.incoming",
    "compare_redcap": "registry.incoming",
    "import_files": "registry.incoming",
    "accept_registry_clock": "registry.keep",
    "init_registry": "registry.keep",
    "registry_users": "registry.keep",
    "add_registry_user": "registry.keep",
    "remove_registry_user": "registry.keep",
    "verify_registry": "registry.keep",
    "back_up_registry": "registry.keep",
    "restore_registry": "registry.keep",
    "migrate_registry_schema": "registry.keep",
    "erase_case": "registry.keep",
    "registry_audit": "registry.keep",
    "pseudonym_of": "registry.keep",
    "enter_form": "registry.work",
    "correct_entry": "registry.work",
    "show_cases": "registry.work",
    "show_case": "registry.work",
    "case_history": "registry.work",
    "check_registry": "registry.work",
    "registry_queries": "registry.work",
    "act_on_query": "registry.work",
    "ask_query": "registry.work",
    "lock_visit": "registry.work",
    "unlock_visit": "registry.work",
    "sign_visit": "registry.work",
    "verify_source_data": "registry.work",
    "serious_adverse_events": "registry.work",
    "simulate_study": "registry.simulated",
    "deidentify_scans": "registry.scans",
    "shunt_case": "shunt",
    "answer_request": "sites",
    "ask_sites": "sites",
    "check_site_log": "sites",
    "pool_answers": "sites",
    "write_site_rules": "sites",
    "Criteria": "side_by_side",
    "Wanted": "ways",
    "compare_case": "side_by_side",
    "decide_case": "weigh",
    "weigh_case": "weigh",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(name)
    return getattr(import_module(f"glisson.actions.{_HOME[name]}"), name)
