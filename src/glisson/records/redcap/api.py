"""A running REDCap project by its API, with PyCap (the extra ``redcap``). The token comes from the environment and is never shown."""

import os
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from glisson.errors import BadInput

TOKEN = "GLISSON_REDCAP_TOKEN"


@dataclass(frozen=True)
class Project:
    """What a project holds: data and data dictionary as CSV, unique event name to visit (None: no events)."""

    data: str
    dictionary: str
    events: dict[str, str] | None


def pull(url: str) -> Project:
    """Everything of a project.

    Args:
        url: of the API, as https://redcap.example.org/api/.

    Raises:
        BadInput: no token, PyCap is not installed, an address without https, or the server refuses.
    """
    project = _project(url)
    found: Project = _asked(lambda: Project(_data(project), _text(project.export_metadata(format_type="csv")), _events(project)))
    return found


def push(url: str, data: str) -> int:
    """Data (CSV, raw codes) into a project; the number of records that it took. Empty cells overwrite nothing there.

    Raises:
        BadInput: as :func:`pull`.
    """
    project = _project(url)
    answer = _asked(lambda: project.import_records(data, import_format="csv", return_content="count"))
    return int(answer["count"])


def _project(url: str) -> Any:
    redcap = _pycap()
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise BadInput("a REDCap address without https", do="give the https address: the token would travel in the clear")
    token = os.environ.get(TOKEN)
    if not token:
        raise BadInput("no token for REDCap", do=f"put it into the environment as {TOKEN}; never on the command line")
    return _asked(lambda: redcap.Project(url if url.endswith("/") else f"{url}/", token))


def _pycap() -> ModuleType:
    try:
        import redcap
    except ImportError:
        raise BadInput("REDCap's API needs PyCap", do="install the extra: pip install 'glisson[redcap]'") from None
    module: ModuleType = redcap
    return module


def _asked(ask: Any) -> Any:
    """The answer to a request; whatever goes wrong is said without the request, which holds the token."""
    try:
        return ask()
    except BadInput:
        raise
    except Exception as error:  # noqa: BLE001
        raise BadInput(
            f"the REDCap server did not answer as expected ({type(error).__name__})", do="check address, token and its rights"
        ) from None


def _data(project: Any) -> str:
    return _text(
        project.export_records(format_type="csv", raw_or_label="raw", export_data_access_groups=True, export_survey_fields=False)
    )


def _events(project: Any) -> dict[str, str] | None:
    from glisson.records.redcap.data_out import NO_VISIT

    if not project.is_longitudinal:
        return None
    found = project.export_events(format_type="json")
    return {row["unique_event_name"]: "" if row["event_name"] == NO_VISIT else row["event_name"] for row in found}


def _text(answer: Any) -> str:
    if not isinstance(answer, str):
        raise BadInput("the REDCap server did not answer with CSV", do="check address and rights")
    return answer
