"""Check of the API's description with the recommended rules of spectral and redocly: `python -m scripts.api_lint`.

Both tools are run by npx, which needs Node.js and, for the first run, a network. Exit codes: 0 no findings, 1 a rule is
broken, 3 not run because npx is missing, which must not be mistaken for a pass.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from scripts.site_api import described

SPECTRAL: Final = "@stoplight/spectral-cli@6.16.3"
REDOCLY: Final = "@redocly/cli@2.77.0"
MISSING: Final = 3


def main() -> int:
    """Run both tools and return the exit status."""
    npx = shutil.which("npx")
    if npx is None:
        print("api-lint did not run: npx is missing; install Node.js 20 or later, which brings npm", file=sys.stderr)
        return MISSING
    with tempfile.TemporaryDirectory() as folder:
        document, rules = Path(folder, "openapi.json"), Path(folder, ".spectral.yaml")
        document.write_text(json.dumps(described(), indent=1), encoding="utf-8")
        rules.write_text('extends: ["spectral:oas"]\n', encoding="utf-8")
        commands = (
            (SPECTRAL, "lint", document, "--ruleset", rules, "--fail-severity", "hint"),
            (REDOCLY, "lint", document, "--extends", "recommended", "--max-problems", "50"),
        )
        return max(
            subprocess.run([npx, "--yes", *map(str, each)], cwd=folder, check=False).returncode for each in commands
        )


if __name__ == "__main__":
    sys.exit(main())
