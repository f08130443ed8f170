"""The whole report: what it must contain, what it must not load, and that unknown stays unknown."""

import re
import subprocess
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser

import pytest
from report_payloads import dose_result, plan_result

from glisson.case import Finding, Level, Result
from glisson.errors import BadInput
from glisson.report import ReportImages, write_report
from glisson.voxels import Quantity

MADE_AT = datetime.fromisoformat("2026-03-19T09:00:00+01:00")


class Page(HTMLParser):
    """Text of a page, and everything it would load or link to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "data", "poster", "action", "background") and value:
                self.loads.append(value)
            if name == "href" and value:
                (self.links if tag == "a" else self.loads).append(value)

    def handle_data(self, data):
        if self.tags[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def page(report) -> Page:
    return Page(report.html.read_text(encoding="utf-8"))


def test_every_structure_has_its_row(page):
    for structure in dose_result().value["structures"]:
        assert structure["name"] in page.text
        assert f"{structure['mean_Gy']:.1f}" in page.text


def test_findings_follow_the_glance_and_come_loudest_first(page):
    levels = [page.text.index(words) for words in ("no activity satisfies every limit", "spans 25 voxels", "Lung shunt 4.5 %")]
    assert levels == sorted(levels)
    assert page.text.index("At a glance") < levels[0]


def test_activity_binding_limit_and_margin_are_said(page):
    assert "1.38" in page.text
    assert "perfused normal liver binds" in page.text
    assert "0.16" in page.text  # margin of the left normal liver in GBq


def test_uncertainty_stands_beside_the_mean_with_its_largest_part(page):
    assert f"{205.3 * 0.11:.1f}" in page.text
    assert "volume" in page.text


def test_unknown_is_said_and_is_never_zero(report, page):
    row = re.search(r"<tr><td[^>]*>Lesion 3 \(9 mm\)</td><td[^>]*>cannot say</td><td[^>]*>76.0", report.html.read_text())
    assert row, "planned dose of lesion 3 is unknown"
    assert "cannot say (no vial" not in page.text


def test_says_once_that_it_is_no_medical_device(page):
    assert page.text.count("not a medical device") == 1


def test_simulated_is_said(page):
    assert "SIMULATED" in page.text


def test_real_patient_is_not_called_simulated(tmp_path, case):
    real = case.model_copy(update={"simulated": False})
    files = write_report(tmp_path, case=real, results=[dose_result()], images=ReportImages(), made_at=MADE_AT)
    assert "simulated" not in Page(files.html.read_text()).text.lower()


def test_page_loads_nothing_from_outside(page):
    assert "script" not in page.tags
    assert all(load.startswith("data:") for load in page.loads)
    assert all(link.startswith("https://") for link in page.links)


def test_style_loads_nothing_from_outside(report):
    style = re.search(r"<style>(.*?)</style>", report.html.read_text(), re.S).group(1)
    assert "url(" not in style
    assert "@import" not in style


def test_sources_are_cited_in_full_with_their_doi(page):
    assert "EANM procedure guideline" in page.text
    assert "https://doi.org/10.1007/s00259-021-05600-z" in page.links


def test_provenance_holds_hashes_version_and_editions(page):
    assert "ab" * 32 in page.text
    assert dose_result().sha256() in page.text
    assert "knowledge" in page.text


def test_energy_balance_prints_the_remainder(page):
    assert "Rest of the image" in page.text
    assert "3.2e-04" in page.text


def test_same_input_gives_the_same_bytes(tmp_path, report, case, images):
    again = write_report(tmp_path, case=case, results=[plan_result(), dose_result()], images=images, made_at=MADE_AT)
    assert again.html.read_bytes() == report.html.read_bytes()
    assert again.pdf.read_bytes() == report.pdf.read_bytes()
    for one, other in zip(again.figures, report.figures, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_another_time_changes_the_pdf_date_only_by_made_at(tmp_path, report, case, images):
    later = datetime.fromisoformat("2026-03-20T09:00:00+01:00")
    again = write_report(tmp_path, case=case, results=[plan_result(), dose_result()], images=images, made_at=later)
    assert again.pdf.read_bytes() != report.pdf.read_bytes()
    assert b"20260320080000" in again.pdf.read_bytes() or b"2026-03-20" in again.pdf.read_bytes()


def test_time_without_zone_is_refused(tmp_path, case):
    with pytest.raises(BadInput, match="time zone"):
        write_report(tmp_path, case=case, results=[], images=ReportImages(), made_at=datetime(2026, 3, 19))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["activity plan", "absorbed dose"])
def test_empty_result_still_makes_a_report(tmp_path, case, kind):
    files = write_report(
        tmp_path, case=case, results=[Result(kind=kind, method="none", value={})], images=ReportImages(), made_at=MADE_AT
    )
    assert "cannot say" in Page(files.html.read_text()).text
    assert files.pdf.stat().st_size > 1000


def every_path(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from every_path(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from every_path(value[0], (*path, 0))


def without(value, path, instead):
    head, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[head] = without(copy[head], rest, instead)
    elif instead == "absent":
        del copy[head]
    else:
        copy[head] = None
    return copy


@pytest.mark.parametrize("instead", ["absent", "null"])
@pytest.mark.parametrize("make", [plan_result, dose_result])
def test_any_key_may_be_missing(case, make, instead):
    """Every key of the payloads, one at a time: the document is built all the same."""
    from glisson.report.pages import Figures, build_document

    whole = make()
    paths = list(dict.fromkeys(every_path(whole.value)))
    assert len(paths) > 60
    for path in paths:
        result = whole.model_copy(update={"value": without(whole.value, path, instead)})
        document = build_document(case, [result], Figures(), [], MADE_AT)
        assert document.sections, path


def test_result_of_another_kind_is_printed_as_it_is(tmp_path, case):
    shunt = Result(kind="lung shunt", method="planar", value={"lung_shunt_fraction": 0.0525})
    files = write_report(tmp_path, case=case, results=[shunt], images=ReportImages(), made_at=MADE_AT)
    assert "lung shunt (fraction) 0.0525" in Page(files.html.read_text()).text


def test_text_of_a_finding_cannot_become_markup(tmp_path, case):
    text = 'a <script>alert(1)</script> & #text(fill: red)[x] "quoted"'
    result = dose_result().model_copy(update={"findings": (Finding(code="x", level=Level.NOTE, text=text),)})
    files = write_report(tmp_path, case=case, results=[result], images=ReportImages(), made_at=MADE_AT)
    page = Page(files.html.read_text())
    assert "script" not in page.tags
    assert text in page.text


def test_images_that_are_missing_are_said(tmp_path, case):
    files = write_report(tmp_path, case=case, results=[plan_result(), dose_result()], images=ReportImages(), made_at=MADE_AT)
    text = Page(files.html.read_text()).text
    assert "No slices of the dose: its image was not given" in text
    assert "No slices of the test injection" in text
    assert {file.name for file in files.figures} == {"activity-window.svg", "dose-volume.svg"}


def test_anatomy_in_another_frame_is_left_out_and_said(tmp_path, case, images):
    elsewhere = replace(images, anatomy=images.anatomy.in_frame("another"))
    files = write_report(tmp_path, case=case, results=[dose_result()], images=elsewhere, made_at=MADE_AT)
    assert "another frame of reference" in Page(files.html.read_text()).text


def test_dose_image_of_another_quantity_is_refused(images):
    with pytest.raises(BadInput, match="Gy"):
        ReportImages(dose=images.emission)
    with pytest.raises(BadInput, match="counts"):
        ReportImages(emission=images.dose)
    with pytest.raises(BadInput, match="mask"):
        ReportImages(structures={"liver": images.dose.with_array(images.dose.array, Quantity.DOSE)})


def test_hidden_digits_keep_decimal_points_in_line_but_are_no_text(report, page):
    assert 'data-pad="0"' in report.html.read_text()
    assert "22.450" not in page.text


@pytest.mark.poppler
def test_pdf_says_the_same_as_the_page(report):
    text = subprocess.run(["pdftotext", "-layout", str(report.pdf), "-"], capture_output=True, text=True, check=True).stdout
    for words in ("SIMULATED", "case-7", "Lesion 3 (9 mm)", "205.3", "cannot say", "EANM procedure guideline", "1.38"):
        assert words in text
