"""The command line starts light: heavy libraries are imported inside commands only."""

import subprocess
import sys

HEAVY = (
    "numpy",
    "scipy",
    "pydicom",
    "highdicom",
    "SimpleITK",
    "nibabel",
    "nrrd",
    "matplotlib",
    "skimage",
    "jinja2",
    "typst",
    "ruamel",
)


def test_command_line_imports_nothing_heavy() -> None:
    code = f"import sys, glisson.cli.main; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []


def test_every_command_explains_itself() -> None:
    for command in ("case new", "case check", "plan", "sign", "dose", "report", "export", "contour", "register", "demo"):
        done = subprocess.run(
            [sys.executable, "-m", "glisson.cli.main", *command.split(), "--help"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, command
        assert "Usage" in done.stdout
