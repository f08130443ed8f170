"""What was computed beside what was entered: which of them is used, whether they disagree, and what the other would change."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glisson.case import Finding, Level
from glisson.weigh.computed import disagrees
from glisson.weigh.fact import Fact
from glisson.weigh.words import label, unit

Answers = Callable[[Mapping[str, Fact]], Mapping[str, str]]
"""Answers by option, from facts."""


def computed_rows(
    entered: Mapping[str, Fact], used: Mapping[str, Fact], computed: Mapping[str, Fact], answers: Answers, shas: Mapping[str, str]
) -> list[dict[str, Any]]:
    """One row for each computed fact, as JSON; where it disagrees with the entered one, the answers that it would change.

    Args:
        entered: facts of the case, without what was computed.
        used: facts that were weighed.
        computed: by name.
        answers: of all options.
        shas: hash of each stored Result, by file.
    """
    now = answers(used)
    return [
        _row(name, fact, entered[name], {o: a for o, a in answers({**used, name: fact}).items() if a != now[o]}, shas)
        for name, fact in computed.items()
    ]


def _row(name: str, fact: Fact, entered: Fact, instead: Mapping[str, str], shas: Mapping[str, str]) -> dict[str, Any]:
    differs = entered.known and disagrees(entered, fact)
    at = entered.at if entered.known else None
    return {
        "fact": name, "label": label(name), "unit": unit(name), "text": fact.text, "how": fact.how,
        "result": shas[fact.how.split(",")[0]], "used": not entered.known,
        "entered": entered.text if entered.known else None, "entered_at": None if at is None else at.isoformat(),
        "disagrees": differs,
        "would_change": [{"option": option, "answer": answer} for option, answer in instead.items() if differs],
    }  # fmt: skip


def disagreements(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> list[Finding]:
    """A warning for every computed fact that says something else than the entered one, which is used.

    Args:
        rows: of ``computed_rows``.
        names: of options, by id.
    """
    found = []
    for row in rows:
        if not row["disagrees"]:
            continue
        behind = f" {row['unit']}" if row["unit"] else ""
        changed = "; ".join(f"{names[one['option']]}: {one['answer']}" for one in row["would_change"])
        text = (
            f"{row['label']}: entered {row['entered']}{behind}{' on ' + row['entered_at'] if row['entered_at'] else ''}, "
            f"computed {row['text']}{behind} ({row['how']}). The entered one is used; with the computed one "
            + (f"would be {changed}" if changed else "no answer differs")
        )
        found.append(Finding(code="computed-differs", level=Level.WARNING, text=text))
    return found
