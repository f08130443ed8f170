"""REDCap: dictionary and data both ways, and the API against a stand-in on loopback."""

import csv
import json
import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from typing import ClassVar
from urllib.parse import parse_qs

import pytest
from exchange_registry import cases, ordered, plain, pseudonym
from hypothesis import HealthCheck, given, settings

from glisson.errors import BadInput
from glisson.records.forms import FormEntry, ItemType, form, forms
from glisson.records.redcap import compare_dictionary, dictionary_csv, read_redcap, redcap_files
from glisson.records.redcap.data_in import visits_of
from glisson.records.redcap.data_out import event_names
from glisson.records.redcap.dictionary import HEADERS

CASE = pseudonym("site-01", "4711")
DICTIONARY = dictionary_csv(forms().values())


def fields(text: str) -> dict[str, dict[str, str]]:
    return {row["Variable / Field Name"]: row for row in csv.DictReader(StringIO(text))}


def test_dictionary_against_what_redcap_asks_for() -> None:
    rows = list(csv.reader(StringIO(DICTIONARY)))
    assert tuple(rows[0]) == HEADERS and len(HEADERS) == 18
    names = [row[0] for row in rows[1:]]
    assert names[0] == "record_id" and len(names) == len(set(names)) == 1 + sum(len(f.items) + 1 for f in forms().values())
    assert all(name == name.lower() and name.replace("_", "").isalnum() and name[0].isalpha() for name in names)
    assert {row[3] for row in rows[1:]} <= {"text", "notes", "radio", "dropdown", "checkbox", "yesno", "calc", "slider"}
    assert {row[7] for row in rows[1:]} <= {"", "integer", "number", "date_ymd"}
    found = fields(DICTIONARY)
    assert found["pat_sex"]["Choices, Calculations, OR Slider Labels"] == "1, female | 2, male"
    assert found["hist_line"]["Branching Logic (Show field only if...)"] == "[hist_therapy] = '1'"
    assert not any(row["Identifier?"] for row in found.values())


def test_dictionary_against_itself_and_against_changes() -> None:
    assert compare_dictionary(DICTIONARY, forms().values()) == []
    changed = DICTIONARY.replace('"1, female | 2, male"', '"1, male | 2, female"').replace("dth_source", "dth_known")
    found = {(one.field, one.what) for one in compare_dictionary(changed, forms().values())}
    assert found == {
        ("pat_sex", "Choices, Calculations, OR Slider Labels"), ("dth_source", "missing there"), ("dth_known", "not in the forms"),
    }  # fmt: skip
    spaced = DICTIONARY.replace('"1, female | 2, male"', '"1,female|2, male "')
    assert compare_dictionary(spaced, forms().values()) == []
    with pytest.raises(BadInput, match="not a REDCap data dictionary"):
        compare_dictionary("a,b\n1,2\n", forms().values())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries=cases())
def test_any_entry_there_and_back(entries: list[FormEntry]) -> None:
    files = redcap_files(entries)
    found = read_redcap(files.data, file="data.csv", events=visits_of(files.events))
    expected = {place: ordered(values) for place, values in plain(entries).items()}
    assert {place: ordered(values) for place, values in plain(found.entries).items()} == expected
    assert found.remarks == () and found.unmapped == ()


