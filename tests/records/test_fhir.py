"""Entries to mCODE bundles and back: nothing lost, nothing guessed, no name."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from fhir_cases import NAME, SITE, by_hand, simulated, values_of
from form_values import entry, valid_values
from hypothesis import given, settings
from hypothesis import strategies as st

from glisson.errors import BadInput
from glisson.records.fhir import Choices, bundle_text, read_bundle, write_bundle
from glisson.records.fhir.names import ENTRY, ITEM, LOINC, PSEUDONYM, UCUM, concept
from glisson.records.forms import forms
from glisson.records.pseudonyms import site_key

PLANTED = ("Marie Curie", "MRN-4711-0815", "1867-11-07", "Boulevard Kellermann", "+33 1 5555 0182", "Marie", "Kellermann")


def bundle(entries: Any = None) -> dict[str, Any]:
    return deepcopy(write_bundle(NAME, SITE, entries or by_hand()).bundle)


def resources(of: dict[str, Any], type: str) -> list[dict[str, Any]]:
    return [one["resource"] for one in of["entry"] if one["resource"]["resourceType"] == type]


def test_simulated_patients_go_round_against_their_entries() -> None:
    for case, entries in simulated().items():
        read = read_bundle(bundle_text(write_bundle(case, entries[0].site, entries).bundle))
        assert values_of(read.entries) == values_of(entries)
        assert read.not_taken == ()
        assert (read.case, read.site, read.simulated) == (case, entries[0].site, True)


def test_a_case_of_every_form_goes_round_against_its_entries() -> None:
    entries = by_hand()
    assert {one.form for one in entries} == set(forms())
    read = read_bundle(bundle_text(bundle(entries)))
    assert values_of(read.entries) == values_of(entries)
    assert read.not_taken == ()
    assert not read.simulated
    assert {one.place: one.at for one in read.entries if one.form == "laboratory"} == {
        f"laboratory/{visit}/1": one.day("sampled_on") for one in entries if one.form == "laboratory" for visit in [one.visit]
    }


@pytest.mark.parametrize("name", sorted(forms()))
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_anything_a_form_takes_goes_round(name: str, data: st.DataObject) -> None:
    values = dict(data.draw(valid_values(forms()[name])).items())
    one = entry(name, "v1", values)
    read = read_bundle(bundle_text(write_bundle(NAME, SITE, [one]).bundle))
    assert values_of(read.entries) == {one.place: values}
    assert [row for row in read.not_taken if row.resource != "Patient"] == []


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    entries = by_hand()
    assert bundle_text(bundle(entries)) == bundle_text(bundle(list(reversed(entries))))


def test_ids_outlive_a_correction() -> None:
    entries = by_hand()
    changed = [replace(one, values={**one.values, "age_years": 67}) if one.form == "patient" else one for one in entries]
    ids = [one["fullUrl"] for one in bundle(entries)["entry"]]
    assert ids == [one["fullUrl"] for one in bundle(changed)["entry"]]
    assert len(set(ids)) == len(ids)


def test_every_reference_is_resolved_in_the_bundle() -> None:
    made = bundle()
    known = {one["fullUrl"] for one in made["entry"]}
    found = {word for word in bundle_text(made).split('"') if word.startswith("urn:uuid:")}
    assert found == known


def test_what_mcode_covers_is_read_without_our_extensions_of_items() -> None:
    """The values of covered items come from mCODE's own elements, not from extensions."""
    made = bundle()
    for one in made["entry"]:
        one["resource"]["extension"] = [e for e in one["resource"].get("extension", []) if e["url"] != ITEM]
    rows = values_of(by_hand())
    read = values_of(read_bundle(bundle_text(made), Choices()).entries)
    assert read["qlq_c30/baseline/1"] == {k: v for k, v in rows["qlq_c30/baseline/1"].items() if k != "mode"}
    assert read["laboratory/fu1/1"] == rows["laboratory/fu1/1"]
    assert "adverse_event/session-1/1" not in read


def test_simulated_cases_are_labelled_in_every_resource_and_others_in_none() -> None:
    case, entries = next(iter(simulated().items()))
    made = write_bundle(case, entries[0].site, entries).bundle
    for one in (made, *(e["resource"] for e in made["entry"])):
        assert [tag["code"] for tag in one["meta"]["tag"]] == ["HTEST", "simulated"]
    assert "HTEST" not in bundle_text(bundle())


