"""``glisson records init|verify|backup|restore|migrate|erase|accept-clock|audit``."""

from pathlib import Path
from typing import Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say, say_files, table

BROKEN = 3
"""Exit code: done, but the chain does not hold."""


def init(
    registry: o.Registry,
    keys: o.Keys = None,
    admin: Annotated[str, typer.Option("--admin", envvar="GLISSON_USER", help="Code of the first user, an admin.")] = "",
    alone: Annotated[bool, typer.Option("--alone", help="One person: the first user holds every role.")] = False,
    as_json: o.Json = False,
) -> None:
    """Begin a registry: a database, a keys file, and its first user."""
    from glisson.actions import init_registry

    begun = init_registry(o.door(registry, keys, admin, confirm=True), alone=alone)
    if as_json:
        o.print_plain(begun)
        return
    say("A registry was made. Keep a copy of the keys file apart from the backups: without it nothing can be read.")
    say_files([begun.keys])
    say(f"Next: glisson records users {registry} --add CODE --role 'data entry' --site site-01")


def verify(
    registry: o.Registry,
    keys: o.Keys = None,
    head: Annotated[Path | None, typer.Option("--head", help="Folder of a backup: nothing after it may be cut off.")] = None,
    as_json: o.Json = False,
) -> None:
    """Check every entry and the chain of hashes; without keys the chain alone."""
    from glisson.actions import verify_registry

    beside = Path(registry).with_suffix(".keys") if "://" not in registry else None
    found = verify_registry(registry, keys=keys or (beside if beside is not None and beside.is_file() else None), head=head)
    if as_json:
        head_now = {"sequence": found.head.sequence, "hash": found.head.hash}
        told = {"findings": found.findings, "warnings": found.warnings, "notes": found.notes}
        o.print_plain({"ok": found.ok, "first_broken": found.first_broken, "head": head_now, **told})
    else:
        say(f"{found.head.sequence} entries, head {found.head.hash[:16]}…: " + ("the chain holds" if found.ok else "BROKEN"))
        for finding in found.findings:
            say(f"  {'entry ' + str(finding.sequence) + ': ' if finding.sequence else ''}{finding.text}")
        for words in (*found.warnings, *found.notes):
            say(f"  note: {words}")
    if not found.ok:
        raise typer.Exit(BROKEN)


def backup(
    registry: o.Registry,
    out: Annotated[Path, typer.Option("--out", help="New folder for the backup.")],
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Write a verified copy with its head hash; the keys are not in it."""
    from glisson.actions import back_up_registry

    head = back_up_registry(o.door(registry, keys, user), out)
    if as_json:
        o.print_plain(head)
        return
    say(f"backed up {head.head.sequence} entries; note the head apart from the backup: {head.head.hash}")
    say_files([out])


def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="Folder of a backup.")],
    to: Annotated[str, typer.Option("--to", help="Empty place: a SQLite file or postgresql://…")],
    keys: Annotated[Path, typer.Option("--keys", help="The registry's keys file.")],
) -> None:
    """Bring a backup back, into a database of either kind."""
    from glisson.actions import restore_registry

    restore_registry(backup, to, keys)
    say(f"restored and verified. Next: glisson records verify {to} --keys {keys} --head {backup}")


def migrate(
    registry: o.Registry,
    keys: Annotated[Path, typer.Option("--keys", help="The registry's keys file.")],
    backup: Annotated[Path, typer.Option("--backup", help="New folder for the backup that is made first.")],
) -> None:
    """Bring an older registry to the schema of this program."""
    from glisson.actions import migrate_registry_schema

    say(f"schema {migrate_registry_schema(registry, keys, backup)}; the backup from before is kept")


def erase(
    registry: o.Registry,
    case: o.Case,
    keys: o.Keys = None,
    user: o.User = "",
    sure: Annotated[bool, typer.Option("--sure", help="It cannot be undone: say so.")] = False,
) -> None:
    """Destroy the key of a case whose consent was withdrawn with the scope to erase."""
    from glisson.actions import erase_case
    from glisson.errors import BadInput

    if not sure:
        raise BadInput(
            "an erasure that cannot be undone", do="say --sure; older backups still hold the content: destroy them in time"
        )
    done = erase_case(o.door(registry, keys, user), case)
    say(f"{case} was erased; its envelopes and the chain stay. Destroy older backups as your protocol says.")
    if done.key_left:
        say(
            "  its key may still lie in the database's own log: another program reads. Close every program that has the registry open;"
        )
        say(f"  then glisson records verify {registry} drops it, and tells when it could not")


def accept_clock(
    registry: o.Registry,
    today: Annotated[str, typer.Option("--today", help="The day that it is, from another clock: 2026-11-22.")],
    reason: Annotated[str, typer.Option("--reason", help="Why the other clock was wrong; no names.")],
    keys: o.Keys = None,
    user: o.User = "",
) -> None:
    """Go on after a write under a clock that stood ahead: say that this machine's clock is right. It is on record."""
    from datetime import date

    from glisson.actions import accept_registry_clock
    from glisson.errors import BadInput

    try:
        day = date.fromisoformat(today)
    except ValueError:
        raise BadInput(f"--today '{today}'", allowed="a day as 2026-11-22") from None
    entry = accept_registry_clock(o.door(registry, keys, user), today=day, reason=reason)
    told = entry.payload or {}
    say(f"accepted at {entry.recorded_at.isoformat()[:16]} UTC as entry {entry.sequence}; times of record go on from here")
    say(
        f"  {told['entries']} entries from entry {told['first']} on carry a time that lies ahead, up to {told['reached'][:16]} UTC"
    )


def audit(
    registry: o.Registry,
    case: Annotated[str, typer.Argument(metavar="[CASE]", help="One case; the registry as a whole if not given.")] = "",
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Show who did what, refusals included."""
    from glisson.actions import registry_audit

    rows = registry_audit(o.door(registry, keys, user), case or None)
    if as_json:
        o.print_plain(rows)
        return
    cells = [[row["at"][:19], row["user"], str(row.get("action", row["kind"])), str(row.get("outcome", ""))] for row in rows]
    table("Audit", ["when (UTC)", "who", "what", "outcome"], cells, words=(1, 2, 3))
