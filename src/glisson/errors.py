"""What can go wrong, by stage. Every message says what was given, what is allowed and what to do next.

No message ever carries text from a patient's file: paths are given as file names, header values never.
"""

from collections.abc import Sequence


class GlissonError(Exception):
    """Base of every error that glisson raises on purpose; the command line prints it and exits with 2."""

    def __init__(self, problem: str, *, allowed: str = "", do: str = "") -> None:
        self.problem = problem.rstrip(".")
        self.allowed = allowed.rstrip(".")
        self.do = do.rstrip(".")
        parts = [self.problem]
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}")
        if self.do:
            parts.append(f"Next: {self.do}")
        super().__init__(". ".join(parts) + ".")


class BadInput(GlissonError):
    """A file, a field or an argument that cannot be used as it is."""


class MissingFact(GlissonError):
    """A computation lacks facts; ``missing`` names them all."""

    def __init__(self, problem: str, *, missing: Sequence[str], do: str = "") -> None:
        self.missing = tuple(missing)
        super().__init__(f"{problem.rstrip('.')}: missing {', '.join(self.missing)}", do=do or "enter them in case.yaml")


class GridMismatch(GlissonError):
    """Two images do not share one grid; ``differences`` names every one."""

    def __init__(self, differences: Sequence[str]) -> None:
        self.differences = tuple(differences)
        super().__init__(
            "the two images do not lie on the same grid: " + "; ".join(self.differences),
            do="resample one onto the other (glisson.voxels.resample), or register them first if the frames differ",
        )


class OutOfScope(GlissonError):
    """The method does not hold here."""


class BadKnowledge(GlissonError):
    """A knowledge file breaks its schema, or has no entry of that name."""


class NotAllowed(GlissonError):
    """A person may not do this with these cases; the refusal is on record."""
