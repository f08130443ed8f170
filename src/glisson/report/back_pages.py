"""What went before: findings on top, constants, sources and provenance at the end."""

from collections.abc import Sequence

from glisson.case import Finding, Level, Result
from glisson.report.document import Block, Facts, FindingLine, Findings, Heading
from glisson.report.words import opening, plain

LOUDEST_FIRST = (Level.STOP, Level.WARNING, Level.NOTE)


def findings_block(results: Sequence[Result], about: Sequence[Finding] = (), levels: Sequence[Level] = LOUDEST_FIRST) -> Findings:
    """Every finding of some levels once: stops, then warnings, then notes; those about the case before those of its results."""
    said = [(finding, "case") for finding in about]
    said += [(finding, result.kind) for result in results for finding in result.findings]
    lines = [
        FindingLine(finding.level.value, finding.text, finding.code, where)
        for level in LOUDEST_FIRST
        if level in levels
        for finding, where in said
        if finding.level is level
    ]
    return Findings(tuple(dict.fromkeys(lines)))


def provenance_blocks(results: Sequence[Result]) -> tuple[Block, ...]:
    """Version, method, parameters, inputs by hash, editions and seed of every result."""
    blocks: list[Block] = []
    for result in results:
        rows = [
            ("Program", f"glisson {result.version}"),
            ("Method", result.method),
            ("Editions", plain(result.editions)),
            ("Random seed", "none used" if result.seed is None else str(result.seed)),
            *((f"Parameter: {name}", plain(value)) for name, value in result.parameters.items()),
            *((f"Input: {name}", f"sha256 {digest}") for name, digest in result.inputs.items()),
            ("This result", f"sha256 {result.sha256()}"),
        ]
        blocks += [Heading(opening(result.kind)), Facts(tuple(rows))]
    return tuple(blocks)
