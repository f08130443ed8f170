"""Mean dose of one compartment and its inverse, after the MIRD schema for microspheres that stay where they lodge.

The energy of every beta is taken to be absorbed in the compartment; a sphere smaller than a few centimetres loses some
(``point_kernel.sphere_absorbed_fraction``). The lung shunt and the residual always divide when an activity is sought.
"""

from glisson.dose.constant import DoseConstant
from glisson.errors import BadInput


def mass_g(*, volume_mL: float, density_g_per_mL: float) -> float:
    """Mass of a volume, g.

    >>> round(mass_g(volume_mL=1200.0, density_g_per_mL=1.05), 6)
    1260.0

    Raises:
        BadInput: a negative volume, or a density that is not positive.
    """
    if not volume_mL >= 0:
        raise BadInput(f"volume {volume_mL:g} mL", allowed="0 mL or more")
    if not density_g_per_mL > 0:
        raise BadInput(f"density {density_g_per_mL:g} g/mL", allowed="more than 0 g/mL")
    return volume_mL * density_g_per_mL


def density_g_per_mL(*, mass_g: float, volume_mL: float) -> float:
    """Mean density, g/mL.

    >>> density_g_per_mL(mass_g=520.0, volume_mL=500.0)
    1.04

    Raises:
        BadInput: a mass or volume that is not positive.
    """
    _positive("mass", mass_g, "g")
    _positive("volume", volume_mL, "mL")
    return mass_g / volume_mL


def energy_J(*, activity_GBq: float, constant: DoseConstant) -> float:
    """Energy of all decays of an activity that stays where it is, J.

    >>> from glisson.dose.constant import dose_constant
    >>> round(energy_J(activity_GBq=2.0, constant=dose_constant("Y-90")), 2)
    99.34

    Raises:
        BadInput: a negative activity.
    """
    _not_negative("activity", activity_GBq, "GBq")
    return constant.K_Gy_kg_per_GBq * activity_GBq


def mean_dose_Gy(
    *,
    activity_GBq: float,
    mass_g: float,
    constant: DoseConstant,
    lung_shunt_fraction: float = 0.0,
    residual_fraction: float = 0.0,
) -> float:
    """Mean absorbed dose of the perfused mass for complete decay, Gy: D = K A (1 - LSF)(1 - R) / M.

    Args:
        activity_GBq: activity drawn for injection, at the time of injection.
        mass_g: mass that takes it up.
        constant: energy per decay and half-life.
        lung_shunt_fraction: LSF, share of the injected activity that goes to the lungs (0 to below 1).
        residual_fraction: R, share of the drawn activity left in vial and catheter (0 to below 1).

    >>> from glisson.dose.constant import dose_constant
    >>> round(mean_dose_Gy(activity_GBq=1.0, mass_g=1000.0, constant=dose_constant("Y-90")), 2)
    49.67

    Raises:
        BadInput: a negative activity, a mass that is not positive, a fraction outside 0 to 1.

    References:
        Single-compartment model: EANM 2022, doi:10.1007/s00259-021-05600-z.
    """
    _positive("mass", mass_g, "g")
    delivered_GBq = activity_GBq * _delivered(lung_shunt_fraction, residual_fraction)
    return energy_J(activity_GBq=delivered_GBq, constant=constant) / (mass_g / 1000.0)


def activity_for_dose_GBq(
    *,
    dose_Gy: float,
    mass_g: float,
    constant: DoseConstant,
    lung_shunt_fraction: float = 0.0,
    residual_fraction: float = 0.0,
) -> float:
    """Activity to draw so that the perfused mass receives ``dose_Gy``, GBq: A = D M / (K (1 - LSF)(1 - R)).

    120 Gy in 1.2 kg with 5 % shunt and 1 % residual is 144 J / (49.6693 x 0.95 x 0.99):

    >>> from glisson.dose.constant import dose_constant
    >>> round(activity_for_dose_GBq(
    ...     dose_Gy=120.0, mass_g=1200.0, constant=dose_constant("Y-90"), lung_shunt_fraction=0.05, residual_fraction=0.01
    ... ), 3)
    3.083

    Raises:
        BadInput: a negative dose, a mass that is not positive, a fraction outside 0 to 1.

    References:
        Single-compartment model: EANM 2022, doi:10.1007/s00259-021-05600-z.
    """
    _not_negative("dose", dose_Gy, "Gy")
    _positive("mass", mass_g, "g")
    return dose_Gy * mass_g / 1000.0 / (constant.K_Gy_kg_per_GBq * _delivered(lung_shunt_fraction, residual_fraction))


def lung_dose_Gy(
    *,
    activity_GBq: float,
    lung_shunt_fraction: float,
    lung_mass_g: float,
    constant: DoseConstant,
    residual_fraction: float = 0.0,
) -> float:
    """Mean absorbed dose of the lungs, Gy: D = K A (1 - R) LSF / m.

    >>> from glisson.dose.constant import dose_constant
    >>> round(lung_dose_Gy(activity_GBq=2.0, lung_shunt_fraction=0.05, lung_mass_g=1000.0, constant=dose_constant("Y-90")), 3)
    4.967

    Raises:
        BadInput: a negative activity, a mass that is not positive, a fraction outside 0 to 1.
    """
    _positive("lung mass", lung_mass_g, "g")
    _fraction("lung shunt fraction", lung_shunt_fraction)
    shunted_GBq = activity_GBq * lung_shunt_fraction * (1.0 - _fraction("residual fraction", residual_fraction))
    return energy_J(activity_GBq=shunted_GBq, constant=constant) / (lung_mass_g / 1000.0)


def _delivered(lung_shunt_fraction: float, residual_fraction: float) -> float:
    shunt = _fraction("lung shunt fraction", lung_shunt_fraction)
    return (1.0 - shunt) * (1.0 - _fraction("residual fraction", residual_fraction))


def _fraction(what: str, value: float) -> float:
    if not 0.0 <= value < 1.0:
        raise BadInput(f"{what} {value:g}", allowed="0 to below 1 (5 % is written 0.05)")
    return value


def _positive(what: str, value: float, unit: str) -> None:
    if not value > 0:
        raise BadInput(f"{what} {value:g} {unit}", allowed=f"more than 0 {unit}")


def _not_negative(what: str, value: float, unit: str) -> None:
    if not value >= 0:
        raise BadInput(f"{what} {value:g} {unit}", allowed=f"0 {unit} or more")
