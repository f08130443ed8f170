"""Pseudonyms: from a site's own identifier of a patient to the name that the registry knows, by a key; nothing is stored.

A pseudonym is ``<site>-<twelve letters><check letter>``. The twelve letters are HMAC-SHA-256 of the identifier under the site's
key, reduced to 31¹² (59 bits): among 100,000 patients of one site two share a pseudonym with probability 6e-9. The check letter
finds every single wrong letter and every exchange of two. The way back needs the key and the site's own list of identifiers.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from glisson.errors import BadInput

LETTERS = "0123456789abcdefghjkmnpqrstvwxy"
"""Thirty-one: no i, l, o, u, z, which are misread. A prime number of them lets the check letter find every exchange."""
LENGTH = 12
_SITE = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_PSEUDONYM = re.compile(rf"({_SITE.pattern})-([{LETTERS}]{{{LENGTH + 1}}})")
_LONGEST = 200


@dataclass(frozen=True)
class SiteKey:
    """Key that makes the pseudonyms of one site and of no other; never shown by repr.

    Attributes:
        site: short name of the site.
    """

    site: str
    secret: bytes = field(repr=False)

    def pseudonym(self, identifier: str) -> str:
        """Pseudonym of the patient whom the site calls ``identifier``.

        The identifier is taken as written, but for outer spaces and composed accents; leading zeros and case count.

        Raises:
            BadInput: an empty identifier, one of more than 200 characters, or one with control characters; it is never shown.

        >>> SiteKey("s01", bytes(32)).pseudonym(" 4711 ") == SiteKey("s01", bytes(32)).pseudonym("4711")
        True
        """
        text = unicodedata.normalize("NFC", identifier).strip()
        if not text or len(text) > _LONGEST or any(unicodedata.category(letter).startswith("C") for letter in text):
            raise BadInput(
                "a local identifier that is empty, too long or holds control characters",
                allowed=f"1 to {_LONGEST} visible characters",
                do="correct the site's list",
            )
        digest = hmac.digest(self.secret, b"glisson pseudonym 1\n" + text.encode("utf-8"), hashlib.sha256)
        number = int.from_bytes(digest, "big")
        letters = []
        for _ in range(LENGTH):
            number, letter = divmod(number, len(LETTERS))
            letters.append(letter)
        return f"{self.site}-" + "".join(LETTERS[letter] for letter in (*letters, _check(letters)))

    def reidentify(self, identifiers: Iterable[str], pseudonyms: Iterable[str]) -> dict[str, str]:
        """Which of the site's own ``identifiers`` belong to ``pseudonyms``; those that are not in the list are left out.

        Raises:
            BadInput: two identifiers of the list have one pseudonym, or an identifier that cannot be one.
        """
        wanted = set(pseudonyms)
        found: dict[str, str] = {}
        for identifier in identifiers:
            name = self.pseudonym(identifier)
            if name in wanted and found.setdefault(name, identifier).strip() != identifier.strip():
                raise BadInput(f"two identifiers of the list have the pseudonym {name}", do="tell the registry's lead")
        return found


def site_key(pseudonym_key: bytes, site: str) -> SiteKey:
    """Key of one site from the registry's pseudonym key (``Keys.pseudonym_key``); it tells nothing about other sites' keys.

    Raises:
        BadInput: ``site`` is not a short name.
    """
    if not _SITE.fullmatch(site):
        raise BadInput("a site's name that is not a short name", allowed=f"text like {_SITE.pattern}")
    return SiteKey(site, hmac.digest(pseudonym_key, b"glisson site 1\n" + site.encode("utf-8"), hashlib.sha256))


def require_pseudonym(text: str) -> str:
    """``text`` if it can be a pseudonym, for what people type.

    Raises:
        BadInput: not of the form, or the check letter does not fit; the text is not shown, since it may be an identifier.

    >>> name = SiteKey("s01", bytes(32)).pseudonym("4711")
    >>> require_pseudonym(name) == name
    True
    """
    match = _PSEUDONYM.fullmatch(text)
    if match is None:
        raise BadInput(
            "this is not a pseudonym", allowed=f"site-{'x' * (LENGTH + 1)}", do="enter the pseudonym, never the identifier"
        )
    letters = [LETTERS.index(letter) for letter in match[2]]
    if _check(letters[:-1]) != letters[-1]:
        raise BadInput("the check letter of this pseudonym does not fit", do="look for a wrong or exchanged letter")
    return text


def site_of(pseudonym: str) -> str:
    """Site in a pseudonym.

    >>> site_of(SiteKey("s-01", bytes(32)).pseudonym("4711"))
    's-01'
    """
    return require_pseudonym(pseudonym).rpartition("-")[0]


def _check(letters: list[int]) -> int:
    """The letter that makes the sum of place times letter a multiple of 31, as in ISBN-10.

    A wrong letter changes the sum by place × difference, an exchange by difference of places × difference of letters; neither
    is a multiple of 31, a prime. The check letter itself stands at place 30, which is -1.

    >>> _check([1] + [0] * 11)
    1
    """
    return sum(place * letter for place, letter in enumerate(letters, start=1)) % len(LETTERS)
