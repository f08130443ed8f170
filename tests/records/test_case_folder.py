"""The case file: what a clinician writes wrong is explained with its line; what is right comes back as it was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from glisson.case import Case, Event, Result
from glisson.errors import BadInput
from glisson.records import append_event, new_case, read_case
from glisson.records.results import keep_signed, read_result, signed_plans, store_result

GOOD = """\
glisson: 1
id: gls-0001
disease: colorectal liver metastases
images:
  - id: pet
    file: pet.nii.gz
    kind: PET
    purpose: verification   # Y-90
    unit: Bq/mL
    nuclide: Y-90
    acquired_at: 2026-03-03T10:00:00+01:00
sites:
  - {id: liver, kind: organ, organ: liver, contour: {file: liver.nii.gz}}
  - {id: tumour-1, kind: lesion, parent: liver, contour: {file: masks.seg.nrrd, segment: Tumor 1}}
  - {id: rim, kind: organ, organ: rim, contour: {operation: margin, site: tumour-1, margin_mm: 5}}
treatments:
  - id: sirt
    kind: radioembolization
    product: sir-spheres
    sessions:
      - id: delivery
        kind: delivery
        at: 2026-03-02T09:30:00+01:00
        injections:
          - {territory: liver, activity_GBq: 1.5, residual_fraction: 0.01}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    return folder


def test_read_case_gives_every_noun(tmp_path: Path) -> None:
    case = read_case(written(tmp_path, GOOD))
    assert case.image("pet").acquired_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert case.treatment("sirt").sessions[0].injections[0].activity_GBq == 1.5
    assert case.ancestors("tumour-1") == ("liver",)


def test_case_written_and_read_back_is_the_same(tmp_path: Path) -> None:
    case = read_case(written(tmp_path, GOOD))
    new_case(tmp_path / "copy", case, remarks=("made by a test",))
    assert read_case(tmp_path / "copy") == case


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("purpose:", "purpos:", ["line 8", "'purpos'", "did you mean 'purpose'"]),
        ("contour: {file: liver.nii.gz}", "contour: {fil: liver.nii.gz}", ["line 13", "did you mean 'file'"]),
        ("margin_mm: 5", "margin_cm: 5", ["line 15", "did you mean 'margin_mm'"]),
        ("operation: margin", "operation: magrin", ["line 15", "unknown operation", "margin"]),
        ("activity_GBq: 1.5", "activity_GBq: -1.5", ["line 25", "activity_GBq"]),
        ("activity_GBq: 1.5", "activity_GBq: 1500", ["line 25", "less than or equal to 100"]),
        ("activity_GBq: 1.5", "activity_MBq: 1500", ["line 25", "did you mean 'activity_GBq'"]),
        ("at: 2026-03-02T09:30:00+01:00", "at: 2026-03-02T09:30:00", ["line 23", "no time zone"]),
        ("parent: liver", "parent: livver", ["parent 'livver' is not a site"]),
        ("territory: liver", "territory: tumour-1", ["'tumour-1' is a lesion, not a territory"]),
        ("disease: colorectal liver metastases", "disease: colon", ["line 3", "disease"]),
        ("id: tumour-1", "id: liver", ["two sites have the id 'liver'"]),
        ("kind: PET", "kind: PTE", ["line 7", "kind"]),
        ("glisson: 1", "glisson: 2", ["line 1", "glisson"]),
        ("disease: colorectal", "disease: [colorectal", ["not YAML", "line"]),
        ("id: gls-0001\n", "id: gls-0001\nid: gls-0002\n", ["line 3", "a key stands twice"]),
    ],
)
def test_mistake_is_told_with_line_and_remedy(tmp_path: Path, before: str, after: str, words: list[str]) -> None:
    assert before in GOOD
    with pytest.raises(BadInput) as caught:
        read_case(written(tmp_path, GOOD.replace(before, after, 1)))
    for word in words:
        assert word in str(caught.value)


def test_folder_without_case_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"holds no case\.yaml.*glisson case new"):
        read_case(tmp_path)


def test_new_case_never_overwrites(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    with pytest.raises(BadInput, match="already holds"):
        new_case(tmp_path, Case(id="other"))


def test_appended_event_keeps_comments_and_is_read_back(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    append_event(tmp_path, Event(kind="plan-signed", by="A. Physicist", at=datetime(2026, 3, 1, tzinfo=UTC), result="ab" * 32))
    text = (tmp_path / "case.yaml").read_text()
    assert "# Y-90" in text
    assert signed_plans(read_case(tmp_path)) == {"ab" * 32: "A. Physicist"}


def test_as_of_hides_what_was_recorded_later(tmp_path: Path) -> None:
    case = read_case(
        written(
            tmp_path,
            GOOD + "observations:\n"
            "  - {what: weight_kg, value: 70, at: 2026-02-01, recorded_at: 2026-02-01T08:00:00+00:00}\n"
            "  - {what: weight_kg, value: 68, at: 2026-02-20, recorded_at: 2026-03-05T08:00:00+00:00}\n",
        )
    )
    latest = case.observed("weight_kg")
    known = case.as_of(datetime(2026, 3, 1, tzinfo=UTC)).observed("weight_kg")
    assert latest is not None and latest.value == 68
    assert known is not None and known.value == 70


def test_implausible_observation_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"height_cm 1\.7 is outside 80 to 250"):
        read_case(written(tmp_path, GOOD + "observations:\n  - {what: height_cm, value: 1.7}\n"))


def test_result_same_input_same_bytes_and_read_back(tmp_path: Path) -> None:
    result = Result(kind="activity plan", method="voxel", value={"b": 1.0, "a": [1, 2]})
    path = store_result(tmp_path, result, "plan")
    first = path.read_bytes()
    assert store_result(tmp_path, result, "plan").read_bytes() == first
    assert read_result(path).sha256() == result.sha256()
    assert keep_signed(tmp_path, result).name.endswith(f"{result.sha256()[:12]}.json")


def test_damaged_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text("{")
    with pytest.raises(BadInput, match="not a glisson result"):
        read_result(tmp_path / "plan.json")


def test_words_that_were_typed_are_not_repeated_in_a_message(tmp_path: Path) -> None:
    """A name in a number's place stays out of the message; a number is shown."""
    head = "glisson: 1\nid: c-1\nobservations:\n  - {what: bilirubin_umol_per_L, value: "
    for typed, shown in (("Hans Meier", False), ("12 mg", True)):
        (tmp_path / "case.yaml").write_text(f"{head}{typed}" + "}\n", encoding="utf-8")
        with pytest.raises(BadInput) as refusal:
            read_case(tmp_path)
        assert (typed in str(refusal.value)) is shown
