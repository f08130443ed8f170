"""Activity by body surface area (resin): equations only. It computes no dose; the plan shows what it would do."""

from glisson.errors import BadInput, OutOfScope
from glisson.knowledge.limits import fact


def body_surface_area_m2(*, weight_kg: float, height_m: float) -> float:
    """Body surface area in m2: 0.20247 H^0.725 W^0.425.

    Args:
        weight_kg: 20 to 350 kg.
        height_m: 0.8 to 2.5 m; a height in centimetres is refused.

    Raises:
        BadInput: outside these ranges.

    References:
        van Roekel, thesis, p. 30 (printed there with 0.2024).

    >>> round(body_surface_area_m2(weight_kg=70, height_m=1.70), 4)
    1.8097
    """
    if not 20 <= weight_kg <= 350:
        raise BadInput(f"weight {weight_kg:g} kg", allowed="20 to 350 kg")
    if not 0.8 <= height_m <= 2.5:
        raise BadInput(f"height {height_m:g} m", allowed="0.8 to 2.5 m")
    return float(fact("body-surface-factor").value) * float(height_m**0.725 * weight_kg**0.425)


def bsa_activity_GBq(
    *,
    surface_m2: float,
    tumour_volume_mL: float,
    normal_volume_mL: float,
    treated_fraction: float = 1.0,
    reduction_fraction: float = 0.0,
) -> float:
    """Activity in GBq: ((BSA - 0.2) + V_T / (V_T + V_N)) x treated share of the liver x (1 - reduction).

    Args:
        surface_m2: body surface area.
        tumour_volume_mL: tumour in the liver.
        normal_volume_mL: normal liver, so that both together are the whole liver.
        treated_fraction: treated volume over whole liver volume, above 0 to 1.
        reduction_fraction: a reduction that a person entered. Reductions by lung shunt are nobody's default here: no
            confirmed source gives the steps, and reduced activities answered less often (Ward 2015).

    Raises:
        BadInput: a negative volume, no volume at all, or a fraction outside its range.
        OutOfScope: the formula gives no positive activity.

    References:
        van Roekel, thesis, p. 30.

    >>> a = body_surface_area_m2(weight_kg=70, height_m=1.70)
    >>> round(bsa_activity_GBq(surface_m2=a, tumour_volume_mL=300, normal_volume_mL=1500), 4)
    1.7764
    """
    if tumour_volume_mL < 0 or normal_volume_mL < 0 or tumour_volume_mL + normal_volume_mL <= 0:
        raise BadInput(
            f"tumour {tumour_volume_mL:g} mL, normal liver {normal_volume_mL:g} mL",
            allowed="volumes of 0 mL or more, not both 0",
        )
    if not 0 < treated_fraction <= 1:
        raise BadInput(f"treated share {treated_fraction:g}", allowed="above 0, up to 1")
    if not 0 <= reduction_fraction < 1:
        raise BadInput(f"reduction {reduction_fraction:g}", allowed="0 or more, below 1 (0.2 is 20 % less)")
    involvement = tumour_volume_mL / (tumour_volume_mL + normal_volume_mL)
    activity_GBq = (
        (surface_m2 - float(fact("resin-bsa-offset").value) + involvement) * treated_fraction * (1.0 - reduction_fraction)
    )
    if activity_GBq <= 0:
        raise OutOfScope(f"the body-surface formula gives {activity_GBq:.3g} GBq", do="use a dose-based method")
    return activity_GBq
