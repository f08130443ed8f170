"""``glisson records users|pseudonym``."""

from typing import Annotated

import typer

from glisson.cli.records import options as o
from glisson.cli.screen import say, table
from glisson.errors import BadInput


def users(
    registry: o.Registry,
    keys: o.Keys = None,
    user: o.User = "",
    add: Annotated[str, typer.Option("--add", help="Code of a user to add, or to give new roles.")] = "",
    role: Annotated[
        list[str],
        typer.Option("--role", help="data entry, investigator, monitor, statistician or admin; may stand several times."),
    ] = [],  # noqa: B006
    site: Annotated[
        list[str], typer.Option("--site", help="Site of the roles; 'all' for every one; may stand several times.")
    ] = [],  # noqa: B006
    remove: Annotated[str, typer.Option("--remove", help="Code of a user whose access ends.")] = "",
    as_json: o.Json = False,
) -> None:
    """List the users, add one or end one's access; the new user's password is asked for, or is GLISSON_NEW_PASSWORD."""
    from glisson.actions import add_registry_user, registry_users, remove_registry_user

    door = o.door(registry, keys, user)
    if add:
        add_registry_user(door, add, _grants(role, site), o.password("GLISSON_NEW_PASSWORD", "New user's password", confirm=True))
        say(f"user {add} may sign in")
    if remove:
        remove_registry_user(door, remove)
        say(f"user {remove} may no longer sign in; what they did stays on record")
    if add or remove:
        return
    found = registry_users(door)
    if as_json:
        o.print_plain([{"user": one.id, "roles": one.grants} for one in found])
        return
    rows = [[one.id, grant.role.value, _sites(grant.sites)] for one in found for grant in one.grants]
    table("Users", ["code", "role", "sites"], rows, words=(1, 2))


def pseudonym(
    registry: o.Registry,
    site: Annotated[str, typer.Option("--site", help="The site whose own identifier it is.")],
    keys: o.Keys = None,
    user: o.User = "",
    as_json: o.Json = False,
) -> None:
    """Make the pseudonym of a patient from the site's own identifier, which is asked for and not stored."""
    from glisson.actions import pseudonym_of

    door = o.door(registry, keys, user)
    made = pseudonym_of(door, site, o.password("GLISSON_LOCAL_ID", "The site's identifier of the patient"))
    if as_json:
        o.print_plain({"pseudonym": made})
    else:
        typer.echo(made)


def _grants(roles: list[str], sites: list[str]) -> tuple:  # type: ignore[type-arg]
    from glisson.records.access import Grant, Role

    known = {role.value for role in Role}
    if not roles or set(roles) - known:
        raise BadInput("a user without a known role", allowed="--role " + ", ".join(sorted(known)))
    if not sites:
        raise BadInput("a role without its site", do="say --site site-01, or --site all")
    return tuple(Grant(Role(role), "all" if "all" in sites else tuple(sites)) for role in roles)


def _sites(sites: object) -> str:
    return "all" if sites == "all" else ", ".join(str(site) for site in sites)  # type: ignore[attr-defined]
