"""Forms are data: one YAML file for each edition of a form says everything that the registry knows about it."""

from glisson.records.forms.codebook import CodebookRow, codebook, codebook_csv, codebook_markdown
from glisson.records.forms.definition import MISSING_CODES, Choice, Condition, Form, Item, ItemType
from glisson.records.forms.entry import FormEntry, current_entries
from glisson.records.forms.load import Catalogue, catalogue, form, forms, read_forms
from glisson.records.forms.problem import Problem
from glisson.records.forms.redcap_field import RedcapField, redcap_field
from glisson.records.forms.upgrade import Upgraded, upgrade
from glisson.records.forms.validate import check_values, refused

__all__ = [
    "MISSING_CODES",
    "Catalogue",
    "Choice",
    "CodebookRow",
    "Condition",
    "Form",
    "FormEntry",
    "Item",
    "ItemType",
    "Problem",
    "RedcapField",
    "Upgraded",
    "catalogue",
    "check_values",
    "codebook",
    "codebook_csv",
    "codebook_markdown",
    "current_entries",
    "form",
    "forms",
    "read_forms",
    "redcap_field",
    "refused",
    "upgrade",
]
