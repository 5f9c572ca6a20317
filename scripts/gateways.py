"""`make gateways`: plays every installed gateway before its stand-in and writes docs/gateways.md."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from pathlib import Path

from umbral.testing import conformance
from umbral.testing.kit.matrix import rendered
from umbral.testing.kit.subject import GATEWAYS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "gateways.md"


def main() -> int:
    """Write the page; 1 where a gateway fails something."""
    codes = sorted(entry.name for entry in entry_points(group=GATEWAYS))
    runs = conformance.play(*codes)
    PAGE.write_text(rendered(runs), encoding="utf-8")
    faults = [
        f"{code} {each.behaviour}: {each.words}"
        for code, outcomes in runs.items()
        for each in outcomes
        if each.verdict is conformance.Verdict.FAILS
    ]
    print("\n".join(faults) or f"{PAGE.name}: {', '.join(codes)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
