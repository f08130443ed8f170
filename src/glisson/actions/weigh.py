"""``weigh`` and ``decide``: every option of a case with its answer, and what the board then chose."""

import gc
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain, count
from pathlib import Path

from glisson.actions.open_case import OpenCase, open_case
from glisson.case import Event, Finding, Level, Result
from glisson.errors import BadInput, MissingFact
from glisson.records import append_event, case_file
from glisson.records.results import FOLDER, read_result, store_result
from glisson.report.weigh_like import LikeShown
from glisson.report.weigh_write import write_weigh_page
from glisson.weigh.computed import KINDS
from glisson.weigh.options import weigh_case as weigh
from glisson.whole_file import write_bytes

DECIDED = "decided"
"""Folder below the results where pages are kept on which a board decided; nothing writes over them."""
LIKE, LIKE_KIND = "like.json", "patients like this one"
LIKE_KEYS = frozenset({"protocol", "endpoint", "variables", "minimum", "nearest", "matched_on"})


@dataclass(frozen=True)
class WeighDone:
    """What was weighed and written; ``like``: what the page says of patients like this one."""

    result: Result
    files: tuple[Path, ...]
    like: LikeShown | None = None


@dataclass(frozen=True)
class Decided:
    """The kept page, the answer it gave on what was chosen, and what has changed since it was made."""

    kept: tuple[Path, ...]
    option: str
    answer: str
    remarks: tuple[str, ...]


def weigh_case(folder: Path, *, now: datetime, as_of: date | None = None) -> WeighDone:
    """Weighs every option; writes ``results/weigh-<date>.json``, ``.html`` and ``.pdf``.

    What ``results/remnant.json``, ``plan.json`` and ``dose.json`` say of the remnant and the lungs is used where nobody entered it, and
    shown beside what was entered. What ``results/like.json`` says of patients like this one is a section of the page; the Result does not
    know of it.

    Args:
        folder: the case folder.
        now: the clock, with its zone.
        as_of: only what was known on that day; the day of ``now`` if ``None``.

    Raises:
        GlissonError: the case cannot be used; nothing was written.
    """
    opened = open_case(folder)
    day = as_of or now.date()
    if day > now.date():
        raise BadInput(f"the day {day} has not come yet", allowed=f"{now.date()} or earlier", do="leave --as-of away for today")
    stored = _stored(opened.folder)
    result = weigh(opened.case, day=day, today=now.date(), zone=now.tzinfo or UTC, results=stored if day == now.date() else None)
    if stored and day != now.date():
        result = result.model_copy(update={"findings": (*result.findings, _left_out(stored))})
    stem = f"weigh-{day.isoformat()}"
    like = _like(opened.folder, in_time=day == now.date())
    file = store_result(opened.folder, result, stem)
    page = write_weigh_page(opened.folder / FOLDER, stem, result=result, made_at=now, simulated=opened.case.simulated, like=like)
    _keep_what_is_loaded()
    return WeighDone(result, (file, page.html, page.pdf), like)


@cache
def _keep_what_is_loaded() -> None:
    """After the first page: rules, sources and templates stay for good, so that the collector of cycles need not walk them again.

    One such walk takes longer than a page. Nothing that is freed otherwise is kept.
    """
    gc.freeze()


def decide_case(
    folder: Path,
    *,
    option: str,
    by: str,
    at: datetime,
    reasons: tuple[str, ...],
    dissent: tuple[str, ...] = (),
    page: date | None = None,
) -> Decided:
    """Enters the board's decision as an event, and keeps the page on which it was made.

    Args:
        folder: the case folder.
        option: id, as on the page; one that is closed or cannot be told may be chosen, since people decide.
        by: who enters it.
        at: when, with its zone.
        reasons: sentences.
        dissent: of those who did not agree.
        page: day of the page that the board saw; the latest if ``None``.

    Raises:
        MissingFact: no page was made.
        BadInput: no such option on that page, no reason, no name or no time zone.
    """
    opened = open_case(folder)
    seen = _page(opened, page)
    result = read_result(seen)
    rows = {row["option"]: row for row in result.value["options"]}
    if option not in rows:
        raise BadInput(f"'{option}' is not on the page of {result.parameters['as_of']}", allowed=", ".join(rows))
    _require_said(by, at, reasons)
    kept = _keep(seen, result)
    event = Event(
        kind="decision",
        by=by.strip(),
        at=at,
        recorded_at=at,
        option=option,
        reasons=reasons,
        dissent=dissent,
        result=result.sha256(),
    )
    append_event(opened.folder, event)
    return Decided(kept, option, str(rows[option]["answer"]), _changed(opened, result, at))


