"""Documentation page with a table of every gateway's behaviors. The page is written from the results of a run and
compared with the results of the next run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from umbral.testing.kit.behaviour import BEHAVIOURS
from umbral.testing.kit.runner import Outcome, Verdict

SIGNS: Final[Mapping[Verdict, str]] = {
    Verdict.HOLDS: "✓",
    Verdict.FAILS: "✗",
    Verdict.NOT_CLAIMED: "–",
    Verdict.NOT_APPLICABLE: "·",
}
_HEAD: Final = """# What each way to pay does

Written by `make gateways` from a run of the conformance kit (`umbral.testing.conformance`); the tests hold it against
theirs.

✓ it does · – its capabilities do not claim it · · there is nothing at this provider that it could be about · ✗ it fails

"""


def rendered(runs: Mapping[str, Sequence[Outcome]]) -> str:
    """Render the page: behaviours as rows, gateways as columns, and below them the reasons why a behaviour does not
    apply to a gateway, except refusals by the simulator.
    """
    codes = list(runs)
    found = {code: {each.behaviour.number: each for each in runs[code]} for code in codes}
    lines = [f"| | behaviour | {' | '.join(codes)} |", f"|---|---|{'---|' * len(codes)}"]
    for number, behaviour in sorted(BEHAVIOURS.items()):
        signs = " | ".join(SIGNS[found[code][number].verdict] for code in codes)
        lines.append(f"| {number} | {behaviour.name} | {signs} |")
    return _HEAD + "\n".join(lines) + "\n" + _reasons(runs)


def _reasons(runs: Mapping[str, Sequence[Outcome]]) -> str:
    lines = [
        f"- {code}, {each.behaviour.number}: {each.words}"
        for code, outcomes in runs.items()
        for each in outcomes
        if each.verdict is Verdict.NOT_APPLICABLE and "stand-in refuses" not in each.words
    ]
    return "\n## Why something is not asked for\n\n" + "\n".join(lines) + "\n" if lines else ""


def cell(page: str, gateway: str, number: int) -> str | None:
    """Return the symbol that a page shows for a gateway and a behaviour; None if the page lacks the gateway or the
    behaviour.
    """
    rows = [_parts(line) for line in page.splitlines() if line.startswith("|")]
    heads = next((row for row in rows if "behaviour" in row), [])
    found = next((row for row in rows if row[0] == str(number)), None)
    return found[heads.index(gateway)] if found is not None and gateway in heads else None


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.strip().removeprefix("|").removesuffix("|").split("|")]
