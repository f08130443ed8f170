"""Everything the walk looks up, for a set of media, on an even grid of energies."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glisson.dose.electrons.moller import hard_rate, soft_variance
from glisson.dose.electrons.scattering import quantiles_of_angle, transport_moments
from glisson.dose.electrons.stopping import collision
from glisson.dose.photons.attenuation import Light, make_light
from glisson.dose.photons.bremsstrahlung import radiation
from glisson.knowledge.media import Medium

Float = NDArray[np.float64]

TOP_MeV = 2.4
"""Above the end points of the nuclides in use."""
GRID_MeV = 0.01
ORDERS = 80
"""Terms of the Goudsmit-Saunderson series; the paths are long enough that the last is below 1e-12."""
BINS = 64
"""Equally likely bins of the angle; the widest one is divided again into as many."""
BOTTOM_MeV = 0.02
"""Lowest energy for which the formulas are tabulated."""
LATER, FIRST = 0, 1
"""Kinds of step: the first of a history is shorter."""


class Steps(NamedTuple):
    """How the walk is cut into steps.

    Attributes:
        relative_loss: largest share of its energy that an electron loses in a step.
        smallest_loss_MeV: but steps are not cut below this loss: slow electrons do not travel far.
        cut_MeV: an electron below this energy makes one last step.
        hard_MeV: collisions that hand over more are simulated one by one and the struck electron is followed.
        last_flight: share of the energy that the last step spreads along the direction of flight; the rest stays at its end.
        first: length of the first step of a history, as a share of an ordinary one. A hinge with the large angle of a long
            step near a point source would bend the ways inside the first tenths of a millimetre too much.
        photons: follow the photons that electrons radiate; otherwise their energy counts as escaped.
    """

    relative_loss: float = 0.1
    smallest_loss_MeV: float = 0.03
    cut_MeV: float = 0.05
    hard_MeV: float = 0.05
    last_flight: float = 0.35
    first: float = 0.25
    photons: bool = True

    def without_photons(self) -> "Steps":
        """The same steps; what is radiated counts as escaped."""
        return self._replace(photons=False)

    def loss_MeV(self, energy_MeV: Float) -> Float:
        """Mean energy lost in one step by collisions that are not simulated one by one."""
        wanted = np.maximum(self.relative_loss * energy_MeV, self.smallest_loss_MeV)
        return np.minimum(wanted, 0.5 * energy_MeV)


FINE = Steps()
"""The reference: within 1 % of the highest shell of the point kernel everywhere."""
QUICK = Steps(relative_loss=0.15, smallest_loss_MeV=0.08, cut_MeV=0.1, hard_MeV=0.1)
"""The default in voxels: nearly twice as fast; its bias against ``FINE`` stands in docs/theory/monte_carlo.md."""
STEPS = {"quick": QUICK, "fine": FINE}


class Tables(NamedTuple):
    """Numbers for the walk; axes: the kind of step (``LATER``, ``FIRST``), the medium, the energy (``index * GRID_MeV``).

    Attributes:
        stopping: (medium, energy) MeV cm²/g of soft collisions, and of radiation too soft to be followed.
        step_MeV: (kind, energy) mean loss of a step.
        spread: (kind, medium, energy) relative half-width of the uniform distribution of the loss of a step.
        hard: (medium, energy) collisions above the cut per MeV of mean soft loss.
        bright: (medium, energy) photons radiated per MeV of mean soft loss.
        angle: (kind, medium, energy, bin) 1 - cosine at the edges of equally likely bins, after one step.
        tail: the same inside the last bin.
        cut_MeV: below this energy the last step is made.
        hard_MeV: least energy handed over in a hard collision.
        last_flight: as in ``Steps``.
        light: for photons.
    """

    stopping: Float
    step_MeV: Float
    spread: Float
    hard: Float
    bright: Float
    angle: NDArray[np.float32]
    tail: NDArray[np.float32]
    cut_MeV: float
    hard_MeV: float
    last_flight: float
    light: Light


@cache
def tables(media: tuple[str, ...], steps: Steps) -> Tables:
    """The tables of these media, in this order; kept in memory."""
    from glisson.knowledge.media import medium

    return make_tables([medium(name) for name in media], steps)


def make_tables(media: Sequence[Medium], steps: Steps) -> Tables:
    """The tables of these media, in this order."""
    energy = np.maximum(np.arange(round(TOP_MeV / GRID_MeV) + 2) * GRID_MeV, BOTTOM_MeV)
    ordinary = steps.loss_MeV(energy)
    loss = np.stack([ordinary, steps.first * ordinary])
    stopping, hard, bright = (np.zeros((len(media), energy.size)) for _ in range(3))
    spread = np.zeros((2, len(media), energy.size))
    angle = np.zeros((2, len(media), energy.size, BINS + 1), np.float32)
    tail = np.zeros_like(angle)
    for m, medium in enumerate(media):
        radiated = radiation(energy_MeV=energy, medium=medium)
        stopping[m] = collision(energy_MeV=energy, medium=medium, cut_MeV=steps.hard_MeV) + radiated.soft_MeV_cm2_per_g
        bright[m] = radiated.photons_per_g_cm2 / stopping[m]
        hard[m] = hard_rate(energy_MeV=energy, medium=medium, cut_MeV=steps.hard_MeV) / stopping[m]
        per_loss = moments_per_loss(energy, stopping[m], medium, steps)
        for kind in (LATER, FIRST):
            spread[kind, m] = _spread(energy, loss[kind], stopping[m], medium, steps)
            angle[kind, m], tail[kind, m] = _angles(energy, loss[kind], per_loss)
    light = make_light(media, TOP_MeV, followed=steps.photons)
    return Tables(stopping, loss, spread, hard, bright, angle, tail, steps.cut_MeV, steps.hard_MeV, steps.last_flight, light)


def _spread(energy_MeV: Float, loss_MeV: Float, stopping: Float, medium: Medium, steps: Steps) -> Float:
    """Relative half-width of a uniform distribution with the variance of the soft losses of a step."""
    middle = np.maximum(energy_MeV - 0.5 * loss_MeV, BOTTOM_MeV)
    variance = soft_variance(energy_MeV=middle, medium=medium, cut_MeV=steps.hard_MeV)
    at_middle = np.interp(middle, energy_MeV[1:], stopping[1:])
    return np.minimum(np.sqrt(3.0 * variance / (at_middle * loss_MeV)), 1.0)


def _angles(energy_MeV: Float, loss_MeV: Float, per_loss: Float) -> tuple[Float, Float]:
    """(energies, bins + 1) edges of the bins of the angle of a step, and of those inside the last."""
    pairs = [
        _angle_bins(step_moments(float(start), float(loss), energy_MeV, per_loss))
        for start, loss in zip(energy_MeV, loss_MeV, strict=True)
    ]
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])


def moments_per_loss(energy_MeV: Float, stopping: Float, medium: Medium, steps: Steps) -> Float:
    """(energies, orders + 1) transport moments per MeV lost."""
    rows = [transport_moments(energy_MeV=float(at), medium=medium, orders=ORDERS, cut_MeV=steps.hard_MeV) for at in energy_MeV]
    return np.array(rows) / stopping[:, None]


def step_moments(energy_MeV: float, loss_MeV: float, known_MeV: Float, per_loss: Float) -> Float:
    """K_l of a step: the transport moments integrated over the energies that the electron passes (five-point Gauss)."""
    total = np.zeros(per_loss.shape[1])
    for node, weight in zip(*np.polynomial.legendre.leggauss(5), strict=True):
        energy = max(energy_MeV - 0.5 * loss_MeV * (1.0 + node), BOTTOM_MeV)
        above = min(max(int(np.searchsorted(known_MeV, energy)), 1), len(known_MeV) - 1)
        low, high = known_MeV[above - 1], known_MeV[above]
        part = (np.log(energy) - np.log(low)) / (np.log(high) - np.log(low)) if high > low else 1.0
        between = np.zeros_like(total)
        between[1:] = per_loss[above - 1, 1:] ** (1.0 - part) * per_loss[above, 1:] ** part
        total += 0.5 * weight * loss_MeV * between
    return total


def _angle_bins(moments: Float) -> tuple[Float, Float]:
    """Edges of equally likely bins of 1 - cosine after a step with these K_l, and inside the last; their mean is the exact one."""
    shares = np.linspace(0.0, 1.0, BINS + 1)
    fine = 1.0 - 1.0 / BINS + shares / BINS
    edges, last = quantiles_of_angle(moments, shares), quantiles_of_angle(moments, fine)
    mean = (_mean(edges[:-1]) * (BINS - 1) + _mean(last)) / BINS
    scale = (1.0 - np.exp(-moments[1])) / mean
    return np.minimum(edges * scale, 2.0), np.minimum(last * scale, 2.0)


def _mean(edges: Float) -> float:
    """Mean over equally likely bins with straight lines between their edges."""
    return float(np.mean(0.5 * (edges[1:] + edges[:-1])))
