"""A file name has the same purpose in every gateway; a gateway's README lists its additional files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.conftest import ROOT

PAYMENTS = ROOT / "src/subscriptions/infrastructure/payments"
GUIDE = ROOT / "docs/adding-a-gateway.md"
GATEWAYS = sorted(path.parent for path in PAYMENTS.glob("*/gateway.py"))


def listed(text: str) -> set[str]:
    """Return the files named in the first column of a table."""
    rows = re.findall(r"^\| (`\w+\.py`(?:, `\w+\.py`)*) \|", text, flags=re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+\.py)`", row)}


def test_guide_lists_the_duties_of_gateway_files() -> None:
    assert {"gateway.py", "verify.py", "subscriptions.py", "disputes.py"} <= listed(GUIDE.read_text(encoding="utf-8"))
    assert len(GATEWAYS) >= 4


@pytest.mark.parametrize("gateway", GATEWAYS, ids=lambda path: path.name)
def test_every_gateway_file_has_a_documented_duty(gateway: Path) -> None:
    duties = listed(GUIDE.read_text(encoding="utf-8"))
    own = listed((gateway / "README.md").read_text(encoding="utf-8"))
    files = {path.name for path in gateway.glob("*.py")}

    assert files - duties == own - duties, "what is there beside the duties, and what its README lists"
    assert not own & duties
