"""Analysis data sets (ADaM) of a registry: its entries joined with responses and endpoints worked out by ``follow``."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from glisson.errors import BadInput, MissingFact

if TYPE_CHECKING:
    import polars as pl

    from glisson.case import Case
    from glisson.records.cdisc.dataset import Dataset
    from glisson.records.forms import FormEntry

T = TypeVar("T")


@dataclass(frozen=True)
class LeftOut:
    """A case that takes no part in some of the analysis data sets, and why, without its content."""

    case: str
    what: str
    why: str


@dataclass(frozen=True)
class Analysis:
    """Analysis data sets, and what is not in them.

    Attributes:
        reader: whose calls the endpoints rest on; the one who read most visits if none was asked for. None without responses.
    """

    datasets: "tuple[Dataset, ...]"
    left_out: tuple[LeftOut, ...]
    reader: str | None


def adam(entries: "Sequence[FormEntry]", *, study: str, simulated: frozenset[str], reader: str | None = None) -> Analysis:
    """ADSL, ADTR, ADRS, ADTTE and ADAE of entries.

    Args:
        entries: that stand.
        study: STUDYID.
        simulated: cases that never were.
        reader: whose calls count for the endpoints.
    """
    from glisson.follow.adam import adrs_like, adtte_like
    from glisson.follow.endpoints import endpoints
    from glisson.follow.from_cases import course_of
    from glisson.records.cdisc import adam as data_sets

    left_out: list[LeftOut] = []
    cases = _cases(entries, left_out)
    subjects = data_sets.adsl(entries, study=study, simulated=simulated)
    table = subjects.table
    made = [subjects, data_sets.adae(entries, table)]
    found = _each(cases, _responses, "responses", left_out)
    if found is not None:
        made.append(data_sets.adtr(found.measurements, found.responses, table))
        made.append(data_sets.of_subjects("ADRS", adrs_like(found.best, found.responses), table))
    who = reader or (found.usual_reader() if found is not None else None)
    calls = found.responses if found is not None and who is not None else None
    times = _each(
        cases,
        lambda some: adtte_like(endpoints(course_of(some, responses=calls_of(calls, some), reader=who or ""))),
        "times",
        left_out,
    )
    if times is not None:
        made.append(data_sets.of_subjects("ADTTE", times, table))
    filled = [one for one in made if one.table.height]
    return Analysis(tuple(sorted(filled, key=lambda one: _ORDER.index(one.name))), tuple(left_out), who)


_ORDER = ("ADSL", "ADTR", "ADRS", "ADTTE", "ADAE")


@dataclass(frozen=True)
class _Responses:
    measurements: "pl.DataFrame"
    responses: "pl.DataFrame"
    best: "pl.DataFrame"

    def usual_reader(self) -> str | None:
        """Who read most visits; of several the first by name."""
        if not self.responses.height:
            return None
        counted = self.responses.group_by("reader").len().sort(["len", "reader"], descending=[True, False])
        return str(counted["reader"][0])


def calls_of(calls: "pl.DataFrame | None", cases: "Sequence[Case]") -> "pl.DataFrame | None":
    """Responses of some cases."""
    import polars as pl

    return None if calls is None else calls.filter(pl.col("patient").is_in([case.id for case in cases]))


def _cases(entries: "Sequence[FormEntry]", left_out: list[LeftOut]) -> "list[Case]":
    from glisson.records.projection import case_of

    grouped: dict[str, list[FormEntry]] = defaultdict(list)
    for entry in entries:
        grouped[entry.case].append(entry)
    cases = []
    for name, mine in sorted(grouped.items()):
        try:
            cases.append(case_of(name, mine))
        except BadInput as error:
            left_out.append(LeftOut(name, "responses and times", error.problem))
    return cases


def _each(cases: "list[Case]", work: "Callable[[Sequence[Case]], T]", what: str, left_out: list[LeftOut]) -> T | None:
    """The work on all cases together; where some cannot be used, on the others, and these are named."""
    if not cases:
        return None
    try:
        return work(cases)
    except (BadInput, MissingFact):
        usable = []
        for case in cases:
            try:
                work([case])
                usable.append(case)
            except (BadInput, MissingFact) as error:
                left_out.append(LeftOut(case.id, what, error.problem))
        return work(usable) if usable else None


def _responses(cases: "Sequence[Case]") -> _Responses:
    import polars as pl

    from glisson.follow.best_response import BestResponseRule, best_responses
    from glisson.follow.case_measurements import measurements_of
    from glisson.follow.from_cases import course_of
    from glisson.follow.hepatic import recist11_liver
    from glisson.follow.recist import recist11

    origins = course_of(cases).origin("first session").drop_nulls("reference")
    since = dict(origins.select("patient", "reference").iter_rows())
    pairs = [measurements_of(case, since=since.get(case.id)) for case in cases]
    measurements = pl.concat([pair[0] for pair in pairs])
    statements = pl.concat([pair[1] for pair in pairs])
    whole = recist11(measurements, statements)
    responses = pl.concat([whole, recist11_liver(measurements, statements)])
    counted = whole.filter(pl.col("patient").is_in(list(since)))
    rules = (BestResponseRule(confirmed=False), BestResponseRule(confirmed=True))
    best = pl.concat([best_responses(counted, origins, rule=rule) for rule in rules])
    return _Responses(measurements, responses, best)