def test_doses_of_sirt_in_cGy_and_sessions_against_the_entries() -> None:
    course = next(one for one in resources(bundle(), "Procedure") if "radiotherapy" in str(one.get("meta")))
    doses = [
        inner["valueQuantity"]["value"]
        for one in course["extension"]
        for inner in one.get("extension", [])
        if inner["url"] == "totalDoseDelivered"
    ]
    assert doses == [12050.0, 3000.0, 425.0, 9010.0, 3000.0, 425.0]
    assert {"valueUnsignedInt": 1} in [{k: v for k, v in one.items() if k != "url"} for one in course["extension"]]


def change(made: dict[str, Any], type: str, act: Callable[[dict[str, Any]], object], number: int = 0) -> None:
    act(resources(made, type)[number])


def rows_of(made: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(row.resource, row.path, row.kind, row.reason) for row in read_bundle(bundle_text(made)).not_taken]


def test_names_dates_of_birth_and_addresses_are_dropped_and_reported() -> None:
    made = bundle()

    def plant(patient: dict[str, Any]) -> None:
        patient["name"].append({"family": "Curie", "given": ["Marie"], "text": PLANTED[0]})
        patient["identifier"].append({"system": "urn:oid:1.2.3", "value": PLANTED[1]})
        patient["birthDate"] = PLANTED[2]
        patient["address"] = [{"line": [PLANTED[3]], "city": "Kellermann"}]
        patient["telecom"] = [{"system": "phone", "value": PLANTED[4]}]
        patient["text"] = {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">Marie Curie</div>'}

    change(made, "Patient", plant)
    change(made, "Procedure", lambda one: one.update(note=[{"text": PLANTED[0]}], performer=[{"actor": {"display": PLANTED[0]}}]))
    change(
        made, "Condition", lambda one: one["extension"].append({"url": "http://marie-curie.example", "valueString": PLANTED[0]})
    )
    read = read_bundle(bundle_text(made))
    said = " ".join(f"{row.path} {row.kind} {row.reason}" for row in read.not_taken)
    paths = {row.path.partition("[")[0].partition(".")[0] for row in read.not_taken if row.resource == "Patient"}
    assert {"name", "identifier", "birthDate", "address", "telecom", "text"} <= paths
    assert {row.path for row in read.not_taken if row.resource == "Procedure"} == {"note[0].text", "performer[0].actor.display"}
    assert any(row.resource == "Condition" and row.reason == "an unknown extension" for row in read.not_taken)
    for word in PLANTED:
        assert word.lower() not in (said + str([one.values for one in read.entries])).lower()
    assert values_of(read.entries)["patient/baseline/1"]["sex"] == "female"
    assert "birth_year" not in values_of(read.entries)["patient/baseline/1"]


def test_texts_that_may_betray_a_person_stay_at_home() -> None:
    said = "FOLFIRI, Mrs Brown, born 3 May 1951"
    entries = [
        replace(one, values={**one.values, "regimen": said}) if one.place == "history_line/baseline/1" else one
        for one in by_hand()
    ]
    written = write_bundle(NAME, SITE, entries)
    assert written.withheld == 1
    assert "Brown" not in bundle_text(written.bundle)
    read = read_bundle(bundle_text(written.bundle))
    assert "regimen" not in values_of(read.entries)["history_line/baseline/1"]
    assert read.not_taken


def test_an_entry_whose_text_may_betray_a_person_is_not_taken() -> None:
    made = bundle()
    change(made, "AdverseEvent", lambda one: one["event"].update(text="Pain, Mrs Brown, born 3 May 1951"))
    read = read_bundle(bundle_text(made))
    assert "adverse_event/session-1/1" not in values_of(read.entries)
    rows = [row for row in read.not_taken if row.resource == "AdverseEvent"]
    assert rows and rows[0].path == "term" and "Brown" not in rows[0].reason and "date of birth" in rows[0].reason


def lab(made: dict[str, Any], code: str) -> dict[str, Any]:
    return next(one for one in resources(made, "Observation") if one["code"].get("coding", [{}])[0].get("code") == code)


def test_a_changed_value_is_read_from_its_element() -> None:
    made = bundle()
    lab(made, "14631-6")["valueQuantity"]["value"] = 12.5
    read = read_bundle(bundle_text(made))
    assert values_of(read.entries)["laboratory/baseline/1"]["bilirubin_umol_per_L"] == 12.5
    assert read.not_taken == ()


def unit(one: dict[str, Any]) -> None:
    one["valueQuantity"] = {"value": 0.7, "unit": "mg/dL", "system": UCUM, "code": "mg/dL"}


def beyond(one: dict[str, Any]) -> None:
    one["valueQuantity"]["value"] = 12500000.0


def comparator(one: dict[str, Any]) -> None:
    one["valueQuantity"]["comparator"] = "<"


@pytest.mark.parametrize("act", [unit, beyond, comparator])
def test_another_unit_an_impossible_value_and_a_comparator_are_refused(act: Callable[[dict[str, Any]], None]) -> None:
    made = bundle()
    act(lab(made, "14631-6"))
    read = read_bundle(bundle_text(made))
    assert "laboratory/baseline/1" not in values_of(read.entries)
    row = next(row for row in read.not_taken if row.path == "bilirubin_umol_per_L")
    assert "12500000" not in row.reason and "0.7" not in row.reason


def test_what_was_changed_beside_the_entries_is_reported() -> None:
    made = bundle()
    lab(made, "14631-6")["status"] = "entered-in-error"
    lab(made, "14631-6")["meta"] = {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"]}
    change(made, "MedicationAdministration", lambda one: one.update(medicationCodeableConcept={"text": "cisplatin"}))
    change(made, "Patient", lambda one: one.pop("deceasedDateTime"))
    found = rows_of(made)
    assert ("Observation", "status", "code", "not what the entries of the bundle say; correct the entry in the registry") in found
    assert any("an unknown profile: http://hl7.org/fhir/us/core" in reason for *_, reason in found)
    assert any(path == "medicationCodeableConcept.text" for _, path, _, _ in found)
    assert any(path == "deceasedDateTime" and "taken out" in reason for _, path, _, reason in found)


def test_forms_and_parts_that_are_unknown_are_reported() -> None:
    made = bundle()

    def rename(one: dict[str, Any], name: str, value: str) -> None:
        inner = next(e for e in one["extension"] if e["url"] == ENTRY)["extension"]
        next(e for e in inner if e["url"] == name).update(valueString=value)

    change(made, "QuestionnaireResponse", lambda one: rename(one, "form", "a-form-of-tomorrow"))
    change(made, "Consent", lambda one: rename(one, "part", "another-part"))
    found = {(row.resource, row.reason) for row in read_bundle(bundle_text(made)).not_taken}
    assert ("QuestionnaireResponse", "a form or an edition that this registry does not have") in found
    assert ("Consent", "the main resource of its form is not in the bundle") in found


def test_servers_may_give_new_ids() -> None:
    made = bundle()
    for number, one in enumerate(made["entry"]):
        one["resource"]["id"] = f"server-{number}"
        one["resource"].setdefault("meta", {})["lastUpdated"] = "2027-01-01T00:00:00Z"
    assert rows_of(made) == []


BROKEN: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("not valid FHIR", lambda made: made["entry"][0]["resource"].update({"MarieCurie": 1})),
    ("not valid FHIR", lambda made: resources(made, "Patient")[0].update(gender=["Marie Curie"])),
    ("not valid FHIR", lambda made: made["entry"][0]["resource"].update(resourceType="MarieCurie")),
    ("collection", lambda made: made.update(type="searchset")),
    ("0 patients", lambda made: made.update(entry=[e for e in made["entry"] if e["resource"]["resourceType"] != "Patient"])),
    ("2 patients", lambda made: made["entry"].append(deepcopy(made["entry"][0]))),
    ("not a pseudonym", lambda made: resources(made, "Patient")[0]["identifier"][0].update(value="MarieCurie")),
    ("without a pseudonym", lambda made: resources(made, "Patient")[0]["identifier"][0].update(system="urn:oid:1.2.3")),
]


@pytest.mark.parametrize(("words", "act"), BROKEN)
def test_a_broken_bundle_is_refused_without_its_content(words: str, act: Callable[[dict[str, Any]], object]) -> None:
    made = bundle()
    act(made)
    with pytest.raises(BadInput) as refused:
        read_bundle(bundle_text(made))
    assert words in str(refused.value)
    assert "Curie" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"resourceType": "Patient"}', '{"resourceType": "Bundle", "total": NaN}', "[" * 100000]
)
def test_what_is_no_bundle_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        read_bundle(text)


