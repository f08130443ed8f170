"""Responses by every criterion asked for, best responses, rates, agreement of readers, and the comparison with what was stated."""

from dataclasses import dataclass

import polars as pl

from glisson.actions.following.asked import Asked
from glisson.actions.following.read import Read
from glisson.case import Finding, Level
from glisson.errors import BadInput
from glisson.follow.baseline import baseline_findings
from glisson.follow.best_response import BEST_RESPONSES, BestResponseRule, before_reference, best_responses
from glisson.follow.course import Course
from glisson.follow.criteria import compared, criterion
from glisson.follow.endpoints import ENDPOINTS, duration_of_response, endpoints
from glisson.follow.measurements import KEY, ONE_READER, RESPONSES
from glisson.follow.objective_response import RESPONSE, depth_of_response, response_rates
from glisson.follow.readers import AGREEMENT, agreement
from glisson.follow.sources import dated_from_responses

LIVER = "RECIST 1.1 liver"
KEY_OF_A_CALL = ["patient", "reader", "criterion", "visit_number"]
BEST_RULES = (BestResponseRule(), BestResponseRule(confirmed=True))


@dataclass(frozen=True)
class Answers:
    """Everything that the lesions and the course say.

    Attributes:
        responses: Table 2, every criterion.
        reader: whose calls decide endpoints and figures; ``None``: several, and none was named.
        criteria: names in the tables, in the order asked.
        references: patient, ``reference`` (the day from which responses count), whether it is that of the baseline scan
            (``from_scan``), and the day of that scan.
        best: Table 3, without and with confirmation.
        depth: best change of the sum.
        rates: of every category.
        endpoints: Table 4; empty where the course is not known.
        course: with the responses of the reader.
        kappa: agreement of readers; empty with one.
        check: computed beside stated responses, with the rows measured at that visit.
        findings: in the order of the work.
    """

    responses: pl.DataFrame
    reader: str | None
    criteria: tuple[str, ...]
    references: pl.DataFrame
    best: pl.DataFrame
    depth: pl.DataFrame
    rates: pl.DataFrame
    endpoints: pl.DataFrame
    course: Course | None
    kappa: pl.DataFrame
    check: pl.DataFrame
    findings: tuple[Finding, ...]


def answers_of(read: Read, asked: Asked) -> Answers:
    """What follows from the tables.

    Raises:
        BadInput: a table cannot be used, or the reader asked for is not in it.
    """
    tables = [criterion(name)(read.measurements, read.statements, rules=asked.rules) for name in asked.criteria]
    responses = pl.concat([pl.DataFrame(schema=RESPONSES), *tables])
    names = tuple(dict.fromkeys(str(table["criterion"].first()) for table in tables if table.height))
    remarks = [*read.findings, *_baseline(read.measurements)]
    reader = _reader(responses, asked, remarks)
    references = _references(read, remarks)
    datable = _datable(responses, references, remarks)
    course = _with_responses(read.course, datable, reader, names)
    ends = course.source("new therapy") if course is not None else None
    counted = references.select("patient", "reference")
    best = [best_responses(datable, counted, rule=rule, ends=ends) for rule in BEST_RULES]
    rates = [response_rates(table, rule=rule) for table, rule in zip(best, BEST_RULES, strict=True)]
    return Answers(
        responses=responses,
        reader=reader,
        criteria=names,
        references=references,
        best=pl.concat([pl.DataFrame(schema=BEST_RESPONSES), *best]).sort("patient", "reader", "criterion", "confirmed"),
        depth=depth_of_response(datable, counted, ends=ends),
        rates=pl.concat(rates),
        endpoints=_endpoints(course, datable, reader, asked, remarks),
        course=course,
        kappa=agreement(responses) if responses["reader"].n_unique() > 1 else pl.DataFrame(schema=AGREEMENT),
        check=_check(tables[0], read),
        findings=tuple(dict.fromkeys(remarks)),
    )


def _baseline(measurements: pl.DataFrame) -> list[Finding]:
    return [Finding(code=one.code, level=one.level, text=one.text) for one in baseline_findings(measurements)]


def _reader(responses: pl.DataFrame, asked: Asked, remarks: list[Finding]) -> str | None:
    """The reader whose calls decide.

    Raises:
        BadInput: the one asked for is not in the table.
    """
    known = responses["reader"].unique().sort().to_list()
    if asked.reader is not None:
        if known and asked.reader.lower() not in known:
            raise BadInput("the reader asked for is not in the table", allowed=", ".join(known))
        return asked.reader.lower()
    if len(known) < 2:
        return known[0] if known else ONE_READER
    others = ", ".join(name for name in known if name != ONE_READER)
    if ONE_READER in known:
        remarks.append(_note("reader-chosen", f"endpoints and figures by the {ONE_READER}; --reader takes one of {others}"))
        return ONE_READER
    said = f"no endpoint and no figure: {len(known)} readers and none named; --reader takes one of {others}"
    remarks.append(_note("reader-open", said, Level.WARNING))
    return None