def test_layout_of_the_data_against_redcap() -> None:
    patient = FormEntry("a", CASE, "site-01", "patient", 1, "baseline", 1, values={"sex": "male", "comorbidities": []})
    disease = FormEntry("b", CASE, "site-01", "disease", 1, "baseline", 1, values={"ras": {"missing": "not done"}})
    session = FormEntry(
        "c", CASE, "site-01", "tace_session", 1, "session-1", 2, values={"medication": ["opioid"], "volume_mL": 1.5}
    )
    rows = list(csv.DictReader(StringIO(redcap_files([patient, disease, session]).data)))
    assert [(r["redcap_event_name"], r["redcap_repeat_instrument"], r["redcap_repeat_instance"]) for r in rows] == [
        ("baseline_arm_1", "", ""), ("session_1_arm_1", "tace_session", "2"),
    ]  # fmt: skip
    first, second = rows
    assert (first["record_id"], first["redcap_data_access_group"], first["pat_sex"], first["dis_ras"]) == (
        CASE,
        "site_01",
        "2",
        "NDONE",
    )
    assert first["patient_complete"] == first["disease_complete"] == "2" and first["tace_session_complete"] == ""
    assert {first["pat_comorbidities___1"], first["pat_comorbidities___unk"]} == {"0"}
    assert (second["tace_medication___1"], second["tace_medication___2"], second["tace_volume_ml"]) == ("1", "0", "1.5")
    files = redcap_files([patient, disease, session]).named()
    assert "session_1_arm_1,tace_session," in files["repeating.csv"]
    assert "1,baseline_arm_1,disease" in files["instruments.csv"]


def record(**cells: str) -> str:
    row = {"record_id": CASE, "redcap_event_name": "baseline_arm_1", "pat_sex": "1", "patient_complete": "2", **cells}
    out = StringIO()
    writer = csv.DictWriter(out, row)
    writer.writeheader()
    writer.writerow(row)
    return out.getvalue()


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"pat_sex": "7"}, "pat_sex"),
        ({"record_id": "Smith 4711"}, "record_id"),
        ({"redcap_data_access_group": "site_02"}, "redcap_data_access_group"),
        ({"pat_comorbidities___1": "2"}, "pat_comorbidities"),
        ({"pat_comorbidities___1": "1", "pat_comorbidities___unk": "1"}, "pat_comorbidities"),
        ({"pat_edition": "9"}, "pat_edition"),
        ({"redcap_repeat_instrument": "death", "redcap_repeat_instance": "1"}, "redcap_repeat_instrument"),
        ({"redcap_repeat_instrument": "patient", "redcap_repeat_instance": "x"}, "redcap_repeat_instrument"),
    ],
)
def test_a_record_that_cannot_be_is_rejected_without_its_content(cells: dict[str, str], column: str) -> None:
    found = read_redcap(record(**cells), file="data.csv")
    assert found.entries == ()
    assert found.remarks[0].column == column and "Smith" not in str(found)


def test_columns_that_are_no_fields_are_reported_and_events_must_be_listed() -> None:
    found = read_redcap(record(pat_iq="100"), file="data.csv")
    assert found.unmapped == (("pat_iq", "no field of a form"),) and len(found.entries) == 1
    assert read_redcap(record(), file="data.csv", events={}).remarks[0].column == "redcap_event_name"
    assert read_redcap(record(), file="data.csv").entries[0].visit == "baseline"


def test_boxes_of_redcap_that_nobody_ticked() -> None:
    comorbidities = {f"pat_comorbidities___{code}": "0" for code in (*range(1, 8), "ndone", "unk", "napp")}
    assert read_redcap(record(**comorbidities), file="d").entries[0].values["comorbidities"] == []
    assert "comorbidities" not in read_redcap(record(), file="d").entries[0].values
    untouched = {f"dis_extrahepatic_site___{code}": "0" for code in range(1, 8)}
    assert len(read_redcap(record(**untouched, disease_complete="0"), file="d").entries) == 1  # of patient only


def test_no_choice_reads_as_a_missing_code_and_text_that_does_is_refused() -> None:
    namibia = FormEntry("a", CASE, "site-01", "patient", 1, "", 1, values={"country": "NA"})
    files = redcap_files([namibia])
    assert read_redcap(files.data, file="d", events=visits_of(files.events)).entries[0].values == {"country": "NA"}
    text = FormEntry("a", CASE, "site-01", "adverse_event", 1, "", 1, values={"term": "UNK"})
    with pytest.raises(BadInput, match=r"adverse_event\.term") as refused:
        redcap_files([text])
    assert "UNK" not in str(refused.value)