def foreign(*observations: dict[str, Any], **patient: Any) -> str:
    who = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:1.2.3", "value": PLANTED[1]}],
        "gender": "female",
        **patient,
    }
    rows = [{"fullUrl": "urn:uuid:1", "resource": who}, *({"resource": one} for one in observations)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": rows})


def value(code: str, number: float, unit: str, on: str = "2026-03-02", **more: Any) -> dict[str, Any]:
    quantity = {"value": number, "unit": unit, "system": UCUM, "code": unit}
    return {"resourceType": "Observation", "status": "final", "code": concept(LOINC, code), "subject": {"reference": "urn:uuid:1"},
            "effectiveDateTime": on, "valueQuantity": quantity} | more  # fmt: skip


def test_laboratory_values_of_another_program_are_taken_when_a_person_says_where_they_belong() -> None:
    score = {k: v for k, v in value("89247-1", 0, "1").items() if k != "valueQuantity"} | {"valueInteger": 1}
    text = foreign(
        value("14631-6", 11, "umol/L", referenceRange=[{"high": {"value": 21, "system": UCUM, "code": "umol/L"}}]),
        value("2039-6", 55.5, "ug/L"), score, value("1751-7", 4.1, "g/dL"), value("8480-6", 120, "mm[Hg]"),
        value("14631-6", 13, "umol/L", on="2026-04-02", note=[{"text": PLANTED[0]}]),
        birthDate=PLANTED[2],
    )  # fmt: skip
    read = read_bundle(text, Choices(NAME, "visit-1", "unknown"))
    first, second = read.unplaced
    assert first.values["bilirubin_umol_per_L"] == 11
    assert first.values["bilirubin_upper_normal_umol_per_L"] == 21
    assert first.values["cea_ug_per_L"] == 55.5
    assert first.values["ecog"] == 1
    assert first.values["albumin_g_per_L"] == {"missing": "unknown"}
    assert second.values["sampled_on"] == "2026-04-02"
    said = [(row.resource, row.index, row.path, row.reason) for row in read.not_taken]
    assert ("Patient", 0, "birthDate", "names a person, or may: dropped, never stored") in said
    assert ("Patient", 0, "identifier", "names a person, or may: dropped, never stored") in said
    assert ("Observation", 4, "value", "not a value in g/L: convert it where it comes from") in said
    assert ("Observation", 6, "note", "the registry has no place for it") in said
    assert any(index == 5 and "another program" in reason for _, index, _, reason in said)
    assert not any(word in str(said) for word in PLANTED)


def test_nothing_of_another_program_is_guessed() -> None:
    text = foreign(value("14631-6", 11, "umol/L"))
    read = read_bundle(text, Choices(NAME))
    assert read.unplaced == ()
    assert any("--visit" in row.reason for row in read.not_taken)
    asked = read_bundle(text, Choices(NAME, "visit-1"))
    assert asked.unplaced == ()
    assert any(row.path == "albumin_g_per_L" and "asked for" in row.reason for row in asked.not_taken)
    for status, day in (("preliminary", "2026-03-02"), ("final", "2026-03")):
        left = read_bundle(foreign(value("14631-6", 11, "umol/L", on=day, status=status)), Choices(NAME, "visit-1", "unknown"))
        assert left.unplaced == ()
    twice = foreign(value("14631-6", 11, "umol/L"), value("14631-6", 12, "umol/L"))
    assert any("second" in row.reason for row in read_bundle(twice, Choices(NAME, "visit-1", "unknown")).not_taken)


def test_a_bundle_of_another_case_is_refused() -> None:
    other = site_key(b"k" * 32, SITE).pseudonym("4712")
    with pytest.raises(BadInput, match="another case"):
        read_bundle(bundle_text(bundle()), Choices(other))


def test_a_case_without_an_entry_makes_no_bundle() -> None:
    with pytest.raises(BadInput, match="without an entry"):
        write_bundle(NAME, SITE, [])


def test_the_pseudonym_is_the_only_identifier_of_the_patient() -> None:
    patient = resources(bundle(), "Patient")[0]
    assert patient["identifier"] == [{"use": "secondary", "system": PSEUDONYM, "value": NAME}]
    assert not {"telecom", "address", "photo", "contact", "text"} & patient.keys()
    assert patient["birthDate"] == "1960"