def _stored(folder: Path) -> dict[str, Result]:
    """Results of the case that hold facts for rules, as they are now."""
    paths = {name: folder / FOLDER / f"{name}.json" for name in KINDS}
    return {name: read_result(path) for name, path in paths.items() if path.is_file()}


def _like(folder: Path, *, in_time: bool) -> LikeShown | None:
    """What is stored of patients like this one, for the page alone.

    Raises:
        BadInput: the file holds something else.
    """
    path = folder / FOLDER / LIKE
    if not path.is_file():
        return None
    result = read_result(path)
    if result.kind != LIKE_KIND or not result.value.keys() >= LIKE_KEYS:
        raise BadInput(
            f"results/{LIKE} holds '{result.kind}', or lacks a part of it", allowed=LIKE_KIND,
            do="make it again: glisson learn like CASE --store",
        )  # fmt: skip
    now = hashlib.sha256(case_file(folder).read_bytes()).hexdigest()
    return LikeShown(result, case_changed=result.inputs.get("case.yaml") != now, in_time=in_time)


def _left_out(stored: Mapping[str, Result]) -> Finding:
    files = ", ".join(f"results/{name}.json" for name in stored)
    text = f"{files}: not used, since a stored Result has no day and this page is of an earlier one"
    return Finding(code="results-left-out", level=Level.NOTE, text=text)


def _require_said(by: str, at: datetime, reasons: tuple[str, ...]) -> None:
    if not by.strip():
        raise BadInput("a decision without a name", do="give --by NAME")
    if not any(reason.strip() for reason in reasons):
        raise BadInput("a decision without a reason", do='give --reason "…", as often as there are reasons')
    if at.tzinfo is None:
        raise BadInput("a decision without a time zone", do="give the offset from UTC")


def _page(opened: OpenCase, day: date | None) -> Path:
    """The stored page of a day, or the latest."""
    pattern = f"weigh-{day.isoformat()}.json" if day is not None else "weigh-*.json"
    found = sorted((opened.folder / FOLDER).glob(pattern))
    if not found:
        raise MissingFact("nothing to decide on", missing=["a page of options"], do="make one with: glisson weigh CASE")
    return found[-1]


def _keep(seen: Path, result: Result) -> tuple[Path, ...]:
    """Copies of the page under the hash of its Result, with a number behind it where other bytes are kept under that already."""
    sources = (seen, seen.with_suffix(".html"), seen.with_suffix(".pdf"))
    contents = {source.suffix: source.read_bytes() for source in sources if source.is_file()}
    folder, stem = seen.parent / DECIDED, f"weigh-{result.sha256()[:12]}"
    names = chain((stem,), (f"{stem}-{number}" for number in count(2)))
    name = next(name for name in names if not any(_holds_other(folder / f"{name}{end}", told) for end, told in contents.items()))
    for suffix, content in contents.items():
        write_bytes(folder / f"{name}{suffix}", content)
    return tuple(folder / f"{name}{suffix}" for suffix in contents)


def _holds_other(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() != content


def _changed(opened: OpenCase, result: Result, at: datetime) -> tuple[str, ...]:
    """Whether the case says something else today about the day of the page."""
    day = date.fromisoformat(result.parameters["as_of"])
    used = any(name.startswith(f"{FOLDER}/") for name in result.inputs)
    stored = _stored(opened.folder) if used or day == at.date() else None
    again = weigh(opened.case, day=day, today=max(day, at.date()), zone=at.tzinfo or UTC, results=stored)
    changed = [
        row["name"]
        for row, old in zip(again.value["options"], result.value["options"], strict=False)
        if row["answer"] != old["answer"]
    ]
    if (again.value, again.inputs) == (result.value, result.inputs):
        return ()
    told = f"; other answers now: {', '.join(changed)}" if changed else "; no answer differs"
    return (f"the case or the rules have changed since the page was made{told}",)
