"""Writes every cited number of the knowledge tables into docs/knowledge.md when the site is built."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

from glisson.knowledge import Source, read_yaml, sources

MARKER = "<!-- every cited number -->"
FOLDERS = {
    "nuclides": "Nuclides and dose constants",
    "products": "Products",
    "limits": "Limits, targets and single numbers of planning",
    "radiobiology": "Radiobiology",
    "tissues": "Densities",
    "uncertainty": "Uncertainty terms",
    "kernels": "Kernels and known errors",
    "transport": "Electron transport",
    "response": "Response criteria and endpoints",
    "toxicity": "Toxicity",
    "quality_of_life": "Quality of life",
    "scores": "Scores",
    "guidelines": "Options: rules and guidance",
    "interactions": "Options: drugs and timing",
    "trials": "Options: published arms",
    "registry": "Registries",
    "simulation": "Simulated registry",
    "beads": "Chemoembolization",
    "pump": "Hepatic artery pump",
    "ablation": "Ablation margin",
    "remnant": "Future liver remnant",
    "regimens": "Regimens and first doses",
}
HEAD = "| number | value | unit | holds for | source | place | how known |\n|---|---|---|---|---|---|---|\n"
SHELLS = "shells"


def on_page_markdown(markdown: str, **_: Any) -> str:
    return markdown.replace(MARKER, tables()) if MARKER in markdown else markdown


def tables() -> str:
    """All tables, one for each folder, and the list of sources."""
    parts = []
    for folder, title in FOLDERS.items():
        parts.append(f"## {title}\n\n")
        for file in files(folder):
            rows = "".join(_row(*entry) for entry in numbers(read_yaml(file)))
            parts.append(f"`{file}`\n\n{HEAD}{rows}\n")
    return "".join(parts) + _sources()


def files(folder: str) -> list[str]:
    """Paths of the YAML files in a folder of the knowledge package."""
    found = resources.files("glisson.knowledge").joinpath(folder).iterdir()
    return sorted(f"{folder}/{file.name}" for file in found if file.name.endswith(".yaml"))


def numbers(node: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every cited claim below a YAML node, with a name made of the ids and keys that lead to it."""
    if isinstance(node, list):
        for entry in node:
            yield from numbers(entry, name)
    elif isinstance(node, dict):
        own = " ".join(part for part in (name, str(node.get("id", ""))) if part)
        if "evidence" in node:
            yield own, node
        for key, inner in node.items():
            if (
                isinstance(inner, dict | list)
                and not (key == SHELLS and isinstance(inner, list))
                and not (key == "value" and "evidence" in node)
            ):
                yield from numbers(inner, own if key == "presets" else f"{own} {key}".strip())


def _row(name: str, claim: dict[str, Any]) -> str:
    value, unit = _value(claim)
    place = str(claim["place"]) + (f" *{claim['note']}*" if claim.get("note") else "")
    cells = (
        name,
        value,
        unit,
        str(claim.get("holds_for", "")),
        f"[{claim['source']}](#{claim['source']})",
        place,
        claim["evidence"],
    )
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"


def _value(claim: dict[str, Any]) -> tuple[str, str]:
    if "value" in claim:
        value = claim["value"]
        many = isinstance(value, list)
        return (", ".join(f"{one:g}" if isinstance(one, float) else str(one) for one in value) if many else _plain(value)), claim[
            "unit"
        ]
    if isinstance(claim.get(SHELLS), list):
        return f"{len(claim[SHELLS])} shells", "mm, share, standard error"
    if "half_life_h" in claim:
        return f"{claim['energy_MeV']:g}; {claim['half_life_h']:g}", "MeV; h"
    if "mean_excitation_eV" in claim:
        weights = ", ".join(f"{element} {share:g}" for element, share in claim["weights"].items())
        return f"{claim['mean_excitation_eV']:g}; {weights}", "eV; shares by weight"
    return "a table, in the file", "as named there"


def _plain(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def _sources() -> str:
    return "## Sources\n\n" + "".join(
        f'<a id="{source.id}"></a>**{source.id}**: {_cite(source)}\n\n' for source in sources().values()
    )


def _cite(source: Source) -> str:
    if source.doi:
        return f"{source.citation}. [doi:{source.doi}](https://doi.org/{source.doi})"
    return f"{source.citation}. <{source.link}>" if source.link else f"{source.citation}."
