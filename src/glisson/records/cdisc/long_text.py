"""Text of more than 200 bytes in pieces that a version 5 transport file holds, and together again."""

from collections.abc import Mapping

from glisson.records.tables import MOST_BYTES

LONGEST_NAME = 8


def pieces(text: str) -> list[str]:
    """Parts of at most 200 bytes of UTF-8 each; together they are the text. A part ends before a blank where there is one.

    >>> [len(part) for part in pieces("word " * 50)]
    [199, 51]
    """
    parts: list[str] = []
    rest = text
    while len(rest.encode("utf-8")) > MOST_BYTES:
        head = rest.encode("utf-8")[:MOST_BYTES].decode("utf-8", errors="ignore")
        kept = rest[: rest[: len(head) + 1].rfind(" ") + 1].rstrip(" ")
        cut = len(kept) or len(head)
        parts.append(rest[:cut])
        rest = rest[cut:]
    return [*parts, rest]


def numbered(name: str, number: int) -> str:
    """Name of the supplemental qualifier that holds a further piece: the name with a digit, in its last place if it is full.

    >>> numbered("AETERM", 1), numbered("EXTRASIT", 2)
    ('AETERM1', 'EXTRASI2')
    """
    return f"{name[: LONGEST_NAME - len(str(number))]}{number}"


def joined(name: str, first: str, qualifiers: Mapping[str, str]) -> str:
    """A text and its further pieces."""
    text, number = first, 1
    while (more := qualifiers.get(numbered(name, number))) is not None:
        text += more
        number += 1
    return text
