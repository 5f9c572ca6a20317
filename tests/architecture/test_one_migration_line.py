"""Migrations form one line: each revision has one predecessor, and there is one head."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
REVISION = re.compile(r'^(revision|down_revision)\s*=\s*(?:"([^"]+)"|None)', re.MULTILINE)


def test_migrations_form_one_line_with_one_head():
    found = [dict(REVISION.findall(path.read_text())) for path in sorted(VERSIONS.glob("*.py"))]
    names, before = [each["revision"] for each in found], [each["down_revision"] for each in found]
    assert [name for name, count in Counter(before).items() if count > 1] == [], "migrations that two follow"
    assert len(set(names) - set(before)) == 1, "the last one"
