"""Pseudonyms: keyed, bound to the site, with a check letter that finds what people mistype."""

import hashlib
import hmac
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.records.pseudonyms import LETTERS, SiteKey, require_pseudonym, site_key, site_of

KEY = bytes(range(32))
identifiers = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20)


def by_hand(identifier: str) -> str:
    """The definition, written out with the standard library only."""
    site = hmac.new(KEY, b"glisson site 1\ns01", hashlib.sha256).digest()
    number = int(hmac.new(site, b"glisson pseudonym 1\n" + identifier.encode(), hashlib.sha256).hexdigest(), 16)
    digits = [number // 31**power % 31 for power in range(12)]
    digits.append(sum((i + 1) * d for i, d in enumerate(digits)) % 31)
    return "s01-" + "".join(LETTERS[d] for d in digits)


@pytest.mark.parametrize("identifier", ["4711", "004711", "Ä-9", "x"])
def test_pseudonym_against_its_definition(identifier: str) -> None:
    assert site_key(KEY, "s01").pseudonym(identifier) == by_hand(identifier)


@given(identifiers)
def test_sites_and_keys_make_different_pseudonyms(identifier: str) -> None:
    here, there = site_key(KEY, "s01").pseudonym(identifier), site_key(KEY, "s02").pseudonym(identifier)
    other_key = site_key(bytes(32), "s01").pseudonym(identifier)
    assert here != other_key
    assert here.removeprefix("s01-") != there.removeprefix("s02-")
    assert site_of(here) == "s01"
    assert re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,63}", here)


@given(identifiers, st.integers(0, 12), st.sampled_from(LETTERS))
def test_every_single_wrong_letter_is_found(identifier: str, place: int, letter: str) -> None:
    name = site_key(KEY, "s01").pseudonym(identifier)
    wrong = name[: 4 + place] + letter + name[5 + place :]
    if wrong != name:
        with pytest.raises(BadInput, match="check letter"):
            require_pseudonym(wrong)


@given(identifiers, st.integers(0, 12), st.integers(0, 12))
def test_every_exchange_of_two_letters_is_found(identifier: str, one: int, two: int) -> None:
    name = site_key(KEY, "s01").pseudonym(identifier)
    letters = list(name[4:])
    letters[one], letters[two] = letters[two], letters[one]
    wrong = "s01-" + "".join(letters)
    if wrong != name:
        with pytest.raises(BadInput, match="check letter"):
            require_pseudonym(wrong)


def test_the_way_back_needs_key_and_list() -> None:
    key = site_key(KEY, "s01")
    names = [key.pseudonym(f"{n:05}") for n in range(50)]
    assert key.reidentify((f"{n:05}" for n in range(200)), names) == {key.pseudonym(f"{n:05}"): f"{n:05}" for n in range(50)}
    assert site_key(bytes(32), "s01").reidentify((f"{n:05}" for n in range(200)), names) == {}
    assert key.reidentify([], names) == {}


def test_a_colliding_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SiteKey, "pseudonym", lambda *_: "s01-same")
    with pytest.raises(BadInput, match="two identifiers"):
        SiteKey("s01", KEY).reidentify(["1", "2"], ["s01-same"])


@pytest.mark.parametrize("identifier", ["", "   ", "47\n11", "x" * 201, "a\x00b"])
def test_what_is_no_identifier_is_refused_and_not_shown(identifier: str) -> None:
    with pytest.raises(BadInput) as refused:
        site_key(KEY, "s01").pseudonym(identifier)
    assert "47" not in str(refused.value)


@pytest.mark.parametrize("text", ["MUELLER-1957", "s01-short", "s01-ABCDEFGHJKMNP", "4711"])
def test_what_is_no_pseudonym_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        require_pseudonym(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize("site", ["", "Bonn", "-a", "a b", "x" * 33])
def test_what_is_no_site_is_refused(site: str) -> None:
    with pytest.raises(BadInput, match="site"):
        site_key(KEY, site)


def test_keys_do_not_show_themselves() -> None:
    assert "secret" not in repr(site_key(KEY, "s01"))
