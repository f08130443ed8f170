"""What has to hold of every case: nothing opens by itself, forgetting leads to "cannot say", every number has a source."""

from typing import Any

import pytest
from bank import BANK, BOARD, build
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from glisson.case import Case, Disease
from glisson.errors import BadKnowledge
from glisson.knowledge import sources
from glisson.knowledge.guidelines import Condition, Rule, checked, guidance, options, readings
from glisson.knowledge.interactions import rules
from glisson.knowledge.trials import arms, endpoint_words
from glisson.weigh.fact import Fact
from glisson.weigh.facts import fact_names, facts_of
from glisson.weigh.kleene import holding, settling
from glisson.weigh.options import weigh_case
from glisson.weigh.verdict import Answer, verdict

FEW = settings(max_examples=40, deadline=None)
CASES = [banked.case for banked in BANK if banked.case.disease is Disease.COLORECTAL]


def answers(case: Case, using: tuple[Rule, ...] | None = None) -> dict[str, tuple[Answer, ...]]:
    facts = facts_of(case, BOARD)
    return {
        entry.id: verdict(entry, case.disease, using or rules(), facts).possible
        for entry in options().values()
        if case.disease.value in entry.diseases
    }


def without(case: Case, kept: list[bool]) -> Case:
    pairs = zip(case.observations, kept, strict=False)
    return case.model_copy(update={"observations": tuple(seen for seen, keep in pairs if keep)})


@given(st.data())
@FEW
def test_forgetting_facts_only_widens_what_is_possible(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    kept = data.draw(st.lists(st.booleans(), min_size=len(case.observations), max_size=len(case.observations)))
    known, forgotten = answers(case), answers(without(case, kept))
    for option, possible in known.items():
        assert set(possible) <= set(forgotten[option]), option


@given(st.data())
@FEW
def test_forgetting_a_line_only_widens_what_is_possible(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from([case for case in CASES if case.treatments]))
    gone = data.draw(st.sampled_from(case.treatments))
    less = case.model_copy(update={"treatments": tuple(given for given in case.treatments if given is not gone)})
    known, forgotten = answers(case), answers(less)
    assert all(set(possible) <= set(forgotten[option]) for option, possible in known.items())


@given(st.data())
@FEW
def test_a_rule_more_never_opens_what_is_closed(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(CASES))
    kept = data.draw(st.lists(st.booleans(), min_size=len(rules()), max_size=len(rules())))
    fewer = tuple(rule for rule, keep in zip(rules(), kept, strict=True) if keep)
    before, after = answers(case, fewer or rules()), answers(case)
    for option, possible in before.items():
        if possible == ("closed",):
            assert after[option] == ("closed",)
        assert after[option] != ("open",) or "open" in possible


@given(st.data())
@FEW
def test_asking_for_what_is_missing_ends_in_an_answer(data: st.DataObject) -> None:
    """Only what was forgotten is asked for; entered as asked, with the values of the complete case, the option is open again."""
    complete = build({"case": "complete", "base": "pretreated"})
    names = [seen.what for seen in complete.observations if seen.what not in ("systemic_lines", "dpyd", "disease_extent")]
    gone = data.draw(st.sets(st.sampled_from(names), min_size=1, max_size=5))
    less = complete.model_copy(update={"observations": tuple(seen for seen in complete.observations if seen.what not in gone)})
    for name in ("irinotecan-tace", "sirt-quiremspheres", "folfox", "folfiri"):
        case, asked = less, set[str]()
        while (row := _row(case, name))["missing"]:
            wanted = {entry.removeprefix("upper_normal of ") for entry in row["missing"]}
            assert row["answer"] == "cannot say" and wanted <= gone - asked
            asked |= wanted
            back = (seen for seen in complete.observations if seen.what in wanted)
            case = case.model_copy(update={"observations": (*case.observations, *back)})
        assert row["answer"] == "open"


def _row(case: Case, name: str) -> dict[str, Any]:
    return next(row for row in weigh_case(case, day=BOARD).value["options"] if row["option"] == name)


@given(st.data())
@FEW
def test_settling_sets_are_enough_and_none_is_too_long(data: st.DataObject) -> None:
    """Against trying every completion of three unknown yes-or-no facts."""
    atoms = [Condition(fact=name, word="yes") for name in ("a", "b", "c")]
    tree = st.recursive(
        st.sampled_from(atoms),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Condition(all=tuple(parts))),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: Condition(any=tuple(parts))),
        ),
        max_leaves=5,
    )
    condition = data.draw(tree)
    wanted = data.draw(st.booleans())
    unknown = {name: Fact(name, missing=(name,)) for name in "abc"}
    found = settling(condition, unknown, wanted)
    assert found
    value = "yes" if wanted else "no"
    for names in found:
        entered = {name: Fact(name, words=(value,)) if name in names else fact for name, fact in unknown.items()}
        assert holding(condition, entered).holds is wanted
        for spare in names:
            fewer = {name: fact if name != spare else unknown[name] for name, fact in entered.items()}
            assert holding(condition, fewer).holds is None


def test_every_statement_has_a_source_and_its_place() -> None:
    for claim in (*rules(), *guidance(), *readings().values(), *arms(), *endpoint_words().values()):
        assert claim.source in sources()
        assert claim.place.strip() and claim.evidence.value in "ADFSCI" and claim.holds_for.strip()


def test_rules_ask_only_for_facts_that_a_case_can_have() -> None:
    assert {name for rule in rules() for name in rule.when.facts()} <= fact_names()


def test_superseded_rules_never_speak() -> None:
    gone = {rule.id for rule in rules() if rule.superseded_by}
    assert gone == {"sirt-nice-2011", "dpyd-cpic-1-5"}
    for banked in BANK[:20]:
        text = weigh_case(banked.case, day=BOARD).to_json()
        assert not any(f'"{name}"' in text for name in gone)


def test_borrowed_rules_never_close_in_metastases() -> None:
    for banked in BANK:
        value = weigh_case(banked.case, day=BOARD).value
        if banked.case.disease is Disease.HEPATOCELLULAR:
            continue
        for row in value["options"]:
            for entry in row["against"]:
                if {"HCC", "label"} & set(value["rules"][entry["rule"]]["tags"]):
                    assert entry["level"] == "caution"


@pytest.mark.parametrize(
    "entry",
    [
        {"fact": "ecog"}, {"fact": "ecog", "above": 1, "below": 3}, {"above": 1}, {"fact": "ecog", "above": 1, "always": True},
        {"all": [], "always": False}, {"fact": "ecog", "abov": 1},
    ],
)  # fmt: skip
def test_condition_that_is_none_is_refused(entry: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(entry)


def _rule(**changed: object) -> Rule:
    return Rule.model_validate(rules()[0].model_dump(exclude_unset=True) | changed)


def test_unknown_keys_options_and_rules_are_refused() -> None:
    with pytest.raises(ValidationError, match="washout"):
        _rule(washout=3)
    with pytest.raises(BadKnowledge, match="no option or family"):
        checked((_rule(options=("resecton",)),))
    with pytest.raises(BadKnowledge, match="no rule 'other'"):
        checked((_rule(against=("other",)),))
    with pytest.raises(BadKnowledge, match="one id"):
        checked((rules()[0], rules()[0]))


def test_the_same_case_gives_the_same_bytes() -> None:
    first, second = (weigh_case(BANK[0].case, day=BOARD).to_json() for _ in range(2))
    assert first == second
