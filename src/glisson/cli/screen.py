"""What the command line shows: progress and words on standard error, results on standard output."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from glisson.case import Finding, Result, Run

console = Console(stderr=True, highlight=False, soft_wrap=True)
STOPPED = 130
"""Exit code when the user stopped the program."""
MARK = {"note": "  note", "warning": "  [yellow]warning[/]", "stop": "  [red]stop[/]"}


@contextmanager
def progress_bar(shown: bool) -> Iterator[Callable[[float, str], None]]:
    """A progress callback (share 0 to 1, words) drawn as a bar on standard error, where that is a terminal."""
    if not (shown and console.is_terminal):
        yield lambda _share, _words: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=1.0)
        yield lambda share, words: progress.update(task, completed=share, description=words)


def print_json(results: "Sequence[Result]", run: "Run | None" = None) -> None:
    """Stamped Results on standard output, and nothing else: one object, or a list when there are several.

    The record of a run stands beside the keys of its Result, as ``run``.
    """
    if run is not None:
        whole = json.loads(results[0].to_json()) | {"run": json.loads(run.to_json())}
        sys.stdout.write(json.dumps(whole, sort_keys=True, indent=2, ensure_ascii=False) + "\n")
    elif len(results) == 1:
        sys.stdout.write(results[0].to_json() + "\n")
    else:
        sys.stdout.write("[\n" + ",\n".join(result.to_json() for result in results) + "\n]\n")


def say(words: str) -> None:
    """One line for people."""
    console.print(words, markup=False)


def say_findings(findings: "Sequence[Finding]") -> None:
    """Stops and warnings first."""
    order = {"stop": 0, "warning": 1, "note": 2}
    for finding in sorted(findings, key=lambda f: order[f.level.value]):
        console.print(f"{MARK[finding.level.value]}: ", end="")
        console.print(finding.text, markup=False)


def shorter(lines: Sequence[str]) -> list[str]:
    """Lines of "file: reason" with the files of one reason together.

    >>> shorter(["a.txt: no image", "b.dcm: a localizer", "LICENSE: no image"])
    ['a.txt, LICENSE: no image', 'b.dcm: a localizer']
    """
    files: dict[str, list[str]] = {}
    for line in lines:
        file, _, reason = line.partition(": ")
        files.setdefault(reason, []).append(file)
    return [f"{', '.join(names)}: {reason}" for reason, names in files.items()]


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, words: Sequence[int] = ()) -> None:
    """A table; the first column and those of ``words`` left, the others right. Names are printed as they are."""
    from rich.text import Text

    grid = Table(title=Text(title), title_justify="left", title_style="bold", header_style="", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        grid.add_column(column, justify="left" if number == 0 or number in words else "right", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(cell) for cell in row))
    console.print(grid)


def say_files(files: Sequence[Path]) -> None:
    """The files to open."""
    for file in files:
        console.print(f"  {file}", markup=False)


def percent(value: object) -> str:
    """A fraction as percent with two significant digits, for a table."""
    return f"{100 * value:.2g}" if isinstance(value, int | float) and not isinstance(value, bool) else "cannot say"


def number(value: object, digits: int = 1) -> str:
    """A number for a table; what is unknown is said, never printed as zero."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:.{digits}f}"
    return "cannot say"
