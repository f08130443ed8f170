"""The codebook of a form: one row for each item, as a table for people and as CSV."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, fields
from io import StringIO

from glisson.records.forms.definition import CdiscTarget, Condition, Form, Item, ItemType, NounTarget


@dataclass(frozen=True)
class CodebookRow:
    """One item, all in words."""

    form: str
    edition: str
    item: str
    label: str
    section: str
    type: str
    unit: str
    choices: str
    refuse: str
    warn: str
    required: str
    missing: str
    asked_when: str
    confirmed: str
    redcap: str
    cdisc: str
    noun: str
    help: str


def codebook(form: Form) -> list[CodebookRow]:
    """Every item of a form, in its order.

    >>> from glisson.records.forms import form
    >>> codebook(form("death"))[1].choices
    '1 cancer; 2 treatment; 3 other; 4 unknown'
    """
    return [_row(form, item) for item in form.items]


def codebook_csv(forms: Sequence[Form]) -> str:
    """The codebook of several forms as CSV with a header; lines end with CR LF (RFC 4180)."""
    out = StringIO()
    writer = csv.writer(out)
    names = [field.name for field in fields(CodebookRow)]
    writer.writerow(names)
    for form in forms:
        writer.writerows([getattr(row, name) for name in names] for row in codebook(form))
    return out.getvalue()


def codebook_markdown(form: Form) -> str:
    """The codebook of a form as a page: title, what is proposed, and a table."""
    head = "| item | is | type | allowed | asked for | asked when | CDISC |\n|---|---|---|---|---|---|---|\n"
    rows = "".join(_markdown_row(row) for row in codebook(form))
    return f"# {form.title} (`{form.form}`, edition {form.edition})\n\n{form.proposal}\n\n{head}{rows}"


def _markdown_row(row: CodebookRow) -> str:
    name = f"`{row.item}`" + (" *" if row.confirmed else "")
    allowed = row.choices or (f"{row.refuse}; usual {row.warn}" if row.warn else row.refuse)
    asked = row.required + (f"; may be {row.missing}" if row.missing else "")
    unit = f", {row.unit}" if row.unit not in ("", "1") else ""
    cells = (name, row.label + unit, row.type, allowed, asked, row.asked_when, row.cdisc)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _row(form: Form, item: Item) -> CodebookRow:
    choices = (
        "1 yes; 0 no" if item.type is ItemType.YES_NO else "; ".join(_choice(c.code, c.value, c.label) for c in item.choices)
    )
    return CodebookRow(
        form=form.form,
        edition=str(form.edition),
        item=item.name,
        label=item.label,
        section=item.section,
        type=item.type.value,
        unit=item.unit,
        choices=choices,
        refuse=_range(item.refuse),
        warn=_range(item.warn),
        required="yes" if item.required else "no",
        missing=", ".join(item.missing),
        asked_when=" and ".join(map(_condition, item.when)),
        confirmed="yes" if item.confirmed else "",
        redcap=form.field_name(item),
        cdisc=_cdisc(item.cdisc),
        noun=_noun(item.noun),
        help=item.help,
    )


def _choice(code: int, value: str, label: str) -> str:
    return f"{code} {value}" + (f" ({label})" if label != value else "")


def _range(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else f"{bounds[0]:g} to {bounds[1]:g}"


def _condition(condition: Condition) -> str:
    if condition.answered:
        return f"{condition.item} is answered"
    if condition.above is not None:
        return f"{condition.item} > {condition.above:g}"
    return f"{condition.item} is {' or '.join(condition.among)}"


def _cdisc(target: CdiscTarget | None) -> str:
    return "" if target is None else f"{target.domain}.{target.variable}" + (f" {target.testcode}" if target.testcode else "")


def _noun(target: NounTarget | None) -> str:
    return "" if target is None else f"{target.noun}.{target.field}" + (f" {target.part}" if target.part != "value" else "")
