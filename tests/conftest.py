"""Fixtures and skips that every test may use.

A test that needs something which is not here is skipped by name. Where GLISSON_REQUIRE names that thing, it fails instead.
"""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

SHARED = Path(os.environ.get("GLISSON_SHARED", Path(__file__).parents[2] / "shared"))
REQUIRED = frozenset(os.environ.get("GLISSON_REQUIRE", "").split())
PACKAGES = {
    "dicom3tools": ("dciodvfy", "dicom3tools"),
    "poppler": ("pdftotext", "poppler-utils"),
    "postgresql": ("initdb", "postgresql"),
}
"""Marker: program and the Debian package that holds it."""
NOT_ON_PATH = {"initdb": "/usr/lib/postgresql/*/bin/initdb"}
"""Where Debian keeps a program that it does not put on PATH."""


def _absent(what: str, why: str) -> NoReturn:
    if what in REQUIRED:
        pytest.fail(f"{why}; GLISSON_REQUIRE asks for it")
    pytest.skip(why)


def _here(program: str) -> bool:
    places = Path("/").glob(NOT_ON_PATH[program].lstrip("/")) if program in NOT_ON_PATH else ()
    return shutil.which(program) is not None or any(places)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves long tests out unless they are asked for by ``-m``; the count of deselected ones tells."""
    if config.getoption("-m"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (program, package) in PACKAGES.items():
        if item.get_closest_marker(marker) and not _here(program):
            _absent(marker, f"needs {program} (Debian package {package})")


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        _absent("real_data", f"real data absent: no folder {name} in ../shared (GLISSON_SHARED points elsewhere)")
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real images and tables."""
    return _folder("data")


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Folder of independent reference doses."""
    return _folder("reference")
