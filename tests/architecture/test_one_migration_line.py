"""Migrations form two lines with the same end: the baseline creates a new database, and the revisions in `before` bring
a database of an earlier version to the baseline's last revision. In each line a revision has one predecessor.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
FEATURES = sorted((Path(__file__).parents[2] / "src" / "features").glob("*/migrations"))
REVISION = re.compile(r'^(revision|down_revision)\s*=\s*(?:"([^"]+)"|None)', re.MULTILINE)


def revisions(paths: Sequence[Path]) -> dict[str, str]:
    """Return the revisions in the files, each with its predecessor, or an empty string for the first revision."""
    found = {path: dict(REVISION.findall(path.read_text())) for path in paths}
    assert [path for path, each in found.items() if each["revision"] != path.stem] == [], "files named otherwise"
    return {each["revision"]: each["down_revision"] for each in found.values()}


def head(found: dict[str, str]) -> str:
    """Return the last revision of a line."""
    assert [name for name, count in Counter(found.values()).items() if count > 1] == [], "migrations that two follow"
    (last,) = set(found) - set(found.values())
    return last


def test_baseline_and_upgrade_migrations_end_at_the_same_revision() -> None:
    baseline, before = (revisions(sorted((VERSIONS / line).glob("*.py"))) for line in ("baseline", "before"))
    assert head(baseline) == head(before)
    assert set(baseline) & set(before) == {head(baseline)}
    later = revisions(sorted(VERSIONS.glob("*.py")))
    head(baseline | later)


def test_baseline_begins_with_the_six_migrations_named_in_the_operators_documents() -> None:
    assert sorted(path.stem for path in (VERSIONS / "baseline").glob("*.py"))[:6] == [
        "001_create_customers",
        "002_create_service_plans",
        "003_create_subscriptions",
        "004_create_telegram_channels",
        "005_create_plan_payment_prices",
        "006_create_payment_accounts",
    ]


@pytest.mark.parametrize("folder", FEATURES, ids=lambda folder: folder.parent.name)
def test_migrations_of_a_feature_form_one_line(folder: Path) -> None:
    head(revisions(sorted(folder.glob("[!_]*.py"))))
