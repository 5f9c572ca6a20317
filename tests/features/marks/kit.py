"""Sample rows of watermarks, stored by the kit that checks every feature."""

from __future__ import annotations

from typing import Final

_PICK: Final = "'0195d2a4-7c1e-7b43-9f30-2f6f0c9a1e14'"
_AT: Final = "'2026-11-03 12:00+00'"
ROWS: Final = (
    "INSERT INTO picks (id, key, plan_id, content, status, revision, created_at)"
    f""" VALUES ({_PICK}, 'tip-1', :plan, '{{"v": 1, "data": {{"text": "Gana el Betis"}}}}', 'accepted', 1, {_AT})""",
    f"INSERT INTO pick_pictures (pick_id, original, created_at) VALUES ({_PICK}, 'picture', {_AT})",
)
