"""Free text: what betrays a person is found, what belongs to medicine is left alone, nothing is quoted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.records.free_text import scan, words


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("pat. *12.03.1951 in good state", ["date of birth"]),
        ("DOB: 1951-03-12", ["date of birth"]),
        ("geboren am 3. Mai 1951", ["date of birth"]),
        ("née le 4/5/1949", ["date of birth"]),
        ("nata il 04.05.49", ["date of birth"]),
        ("seen on 12/03/2026", ["date"]),
        ("call +49 30 901820", ["phone number"]),
        ("Tel. 3412 4455 x", ["phone number"]),
        ("030-9018 20 77", ["phone number"]),
        ("write to a.b@clinic.example", ["e-mail address"]),
        ("file 20260311774", ["long number"]),
        ("Frau Müller tolerates it", ["title with a name"]),
        ("discussed with Dr. O'Neill", ["title with a name"]),
    ],
)
def test_what_betrays_a_person_is_found(text: str, kinds: list[str]) -> None:
    assert [suspicion.kind for suspicion in scan(text)] == kinds


@pytest.mark.parametrize(
    "text",
    [
        "lesion 3: 12.5 x 8.1 mm in segment 4a/5",
        "irinotecan 180 mg/m2, 5-FU 400 + 2400 over 46 h",
        "platelets 150000/uL; CEA 1250.5; ALT 34-40",
        "T3 N1 M1a, R0, Child-Pugh A5, ECOG 0-1",
        "bead size 70-150 um, 100 mg, day 1, 8, 15",
        "1.5 GBq at 09:30, 120 Gy, 64.1 h",
        "pain 3/10, temperature 38.5, RR 120/80",
    ],
)
def test_medicine_is_left_alone(text: str) -> None:
    assert scan(text) == ()


def test_names_from_headers_are_found_with_and_without_accents() -> None:
    names = ["Brontë^Émilie^^Dr"]
    found = scan("Bronte says; BRONTË agrees; emilie too; brontosaurus does not", names=names)
    assert [(s.kind, s.start) for s in found] == [("known name", 0), ("known name", 13), ("known name", 28)]


@given(st.text(max_size=200), st.lists(st.text(max_size=12), max_size=3))
def test_places_lie_in_the_text_and_the_words_quote_nothing(text: str, names: list[str]) -> None:
    found = scan(text, names=names)
    assert all(0 <= s.start < s.end <= len(text) for s in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


def test_the_sentence_quotes_nothing() -> None:
    text = "Frau Müller, geb. 1.2.1950, Tel. 030 901820"
    said = words(scan(text))
    assert not [part for part in ("Müller", "1.2", "1950", "030", "901820") if part in said]
    assert "title with a name (characters 1 to 11)" in said
