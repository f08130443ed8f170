"""The page of options: time for each case of the bank, and for the 197 real patients where their table is at hand.

Run from the repository's root: ``python -m benchmarks.weigh``. A page is weighed, stamped and stored as JSON, and laid out as HTML, as
``glisson weigh`` does it in one process, less its files; the PDF is timed apart. Floor: the same JSON by the standard library. Bound asked
for: 0.1 s of processor time for the slowest case.
"""

import gc
import os
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "weigh"))
BOUND_s = 0.1
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PARTS = ("weigh", "document", "HTML", "JSON")
PDFS = 5
Seconds = dict[str, list[float]]


def timed(into: list[float], work: Callable[[], Any]) -> Any:
    began = time.process_time()
    done = work()
    into.append(time.process_time() - began)
    return done


def page(case: Any, day: date, into: Seconds) -> Any:
    """One page; the seconds of each part are added."""
    import json

    from glisson.report.html import to_html
    from glisson.report.weigh_pages import build_weigh_document
    from glisson.weigh.options import weigh_case

    result = timed(into["weigh"], lambda: weigh_case(case, day=day))
    document = timed(into["document"], lambda: build_weigh_document(result, made_at=NOW, simulated=False))
    timed(into["HTML"], lambda: to_html(document, ROOT))
    timed(into["JSON"], result.to_json)
    plain = result.model_dump(mode="json")
    timed(into["floor"], lambda: json.dumps(plain, sort_keys=True, indent=2, ensure_ascii=False))
    return document


def times(cases: Sequence[tuple[Any, date]]) -> Seconds:
    into: Seconds = {name: [] for name in (*PARTS, "floor")}
    for case, day in cases:
        page(case, day, into)
    return into


def told(name: str, found: Seconds) -> float:
    """Prints a run; the slowest page in seconds."""
    whole = [sum(parts) for parts in zip(*(found[part] for part in PARTS), strict=True)]
    median, slowest = statistics.median(whole), max(whole)
    ratio = median / statistics.median(found["floor"])
    bound = "within" if slowest < BOUND_s else "over"
    print(f"{name}: {len(whole)} pages, median {1e3 * median:.0f} ms, {ratio:.1f} times the floor")
    print(f"  slowest {1e3 * slowest:.0f} ms, {bound} the bound of {1e3 * BOUND_s:.0f} ms")
    print("  " + ", ".join(f"{part} {1e3 * statistics.median(found[part]):.1f}" for part in PARTS) + " ms")
    return slowest


def pdf(cases: Sequence[tuple[Any, date]]) -> None:
    from glisson.report.pdf import to_pdf

    into: list[float] = []
    pages = []
    with tempfile.TemporaryDirectory(prefix="glisson-bench-") as name:
        for case, day in cases:
            document = page(case, day, {part: [] for part in (*PARTS, "floor")})
            pages.append(timed(into, lambda document=document: to_pdf(document, Path(name), NOW)))  # type: ignore[misc]
    sheets = statistics.median(len(re.findall(rb"/Type\s*/Page\b", content)) for content in pages)
    print(f"PDF: median {1e3 * statistics.median(into):.0f} ms for {sheets:.0f} sheets, {len(pages)} pages")


def real() -> list[tuple[Any, date]]:
    """The real patients; none where their table is not here."""
    table = Path(os.environ.get("GLISSON_SHARED", ROOT.parent / "shared")) / "data" / "crlm_clinical" / "crlm_clinical.csv"
    if not table.exists():
        return []
    import polars as pl
    from test_real_patients import DAY, case_of

    rows = pl.read_csv(table, infer_schema_length=None).iter_rows(named=True)
    return [(case_of(number, row), DAY) for number, row in enumerate(rows)]


def main() -> None:
    from bank import BANK, BOARD

    patients = real()
    times([(BANK[0].case, BOARD)])
    if patients:
        told("real patients, knowledge walked by the collector of cycles", times(patients))
    gc.freeze()
    told("bank", times([(banked.case, BOARD) for banked in BANK]))
    if not patients:
        print("real patients: their table is not here")
        return
    told("real patients", times(patients))
    pdf(patients[:PDFS])


if __name__ == "__main__":
    main()
