"""What cannot be in a course: anything after death, and an origin after it. Pointed out, never mended."""

import polars as pl

from glisson.follow.course import Course
from glisson.follow.sources import SOURCES

FAULTS: dict[str, pl.DataType] = {"patient": pl.String(), "fault": pl.String(), "date": pl.Date(), "death": pl.Date()}
"""One row per patient and fault, with the latest day on which it shows."""


def course_faults(course: Course) -> pl.DataFrame:
    """Rows of a course that lie after the patient's death, by source; and origins that do.

    An endpoint takes the first event, so such a row changes no time; but one of the two dates is wrong.

    >>> from datetime import date
    >>> from glisson.follow.course import course_from_tables
    >>> from glisson.follow.sources import dated
    >>> one = pl.DataFrame({"patient": ["a"], "died": [date(2024, 5, 1)], "seen": [date(2024, 6, 1)], "day": [date(2024, 1, 1)]})
    >>> rows = dated(one, source="death", date="died"), dated(one, source="known alive", date="seen")
    >>> course_faults(course_from_tables(one, *rows, origins={"first session": "day"}))["fault"].to_list()
    ['known alive after death']
    """
    death = course.source("death").unique("patient").rename({"date": "death"})
    late = [name for name, source in SOURCES.items() if source.kind != "end of record" and name != "death"]
    rows = course.dated.filter(pl.col("source").is_in(late)).select("patient", "date", what="source")
    origins = course.origins.select("patient", "date", what=pl.format("origin: {}", "origin_name"))
    after = pl.concat([rows, origins]).join(death, on="patient").filter(pl.col("date") > pl.col("death"))
    return (
        after.group_by("patient", "what", "death")
        .agg(pl.col("date").max())
        .select("patient", fault=pl.format("{} after death", "what"), date="date", death="death")
        .sort("patient", "fault")
    )
