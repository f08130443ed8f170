"""The page of a registry report's tables against what the program makes: every key, and only those."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documentation import ROOT, named

sys.path.insert(0, str(Path(__file__).parents[1] / "learn"))

from registry_tables import protocol, small

from glisson.learn.cohort.registry.flow import flow
from glisson.learn.cohort.registry.harm_table import harm_table
from glisson.learn.cohort.registry.new_variables import of_population
from glisson.learn.cohort.registry.quality_table import quality_table
from glisson.learn.cohort.registry.response_table import response_table
from glisson.learn.cohort.registry.session_table import session_table
from glisson.learn.cohort.registry.table_one import table_one

PAGE = ROOT / "docs" / "concepts" / "results-registry-tables.md"
BY_NAME = {
    "cells",
    "words",
    "reasons",
    "counts",
    "kinds",
    "calls",
    "why_not_done",
    "why",
    "worst",
    "not_counted",
    "summary",
    "intervals",
    "denominators",
}
"""Keys below which stand groups, words and reasons instead of keys."""
WORDS = {"all", "a", "b", "periprocedural", "early", "later", "not said"}


def keys(node: Any, *, data: bool = False) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if not data:
                yield key
            yield from keys(value, data=not data and key in BY_NAME)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


def made() -> set[str]:
    asked = protocol()
    chosen, _ = of_population(small(), asked)
    values = [flow(small(), asked).value]
    values += [work(chosen, asked).value for work in (table_one, session_table, response_table, harm_table, quality_table)]
    return {key for value in values for key in keys(value)} - WORDS


def test_page_of_tables_explains_every_key() -> None:
    assert len(made()) > 100
    assert not made() - named(PAGE.read_text(encoding="utf-8"))


def test_page_of_tables_explains_no_key_that_is_gone() -> None:
    lines = [line.split("|")[1] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    first = {key for line in lines for key in re.findall(r"`([^`]+)`", line)}
    assert not first - made() - BY_NAME
