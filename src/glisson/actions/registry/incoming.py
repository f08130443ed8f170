"""Files of other programs into a registry."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from glisson.actions.registry.door import Door, at_registry
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.records.intake import ImportReport, Read
    from glisson.records.redcap import Difference
    from glisson.records.store import Registry

ImportFormat = Literal["mapping", "redcap", "redcap-api", "cdisc", "flat", "case"]
_FLAT = re.compile(r"[a-z][A-Za-z0-9_]*\.\d+\.(csv|parquet)")


@dataclass(frozen=True)
class ImportHow:
    """How files are read.

    Attributes:
        format: kind of files; "mapping" is any table that a mapping file explains.
        mapping: that file.
        site: of a case folder whose case has no pseudonym yet.
        url: of a REDCap API; the token is in the environment.
    """

    format: ImportFormat
    mapping: Path | None = None
    site: str | None = None
    url: str | None = None


def import_files(door: Door, files: Sequence[Path], how: ImportHow) -> "ImportReport":
    """Check files and store what can be stored; the report names everything else by row, column and class of value.

    Raises:
        BadInput: a file that is not what it is said to be, or a mapping that does not fit. Nothing is stored then.
        NotAllowed: the user may not import at a site of the files.
    """
    from glisson.records.intake import Source, take_in

    with at_registry(door) as session:
        if how.format == "redcap-api":
            read, digest = _from_api(how)
        else:
            read, digest = _readers()[how.format](session.registry, list(files), how), _digest(files, how)
        return take_in(session, read, Source(how.format, digest))


def compare_redcap(dictionary: Path) -> "list[Difference]":
    """How the data dictionary of a running REDCap project differs from the forms.

    Raises:
        BadInput: no such file, or no data dictionary.
    """
    from glisson.records.forms import forms
    from glisson.records.redcap import compare_dictionary

    return compare_dictionary(_text(dictionary), forms().values())


def _readers() -> dict[str, Any]:
    return {"mapping": _mapped, "redcap": _redcap, "cdisc": _sdtm, "flat": _flat, "case": _case_folders}


def _mapped(registry: "Registry", files: list[Path], how: ImportHow) -> "Read":
    from glisson.records.intake import Read
    from glisson.records.mapping import read_mapped, read_mapping
    from glisson.records.tables import read_table

    if how.mapping is None:
        raise BadInput("a table without a mapping", do="say what its columns mean: --mapping FILE.yaml")
    mapping = read_mapping(how.mapping)
    name = _pseudonyms(registry)
    return Read.together(read_mapped(read_table(file), mapping, file=file.name, pseudonym=name) for file in files)


def _pseudonyms(registry: "Registry") -> Any:
    from glisson.records.pseudonyms import site_key

    if registry.keys is None:
        raise BadInput("a registry without keys", do="name the keys file")
    key = registry.keys.pseudonym_key
    return lambda site, identifier: site_key(key, site).pseudonym(identifier)


def _redcap(registry: "Registry", files: list[Path], how: ImportHow) -> "Read":
    from glisson.records.intake import Read
    from glisson.records.redcap import read_redcap
    from glisson.records.redcap.data_in import visits_of

    parts = []
    for file in files:
        data = file / "data.csv" if file.is_dir() else file
        events = data.with_name("events.csv")
        visits = visits_of(_text(events)) if events.is_file() else None
        parts.append(read_redcap(_text(data), file=data.name, events=visits))
    return Read.together(parts)


def _from_api(how: ImportHow) -> "tuple[Read, str]":
    from glisson.records.redcap import read_redcap
    from glisson.records.redcap.api import pull

    if how.url is None:
        raise BadInput("no address of a REDCap API", do="give it with --redcap-api")
    project = pull(how.url)
    read = read_redcap(project.data, file="redcap", events=project.events)
    return read, hashlib.sha256(project.data.encode("utf-8")).hexdigest()


def _sdtm(registry: "Registry", files: list[Path], how: ImportHow) -> "Read":
    from glisson.records.cdisc.dataset import read_datasets
    from glisson.records.cdisc.sdtm_in import read_sdtm

    return read_sdtm(read_datasets(files))


def _flat(registry: "Registry", files: list[Path], how: ImportHow) -> "Read":
    from glisson.records.flat import read_flat
    from glisson.records.intake import Read
    from glisson.records.tables import read_table

    every = [path for file in files for path in (_tables(file) if file.is_dir() else [file])]
    return Read.together(read_flat(read_table(path), file=path.name) for path in every)


def _tables(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if _FLAT.fullmatch(path.name))


def _case_folders(registry: "Registry", files: list[Path], how: ImportHow) -> "Read":
    from glisson.records.case_folder import read_case
    from glisson.records.intake import Incoming, Read
    from glisson.records.projection import entries_of
    from glisson.records.pseudonyms import require_pseudonym, site_of

    found = []
    for number, folder in enumerate(files, start=1):
        case = read_case(folder)
        try:
            name = require_pseudonym(case.id)
            site = how.site or site_of(name)
        except BadInput:
            if how.site is None:
                raise BadInput("a case folder whose id is no pseudonym", do="say at which site it is: --site") from None
            site, name = how.site, _pseudonyms(registry)(how.site, case.id)
        found += [
            Incoming(name, site, one.form, one.edition, one.visit, one.instance, dict(one.values), "case.yaml", number)
            for one in entries_of(case, site=site)
        ]
    return Read(tuple(found), rows=len(files))


def _digest(files: Sequence[Path], how: ImportHow) -> str:
    """SHA-256 of the files, and of the mapping that explains them."""
    every = [path for file in (*files, *([how.mapping] if how.mapping else [])) for path in _inside(file)]
    if not every:
        raise BadInput("no file to import", do="name one")
    whole = hashlib.sha256()
    for path in every:
        if not path.is_file():
            raise BadInput(f"no file '{path.name}'", do="check the path")
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _inside(path: Path) -> list[Path]:
    return sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]


def _text(path: Path) -> str:
    if not path.is_file():
        raise BadInput(f"no file '{path.name}'", do="check the path")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"'{path.name}' is not text in UTF-8", do="save it as UTF-8") from None
