"""Every case of the bank, and what the bank as a whole has to cover."""

import re

import pytest
from bank import BANK, BOARD, Banked

from glisson.case import Result
from glisson.knowledge import sources
from glisson.knowledge.interactions import rules
from glisson.weigh.options import weigh_case


def weighed(banked: Banked) -> Result:
    return weigh_case(banked.case, day=BOARD)


@pytest.mark.parametrize("banked", BANK, ids=lambda banked: banked.name)
def test_case_of_the_bank_against_its_expected_answers(banked: Banked) -> None:
    value = weighed(banked).value
    rows = {row["option"]: row for row in value["options"]}
    told = {option: rows[option]["answer"] for option in banked.expect}
    why = {
        option: [entry["rule"] for entry in (*rows[option]["against"], *rows[option]["cannot_say"])] for option in banked.expect
    }
    assert told == banked.expect, why
    for option, names in banked.holds.items():
        assert set(names) <= {entry["rule"] for key in ("against", "holds") for entry in rows[option][key]}, option
    for option, names in banked.cannot_say.items():
        assert set(names) <= {entry["rule"] for entry in rows[option]["cannot_say"]}, option
    for option, names in banked.guidance.items():
        assert set(names) <= set(rows[option]["guidance"])
    for option, names in banked.missing.items():
        assert rows[option]["missing"] == names
    pairs = [pair for row in value["options"] for pair in row["conflicts"]]
    assert all(sorted(pair) in pairs for pair in banked.conflict), pairs


def test_bank_is_large_and_its_names_are_unique() -> None:
    assert len(BANK) >= 60
    assert len({banked.name for banked in BANK}) == len(BANK)
    assert all(banked.source in sources() for banked in BANK)


def test_every_rule_speaks_in_the_bank() -> None:
    spoken = {name for banked in BANK for names in banked.holds.values() for name in names}
    superseded = {rule.id for rule in rules() if rule.superseded_by}
    assert {rule.id for rule in rules()} - superseded - spoken == set()
    assert spoken <= {rule.id for rule in rules()} - superseded


def test_bank_holds_every_answer() -> None:
    assert {answer for banked in BANK for answer in banked.expect.values()} == {"open", "caution", "closed", "cannot say"}


def test_bank_names_every_contraindication_of_the_table() -> None:
    told = " ".join(banked.says for banked in BANK)
    said = {int(number) for number in re.findall(r"C(\d+)", told)}
    said |= {number for low, high in re.findall(r"C(\d+) to C(\d+)", told) for number in range(int(low), int(high) + 1)}
    assert set(range(1, 21)) <= said


@pytest.mark.parametrize(
    "words",
    [
        "lidocaine", "adagrasib", "nivolumab", "CheckMate", "Charlson", "ASA ", "contiguous", "165", "3200", "sqrt", "200 mg per session",
        "10 mm",
    ],
)  # fmt: skip
def test_what_is_not_confirmed_is_no_rule(words: str) -> None:
    """Section 9 of the facts: formulas, doses, consensus cuts and combinations that nobody has confirmed."""
    for rule in rules():
        assert words not in f"{rule.value} {rule.short} {rule.note}", rule.id
