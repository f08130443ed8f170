"""Where the program keeps what takes long to work out and depends on nothing but its inputs: kernels from transport."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "GLISSON_CACHE"


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The folder, made if it is not there; ``None``, so that nothing is kept, where it cannot be made or ``GLISSON_CACHE`` is empty.

    ``GLISSON_CACHE`` names it; else ``glisson`` in ``XDG_CACHE_HOME``, in ``LOCALAPPDATA`` (Windows), or in ``~/.cache``.
    """
    given = environment.get(VARIABLE)
    if given == "":
        return None
    above = environment.get("XDG_CACHE_HOME") or environment.get("LOCALAPPDATA")
    folder = Path(given) if given else (Path(above) if above else Path.home() / ".cache") / "glisson"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
