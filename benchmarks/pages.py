"""A page of the validation: words, tables with the data behind them as CSV, figures. Written into docs/validation."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "validation"


@dataclass
class Page:
    """Markdown under way. ``name``: of the file, without suffix; ``by``: the module that writes it."""

    name: str
    title: str
    by: str
    folder: Path = FOLDER
    parts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.parts += [f"# {self.title}", f"<!-- written by python -m benchmarks {self.by}; do not edit -->"]

    def say(self, words: str) -> None:
        self.parts.append(words.strip())

    def head(self, words: str) -> None:
        self.parts.append(f"## {words}")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str = "") -> None:
        """As Markdown; what is shown."""
        lines = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *(f"| {' | '.join(row)} |" for row in rows)]
        self.parts.append("\n".join(lines))
        if note:
            self.say(note)

    def data(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """The numbers behind a table or figure, as CSV, with a link."""
        path = self.folder / "data" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows([[_plain(value) for value in row] for row in rows])
        self.parts.append(f"[The numbers](data/{name}.csv)")

    def figure(self, name: str, words: str, draw: Any) -> None:
        """``draw(path)`` writes it."""
        from glisson.report.figures.style import drawing

        path = self.folder / "figures" / f"{name}.svg"
        path.parent.mkdir(parents=True, exist_ok=True)
        with drawing():
            draw(path)
        self.parts.append(f"![{words}](figures/{name}.svg)")

    def text(self) -> str:
        return "\n\n".join(self.parts) + "\n"

    def write(self) -> Path:
        path = self.folder / f"{self.name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text(), encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name}", flush=True)
        return path


def _plain(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def write_json(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def percent(share: float, decimals: int = 2) -> str:
    """With its sign: ``+0.12 %``."""
    text = f"{100 * share:+.{decimals}f}"
    return f"{text if text.strip('+-0.') else text.replace('-', '+')} %"
