"""One demo for all tests of the documentation, also when several workers run them; makes ``documentation.py`` importable."""

import os
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from documentation import glisson

MOST_s = 600


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Folder of a demo case, made once and not to be changed, and what the command said."""
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "docs-demo"
    said, done = shared / "said.txt", shared / "done"
    try:
        shared.mkdir()
    except FileExistsError:
        start = time.monotonic()
        while not done.exists():
            assert time.monotonic() - start < MOST_s, "the worker that makes the demo did not finish"
            time.sleep(0.2)
    else:
        ran = glisson("demo", "--out", "demo-case", cwd=shared)
        said.write_text(ran.stderr, encoding="utf-8")
        done.touch()
        assert ran.returncode == 0, ran.stderr
    return shared / "demo-case", said.read_text(encoding="utf-8")
