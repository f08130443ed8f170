"""Editions of a form stand beside each other: old entries are read by their own, and carried over by the map of the newer."""

from pathlib import Path
from shutil import copy

import pytest
from form_values import changed, entry, whole_case

from glisson.errors import BadInput
from glisson.records.checks import cross_checks
from glisson.records.forms import catalogue, check_values, form, forms, read_forms, upgrade

EDITIONS = Path(__file__).parent / "editions"
OLD = {"died_on": "2026-11-17", "cause": "cancer", "source": "family"}
NEW = {"day_of_death": "2026-11-17", "cause": "tumour", "autopsy": "no"}


def test_both_editions_are_there_and_the_newest_is_filled() -> None:
    both = catalogue(EDITIONS)
    assert forms(both)["death"].edition == 2
    assert form("death", None, both).edition == 2
    assert form("death", 1, both).item("died_on").required
    assert form("death").edition == 1, "the packaged forms are not changed by a centre's folder"


def test_each_entry_is_checked_by_its_own_edition() -> None:
    both = catalogue(EDITIONS)
    assert check_values(form("death", 1, both), OLD) == []
    assert check_values(form("death", 2, both), NEW) == []
    assert {p.code for p in check_values(form("death", 2, both), OLD)} == {
        "unknown-item",
        "not-a-choice",
        "missing-without-reason",
    }
    for values, edition in ((OLD, 1), (NEW, 2)):
        rest = [one for one in whole_case() if one.form != "death"]
        case = [*rest, entry("death", "", values, edition=edition)]
        assert [p.code for p in cross_checks(case, known=both) if p.code.startswith(("values.", "entry."))] == []


def test_old_values_are_carried_over_by_the_declared_map() -> None:
    carried = upgrade(OLD, name="death", edition=1, known=catalogue(EDITIONS))
    assert carried.values == {"day_of_death": "2026-11-17", "cause": "tumour"}
    assert carried.dropped == ("source",)
    assert carried.to_ask == ("autopsy",)
    missing = upgrade({"cause": {"missing": "unknown"}}, name="death", edition=1, known=catalogue(EDITIONS))
    assert missing.values == {"cause": {"missing": "unknown"}}


def test_an_entry_of_its_own_edition_is_carried_nowhere() -> None:
    assert upgrade(OLD, name="death", edition=1).values == OLD


def test_no_way_back_and_none_to_what_is_not_there() -> None:
    both = catalogue(EDITIONS)
    with pytest.raises(BadInput, match="no way from edition 2"):
        upgrade(NEW, name="death", edition=2, to=1, known=both)
    with pytest.raises(BadInput, match="no edition 3"):
        form("death", 3, both)
    with pytest.raises(BadInput, match="patient"):
        form("nothing")


def test_an_edition_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    text = (EDITIONS / "death.2.yaml").read_text(encoding="utf-8")
    (tmp_path / "death.2.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="has an edition 2 already"):
        catalogue(EDITIONS, tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("died_on: day_of_death", "death_day: day_of_death", "items that do not exist: death_day"),
        ("recode: {cause", "recode: {reason", "items that do not exist: reason"),
        ("  edition: 1\n", "  edition: 7\n", "is not there"),
        ("edition: 2\ntitle", "edition: 3\ntitle", "name it <form>.<edition>.yaml"),
        ("type: yes_no", "type: maybe", "items.2.type"),
        ("items:", "items: [", "not YAML"),
    ],
)
def test_a_broken_edition_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = (EDITIONS / "death.2.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "death.2.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        catalogue(tmp_path)


def test_two_forms_may_not_share_a_field(tmp_path: Path) -> None:
    text = (EDITIONS / "death.2.yaml").read_text(encoding="utf-8").split("upgrade:")[0]
    items = "items:\n  - {name: died_on, type: date, label: Died on}\n"
    (tmp_path / "demise.1.yaml").write_text(
        text.replace("form: death\nedition: 2", "form: demise\nedition: 1").replace("day_of_death", "died_on") + items,
        encoding="utf-8",
    )
    with pytest.raises(BadInput, match="both have the field dth_died_on"):
        catalogue(tmp_path)


def test_other_files_in_the_folder_are_passed_over(tmp_path: Path) -> None:
    copy(EDITIONS / "death.2.yaml", tmp_path)
    (tmp_path / "README.md").write_text("notes", encoding="utf-8")
    assert set(read_forms(tmp_path)) == {("death", 2)}


def test_an_upgrade_without_a_map_is_refused(tmp_path: Path) -> None:
    text = (EDITIONS / "death.2.yaml").read_text(encoding="utf-8")
    start, end = text.index("upgrade:"), text.index("items:")
    (tmp_path / "death.2.yaml").write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(BadInput, match="does not say how an earlier edition becomes it"):
        upgrade(OLD, name="death", edition=1, known=catalogue(tmp_path))


def test_a_changed_entry_keeps_its_place() -> None:
    before = whole_case()
    after = changed(before, "death.case.1", cause="other")
    assert [one.place for one in before] == [one.place for one in after]
