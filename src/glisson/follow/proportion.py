"""A share of patients with its exact confidence interval."""

from dataclasses import dataclass

from glisson.errors import BadInput


@dataclass(frozen=True)
class Proportion:
    """``count`` of ``of``, with the interval; the shares are ``None`` where nobody is in the denominator."""

    count: int
    of: int
    fraction: float | None
    low: float | None
    high: float | None


def exact_proportion(*, count: int, of: int, confidence_fraction: float = 0.95) -> Proportion:
    """Share with the exact binomial interval of Clopper and Pearson.

    >>> round(exact_proportion(count=0, of=10).high or 0, 6)  # 1 - 0.025 ** (1 / 10)
    0.308497
    >>> exact_proportion(count=0, of=0).fraction is None
    True

    Raises:
        BadInput: a count outside 0 to ``of``, or a confidence outside 0 to 1.

    References:
        Clopper and Pearson, Biometrika 1934;26:404.
    """
    from scipy.stats import beta

    if not 0 <= count <= of:
        raise BadInput(f"a count of {count} among {of}", allowed=f"0 to {max(of, 0)}")
    if not 0 < confidence_fraction < 1:
        raise BadInput(f"a confidence of {confidence_fraction:g}", allowed="more than 0, less than 1")
    if of == 0:
        return Proportion(0, 0, None, None, None)
    tail = (1 - confidence_fraction) / 2
    low = 0.0 if count == 0 else float(beta.ppf(tail, count, of - count + 1))
    high = 1.0 if count == of else float(beta.ppf(1 - tail, count + 1, of - count))
    return Proportion(count, of, count / of, low, high)
