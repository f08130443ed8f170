"""Reads forms from YAML: those of the package, and those of a centre. Editions stand beside each other."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from glisson.errors import BadInput
from glisson.records.forms.definition import Form


class _Folder(Protocol):
    """What the package's resources and a path have in common."""

    def iterdir(self) -> Iterable[Any]: ...


Catalogue = Mapping[tuple[str, int], Form]
"""Every edition of every form, by name and edition."""


def read_forms(folder: Path | _Folder) -> dict[tuple[str, int], Form]:
    """Every form in a folder: files named ``<form>.<edition>.yaml``.

    Raises:
        BadInput: not YAML, a form breaks the schema, or a file is named for another form or edition.
    """
    found: dict[tuple[str, int], Form] = {}
    for file in sorted(folder.iterdir(), key=lambda file: str(file.name)):
        if not file.name.endswith(".yaml"):
            continue
        made = _read(file.name, file.read_text(encoding="utf-8"))
        if file.name != f"{made.form}.{made.edition}.yaml":
            raise BadInput(f"form file {file.name} holds {made.form}, edition {made.edition}", do="name it <form>.<edition>.yaml")
        found[made.form, made.edition] = made
    return found


def catalogue(*more: Path) -> dict[tuple[str, int], Form]:
    """The package's forms, and those of further folders: new forms, and newer editions.

    Raises:
        BadInput: a folder holds an edition that is there already; an edition, once used, is never changed.
    """
    found = dict(packaged())
    for folder in more:
        for key, made in read_forms(folder).items():
            if key in found:
                raise BadInput(f"form {key[0]} has an edition {key[1]} already", do="give the change the next edition number")
            found[key] = made
    _check_editions(found)
    _check_fields(found)
    return found


@cache
def packaged() -> Mapping[tuple[str, int], Form]:
    """Every edition of every form that glisson ships."""
    found = read_forms(resources.files("glisson.records.forms"))
    _check_editions(found)
    _check_fields(found)
    return found


def forms(known: Catalogue | None = None) -> dict[str, Form]:
    """The newest edition of every form by name.

    >>> len(forms())
    17
    """
    newest: dict[str, Form] = {}
    for (name, edition), made in (packaged() if known is None else known).items():
        if name not in newest or edition > newest[name].edition:
            newest[name] = made
    return newest


def form(name: str, edition: int | None = None, known: Catalogue | None = None) -> Form:
    """One form; the newest edition if none is named.

    >>> form("death").item("cause").words
    ('cancer', 'treatment', 'other', 'unknown')

    Raises:
        BadInput: no such form or edition; the message lists what there is.
    """
    known = packaged() if known is None else known
    editions = sorted(number for other, number in known if other == name)
    if not editions:
        raise BadInput("no form of this name", allowed=", ".join(sorted({other for other, _ in known})))
    if edition is not None and edition not in editions:
        raise BadInput(f"form {name} has no edition {edition}", allowed=", ".join(map(str, editions)))
    return known[name, edition or editions[-1]]


def _read(name: str, text: str) -> Form:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        raw = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise BadInput(
            f"form file {name} is not YAML ({type(error).__name__})", do="look for a missing colon, quote or indent"
        ) from None
    try:
        return Form.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"form file {name}, {where or 'the whole'}: {first['msg'].removeprefix('Value error, ')}") from None


def _check_editions(found: Catalogue) -> None:
    """An edition after the first says how the one before becomes it, in items that both have."""
    for (name, edition), made in found.items():
        if made.upgrade is None:
            continue
        old = found.get((name, made.upgrade.edition))
        if old is None or made.upgrade.edition >= edition:
            raise BadInput(
                f"form {name}, edition {edition}: its upgrade is from edition {made.upgrade.edition}, which is not there"
            )
        gone = {*made.upgrade.rename, *made.upgrade.dropped} - set(old.by_name)
        unknown = {*made.upgrade.rename.values(), *made.upgrade.recode} - set(made.by_name)
        if gone or unknown:
            raise BadInput(
                f"form {name}, edition {edition}: its upgrade names items that do not exist: {', '.join(sorted(gone | unknown))}"
            )


def _check_fields(found: Catalogue) -> None:
    """Field names are one space over all forms."""
    owner: dict[str, str] = {}
    for name, made in forms(found).items():
        for item in made.items:
            field = made.field_name(item)
            if field in owner:
                raise BadInput(
                    f"forms {owner[field]} and {name} both have the field {field}", do="give one of them another prefix"
                )
            owner[field] = name
