"""`make gateways`: run the conformance kit for every installed gateway and for the example, and
write docs/gateways.md.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from umbral.testing import conformance
from umbral.testing.kit.matrix import rendered
from umbral.testing.kit.subject import GATEWAYS

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "gateways.md"
EXAMPLE = ROOT / "examples" / "gateway-transfer"


def main() -> int:
    """Write the page. Return 1 if a gateway fails a behaviour of the kit, otherwise 0."""
    with tempfile.TemporaryDirectory(prefix="umbral-example-") as site:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
        subprocess.run([*command, "--target", site, str(EXAMPLE)], check=True)
        sys.path.insert(0, site)
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