def test_event_names_are_told_apart() -> None:
    names = event_names(["a-b", "a.b", "a_b", ""])
    assert len(set(names.values())) == 4
    with pytest.raises(BadInput, match="events file"):
        visits_of("x,y\n")


TOKEN = "PLANTED0123456789ABCDEF012345678"


class StandIn(BaseHTTPRequestHandler):
    """As much of REDCap's API as PyCap asks for."""

    data = ""
    taken: ClassVar[list[str]] = []
    broken = False

    def do_POST(self) -> None:
        asked = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        if asked.get("token") != TOKEN or self.broken:
            self._answer(403, json.dumps({"error": f"no rights for {asked.get('token')}"}))
            return
        if asked["content"] == "record" and "data" in asked:
            self.taken.append(asked["data"])
            self._answer(200, json.dumps({"count": 1}))
            return
        events = [{"event_name": "baseline", "arm_num": 1, "unique_event_name": "baseline_arm_1"}]
        names = [{"original_field_name": "record_id", "choice_value": "", "export_field_name": "record_id"}]
        plain = {
            "metadata": DICTIONARY if asked.get("format") == "csv" else json.dumps(_metadata()),
            "event": json.dumps(events),
            "project": json.dumps({"is_longitudinal": 1, "has_repeating_instruments_or_events": 1}),
            "version": "14.0.0",
            "exportFieldNames": json.dumps(names),
            "formEventMapping": json.dumps([]),
            "record": self.data,
        }
        self._answer(200, plain[asked["content"]])

    def _answer(self, code: int, text: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", "text/csv; charset=utf-8" if not text.startswith(("{", "[")) else "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


def _metadata() -> list[dict[str, str]]:
    return [
        {"field_name": name, "form_name": row["Form Name"], "field_type": row["Field Type"]}
        for name, row in fields(DICTIONARY).items()
    ]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("GLISSON_REDCAP_TOKEN", TOKEN)
    patient = FormEntry("a", CASE, "site-01", "patient", 1, "baseline", 1, values={"sex": "male", "age_years": 66})
    monkeypatch.setattr(StandIn, "data", redcap_files([patient]).data)
    monkeypatch.setattr(StandIn, "taken", [])
    made = HTTPServer(("127.0.0.1", 0), StandIn)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}/api/"
    made.shutdown()
    thread.join()
    made.server_close()


def test_api_there_and_back_against_a_stand_in(server: str, caplog: pytest.LogCaptureFixture) -> None:
    from glisson.records.redcap.api import pull, push

    caplog.set_level(logging.DEBUG)
    project = pull(server)
    assert project.events == {"baseline_arm_1": "baseline"}
    assert compare_dictionary(project.dictionary, forms().values()) == []
    (entry,) = read_redcap(project.data, file="redcap", events=project.events).entries
    assert (entry.visit, entry.values) == ("baseline", {"sex": "male", "age_years": 66})
    assert push(server, project.data) == 1
    assert StandIn.taken == [project.data]
    assert TOKEN not in caplog.text


def test_api_refusals_never_show_the_token(
    server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from glisson.records.redcap.api import pull

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(StandIn, "broken", True)
    with pytest.raises(BadInput, match="did not answer") as refused:
        pull(server)
    with pytest.raises(BadInput, match="without https"):
        pull("http://redcap.example.org/api/")
    monkeypatch.delenv("GLISSON_REDCAP_TOKEN")
    with pytest.raises(BadInput, match="no token"):
        pull(server)
    monkeypatch.setitem(sys.modules, "redcap", None)
    with pytest.raises(BadInput, match=r"glisson\[redcap\]"):
        pull(server)
    assert TOKEN not in str(refused.value) + caplog.text and refused.value.__suppress_context__


def test_every_checkbox_has_boxes_for_reasons() -> None:
    boxes = [item for one in forms().values() for item in one.items if item.type is ItemType.CHOICES]
    assert boxes and form("patient").item("comorbidities") in boxes
