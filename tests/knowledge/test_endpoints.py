"""Definitions of endpoints: each says what it is, has its own code, and cites a source; the three hepatic ones differ."""

import pytest

from glisson.errors import BadInput, BadKnowledge
from glisson.knowledge.endpoints import endpoint_definition, endpoint_definitions, month_days, response_fact
from glisson.knowledge.load import sources


def test_codes_fit_exchange_tables_and_are_distinct() -> None:
    codes = [definition.code for definition in endpoint_definitions().values()]
    assert len(set(codes)) == len(codes) == 10
    assert all(len(code) <= 8 for code in codes)
    assert all(definition.source in sources() for definition in endpoint_definitions().values())


def test_the_three_hepatic_meanings_differ_in_what_death_is() -> None:
    found = [d for name, d in endpoint_definitions().items() if name.startswith("hepatic PFS")]
    assert [("death" in d.events, "death" in d.competing, "death" in d.ends) for d in found] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert len({d.value for d in found}) == 3
    assert all(d.in_liver for d in found) and not endpoint_definition("PFS").in_liver


@pytest.mark.parametrize("name", ["hepatic PFS", "HPFS", "hpfs"])
def test_an_ambiguous_name_lists_its_meanings(name: str) -> None:
    with pytest.raises(BadInput, match=r"3 published meanings.*death competing"):
        endpoint_definition(name)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(BadInput, match="unknown endpoint 'DFS'"):
        endpoint_definition("DFS")
    with pytest.raises(BadKnowledge, match="no fact of response 'weeks'"):
        response_fact("weeks")


def test_windows_and_month_against_the_registry_s_summary() -> None:
    assert (response_fact("cirel-fu1").value, response_fact("cirel-fu2").value) == ([0.5, 2.5], [2.7, 6.9])
    assert response_fact("cirel-fu1").evidence == "S"
    assert month_days() == 365.25 / 12
