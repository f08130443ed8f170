"""``learn arms``: published figures, whether two may stand side by side, and ours beside them."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from glisson.actions.literature.columns import note, plain
from glisson.case import Result
from glisson.errors import BadInput

if TYPE_CHECKING:
    from glisson.learn.literature.figure import Figure

NOT_RANKED = "figures are not ranked: lines of therapy, people, definitions and origins of time differ"


def published_figures(
    *, study: str = "", endpoint: str = "", line: str = "", disease: str = "", containing: str = "", compare: Sequence[str] = ()
) -> Result:
    """Published figures whose words match, or whether the two of ``compare`` may stand side by side.

    Raises:
        BadInput: an unknown figure, or not two to compare.
    """
    from glisson.learn.literature.benchmark import arms_table
    from glisson.learn.literature.comparable import comparable
    from glisson.learn.literature.figure import figure, figures

    if compare:
        if len(compare) != 2:
            raise BadInput(f"{len(compare)} figures to compare", allowed="two ids; glisson learn arms lists them")
        two = tuple(figure(name) for name in compare)
        judged = comparable(*two)
        value: dict[str, Any] = {"comparable": plain(asdict(judged)), "figures": arms_table(two).to_dicts()}
    else:
        two = figures(study=study, family=endpoint, line=line, disease=disease, containing=containing)
        value = {"figures": arms_table(two).to_dicts()}
    asked = {"study": study, "endpoint": endpoint, "line": line, "disease": disease, "containing": containing}
    return Result(
        kind="published figures", method="cited, not ranked",
        parameters={name: word for name, word in asked.items() if word} | ({"compare": list(compare)} if compare else {}),
        value=value, findings=(note("not-ranked", NOT_RANKED),), sources=tuple(sorted({one.source for one in two})),
    )  # fmt: skip


def beside_published(own: "Figure") -> Result:
    """Our figure beside published ones of its family, with what differs; never ranked."""
    from glisson.learn.literature.benchmark import NOT_RANKED as LONG
    from glisson.learn.literature.benchmark import benchmark

    rows = benchmark(own).to_dicts()
    sources = tuple(sorted({row["source"] for row in rows if row["source"]}))
    return Result(
        kind="benchmark",
        method="beside published figures",
        value={"rows": rows},
        findings=(note("not-ranked", LONG),),
        sources=sources,
    )
