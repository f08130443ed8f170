"""The documentation against the program: commands, links, case.yaml, tables of numbers."""

import importlib.util
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from documentation import PAGES, ROOT, anchors, blocks, commands, links, named, section, times_as_text
from pydantic import BaseModel, TypeAdapter, ValidationError

DOCS = ROOT / "docs"
UsageError: Any = typer.BadParameter.__base__
CASE_PAGE = DOCS / "concepts" / "case-yaml.md"


def _hook(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"docs_hook_{name}", DOCS / "hooks" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _parse(arguments: list[str]) -> None:
    """Parses arguments against the command line, without running anything."""
    from glisson.cli.main import app

    command: Any = typer.main.get_command(app)
    rest, name = arguments, "glisson"
    while hasattr(command, "commands"):
        assert rest and rest[0] in command.commands, f"no command '{' '.join([name, *rest[:1]])}'"
        name, command, rest = f"{name} {rest[0]}", command.commands[rest[0]], rest[1:]
    if rest:
        with command.make_context(name, list(rest)):
            pass


def test_every_command_in_the_pages_against_the_command_line() -> None:
    found = commands()
    assert len(found) > 40
    wrong = []
    for where, arguments in found:
        try:
            _parse(arguments)
        except (AssertionError, UsageError) as error:
            wrong.append(f"{where}: glisson {' '.join(arguments)}: {getattr(error, 'message', error)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("line", ["dose CASE --metod local", "wiegh CASE", "case nwe SCANS", "shunt CASE --image"])
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    with pytest.raises((AssertionError, UsageError), match=r"(?i)no such option|no command|requires an argument"):
        _parse(line.split())


def test_links_and_anchors_lead_somewhere() -> None:
    wrong = []
    for page in PAGES:
        for link in links(page):
            if link.startswith(("http://", "https://")):
                continue
            file, _, anchor = link.partition("#")
            target = (page.parent / file).resolve() if file else page
            if not target.exists():
                wrong.append(f"{page.relative_to(ROOT)}: {link}")
            elif anchor and target.suffix == ".md" and target.name != "knowledge.md" and anchor not in anchors(target):
                wrong.append(f"{page.relative_to(ROOT)}: no heading for {link}")
    assert not wrong, "\n".join(wrong)


def test_navigation_holds_every_page() -> None:
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert pages == set(re.findall(r"[\w/-]+\.md", text))


def test_yaml_in_the_pages_against_the_models() -> None:
    from ruamel.yaml import YAML

    found = blocks("yaml")
    assert len(found) > 20
    wrong = []
    for block in found:
        content = YAML(typ="safe", pure=True).load(times_as_text(block.text))
        try:
            _validate(content)
        except (ValidationError, KeyError) as error:
            wrong.append(f"{block.where}: {error}")
    assert not wrong, "\n".join(wrong)


def _validate(content: dict[str, Any]) -> None:
    from glisson.case import Case, Contour, Planning

    if "glisson" in content:
        Case.model_validate(content)
        return
    parts: dict[str, Any] = {"contour": Contour, "planning": Planning}
    for key, value in content.items():
        kind = parts.get(key) or Case.model_fields[key].annotation
        TypeAdapter(kind).validate_python(value)


def test_a_wrong_key_in_yaml_is_found() -> None:
    with pytest.raises(ValidationError, match="residual_fractoin"):
        _validate({"planning": {"injections": [{"id": "a", "territory": "b", "residual_fractoin": 0.1}]}})


def _models() -> Iterator[tuple[str, type[BaseModel]]]:
    from glisson import case as nouns

    yield "The whole", nouns.Case
    yield "Image", nouns.ImageReference
    yield "Site", nouns.Site
    yield "Contour from a file", nouns.FileContour
    yield "Contour from other sites", nouns.Combined
    yield "Contour by a margin", nouns.Margin
    yield "Contour by an uptake threshold", nouns.Threshold
    yield "Contour by region growing", nouns.Grown
    yield "Treatment", nouns.Treatment
    yield "Planning", nouns.Planning
    yield "Limit or target", nouns.DoseLimit
    yield "Planned injection", nouns.PlannedInjection
    yield "Chemoembolization asked", nouns.TacePlanning
    yield "Pump asked", nouns.PumpPlanning
    yield "Cycles asked", nouns.CyclePlanning
    yield "Session", nouns.Session
    yield "Injection", nouns.Injection
    yield "Embolization", nouns.Embolization
    yield "Observation", nouns.Observation
    yield "Event", nouns.Event


@pytest.mark.parametrize(("heading", "model"), list(_models()), ids=lambda value: value if isinstance(value, str) else "")
def test_case_page_names_every_key_and_every_allowed_word(heading: str, model: type[BaseModel]) -> None:
    said = named(section(CASE_PAGE, heading))
    missing = set(model.model_fields) - said
    assert not missing, f"case-yaml.md, '{heading}' lacks {sorted(missing)}"
    words = set(re.findall(r"'(?:const|enum)': (?:'([^']+)'|\[)", str(model.model_json_schema())))
    enums = [value for item in model.model_json_schema().get("$defs", {}).values() for value in item.get("enum", [])]
    page = named(CASE_PAGE.read_text(encoding="utf-8"))
    unsaid = {word for word in (*words, *map(str, enums)) if word} - page
    assert not unsaid, f"case-yaml.md does not name {sorted(unsaid)}"


def test_case_page_names_every_observation_with_its_range() -> None:
    from glisson.case.observation import BOUNDS, CHOICES

    text = section(CASE_PAGE, "Observation")
    for name, (low, high) in BOUNDS.items():
        assert f"| `{name}` | {low:g} | {high:g} |" in text
    for name, words in CHOICES.items():
        assert f"| `{name}` | {', '.join(f'`{word}`' for word in words)} |" in text


def test_every_model_of_a_case_has_a_section() -> None:
    from glisson.case import Case

    shown = {model.__name__ for _, model in _models()}
    assert set(Case.model_json_schema()["$defs"]) - shown == {
        "Approach", "Disease", "ImageKind", "Purpose", "ReferenceVolume", "SiteKind",
    }  # fmt: skip


def test_constants_of_the_theory_page_against_the_program() -> None:
    from glisson.dose.constant import dose_constant
    from glisson.knowledge import nuclides

    text = (DOCS / "theory" / "dose.md").read_text(encoding="utf-8")
    for nuclide in nuclides().values():
        for preset in nuclide.presets:
            K = dose_constant(nuclide.id, preset.id).K_Gy_kg_per_GBq
            assert f"| {nuclide.id} | `{preset.id}` | {preset.energy_MeV:g} | {preset.half_life_h:g} | {K:.3f} |" in text


def test_decay_table_of_the_theory_page_against_the_program() -> None:
    from glisson.decay import decay_factor

    text = (DOCS / "theory" / "time-and-grids.md").read_text(encoding="utf-8")
    hours, factors = (re.search(rf"^\| {name}[^|]*\|(.*)\|$", text, re.MULTILINE) for name in ("h ", "left of"))
    assert hours is not None and factors is not None
    for hour, factor in zip(hours[1].split("|"), factors[1].split("|"), strict=True):
        assert f"{decay_factor(elapsed_h=float(hour), half_life_h=64.1):.4f}" == factor.strip()


def test_tests_named_in_the_theory_exist() -> None:
    text = (DOCS / "theory" / "index.md").read_text(encoding="utf-8")
    rows = re.findall(r"`(tests/[\w/]+\.py)`: ((?:`\w+`(?:, )?)+)", text)
    assert len(rows) > 20
    for file, tests in rows:
        code = (ROOT / file).read_text(encoding="utf-8")
        for test in re.findall(r"`(\w+)`", tests):
            assert f"def {test}(" in code, f"{file} has no {test}"


def test_number_page_holds_every_cited_number() -> None:
    from glisson.knowledge import read_yaml, sources

    hook = _hook("knowledge")
    page = hook.on_page_markdown((DOCS / "knowledge.md").read_text(encoding="utf-8"))
    folders = {path.parent.name for path in (ROOT / "src" / "glisson" / "knowledge").rglob("*/*.yaml")}
    assert folders == set(hook.FOLDERS)
    counted = 0
    for file in (ROOT / "src" / "glisson" / "knowledge").rglob("*/*.yaml"):
        name = f"{file.parent.name}/{file.name}"
        claims = list(hook.numbers(read_yaml(name)))
        written = len(re.findall(r"\bevidence: [ADFSCI]\b", file.read_text(encoding="utf-8")))
        assert len(claims) == written, f"{name}: {written} numbers, {len(claims)} on the page"
        counted += written
    rows = [line for line in page.splitlines() if re.search(r"\| [ADFSCI] \|$", line)]
    assert len(rows) == counted > 100
    assert all(f'<a id="{name}">' in page for name in sources())
    assert "| sir-spheres label_notes resin-shunt | 0.2 | fraction |" in page


def test_formulas_become_mathml() -> None:
    hook = _hook("mathml")
    html = hook.on_page_content(r'<p><span class="arithmatex">\(K=E\,T\)</span></p><div class="arithmatex">\[\frac{1}{2}\]</div>')
    assert html.count("<math") == 2 and "arithmatex" not in html


def test_changelog_says_which_numbers_changed() -> None:
    entries = re.split(r"^## ", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert entries
    for entry in entries:
        assert "### Numbers that changed" in entry, entry.splitlines()[0]


def test_picture_is_small() -> None:
    picture = DOCS / "assets" / "demo-report.png"
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size < 300_000


def test_pages_load_nothing_from_the_network() -> None:
    """No font, script, style or picture of another server, in the pages or in what mkdocs adds to them."""
    config = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert "font: false" in config
    for page in (*PAGES, ROOT / "mkdocs.yml", *(DOCS / "assets").glob("*.css")):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"!\[[^\]]*\]\(https?:|<(?:script|link|img|iframe)[^>]+https?:|@import|url\(['\"]?https?:", text)
        assert not loaded, f"{page.name}: {loaded}"
    assert not re.search(r"extra_javascript|extra_css:.*https?:", config)
