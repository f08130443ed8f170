"""The pages of the documentation as the tests read them (fenced blocks, links, headings), and the command run on its own."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^( *)```(\S*) ?([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block and the page it stands on."""

    page: Path
    language: str
    title: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.text.splitlines()[0] if self.text else ''}"


def blocks(language: str) -> list[Block]:
    return [block for page in PAGES for block in _blocks(page) if block.language == language]


def _blocks(page: Path) -> Iterator[Block]:
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        title = re.search(r'title="([^"]*)"', match[3])
        yield Block(page, match[2], title[1] if title else "", match[4])


def commands() -> list[tuple[str, list[str]]]:
    """Every ``glisson`` command in a shell block or in running text, as arguments, with its place."""
    found = []
    for page in PAGES:
        for block in _blocks(page):
            if block.language in ("sh", ""):
                found += [(block.where, line) for line in block.text.splitlines() if line.strip().startswith("glisson ")]
            if block.title.startswith("glisson "):
                found.append((block.where, block.title))
        prose = FENCE.sub("", page.read_text(encoding="utf-8"))
        found += [(str(page.relative_to(ROOT)), code) for code in re.findall(r"`(glisson [a-z][^`]*)`", prose)]
    return [(where, _arguments(line)) for where, line in found]


def _arguments(line: str) -> list[str]:
    """Words after ``glisson``, up to a comment, a pipe or a redirection."""
    words = shlex.split(line, comments=True)
    end = next((at for at, word in enumerate(words) if word in ("|", ">", "&&")), len(words))
    return words[1:end]


def links(page: Path) -> list[str]:
    return LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


def anchors(page: Path) -> set[str]:
    """Ids of the headings, as mkdocs makes them."""
    from markdown.extensions.toc import slugify

    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {slugify(re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading), "-") for heading in HEADING.findall(text)}


def section(page: Path, heading: str) -> str:
    """Text below a heading, up to the next one of the same or a higher level."""
    text = page.read_text(encoding="utf-8")
    match = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert match is not None, f"{page.name} has no heading '{heading}'"
    end = re.search(rf"^#{{1,{len(match[1])}}} ", text[match.end() :], re.MULTILINE)
    return text[match.end() : match.end() + end.start() if end else None]


def named(text: str) -> set[str]:
    """Everything in backticks."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)))


def glisson(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it, in a folder."""
    wide = os.environ | {"COLUMNS": "200"}
    command = [sys.executable, "-m", "glisson.cli.main", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env=wide)


def times_as_text(text: str) -> str:
    """Quotes times, as the case reader leaves them text."""
    return re.sub(r"(?<![\"'\w])(\d{4}-\d\d-\d\d(?:T[\d:]+[+-]\d\d:\d\d)?)", r'"\1"', text)