def _references(read: Read, remarks: list[Finding]) -> pl.DataFrame:
    """Patient and the day of the first session; where that is not known the day of the baseline scan."""
    scans = read.measurements.filter("baseline").group_by("patient").agg(scan=pl.col("date").min())
    if read.course is None:
        everyone = read.measurements.select("patient").unique().with_columns(reference=pl.lit(None, pl.Date))
    else:
        everyone = read.course.origin("first session").join(pl.DataFrame({"patient": list(read.left_out)}, {"patient": pl.String}),
                                                            on="patient", how="anti")  # fmt: skip
    joined = everyone.join(scans, on="patient", how="left").sort("patient")
    borrowed = joined.filter(pl.col("reference").is_null() & pl.col("scan").is_not_null()).height
    if borrowed:
        said = f"SD counts from the day of the baseline scan in {borrowed} of {joined.height} patients: no first session is known"
        remarks.append(_note("reference-from-scan", said))
    return joined.select("patient", "scan", reference=pl.coalesce("reference", "scan"), from_scan=pl.col("reference").is_null())


def _datable(responses: pl.DataFrame, references: pl.DataFrame, remarks: list[Finding]) -> pl.DataFrame:
    """Responses since the reference date, of patients whose every visit has a date and who have one; the others are named."""
    undated = responses.filter(pl.col("date").is_null())["patient"].unique().sort().to_list()
    known = references.filter(pl.col("reference").is_not_null())["patient"]
    without = responses.filter(~pl.col("patient").is_in(known.implode()))["patient"].unique().sort().to_list()
    for names, what in ((undated, "a visit has no whole date"), (without, "neither a first session nor a dated baseline")):
        if names:
            said = f"no best response and no endpoint of progression of {', '.join(names)}: {what}"
            remarks.append(_note("undated", said, Level.WARNING))
    datable = responses.filter(~pl.col("patient").is_in([*undated, *without]))
    return _since(datable, before_reference(datable, references), remarks)


def _since(responses: pl.DataFrame, early: pl.DataFrame, remarks: list[Finding]) -> pl.DataFrame:
    """Responses without those from before the reference date; who has such is named."""
    if early.is_empty():
        return responses
    names = ", ".join(early["patient"].unique().sort())
    visits = early.unique(["patient", "reader", "visit_number"]).height
    said = (
        f"{visits} visits from before the reference date (first session, else baseline scan) count towards no best response, depth or "
        f"endpoint, of {names}: check the dates, and which scan is the baseline"
    )
    remarks.append(_note("before-reference", said, Level.WARNING))
    return responses.join(early.select(KEY_OF_A_CALL), on=KEY_OF_A_CALL, how="anti", nulls_equal=True)


def _with_responses(course: Course | None, responses: pl.DataFrame, reader: str | None, names: tuple[str, ...]) -> Course | None:
    """The course with progression as the first criterion calls it; hepatic progression by the liver's own stream."""
    if course is None or reader is None or responses.is_empty():
        return course
    liver = LIVER if LIVER in names else None
    found = dated_from_responses(responses, reader=reader, criterion=names[0], liver_criterion=liver)
    return course.with_dated(found, called=f"{names[0]} by {reader}", liver_called=f"{liver} by {reader}" if liver else None)


def _endpoints(
    course: Course | None, responses: pl.DataFrame, reader: str | None, asked: Asked, remarks: list[Finding]
) -> pl.DataFrame:
    if course is None:
        remarks.append(
            _note("no-course", "no endpoint: deaths, sessions and contacts are not in these tables; --subjects takes them")
        )
        return pl.DataFrame(schema=ENDPOINTS)
    found = [endpoints(course, rules=asked.endpoint_rules)]
    first = _first_response(course, responses, reader)
    if first is not None and first.height:
        found.append(duration_of_response(course, first, rules=asked.endpoint_rules))
    return pl.concat(found)


def _first_response(course: Course, responses: pl.DataFrame, reader: str | None) -> pl.DataFrame | None:
    """First CR or PR by the criterion that decides, before any other therapy."""
    if reader is None or responses.is_empty() or course.called is None:
        return None
    mine = responses.filter((pl.col("reader") == reader) & (pl.col("criterion") == responses["criterion"].first()))
    called = mine.filter(pl.col("overall").is_in(RESPONSE)).group_by("patient").agg(pl.col("date").min())
    ends = course.source("new therapy").group_by("patient").agg(end=pl.col("date").min())
    kept = called.join(ends, on="patient", how="left").filter((pl.col("date") <= pl.col("end")).fill_null(True))
    return kept.select("patient", "date").sort("patient")


def _check(responses: pl.DataFrame, read: Read) -> pl.DataFrame:
    """Computed beside stated responses of the first criterion, with the rows that were measured at that visit."""
    rows = read.measurements.group_by(KEY).agg(rows=pl.col("row").sort())
    return compared(responses, read.statements).join(rows, on=list(KEY), how="left").sort(*KEY)


def _note(code: str, text: str, level: Level = Level.NOTE) -> Finding:
    return Finding(code=code, level=level, text=text)
