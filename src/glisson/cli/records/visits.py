"""``glisson records lock|unlock|sign|verify-source``."""

from typing import Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say


def lock(registry: o.Registry, case: o.Case, visit: o.Visit = "", keys: o.Keys = None, user: o.User = "") -> None:
    """Lock a visit, or the whole case if none is named."""
    from glisson.actions import lock_visit

    done = lock_visit(o.door(registry, keys, user), case, visit)
    say(f"locked {visit or 'the case'}")
    if done.open_queries or done.not_verified:
        say(f"  {len(done.open_queries)} queries are not closed, {len(done.not_verified)} entries without verified source data")


def unlock(
    registry: o.Registry,
    case: o.Case,
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    visit: o.Visit = "",
    keys: o.Keys = None,
    user: o.User = "",
) -> None:
    """Unlock a visit, or the whole case."""
    from glisson.actions import unlock_visit

    unlock_visit(o.door(registry, keys, user), case, visit, reason)
    say(f"unlocked {visit or 'the case'}")


def sign(
    registry: o.Registry,
    case: o.Case,
    meaning: Annotated[
        str, typer.Option("--meaning", help="What the signature says.")
    ] = "I have reviewed these data; they are true",
    visit: o.Visit = "",
    keys: o.Keys = None,
    user: o.User = "",
) -> None:
    """Sign a visit, or the whole case, as its investigator; the signature falls when anything signed changes."""
    from glisson.actions import sign_visit

    sign_visit(o.door(registry, keys, user), case, meaning=meaning, visit=visit)
    say(f"signed {visit or 'the case'}")


def verify_source(
    registry: o.Registry,
    case: o.Case,
    entry: Annotated[list[str], typer.Option("--entry", help="Id of an entry that was compared; may stand several times.")],
    keys: o.Keys = None,
    user: o.User = "",
) -> None:
    """Say that entries were compared with the patient's file; the mark falls when an entry is corrected."""
    from glisson.actions import verify_source_data

    verify_source_data(o.door(registry, keys, user), case, entry)
    say(f"{len(entry)} entries are marked as verified")
