"""Roles and what each may do. One table; the test of every action by every role reads it too."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

ALL_SITES = "all"


class Role(StrEnum):
    """Part of a person in a registry."""

    DATA_ENTRY = "data entry"
    INVESTIGATOR = "investigator"
    MONITOR = "monitor"
    STATISTICIAN = "statistician"
    ADMIN = "admin"


class Action(StrEnum):
    """What can be done with a registry."""

    LIST_CASES = "list cases"
    SHOW_CASE = "show a case"
    ENTER = "enter a form"
    CORRECT = "correct an entry"
    SHOW_QUERIES = "show queries"
    OPEN_QUERY = "open a query"
    ANSWER_QUERY = "answer a query"
    CLOSE_QUERY = "close a query"
    LOCK = "lock a visit"
    UNLOCK = "unlock a visit"
    VERIFY_SOURCE = "verify source data"
    SIGN = "sign a case"
    ERASE = "erase a case"
    COHORT = "query the cohort"
    IMPORT = "import data"
    EXPORT_CASES = "export whole cases"
    MANAGE_USERS = "manage users"
    SHOW_AUDIT = "show the audit"
    MAINTAIN = "verify, back up or restore"


_ENTRY = frozenset({
    Action.LIST_CASES, Action.SHOW_CASE, Action.ENTER, Action.CORRECT, Action.SHOW_QUERIES, Action.ANSWER_QUERY, Action.IMPORT,
})  # fmt: skip
ALLOWED: dict[Role, frozenset[Action]] = {
    Role.DATA_ENTRY: _ENTRY,
    Role.INVESTIGATOR: _ENTRY | {Action.SIGN, Action.LOCK, Action.EXPORT_CASES},
    Role.MONITOR: frozenset({
        Action.LIST_CASES, Action.SHOW_CASE, Action.SHOW_QUERIES, Action.OPEN_QUERY, Action.CLOSE_QUERY, Action.LOCK,
        Action.UNLOCK, Action.VERIFY_SOURCE,
    }),
    Role.STATISTICIAN: frozenset({Action.LIST_CASES, Action.COHORT}),
    Role.ADMIN: frozenset({Action.LIST_CASES, Action.ERASE, Action.MANAGE_USERS, Action.SHOW_AUDIT, Action.MAINTAIN}),
}  # fmt: skip
"""An admin keeps the registry and sees no case; a statistician sees tables and no single case."""

WHOLE_REGISTRY = frozenset({Action.MANAGE_USERS, Action.SHOW_AUDIT, Action.MAINTAIN})
"""Actions that concern no one site; only a grant for all sites covers them."""

ACTION_OF_KIND: dict[str, Action] = {
    "form": Action.ENTER,
    "retract": Action.CORRECT,
    "lock": Action.LOCK,
    "unlock": Action.UNLOCK,
    "query_opened": Action.OPEN_QUERY,
    "query_answered": Action.ANSWER_QUERY,
    "query_closed": Action.CLOSE_QUERY,
    "query_reopened": Action.OPEN_QUERY,
    "verify": Action.VERIFY_SOURCE,
    "sign": Action.SIGN,
}
"""What it takes to hand in an entry of a kind; a form that replaces another is a correction."""


@dataclass(frozen=True)
class Grant:
    """One role at some sites, or at all."""

    role: Role
    sites: tuple[str, ...] | Literal["all"]

    def covers(self, action: Action, site: str | None) -> bool:
        """Whether it allows ``action`` at ``site``; without a site, in the registry as a whole or at any site of the grant."""
        if action not in ALLOWED[self.role]:
            return False
        if action in WHOLE_REGISTRY:
            return self.sites == ALL_SITES
        return site is None or self.sites == ALL_SITES or site in self.sites
