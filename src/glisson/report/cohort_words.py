"""Numbers of a registry report in words: shares, months with their interval, ratios, P values, names of variables and groups."""

from collections.abc import Mapping, Sequence
from typing import Any

Value = Mapping[str, Any]
NOT_REACHED = "not reached"
ALL = "all"
NONE = "–"


def months(found: Value | None, digits: int = 1) -> str:
    """A median with its interval.

    >>> months({"time": 15.47, "low": 11.7, "high": None})
    '15.5 (11.7 to not reached)'
    """
    if found is None:
        return NONE
    ends = [NOT_REACHED if found[key] is None else f"{found[key]:.{digits}f}" for key in ("time", "low", "high")]
    if found["time"] is None and found["low"] is None:
        return NOT_REACHED
    return f"{ends[0]} ({ends[1]} to {ends[2]})"


def percent(found: Value, key: str, digits: int = 1) -> str:
    """A share with its interval, in percent; a dash where nothing is known.

    >>> percent({"survival": 0.5656, "low": 0.48, "high": 0.64}, "survival")
    '56.6 (48.0 to 64.0)'
    """
    if found.get(key) is None:
        return NONE
    middle = f"{100 * found[key]:.{digits}f}"
    if found.get("low") is None or found.get("high") is None:
        return middle
    return f"{middle} ({100 * found['low']:.{digits}f} to {100 * found['high']:.{digits}f})"


def ratio(found: Value | None) -> str:
    """A ratio with its interval.

    >>> ratio({"ratio": 0.5, "low": 0.251, "high": 0.99})
    '0.50 (0.25 to 0.99)'
    """
    if not found or found.get("ratio") is None:
        return NONE
    return f"{_size(found['ratio'])} ({_size(found['low'])} to {_size(found['high'])})"


def _size(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}" if value < 10_000 else "> 10,000"


def p_value(p: float | None) -> str:
    """A P value as journals print it.

    >>> p_value(0.0004), p_value(0.0349), p_value(0.26), p_value(None)
    ('< 0.001', '0.035', '0.26', '–')
    """
    if p is None:
        return NONE
    if p < 0.001:
        return "< 0.001"
    return f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


class Names:
    """How the variables and their words are printed.

    Args:
        variables: the part of that name of a registry report.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def variable(self, name: str) -> str:
        """Label of a variable; the name itself where there is none."""
        return str(self._variables.get(name, {}).get("label") or name)

    def with_unit(self, name: str) -> str:
        """Label and unit."""
        unit = self._variables.get(name, {}).get("unit")
        return f"{self.variable(name)} ({unit})" if unit else self.variable(name)

    def level(self, name: str | None, level: str) -> str:
        """Label of a word of a variable."""
        if name is None:
            return level
        return str(self._variables.get(name, {}).get("labels", {}).get(level, level))

    def group(self, name: str | None, group: str) -> str:
        """Head of a group; everyone is "All patients"."""
        return "All patients" if group == ALL else self.level(name, group)


def long_name(endpoint: str) -> str:
    """Name of an endpoint in full.

    >>> long_name("OS"), long_name("hepatic PFS (death censored)")
    ('Overall survival', 'Hepatic progression-free survival (death censored)')
    """
    told = {"OS": "Overall survival", "PFS": "Progression-free survival", "TTP": "Time to progression"}
    if endpoint in told:
        return told[endpoint]
    full = endpoint.replace("hepatic PFS", "hepatic progression-free survival")
    return full[:1].upper() + full[1:]


def sentence(words: str) -> str:
    """Words that begin a sentence.

    >>> sentence("overall survival: death from any cause")
    'Overall survival: death from any cause'
    """
    return words[:1].upper() + words[1:]


def joined(words: Sequence[str]) -> str:
    """Words as a list in a sentence.

    >>> joined(["a", "b", "c"])
    'a, b and c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
