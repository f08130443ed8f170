"""Mean doses and activities of the partition model, forward and inverse: equations only. One compartment: ``glisson.dose.mird``.

Activities are those in the vial at the injection instant; of them (1 - R) leave the vial, and of these the lung shunt
fraction L goes to the lungs. Masses are in g, doses in Gy for complete decay, K in Gy kg/GBq.
"""

from dataclasses import dataclass

from glisson.errors import BadInput


def _check(*, K_Gy_kg_per_GBq: float, lung_shunt_fraction: float, residual_fraction: float = 0.0) -> None:
    if not 0 < K_Gy_kg_per_GBq < 1000:
        raise BadInput(f"dose constant {K_Gy_kg_per_GBq:g} Gy kg/GBq", allowed="above 0, below 1000")
    if not 0 <= lung_shunt_fraction < 1:
        raise BadInput(
            f"lung shunt fraction {lung_shunt_fraction:g}", allowed="0 or more, below 1", do="give a fraction, not percent"
        )
    if not 0 <= residual_fraction < 1:
        raise BadInput(
            f"residual fraction {residual_fraction:g}", allowed="0 or more, below 1", do="give a fraction, not percent"
        )


def _positive_mass(mass_g: float, what: str) -> None:
    if not mass_g > 0:
        raise BadInput(f"{what} of {mass_g:g} g", allowed="a mass above 0 g")


@dataclass(frozen=True)
class PartitionDose:
    """Mean doses of the partition model, Gy; the lungs' is ``None`` where their mass is not given."""

    tumour_Gy: float
    normal_Gy: float
    lung_Gy: float | None


def partition_dose(
    *,
    activity_GBq: float,
    tumour_mass_g: float,
    normal_mass_g: float,
    tumour_to_normal: float,
    K_Gy_kg_per_GBq: float,
    lung_shunt_fraction: float = 0.0,
    residual_fraction: float = 0.0,
    lung_mass_g: float | None = None,
) -> PartitionDose:
    """Doses of tumour, normal liver and lungs: D_N = K A (1 - L)(1 - R) / (TN m_T + m_N), D_T = TN D_N, D_L = K A (1 - R) L / m_L.

    References:
        van Roekel, thesis, p. 30; Kao 2013.

    >>> d = partition_dose(activity_GBq=1.5, tumour_mass_g=250, normal_mass_g=1250, tumour_to_normal=5,
    ...     K_Gy_kg_per_GBq=49.67, lung_shunt_fraction=0.05, lung_mass_g=1000)
    >>> round(d.normal_Gy, 4), round(d.tumour_Gy, 4), round(d.lung_Gy, 4)
    (28.3119, 141.5595, 3.7252)
    """
    _check(K_Gy_kg_per_GBq=K_Gy_kg_per_GBq, lung_shunt_fraction=lung_shunt_fraction, residual_fraction=residual_fraction)
    weight_kg = _weight_kg(tumour_mass_g, normal_mass_g, tumour_to_normal)
    delivered_GBq = activity_GBq * (1.0 - residual_fraction)
    normal_Gy = K_Gy_kg_per_GBq * delivered_GBq * (1.0 - lung_shunt_fraction) / weight_kg
    lung_Gy = None
    if lung_mass_g is not None:
        _positive_mass(lung_mass_g, "lungs")
        lung_Gy = K_Gy_kg_per_GBq * delivered_GBq * lung_shunt_fraction / (lung_mass_g / 1000.0)
    return PartitionDose(tumour_to_normal * normal_Gy, normal_Gy, lung_Gy)


def partition_activity_GBq(
    *,
    normal_dose_Gy: float,
    tumour_mass_g: float,
    normal_mass_g: float,
    tumour_to_normal: float,
    K_Gy_kg_per_GBq: float,
    lung_shunt_fraction: float = 0.0,
    residual_fraction: float = 0.0,
) -> float:
    """Activity in GBq that gives the normal liver a mean dose: A = D_N (TN m_T + m_N) / (K (1 - L)(1 - R)).

    >>> round(partition_activity_GBq(normal_dose_Gy=28.3119, tumour_mass_g=250, normal_mass_g=1250, tumour_to_normal=5,
    ...     K_Gy_kg_per_GBq=49.67, lung_shunt_fraction=0.05), 5)
    1.5
    """
    _check(K_Gy_kg_per_GBq=K_Gy_kg_per_GBq, lung_shunt_fraction=lung_shunt_fraction, residual_fraction=residual_fraction)
    weight_kg = _weight_kg(tumour_mass_g, normal_mass_g, tumour_to_normal)
    return normal_dose_Gy * weight_kg / (K_Gy_kg_per_GBq * (1.0 - lung_shunt_fraction) * (1.0 - residual_fraction))


def tumour_to_normal_ratio(*, tumour_counts: float, tumour_mass_g: float, normal_counts: float, normal_mass_g: float) -> float:
    """Uptake per mass of tumour over that of normal liver, 1.

    >>> tumour_to_normal_ratio(tumour_counts=500, tumour_mass_g=250, normal_counts=500, normal_mass_g=1250)
    5.0
    """
    _positive_mass(tumour_mass_g, "a tumour")
    _positive_mass(normal_mass_g, "normal liver")
    if normal_counts <= 0:
        raise BadInput("no counts in the perfused normal liver", do="check the territory's contour against the mapping image")
    return (tumour_counts / tumour_mass_g) / (normal_counts / normal_mass_g)


def _weight_kg(tumour_mass_g: float, normal_mass_g: float, tumour_to_normal: float) -> float:
    if tumour_mass_g < 0 or normal_mass_g < 0 or tumour_mass_g + normal_mass_g <= 0:
        raise BadInput(f"tumour {tumour_mass_g:g} g, normal liver {normal_mass_g:g} g", allowed="0 g or more, not both 0")
    if not 0 < tumour_to_normal <= 1000:
        raise BadInput(f"tumour-to-normal ratio {tumour_to_normal:g}", allowed="above 0, up to 1000")
    return (tumour_to_normal * tumour_mass_g + normal_mass_g) / 1000.0
