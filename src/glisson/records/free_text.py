"""Free text looked through for what could betray a person. What is found is flagged for a human eye; nothing is ever quoted."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from glisson.errors import BadInput

Kind = Literal["date of birth", "date", "phone number", "e-mail address", "long number", "known name", "title with a name"]

_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d{2}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2}(?!\d))"
_MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär|gen|mag|giu|lug|ago|set|ott|dic|ene|abr|avr|aoû|fév|déc"
)
_DAY_FIRST = rf"\d{{1,2}}\.? (?:{_MONTHS})[a-zà-ÿ]*\.? (?:19|20)\d{{2}}"
_MONTH_FIRST = rf"(?:{_MONTHS})[a-zà-ÿ]*\.? \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d{{2}}"
_ANY_DATE = rf"(?:{_DATE}|{_DAY_FIRST}|{_MONTH_FIRST})"
_BORN = r"(?:born|birth|b\.|\*|dob|d\.o\.b\.?|geb\.?|geboren|n[ée]e?(?: le)?|nat[oa](?: il)?|nacid[oa])"

_RULES: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("date of birth", re.compile(rf"{_BORN}[^.;\n]{{0,20}}?{_ANY_DATE}", re.IGNORECASE)),
    ("e-mail address", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")),
    ("date", re.compile(rf"(?<![\d.]){_ANY_DATE}", re.IGNORECASE)),
    ("phone number", re.compile(r"(?<![\w.])(?:\+|00)\d[\d ()/.-]{6,18}\d|(?<![\w.,])0\d{1,4}[ /-]\d[\d -]{4,12}\d")),
    ("phone number", re.compile(r"(?:tel|phone|mobile|fax|telefon|handy)\.?:? ?[\d+][\d ()/.-]{5,18}\d", re.IGNORECASE)),
    (
        "title with a name",
        re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Herr|Frau|Mme|Mlle|Sig(?:\.ra|nora?)?|Sr(?:a)?|Dr|Prof)\b\.? ?[A-ZÀ-Þ][\w'-]+"),
    ),
    ("long number", re.compile(r"(?<![\w.,])\d{7,}(?![\w.,]\d)")),
)


@dataclass(frozen=True)
class Suspicion:
    """A place in a text: characters ``start`` to ``end``, and what they look like."""

    kind: Kind
    start: int
    end: int


def scan(text: str, *, names: Iterable[str] = ()) -> tuple[Suspicion, ...]:
    """Places that may betray a person, in order, each character counted once, by the most telling rule.

    Args:
        text: what a person typed.
        names: names known from elsewhere (DICOM headers), never stored; parts of fewer than three letters are not searched for.

    >>> [s.kind for s in scan("Mrs Brown, born 3 May 1951, call 0171 555 0182; dose 100 mg on day 14")]
    ['title with a name', 'date of birth', 'phone number']
    >>> scan("segment 4a, 2.5 x 3.1 cm, CEA 1250, bilirubin 11")
    ()
    """
    found: list[Suspicion] = []
    for kind, rule in (*_known(names), *_RULES):
        where = _plain(text) if kind == "known name" else text
        for match in rule.finditer(where):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Suspicion(kind, match.start(), match.end()))
    return tuple(sorted(found, key=lambda suspicion: suspicion.start))


def words(suspicions: Iterable[Suspicion]) -> str:
    """One sentence about what was found, without any of it.

    >>> words(scan("geb. 1.2.1950"))
    'free text may hold: date of birth (characters 1 to 13)'
    """
    return "free text may hold: " + "; ".join(f"{s.kind} (characters {s.start + 1} to {s.end})" for s in suspicions)


def plain_words(text: str, what: str, *, names: Iterable[str] = (), longest: int = 2000) -> str:
    """A reason, question or other words of an act, without outer spaces, if they betray nobody.

    Words of an act are never corrected, so nothing could come of a query about them: what may be a name, a date of birth, a number
    or an address is refused before it is stored. A date that is not said to be of birth passes: reasons speak of dates. So do the
    registry's own ids.

    Raises:
        BadInput: empty, too long, or such a place in it; the message tells what and where, and repeats nothing.

    >>> plain_words(" read from the wrong line; see q-83805288dedc950c, 3 May 2026 ", "the reason")
    'read from the wrong line; see q-83805288dedc950c, 3 May 2026'
    """
    if not 1 <= len(text.strip()) <= len(text) <= longest:
        raise BadInput(f"{what} is empty or longer than {longest} characters", do="write it in a sentence, without names")
    found = [one for one in scan(_OWN_IDS.sub(_blanked, text), names=names) if one.kind != "date"]
    if found:
        raise BadInput(
            f"{what} may betray a person: {words(found)}", do="say it without; what is written here cannot be corrected"
        )
    return text.strip()


_OWN_IDS = re.compile(r"(?<![\w-])(?:[qec]-[0-9a-f]{16,40})(?![\w-])")


def _blanked(match: re.Match[str]) -> str:
    return "_" * len(match[0])


def _known(names: Iterable[str]) -> tuple[tuple[Kind, re.Pattern[str]], ...]:
    parts = {part for name in names for part in re.split(r"[\^=\s,]+", _plain(name)) if len(part) >= 3}
    if not parts:
        return ()
    return (("known name", re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(parts))) + r")(?!\w)")),)


def _plain(text: str) -> str:
    """Lower case and without accents, character by character, so that places stay where they are."""
    return "".join((unicodedata.normalize("NFKD", c.lower()) or c)[0] for c in text)
