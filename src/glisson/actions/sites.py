"""``learn ask``, ``rules``, ``answer`` and ``pool``: one analysis over many centres whose tables stay where they are."""

import json
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedRandom
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glisson.case import Finding, Result
from glisson.errors import BadInput
from glisson.whole_file import write_text

if TYPE_CHECKING:
    from glisson.learn.cohort.sites.answer import Answer
    from glisson.learn.cohort.sites.definition import Definition, Request
    from glisson.learn.cohort.sites.rules import Rules

KINDS = {"curves": "Kaplan-Meier, log-rank, cumulative incidence", "cox": "Cox", "table": "counts, means"}


@dataclass(frozen=True)
class SiteAnswer:
    """What a site is told about its own answer.

    Attributes:
        answer: all that leaves.
        findings: about the site's table; they stay.
        written: the file; ``None`` in a preview.
        log_number: of the entry in the log; ``None`` in a preview.
    """

    answer: "Answer"
    findings: tuple[Finding, ...]
    written: Path | None
    log_number: int | None


def ask_sites(asked: "Definition", out: Path) -> Path:
    """The request of an analysis, to be sent to every site.

    Args:
        asked: the analysis; ``glisson.learn.cohort.sites.definition.definition`` makes one from plain values.
        out: JSON file.
    """
    from glisson.learn.cohort.sites.definition import Request
    from glisson.learn.cohort.sites.seal import sealed

    return write_text(_json(out), sealed(Request(definition=asked).content()))


def write_site_rules(site: str, patient: str, allow: Sequence[str], out: Path, *, unit: str = "months") -> Path:
    """A file of rules to start from, with the careful values and what each means.

    Args:
        site: name under which the site's answers go out.
        patient: column that tells patients apart.
        allow: columns that may be asked for.
        out: YAML file; one that is there is not replaced.
        unit: of the times.

    Raises:
        BadInput: the file is there, or the values are no rules.
    """
    from glisson.learn.cohort.sites.rules import rules_from

    found = rules_from({"site": site, "patient": patient, "allow": list(allow), "unit": unit}, "these values")
    if patient in allow:
        raise BadInput("the column that tells patients apart may not be asked for", do="take it out of --allow")
    if out.exists():
        raise BadInput(f"'{out.name}' is there and is the site's", do="edit it, or give another name")
    return write_text(out, _rules_text(found))


