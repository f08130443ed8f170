"""simulate: patients made by the program, labelled simulated everywhere."""

from glisson.simulate.phantom import SimulatedPatient, Truth, simulated_patient

__all__ = ["SimulatedPatient", "Truth", "simulated_patient"]
