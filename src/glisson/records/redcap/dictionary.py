"""The data dictionary of a REDCap project that holds these forms, in REDCap's own eighteen columns."""

import csv
from collections.abc import Iterable
from io import StringIO

from glisson.records.forms import Form, RedcapField, redcap_field

RECORD = "record_id"
HEADERS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""Columns of a data dictionary file, as REDCap writes and reads them."""


def edition_field(form: Form) -> str:
    """Field that says by which edition of the form an instrument was filled."""
    return f"{form.prefix}_edition"


def dictionary_csv(forms: Iterable[Form]) -> str:
    """The data dictionary of forms as CSV; ready for REDCap's 'Upload data dictionary'."""
    out = StringIO()
    writer = csv.DictWriter(out, HEADERS, restval="")
    writer.writeheader()
    for number, form in enumerate(forms):
        if number == 0:
            writer.writerow(_plain(RECORD, form, "Pseudonym", note="As glisson makes it; never a hospital number"))
        section = ""
        for item in form.items:
            field = redcap_field(form, item)
            writer.writerow(_row(field, field.section if field.section != section else ""))
            section = field.section
        edition = _plain(edition_field(form), form, "Edition of this form", note=str(form.edition))
        writer.writerow({**edition, "Field Annotation": f"@HIDDEN @DEFAULT='{form.edition}'"})
    return out.getvalue()


def _plain(name: str, form: Form, label: str, *, note: str) -> dict[str, str]:
    own = {"Variable / Field Name": name, "Form Name": form.form, "Field Type": "text", "Field Label": label, "Field Note": note}
    return own | ({"Required Field?": "y"} if name == RECORD else {})


def _row(field: RedcapField, section: str) -> dict[str, str]:
    return dict(
        zip(
            HEADERS,
            (
                field.name, field.form, section, field.type, field.label, field.choices_text, field.note, field.validation,
                field.minimum, field.maximum, "y" if field.identifier else "", field.branching, "y" if field.required else "",
                "", "", "", "", "",
            ),
            strict=True,
        )
    )  # fmt: skip
