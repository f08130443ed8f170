"""Forms are data: one YAML file for each edition of a form says everything that the registry knows about it."""

from glisson.records.forms.definition import MISSING_CODES, Choice, Condition, Form, Item, ItemType
from glisson.records.forms.entry import FormEntry, current_entries
from glisson.records.forms.load import Catalogue, catalogue, form, forms, read_forms
from glisson.records.forms.problem import Problem

__all__ = [
    "MISSING_CODES",
    "Catalogue",
    "Choice",
    "Condition",
    "Form",
    "FormEntry",
    "Item",
    "ItemType",
    "Problem",
    "catalogue",
    "current_entries",
    "form",
    "forms",
    "read_forms",
]
