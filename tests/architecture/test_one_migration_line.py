"""Migrations are one line: each is written for what the one before it left, and there is one last one to go to."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
REVISION = re.compile(r'^(revision|down_revision)\s*=\s*(?:"([^"]+)"|None)', re.MULTILINE)


def test_each_migration_follows_another_and_none_is_followed_twice():
    found = [dict(REVISION.findall(path.read_text())) for path in sorted(VERSIONS.glob("*.py"))]
    names, before = [each["revision"] for each in found], [each["down_revision"] for each in found]
    assert [name for name, count in Counter(before).items() if count > 1] == [], "migrations that two follow"
    assert len(set(names) - set(before)) == 1, "the last one"
