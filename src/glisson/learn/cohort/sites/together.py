"""All sites in one process: the whole exchange without files, for tests, rehearsals and sites that share a machine."""

from collections.abc import Mapping

import polars as pl

from glisson.learn.cohort.sites.answer import Answer, answered
from glisson.learn.cohort.sites.definition import Definition, Request
from glisson.learn.cohort.sites.pooling import Pooled, pooled
from glisson.learn.cohort.sites.request_log import Entry
from glisson.learn.cohort.sites.rules import Rules


def over_sites(asked: Definition, sites: Mapping[str, tuple[pl.DataFrame, Rules]], *, when: str = "rehearsal") -> Pooled:
    """The pooled result of an analysis over sites that are here, each answering under its rules from an empty log.

    Args:
        asked: the analysis.
        sites: table and rules by any name.
        when: stands in the logs.

    Raises:
        NotAllowed: a site refuses.
        BadInput: a table or rules that cannot be used.
    """
    logs: dict[str, list[Entry]] = {name: [] for name in sites}
    request: Request | None = Request(definition=asked)
    found: Pooled | None = None
    while request is not None:
        answers: list[Answer] = []
        for name, (table, rules) in sites.items():
            outcome = answered(request, table, rules, logs[name], when=when, salt=name)
            logs[name] += outcome.entries
            if outcome.refusal is not None:
                raise outcome.refusal
            assert outcome.answer is not None
            answers.append(outcome.answer)
        found = pooled(request, answers)
        request = found.next
    assert found is not None
    return found
