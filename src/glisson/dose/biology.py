"""Biological readings of one structure's histogram: gEUD, BED, EUBED, EQD2, TCP and NTCP, each with its parameters and spread."""

from dataclasses import dataclass
from typing import Any

from glisson.case import SiteKind, Structure
from glisson.dose.dvh import DVH
from glisson.dose.radiobiology import BedRange, bed_range, eubed_range, mean_bed_range
from glisson.dose.response_models import response_range
from glisson.errors import MissingFact
from glisson.knowledge.biology import TissueName, geud_exponent
from glisson.knowledge.products import DeviceClass


@dataclass(frozen=True)
class Biology:
    """What the biological models ask for.

    Attributes:
        nuclide: as "Y-90".
        effective_half_life_h: of the activity in tissue; physical for a permanent implant.
        device_class: of the microspheres; ``None``: not known, and no response curve is read.
        disease: of the case.
    """

    nuclide: str
    effective_half_life_h: float
    device_class: DeviceClass | None
    disease: str

    def of(self, structure: Structure, histogram: DVH) -> dict[str, Any]:
        """Keys "gEUD_Gy", "gEUD_a", "bed", "tcp", "ntcp" of a structure's row; ``None`` where a model does not apply."""
        tissue = tissue_of(structure)
        if tissue is None or histogram.min_Gy < 0:
            return {"gEUD_Gy": None, "gEUD_a": None, "bed": None, "tcp": None, "ntcp": None}
        exponent = float(geud_exponent(tissue).value)
        geud: dict[str, Any] = {"gEUD_Gy": histogram.gEUD_Gy(exponent), "gEUD_a": exponent}
        try:
            bed = mean_bed_range(
                doses_Gy=histogram.sample.doses_Gy,
                volumes_mL=histogram.sample.volumes_mL,
                tissue=tissue,
                effective_half_life_h=self.effective_half_life_h,
            )
        except MissingFact as error:
            return geud | {"bed": {"mean_BED_Gy": None, "reason": f"cannot say: {error.problem}"}, "tcp": None, "ntcp": None}
        return geud | {
            "bed": self._bed(bed, histogram, tissue),
            "tcp": self._response("TCP", histogram, bed) if tissue == "tumour" else None,
            "ntcp": self._response("NTCP", histogram, bed) if tissue == "normal liver" else None,
        }

    def _bed(self, mean: BedRange, histogram: DVH, tissue: TissueName) -> dict[str, Any]:
        uniform = bed_range(dose_Gy=histogram.mean_Gy, tissue=tissue, effective_half_life_h=self.effective_half_life_h)
        try:
            equivalent = eubed_range(
                doses_Gy=histogram.sample.doses_Gy,
                volumes_mL=histogram.sample.volumes_mL,
                tissue=tissue,
                effective_half_life_h=self.effective_half_life_h,
            )
            eubed = {"EUBED_Gy": equivalent.default_Gy, "EUBED_low_Gy": equivalent.low_Gy, "EUBED_high_Gy": equivalent.high_Gy,
                     "EUBED_text": equivalent.text, "EUBED_by_set_Gy": equivalent.by_set}  # fmt: skip
        except MissingFact as error:
            eubed = {"EUBED_Gy": None, "EUBED_text": f"cannot say: {error.problem}"}
        default = next(iter(mean.by_set))
        return {
            "tissue": tissue,
            "mean_BED_Gy": mean.default_Gy,
            "mean_BED_low_Gy": mean.low_Gy,
            "mean_BED_high_Gy": mean.high_Gy,
            "mean_BED_by_set_Gy": mean.by_set,
            "EQD2_Gy": mean.eqd2_by_set[default],
            "BED_of_mean_Gy": uniform.default_Gy,
            **eubed,
            "parameters": f"default set {default}; range over {', '.join(mean.by_set)}",
            "assumptions": list(mean.assumptions),
            "source": mean.sources[0],
            "sources": list(mean.sources),
        }

    def _response(self, kind: str, histogram: DVH, bed: BedRange) -> dict[str, Any]:
        if self.device_class is None:
            return {"answer": "cannot say", "text": f"{kind}: cannot say. The product is not known", "sources": []}
        doses_Gy = {"mean absorbed dose": histogram.mean_Gy}
        if bed.default_Gy is not None:
            doses_Gy["mean BED"] = bed.default_Gy
        found = response_range(
            "TCP" if kind == "TCP" else "NTCP",
            device_class=self.device_class,
            disease=self.disease,
            nuclide=self.nuclide,
            doses_Gy=doses_Gy,
        )
        return {
            "answer": found.answer,
            "low": found.low,
            "high": found.high,
            "text": found.text,
            "sources": sorted({reading.curve.d50_Gy.source for reading in found.readings}),
        }


def tissue_of(structure: Structure) -> TissueName | None:
    """The tissue whose parameters hold for a structure; ``None`` for one that mixes tissues (whole liver, territory)."""
    if structure.site.kind is SiteKind.LESION:
        return "tumour"
    if structure.site.kind is SiteKind.NORMAL:
        return "normal liver"
    if structure.site.kind is SiteKind.ORGAN and structure.site.organ == "lung":
        return "lung"
    return None
