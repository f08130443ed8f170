"""Numbers and states in words. What is not known is printed as "cannot say", never as 0 or a blank."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from glisson.report.document import Cell, Tone

CANNOT_SAY = "cannot say"

UNITS = {
    "Gy_per_GBq": "Gy/GBq", "GBq": "GBq", "MBq": "MBq", "kBq": "kBq", "Bq": "Bq", "Gy": "Gy", "mL": "mL", "kg": "kg", "mm": "mm",
    "cm": "cm", "MeV": "MeV", "keV": "keV", "J": "J", "h": "h", "s": "s", "g": "g", "HU": "HU", "um": "µm",
}  # fmt: skip

STATES: dict[str, Tone] = {
    "within": "good", "met": "good", "reached": "good", "ok": "good", "binds": "good", "binding": "good",
    "over": "bad", "exceeded": "bad", "above": "bad", "not met": "bad", "not reached": "bad", "below": "bad", "missed": "bad",
    "cannot say": "unknown", "unknown": "unknown",
}  # fmt: skip


def cannot_say(reason: str = "") -> str:
    """The words for what is not known.

    >>> cannot_say("no lung contour")
    'cannot say (no lung contour)'
    """
    return f"{CANNOT_SAY} ({reason})" if reason else CANNOT_SAY


def at(value: Any, *path: str) -> Any:
    """What stands at a path of keys, or ``None`` where any step is absent.

    >>> at({"a": {"b": 1}}, "a", "b"), at({"a": None}, "a", "b")
    (1, None)
    """
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def listed(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """The list of mappings at a path; empty where there is none."""
    found = at(value, *path)
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [item for item in found if isinstance(item, Mapping)]


def is_number(value: Any) -> bool:
    """True for a number that is not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: Any, decimals: int = 1, reason: str = "") -> str:
    """A number with so many decimals; a real minus sign; "cannot say" for ``None``.

    >>> number(40.04), number(-0.5, 2), number(None, reason="no mask")
    ('40.0', '−0.50', 'cannot say (no mask)')
    """
    if value is None:
        return cannot_say(reason)
    if not is_number(value):
        return str(value)
    text = f"{value:.{decimals}f}"
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", "−")


def as_given(value: Any) -> str:
    """A number that a person or a table gave, with as many decimals as it was given: a limit is never rounded to another one.

    >>> as_given(40.0), as_given(37.5), as_given(None)
    ('40', '37.5', 'cannot say')
    """
    return f"{value:g}".replace("-", "−") if is_number(value) else number(value)


def percent(fraction: Any, decimals: int = 0, reason: str = "") -> str:
    """A fraction as a number of percent, without the sign (it stands in the head of the column).

    >>> percent(0.045, 1)
    '4.5'
    """
    return number(fraction * 100.0 if is_number(fraction) else fraction, decimals, reason)


def with_unit(value: Any, unit: str, decimals: int = 1, reason: str = "") -> str:
    """A number and its unit, or "cannot say" alone.

    >>> with_unit(1.4, "GBq", 2), with_unit(None, "GBq")
    ('1.40 GBq', 'cannot say')
    """
    return cannot_say(reason) if value is None else f"{number(value, decimals)} {unit}"


def volume(value: Any, reason: str = "") -> str:
    """mL: two decimals below 10 mL, one above, since small lesions are the ones where they matter."""
    return number(value, 2 if is_number(value) and abs(value) < 10 else 1, reason)


def mass(value: Any, reason: str = "") -> str:
    """Grams: two decimals below 10 g, none above 100 g."""
    if not is_number(value):
        return number(value, 0, reason)
    return number(value, 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0)


def instant(value: Any) -> str:
    """A point in time with its offset.

    >>> instant("2026-03-17T10:30:00+01:00")
    '2026-03-17 10:30 (UTC+01:00)'
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if not isinstance(value, datetime):
        return CANNOT_SAY
    offset = value.strftime("%z")
    zone = f" (UTC{offset[:3]}:{offset[3:5]})" if offset else ""
    return f"{value:%Y-%m-%d %H:%M}{zone}"


def yes_no(value: Any) -> str:
    """A truth value in words."""
    return CANNOT_SAY if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def label(key: str) -> str:
    """A name with its unit from a key.

    >>> label("lung_mass_g"), label("K_Gy_kg_per_GBq"), label("half_life_h"), label("shunt_fraction")
    ('lung mass (g)', 'K (Gy kg/GBq)', 'half life (h)', 'shunt (fraction)')
    """
    if key.endswith("_Gy_kg_per_GBq"):
        return f"{key.removesuffix('_Gy_kg_per_GBq')} (Gy kg/GBq)"
    if key.endswith("_fraction") and key != "_fraction":
        return key.removesuffix("_fraction").replace("_", " ") + " (fraction)"
    for suffix, unit in UNITS.items():
        if key.endswith("_" + suffix):
            return key.removesuffix("_" + suffix).replace("_", " ") + f" ({unit})"
    return key.replace("_", " ")


def opening(words: str) -> str:
    """The words with a capital first letter, the rest as it is.

    >>> opening("order (GBq)")
    'Order (GBq)'
    """
    return words[:1].upper() + words[1:]


def plain(value: Any) -> str:
    """Any JSON value in one line: numbers to six significant digits, lists with commas, mappings as name value."""
    if value is None:
        return CANNOT_SAY
    if isinstance(value, bool):
        return yes_no(value)
    if is_number(value):
        return f"{value:.6g}".replace("-", "−") if abs(value) >= 1e-4 or value == 0 else f"{value:.3g}"
    if isinstance(value, Mapping):
        return "; ".join(f"{label(str(key))} {plain(inner)}" for key, inner in value.items()) or "none"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(plain(inner) for inner in value) or "none"
    return str(value)


def state(value: Any) -> Cell:
    """The state of a limit or target, with the tone that goes with it; an unknown word is printed as it is."""
    if value is None:
        return Cell(CANNOT_SAY, "unknown")
    if isinstance(value, bool):
        return Cell("within" if value else "over", "good" if value else "bad")
    words = str(value)
    return Cell(words, STATES.get(words.lower(), "unknown" if words.lower().startswith(CANNOT_SAY) else ""))


def cell(text: str, tone: Tone = "") -> Cell:
    """A cell; what is not known is set in its own tone."""
    return Cell(text, "unknown" if text.startswith(CANNOT_SAY) else tone)


def dash_or(item: Mapping[str, Any] | None, key: str, decimals: int = 1) -> Cell:
    """A number, or a dash where the thing itself does not exist (which is not the same as unknown)."""
    return Cell("–", "quiet") if item is None else cell(number(item.get(key), decimals))