def _rules_text(rules: "Rules") -> str:
    from glisson.learn.cohort.sites.rules import MEANING

    lines = [f"# Rules of {rules.site}: what may leave, how coarse, how often. They are the site's; no request can change them."]
    for name, value in rules.model_dump(mode="json").items():
        lines += [f"# {line}" for line in MEANING[name]]
        lines.append(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def answer_request(
    request: Path, table: Path, *, rules: Path, log: Path, out: Path | None, when: datetime, preview: bool = False
) -> SiteAnswer:
    """A site's answer: checked against its rules, entered in its log, then written.

    Args:
        request: JSON file of ``ask_sites`` or ``pool_answers``.
        table: CSV, Parquet, SAS transport (XPT) or SAS file (sas7bdat), one row per patient. It is only read.
        rules: YAML file of the site.
        log: request log of the site, made if need be. It stays at the site, as the table does.
        out: JSON file to send back; not needed in a preview.
        when: now, with its offset.
        preview: shows what would leave; nothing is written and nothing entered.

    Raises:
        NotAllowed: the rules refuse; the refusal is entered in the log.
        BadInput: files that cannot be used, or a log that was changed.
    """
    from glisson.learn.cohort.sites.answer import answered
    from glisson.learn.cohort.sites.request_log import line, verified
    from glisson.learn.cohort.sites.seal import sealed
    from glisson.records.tables import read_table

    asked, owned, rows = _request(request), _rules(rules), read_table(table)
    target = None if preview else _json(out)
    moment, salt = when.isoformat(timespec="seconds"), secrets.token_hex(16)
    if preview:
        entries = verified(_text(log)) if log.is_file() else []
        outcome = answered(asked, rows, owned, entries, when=moment, salt=salt)
        if outcome.answer is None:
            raise _refused(outcome.refusal)
        return SiteAnswer(outcome.answer, outcome.findings, None, None)
    with _locked(log) as file:
        outcome = answered(asked, rows, owned, verified(_utf8(file.read(), log)), when=moment, salt=salt)
        file.write("".join(line(one) for one in outcome.entries).encode())
        file.flush()
        os.fsync(file.fileno())
        if outcome.answer is None or target is None:
            raise _refused(outcome.refusal)
        written = write_text(target, sealed(outcome.answer.plain()))
    return SiteAnswer(outcome.answer, outcome.findings, written, outcome.answer.log_number)


def _refused(refusal: Exception | None) -> Exception:
    assert refusal is not None
    return refusal


def check_site_log(log: Path) -> list[dict[str, Any]]:
    """Entries of a site's log after its chain was checked: when, who, what, and what came of it; without patients.

    Raises:
        BadInput: no such file, or a chain that is broken.
    """
    from glisson.learn.cohort.sites.request_log import verified

    if not log.is_file():
        raise BadInput(f"no file '{log.name}'", do="check the path")
    private = ("people", "sets", "salt")
    return [{key: value for key, value in entry.items() if key not in private} for entry in verified(_text(log))]


def pool_answers(request: Path, answers: Sequence[Path], *, next_request: Path | None = None) -> tuple[Result, Path | None]:
    """The result of all sites together; of a Cox model that is not at its maximum, the request of the next round.

    Args:
        request: that the sites answered.
        answers: one file of each site.
        next_request: JSON file for the next round; beside the request if ``None``.

    Returns:
        A stamped Result, and the file to send next (``None`` at the end).

    Raises:
        BadInput: files that were changed or do not belong together.
    """
    from glisson.learn.cohort.sites.answer import answer_from
    from glisson.learn.cohort.sites.pooling import pooled
    from glisson.learn.cohort.sites.seal import digest, opened, sealed

    asked = _request(request)
    given = [answer_from(opened(_text(path), f"'{path.name}'"), f"'{path.name}'") for path in answers]
    found = pooled(asked, given)
    written = None
    if found.next is not None:
        number = 1 if asked.round is None else asked.round.number + 1
        stem = request.stem.rsplit("-round-", 1)[0]
        target = next_request or request.with_name(f"{stem}-round-{number}.json")
        written = write_text(_json(target), sealed(found.next.content()))
    result = Result(
        kind=f"{asked.definition.kind} over sites",
        method=KINDS[asked.definition.kind],
        parameters=asked.definition.model_dump(mode="json"),
        inputs={"request": asked.id} | {one.site: digest(one.plain()) for one in given},
        value=found.value,
        findings=found.findings,
    )
    return result, written


def _request(path: Path) -> "Request":
    from glisson.learn.cohort.sites.definition import request_from
    from glisson.learn.cohort.sites.seal import opened

    return request_from(opened(_text(path), f"'{path.name}'"), f"'{path.name}'")


def _rules(path: Path) -> "Rules":
    from glisson.learn.cohort.sites.rules import rules_from
    from glisson.records.yaml_text import load_text, plain, read_text

    if not path.is_file():
        raise BadInput(f"no file '{path.name}'", do="check the path")
    return rules_from(plain(load_text(read_text(path, path.name), path.name)), f"'{path.name}'")


def _text(path: Path) -> str:
    if not path.is_file():
        raise BadInput(f"no file '{path.name}'", do="check the path")
    return _utf8(path.read_bytes(), path)


def _utf8(content: bytes, path: Path) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise BadInput(f"'{path.name}' is not text in UTF-8") from None


def _json(path: Path | None) -> Path:
    if path is None:
        raise BadInput("no file to write to", do="name one with --out")
    if path.suffix.lower() != ".json":
        raise BadInput(f"'{path.name}' is no JSON file", allowed="a name that ends in .json")
    return path


@contextmanager
def _locked(log: Path) -> Iterator[BufferedRandom]:
    """The log, open for reading and appending, by one process at a time; only its owner may read a new one."""
    if not log.parent.is_dir():
        raise BadInput(f"cannot write {log.name}: its folder does not exist", do="make the folder first")
    lock = log.with_name(f".{log.name}.lock")
    try:
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        raise BadInput(
            f"'{log.name}' is in use by another answer", do=f"wait for it; after a crash take '{lock.name}' away"
        ) from None
    try:
        handle = os.open(log, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "r+b") as file:
            yield file
    finally:
        lock.unlink(missing_ok=True)
