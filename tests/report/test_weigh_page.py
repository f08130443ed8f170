"""The page of options against the Result that it prints."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "weigh"))

from bank import BANK, BOARD, build

from glisson.case import Disease, Result
from glisson.errors import BadInput
from glisson.report.document import Block, Document, Facts, Headlines, Paragraph, Table
from glisson.report.weigh_pages import build_weigh_document
from glisson.report.weigh_write import write_weigh_page
from glisson.weigh.options import weigh_case

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
CAPECITABINE = [{"line": 1, "regimen": "capecitabine", "from": "2026-09-01"}]


def page(**entry: Any) -> tuple[Result, Document]:
    result = weigh_case(build({"case": "page", "base": "pretreated", **entry}), day=BOARD)
    return result, build_weigh_document(result, made_at=NOW, simulated=True)


def blocks(document: Document, title: str) -> tuple[Block, ...]:
    return next(section.blocks for section in document.sections if section.title == title)


def rows_of(table: Block) -> list[list[str]]:
    assert isinstance(table, Table)
    return [[cell.text for cell in row] for row in table.rows]


def test_first_section_says_every_answer() -> None:
    result, document = page()
    tiles, *tables = blocks(document, "At a glance")
    assert isinstance(tiles, Headlines)
    assert {item.label: int(item.value) for item in tiles.items} == result.value["counts"]
    told = {row[0]: row[1] for table in tables for row in rows_of(table)}
    assert told == {row["name"]: row["answer"] for row in result.value["options"]}


def test_a_closed_option_names_its_reason_and_links_its_source() -> None:
    _, document = page()
    tables = [block for block in blocks(document, "At a glance") if isinstance(block, Table)]
    row = next(row for table in tables for row in table.rows if row[0].text == "Resection")
    assert row[1].tone == "bad" and row[2].text == "Not met: a surgeon calls it resectable"
    assert row[2].links[0][1] == "https://doi.org/10.1007/s11912-022-01248-6"


def test_a_computed_fact_that_disagrees_stands_beside_the_answer() -> None:
    standard = [{"formula": "Vauthey", "sflr_fraction": 0.284}]
    stored = Result(
        kind="remnant volume", method="masks", value={"standard": standard, "per_surface_mL_per_m2": None, "growth": None}
    )
    case = build({"case": "page", "base": "small-and-few", "facts": {"future_liver_remnant_fraction": 0.35}})
    document = build_weigh_document(weigh_case(case, day=BOARD, results={"remnant": stored}), made_at=NOW, simulated=True)
    tables = [block for block in blocks(document, "At a glance") if isinstance(block, Table)]
    row = next(row for table in tables for row in rows_of(table) if row[0] == "Resection")
    assert row[1] == "open" and row[2].endswith("With the computed future liver remnant: closed")
    (table,) = blocks(document, "From stored results")
    (row,) = rows_of(table)
    assert row[1] == "0.284" and row[3] == "0.35 (2026-11-15): disagrees" and row[4] == "the entered one"


def test_what_is_closed_comes_last_and_every_open_option_first() -> None:
    _, document = page()
    tables = [block for block in blocks(document, "At a glance") if isinstance(block, Table)]
    assert tables[-1].title == "Closed"
    assert {row[1] for row in rows_of(tables[-1])} == {"closed"}
    assert "closed" not in {row[1] for table in tables[:-1] for row in rows_of(table)}


def test_every_mark_of_a_source_is_a_link_in_the_pdf(tmp_path: Path) -> None:
    """Marks without an address of their own lead to the list of sources."""
    result, document = page()
    written = write_weigh_page(tmp_path, "weigh", result=result, made_at=NOW)
    marks = sum(
        len(cell.links) for section in document.sections for block in section.blocks if isinstance(block, Table)
        for row in block.rows for cell in row
    )  # fmt: skip
    assert written.pdf.read_bytes().count(b"/Link") >= marks


def test_conflicts_stand_side_by_side() -> None:
    _, document = page(lines=CAPECITABINE)
    (table,) = blocks(document, "Conflicts")
    row = next(row for row in rows_of(table) if "recommended for phase II" in row[0])
    assert "Contraindicated: capecitabine within 2 months" in row[1] and "label" in row[1]


def test_timing_says_from_when() -> None:
    _, document = page(lines=CAPECITABINE)
    (table,) = blocks(document, "Timing")
    row = next(row for row in rows_of(table) if row[0] == "capecitabine (capecitabine)")
    assert row[1] == "goes on; counted from a stop today" and row[3] == "2027-01-22" and row[4] == "not any time after"


def test_a_lowered_rule_says_that_it_says_more() -> None:
    _, document = page(facts={"lung_shunt_fraction": 0.25})
    (table, *_) = blocks(document, "SIRT, SIR-Spheres: caution")
    row = next(row for row in rows_of(table) if "20 % lung shunt" in row[1])
    assert "used as a caution here" in row[1] and row[2] == "lung shunt 0.25 (2026-11-15)" and "label" in row[3]


def test_a_page_without_anything_missing_says_so() -> None:
    entry = {"facts": {"months_of_response": 12, "kinetic_growth_fraction_per_week": 0.03}}
    result, document = page(**entry)
    assert result.value["missing"] == []
    assert blocks(document, "Next") == (Paragraph("No missing fact would change an answer."),)


def test_figures_are_said_to_be_unranked_and_every_one_has_its_definition() -> None:
    _, document = page()
    tables = [
        block
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table) and block.title == "Published figures"
    ]
    assert tables and all("not ranked" in table.note for table in tables)
    assert all(": " in row[4] for table in tables for row in rows_of(table))


def test_unknown_disease_gives_a_page_all_the_same() -> None:
    result = weigh_case(build({"case": "page", "base": "pretreated"}).model_copy(update={"disease": Disease.UNKNOWN}), day=BOARD)
    document = build_weigh_document(result, made_at=NOW, simulated=False)
    assert any(isinstance(block, Paragraph) and "cannot say" in block.text for block in blocks(document, "At a glance"))
    assert any(isinstance(block, Facts) for block in blocks(document, "Scores"))


def test_page_is_written_whole_and_twice_the_same(tmp_path: Path) -> None:
    result = weigh_case(BANK[0].case, day=BOARD)
    first, second = (write_weigh_page(tmp_path / name, "weigh", result=result, made_at=NOW) for name in ("a", "b"))
    assert first.html.read_bytes() == second.html.read_bytes() and first.pdf.read_bytes() == second.pdf.read_bytes()
    with pytest.raises(BadInput, match="without a time zone"):
        write_weigh_page(tmp_path / "c", "weigh", result=result, made_at=datetime(2026, 11, 22))
    assert not (tmp_path / "c").exists()
