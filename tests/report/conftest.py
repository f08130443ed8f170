"""A small patient, a plan and a dose, and the report made from them once; makes ``report_payloads.py`` importable."""

import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from glisson.case import Case, Disease, FileContour, Injection, Session, Site, SiteKind, Treatment
from glisson.report import ReportFiles, ReportImages, write_report
from glisson.voxels import Grid, Image, Quantity

sys.path.insert(0, str(Path(__file__).parent))

from report_payloads import dose_result, plan_result

MADE_AT = datetime.fromisoformat("2026-03-19T09:00:00+01:00")
FRAME = "one"
GRID = Grid.aligned((24, 30, 36), (8.0, 8.0, 8.0), (-140.0, -116.0, -92.0), FRAME)
CT_GRID = Grid.aligned((32, 50, 60), (6.0, 5.0, 5.0), (-147.5, -122.5, -93.0), FRAME)


def ball(grid: Grid, centre_mm: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    world = grid.to_world(np.moveaxis(np.indices(grid.shape), 0, -1))
    return np.linalg.norm(world - np.array(centre_mm), axis=-1) < radius_mm


@pytest.fixture(scope="session")
def case() -> Case:
    def drawn(site: str, kind: SiteKind, **more: str) -> Site:
        return Site(id=site, kind=kind, contour=FileContour(file=f"{site}.nii.gz"), **more)

    return Case(
        id="case-7",
        simulated=True,
        disease=Disease.COLORECTAL,
        sites=(
            drawn("liver", SiteKind.ORGAN, organ="liver", name="Liver"),
            drawn("right-lobe", SiteKind.TERRITORY, parent="liver", name="Right territory"),
            drawn("left-lobe", SiteKind.TERRITORY, parent="liver", name="Left territory"),
            drawn("lesion-1", SiteKind.LESION, parent="right-lobe", name="Lesion 1 (35 mm)"),
            drawn("lesion-3", SiteKind.LESION, parent="right-lobe", name="Lesion 3 (9 mm)"),
            Site(id="right-normal", kind=SiteKind.NORMAL, parent="right-lobe", name="Normal liver, right"),
            drawn("lungs", SiteKind.ORGAN, organ="lung", name="Lungs"),
        ),
        treatments=(
            Treatment(
                id="sirt-1",
                kind="radioembolization",
                product="sir-spheres",
                sessions=(
                    Session(
                        id="delivery",
                        kind="delivery",
                        injections=(Injection(territory="right-lobe", activity_GBq=1.05, at=MADE_AT, residual_fraction=0.02),),
                    ),
                ),
            ),
        ),
    )


@pytest.fixture(scope="session")
def images() -> ReportImages:
    liver, lesion, small = ball(GRID, (-60, 0, 0), 70), ball(GRID, (-80, -10, 5), 18), ball(GRID, (-40, 20, -10), 8)
    dose = 40.0 * liver + 140.0 * lesion + 30.0 * small
    rng = np.random.default_rng(1)
    dose = (dose * rng.uniform(0.9, 1.1, GRID.shape)).astype(np.float32)
    ct = np.where(ball(CT_GRID, (0, 0, 0), 110), 50.0, -1000.0).astype(np.float32)
    return ReportImages(
        anatomy=Image(CT_GRID, ct, Quantity.HU),
        mapping=Image(GRID, np.round(dose), Quantity.COUNTS, "Tc-99m"),
        emission=Image(GRID, dose * 2e4, Quantity.ACTIVITY, "Y-90"),
        dose=Image(GRID, dose, Quantity.DOSE, "Y-90"),
        structures={
            name: Image(GRID, mask, Quantity.MASK)
            for name, mask in {"liver": liver, "lesion-1": lesion, "lesion-3": small}.items()
        },
    )


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory, case: Case, images: ReportImages) -> ReportFiles:
    folder: Path = tmp_path_factory.mktemp("report")
    return write_report(folder, case=case, results=[plan_result(), dose_result()], images=images, made_at=MADE_AT)
