"""The analysis protocol as a file: the examples of the package by name, or one's own by path, checked before anything runs."""

import hashlib
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from glisson.errors import BadInput
from glisson.learn.cohort.registry.protocol import Protocol
from glisson.records.mistakes import explain
from glisson.records.yaml_text import load_text, plain, read_text

EXAMPLES = ("cirel", "regional36", "sirt")


def example_protocol(name: str) -> str:
    """An example as YAML text, with its comments.

    Raises:
        BadInput: none of that name.
    """
    if name not in EXAMPLES:
        raise BadInput(f"no example protocol '{name}'", allowed=", ".join(EXAMPLES))
    return resources.files("glisson.actions.cohort").joinpath("protocols", f"{name}.yaml").read_text(encoding="utf-8")


def read_protocol(given: str) -> tuple[Protocol, str]:
    """A protocol and the sha256 of its text.

    Args:
        given: path of a YAML file, or the name of an example.

    Raises:
        BadInput: no such file, not YAML, an unknown key (with its line), a reference to something that is not in it, or an endpoint,
            criterion or origin that does not exist.
    """
    path = Path(given)
    if given in EXAMPLES and not path.is_file():
        name, text = f"{given}.yaml", example_protocol(given)
    elif path.is_file():
        name, text = path.name, read_text(path, path.name)
    else:
        raise BadInput(
            f"no protocol file '{path.name}'", allowed=f"a YAML file, or one of {', '.join(EXAMPLES)}",
            do="begin with 'glisson learn protocol cirel > cirel.yaml'",
        )  # fmt: skip
    raw = _mapping(name, text)
    try:
        asked = Protocol.model_validate(plain(raw))
    except ValidationError as error:
        raise explain(error, raw, name, schema=Protocol) from None
    _require_names(asked)
    return asked, hashlib.sha256(text.encode()).hexdigest()


def _require_names(asked: Protocol) -> None:
    """Refuses endpoints, origins and criteria that do not exist, before anything is read."""
    from glisson.actions.following.asked import Asked
    from glisson.knowledge.endpoints import endpoint_definition
    from glisson.learn.cohort.registry.endpoint_times import rules_of

    reading = asked.reading
    for endpoint in (*asked.endpoints, *(asked.changed(one) for one in asked.sensitivity)):
        for name in (endpoint.name, *endpoint.competing):
            endpoint_definition(name)
        rules_of(asked, endpoint)
        for origin in (endpoint.origin, endpoint.entry):
            Asked(criteria=reading.criteria, reader=reading.reader, choices=reading.options, origin=origin or asked.origin)


def _mapping(name: str, text: str) -> Any:
    raw = load_text(text, name)
    if not isinstance(raw, dict):
        raise BadInput(f"{name} is not a mapping of keys to values", do="begin with 'protocol: name'")
    return raw


def check_protocol(path: str) -> str:
    """Checks a protocol file and says in a line what it asks for.

    Raises:
        BadInput: as ``read_protocol``.
    """
    asked, digest = read_protocol(path)
    return (
        f"protocol {asked.protocol}, edition {asked.edition}: {len(asked.endpoints)} endpoints, {len(asked.models)} models; it can be read "
        f"(sha256 {digest[:16]}…). Whether its variables exist is known when it meets a registry."
    )
